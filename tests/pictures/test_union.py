"""The union of two networks: every layer and every connection of both, once, and no circle."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

import pytest

import archc
from archc.diff.compare import Diff, diff
from archc.ir.graph import Graph, Input, Node, Tensor, layer_calls
from archc.ir.state import State
from archc.pictures.acyclic import acyclic
from archc.pictures.drawn import DrawnGraph, DrawnInput, DrawnLayer, Net, Sides, drawn
from archc.pictures.union import union
from archc.pictures.view import view
from tests.cases import every_or_few, generated_cases
from tests.diff.graphs import built, edited, generated, scrambled
from tests.pictures.trees import faults, outline
from tests.targets.networks import NETWORKS, library, network, random_pairs

Taken = tuple[Tensor, int]


def tensor_of(net: Net, side: Sides, found: Diff) -> Taken:
    """The tensor of one of the networks that a line stands for."""
    source = net.source
    if isinstance(source, DrawnLayer):
        node = source.left if side is Sides.LEFT else source.node
        assert node is not None
        return node, net.number
    back = {theirs: mine for mine, theirs in found.counterparts.items()}
    return (back.get(source.input, source.input) if side is Sides.LEFT else source.input), net.number


def taken(tensor: Tensor) -> Taken:
    return (
        (tensor.inputs[0], tensor.op.index)
        if isinstance(tensor, Node) and isinstance(tensor.op, State)
        else (tensor, 0)
    )


def union_faults(found: Diff, whole: DrawnGraph) -> list[str]:
    """Where the union of two networks has other layers or connections than these."""
    wrong = []
    for side, graph in ((Sides.LEFT, found.left), (Sides.RIGHT, found.right)):
        nodes = {
            layer: layer.left if side is Sides.LEFT else layer.node for layer in whole.layers if side in layer.sides
        }
        if Counter(nodes.values()) != Counter(layer_calls(graph.nodes)):
            wrong.append(f"{side.name}: other layers")
        lost = {layer: [net for net, taker in whole.cut if taker is layer and side in net.sides] for layer in nodes}
        for layer, node in nodes.items():
            assert node is not None
            nets = [net for net in layer.inputs if side in net.sides] + lost[layer]
            if Counter(tensor_of(net, side, found) for net in nets) != Counter(map(taken, node.inputs)):
                wrong.append(f"{side.name}: {layer.name} takes other tensors")
        ends = [tensor_of(output.net, side, found) for output in whole.outputs if side in output.sides]
        if Counter(ends) != Counter(map(taken, graph.outputs.values())):
            wrong.append(f"{side.name}: other outputs")
        if len([made for made in whole.inputs if side in made.sides]) != len(graph.inputs):
            wrong.append(f"{side.name}: other inputs")
    return wrong + _order_faults(whole)


def _order_faults(whole: DrawnGraph) -> list[str]:
    """Where the order is none of computation, or a connection is cut that closes no circle."""
    known: set[DrawnInput | DrawnLayer] = set(whole.inputs)
    wrong = []
    above: dict[DrawnInput | DrawnLayer, set[DrawnInput | DrawnLayer]] = {made: set() for made in whole.inputs}
    for layer in whole.layers:
        sources = {net.source for net in layer.inputs}
        if not sources <= known:
            wrong.append(f"{layer.name} comes before what it takes")
        known.add(layer)
        above[layer] = sources.union(*(above.get(source, set()) for source in sources))
    for net, layer in whole.cut:
        if net.sides is not Sides.LEFT or layer not in above.get(net.source, set()):
            wrong.append(f"{net.source.name} -> {layer.name} is cut in vain")
    return wrong


def hold(found: Diff) -> DrawnGraph:
    """Holds the union of two networks to both, and its tree to it."""
    whole = union(found)
    assert union_faults(found, whole) == []
    assert faults(whole, view(whole)) == []
    return whole


@pytest.mark.parametrize(
    ("one", "other"), [*every_or_few(pairwise(NETWORKS), 15), *every_or_few(random_pairs(60, 1), 10)]
)
def test_unions_of_the_library(one: str, other: str) -> None:
    hold(library(one).diff(library(other)))


@generated_cases(60, 2000)
def test_unions_of_edited_networks(cases: int) -> None:
    for seed in range(cases):
        choose = random.Random(seed)
        layers = generated(choose)
        changed = edited(layers, choose, choose.randint(1, 4))
        parts = [[layer._replace(part=choose.randint(-1, 3)) for layer in some] for some in (layers, changed)]
        hold(diff(built(parts[0]), built(parts[1])))
        hold(diff(built(layers), built(changed, numbered=False)))


@generated_cases(60, 2000)
def test_unions_of_unlike_networks(cases: int) -> None:
    cut = 0
    for seed in range(cases):
        choose = random.Random(seed)
        one, other = built(generated(choose)), built(generated(choose))
        cut += len(hold(diff(one, other)).cut)
        hold(diff(one, scrambled(other, seed)))
    assert cut


@pytest.mark.parametrize("name", ["googlenet", "nasnet_a_mobile", "resnet50"])
def test_a_network_beside_itself_is_the_network(name: str) -> None:
    graph = library(name).graph
    whole = union(diff(graph, archc.load(name).graph))
    assert {layer.sides for layer in whole.layers} == {Sides.BOTH}
    assert outline(view(whole).root) == outline(view(drawn(graph)).root)


def test_marks_are_those_of_the_diff() -> None:
    found = library("resnet50").diff(library("se_resnet50"))
    marks = Counter(layer.mark for layer in hold(found).layers)
    counts = found.counts
    assert {kind: marks[kind] for kind in ("added", "removed", "changed", "moved")} == {
        kind: counts[kind] for kind in ("added", "removed", "changed", "moved")
    }


HEAD = "archc: 1\nname: a\ninput: [8, 8, 4]\n"


def graph_of(layers: str, blocks: str = "") -> Graph:
    return network(f"{HEAD}{blocks}layers: {layers}\n").graph


def test_a_removed_layer_is_in_the_part_that_it_was_in() -> None:
    conv = "{Conv2D: {filters: 4, kernel_size: 3, padding: same}}"
    pool = "{MaxPooling2D: {pool_size: 3, strides: 1, padding: same}}"
    parts = "[{{do: [{0}], name: stem}}, {{MaxPooling2D: 2}}]"
    before = graph_of(parts.format(f"{conv}, {{do: [{pool}, {{Dense: 3}}], name: inner}}, {{Dense: 4}}"))
    after = graph_of(parts.format(f"{conv}, {{Dense: 4}}"))
    tree = view(hold(diff(before, after)))
    assert outline(tree.root)[2:-1] == [
        "  part stem",
        "    layer conv2d",
        "    part stem_inner",
        "      layer max_pooling2d",
        "      layer dense",
        "    layer dense",
        "  layer max_pooling2d",
    ]


def test_an_activation_that_is_written_in_another_way_is_in_one_network() -> None:
    inside = graph_of("[{Dense: {units: 4, activation: relu}}, Flatten]")
    alone = graph_of("[{Dense: 4}, ReLU, Flatten]")
    for found, side in ((diff(alone, inside), Sides.LEFT), (diff(inside, alone), Sides.RIGHT)):
        assert not found
        whole = hold(found)
        assert [(layer.name, layer.sides, layer.mark) for layer in whole.layers if layer.sides != Sides.BOTH] == [
            ("re_lu", side, "")
        ]


def test_outputs_that_correspond_are_one() -> None:
    before = graph_of("[{Dense: 4, name: a}, {side: [{Dense: 2, name: b}], output: second}, {Dense: 3, name: c}]")
    after = graph_of("[{Dense: 4, name: a}, {side: [{Dense: 2, name: d}], output: second}, {Dense: 3, name: e}]")
    whole = hold(diff(before, after))
    assert [(output.name, output.sides) for output in whole.outputs] == [("second", Sides.BOTH), ("e", Sides.BOTH)]
    assert whole.main.name == "e"


def test_faults_of_unions_are_found() -> None:
    found = library("resnet101_v2_keras").diff(library("resnet110_v2_cifar"))
    whole = hold(found)
    assert whole.cut
    without_cut = DrawnGraph(whole.inputs, whole.layers, whole.outputs, whole.main)
    assert union_faults(found, without_cut)
    for place in (0, len(whole.layers) - 1):
        layers = (*whole.layers[:place], *whole.layers[place + 1 :])
        assert union_faults(found, DrawnGraph(whole.inputs, layers, whole.outputs, whole.main, whole.cut))
    assert union_faults(found, DrawnGraph(whole.inputs, whole.layers, whole.outputs[1:], whole.main, whole.cut))


# --- circles ---


@generated_cases(200, 5000)
def test_an_order_keeps_all_but_edges_on_circles(cases: int) -> None:
    for seed in range(cases):
        choose = random.Random(seed)
        count = choose.randint(1, 12)
        sources = [{choose.randrange(count) for _ in range(choose.randint(0, 3))} - {taker} for taker in range(count)]
        order, cut = acyclic(sources)
        places = {number: place for place, number in enumerate(order)}
        assert sorted(places) == list(range(count))
        edges = {(source, taker) for taker, some in enumerate(sources) for source in some}
        assert {edge for edge in edges if places[edge[0]] > places[edge[1]]} <= cut <= edges
        assert all(source > taker for source, taker in cut)


def test_a_long_circle_is_cut_once() -> None:
    count = 20_000
    order, cut = acyclic([{(number - 1) % count} for number in range(count)])
    assert order == list(range(count))
    assert cut == {(count - 1, 0)}


def test_inputs_of_one_network_alone() -> None:
    one = network(
        "archc: 1\nname: a\ninputs: {left: [4], right: [4]}\nlayers: [{Add: [left, right]}, {Dense: 2}]\n"
    ).graph
    other = network("archc: 1\nname: a\ninputs: {left: [4]}\nlayers: [{Dense: 2}]\n").graph
    there, back = hold(diff(one, other)), hold(diff(other, one))
    assert [made.sides for made in there.inputs] == [Sides.BOTH, Sides.LEFT]
    assert [made.sides for made in back.inputs] == [Sides.BOTH, Sides.RIGHT]
    assert all(isinstance(made.input, Input) for made in there.inputs)
