"""A network as a graph: layers in the order of their creation, and the parts of the network that they are in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Literal

from archc.diagnostics import Position
from archc.ir.frozen import Frozen
from archc.ir.op import Op, Weight
from archc.ir.shape import Shape, shape_text
from archc.ir.state import State

RegionKind = Literal["network", "block", "loop", "round", "group", "branch", "side"]


@dataclass(slots=True, eq=False, repr=False)
class _RegionFields:
    kind: RegionKind
    title: str
    name: str | None
    parent: Region | None
    at: Position
    prefix: str = ""
    word: str = ""


class Region(_RegionFields, metaclass=Frozen):
    """A part of a network: a block, a loop, a round of a loop, a group, a branch, a side.

    Attributes:
        kind: which of these.
        title: its name in a report: its own, else the block's, else the branch's label.
        name: the full name, which prefixes the names inside; None for a part without one.
        parent: the part around it; None for the network.
        at: the use, not the definition of the block.
        prefix: the prefix of the names inside, with its last `_`.
        word: the block's name, or the branch's label.
    """

    @property
    def stem(self) -> str:
        """What the names inside begin with: a `_` follows, or nothing, in the name of a layer with `name: ""`."""
        return self.prefix[:-1]

    def chain(self) -> Iterator[Region]:
        """This part and the parts around it, the innermost first, without the network."""
        region: Region | None = self
        while region is not None and region.parent is not None:
            yield region
            region = region.parent

    @property
    def path(self) -> tuple[str, ...]:
        """The titles from the outermost part to this one, without the parts that have none."""
        return tuple(reversed([region.title for region in self.chain() if region.title]))

    def __repr__(self) -> str:
        return f"<{self.kind} {self.name or self.title}>"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Input:
    """An input of the network; its shape has no batch."""

    name: str
    shape: Shape
    dtype: str = "float32"

    def __repr__(self) -> str:
        return f"<{self.name}: {shape_text(self.shape)}>"


@dataclass(slots=True, eq=False, repr=False)
class _NodeFields:
    name: str
    op: Op
    inputs: tuple[Tensor, ...]
    shape: Shape
    weights: tuple[Weight, ...]
    macs: int | None
    region: Region
    at: Position
    first: Node | None = None
    note: str | None = None
    dtype: str = "float32"


class Node(_NodeFields, metaclass=Frozen):
    """One call of a layer, and its output tensor; a further output of the call is a node of the op `State`.

    Attributes:
        name: the layer's name, the same for all calls of a shared layer.
        shape: of the output, without the batch.
        dtype: of the output.
        weights: the layer's weights, in Keras's order.
        macs: multiply-adds for one image; None where a size is unknown.
        region: the part of the network that it is in.
        at: the step in the file.
        first: the call that made the layer, where this one calls it again.
        note: a comment for the reader.
    """

    def __repr__(self) -> str:
        return f"<{self.name}: {self.op.op_name} {shape_text(self.shape)}>"


Tensor = Input | Node


def layer_calls(nodes: Iterable[Node]) -> list[Node]:
    """The calls of layers among nodes, without their further outputs, which are nodes of their own."""
    return [node for node in nodes if not isinstance(node.op, State)]


def state_name(layer: Tensor, op: State) -> str:
    """The name of a further output of a layer, which no layer can have: `encoder[1]`."""
    return f"{layer.name}[{op.index}]"


def plain_name(tensor: Tensor) -> str:
    """The name of a tensor for an identifier: of a further output of a layer `encoder_state_1`."""
    if isinstance(tensor, Node) and isinstance(tensor.op, State):
        return f"{tensor.inputs[0].name}_state_{tensor.op.index}"
    return tensor.name


def behind_layers(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """The nodes with the further outputs of each layer directly behind it, by their numbers."""
    listed = tuple(nodes)
    states = _states(listed)
    if not states:
        return listed
    return tuple(one for node in layer_calls(listed) for one in (node, *states.get(node, {}).values()))


def _states(nodes: Iterable[Node]) -> Mapping[Tensor, Mapping[int, Node]]:
    found: dict[Tensor, dict[int, Node]] = {}
    for node in nodes:
        if isinstance(node.op, State):
            found.setdefault(node.inputs[0], {})[node.op.index] = node
    return {layer: dict(sorted(states.items())) for layer, states in found.items()}


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SharedCall:
    """One use of a block that is used more than once with the same weights.

    Attributes:
        name: the block's name as a layer.
        nodes: the calls of layers in it, in order.
        first: the use that made the layers, where this one uses them again.
    """

    name: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    nodes: tuple[Node, ...]
    first: SharedCall | None = None

    def counterpart(self, tensor: Tensor) -> Tensor:
        """The tensor here in the place of one of the first use; the same for one that is not computed in the block."""
        first = self.first or self
        return self.nodes[first.nodes.index(tensor)] if isinstance(tensor, Node) and tensor in first.nodes else tensor

    def __repr__(self) -> str:
        return f"<{self.name}: {len(self.nodes)} layers>"


@dataclass(frozen=True, slots=True, eq=False)
class OutputIdentity:
    """The `Identity` that gives an output of the network its name."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class KerasLayer:
    """A layer of the Keras model of a network.

    Attributes:
        owner: the first call of the layer, or of the shared block that is a model in the model; an input of a model,
            what names an output, or the part of the network that a model in the model has become.
        kind: the class of the Keras layer.
        weights: the arrays of a layer; empty for a model.
        inner: the layers of a model.
    """

    owner: Node | SharedCall | Input | OutputIdentity | Region
    kind: str
    weights: tuple[Weight, ...] = ()
    inner: tuple[KerasLayer, ...] = ()

    @property
    def has_weights(self) -> bool:
        """Whether it holds an array."""
        return any(part.weights for part in self.layers()) if self.inner else bool(self.weights)

    @property
    def name(self) -> str:
        """The name of the layer; a function that is called again is a model around its layer."""
        name = self.owner.name or ""
        return f"{name}_shared" if self.inner and isinstance(self.owner, Node) else name

    def layers(self) -> Iterator[KerasLayer]:
        """The layer itself, or the layers of the model."""
        if not self.inner:
            yield self
        for layer in self.inner:
            yield from layer.layers()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Graph:
    """A network with all its shapes inferred.

    Attributes:
        nodes: the calls of layers in the order of their creation, which is an order of computation.
        outputs: the output tensors by their names, in the network's order.
        regions: the named parts, with the output of each.
        calls: the uses of shared blocks, in the order of their ends.
        named_outputs: the outputs whose names the author of the spec gave, or who ends the network there; others have
            that of a layer or a part.
        keras_model: the layers of the Keras model that the graph was read from, in the order of `model.layers`; None
            where there was none.
    """

    inputs: tuple[Input, ...]
    nodes: tuple[Node, ...]
    outputs: Mapping[str, Tensor]
    main: str
    regions: Mapping[str, tuple[Region, Tensor]] = field(default_factory=dict)
    calls: tuple[SharedCall, ...] = ()
    named_outputs: frozenset[str] = frozenset()
    keras_model: tuple[KerasLayer, ...] | None = None

    def states(self) -> Mapping[Tensor, Mapping[int, Node]]:
        """The further outputs of layers that something reads, by the layers and their numbers."""
        return _states(dict.fromkeys((*self.nodes, *(node for call in self.calls for node in call.nodes))))

    def identities(self) -> dict[str, Tensor]:
        """The outputs with names of the author that no layer of their name makes, in order.

        Keras calls an output as the layer that makes it, so an `Identity` of the name follows in a model. It is no
        layer of the network.
        """
        makers = {node: call.name for call in self.calls for node in call.nodes}  # the outermost ends last
        shared = {node.first for node in self.nodes if node.first is not None}
        found: dict[str, Tensor] = {}
        for name, tensor in self.outputs.items():
            maker, in_a_model = tensor.name, False
            if isinstance(tensor, Node):
                maker = makers.get(tensor, tensor.name)
                is_function = tensor.op.function is not None and bool(tensor.weights)
                in_a_model = is_function and (tensor.first or tensor) in shared
            if name in self.named_outputs and (maker != name or in_a_model):
                found[name] = tensor
        return found

    def left_by(self, first: SharedCall) -> list[Node]:
        """The layers whose outputs a shared block leaves: what it computes of its outputs, and where the network ends.

        Args:
            first: the first use of the block.
        """
        wanted = dict.fromkeys(first.outputs)
        for call in self.calls:
            if (call.first or call) is first:
                position = {node: index for index, node in enumerate(call.nodes)}
                ends = [tensor for tensor in self.outputs.values() if tensor in position]
                wanted |= dict.fromkeys(first.nodes[position[end]] for end in ends if isinstance(end, Node))
        return [tensor for tensor in wanted if isinstance(tensor, Node) and tensor in first.nodes]

    def __repr__(self) -> str:
        return f"<{len(self.nodes)} layers, outputs {', '.join(self.outputs)}>"

    def named(self, name: str) -> Tensor | None:
        """The output of a layer or of a named part; of a shared layer, that of its first call."""
        if name in self.regions:
            return self.regions[name][1]
        tensors: tuple[Tensor, ...] = (*self.nodes, *self.inputs)
        return next((tensor for tensor in tensors if tensor.name == name), None)

    def absence(self, name: str) -> str:
        """What to say where `named` finds nothing."""
        return f"there is no layer or part `{name}`"

    def within(self, name: str) -> tuple[Node, ...]:
        """The calls of the layer of that name, or of all layers in the part of that name."""
        if name in self.regions:
            wanted = self.regions[name][0]
            return tuple(node for node in self.nodes if any(region is wanted for region in node.region.chain()))
        return tuple(node for node in self.nodes if node.name == name)

    def needed(self, tensors: Iterator[Tensor] | tuple[Tensor, ...]) -> set[Tensor]:
        """These tensors and all that they are computed from."""
        seen: set[Tensor] = set()
        pending = list(tensors)
        while pending:
            tensor = pending.pop()
            if tensor not in seen:
                seen.add(tensor)
                pending.extend(tensor.inputs if isinstance(tensor, Node) else ())
        return seen

    def needed_by_outputs(self) -> set[Tensor]:
        """What the outputs need; in each use of a shared block also what another use of it needs there."""
        needed = self.needed(tuple(self.outputs.values()))
        while True:
            uses = [call for call in self.calls if any(node in needed for node in call.nodes)]
            places = _places(uses, needed)
            alike = {call.nodes[place] for call in uses for place in places[call.first or call]}
            if alike <= needed:
                return needed
            needed = self.needed((*needed, *alike))

    def without_unneeded(self) -> Graph:
        """The network without the layers that no output needs, as Keras makes a model of it: inputs stay."""
        return self._with_only(self.needed_by_outputs())

    def without_unread_states(self) -> Graph:
        """The network without the further outputs of layers that nothing reads; the others are behind the layers."""
        read = self.needed_by_outputs().union(*(node.inputs for node in self.nodes))
        kept = self._with_only({*self.inputs, *layer_calls(self.nodes), *read})
        calls = _replaced(kept.calls, lambda call: replace(call, nodes=behind_layers(call.nodes)))
        return replace(kept, nodes=behind_layers(kept.nodes), calls=calls)

    def _with_only(self, needed: AbstractSet[Tensor]) -> Graph:
        """The network with these layers alone."""

        def needed_part(call: SharedCall) -> SharedCall:
            outputs = tuple(tensor for tensor in call.outputs if tensor in needed or tensor not in call.nodes)
            return replace(call, nodes=tuple(node for node in call.nodes if node in needed), outputs=outputs)

        return replace(
            self,
            nodes=tuple(node for node in self.nodes if node in needed),
            regions={name: found for name, found in self.regions.items() if found[1] in needed},
            calls=_replaced(self.calls, needed_part),
        )

    def _leaving_what_is_needed(self) -> Graph:
        """The network whose shared blocks leave what one of their uses needs, and no more."""
        places = _places(self.calls, self.needed(tuple(self.outputs.values())))

        def leaving(call: SharedCall) -> SharedCall:
            left = {call.nodes[place] for place in places[call.first or call]}
            return replace(call, outputs=tuple(one for one in call.outputs if one in left or one not in call.nodes))

        return replace(self, calls=_replaced(self.calls, leaving))

    def with_tensors(self, made: Mapping[Tensor, Tensor]) -> Graph:
        """The network with others in the place of some inputs and calls; a call replaces a call.

        The first use of a shared block is the first that is there.
        """

        def others(tensors: Iterable[Tensor]) -> tuple[Tensor, ...]:
            return tuple(made.get(tensor, tensor) for tensor in tensors)

        def calls_of(nodes: Iterable[Node]) -> tuple[Node, ...]:
            return tuple(node for node in others(nodes) if isinstance(node, Node))

        uses: list[SharedCall] = []
        first_uses: dict[SharedCall, SharedCall] = {}
        for call in self.calls:
            first = first_uses.get(call.first or call)
            ends = others(call.inputs), others(call.outputs)
            uses.append(SharedCall(call.name, *ends, calls_of(call.nodes), first))
            first_uses.setdefault(call.first or call, uses[-1])
        return replace(
            self,
            inputs=tuple(tensor for tensor in others(self.inputs) if isinstance(tensor, Input)),
            nodes=calls_of(self.nodes),
            outputs={name: made.get(tensor, tensor) for name, tensor in self.outputs.items()},
            regions={name: (region, made.get(tensor, tensor)) for name, (region, tensor) in self.regions.items()},
            calls=tuple(uses),
        )

    def ending_at(self, outputs: Mapping[str, Tensor]) -> Graph:
        """The part of the network that these outputs need."""
        needed = self.needed(tuple(outputs.values()))
        while True:  # a shared block is whole in the Keras model, with the first call of each of its layers
            kept = {node for call in self.calls if any(node in needed for node in call.nodes) for node in call.nodes}
            there = [node for node in self.nodes if node in needed or node in kept]
            owners: dict[Node, Node] = {}
            for node in there:
                owners.setdefault(node.first or node, node)
            firsts = {owners[node.first or node] for node in there if node in needed}
            if firsts <= needed:
                break
            needed = self.needed((*needed, *firsts))
        ended = Graph(
            inputs=tuple(tensor for tensor in self.inputs if tensor in needed),
            nodes=tuple(node for node in self.nodes if node in needed),
            outputs=dict(outputs),
            main=next(iter(outputs)),
            regions={name: found for name, found in self.regions.items() if found[1] in needed},
            calls=tuple(call for call in self.calls if any(node in kept for node in call.nodes)),
            named_outputs=frozenset(outputs),
        )
        if not {node.first for node in there if node.first is not None} <= set(there):
            ended = _with_first_calls(ended, there)
        return ended._leaving_what_is_needed()


def _places(calls: Iterable[SharedCall], needed: AbstractSet[Tensor]) -> Mapping[SharedCall, set[int]]:
    """The places of the layers that are needed in one use of a shared block at least, by its first use."""
    places: defaultdict[SharedCall, set[int]] = defaultdict(set)
    for call in calls:
        places[call.first or call].update(place for place, node in enumerate(call.nodes) if node in needed)
    return places


def _replaced(calls: Iterable[SharedCall], replacement: Callable[[SharedCall], SharedCall]) -> tuple[SharedCall, ...]:
    """Other uses in the place of uses of shared blocks, without those that have no layers; each has its first use."""
    made: dict[SharedCall, SharedCall] = {}
    for call in calls:
        new = replacement(call)
        if new.nodes:
            made[call] = replace(new, first=None if call.first is None else made.get(call.first))
    return tuple(made.values())


def _with_first_calls(graph: Graph, nodes: list[Node]) -> Graph:
    """The same network, where a layer whose first call is left out belongs to the first call that is there.

    `nodes` are those of the network, and all in its uses of shared blocks.
    """
    made: dict[Tensor, Tensor] = {}
    owners: dict[Node, Node] = {}
    for node in nodes:
        inputs = tuple(made.get(tensor, tensor) for tensor in node.inputs)
        new = replace(node, inputs=inputs, first=owners.get(node.first or node))
        owners.setdefault(node.first or node, new)
        made[node] = new
    return graph.with_tensors(made)
