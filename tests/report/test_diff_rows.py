"""The rows of a diff: each edit once, where it is, and nothing that did not change but what is next to it."""

from __future__ import annotations

import re

import pytest

import archc
from archc.analysis import cost
from archc.network import Network
from archc.report.diff import diff_table
from archc.report.diff_full import every_row
from archc.report.diff_row import DiffRow
from archc.report.diff_rows import diff_rows
from tests.targets.networks import network

HEAD = "archc: 1\nname: a\ninput: [8, 8, 4]\n"
BLOCK = """blocks:
  unit:
    params: {width: 4, act: relu}
    layers:
      - Add:
          - []
          - - Conv2D: {filters: $width, kernel_size: 3, padding: same, use_bias: false}
              name: conv
            - BatchNormalization:
              name: bn
            - Activation: $act
              name: act
        name: add
"""
UNITS = HEAD + BLOCK + "layers:\n" + "".join(f"  - {{unit: {{}}, name: u{number}}}\n" for number in range(1, 7))
TAIL = "  - Flatten\n  - {Dense: 10, name: out}\n"


def rows(left: str, right: str, context: int = 1) -> list[DiffRow]:
    return diff_rows(network(left).diff(network(right)), context)


def told(left: str, right: str) -> list[tuple[str, str, str]]:
    return [(row.mark, row.name, row.what) for row in rows(left, right)]


def edited(*units: int, argument: str) -> str:
    """The six units, with an argument for some."""
    text = UNITS
    for number in units:
        text = text.replace(f"{{unit: {{}}, name: u{number}}}", f"{{unit: {{{argument}}}, name: u{number}}}")
    return text


def test_an_edit_of_every_layer_of_an_op_is_one_row() -> None:
    assert told(UNITS, edited(1, 2, 3, 4, 5, 6, argument="act: silu")) == [
        ("~", "act", "Activation  activation relu -> silu  ×6")
    ]


def test_a_replaced_op_is_one_row() -> None:
    right = UNITS.replace("- Activation: $act", "- LeakyReLU: 0.1").replace(", act: relu", "")
    assert told(UNITS, right) == [("~", "act", "Activation relu -> LeakyReLU negative_slope 0.1  ×6")]


def test_it_says_which_blocks_have_the_edit() -> None:
    assert told(UNITS, edited(1, 3, 4, 5, argument="act: silu")) == [
        ("", "u1", "in 4 of 6 unit blocks: u1, u3 … u5"),
        ("~", "act", "Activation  activation relu -> silu"),
    ]


def test_what_follows_is_one_row() -> None:
    flat = HEAD + "layers:\n  - {Conv2D: {filters: %d, kernel_size: 1}, name: conv}\n" + TAIL
    assert rows(flat % 4, flat % 6) == [
        DiffRow("~", 0, "conv", "Conv2D  filters 4 -> 6", "8x8x6", "+10"),
        DiffRow("", 0, "flatten", "Flatten", "384"),
        DiffRow("", 0, "out", "kernel 256x10 -> 384x10 (follows)", "10", "+1,280"),
    ]


def test_an_unchanged_layer_is_shown_only_next_to_a_changed_one() -> None:
    text = (
        HEAD + "layers:\n" + "".join(f"  - {{Conv2D: {{filters: 4, kernel_size: 1}}, name: c{n}}}\n" for n in range(9))
    )
    right = text.replace("kernel_size: 1}, name: c4", "kernel_size: 1, strides: 2}, name: c4")
    assert [row.name for row in rows(text, right)] == ["c0 … c2", "c3", "c4", "c5", "c6 … c8"]
    assert [row.name for row in rows(text, right, context=0)] == ["c0 … c3", "c4", "c5 … c8"]


def test_inputs_in_another_order() -> None:
    text = HEAD + "layers:\n  - Concatenate: [{Conv2D: {filters: 2, kernel_size: 1}, name: a}, {ReLU: , name: b}]\n"
    right = text.replace("[{Conv2D", "[{ReLU: , name: b}, {Conv2D").replace(", {ReLU: , name: b}]", "]")
    assert told(text, right)[-1] == ("!", "concatenate", "takes its inputs in another order: a, b -> b, a")


def test_an_added_merge_says_what_it_joins() -> None:
    text = (
        HEAD
        + "layers:\n  - {Conv2D: {filters: 4, kernel_size: 1}, name: a, as: skip}\n  - {ReLU: , name: b}\n%s"
        + TAIL
    )
    found = told(text % "", text % "  - {Add: [skip, []], name: sum}\n")
    assert ("+", "sum", "Add  of a, b") in found


def test_values_that_turn() -> None:
    widths = [4, 8, 32, 8, 4]
    loop = "layers:\n  - for: width in [4, 8, 32, 8, 4]\n    do:\n      - Conv2D: {filters: $width, kernel_size: 1}\n%s"
    right = "      - Conv2D: {filters: $width, kernel_size: 3, padding: same}\n"
    found = rows(HEAD + loop % "", HEAD + loop % right)
    assert [row.what for row in found] == [
        f"in {len(widths)} of {len(widths)} rounds",
        "Conv2D  filters 4 … 32 … 4, kernel_size 3x3, padding same",
    ]


def test_automatic_names_do_not_stop_a_fold() -> None:
    units = UNITS.replace("              name: act\n", "").replace("              name: conv\n", "")
    assert told(units, units.replace("kernel_size: 3", "kernel_size: 5"))[-1][2] == "Conv2D  kernel_size 3x3 -> 5x5  ×6"
    found = told(units, units.replace("- Activation: $act", "- Activation: $act\n            - Rescaling: 2"))
    assert found == [("", "u1 … u6", "in 6 of 6 unit blocks"), ("+", "rescaling", "Rescaling  scale 2")]


SHARE, OWN = "share the weights of", "own weights"


@pytest.mark.parametrize(
    ("left", "right", "name", "text", "growth"),
    [
        ("{unit: {}, share: s}", "{unit: {}}", "3 unit blocks", f"{SHARE} the first unit -> {OWN}", "+456"),
        ("{unit: {}}", "{unit: {}, share: s}", "3 unit blocks", f"{OWN} -> {SHARE} the first unit", "-456"),
        ("{unit: {}, name: u$(i)}", "{unit: {}, share: s}", "u1 … u3", f"{OWN} -> {SHARE} u0", "-456"),
        ("{unit: {}, share: s}", "{unit: {}, name: u$(i)}", "u1 … u3", f"{SHARE} u0 -> {OWN}", "+456"),
    ],
)
def test_shared_weights_are_one_row(left: str, right: str, name: str, text: str, growth: str) -> None:
    unnamed = re.sub(r"( name: \w+)\n", "\n", BLOCK)
    spec = HEAD + unnamed + "layers:\n  - for: i in range(4)\n    do:\n      - %s\n"
    assert rows(spec % left, spec % right) == [DiffRow("~", 0, name, text, "", growth)]


def test_a_shared_layer_is_named_where_it_has_weights_of_its_own() -> None:
    spec = HEAD + "layers:\n  - Add: [{Dense: 8, name: s%s}, {Dense: 8, %s}]\n"
    found = told(spec % ("", "name: t"), spec % (", share: k", "share: k"))
    assert found[0] == ("~", "t", "own weights -> share the weights of s")


def test_every_row_has_other_names_and_spellings() -> None:
    layers = "layers:\n  - Conv2D: {filters: 4, kernel_size: 1%s}\n    name: %s\n%s"
    left = network(HEAD + layers % (", activation: relu", "a", ""))
    found = left.diff(network(HEAD + layers % ("", "b", "  - {Activation: relu, name: act}\n")))
    assert not found.has_changes
    assert diff_rows(found) == []
    assert [(row.mark, row.name, row.what) for row in every_row(found)] == [
        ("", "b", "Conv2D; was called a"),
        ("", "act", "Activation; was written as a (Conv2D filters 4, kernel_size 1x1, activation relu)"),
    ]


def longest(left: Network, right: Network) -> int:
    return len(diff_rows(left.diff(right)))


@pytest.mark.parametrize(
    ("left", "right", "most"),
    [("mobilenet_v1", "mobilenet_v1_050", 3), ("vgg16", "vgg16_bn", 5), ("resnet50", "se_resnet50", 6)],
)
def test_a_change_of_the_whole_network_is_a_few_rows(left: str, right: str, most: int) -> None:
    assert longest(archc.load(left), archc.load(right)) <= most


@pytest.mark.parametrize(
    ("left", "right"), [("resnet50", "vgg16"), ("densenet201", "resnet152"), ("vgg16", "resnet50")]
)
def test_networks_with_little_in_common_are_a_short_table(left: str, right: str) -> None:
    found = archc.load(left).diff(archc.load(right))
    table = diff_table(found, 1, full=False)
    assert [column.title for column in table.columns[:2]] == ["map", "left"]
    assert len(table.rows) <= 24
    for column, graph in ((3, found.left), (6, found.right)):
        assert sum(int(row[column].replace(",", "") or 0) for row in table.rows) == cost.params(graph.nodes)
    assert len(diff_table(found, 1, full=True).rows) > len(found.sequence)
