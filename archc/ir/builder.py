"""Adds layers to a graph one by one, and infers the shape, weights and cost of each as it is added."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from math import prod

from archc import limits
from archc.diagnostics import Position, SpecError
from archc.ir.graph import Graph, Input, Node, Region, SharedCall, Tensor, state_name
from archc.ir.naming import automatic_name
from archc.ir.op import Op, Weight
from archc.ir.shape import Shape, ShapeError, shape_text
from archc.ir.state import State

Inferred = tuple[Shape, tuple[Weight, ...], int | None, str]

_inferred: dict[tuple[int, tuple[Shape, ...], tuple[str, ...]], tuple[Op, Inferred]] = {}
"""What was inferred in this process, by the identity of the op, which is kept with it, and the shapes and types."""

_MOST_INFERRED = 20_000


class NameTaken(Exception):
    """Two layers or parts of the network have the same full name; `first` is the step that has it already."""

    def __init__(self, name: str, first: Position) -> None:
        self.name, self.first = name, first
        super().__init__(name)


class Builder:
    """A graph that is not complete yet, with the fields of a complete one.

    Attributes:
        automatic: of each of `nodes`, whether Keras gives it its name.
        taken: the names of layers and parts, with the steps that give them.
        names: how many names Keras has given, by what they begin with.
        left_out: the nodes that are not part of the complete graph.
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.calls: list[SharedCall] = []
        self.inputs: list[Input] = []
        self.regions: dict[str, tuple[Region, Tensor]] = {}
        self.automatic: list[bool] = []
        self.taken: dict[str, Position] = {}
        self.names: Counter[str] = Counter()
        self.left_out: set[Node] = set()
        self._has_states = False

    def take_name(self, name: str, at: Position) -> None:
        """Gives a full name to a layer or a part of the network.

        Raises:
            NameTaken: another has it.
        """
        if name in self.taken:
            raise NameTaken(name, self.taken[name])
        self.taken[name] = at

    def next_name(self, word: str) -> str:
        """The name that Keras gives to the next layer of a kind."""
        return automatic_name(self.names, word)

    def add_input(self, made: Input, at: Position) -> None:
        """Adds an input of the network."""
        self.take_name(made.name, at)
        self.inputs.append(made)

    def add(
        self,
        op: Op,
        inputs: tuple[Tensor, ...],
        name: str | None,
        region: Region,
        at: Position,
        first: Node | None = None,
        note: str | None = None,
        *,
        output: str | None = None,
    ) -> Node:
        """Adds a call of a layer.

        The name is the full one, or None for that of the `output` that the layer makes, which a part of the network may
        have too, else the one that Keras gives; a `State` has one that no layer can have. The other arguments are those
        of `Node`.

        Raises:
            DtypeError: the op cannot take tensors of these types.
            ShapeError: the op cannot take these tensors, or its weights would differ from those of its first call.
            NameTaken: another layer or part has the name.
            SpecError: the output has more axes or elements than a tensor may have.
        """
        shapes, dtypes = tuple([tensor.shape for tensor in inputs]), tuple([tensor.dtype for tensor in inputs])
        shape, weights, macs, dtype = self.infer(op, shapes, dtypes)
        automatic = False
        if first is not None:
            if first.weights != weights:
                raise ShapeError(
                    f"the weights of `{first.name}` do not fit here: {_shapes(first.weights)}, not {_shapes(weights)}"
                )
            name = first.name
        elif isinstance(op, State):
            name = state_name(inputs[0], op)
            self._has_states = True
        elif name is None and output is not None:
            name = output
        else:
            automatic = name is None
            name = self.next_name(op.automatic_word()) if name is None else name
            self.take_name(name, at)
        node = Node(name, op, inputs, shape, weights, macs, region, at, first, note, dtype)
        self.nodes.append(node)
        self.automatic.append(automatic)
        return node

    def add_states(self, node: Node) -> tuple[Node, ...]:
        """Adds the outputs of a layer after the first, which `node` stands for."""
        shapes = node.op.states(*[tensor.shape for tensor in node.inputs])
        return tuple(
            self.add(State(index=index, output=shape), (node,), None, node.region, node.at)
            for index, shape in enumerate(shapes, start=1)
        )

    def infer(self, op: Op, shapes: tuple[Shape, ...], dtypes: tuple[str, ...]) -> Inferred:
        """Shape, weights, cost and type of an op over these shapes and types, inferred once in a process.

        Raises:
            DtypeError: the op cannot take tensors of these types.
            ShapeError: the op cannot take these shapes.
            SpecError: the output has more axes or elements than a tensor may have.
        """
        key = (id(op), shapes, dtypes)
        found = _inferred.get(key)
        if found is None:
            shape = op.infer(*shapes)
            _check_output(shape)
            found = op, (shape, op.weights(*shapes), op.macs(shapes, shape), op.infer_dtype(*dtypes))
            if len(_inferred) >= _MOST_INFERRED:
                _inferred.clear()
            _inferred[key] = found
        return found[1]

    def leave_out(self, nodes: Collection[Node]) -> None:
        """Leaves calls of layers out of the complete graph; their names are free, but not the numbers in them."""
        self.left_out.update(nodes)
        parts = {name for name, (_, tensor) in self.regions.items() if tensor in self.left_out}
        for name in parts:
            del self.regions[name]
        for name in {*parts, *(node.name for node in nodes if node.first is None)}:
            self.taken.pop(name, None)

    def kept(self, nodes: Iterable[Node]) -> tuple[Node, ...]:
        """These calls of layers without those that are left out."""
        return tuple(node for node in nodes if node not in self.left_out) if self.left_out else tuple(nodes)

    def graph(self, outputs: Mapping[str, Tensor], main: str, named: Iterable[str] = ()) -> Graph:
        """The complete graph."""
        inputs, nodes = tuple(self.inputs), self.kept(self.nodes)
        calls = tuple(call for call in self.calls if not self.left_out.intersection(call.nodes))
        made = Graph(inputs, nodes, dict(outputs), main, self.regions, calls, frozenset(named))
        return made.without_unread_states() if self._has_states else made


def _check_output(shape: Shape) -> None:
    if any(size is not None and size < 1 for size in shape):
        raise ShapeError(f"the output {shape_text(shape)} would be empty")
    if len(shape) > limits.AXES:
        raise SpecError.of("too-large", f"the output has {len(shape)} axes; at most {limits.AXES} are allowed")
    if prod(size for size in shape if size is not None) > limits.INTEGER:
        raise SpecError.of("too-large", f"the output {shape_text(shape)} has more than 2^53 elements")


def _shapes(weights: tuple[Weight, ...]) -> str:
    return ", ".join(f"{weight.name} {shape_text(weight.shape)}" for weight in weights) or "no weights"
