"""Elaboration: the steps of a spec, run once, add layers to a graph that infers each shape at once.

Specs ask for shapes (`$(x.channels // 16)`), so expansion and inference are one pass. A step that fails is reported;
what it leaves is its documented `shape` if it has one, else what is known of it, else a poison that silences what
follows from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from archc.collector import Collector
from archc.diagnostics import Poisoned, Position, Related, SpecError, closest, did_you_mean, printable
from archc.elaborate.add_layer import use_op
from archc.elaborate.blocks import use_block, use_parameter
from archc.elaborate.branches import use_merge
from archc.elaborate.control_flow import let_names, stay, use_group, use_loop
from archc.elaborate.recovery import completed, stand_in
from archc.elaborate.scope import DocumentedShape, Frame, Here, Leaves, Several, uses
from archc.elaborate.shared_weights import use_shared
from archc.ir.builder import Builder, NameTaken
from archc.ir.graph import Node, Region, Tensor
from archc.ir.op import Op
from archc.language.document import Block
from archc.language.steps import (
    Group,
    Let,
    Loop,
    Side,
    Stay,
    Step,
    Steps,
    Unreadable,
    UseBlock,
    UseMerge,
    UseOp,
    UseParameter,
    check_layer_name,
    names_given,
)
from archc.language.template import Compiled, Formula, Template, evaluate, is_constant
from archc.language.value import POISON, Poison, Run, Value, kind_of, written
from archc.ops import registry

_FATAL = ("too-many-steps", "too-many-layers")


def _unreadable(_run: Elaboration, _head: Unreadable, _here: Here) -> Leaves:
    raise Poisoned


_HEADS: dict[type, Callable[[Any, Any, Here], Leaves | Several]] = {
    Group: use_group,
    Let: let_names,
    Loop: use_loop,
    Side: use_group,
    Stay: stay,
    Unreadable: _unreadable,
    UseBlock: use_block,
    UseMerge: use_merge,
    UseOp: use_op,
    UseParameter: use_parameter,
}
_TAKE_SEVERAL = (UseOp, UseBlock, UseParameter)


class Elaboration:
    """One run over the steps of one spec.

    Attributes:
        builder: the graph in the making.
        collector: of the run.
        state: what the scopes share.
        made: ops by their arguments, so that the same is validated once.
        outputs: the tensors marked `output`, with the place of the mark.
        shapes: the sizes documented beside steps, in order.
        stack: the blocks that the current step stands in, the outermost first.
        replayed: the calls of a shared block whose layers the current use calls again; None outside of one.
    """

    def __init__(self, collector: Collector) -> None:
        self.builder = Builder()
        self.collector = collector
        self.state = Run()
        self.made: dict[object, Op] = {}
        self.outputs: dict[str, tuple[Leaves, Position]] = {}
        self.shapes: list[DocumentedShape] = []
        self.stack: list[Block] = []
        self.replayed: Iterator[Node] | None = None

    def steps(self, steps: Steps, x: Leaves, frame: Frame, region: Region) -> Leaves:
        """What the path holds after some steps."""
        for step in steps:
            x = self.step(step, x, frame, region)
        return x

    def step(self, step: Step, x: Leaves, frame: Frame, region: Region) -> Leaves:
        """What the path holds after a step."""
        frame["x"] = x
        frame.spend(1)
        taken: tuple[Leaves, ...] = (x,)
        try:
            if step.from_ is not None:
                taken = self._taken(step, x, frame)
                frame["x"] = taken[0]
            if step.when is not None and not _is_there(step, frame):
                if step.otherwise is None:
                    _note_absent(step, frame)
                    frame["x"] = x
                    return x
                head: Any = Group(step.otherwise)
            else:
                head = step.head
            name = _layer_name(step, frame) if step.name is not None else None
            here = Here(step, taken, frame, region, name)
            if len(taken) > 1:
                _check_several(head, step)
            expand = _HEADS[type(head)] if step.share is None else use_shared
            left = expand(self, head, here)
            if step.modified:
                return self._finished(left, x, head, here)
            last = left.last if isinstance(left, Several) else left
            return x if type(head) is Side else last
        except SpecError as error:
            if error.first.code in _FATAL:
                self.collector.stop(error, step.at)
            self.collector.report(error, step.at, related=uses(region))
        except Poisoned:
            pass
        return self._recovered(step, x, taken, frame)

    # --- before the head ---

    def _taken(self, step: Step, x: Leaves, frame: Frame) -> tuple[Leaves, ...]:
        """The tensors that `from` names."""
        at, names = step.place("from"), step.from_ or ()
        if step.when is not None and not _all_known(names, frame) and self._absent_without(step, frame):
            return (x,)
        try:
            return tuple([self.tensor(name, at, frame) for name in names])
        except SpecError as error:
            self.collector.report(error, at)
        except Poisoned:
            pass
        self.state.doubtful = True
        unknown = stand_in((None,) * len(x.shape)) if isinstance(x, Tensor) else POISON
        return (unknown,) * len(names)

    def _absent_without(self, step: Step, frame: Frame) -> bool:
        """Whether a step is absent whose tensor is unknown: then it needs none."""
        frame["x"] = POISON
        try:
            return not _is_there(step, frame)
        except (SpecError, Poisoned):
            return False

    # --- after the head ---

    def _finished(self, left: Leaves | Several, path: Leaves, head: Any, here: Here) -> Leaves:
        """Names what a step left, and gives where the path goes on."""
        step, frame = here.step, here.frame
        last = left.last if isinstance(left, Several) else left
        if step.shape is not None:
            last = self._document(last, here)
            left = Several([*left[:-1], last]) if isinstance(left, Several) else last
        if step.as_:
            _give_names(step, left, frame)
        if step.output is not None:
            self._mark_output(last, here)
        frame["x"] = path if isinstance(head, Side) else last
        return path if isinstance(head, Side) else last

    def _document(self, left: Leaves, here: Here) -> Leaves:
        """Remembers a documented shape, which stands for sizes that a fault hides; one without a value is reported."""
        at = here.step.place("shape")
        try:
            documented = evaluate(here.step.shape, here.frame)
        except SpecError as error:
            self.collector.report(error, at, related=here.uses())
            return left
        except Poisoned:
            return left
        if self.state.doubtful:
            return completed(left if isinstance(left, Tensor) else None, documented) or left
        if isinstance(left, Tensor):
            always = not is_constant(here.step.shape)
            self.shapes.append(DocumentedShape(here.full_name, documented, left.shape, at, always))
        return left

    def _mark_output(self, left: Leaves, here: Here) -> None:
        at = here.step.place("output")
        if not here.frame.whole:
            raise SpecError.of("output", "only the file's own layers mark an output", at)
        name = str(evaluate(here.step.output, here.frame))
        check_layer_name(name, "name of an output", at)
        if name in self.outputs:
            related = [Related("first here", self.outputs[name][1])]
            hint = "mark one of the two, or compute the name"
            self.collector.add("name-taken", f"the output `{name}` is marked twice", at, hint, related=related)
            return
        self.outputs[name] = left, at

    def _recovered(self, step: Step, path: Leaves, taken: tuple[Leaves, ...], frame: Frame) -> Leaves:
        """What a failed step leaves: its documented size where it has one, else a poison; its names are known."""
        self.state.doubtful = True
        left = self.documented_size(step, frame)
        given = {name for name, _, giver in names_given((step,)) if giver is not step or name not in frame}
        for name in given:
            frame.setdefault(name, POISON)
        for name in step.as_:
            try:
                frame[name if isinstance(name, str) else name.key(frame)] = left
            except (SpecError, Poisoned):
                continue
        if isinstance(step.head, Side | Let):
            left = path
        elif isinstance(step.head, Stay) and left is POISON and step.from_ is None:
            left = taken[0]
        if step.output is not None and isinstance(step.output, str):
            self.outputs.setdefault(step.output, (left, step.place("output")))
        frame["x"] = left
        return left

    def documented_size(self, step: Step, frame: Frame) -> Leaves:
        """A tensor of the size that is documented for a step."""
        try:
            return completed(None, evaluate(step.shape, frame)) or POISON
        except (SpecError, Poisoned):
            return POISON

    # --- what heads need ---

    def tensor(self, name: Compiled, at: Position, frame: Frame) -> Leaves:
        """The tensor of that name; for an unknown one, the closest.

        Raises:
            SpecError: it is a value, and no tensor.
            Poisoned: nothing has that name, and it is reported.
        """
        if isinstance(name, str):
            key = shown = name
        elif isinstance(name, Template):
            key, shown = name.key(frame), str(evaluate(name, frame))
        else:
            value = evaluate(name, frame)
            if isinstance(value, Tensor):
                return value
            raise SpecError.of(
                "type", f"a tensor was expected, but {written(value)} came", at, "`$now` is a tensor named `now`"
            )
        value = frame.get(key)
        if isinstance(value, Tensor | Poison):
            return value
        if value is not None:
            hint = "`as` names a tensor; `let` names a value, or a tensor with `$`"
            raise SpecError.of("type", f"`{shown}` is {kind_of(value)}, not a tensor", at, hint)
        self._unknown_tensor(shown, at, frame)
        meant = None if shown in frame.absent else closest(shown, frame.names())
        found = frame[meant] if meant is not None else None
        if not isinstance(found, Tensor):
            raise Poisoned
        return found

    def _unknown_tensor(self, name: str, at: Position, frame: Frame) -> None:
        layers = [node.name for node in self.builder.nodes[-1000:]]
        hint = frame.about(name)
        if name in layers or name in self.builder.regions:
            hint = f"`{name}` is the name of a layer; give its tensor a name with `as: {name}`"
        elif name in registry():
            hint = f"a step is written with a colon: `{name}:`"
        elif name in frame.blocks:
            hint = f"the block is used with a colon: `{name}:`"
        elif not hint.startswith(("did", "only", "`")) and (near := did_you_mean(name, layers)):
            hint = f"{near} That is a layer; give its tensor a name with `as`"
        self.collector.add("unknown-tensor", f"no tensor is called `{printable(name[:60])}` here", at, hint)

    def name_taken(self, error: NameTaken, here: Here) -> None:
        """Reports a full name that comes twice, with both places."""
        at = here.step.place("name")
        hint = None
        if error.first in (at, here.step.at):
            hint = "both come from the same step: name the uses of the block, or compute the name"
        elif here.step.name is None:
            hint = "that is the name that Keras gives to a layer without one; choose another"
        message = f"the name `{printable(error.name[:100])}` comes twice"
        self.collector.add("name-taken", message, at, hint, related=[Related("first here", error.first), *here.uses()])

    @contextmanager
    def part(self, kind: Literal["block", "loop", "group", "side"], title: str, here: Here) -> Iterator[Region]:
        """A part of the network; with a name, the prefix of the names inside."""
        full = here.full_name
        if full is not None and self.replayed is None:
            try:
                self.builder.take_name(full, here.step.place("name"))
            except NameTaken as error:
                self.name_taken(error, here)
                full = f"{full}?{len(self.builder.nodes)}"  # so that the names inside do not come twice as well
        prefix = f"{full}_" if full else here.region.prefix
        yield Region(kind, here.name or title, full, here.region, here.step.at, prefix, title)

    def register(self, part: Region, left: Leaves | Several) -> None:
        """Remembers what a named part leaves."""
        last = left.last if isinstance(left, Several) else left
        if part.name is not None and isinstance(last, Tensor):
            self.builder.regions.setdefault(part.name, (part, last))


def _all_known(names: tuple[Compiled, ...], frame: Frame) -> bool:
    """Whether something has each of these names of tensors."""
    try:
        return all(
            (name.key(frame) if isinstance(name, Template) else name) in frame
            for name in names
            if isinstance(name, str | Template)
        )
    except (SpecError, Poisoned):
        return False


def _is_there(step: Step, frame: Frame) -> bool:
    value = evaluate(step.when, frame)
    if type(value) is not bool:
        at = step.place("when")
        hint = "compare it: `$(depth > 0)`"
        raise SpecError.of("type", f"`when` must be a boolean, but is {written(value)}", at, hint)
    return value


def _note_absent(step: Step, frame: Frame) -> None:
    text = step.when.text if isinstance(step.when, Formula) else "false"
    for name, _, _ in names_given((step,)):
        if name not in frame:
            frame.absent.setdefault(name.replace("$", ""), text)


def _layer_name(step: Step, frame: Frame) -> str:
    name: Value = evaluate(step.name, frame)
    text = name if isinstance(name, str) else str(name) if type(name) is int else ""
    check_layer_name(text, "name of a layer", step.place("name"))
    return text


def _check_several(head: Any, step: Step) -> None:
    """Holds `from` with several names to heads that take several."""
    if isinstance(head, _TAKE_SEVERAL) or (isinstance(head, UseMerge) and not head.branches):
        return
    hint = "`from` names one tensor here; branches name theirs themselves"
    raise SpecError.of("inputs", "only a block or an op takes several tensors", step.place("from"), hint)


def _give_names(step: Step, left: Leaves | Several, frame: Frame) -> None:
    several: list[Leaves] = left if isinstance(left, Several) else [left]
    if len(step.as_) == 1:
        several = several[-1:]
    if len(several) != len(step.as_):
        if left is POISON:
            several = [POISON] * len(step.as_)
        else:
            message = f"`as` gives {len(step.as_)} names, but the step leaves {len(several)}"
            raise SpecError.of("outputs", message, step.place("as"))
    for name, tensor in zip(step.as_, several, strict=True):
        frame[name if isinstance(name, str) else name.key(frame)] = tensor
