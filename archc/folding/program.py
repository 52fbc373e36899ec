"""A network as steps: what stands in a spec, and for each step the layers that it stands for.

A step in a block or a loop stands for several layers, one for each *instance* of the steps around it. Instances are
numbers; a step knows its layer in each, and a use of a block or a loop knows the instances of the steps inside. An
argument or a name is what the layers have: nothing is written down before the structure is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

from archc.folding.name_texts import unused_name
from archc.folding.values import Value, spelled_arguments
from archc.ir.graph import Graph, Node, SharedCall, Tensor, layer_calls, state_name
from archc.ir.op import Op
from archc.ir.state import State
from archc.language.name_rules import is_name
from archc.ops import registry


@dataclass(eq=False, slots=True, repr=False)
class Wire:
    """A place where a tensor is, with the tensor in each instance."""

    tensors: dict[int, Tensor]

    @property
    def channels(self) -> dict[int, int]:
        """The channels of the tensor in each instance, where they are known."""
        sizes = {d: tensor.shape[-1] for d, tensor in self.tensors.items() if tensor.shape}
        return {d: size for d, size in sizes.items() if size is not None}


@dataclass(eq=False, slots=True, repr=False)
class Step(Wire):
    """A layer, a use of a block, or a loop; the wire is what it leaves.

    Attributes:
        head: the op or the block; `for` of a loop.
        operands: what it takes.
        tensor_arguments: the arguments of a layer that its last operands are.
        nodes: of an op, the layer in each instance; an instance without one lacks the step.
        calls: of a use, the block's instance.
        rounds: of a loop, the instances of its body.
        body: the steps of a loop.
        entries: of a loop, the operands as a round has them; the first is the path.
        leaves: of a loop, for each entry the wire in its body that is it in the next round; None where all rounds have
            the same.
        ends: of a loop, for each entry what it is after the last round; None for the path and for what does not change.
            Of a use of a block with several outputs, what it leaves before the last; of a layer, its states.
        share: the name of the layer or the shared block whose weights it has.
        again: whether an earlier step has the same share.
        share_inside: of a use, what the shares in the block have in common with those of other uses.
    """

    head: str
    operands: list[Wire]
    nodes: dict[int, Node] = field(default_factory=dict)
    calls: dict[int, int] = field(default_factory=dict)
    rounds: dict[int, tuple[int, ...]] = field(default_factory=dict)
    body: list[Step] = field(default_factory=list)
    entries: list[Wire] = field(default_factory=list)
    leaves: list[Wire | None] = field(default_factory=list)
    ends: list[Wire | None] = field(default_factory=list)
    share: str | None = None
    again: bool = False
    tensor_arguments: tuple[str, ...] = ()
    share_inside: str | None = None

    @property
    def form(self) -> tuple[object, ...]:
        """What two steps have in common that can be one."""
        return self.head, len(self.operands), self.tensor_arguments

    @property
    def taken(self) -> list[Wire]:
        """The operands that are no arguments."""
        return self.operands[: len(self.operands) - len(self.tensor_arguments)]

    @property
    def arguments(self) -> dict[str, Wire]:
        """The operands that are arguments, by their names."""
        return dict(zip(self.tensor_arguments, self.operands[len(self.taken) :], strict=True))

    @property
    def shares(self) -> bool:
        """Whether it has weights in common with another step."""
        return self.share is not None or self.share_inside is not None

    @property
    def present(self) -> Mapping[int, object]:
        """The instances in which the step is there."""
        return self.nodes or self.calls or self.rounds

    @property
    def left(self) -> list[Wire]:
        """All that it leaves."""
        return [self, *(wire for wire in self.ends if wire is not None)] if self.ends else [self]

    @property
    def outputs(self) -> list[Wire]:
        """What it leaves, in the order of `as`: a layer its output first, a block where the path goes on last."""
        return self.left if self.head in registry() else [*self.left[1:], self]

    @property
    def optional(self) -> bool:
        """Whether some instance lacks it."""
        return len(self.present) < len(self.tensors)


@dataclass(eq=False, slots=True, repr=False)
class Block:
    """A block: its inputs and steps.

    Attributes:
        outputs: what a shared block leaves, in order; empty where it is what the last step leaves, as in all others.
    """

    name: str
    inputs: list[Wire]
    body: list[Step]
    outputs: list[Wire] = field(default_factory=list)

    @property
    def instances(self) -> list[int]:
        """All instances."""
        return list(self.inputs[0].tensors)


class Program:
    """The steps of a network and its blocks.

    Attributes:
        names: of each layer the name to write; None where Keras's is right.
        apart_cost: the cost of a use of a block whose name begins those of layers elsewhere too.
        part_names: the names of the uses of blocks, by the block and its instance.
        beginnings: how many of the names begin with a word, or words, before a `_`.
    """

    def __init__(self, graph: Graph, order: tuple[Node, ...], names: Mapping[Node, str | None]) -> None:
        self.graph, self.names = graph, names
        self.order = order
        self.beginnings = Counter(
            "_".join(words[: k + 1])
            for words in (name.split("_") for node, name in names.items() if name is not None and node.first is None)
            for k in range(len(words))
        )
        self.numbers = count(1)
        self._states: dict[Node, list[Node]] = {}
        self.spelled: dict[Node, dict[str, Value]] = {}
        wires: dict[Tensor, Wire] = {made: Wire({0: made}) for made in graph.inputs}
        self.inputs = [wires[made] for made in graph.inputs]
        self.blocks: dict[str, Block] = {}
        self.apart_cost = 3.0
        self.part_names: dict[tuple[str, int], str] = {}
        self.shared: dict[SharedCall, Block] = {}
        self.main: list[Step] = []
        shared = {node.first for node in order if node.first is not None}
        for node in layer_calls(order):
            call = self.shared_call(node)
            if call is not None:
                if call.nodes[0] is node:
                    self.add_call(call, wires)
                continue
            step = _layer_step(node.op, [wires[tensor] for tensor in node.inputs], {0: node})
            step.share = node.name if node in shared or node.first is not None else None
            step.again = node.first is not None
            step.ends = [Wire({0: state}) for state in self.states(node)]
            wires.update(zip((node, *self.states(node)), step.left, strict=True))
            self.main.append(step)
        self.outputs = {name: wires[tensor] for name, tensor in graph.outputs.items()}

    def states(self, node: Node) -> list[Node]:
        """The states of a layer, those too that nothing reads."""
        if node not in self._states:
            shapes = enumerate(node.op.states(*[tensor.shape for tensor in node.inputs]), start=1)
            made = [State(index=index, output=shape) for index, shape in shapes]
            read = {other.op: other for other in self.graph.nodes if other.inputs == (node,)} if made else {}
            self._states[node] = [
                read.get(op) or Node(state_name(node, op), op, (node,), op.output, (), 0, node.region, node.at)
                for op in made
            ]
        return self._states[node]

    def shared_call(self, node: Node) -> SharedCall | None:
        """The outermost use of a shared block that a layer is in."""
        return next((call for call in reversed(self.graph.calls) if node in call.nodes), None)

    def add_call(self, call: SharedCall, wires: dict[Tensor, Wire]) -> None:
        """Adds the use of a shared block, and the block at its first use."""
        step = self.use_of(call, [wires[tensor] for tensor in call.inputs], 0)
        first = call.first or call
        step.share, step.again = first.name, call is not first
        wires.update(zip(self.left_by(call), step.outputs, strict=True))
        self.main.append(step)

    def left_by(self, call: SharedCall) -> list[Tensor]:
        """What a use of a shared block leaves; the path goes on from the last."""
        return [call.counterpart(tensor) for tensor in self.graph.left_by(call.first or call)]

    def use_of(self, call: SharedCall, operands: list[Wire], outer: int) -> Step:
        """The use of a shared block in an instance of the steps around it; fills the block."""
        first = call.first or call
        if first not in self.shared:
            block = Block(self.unused_block(first.name), [Wire({}) for _ in call.inputs], [])
            self.shared[first] = self.blocks[block.name] = block
            self.fill_first(block, first)
        block, instance = self.shared[first], next(self.numbers)
        for tensor, wire in zip(call.inputs, block.inputs, strict=True):
            wire.tensors[instance] = tensor
        for step, item in zip(block.body, self.items(call), strict=True):
            if isinstance(item, Node):
                step.tensors[instance] = step.nodes[instance] = item
                for wire, state in zip(step.left[1:], self.states(item), strict=True):
                    wire.tensors[instance] = state
            else:
                use = self.use_of(item, [], instance)
                step.calls.update(use.calls)
                for wire, own in zip(step.outputs, use.outputs, strict=True):
                    wire.tensors.update(own.tensors)
        *before, last = self.left_by(call)
        ends: list[Wire | None] = [Wire({outer: tensor}) for tensor in before]
        return Step({outer: last}, block.name, operands, calls={outer: instance}, ends=ends)

    def fill_first(self, block: Block, first: SharedCall) -> None:
        """Makes the steps of a shared block, without an instance."""
        inner: dict[Tensor, Wire] = {}
        seen: set[SharedCall] = set()
        for place, item in enumerate(self.items(first)):
            operands = [
                inner[tensor] if tensor in inner else block.inputs[self.shared_input(first, place, number)]
                for number, tensor in enumerate(item.inputs)
            ]
            if isinstance(item, Node):
                step = _layer_step(item.op, operands, {})
                step.ends = [Wire({}) for _ in self.states(item)]
                inner.update(zip((item, *self.states(item)), step.left, strict=True))
                step.again = item.first in first.nodes
                called_again = step.again or any(node.first is item for node in first.nodes)
                step.share = (item.first if step.again and item.first else item).name if called_again else None
            else:
                source = item.first or item
                if source not in self.shared:
                    self.use_of(source, [], 0)
                left = self.left_by(item)
                step = Step({}, self.shared[source].name, operands, ends=[Wire({}) for _ in left[1:]])
                inner.update(zip(left, step.outputs, strict=True))
                step.share, step.again = source.name, source in seen
                seen.add(source)
            block.body.append(step)
        outputs = [inner[tensor] for tensor in self.graph.left_by(first)]
        block.outputs = [] if outputs == block.body[-1:] else outputs

    def items(self, call: SharedCall) -> list[Node | SharedCall]:
        """The layers of a shared block and the uses of shared blocks in it, in order."""
        place = self.graph.calls.index(call)
        owners: dict[Node, SharedCall] = {}
        for inner in reversed(self.graph.calls[:place]):
            if inner.nodes and inner.nodes[0] in call.nodes and inner.nodes[0] not in owners:
                owners.update(dict.fromkeys(inner.nodes, inner))
        return list(dict.fromkeys(owners.get(node, node) for node in layer_calls(call.nodes)))

    def shared_input(self, first: SharedCall, place: int, number: int) -> int:
        """The input of a shared block that one of its steps takes in all uses."""
        calls = [call for call in self.graph.calls if call is first or call.first is first]
        taken = [self.items(call)[place].inputs[number] for call in calls]
        for found in range(len(first.inputs)):
            if all(call.inputs[found] is tensor for call, tensor in zip(calls, taken, strict=True)):
                return found
        raise ValueError(f"the layers of the shared block `{first.name}` take other inputs in each use")

    def unused_block(self, word: str) -> str:
        """A name for a block that no block has."""
        taken = self.blocks.keys() | {made.name for made in self.graph.inputs}
        return unused_name(word if is_name(word) else "shared", taken)

    def scopes(self) -> Iterator[list[Step]]:
        """The steps of the network and of each block."""
        yield self.main
        for block in self.blocks.values():
            yield block.body

    def sequences(self) -> Iterator[list[Step]]:
        """All lists of steps, also those of loops."""
        for scope in self.scopes():
            yield from nested(scope)

    def arguments(self, node: Node) -> dict[str, Value]:
        """The arguments of a layer that are not defaults, each in its shortest spelling."""
        if node not in self.spelled:
            self.spelled[node] = spelled_arguments(node.op)
        return self.spelled[node]

    def kept(self) -> set[Wire]:
        """The wires that are read otherwise than as an operand: outputs, what a block or a round leaves."""
        found: set[Wire] = set(self.outputs.values())
        for block in self.blocks.values():
            found.update(block.outputs or block.body[-1:])
        for sequence in self.sequences():
            for step in sequence:
                found.update(wire for wire in step.leaves if wire is not None)
        return found

    def is_named(self, step: Step) -> bool:
        """Whether the layers of a step have names of their own; all have, or none."""
        node = next(iter(step.nodes.values()), None)
        return node is not None and self.names[node] is not None


def nested(steps: list[Step]) -> Iterator[list[Step]]:
    """A list of steps and those of the loops in it."""
    yield steps
    for step in steps:
        if step.body:
            yield from nested(step.body)


def walk(steps: list[Step]) -> Iterator[Step]:
    """All steps, those of loops too."""
    for sequence in nested(steps):
        yield from sequence


def layers_of(program: Program, steps: list[Step], instance: int) -> Iterator[Node]:
    """All layers that steps stand for in an instance."""
    for step in steps:
        if instance in step.nodes:
            yield step.nodes[instance]
        elif instance in step.calls:
            yield from layers_of(program, program.blocks[step.head].body, step.calls[instance])
        for inner in step.rounds.get(instance, ()):
            yield from layers_of(program, step.body, inner)


def _layer_step(op: Op, operands: list[Wire], nodes: dict[int, Node]) -> Step:
    """The step of a layer; it names one operand where that stands for all."""
    taken, arguments = op.split_inputs(operands)
    if op.repeats_input and len(taken) == op.arity[0] and len(set(taken)) == 1:
        taken = taken[:1]
    named = [*taken, *arguments.values()]
    return Step(dict(nodes), op.op_name, named, nodes, tensor_arguments=tuple(arguments))
