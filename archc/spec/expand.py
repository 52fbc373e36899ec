"""Expansion: the steps of a spec, run once, add layers to a graph that infers each shape at once.

Specs ask for shapes (`$(x.channels // 16)`), so expansion and inference are one pass. A step that fails is reported;
what it leaves is its documented `shape` if it has one, else a poison that silences what follows from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic import ValidationError

from archc.diagnostics import Position, Related, closest, did_you_mean, printable
from archc.ir.builder import Builder, NameTaken
from archc.ir.graph import Graph, Input, Node, Region, SharedCall, Tensor
from archc.ir.op import Op
from archc.ir.shape import Shape, ShapeError, UnknownSizeError, printed
from archc.ops import registry
from archc.spec import limits, validation
from archc.spec.collector import Collector, Fault, Poisoned
from archc.spec.document import Block, InputDeclaration, Parameter
from archc.spec.value import POISON, ExpressionError, Poison, Recoverable, Run, Scope, Value, kind_of, written
from archc.spec.library import Namespace, Spec
from archc.spec.parameters import check_value, default_value, spec_values
from archc.spec.steps import (
    Arguments,
    Branch,
    Group,
    Let,
    Loop,
    Rounds,
    Side,
    Stay,
    Step,
    Steps,
    Targets,
    Unreadable,
    UseBlock,
    UseMerge,
    UseOp,
    UseParameter,
    check_layer_name,
    flat,
    names_given,
)
from archc.spec.template import Compiled, Formula, Template, evaluate

Leaves = Tensor | Poison
"""What reaches a step, or leaves it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user sets beside the file.

    Attributes:
        params: values of parameters.
        inputs: shapes by the names of inputs; None is the name of a single one.
        outputs: the names of layers and parts where the network ends.
    """

    params: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str | None, Shape] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.params or self.inputs or self.outputs)


@dataclass(frozen=True, slots=True)
class DocumentedShape:
    """A `shape` beside a step, with the tensor that the step left.

    Attributes:
        of: the full name of the layer or part; None where it has none.
        always: whether it is written with `$`, so that it holds at every value of the parameters.
    """

    of: str | None
    documented: Value
    computed: Shape
    at: Position
    always: bool


@dataclass(frozen=True, slots=True)
class Expansion:
    """A spec at certain values of its parameters.

    Attributes:
        values: of all parameters.
        scope: that facts are evaluated in.
        shapes: the sizes documented beside steps, in order.
    """

    graph: Graph
    values: Mapping[str, Value]
    scope: Scope
    shapes: tuple[DocumentedShape, ...]


@dataclass(frozen=True, slots=True)
class _Shared:
    """What the first use of a `share` was."""

    key: object
    nodes: tuple[Node, ...]
    call: SharedCall | None
    leaves: Leaves
    at: Position


class Frame(Scope):
    """A scope of the language: that of the file, or of one use of a block.

    Attributes:
        collector: of the run.
        blocks: that its steps see.
        absent: names that only absent steps give, with the `when` of the step.
        shares: the first use of each share.
        whole: whether it is the file's own.
    """

    __slots__ = ("absent", "blocks", "collector", "shares", "whole")

    def __init__(self, values: Mapping[str, Value], run: Run, collector: Collector, blocks: Namespace, whole: bool) -> None:
        super().__init__(values, run)
        self.collector, self.blocks, self.whole = collector, blocks, whole
        self.absent: dict[str, str] = {}
        self.shares: dict[str, _Shared] = {}

    def names(self) -> list[str]:
        """What a person may have meant by an unknown name."""
        return [name for name in self if "$" not in name]

    def recover(self, formula: Recoverable, error: ExpressionError) -> Value:
        """An unknown name is reported, and the closest one stands for it."""
        at = formula.place(error.offset)
        if error.code != "unknown-name":
            raise Fault(error.code, error.message, at, error.hint)
        name = error.message.split("`")[1]
        meant = closest(name, self.names())
        self.collector.add(error.code, error.message, at, self.about(name))
        if meant is None or name in self.absent:
            raise Poisoned
        corrected = Frame({**self, name: self[meant]}, self.run, self.collector, self.blocks, self.whole)
        corrected.absent = self.absent
        return formula.evaluate(corrected)

    def about(self, name: str) -> str:
        """What to say of a name that is unknown here."""
        if name in self.absent:
            return f"only a step that is absent gives it (`when: {self.absent[name]}`)"
        items = [found.split("$")[1] for found in self if found.startswith("$") and found.split("$")[1]]
        of = next((item for item in items if name.startswith(item)), None)
        if of:
            return f"`{of}` has items, read by a text with an expression: `{of}$(…)`"
        return did_you_mean(name, self.names()) or f"known here: {', '.join(sorted(self.names())) or 'nothing'}"


def expand(spec: Spec, settings: Settings, collector: Collector) -> Expansion | None:
    """Expands a spec; what is wrong is reported.

    Returns:
        The expansion; None where something is wrong.
    """
    return _Expander(spec, settings, collector).run()


class _Expander:
    """One run over the steps of one spec."""

    def __init__(self, spec: Spec, settings: Settings, collector: Collector) -> None:
        self.spec, self.settings, self.collector = spec, settings, collector
        self.builder = Builder()
        self.run_ = Run()
        self.outputs: dict[str, tuple[Leaves, Position]] = {}
        self.shapes: list[DocumentedShape] = []
        self.stack: list[Block] = []
        self.replayed: Iterator[Node] | None = None
        self.doubtful = False  # a placeholder with unknown sizes stands for what failed
        self._made: dict[object, Op] = {}
        self._heads: dict[type, Callable[[Any, Step, tuple[Leaves, ...], Frame, Region, str | None], Leaves]] = {
            UseOp: self.use_op,
            UseBlock: self.use_block,
            UseParameter: self.use_parameter,
            UseMerge: self.use_merge,
            Loop: self.use_loop,
            Group: self.use_group,
            Side: self.use_group,
            Let: self.use_let,
            Stay: self.stay,
            Unreadable: self.unreadable,
        }

    # --- the whole ---

    def run(self) -> Expansion | None:
        spec = self.spec
        root = Region("network", "", None, None, spec.document.at)
        frame = Frame({}, self.run_, self.collector, spec.blocks, whole=True)
        inherited = spec.chain[-1].params if spec.chain else spec.params
        values = spec_values(spec.params, inherited, self.settings.params, frame, self.collector)
        frame.update(values)
        facts_scope = Frame(values, self.run_, self.collector, spec.blocks, whole=True)
        x = self.enter(frame)
        try:
            last = self.steps(spec.layers, x, frame, root)
        except Fault as fault:
            self.collector.fault(fault, spec.document.at)
            last = POISON
        graph = None if self.collector else self.leave(last, frame)
        return None if graph is None else Expansion(graph, values, facts_scope, tuple(self.shapes))

    def enter(self, frame: Frame) -> Leaves:
        """Adds the inputs; the path begins at the first."""
        given = dict(self.settings.inputs)
        entered: list[Leaves] = []
        for declared in self.spec.inputs:
            key = None if None in given and len(self.spec.inputs) == 1 else declared.name
            shape = self.input_shape(declared, given.pop(key, None), frame)
            made: Leaves = POISON if shape is None else Input(declared.name, shape, declared.dtype)
            if isinstance(made, Input):
                self.builder.add_input(made, declared.at)
            frame[declared.name] = made
            entered.append(made)
        for name in given:
            names = ", ".join(declared.name for declared in self.spec.inputs)
            message = f"no input is called `{printable(str(name)[:60])}`" if name else "the network has several inputs"
            self.collector.add("unknown-input", message, None, f"`--input NAME=SIZES`; there are: {names}")
        return entered[0] if entered else POISON

    def input_shape(self, declared: InputDeclaration, given: Shape | None, frame: Frame) -> Shape | None:
        try:
            sizes = evaluate(declared.shape, frame) if given is None else list(given)
            if not isinstance(sizes, list | tuple) or not all(size is None or (type(size) is int and size > 0) for size in sizes):
                message = f"the size of an input is a list of whole numbers above 0, but is {written(sizes)}"
                raise Fault("input", message, "null stands for a size known only at run time" and None)
            if len(sizes) > 10:
                raise Fault("input", f"an input has at most 10 axes, but this has {len(sizes)}")
            return tuple(sizes)
        except Fault as fault:
            self.collector.fault(fault, declared.at if given is None else None)
        except Poisoned:
            pass
        return None

    def leave(self, last: Leaves, frame: Frame) -> Graph | None:
        """The graph between its inputs and its outputs; what is not needed is reported."""
        outputs, main = self.outputs_of(last, frame)
        if self.collector:
            return None
        graph = self.builder.graph(outputs, main)
        needed = graph.needed(tuple(outputs.values()))
        taken = {tensor for node in graph.nodes for tensor in node.inputs}
        for node in graph.nodes:
            if node not in needed and node not in taken:
                hint = "take it up with `from`, mark it `output`, or remove it"
                self.collector.add("unneeded", f"no output needs `{node.name}`", node.at, hint, _uses(node.region))
        for declared, made in zip(self.spec.inputs, graph.inputs, strict=True):
            if made not in needed and not self.settings.outputs:
                self.collector.add("unneeded", f"no output needs the input `{made.name}`", declared.at)
        if self.collector:
            return None
        return self.ended(graph, frame) if self.settings.outputs else graph

    def outputs_of(self, last: Leaves, frame: Frame) -> tuple[dict[str, Tensor], str]:
        found: dict[str, Tensor] = {}
        if self.spec.outputs is not None:
            for compiled_name, at in self.spec.outputs:
                try:
                    tensor, name = self.output_named(compiled_name, at, frame)
                    if name in found:
                        raise Fault("name-taken", f"the output `{name}` stands here twice", at)
                    found[name] = tensor
                except Fault as fault:
                    self.collector.fault(fault, at)
                except Poisoned:
                    continue
            return found, next(iter(found), "")
        found = {name: cast(Tensor, tensor) for name, (tensor, _) in self.outputs.items()}
        main = next((name for name, tensor in found.items() if tensor is last), None)
        if main is None and isinstance(last, Input):
            self.collector.add("no-layers", "the network has no layer on its path", self.spec.document.at)
        elif main is None:
            main = cast(Node, last).name
            if main in found:
                message = f"the last layer is called `{main}`, and so is an output"
                self.collector.add("name-taken", message, self.outputs[main][1], "name its output with `output`")
            found[main] = cast(Node, last)
        return found, main or ""

    def output_named(self, compiled_name: Compiled, at: Position, frame: Frame) -> tuple[Tensor, str]:
        if isinstance(compiled_name, str) and compiled_name in self.outputs:
            return cast(Tensor, self.outputs[compiled_name][0]), compiled_name
        if not isinstance(compiled_name, str):
            frame["x"] = POISON
        if isinstance(compiled_name, str) and compiled_name not in frame:
            known = [*self.outputs, *(name for name, value in frame.items() if isinstance(value, Tensor) and "$" not in name)]
            hint = did_you_mean(compiled_name, known) or f"known: {', '.join(known)}"
            raise Fault("unknown-name", f"no `output` and no `as` gives `{printable(compiled_name[:60])}`", at, hint)
        tensor = self.tensor(compiled_name, at, frame)
        if not isinstance(tensor, Tensor):
            raise Poisoned
        name = compiled_name if isinstance(compiled_name, str) else "".join(_text_parts(compiled_name, frame))
        return tensor, name

    def ended(self, graph: Graph, frame: Frame) -> Graph | None:
        """The graph that ends at the layers and parts that a user names."""
        ends: dict[str, Tensor] = {}
        for name in self.settings.outputs:
            tensor = graph.outputs.get(name) or graph.named(name)
            if tensor is None and isinstance(frame.get(name), Tensor):
                tensor = frame[name]
            if tensor is None:
                known = [*graph.regions, *(node.name for node in graph.nodes)]
                hint = did_you_mean(name, known) or "`archc summary --full` shows the names"
                self.collector.add("unknown-layer", f"no layer or part is called `{printable(name[:60])}`", None, hint)
            else:
                ends[name] = tensor
        return None if self.collector else graph.ending_at(ends)

    # --- steps ---

    def steps(self, steps: Steps, x: Leaves, frame: Frame, region: Region) -> Leaves:
        for step in steps:
            x = self.step(step, x, frame, region)
        return x

    def step(self, step: Step, x: Leaves, frame: Frame, region: Region) -> Leaves:
        """What the path holds after a step."""
        frame["x"] = x
        frame.spend(1)
        before, path = len(self.builder.nodes), x
        try:
            taken: tuple[Leaves, ...] = (x,)
            if step.from_ is not None:
                at = step.place("from")
                taken = tuple([self.tensor(name, at, frame) for name in step.from_])
                x = frame["x"] = taken[0]
            if step.when is not None and not self.condition(step, frame):
                if step.otherwise is None:
                    self.note_absent(step, frame)
                    frame["x"] = path
                    return path
                head: Any = Group(step.otherwise)
            else:
                head = step.head
            name = self.layer_name(step, frame) if step.name is not None else None
            documented = evaluate(step.shape, frame) if step.shape is not None else None
            if step.share is not None:
                left = self.shared(head, step, taken, frame, region, name)
            else:
                left = self._heads[type(head)](head, step, taken, frame, region, name)
            return self.finish(step, head, left, path, documented, name, frame, region)
        except Fault as fault:
            if fault.code in ("too-many-steps", "too-many-layers"):
                raise
            self.collector.fault(fault, step.at, _uses(region))
        except Poisoned:
            pass
        return self.recovered(step, frame, path, before)

    def condition(self, step: Step, frame: Frame) -> bool:
        value = evaluate(step.when, frame)
        if type(value) is not bool:
            at = step.place("when")
            raise Fault("type", f"`when` must be a boolean, but is {written(value)}", at, "compare it: `$(depth > 0)`")
        return value

    def note_absent(self, step: Step, frame: Frame) -> None:
        text = step.when.text if isinstance(step.when, Formula) else "false"
        for name, _, _ in names_given((step,)):
            if name not in frame:
                frame.absent.setdefault(name.replace("$", ""), text)

    def layer_name(self, step: Step, frame: Frame) -> str:
        name = evaluate(step.name, frame)
        text = name if isinstance(name, str) else str(name) if type(name) is int else ""
        check_layer_name(text, "name", step.place("name"))
        return text

    def finish(
        self, step: Step, head: Any, left: Leaves, path: Leaves, documented: Value, name: str | None, frame: Frame, region: Region
    ) -> Leaves:
        """Names what a step left, and gives where the path goes on."""
        if step.as_:
            self.give_names(step, left, frame)
        elif isinstance(left, _Several):
            left = left[-1]
        if isinstance(left, _Several):
            left = left[-1]
        if step.shape is not None and isinstance(left, Tensor):
            full = f"{region.prefix}{name}" if name else None
            if full is None and isinstance(left, Node) and isinstance(head, UseOp | UseMerge | UseParameter) and step.name is not None:
                full = left.name
            always = not _is_plain(step.shape)
            self.shapes.append(DocumentedShape(full, documented, left.shape, step.place("shape"), always))
        if step.output is not None:
            self.mark_output(step, left, frame)
        frame["x"] = left = path if isinstance(head, Side) else left
        return left

    def mark_output(self, step: Step, left: Leaves, frame: Frame) -> None:
        at = step.place("output")
        name = evaluate(step.output, frame)
        if not frame.whole:
            raise Fault("output", "only the file's own layers mark an output", at, "let the block leave it, with `outputs`")
        check_layer_name(str(name), "name of an output", at)
        if name in self.outputs:
            first = self.outputs[name][1]
            self.collector.add("name-taken", f"the output `{name}` is marked twice", at, None, [Related("first here", first)])
            return
        self.outputs[str(name)] = left, at

    def give_names(self, step: Step, left: Leaves, frame: Frame) -> None:
        several = left if isinstance(left, _Several) else None
        if len(step.as_) > 1 and (several is None or len(several) != len(step.as_)):
            if left is not POISON:
                count = len(several) if several else 1
                raise Fault("outputs", f"`as` gives {len(step.as_)} names, but the step leaves {count}", step.place("as"))
        for index, name in enumerate(step.as_):
            value = several[index] if several is not None and len(step.as_) > 1 else several[-1] if several else left
            frame[name if isinstance(name, str) else name.key(frame)] = value

    def recovered(self, step: Step, frame: Frame, path: Leaves, before: int) -> Leaves:
        """What a failed step leaves: its documented size where it has one, else a poison."""
        left: Leaves = POISON
        try:
            sizes = evaluate(step.shape, frame) if step.shape is not None else None
            if isinstance(sizes, list | tuple) and all(size is None or type(size) is int for size in sizes):
                left = Input("?", tuple(sizes))
        except (Fault, Poisoned):
            left = POISON
        for name, _, giver in names_given((step,)):
            if name not in frame or giver is step:
                frame[name] = left if giver is step and "$" not in name else POISON
        if step.as_:
            for given in step.as_:
                try:
                    frame[given if isinstance(given, str) else given.key(frame)] = left
                except (Fault, Poisoned):
                    continue
        left = path if isinstance(step.head, Side) else left
        frame["x"] = left
        return left

    def tensor(self, name: Compiled, at: Position, frame: Frame) -> Leaves:
        """The tensor of that name."""
        if isinstance(name, Template):
            key, shown = name.key(frame), evaluate(name, frame)
        elif isinstance(name, str):
            key = shown = name
        else:
            value = evaluate(name, frame)
            if isinstance(value, Tensor):
                return value
            raise Fault("type", f"a tensor was expected, but {written(value)} came", at)
        value = frame.get(key)
        if isinstance(value, Tensor | Poison):
            return value
        if value is not None:
            raise Fault("type", f"`{shown}` is {kind_of(value)}, not a tensor", at)
        self.unknown_tensor(shown, at, frame)
        meant = closest(shown, frame.names())
        if meant is not None and isinstance(frame[meant], Tensor) and shown not in frame.absent:
            return cast(Tensor, frame[meant])
        raise Poisoned

    def unknown_tensor(self, name: str, at: Position, frame: Frame) -> None:
        layers = [node.name for node in self.builder.nodes[-2000:]]
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

    # --- heads ---

    def use_op(self, head: UseOp, step: Step, taken: tuple[Leaves, ...], frame: Frame, region: Region, name: str | None) -> Leaves:
        op = self.op(head.op, head.arguments, frame)
        return self.add(op, taken, name, step, region)

    def op(self, class_: type[Op], arguments: Arguments, frame: Frame) -> Op:
        """The op with its arguments, made once for the same arguments."""
        key: object = id(arguments)
        if not arguments.constant:
            if arguments.first is not ...:
                given = evaluate(arguments.first, frame)
            else:
                given = {argument: evaluate(value, frame) for argument, value in arguments.named.items()}
            key = class_, repr(given)
        elif key not in self._made:
            given = evaluate(arguments.named if arguments.first is ... else arguments.first, frame)
        made = self._made.get(key)
        if made is None:
            made = self._made[key] = self.make(class_, arguments, given)
        return made

    def make(self, class_: type[Op], arguments: Arguments, given: Value) -> Op:
        named = given
        if not isinstance(given, dict):
            own = [argument for argument in class_.model_fields if argument not in Op.model_fields]
            if not own:
                raise Fault("argument", f"{class_.__name__} takes no argument, but {written(given)} came", arguments.at)
            named = {own[0]: given}
        for argument, value in named.items():
            if isinstance(value, Tensor):
                raise Fault("argument", f"`{argument}` of {class_.__name__} is a tensor", arguments.place(argument))
        try:
            return class_(**named)
        except ValidationError as error:
            fields = class_.model_fields
            place = arguments.place if arguments.data is not None else None
            validation.report(error, self.collector, arguments.at, arguments.data, class_.__name__, "argument", fields, place)
            raise Poisoned from None
        except TypeError:
            raise Fault("argument", f"{class_.__name__} cannot take these arguments", arguments.at) from None

    def add(self, op: Op, taken: tuple[Leaves, ...], name: str | None, step: Step, region: Region) -> Leaves:
        """Adds a layer, or calls one again."""
        least, most = op.arity
        if least == 0:
            taken = ()
        elif len(taken) < least and len(taken) == 1 and most is not None:
            taken = taken * least
        if len(taken) < least or (most is not None and len(taken) > most):
            many = f"{least}" if least == most else f"{least} or more" if most is None else f"{least} to {most}"
            raise Fault("inputs", f"{op.op_name} takes {many} tensors, but {len(taken)} reach it", step.at, "name them: `from: [a, b]`")
        if len(self.builder.nodes) >= limits.LAYERS:
            raise Fault("too-many-layers", f"the network has more than {limits.LAYERS:,} layers", step.at)
        if any(tensor is POISON for tensor in taken):
            raise Poisoned
        tensors = cast("tuple[Tensor, ...]", taken)
        first = self.replay(op, step)
        try:
            full = f"{region.prefix}{name}" if name else None
            return self.builder.add(op, tensors, full, region, step.at, first, step.note)
        except NameTaken as error:
            self.name_taken(error, step, region)
        except UnknownSizeError as error:
            if self.doubtful:
                raise Poisoned from None
            raise Fault("unknown-size", f"{op.op_name}: {error}", step.at) from None
        except ShapeError as error:
            self.shape_fault(error, op, tensors, step, region)
        raise Poisoned

    def replay(self, op: Op, step: Step) -> Node | None:
        """The call to share weights with, inside a block that is used again."""
        if self.replayed is None:
            return None
        recorded = next(self.replayed, None)
        if recorded is None or recorded.op != op:
            was = recorded.op.op_name if recorded else "none"
            message = f"this use of the shared block has {op.op_name} with other arguments where the first had {was}"
            raise Fault("share", message, step.at, "what a shared block does may not depend on the tensor that reaches it")
        return recorded.first or recorded

    def shape_fault(self, error: ShapeError, op: Op, tensors: tuple[Tensor, ...], step: Step, region: Region) -> None:
        related = list(_uses(region))
        hint = None
        if len(tensors) > 1:
            ends = [f"{printed(tensor.shape)} from `{tensor.name}`" for tensor in tensors[:8]]
            hint = f"what reaches it: {', '.join(ends)}"
            related += [Related(f"`{end.name}` leaves {printed(end.shape)}", end.at) for end in tensors[:8] if isinstance(end, Node)]
        elif tensors and isinstance(tensors[0], Node):
            related.insert(0, Related(f"`{tensors[0].name}` leaves {printed(tensors[0].shape)}", tensors[0].at))
            hint = f"{printed(tensors[0].shape)} reaches it, from `{tensors[0].name}`"
        elif tensors:
            hint = f"{printed(tensors[0].shape)} reaches it, the input of the network"
        message = str(error)
        shown = message if message.startswith(op.op_name) else f"{op.op_name}: {message}"
        self.collector.add("shape", shown, step.at, hint, related)

    def name_taken(self, error: NameTaken, step: Step, region: Region) -> None:
        at = step.place("name")
        hint = None
        if error.first == at or error.first == step.at:
            hint = "both come from the same step: name the uses of the block, or compute the name"
        elif step.name is None:
            hint = "that is the name that Keras gives to a layer without one; choose another"
        message = f"the name `{printable(error.name[:100])}` comes twice"
        self.collector.add("name-taken", message, at, hint, [Related("first here", error.first), *_uses(region)])

    def use_block(self, head: UseBlock, step: Step, taken: tuple[Leaves, ...], frame: Frame, region: Region, name: str | None) -> Leaves:
        found = frame.blocks.get(head.block)
        if found is None:
            found = self.meant_block(head.block, step, frame)
        block, namespace = found
        if block in self.stack:
            circle = " > ".join([*(used.name for used in self.stack[self.stack.index(block) :]), block.name])
            hint = "repeat with `for`; a block never uses itself"
            raise Fault("recursion", f"the block `{block.name}` uses itself: {circle}", step.at, hint)
        if len(self.stack) >= limits.DEPTH:
            raise Fault("too-deep", f"blocks use one another more than {limits.DEPTH} deep", step.at)
        values = self.block_values(block, head.arguments, frame, step)
        tensors = self.block_inputs(block, taken, step)
        inner = Frame(values, self.run_, self.collector, namespace, whole=False)
        inner.update(zip(block.inputs, tensors, strict=True))
        with self.part("block", block.name, name, step, region) as part:
            self.stack.append(block)
            try:
                last = self.steps(block.layers, tensors[0] if tensors else taken[0], inner, part)
            finally:
                self.stack.pop()
            left = self.block_outputs(block, last, inner)
            self.register(part, left)
        return left

    def meant_block(self, word: str, step: Step, frame: Frame) -> tuple[Block, Namespace]:
        """Reports an unknown block, and gives the one to go on with."""
        hint = did_you_mean(word, frame.blocks)
        if hint is None and (op := closest(word, registry())):
            hint = f"ops begin with a capital: did you mean `{op}`?"
        advice = hint or f"blocks here: {', '.join(frame.blocks) or 'none'}"
        self.collector.add("unknown-block", f"`{printable(word[:60])}` is no block", step.at, advice, ())
        if hint is None or not hint.startswith("did"):
            raise Poisoned
        return frame.blocks[hint.split("`")[1]]

    def block_values(self, block: Block, arguments: Arguments, frame: Frame, step: Step) -> dict[str, Value]:
        """The values of a block's parameters; all that is wrong with them is reported."""
        wrong = False
        if arguments.first is not ...:
            first = evaluate(arguments.first, frame)
            if not isinstance(first, dict):
                hint = f"`{block.name}: {{{next(iter(block.params), 'name')}: {first}}}`" if not isinstance(first, Tensor) else None
                raise Fault("argument", f"the arguments of a block have names, but {written(first)} came", arguments.at, hint)
            given: Mapping[str, Value] = first
        else:
            given = arguments.named
        values = Frame({}, self.run_, self.collector, Namespace(), whole=False)
        unknown = [argument for argument in given if argument not in block.params]
        for argument in unknown:
            wrong = True
            hint = did_you_mean(argument, block.params) or f"it has: {', '.join(block.params) or 'none'}"
            message = f"`{printable(argument[:60])}` is no argument of the block `{block.name}`"
            self.collector.add("unknown-argument", message, arguments.key_place(argument), hint)
        evaluated: dict[str, Value] = {}
        for argument, value in given.items():
            try:
                evaluated[argument] = evaluate(value, frame)
            except Fault as fault:
                wrong = True
                self.collector.fault(fault, arguments.place(argument))
            except Poisoned:
                wrong = True
        for parameter in block.params.values():
            try:
                values[parameter.name] = self.block_value(block, parameter, evaluated, given, values, unknown, arguments)
            except Fault as fault:
                wrong = True
                self.collector.fault(fault, arguments.at)
                values[parameter.name] = POISON
            except Poisoned:
                wrong = True
                values[parameter.name] = POISON
        if wrong and any(value is POISON for value in values.values()):
            raise Poisoned
        return dict(values)

    def block_value(
        self,
        block: Block,
        parameter: Parameter,
        evaluated: Mapping[str, Value],
        given: Mapping[str, Value],
        values: Scope,
        unknown: list[str],
        arguments: Arguments,
    ) -> Value:
        name = parameter.name
        if name in evaluated:
            try:
                check_value(parameter, evaluated[name], parameter.type if parameter.named_type else None)
            except Fault as fault:
                raise Fault("argument", f"{fault.message}, in `{block.name}`", arguments.place(name), fault.hint) from None
            return evaluated[name]
        if name in given:
            raise Poisoned
        if parameter.required:
            if any(did_you_mean(word, [name]) for word in unknown):
                raise Poisoned
            raise Fault("missing-argument", f"the block `{block.name}` needs `{name}`", arguments.at)
        return default_value(parameter, values)

    def block_inputs(self, block: Block, taken: tuple[Leaves, ...], step: Step) -> tuple[Leaves, ...]:
        wanted = max(len(block.inputs), 1)
        if len(taken) != wanted:
            names = ", ".join(block.inputs) or "one tensor"
            at = step.place("from")
            raise Fault("inputs", f"the block `{block.name}` takes {names}, but {len(taken)} reach it", at, "name them: `from: [a, b]`")
        return taken if block.inputs else ()

    def block_outputs(self, block: Block, last: Leaves, frame: Frame) -> Leaves:
        if not block.outputs:
            return last
        left: list[Leaves] = []
        for name, at in zip(block.outputs, block.output_places, strict=False):
            try:
                left.append(self.tensor(name, at, frame))
            except Fault as fault:
                self.collector.fault(fault, at)
                left.append(POISON)
            except Poisoned:
                left.append(POISON)
        return cast(Leaves, _Several(left)) if left else POISON

    def use_parameter(self, head: UseParameter, step: Step, taken: tuple[Leaves, ...], frame: Frame, region: Region, name: str | None) -> Leaves:
        if head.parameter not in frame:
            self.collector.add("unknown-name", f"nothing is called `{head.parameter}` here", step.at, frame.about(head.parameter))
            raise Poisoned
        word = frame[head.parameter]
        if word is POISON:
            raise Poisoned
        if not isinstance(word, str):
            raise Fault("type", f"`${head.parameter}` must name an op or a block, but is {written(word)}", step.at)
        if word[:1].isupper():
            class_ = registry().get(word)
            if class_ is None:
                raise Fault("unknown-op", f"`{printable(word[:60])}` is no op", step.at, did_you_mean(word, registry()))
            return self.use_op(UseOp(class_, head.arguments), step, taken, frame, region, name)
        return self.use_block(UseBlock(word, head.arguments), step, taken, frame, region, name)

    def use_merge(self, head: UseMerge, step: Step, taken: tuple[Leaves, ...], frame: Frame, region: Region, name: str | None) -> Leaves:
        op = self.op(head.op, head.arguments, frame)
        if not head.branches:
            if len(taken) < 2:
                raise Fault("no-branch", f"{op.op_name} has no branch", step.at, "list its branches, each a step, a list or a name")
            return self.add(op, taken, name, step, region)
        x = taken[0]
        merged: list[Leaves] = []
        if head.rounds is not None:
            for index in self.rounds(head.rounds, frame):
                with self.part("branch", str(index), None, step, region, titled=False) as part:
                    merged.append(self.steps(head.branches[0].steps or (), x, frame, part))
                frame["x"] = x
        else:
            for branch in head.branches:
                frame["x"] = x
                merged.extend(self.branch(branch, x, step, frame, region))
        frame["x"] = x
        if not merged:
            raise Fault("no-branch", f"{op.op_name} has no branch: the loop has no round", step.at)
        return self.add(op, tuple(merged), name, step, region)

    def branch(self, branch: Branch, x: Leaves, step: Step, frame: Frame, region: Region) -> list[Leaves]:
        if branch.steps is not None:
            with self.part("branch", branch.label or "", None, step, region) as part:
                return [self.steps(branch.steps, x, frame, part)]
        try:
            if isinstance(branch.tensor, Formula):
                value = evaluate(branch.tensor, frame)
                if isinstance(value, list | tuple) and all(isinstance(item, Tensor | Poison) for item in value):
                    return list(value)
            return [self.tensor(branch.tensor, branch.at, frame)]
        except Fault as fault:
            self.collector.fault(fault, branch.at)
        except Poisoned:
            pass
        return [POISON]

    def rounds(self, rounds: Rounds, frame: Frame) -> Iterator[int]:
        """Binds the names of a loop, round by round."""
        items = evaluate(rounds.items, frame)
        if not isinstance(items, list | tuple):
            raise Fault("type", f"`for` takes from a list, but `{rounds.items.text}` is {kind_of(items)}", rounds.items.at)
        for index, item in enumerate(items):
            frame.spend(1)
            self.bind(rounds.targets, item, rounds, frame)
            yield index

    def bind(self, targets: Targets, item: Value, rounds: Rounds, frame: Frame) -> None:
        if isinstance(targets, str):
            frame[targets] = item
            return
        if not isinstance(item, list | tuple) or len(item) != len(targets):
            came = f"a list of {len(item)}" if isinstance(item, list | tuple) else written(item)
            names = ", ".join(flat(targets))
            hint = "`enumerate` gives the number and the item" if isinstance(item, int) else None
            raise Fault("type", f"`{names}` take {len(targets)} values each round, but {came} came", rounds.at, hint)
        for target, value in zip(targets, item, strict=True):
            self.bind(target, value, rounds, frame)

    def use_loop(self, head: Loop, step: Step, taken: tuple[Leaves, ...], frame: Frame, region: Region, name: str | None) -> Leaves:
        x = taken[0]
        with self.part("loop", "", name, step, region) as part:
            for index in self.rounds(head.rounds, frame):
                inner = Region("round", "", None, part, step.at, part.prefix)
                x = self.steps(head.body, x, frame, inner)
                frame["x"] = x
                del index
            self.register(part, x)
        return x

    def use_group(self, head: Group | Side, step: Step, taken: tuple[Leaves, ...], frame: Frame, region: Region, name: str | None) -> Leaves:
        kind = "side" if isinstance(head, Side) else "group"
        with self.part(kind, "", name, step, region) as part:
            left = self.steps(head.body, taken[0], frame, part)
            self.register(part, left)
        return left

    def use_let(self, head: Let, step: Step, taken: tuple[Leaves, ...], frame: Frame, region: Region, name: str | None) -> Leaves:
        self.nameless(name, step)
        values: dict[str, Value] = {}
        for given, value in head.values.items():
            try:
                values[given] = evaluate(value, frame)
            except Fault as fault:
                self.collector.fault(fault, head.data.values_at[given], _uses(region))
                values[given] = POISON
            except Poisoned:
                values[given] = POISON
        frame.update(values)
        return taken[0]

    def stay(self, head: Stay, step: Step, taken: tuple[Leaves, ...], frame: Frame, region: Region, name: str | None) -> Leaves:
        self.nameless(name, step)
        if len(taken) > 1:
            raise Fault("inputs", "the path holds one tensor, so `from` names one here", step.place("from"))
        return taken[0]

    def nameless(self, name: str | None, step: Step) -> None:
        if name is not None:
            raise Fault("name", "this step adds no layer, so it has no `name`", step.place("name"), "`as` names a tensor")

    def unreadable(self, head: Unreadable, step: Step, taken: tuple[Leaves, ...], frame: Frame, region: Region, name: str | None) -> Leaves:
        raise Poisoned

    # --- shares ---

    def shared(self, head: Any, step: Step, taken: tuple[Leaves, ...], frame: Frame, region: Region, name: str | None) -> Leaves:
        """A step that has the weights of the first with its `share`."""
        if not isinstance(head, UseOp | UseBlock | UseParameter):
            raise Fault("share", "an op or a block is shared, not a loop, a group or a merge", step.place("share"))
        share = str(evaluate(step.share, frame))
        check_layer_name(share, "name of a share", step.place("share"))
        key = self.share_key(head, frame)
        use = self._heads[type(head)]
        first = frame.shares.get(share)
        if first is None:
            before = len(self.builder.nodes)
            left = use(head, step, taken, frame, region, name)
            nodes = tuple(self.builder.nodes[before:])
            call = None
            if not isinstance(key[0], type):
                call = self.record_call(f"{region.prefix}{name or share}", taken, left, nodes, step, None, name is None)
            frame.shares[share] = _Shared(key, nodes, call, left, step.at)
            return left
        if first.key != key:
            related = [Related("first here", first.at)]
            message = f"`{share}` is shared with a step that has another head or other arguments"
            self.collector.add("share", message, step.place("share"), "steps with one share do the same", related)
            raise Poisoned
        if name is not None and first.nodes and not self.same_name(name, first, region):
            raise Fault("share", "a shared layer has the first's name, or none here", step.place("name"))
        if first.leaves is POISON:
            raise Poisoned
        return self.used_again(use, first, head, step, taken, frame, region)

    def share_key(self, head: Any, frame: Frame) -> tuple[object, str]:
        word: object = head.op if isinstance(head, UseOp) else head.block if isinstance(head, UseBlock) else frame.get(head.parameter)
        if isinstance(word, str) and word[:1].isupper():
            word = registry().get(word, word)
        arguments = head.arguments
        given = evaluate(arguments.named if arguments.first is ... else arguments.first, frame)
        return word, repr(given)

    def same_name(self, name: str, first: _Shared, region: Region) -> bool:
        full = f"{region.prefix}{name}"
        return full == (first.call.name if first.call else first.nodes[0].name)

    def used_again(self, use: Any, first: _Shared, head: Any, step: Step, taken: tuple[Leaves, ...], frame: Frame, region: Region) -> Leaves:
        outer, before = self.replayed, len(self.builder.nodes)
        self.replayed = iter(first.nodes)
        try:
            left = use(head, step, taken, frame, region, None)
        finally:
            self.replayed = outer
        if outer is not None:  # inside a shared block that is used again: its own recording goes on
            for _ in self.builder.nodes[before:]:
                next(outer, None)
        nodes = tuple(self.builder.nodes[before:])
        if first.call is not None:
            self.record_call(first.call.name, taken, left, nodes, step, first.call, unnamed=False)
        return cast(Leaves, left)

    def record_call(
        self, name: str, taken: tuple[Leaves, ...], left: Leaves, nodes: tuple[Node, ...], step: Step, first: SharedCall | None, unnamed: bool
    ) -> SharedCall | None:
        """Records the use of a shared block, which in Keras is a model inside the model."""
        outputs = tuple(left) if isinstance(left, _Several) else (left,)
        if self.replayed is not None or any(tensor is POISON for tensor in (*taken, *outputs)):
            return None
        if first is None and unnamed:
            try:
                self.builder.take_name(name, step.place("share"))
            except NameTaken as error:
                related = [Related("first here", error.first)]
                self.collector.add("name-taken", f"the name `{name}` comes twice", step.place("share"), "name the step", related)
        call = SharedCall(name, cast("tuple[Tensor, ...]", taken), cast("tuple[Tensor, ...]", outputs), nodes, first)
        self.builder.calls.append(call)
        return call

    # --- parts ---

    @contextmanager
    def part(self, kind: Any, title: str, name: str | None, step: Step, region: Region, titled: bool = True) -> Iterator[Region]:
        """A part of the network; with a name, the prefix of the names inside."""
        full = f"{region.prefix}{name}" if name else None
        if full is not None and self.replayed is None:
            try:
                self.builder.take_name(full, step.place("name"))
            except NameTaken as error:
                self.name_taken(error, step, region)
        prefix = f"{full}_" if full else region.prefix
        yield Region(kind, (name or title) if titled else "", full, region, step.at, prefix, title)

    def register(self, part: Region, left: Leaves) -> None:
        """Remembers what a named part leaves."""
        last = left[-1] if isinstance(left, _Several) else left
        if part.name is not None and isinstance(last, Tensor):
            self.builder.regions.setdefault(part.name, (part, last))


class _Several(list[Leaves]):
    """What a block with several outputs leaves, until `as` names them."""


def _uses(region: Region) -> tuple[Related, ...]:
    """The uses of blocks that led to a part, the innermost first."""
    return tuple(Related(f"in {part.title}, used here", part.at) for part in region.chain() if part.kind == "block")


def _is_plain(value: Compiled) -> bool:
    if isinstance(value, list):
        return all(_is_plain(item) for item in value)
    return not isinstance(value, Formula | Template)


def _text_parts(name: Compiled, frame: Frame) -> list[str]:
    return [str(evaluate(name, frame))]
