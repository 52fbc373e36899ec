"""A network in canonical spelling and order, with digests of what each layer is computed from.

Spelling, order and digests depend on the network alone: not on the order in a file, on names, or on its parts. Layers
that pass their input on in inference, as dropout does, are not seen by the layers around them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cached_property
from operator import attrgetter, itemgetter
from typing import ClassVar, NamedTuple

from archc.diff.canonical_ops import CanonicalOp, Spelled, canonical_inputs, mix, spelled
from archc.diff.depth_first import depth_first
from archc.diff.dominators import Dominated, common, path
from archc.ir.graph import Graph, Input, Node, Region, Tensor
from archc.ir.masks import Mask, mask_after
from archc.ir.op import Op, Weight
from archc.ir.shape import Shape


class Entry(Dominated):
    """An input of a network.

    Attributes:
        written: the input itself.
        sorted: nothing, since it takes nothing.
        source: itself.
    """

    __slots__ = ("name", "sorted", "source", "written")
    is_inside: ClassVar = False
    sorted: tuple[Value, ...]
    source: Value

    def __init__(self, written: Input, number: int) -> None:
        super().__init__((), None, mix(number), mix(number))
        self.written, self.name = written, written.name
        self.sorted, self.source = (), self


class Layer(Dominated):
    """A call of a layer in canonical spelling.

    Attributes:
        written: the written layer that it stands for, or is the activation of.
        canonical: its op.
        inputs: what it takes.
        sorted: what it takes; of a commutative merge sorted by what lies between an input and the last layer that all
            depend on, the longest path first. What is before that layer plays no part, so that equal branches are
            sorted alike.
        sources: of its inputs.
        source: itself; of a layer that passes its input on in inference, the tensor that it passes on.
        identity: what it must have in common with its counterpart, a digest; of a layer that passes its input on, all
            arguments.
        weights: none of an activation.
        first: the call that made its weights, where this one uses them again.
        is_inside: whether it is the activation of a written layer.
    """

    __slots__ = (
        "canonical", "first", "identity", "inputs", "is_inside", "name", "sorted", "source", "sources", "weights",
        "written",
    )  # fmt: skip
    sorted: tuple[Value, ...]
    source: Value
    sources: tuple[Value, ...]

    def __init__(
        self,
        written: Node,
        canonical: CanonicalOp,
        inputs: tuple[Value, ...],
        weights: tuple[Weight, ...],
        first: Layer | None,
        *,
        is_inside: bool,
        keeps_mask: bool,
    ) -> None:
        self.written, self.name, self.canonical, self.inputs = written, written.name, canonical, inputs
        self.weights, self.first, self.is_inside = weights, first, is_inside
        if len(inputs) == 1:
            source = inputs[0].source
            self.sorted, self.sources = inputs, (source,)
            super().__init__(self.sources, source, *canonical.alone)
        else:
            self.sources = tuple([tensor.source for tensor in inputs])
            dominator = common(self.sources)
            paths = [(path(source, dominator), tensor) for source, tensor in zip(self.sources, inputs, strict=True)]
            if canonical.commutes:
                paths.sort(key=itemgetter(0))
            self.sorted = tuple([tensor for _, tensor in paths])
            form = mix(canonical.form, *[found.form for found, _ in paths])
            content = mix(canonical.content, *[found.content for found, _ in paths])
            super().__init__(self.sources, dominator, form, content)
        if canonical.passes_on and keeps_mask:
            self.source, self.identity = self.sources[0], canonical.equal
        else:
            self.source, self.identity = self, canonical.content

    @property
    def op(self) -> Op:
        """The op in canonical spelling."""
        return self.canonical.op


Value = Entry | Layer
"""A tensor of a network in canonical spelling."""


class Canonical:
    """A network whose ops have their canonical arguments, and whose activations are layers of their own.

    Attributes:
        graph: the network as it is written.
        inputs: of the network.
        outputs: of the network, in order.
        created: the layers in the order of their creation.
        layers: those that the outputs need, in canonical order: each after what it is computed from.
        bodies: for each written layer, the layer without its activation.
        activations: for each written layer that ends in an activation, this activation.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.inputs = tuple([Entry(made, number) for number, made in enumerate(graph.inputs)])
        self.created: list[Layer] = []
        self.bodies: dict[Node, Layer] = {}
        self.activations: dict[Node, Layer] = {}
        self._masks: dict[Value, Mask] = {}
        values: dict[Tensor, Value] = {made.written: made for made in self.inputs}
        ops: dict[tuple[int, tuple[Shape, ...]], Spelled] = {}
        for node in graph.nodes:
            given = canonical_inputs(node)
            key = id(node.op), tuple(map(_SHAPE, given))
            if key not in ops:
                ops[key] = spelled(node.op, key[1])
            op, activation = ops[key]
            first = self.bodies[node.first] if node.first is not None and node.weights else None
            inputs = tuple(map(values.__getitem__, given))
            self.bodies[node] = values[node] = layer = self._add(node, op, inputs, node.weights, first)
            if activation is not None:
                self.activations[node] = values[node] = self._add(node, activation, (layer,), is_inside=True)
        self.outputs = tuple([values[tensor] for tensor in graph.outputs.values()])
        _, needed = depth_first(self.outputs, attrgetter("sorted"))
        self.layers = tuple([tensor for tensor in needed if isinstance(tensor, Layer)])

    def _add(
        self,
        node: Node,
        op: CanonicalOp,
        inputs: tuple[Value, ...],
        weights: tuple[Weight, ...] = (),
        first: Layer | None = None,
        *,
        is_inside: bool = False,
    ) -> Layer:
        mask, keeps_mask = _mask(op, inputs, self._masks) if self._masks or op.makes_mask else (None, True)
        layer = Layer(node, op, inputs, weights, first, is_inside=is_inside, keeps_mask=keeps_mask)
        if mask is not None:
            self._masks[layer] = mask
        self.created.append(layer)
        return layer

    @cached_property
    def named(self) -> dict[str, Layer]:
        """The first call of each layer, by its name."""
        return {layer.name: layer for layer in reversed(self.created)}

    @cached_property
    def users(self) -> Mapping[Value, list[Layer | None]]:
        """The layers that have each tensor as an input; None for an output of the network."""
        users: defaultdict[Value, list[Layer | None]] = defaultdict(list)
        for layer in self.layers:
            for tensor in layer.inputs:
                users[tensor].append(layer)
        for tensor in self.outputs:
            users[tensor].append(None)
        return users

    @cached_property
    def sizes(self) -> Counter[Region]:
        """The number of layers in each part of the network."""
        sizes: Counter[Region] = Counter()
        for region, count in Counter([layer.written.region for layer in self.layers]).items():
            for part in region.chain():
                sizes[part] += count
        return sizes

    @cached_property
    def below(self) -> dict[Layer, int]:
        """A digest of each layer with all that is computed from it."""
        uses: defaultdict[Value, list[int]] = defaultdict(list)
        for number, output in enumerate(self.outputs):
            uses[output.source].append(mix(number))
        below: dict[Layer, int] = {}
        for layer in reversed(self.created):
            below[layer] = mix(layer.canonical.form, layer.canonical.content, *sorted(uses[layer]))
            if layer.source is layer:
                for place, source in enumerate(layer.sources):
                    uses[source].append(mix(0 if layer.canonical.commutes else place, below[layer]))
        return below


_SHAPE = attrgetter("shape")


class _Call(NamedTuple):
    """A call of a layer that is not made yet."""

    op: Op
    inputs: tuple[Value, ...]


def _mask(op: CanonicalOp, inputs: tuple[Value, ...], masks: Mapping[Value, Mask]) -> tuple[Mask | None, bool]:
    """The mask of what a layer leaves, and whether it is that of its input, by which nothing is computed."""
    taken, _ = op.op.split_inputs(inputs)
    given = [masks.get(tensor) for tensor in taken]
    mask = mask_after(_Call(op.op, inputs), tuple(given))
    known = [each for each in given if each is not None]
    return mask, not known or (known == [mask] and op.op.mask_use != "always")
