"""The state of one elaboration, the context of one step in it, and the tensors by their names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Literal, NamedTuple

from archc.collector import Collector
from archc.diagnostics import Poisoned, Position, Related, SpecError, closest, did_you_mean, printable
from archc.elaborate.scope import Frame, MaybeTensor, RunState
from archc.ir.builder import Builder, NameTaken
from archc.ir.graph import Node, Region, Tensor
from archc.ir.op import Op
from archc.ir.shape import Shape
from archc.language.arguments import Arguments
from archc.language.document import Block
from archc.language.steps import Step, Steps
from archc.language.template import ParsedValue, Template, evaluate
from archc.language.value import Poison, Value, describe, describe_type
from archc.ops import registry


class DocumentedShape(NamedTuple):
    """A `shape` beside a step, with the shape of the step's output.

    Attributes:
        of: the full name of the layer or part; None where it has none.
        always: whether it is written with `$`, so that it holds at every value of the parameters.
    """

    of: str | None
    documented: Value
    computed: Shape
    at: Position
    always: bool


class Elaboration(RunState):
    """The state of one run over the steps of a spec.

    Attributes:
        expand_steps: expands steps in a frame and a part of the network; returns the new current tensor. It is a field
            because heads contain steps, and the expansion of steps is built on that of heads.
        builder: the graph in the making.
        ops: by their arguments, so that the same arguments are validated once.
        outputs: the tensors marked `output`, with the positions of the marks.
        shapes: the shapes documented beside steps, in order.
        stack: the blocks around the current step, the outermost first.
        replayed: the calls of a shared block whose layers the current use calls again; None outside of such a use.
    """

    def __init__(
        self,
        collector: Collector,
        expand_steps: Callable[[Elaboration, Steps, MaybeTensor, Frame, Region], MaybeTensor],
    ) -> None:
        super().__init__(collector)
        self.expand_steps = expand_steps
        self.builder = Builder()
        self.ops: dict[object, Op] = {}
        self.outputs: dict[str, tuple[MaybeTensor, Position]] = {}
        self.shapes: list[DocumentedShape] = []
        self.stack: list[Block] = []
        self.replayed: Iterator[Node] | None = None


class StepContext(NamedTuple):
    """One step as it is expanded.

    Attributes:
        run: the elaboration.
        step: what is written.
        inputs: the tensors that the step takes.
        frame: the scope.
        region: the part of the network.
        name: the value of its `name`, without the prefix.
    """

    run: Elaboration
    step: Step
    inputs: tuple[MaybeTensor, ...]
    frame: Frame
    region: Region
    name: str | None

    @property
    def full_name(self) -> str | None:
        """Its name with the prefix of the part that it is in."""
        return f"{self.region.prefix}{self.name}" if self.name else None

    def place(self, arguments: Arguments, argument: str) -> Position:
        """The position of an argument's value, where the value would be changed."""
        return self.frame.origin(arguments.named.get(argument)) or arguments.place(argument)

    def report(self, error: SpecError, at: Position | None = None, *, related: Iterable[Related] = ()) -> None:
        """Reports an error with the uses of blocks that led to the step."""
        self.run.collector.report(error, at or self.step.at, related=(*related, *block_uses(self.region)))

    def name_taken(self, error: NameTaken) -> None:
        """Reports a duplicate full name, with both positions."""
        at = self.step.place("name")
        hint = None
        if error.first in (at, self.step.at):
            hint = "both come from the same step: name the uses of the block, or compute the name"
        elif self.step.name is None:
            hint = "that is the name that Keras gives to a layer without one; choose another"
        message = f"duplicate name `{printable(error.name[:100])}`"
        self.report(SpecError.of("name-taken", message, at, hint), related=[Related("first here", error.first)])

    def reserve_name(self, at: Position) -> bool:
        """Takes the step's full name, if it has one; whether it was free. A duplicate name is reported."""
        if self.full_name is None or self.run.replayed is not None:
            return True
        try:
            self.run.builder.take_name(self.full_name, at)
        except NameTaken as error:
            self.name_taken(error)
            return False
        return True

    def part(self, kind: Literal["block", "loop", "group", "side"], title: str = "") -> Region:
        """A new part of the network for the steps inside; with a name, the prefix of the names inside."""
        full = self.full_name
        if not self.reserve_name(self.step.place("name")):
            full = f"{full}?{len(self.run.builder.nodes)}"  # so that the names inside are no duplicates as well
        prefix = f"{full}_" if full else self.region.prefix
        return Region(kind, self.name or title, full, self.region, self.step.at, prefix, title)

    def register(self, part: Region, output: MaybeTensor) -> None:
        """Records the output of a named part."""
        if part.name is not None and isinstance(output, Tensor):
            self.run.builder.regions.setdefault(part.name, (part, output))


def block_uses(region: Region) -> tuple[Related, ...]:
    """The uses of blocks that led to a part, the innermost first."""
    return tuple(Related(f"in {part.title}, used here", part.at) for part in region.chain() if part.kind == "block")


# --- tensors by name ---


def find_tensor(name: ParsedValue, at: Position, frame: Frame, run: Elaboration) -> MaybeTensor:
    """The tensor of a name, or of an expression; for an unknown name, the tensor of the closest.

    Raises:
        SpecError: the name or the expression is a value, not a tensor.
        Poisoned: nothing has the name, which is reported.
    """
    if not isinstance(name, str | Template):
        value = evaluate(name, frame)
        if isinstance(value, Tensor):
            return value
        message = f"expected a tensor, got {describe(value)}"
        raise SpecError.of("type", message, at, "`$now` is a tensor named `now`", about=name.text)
    value = frame.bound(name)
    if isinstance(value, Tensor | Poison):
        return value
    shown = str(evaluate(name, frame))
    if value is not None:
        hint = "`as` names a tensor; `let` names a value, or a tensor with `$`"
        raise SpecError.of("type", f"`{shown}` is {describe_type(value)}, not a tensor", at, hint, about=shown)
    _report_unknown(name, shown, at, frame, run)
    meant = None if shown in frame.absent else closest(shown, frame.names())
    found = frame[meant] if meant is not None else None
    if not isinstance(found, Tensor):
        raise Poisoned
    return found


def unknown_tensor(name: str | Template, shown: str, at: Position, hint: str | None) -> SpecError:
    """The error for a tensor that there is not; `shown` is the name with its expressions evaluated."""
    about = name if isinstance(name, str) else str(name.pattern)
    return SpecError.of("unknown-tensor", f"there is no tensor `{printable(shown[:60])}` here", at, hint, about=about)


def _report_unknown(name: str | Template, shown: str, at: Position, frame: Frame, run: Elaboration) -> None:
    layers = [node.name for node in run.builder.nodes[-1000:]]
    if shown in layers or shown in run.builder.regions:
        hint = f"`{shown}` is the name of a layer; give its tensor a name with `as: {shown}`"
    elif shown in registry():
        hint = f"a step is written with a colon: `{shown}:`"
    elif shown in frame.blocks:
        hint = f"the block is used with a colon: `{shown}:`"
    else:
        near = did_you_mean(shown, layers)
        of_layer = f"{near} That is a layer; give its tensor a name with `as`" if near else None
        hint = frame.explain(name if isinstance(name, str) else name.pattern) or of_layer or frame.known()
    run.collector.report(unknown_tensor(name, shown, at, hint))
