"""Merges: what may be a branch, and what a branch sees."""

from __future__ import annotations

import pytest

from tests.elaborate.specs import codes, compile_text, ops, spec, told


def merged(text: str, **sections: str) -> list[str]:
    """The names of what the last layer takes."""
    return [tensor.name for tensor in compile_text(spec(text, **sections)).graph.nodes[-1].inputs]


def test_steps_are_a_branch_nothing_is_the_tensor_itself_and_a_text_is_a_named_tensor() -> None:
    text = "- Dense: 3\n  as: named\n- ReLU\n- Add:\n  - []\n  - named\n  - Dense: 3\n  - - Dense: 3\n    - ReLU"
    assert merged(
        text.replace("\n  - ", "\n    - ")
        .replace("\n    - ReLU", "\n      - ReLU")
        .replace("    - - Dense: 3\n      - ReLU", "    - - Dense: 3\n      - ReLU")
    ) == ["re_lu", "dense", "dense_1", "re_lu_1"]


def test_a_name_that_is_an_op_is_no_branch() -> None:
    assert told(spec("- Add: [[], ReLU]")) == [(5, 15, "unknown-tensor")]


def test_an_expression_is_a_tensor_or_a_list_of_tensors() -> None:
    text = "- Dense: 3\n  as: a\n- Dense: 3\n  as: b\n- Add: ['$([a, b])', $a, $x]"
    assert merged(text) == ["dense", "dense_1", "dense", "dense_1"]
    assert codes(spec("- Add: [[], $(1)]")) == ["type"]
    assert codes(spec("- Add: [[], '$([1, x])']")) == ["type"]


def test_labels_are_what_a_reader_calls_the_branches() -> None:
    graph = compile_text(spec("- Add: {residual: {Dense: 3}, shortcut: []}")).graph
    assert graph.nodes[0].region.title == "residual"
    assert [node.name for node in graph.nodes] == ["dense", "add"]


def test_a_label_is_an_argument_only_beside_branches() -> None:
    assert merged("- Concatenate: {branches: [[], {ReLU: }], axis: 1}") == ["input_layer", "re_lu"]
    assert compile_text(spec("- Concatenate: {branches: [[], []], axis: 1}")).graph.nodes[-1].shape == (16, 8, 3)
    assert codes(spec("- Concatenate: {axis: 1, a: []}")) == ["branch"]


def test_branches_with_arguments_may_have_labels_and_rounds() -> None:
    assert merged("- Concatenate: {branches: {a: [], b: []}, axis: 1}") == ["input_layer"] * 2
    text = "- Concatenate: {branches: {for: i in range(3), do: []}, axis: 1}"
    assert compile_text(spec(text)).graph.nodes[-1].shape == (24, 8, 3)


def test_each_round_is_a_branch() -> None:
    text = "- Concatenate:\n    for: i in range(1, 4)\n    do: {Dense: $i}"
    assert compile_text(spec(text)).graph.nodes[-1].shape == (8, 8, 6)
    assert merged(text) == ["dense", "dense_1", "dense_2"]


def test_no_branch_at_all_is_an_error() -> None:
    assert codes(spec("- Add")) == ["no-branch"]
    assert codes(spec("- Add: []")) == ["no-branch"]
    assert codes(spec("- Add: {for: i in range(0), do: [ReLU]}")) == ["no-branch"]


def test_from_with_several_tensors_stands_for_branches() -> None:
    assert merged("- Dense: 3\n  as: a\n- ReLU:\n  as: b\n- Add:\n  from: [a, b]") == ["dense", "re_lu"]


def test_a_branch_leaves_the_path_alone_and_x_is_what_reached_the_merge() -> None:
    text = "- Dense: 4\n- Concatenate:\n    - Dense: 9\n    - Dense: $x.channels\n    - Dense: $(x.channels + 1)\n- Dense: $x.channels"
    assert [node.shape[-1] for node in compile_text(spec(text)).graph.nodes] == [4, 9, 4, 5, 18, 18]


def test_an_absent_branch_is_the_tensor_itself() -> None:
    text = "- Add:\n    residual: {Dense: 3}\n    shortcut:\n      - Dense: 3\n        when: false"
    assert merged(text) == ["dense", "input_layer"]


def test_what_is_named_in_a_branch_is_known_after_it() -> None:
    assert ops(compile_text(spec("- Add:\n    - []\n    - Dense: 3\n      as: a\n- Add: [[], a]"))) == [
        "Dense",
        "Add",
        "Add",
    ]


@pytest.mark.parametrize("label", ["Dense", "a b", "if", "1"])
def test_a_label_is_a_name(label: str) -> None:
    assert codes(spec(f"- Add: {{{label}: [], b: []}}")) == ["branch"]


def test_unequal_shapes_name_both_ends() -> None:
    from tests.elaborate.specs import wrong

    (found,) = wrong(spec("- Add:\n    - Dense: 4\n      name: left\n    - Dense: 5\n      name: right"))
    assert "8x8x4" in found.message
    assert "8x8x5" in found.message
    assert [related.position.line for related in found.related] == [6, 8]
    assert "`left`" in (found.hint or "")
    assert "`right`" in (found.hint or "")


def test_a_loop_among_branches_is_a_branch_for_each_round() -> None:
    text = "- Concatenate:\n    - for: i in range(1, 4)\n      do: {Dense: $i}\n    - []\n    - - for: i in [5, 7]\n        do: {Dense: $i}"
    assert compile_text(spec(text)).graph.nodes[-1].shape == (8, 8, 1 + 2 + 3 + 3 + 7)
    assert merged(text) == ["dense", "dense_1", "dense_2", "input_layer", "dense_4"]


def test_a_loop_with_a_label_is_one_branch_with_the_rounds_in_a_row() -> None:
    text = "- Concatenate:\n    whole: []\n    levels: {for: 'i in range(1, 4)', do: {Dense: $i}}"
    assert merged(text) == ["input_layer", "dense_2"]


def test_the_items_of_a_loop_among_branches_see_what_reached_the_merge() -> None:
    text = "- Concatenate:\n    - Dense: 1\n    - for: i in range(x.channels)\n      do: {Dense: 1}"
    assert len(merged(text)) == 4


@pytest.mark.parametrize("modifier", ["name: a", "as: a", "when: true", "from: x", "else: [ReLU]"])
def test_a_loop_among_branches_has_no_modifiers(modifier: str) -> None:
    text = f"- Concatenate:\n    - []\n    - for: i in range(2)\n      do: [ReLU]\n      {modifier}"
    assert told(spec(text)) == [(9, 9, "branch")]


def test_a_loop_among_branches_that_cannot_be_read_is_one_error() -> None:
    assert codes(spec("- Concatenate:\n    - []\n    - for: range(2)\n      do: {ReLU: , as: a}\n- Add: [[], a]")) == [
        "expression"
    ]


def test_a_loop_among_branches_that_yaml_cut_is_one_error() -> None:
    assert codes(spec("- Add: [[], {for: i in range(1, 4), do: [ReLU]}]")) == ["expression"]
