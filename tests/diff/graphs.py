"""Graphs to compare: other orders and names of one, edits of one, and whether two are the same network."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from archc.diagnostics import Position
from archc.diff.canonical import Canonical, Entry, Value
from archc.diff.canonical import Layer as CanonicalLayer
from archc.diff.compare import Diff
from archc.diff.wiring import Splice
from archc.ir.builder import Builder
from archc.ir.graph import Graph, Input, Node, Region, Tensor
from archc.ir.op import Op
from archc.ir.shape import Shape
from archc.ops import registry
from tests.cases import type_of_input

HERE = Position("net.yaml", 1, 1)


def scrambled(graph: Graph, seed: int) -> Graph:
    """The same network with its layers in another valid order, and all of them renamed."""
    choose = random.Random(seed)
    new: dict[Tensor, Tensor] = {made: made for made in graph.inputs}
    waiting = list(graph.nodes)
    nodes: list[Node] = []
    while waiting:
        ready = [node for node in waiting if all(tensor in new for tensor in (*node.inputs, *_first(node)))]
        node = choose.choice(ready)
        waiting.remove(node)
        taken = tuple(new[tensor] for tensor in node.inputs)
        first = new[node.first] if node.first is not None else None
        assert first is None or isinstance(first, Node)
        made = replace(node, name=f"layer_{len(nodes) + 1}", inputs=taken, first=first)
        new[node] = made
        nodes.append(made)
    return Graph(graph.inputs, tuple(nodes), {name: new[end] for name, end in graph.outputs.items()}, graph.main)


def _first(node: Node) -> tuple[Node, ...]:
    return () if node.first is None else (node.first,)


def applied(diff: Diff) -> None:
    """Applies the changes of a diff to its left graph, and holds what comes out to the right one.

    Layers: those that stay, with the changed fields, those that are added, without those that are removed.
    Connections: those of the left, bridged where layers are removed and led through those that are added; where a
    layer is rewired, what it takes no longer replaced by what it takes instead.
    """
    moved = {change.left for change in diff.changes if change.kind == "moved"}
    removed = {change.left for change in diff.changes if change.kind == "removed"}
    added = {change.right for change in diff.changes if change.kind == "added"}
    fields = {change.left: change.fields for change in diff.changes if change.kind in ("changed", "moved")}
    alone = [{node for respelled in diff.respelled for node in respelled[side][1:]} for side in (0, 1)]
    more = len(diff.left.inputs) - len(diff.right.inputs)
    lone = {*diff.left.inputs} - set(diff.counterparts), {*diff.right.inputs} - set(diff.counterparts.values())
    assert [*map(len, lone)] == [max(0, more), max(0, -more)]  # the signature tells of inputs that are more
    assert set(diff.counterparts) == {*diff.left.inputs, *diff.left.nodes} - removed - alone[0] - lone[0]
    assert set(diff.counterparts.values()) == {*diff.right.inputs, *diff.right.nodes} - added - alone[1] - lone[1]
    for node, other in diff.counterparts.items():
        if isinstance(node, Node) and isinstance(other, Node):
            _hold_to_fields(diff, node, other, fields.get(node, {}))
    left, right = Canonical(diff.left), Canonical(diff.right)
    pairs = _canonical_pairs(diff, left, right)
    in_place = {tensor: other for tensor, other in pairs.items() if tensor.written not in moved}
    splice = Splice(left, right, in_place)
    rewired = {found.right: found for found in diff.rewired}
    consumers: list[tuple[Value | None, Value | None]] = [*in_place.items(), (None, None)]
    for owner, consumer in consumers:
        if isinstance(owner, Entry):
            continue
        had, has = _taken(owner, left), _taken(consumer, right)
        commutative = isinstance(consumer, CanonicalLayer) and consumer.op.commutes
        inside = consumer is not None and consumer.is_inside
        found = None if inside else rewired.get(consumer.written if isinstance(consumer, CanonicalLayer) else None)
        if found is not None:
            kept = [pairs[tensor].written for tensor in had if tensor.written not in found.before and tensor in pairs]
            assert Counter(kept) <= Counter([tensor.written for tensor in has])
            assert {tensor.written for tensor in has} <= {*kept, *found.after}
        else:
            expected = splice.expected(had, has)
            assert Counter(expected) == Counter(has)
            assert commutative or expected == list(has)


def _hold_to_fields(diff: Diff, node: Node, other: Node, fields: dict[str, list[Any]]) -> None:
    """Holds two corresponding layers to the arguments that are said to differ."""
    if "op" in fields:
        assert fields["op"] == [node.op.op_name, other.op.op_name]
        return
    respelled = {one: ones for ones, _ in diff.respelled for one in ones}
    if node not in respelled:
        changed = {name: pair[1] for name, pair in fields.items() if name != "share"}
        inner = {name for name in changed if "." in name}
        assert {**dict(node.op), **{name: value for name, value in changed.items() if name not in inner}} == {
            **dict(other.op),
            **{name.partition(".")[0]: getattr(node.op, name.partition(".")[0]) for name in inner},
        }


def _canonical_pairs(diff: Diff, left: Canonical, right: Canonical) -> dict[Value, Value]:
    """The corresponding tensors of the canonical graphs, from what a diff says of the written ones."""
    ours, theirs = ({made.written: made for made in side.inputs} for side in (left, right))
    pairs: dict[Value, Value] = {}
    for node, other in diff.counterparts.items():
        if isinstance(node, Input) and isinstance(other, Input):
            pairs[ours[node]] = theirs[other]
            continue
        assert isinstance(node, Node)
        assert isinstance(other, Node)
        pairs[left.bodies[node]] = right.bodies[other]
        if node in left.activations and other in right.activations:
            pairs[left.activations[node]] = right.activations[other]
    for ones, others in diff.respelled:
        last, end = ones[-1], others[-1]
        if len(ones) != len(others):
            pairs[left.activations.get(last, left.bodies[last])] = right.activations.get(end, right.bodies[end])
    return pairs


def _taken(consumer: Value | None, network: Canonical) -> tuple[Value, ...]:
    """What a layer takes; None is the end of the network."""
    if consumer is None:
        return network.outputs
    return consumer.inputs if isinstance(consumer, CanonicalLayer) else ()


def written_out(network: Canonical) -> Graph:
    """A network in canonical spelling as a graph."""
    made: dict[Value, Tensor] = {entry: entry.written for entry in network.inputs}
    nodes: list[Node] = []
    for layer in network.created:
        taken = tuple(made[tensor] for tensor in layer.inputs)
        first = None if layer.first is None else made[layer.first]
        assert not isinstance(first, Input)
        macs = 0 if layer.is_inside else layer.written.macs
        node = replace(layer.written, op=layer.op, inputs=taken, weights=layer.weights, macs=macs, first=first)
        made[layer] = node
        nodes.append(node)
    outputs = {name: made[end] for name, end in zip(network.graph.outputs, network.outputs, strict=True)}
    return replace(network.graph, nodes=tuple(nodes), outputs=outputs, regions={}, calls=(), keras_model=None)


# --- generated pairs -------------------------------------------------------------------------------------------------


class Layer(NamedTuple):
    """A layer of a generated network.

    Attributes:
        inputs: the numbers of the layers that it takes; -1 is the input.
        part: the number of the block that it stands in; -1 for none.
    """

    op: Op
    inputs: tuple[int, ...]
    name: str
    part: int = -1


def op(name: str, **arguments: object) -> Op:
    return registry()[name].model_validate(arguments)


KEEPING: tuple[Callable[[random.Random], Op], ...] = (
    lambda choose: op("Conv2D", filters=8, kernel_size=choose.choice([1, 3, 5]), padding="same"),
    lambda choose: op("BatchNormalization", epsilon=choose.choice([1e-3, 1e-5])),
    lambda choose: op("Activation", activation=choose.choice(["relu", "tanh", "gelu"])),
    lambda choose: op("DepthwiseConv2D", kernel_size=choose.choice([3, 5]), padding="same"),
    lambda choose: op("Dropout", rate=choose.choice([0.1, 0.5])),
)
"""Layers that leave a tensor of the shape that they take, so that each may stand anywhere."""


def generated(choose: random.Random) -> list[Layer]:
    """A chain with skips over some of its layers, sometimes in blocks of four layers."""
    layers = [Layer(op("Conv2D", filters=8, kernel_size=3, padding="same"), (-1,), "stem")]
    for number in range(choose.randint(3, 25)):
        if choose.random() < 0.25 and len(layers) > 3:
            back = choose.randint(0, len(layers) - 2)
            layers.append(Layer(op("Add"), (len(layers) - 1, back), f"add{number}"))
        else:
            layers.append(Layer(choose.choice(KEEPING)(choose), (len(layers) - 1,), f"layer{number}"))
    if choose.random() < 0.5:
        return layers
    return [layer._replace(part=number // 4) for number, layer in enumerate(layers)]


def edited(layers: list[Layer], choose: random.Random, edits: int) -> list[Layer]:
    """The network after some edits: a layer put in, taken out, or given another argument, all in other places."""
    layers = list(layers)
    for edit in range(edits):
        kind = choose.choice(["put in", "take out", "change"])
        alone = [n for n, layer in enumerate(layers) if len(layer.inputs) == 1 and n > 0]
        if kind == "put in":
            layers = put_in(layers, choose.randint(0, len(layers) - 1), choose.choice(KEEPING)(choose), f"new{edit}")
        elif kind == "take out" and len(alone) > 2:
            layers = take_out(layers, choose.choice(alone))
        elif alone:
            place = choose.choice(alone)
            layers[place] = layers[place]._replace(op=other(layers[place].op, choose))
    return layers


def put_in(layers: list[Layer], place: int, new: Op, name: str) -> list[Layer]:
    """A layer behind another, between it and all that take it."""

    def later(number: int) -> int:
        return number + 1 if number >= place else number

    before = layers[: place + 1]
    after = [layer._replace(inputs=tuple(later(number) for number in layer.inputs)) for layer in layers[place + 1 :]]
    return [*before, Layer(new, (place,), name, layers[place].part), *after]


def take_out(layers: list[Layer], place: int) -> list[Layer]:
    """The layers without one, whose input takes its place."""
    source = layers[place].inputs[0]

    def other(number: int) -> int:
        number = source if number == place else number
        return number - 1 if number > place else number

    kept = [layer for number, layer in enumerate(layers) if number != place]
    return [layer._replace(inputs=tuple(map(other, layer.inputs))) for layer in kept]


def other(kept: Op, choose: random.Random) -> Op:
    """The op with one other argument."""
    arguments = kept.arguments()
    if kept.op_name in ("Conv2D", "DepthwiseConv2D"):
        arguments["kernel_size"] = choose.choice(
            [size for size in (1, 3, 5, 7) if (size, size) != arguments["kernel_size"]]
        )
    elif kept.op_name == "BatchNormalization":
        arguments["epsilon"] = choose.choice([1e-2, 1e-4])
    elif kept.op_name == "Activation":
        arguments["activation"] = choose.choice([name for name in ("elu", "selu") if name != arguments["activation"]])
    elif kept.op_name == "Dropout":
        arguments["rate"] = choose.choice([0.2, 0.3])
    return op(kept.op_name, **arguments)


def built(layers: list[Layer], *, numbered: bool = True) -> Graph:
    """The graph of a generated network; each name has the number of its layer unless all names are different."""
    builder = Builder()
    image = Input("image", (16, 16, 8))
    builder.add_input(image, HERE)
    whole = Region("network", "", None, None, HERE)
    parts: dict[int, Region] = {-1: whole}
    tensors: list[Tensor] = []
    for number, layer in enumerate(layers):
        if layer.part not in parts:
            parts[layer.part] = Region("block", f"block{layer.part}", None, whole, HERE, "", "block")
        taken = tuple(image if place < 0 else tensors[place] for place in layer.inputs)
        name = f"{layer.name}_{number}" if numbered else layer.name
        tensors.append(builder.add(layer.op, taken, name, parts[layer.part], HERE))
    return builder.graph({"end": tensors[-1]}, "end")


def graph_of(layer: Op, shapes: tuple[Shape, ...]) -> Graph:
    """A network of one layer."""
    builder = Builder()
    inputs = [Input(f"input_{number}", shape, type_of_input(layer)) for number, shape in enumerate(shapes)]
    for made in inputs:
        builder.add_input(made, HERE)
    whole = Region("network", "", None, None, HERE)
    return builder.graph({"end": builder.add(layer, tuple(inputs), "layer", whole, HERE)}, "end")
