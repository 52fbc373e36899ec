"""The tree of a picture: every layer in one box, every connection a line, what repeats shown once."""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import archc
from archc.diagnostics import Position
from archc.ir.builder import Builder
from archc.ir.graph import Graph, Input, Node, Region
from archc.pictures.drawn import DrawnGraph, DrawnInput, DrawnLayer, DrawnOutput, Net, drawn
from archc.pictures.item import FRAME, IN, Item, Link, View
from archc.pictures.long_lists import MOST
from archc.pictures.view import view
from tests.cases import every_or_few, generated_cases
from tests.diff.graphs import built, generated, op
from tests.diff.networks_generator import generated as generated_content
from tests.diff.networks_generator import written
from tests.hash_seeds import printed
from tests.pictures.trees import faults, outline
from tests.targets.networks import FEATURES, SPECS, network

HERE = Position("net.yaml", 1, 1)
IMAGE = Input("image", (4, 4, 2))
HEAD = "archc: 1\nname: a\ninput: [32, 32, 8]\n"
CONV = "{Conv2D: {filters: 8, kernel_size: 3, padding: same}}"


def graph_of(layers: str, blocks: str = "") -> DrawnGraph:
    return drawn(network(f"{HEAD}{blocks}layers:\n{layers}").graph)


def shown(layers: str, blocks: str = "") -> list[str]:
    """The items inside a network, after its input and before its output."""
    graph = graph_of(layers, blocks)
    tree = view(graph)
    assert faults(graph, tree) == []
    return outline(tree.root)[2:-1]


def hold(graph: Graph) -> None:
    """Holds the trees of a network to its layers, with and without repeats."""
    for repeats in (True, False):
        whole = drawn(graph)
        assert faults(whole, view(whole, repeats=repeats)) == []


@pytest.mark.parametrize("name", every_or_few(SPECS, 20))
def test_trees_of_the_library(name: str) -> None:
    hold(archc.load(name).graph)


OWN = sorted(Path(__file__).parent.glob("networks/*.yaml"))


@pytest.mark.parametrize("path", [*FEATURES, *OWN], ids=lambda path: path.stem)
def test_trees_of_other_networks(path: Path) -> None:
    hold(archc.load(str(path)).graph)


@generated_cases(30, 1000)
def test_trees_of_generated_specs(cases: int) -> None:
    for seed in range(cases):
        hold(network(written(generated_content(seed), seed)).graph)


@generated_cases(60, 2000)
def test_parts_that_need_one_another_are_seen_through(cases: int) -> None:
    for seed in range(cases):
        choose = random.Random(seed)
        layers = [layer._replace(part=choose.randint(-1, 4)) for layer in generated(choose)]
        hold(built(layers))


# --- what becomes an item ---


def test_slim_layers_are_strips_of_the_layer_before() -> None:
    layers = """
  - ZeroPadding2D
  - {Conv2D: {filters: 8, kernel_size: 3}, name: conv}
  - BatchNormalization
  - ReLU
  - {Conv2D: {filters: 8, kernel_size: 3}, name: valid}
  - {Dropout: 0.5}
  - {MaxPooling2D: 30}
  - Flatten
  - LayerNormalization
"""
    assert shown(layers) == [
        "  layer conv ^zero_padding2d +batch_normalization re_lu",
        "  layer valid +dropout",
        "  layer max_pooling2d",
        "  layer flatten +layer_normalization",
    ]


def test_a_layer_that_something_else_takes_has_no_strip() -> None:
    assert shown(f"  - {{Add: [[], [ReLU]]}}\n  - {{{CONV[1:-1]}, name: conv}}\n  - {{Add: [[], [ReLU]]}}\n") == [
        "  layer re_lu",
        "  layer add",
        "  layer conv",
        "  layer re_lu_1",
        "  layer add_1",
    ]


def test_what_has_no_name_or_one_child_is_seen_through() -> None:
    blocks = f"blocks:\n  inner: {{layers: [{CONV}, ReLU]}}\n  outer: {{layers: [{{inner: {{}}}}]}}\n"
    layers = f"""
  - {{outer: {{}}, name: stem}}
  - do: [{{MaxPooling2D: 2}}, {CONV}]
  - {{do: [{{AveragePooling2D: 2}}, {CONV}], name: body}}
"""
    assert shown(layers, blocks) == [
        "  layer conv2d +re_lu",
        "  layer max_pooling2d",
        "  layer conv2d_1",
        "  part body",
        "    layer average_pooling2d",
        "    layer conv2d_2",
    ]
    tree = view(graph_of(layers, blocks))
    assert tree.items[2].names == ("stem", "conv2d", "re_lu")


def test_a_branch_of_several_layers_is_a_lane() -> None:
    assert shown(f"  - Add: [[{CONV}, {{MaxPooling2D: {{pool_size: 3, strides: 1, padding: same}}}}], {CONV}]\n") == [
        "  lane branch",
        "    layer conv2d",
        "    layer max_pooling2d",
        "  layer conv2d_1",
        "  layer add",
    ]


# --- repeats ---


def test_layers_in_a_row_that_are_alike_are_one() -> None:
    layers = f"  - {{for: i in range(3), do: {{{CONV[1:-1]}, name: conv$(i + 9)}}}}\n  - {{MaxPooling2D: 2}}\n"
    assert shown(layers + layers.replace("name: conv", "name: b_conv")) == [
        "  layer conv9…11 ×3",
        "  layer max_pooling2d",
        "  layer b_conv9…11 ×3",
        "  layer max_pooling2d_1",
    ]


def test_rounds_of_several_layers_are_one_part() -> None:
    rounds = (
        f"  - {{for: i in range(2), do: [{CONV}, {{MaxPooling2D: {{pool_size: 3, strides: 1, padding: same}}}}]}}\n"
    )
    assert shown(rounds) == [
        "  part conv2d…max_pooling2d_1 ×2",
        "    layer conv2d",
        "    layer max_pooling2d",
    ]
    assert len(shown(rounds.replace("strides: 1", "strides: 2"))) == 4


def test_channels_may_grow_from_sequenceto_round() -> None:
    dense = f"  - for: i in range(4)\n    do:\n      - Concatenate: [[], [ReLU, {CONV}]]\n"
    assert shown(dense)[0] == "  part branch…concatenate_3 ×4"
    assert view(graph_of(dense)).items[2].rounds[3][-1].shape == (32, 32, 40)


@pytest.mark.parametrize(
    "second", ["{Conv2D: {filters: 8, kernel_size: 5, padding: same}}", "{Conv2D: {filters: 8, kernel_size: 3}}"]
)
def test_other_arguments_and_other_resolutions_do_not_repeat(second: str) -> None:
    assert len(shown(f"  - {CONV}\n  - {second}\n")) == 2


def test_what_does_not_take_the_one_before_does_not_repeat() -> None:
    assert shown(f"  - Add: [{CONV}, {CONV}]\n") == ["  layer conv2d", "  layer conv2d_1", "  layer add"]


def test_what_later_rounds_alone_take_ends_at_the_frame() -> None:
    layers = f"""
  - {{{CONV[1:-1]}, as: a}}
  - {{MaxPooling2D: {{pool_size: 3, strides: 1, padding: same}}, as: b}}
  - {{AveragePooling2D: {{pool_size: 3, strides: 1, padding: same}}}}
  - for: side in [a, b]
    do:
      - Concatenate: [[{CONV}], side]
      - {{Conv2D: {{filters: 8, kernel_size: 1}}}}
"""
    graph = graph_of(layers)
    tree = view(graph)
    (repeated,) = (item for item in tree.items if item.times > 1)
    ends = {(link.net.source.name, link.end == FRAME) for link in repeated.links if link.start == IN}
    assert ends == {("average_pooling2d", False), ("conv2d", False), ("max_pooling2d", True)}
    assert faults(graph, tree) == []


def test_what_a_round_before_the_last_makes_leaves_by_a_line_of_its_own() -> None:
    """As in SqueezeNet with bypass: the sum of what two parts in a row make takes two lines, and two ports."""
    block = f"blocks:\n  fire: {{layers: [{CONV}, {{Add: [[ReLU], []]}}]}}\n"
    layers = "  - {fire: {}, as: first}\n  - {fire: {}, as: second}\n  - Add: [first, second]\n"
    graph = graph_of(layers, block)
    tree = view(graph)
    (repeated,) = (item for item in tree.items if item.times > 1)
    assert [(net.source.name, net.repeat) for net in repeated.outputs] == [
        ("add", repeated.number),
        ("add", 0),
    ]
    assert faults(graph, tree) == []


def test_merges_that_take_other_tensors_do_not_repeat() -> None:
    sides = f"  - {{{CONV[1:-1]}, as: a}}\n  - {{{POOL[1:-1]}, as: b}}\n"
    assert shown(f"{sides}  - Add: [a, []]\n  - Add: [a, []]\n")[-1] == "  layer add…add_1 ×2"
    assert shown(f"{sides}  - Add: [a, []]\n  - Add: [b, []]\n")[-2:] == ["  layer add", "  layer add_1"]


POOL = "{MaxPooling2D: {pool_size: 3, strides: 1, padding: same}}"
AVERAGE = "{AveragePooling2D: {pool_size: 3, strides: 1, padding: same}}"


def test_sequences_that_repeat_without_a_loop_are_one() -> None:
    assert shown(f"  - {POOL}\n  - {CONV}\n  - {AVERAGE}\n" * 3) == [
        "  part max_pooling2d…average_pooling2d_2 ×3",
        "    layer max_pooling2d",
        "    layer conv2d",
        "    layer average_pooling2d",
    ]


def test_a_sequence_begins_where_one_tensor_enters() -> None:
    block = f"  - Add: [[{CONV}, ReLU, {POOL}, {CONV}, BatchNormalization], []]\n"
    first = block.replace("[]]", f"[{CONV}, BatchNormalization]]")
    lines = outline(view(without_parts(graph_of(first + block * 3))).root)
    assert [line for line in lines if not line.startswith("    ")][2:-1] == [
        "  layer conv2d +re_lu",
        "  layer max_pooling2d",
        "  layer conv2d_1 +batch_normalization",
        "  layer conv2d_2 +batch_normalization_1",
        "  layer add",
        "  part conv2d_3…add_3 ×3",
    ]


def test_what_every_sequence_takes_may_enter_too() -> None:
    sequence = f"  - Concatenate: [[{CONV}], mask]\n  - {CONV}\n  - {POOL}\n"
    layers = without_parts(graph_of(f"  - {{{AVERAGE[1:-1]}, as: mask}}\n  - {{Dense: 8}}\n" + sequence * 3))
    tree = view(layers)
    assert outline(tree.root)[2:5] == [
        "  layer average_pooling2d",
        "  layer dense",
        "  part conv2d…max_pooling2d_2 ×3",
    ]
    assert faults(layers, tree) == []


def without_parts(graph: DrawnGraph) -> DrawnGraph:
    """The network as a model file has it."""
    whole = Region("network", "", None, None, HERE)
    made: dict[object, DrawnInput | DrawnLayer] = {one: one for one in graph.inputs}
    for layer in graph.layers:
        inputs = tuple(Net(made[net.source], net.number) for net in layer.inputs)
        made[layer] = DrawnLayer(layer.node, whole, inputs)
    outputs = tuple(DrawnOutput(one.name, Net(made[one.net.source], one.net.number)) for one in graph.outputs)
    layers = tuple(one for one in made.values() if isinstance(one, DrawnLayer))
    return DrawnGraph(graph.inputs, layers, outputs, outputs[-1])


@pytest.mark.parametrize("name", every_or_few(SPECS, 8))
def test_trees_of_networks_without_parts(name: str) -> None:
    graph = without_parts(drawn(archc.load(name).graph))
    assert faults(graph, view(graph)) == []


# --- sizes ---


def test_a_long_list_becomes_parts_by_resolution() -> None:
    layers = "".join(
        f"  - {{Conv2D: {{filters: 8, kernel_size: {(1, 3, 5, 3, 1, 1, 5, 5, 1, 3)[place % 10]}, padding: same}}}}\n"
        + ("  - {MaxPooling2D: 2}\n" if place % 10 == 9 else "")
        for place in range(40)
    )
    assert [line for line in shown(layers) if not line.startswith("    ")] == [
        "  part at 32×32",
        "  part at 16×16",
        "  part at 8×8",
        "  part at 4×4",
        "  layer max_pooling2d_3",
    ]


def chain(length: int) -> Graph:
    """A chain of layers without parts, in which nothing repeats for long."""
    choose = random.Random(1)
    builder = Builder()
    tensor: Node | Input = IMAGE
    builder.inputs.append(IMAGE)
    whole = Region("network", "", None, None, HERE)
    pools = [op("MaxPooling2D", pool_size=size, strides=1, padding="same") for size in (2, 3, 4)]
    for _ in range(length):
        tensor = builder.add(choose.choice(pools), (tensor,), None, whole, HERE)
    return builder.graph({"end": tensor}, "end")


@pytest.mark.parametrize("length", [25, 100, 1000, 20_000])
def test_no_part_of_a_long_list_is_long(length: int) -> None:
    graph = drawn(chain(length))
    tree = view(graph)
    assert faults(graph, tree) == []
    ports = 2
    assert max(len(item.children) for item in tree.items) <= MOST + ports
    assert len(tree.root.children) > ports + 1


def nested(depth: int) -> Graph:
    """Parts in parts, each with two layers and the next part."""
    builder = Builder()
    tensor: Node | Input = IMAGE
    builder.inputs.append(IMAGE)
    region = Region("network", "", None, None, HERE)
    for level in range(depth):
        region = Region("block", f"b{level}", f"b{level}", region, HERE, "", "block")
        for name in ("MaxPooling2D", "AveragePooling2D"):
            tensor = builder.add(op(name, pool_size=3, strides=1, padding="same"), (tensor,), None, region, HERE)
    return builder.graph({"end": tensor}, "end")


def test_parts_may_be_nested_deeply() -> None:
    hold(nested(64))
    deep = sys.getrecursionlimit() + 100
    assert sum(item.kind == "part" for item in view(drawn(nested(deep))).items) == deep


def test_the_tree_hangs_on_the_network_alone() -> None:
    program = (
        "import archc; from archc.pictures.drawn import drawn; from archc.pictures.view import view\n"
        "for item in view(drawn(archc.load('inception_v3').graph)).items:\n"
        "    print(item.number, item.kind, item.name, item.names, len(item.layers))\n"
        "    print([(link.net.source.name, link.start, link.end) for link in item.links])\n"
        "    print([net.source.name for net in (*item.inputs, *item.outputs)])"
    )
    assert len(printed(program)) == 1


# --- the checks find faults ---


def replaced(tree: View, number: int, **changes: object) -> View:
    """The tree with another item in the place of one."""
    items = list(tree.items)
    items[number] = replace(items[number], **changes)  # type: ignore[arg-type]
    for above in range(number - 1, -1, -1):
        children = tuple(items[child.number] for child in items[above].children)
        items[above] = replace(items[above], children=children)
    return replace(tree, items=tuple(items), main=items[tree.main.number])


def without_line(item: Item, place: int) -> tuple[Link, ...]:
    return (*item.links[:place], *item.links[place + 1 :])


@pytest.mark.parametrize("name", ["resnet50", "googlenet", "shufflenet_v2_x0_5"])
def test_every_line_that_is_missing_is_found(name: str) -> None:
    graph = drawn(archc.load(name).graph)
    tree = view(graph)
    assert faults(graph, replaced(tree, 0)) == []
    for item in tree.items:
        for place in range(len(item.links)):
            assert faults(graph, replaced(tree, item.number, links=without_line(item, place)))


def test_lines_layers_and_names_that_are_wrong_are_found() -> None:
    graph = drawn(archc.load("resnet50").graph)
    tree = view(graph)
    for item in tree.items:
        if item.children:
            start, end = len(item.children) - 2, len(item.children) - 1
            wrong = Link(graph.layers[0].inputs[0], start, end)
            assert faults(graph, replaced(tree, item.number, links=(*item.links, wrong)))
            assert faults(graph, replaced(tree, item.number, children=item.children[1:]))
        if item.rounds[0]:
            assert faults(graph, replaced(tree, item.number, rounds=(item.rounds[0][1:], *item.rounds[1:])))
            assert faults(graph, replaced(tree, item.number, rounds=(*item.rounds, item.rounds[0])))
        if item.strips:
            assert faults(graph, replaced(tree, item.number, strips=item.strips[1:]))
        if item.names:
            assert faults(graph, replaced(tree, item.number, names=item.names[1:]))
        if item.times > 1:
            assert faults(graph, replaced(tree, item.number, rounds=item.rounds[:-1]))
