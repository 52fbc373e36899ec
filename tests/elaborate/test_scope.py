"""Scopes and names: what is known where, what names may be, what layers are called."""

from __future__ import annotations

import pytest

from archc.language.expression_functions import FUNCTIONS
from tests.elaborate.specs import codes, compile_text, names, spec, told, wrong

BLOCK = "b: {params: {n: 3}, layers: [{Dense: $n}]}"


def test_loops_groups_branches_and_sides_are_no_scopes() -> None:
    text = """
    - for: i in range(3)
      do: [{ReLU: , as: last}]
    - do: [{let: {n: $(i + 1)}}]
    - side: [{Dense: 3}, {as: aside}]
    - Add: [[], aside, {Dense: $n, as: inner}]
    - Add: [[], last, inner]
    """
    assert codes(spec(text)) == []
    assert compile_text(spec(text)).graph.nodes[-2].shape == (8, 8, 3)


def test_the_last_naming_holds() -> None:
    text = "- Dense: 3\n  as: a\n- Dense: 3\n  as: a\n- ReLU\n- Add: [[], a]"
    assert [tensor.name for tensor in compile_text(spec(text)).graph.nodes[-1].inputs] == ["re_lu", "dense_1"]


def test_a_block_sees_its_parameters_and_inputs_alone() -> None:
    for inner in ("{Dense: $width}", "{Add: [[], outside]}"):
        text = spec(
            "- ReLU:\n  as: outside\n- b\n- Dense: $width\n- Add: [[], outside]",
            blocks=f"{{b: {{layers: [{inner}]}}}}",
            params="{width: 3}",
        )
        assert codes(text) in (["unknown-name"], ["unknown-tensor"])


def test_what_a_block_names_is_unknown_outside() -> None:
    text = spec("- b\n- Add: [[], inside]", blocks="{b: {layers: [{ReLU: , as: inside}]}}")
    assert codes(text) == ["unknown-tensor"]


def test_a_name_that_only_an_absent_step_gives_is_unknown_and_the_error_shows_its_when() -> None:
    (found,) = wrong(spec("- ReLU:\n  as: skip\n  when: $(depth > 9)\n- Add: [[], skip]", params="{depth: 3}"))
    assert found.code == "unknown-tensor"
    assert "depth > 9" in (found.hint or "")


@pytest.mark.parametrize("name", ["x", "if", "lambda", "len", "divisible", "a-b", "1a", "a b", "None"])
@pytest.mark.parametrize(
    "text",
    ["- ReLU:\n  as: '{}'", "- let: {{'{}': 1}}\n- ReLU", "- for: '{} in [1]'\n  do: [ReLU]"],
)
def test_taken_words_and_x_are_no_names(text: str, name: str) -> None:
    found = codes(spec(text.format(name)))
    assert found in (["name"], ["expression"])


@pytest.mark.parametrize("name", ["x", "if", *sorted(FUNCTIONS)])
def test_nothing_declared_is_called_so(name: str) -> None:
    assert codes(spec("- ReLU", params=f"{{{name}: 1}}")) == ["name"]
    assert codes(spec("- ReLU", blocks=f"{{{name}: {{layers: [ReLU]}}}}")) == ["name"]
    assert codes(spec("- ReLU", blocks=f"{{b: {{params: {{{name}: 1}}, layers: [ReLU]}}}}")) == ["name"]


@pytest.mark.parametrize(
    "layers",
    [
        "- ReLU:\n  as: b",
        "- ReLU:\n  as: n",
        "- let: {n: 1}\n- ReLU",
        "- for: n in [1]\n  do: [ReLU]",
        "- Add: {for: 'b in [1]', do: [ReLU]}",
    ],
)
def test_parameters_tensors_values_and_blocks_share_one_namespace(layers: str) -> None:
    assert codes(spec(layers, params="{n: 3}", blocks=f"{{{BLOCK}}}")) == ["name"]


def test_a_parameter_and_a_block_share_it_too() -> None:
    assert codes(spec("- ReLU", params="{b: 3}", blocks=f"{{{BLOCK}}}")) == ["name"]
    assert codes(spec("- ReLU", input="", inputs="{b: [3]}", blocks=f"{{{BLOCK}}}")) == ["name"]


def test_a_bare_text_in_let_is_a_text_and_a_tensor_is_a_value() -> None:
    assert codes(spec("- ReLU:\n  as: now\n- let: {before: now}\n- Add: [[], before]")) == ["type"]
    assert codes(spec("- ReLU:\n  as: now\n- let: {before: $now}\n- Add: [[], before]")) == []


def test_right_sides_of_let_are_read_before_any_is_named() -> None:
    text = "- Dense: 4\n  as: now\n- Dense: 5\n  as: after\n- let: {now: $after, before: $now}\n- Dense: $before.channels\n- Dense: $now.channels\n- Concatenate: [[], now, before]"
    assert [node.shape[-1] for node in compile_text(spec(text)).graph.nodes] == [4, 5, 4, 5, 14]


def test_a_computed_name_is_read_by_a_text_with_the_same_fixed_part() -> None:
    text = "- for: i in range(2)\n  do: [{Dense: 3, as: skip$(i)}]\n- Add: [skip$(0), skip$(i), 'skip$(2 - 1)']"
    assert [tensor.name for tensor in compile_text(spec(text)).graph.nodes[-1].inputs] == [
        "dense",
        "dense_1",
        "dense_1",
    ]
    assert codes(spec(text.replace("skip$(0)", "skip0"))) == ["unknown-tensor"]
    assert codes(spec(text.replace("skip$(0)", "skip$(7)"))) == ["unknown-tensor"]
    assert codes(spec("- ReLU:\n  as: $(1)")) == ["name"]


def test_a_layer_name_is_no_tensor_name_and_the_error_suggests_as() -> None:
    (found,) = wrong(spec("- ReLU:\n  name: stem\n- Add: [[], stem]"))
    assert found.code == "unknown-tensor"
    assert "as: stem" in (found.hint or "")
    (near,) = wrong(spec("- ReLU:\n  name: stem\n- Add: [[], stemm]"))
    assert "`stem`" in (near.hint or "")
    assert "`as`" in (near.hint or "")


# --- the names of layers ---


def test_names_are_those_that_keras_gives() -> None:
    text = "- Conv2D: {filters: 3, kernel_size: 1}\n- ReLU\n- b: {}\n- Conv2D: {filters: 3, kernel_size: 1}\n- Dense: 3"
    assert names(compile_text(spec(text, blocks=f"{{{BLOCK}}}"))) == ["conv2d", "re_lu", "dense", "conv2d_1", "dense_1"]


@pytest.mark.parametrize(
    ("step", "full"),
    [
        ("- b:\n  name: p", "p_dense_"),
        ("- do: [{Dense: 3, name: d}]\n  name: p", "p_d"),
        ("- for: i in [1]\n  do: [{Dense: 3, name: d}]\n  name: p", "p_d"),
        ("- side: [{Dense: 3, name: d}]\n  name: p\n  output: o\n- ReLU", "p_d"),
        ("- do: [{do: [{Dense: 3, name: d}], name: q}]\n  name: p", "p_q_d"),
        ("- do: [{Dense: 3, name: d}]", "d"),
        ("- Add: {label: {Dense: 3, name: d}, other: []}\n  name: p", "d"),
    ],
)
def test_prefixes(step: str, full: str) -> None:
    blocks = "{b: {layers: [{Dense: 3, name: dense_}]}}"
    assert full in names(compile_text(spec(step, blocks=blocks)))


def test_a_layer_without_a_name_has_no_prefix() -> None:
    assert names(compile_text(spec("- b:\n  name: p", blocks=f"{{{BLOCK}}}"))) == ["dense"]


def test_a_name_on_a_merge_names_the_merging_layer() -> None:
    assert names(compile_text(spec("- Add: [[], {ReLU: }]\n  name: sum_"))) == ["re_lu", "sum_"]


@pytest.mark.parametrize(
    ("written", "name"),
    [("0", "0"), ("1e3", "1e3"), ("true", "true"), ("007", "007"), ("a-b.c", "a-b.c"), ("null", "null")],
)
def test_a_name_is_text_whatever_yaml_makes_of_it(written: str, name: str) -> None:
    assert names(compile_text(spec(f"- ReLU:\n  name: {written}"))) == [name]


def test_a_name_may_be_computed() -> None:
    assert names(
        compile_text(spec("- for: i in range(2)\n  do: [{ReLU: , name: r$(i)}, {ReLU: , name: $(i + 5)}]"))
    ) == ["r0", "5", "r1", "6"]


@pytest.mark.parametrize("name", ["a b", "a/b", "é", "a\\n", "''", "..", "a" * 201])
def test_a_name_is_of_letters_digits_and_three_signs(name: str) -> None:
    assert codes(spec(f"- ReLU:\n  name: {name}")) in (["name"], ["type"])


def test_a_given_name_that_keras_gives_too_comes_twice() -> None:
    assert told(spec("- Dense: 3\n- ReLU:\n  name: dense")) == [(7, 11, "name-taken")]
    (found,) = wrong(spec("- ReLU:\n  name: dense\n- Dense: 3"))
    assert "Keras" in (found.hint or "")
    assert [(related.position.line, related.what) for related in found.related] == [(5, "first here")]


def test_a_name_that_comes_twice_from_an_unnamed_block_says_to_name_its_uses() -> None:
    text = spec("- b\n- b", blocks="{b: {layers: [{Dense: 3, name: d}]}}")
    (found,) = wrong(text)
    assert found.code == "name-taken"
    assert "name the uses" in (found.hint or "")
    assert codes(text.replace("  - b\n  - b", "  - b:\n    name: p\n  - b:\n    name: q")) == []


def test_a_part_whose_name_comes_twice_is_one_fault() -> None:
    text = spec("- b:\n  name: p\n- b:\n  name: p", blocks="{b: {layers: [{Dense: 3, name: d}, {ReLU: , name: r}]}}")
    assert codes(text) == ["name-taken"]
