"""Blocks, inputs and outputs, shares, parameters, `extends` and `use`, facts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archc.diagnostics import SpecError
from tests.elaborate.specs import codes, compile_text, names, ops, spec, told, wrong

TWO = "{now: [4, 4, 2], before: [4, 4, 2]}"


def verdicts(text: str | Path, **params: Any) -> list[str]:
    return [fact.verdict for fact in compile_text(text, **params).check()]


# --- blocks ---


def test_a_block_with_inputs_takes_them_by_from() -> None:
    blocks = "{b: {inputs: [now, before], layers: [{Concatenate: [before, now, $x]}]}}"
    text = spec("- b:\n  from: [now, before]", input="", inputs=TWO, blocks=blocks)
    assert [tensor.name for tensor in compile_text(text).graph.nodes[0].inputs] == ["before", "now", "now"]
    assert codes(spec("- b\n- Add: [now, before]", input="", inputs=TWO, blocks=blocks))[:1] == ["inputs"]


def test_a_block_leaves_several_tensors_and_the_path_goes_on_from_the_last() -> None:
    blocks = "{b: {layers: [{Dense: 3, as: c3}, {Dense: 4, as: c4}], outputs: [c3, c4]}}"
    text = "- b:\n  as: [low, high]\n- Dense: $x.channels\n- Concatenate: [[], low, high]"
    assert compile_text(spec(text, blocks=blocks)).graph.nodes[-1].shape == (8, 8, 11)
    assert codes(spec("- b:\n  as: [a, b_, c]", blocks=blocks)) == ["outputs"]
    assert compile_text(spec("- b:\n  as: last\n- Add: [[], last]", blocks=blocks)).graph.nodes[-1].shape == (8, 8, 4)


def test_a_dollar_name_alone_is_short_for_itself() -> None:
    blocks = "{b: {params: {units: int, again: 1}, layers: [{for: i in range(again), do: [{Dense: $units}]}]}}"
    assert (
        compile_text(spec("- b: {$units, again: 2}", blocks=blocks, params="{units: 7}")).graph.nodes[0].shape[-1] == 7
    )


def test_a_default_of_a_block_may_read_the_parameters_before_it() -> None:
    blocks = "{b: {params: {units: int, half: $(units // 2)}, layers: [{Dense: $half}]}}"
    assert compile_text(spec("- b: {units: 8}", blocks=blocks)).graph.nodes[0].shape[-1] == 4


def test_arguments_of_a_block_have_names() -> None:
    blocks = "{b: {params: {units: int}, layers: [{Dense: $units}]}}"
    assert codes(spec("- b: 5", blocks=blocks)) == ["argument"]
    assert codes(spec("- b", blocks=blocks)) == ["missing-argument"]
    assert codes(spec("- b: $row", blocks=blocks, params="{row: {units: 5}}")) == []


@pytest.mark.parametrize("layers", ["- b", "- b: {}\n  when: false\n- ReLU", "- ReLU"])
def test_a_block_is_never_recursive_reached_or_not(layers: str) -> None:
    assert codes(spec(layers, blocks="{b: {layers: [c]}, c: {layers: [{b: , when: false}, ReLU]}}")) == ["recursion"]


def test_a_block_marks_no_output() -> None:
    assert codes(spec("- b", blocks="{b: {layers: [{ReLU: , output: o}]}}")) == ["output"]


# --- heads by parameter ---

HEAD_BLOCKS = "{wide: {params: {n: int}, layers: [{Dense: $n}]}, deep: {params: {n: int}, layers: [{Dense: $n}, ReLU]}}"


def test_a_head_by_parameter_is_an_op_or_block_of_its_choices() -> None:
    text = spec("- $unit: {n: 5}", blocks=HEAD_BLOCKS, params="{unit: {default: wide, choices: [wide, deep]}}")
    assert ops(compile_text(text)) == ["Dense"]
    assert ops(compile_text(text, unit="deep")) == ["Dense", "ReLU"]
    assert codes(text, unit="other") == ["parameter"]
    pooled = spec(
        "- $pool: {pool_size: 2}", params="{pool: {default: MaxPooling2D, choices: [MaxPooling2D, AveragePooling2D]}}"
    )
    assert ops(compile_text(pooled, pool="AveragePooling2D")) == ["AveragePooling2D"]


def test_a_head_by_parameter_needs_choices_that_take_its_arguments() -> None:
    assert codes(spec("- $unit: {n: 5}", blocks=HEAD_BLOCKS, params="{unit: wide}")) == ["head"]
    params = "{unit: {default: wide, choices: [wide, tall]}}"
    assert codes(spec("- $unit: {n: 5}", blocks=HEAD_BLOCKS, params=params)) == ["head"]
    params = "{unit: {default: wide, choices: [wide, Dropout]}}"
    assert "unknown-argument" in codes(spec("- $unit: {n: 5}", blocks=HEAD_BLOCKS, params=params))
    assert codes(spec("- let: {unit: wide}\n- $unit: {n: 5}", blocks=HEAD_BLOCKS)) == ["head"]


ROWS = "{rows: [{unit: wide, n: 5}, {unit: deep, n: 6}]}"
BY_ROW = "- for: row in rows\n  do: [{$row.unit: {n: $row.n}}]"


def test_a_head_by_row_is_what_each_row_names() -> None:
    text = spec(BY_ROW, blocks=HEAD_BLOCKS, params=ROWS)
    assert ops(compile_text(text)) == ["Dense", "Dense", "ReLU"]
    assert ops(compile_text(text, rows=[{"unit": "deep", "n": 2}])) == ["Dense", "ReLU"]
    nested = "- for: units in stages\n  do:\n    - for: unit in units[1:]\n      do: [{$unit: {n: 3}}]"
    params = "{stages: [[none, wide], [none], [none, wide, deep]]}"
    assert ops(compile_text(spec(nested, blocks=HEAD_BLOCKS, params=params))) == ["Dense", "Dense", "Dense", "ReLU"]
    assert ops(compile_text(spec("- $a.b[0]: {n: 3}", blocks=HEAD_BLOCKS, params="{a: {b: [deep]}}"))) == [
        "Dense",
        "ReLU",
    ]


def test_all_rows_are_checked_those_of_the_file_and_those_that_are_set(folder: Path) -> None:
    absent = spec(f"{BY_ROW}\n  when: false\n- ReLU", blocks=HEAD_BLOCKS, params=ROWS)
    assert codes(absent) == []
    assert codes(absent, rows=[{"unit": "tall", "n": 1}]) == ["head"]
    assert codes(absent, rows=[{"unit": "Dropout", "n": 1}]) == ["missing-argument", "unknown-argument"]
    (folder / "rows.yaml").write_text(spec(BY_ROW, blocks=HEAD_BLOCKS, params=ROWS), encoding="utf-8")
    child = write(folder, "name: C\nextends: rows\nparams: {rows: [{unit: wide, n: 1}, {unit: tall, n: 2}]}\n")
    assert [(one.code, one.position and one.position.line) for one in wrong(child)] == [("head", 4)]
    text = spec(BY_ROW, blocks=HEAD_BLOCKS, params="{rows: [{unit: tall, n: 1}]}")
    assert codes(text, rows=[{"unit": "wide", "n": 1}]) == ["head"]


# --- inputs and outputs ---


def test_the_single_input_is_called_input_layer_and_the_path_begins_at_the_first_of_several() -> None:
    assert compile_text(spec("- ReLU")).graph.inputs[0].name == "input_layer"
    text = spec("- Add: [[], before]", input="", inputs=TWO)
    assert [tensor.name for tensor in compile_text(text).graph.nodes[0].inputs] == ["now", "before"]


def test_inputs_have_shapes_and_dtypes() -> None:
    text = spec(
        "- Embedding: {input_dim: 5, output_dim: 2}\n- Flatten\n- Concatenate: [[], image]",
        input="",
        inputs="{ids: {shape: [3], dtype: int32}, image: [4]}",
    )
    assert [(made.name, made.shape, made.dtype) for made in compile_text(text).graph.inputs] == [
        ("ids", (3,), "int32"),
        ("image", (4,), "float32"),
    ]
    assert codes(text.replace("int32", "int33")) == ["type"]


def test_parameters_may_stand_in_an_input_and_null_is_known_only_at_run_time() -> None:
    text = spec("- GlobalAveragePooling2D\n- Dense: 2", input="[null, null, $channels]", params="{channels: 3}")
    assert compile_text(text).graph.inputs[0].shape == (None, None, 3)
    assert compile_text(text).macs is not None
    assert codes(spec("- Dense: 2", input="[null, null]")) == ["unknown-size"]


@pytest.mark.parametrize("shape", ["[0, 3]", "[-1]", "[1.5]", "[a]", "[true]", "[1,1,1,1,1,1,1,1,1,1,1]"])
def test_the_size_of_an_input_is_a_list_of_whole_numbers(shape: str) -> None:
    assert codes(spec("- ReLU", input=shape)) == ["input"]


def outputs(text: str) -> list[str]:
    graph = compile_text(text).graph
    return [*graph.outputs, f"main: {graph.main}"]


def test_outputs_are_the_last_tensor_and_those_marked_in_order() -> None:
    text = "- side: {Dense: 3}\n  output: a\n- ReLU\n- side: {Dense: 4}\n  output: b\n- Flatten"
    assert outputs(spec(text)) == ["a", "b", "flatten", "main: flatten"]
    assert outputs(spec(text + ":\n  output: last")) == ["a", "b", "last", "main: last"]
    assert outputs(spec("- ReLU:\n  name: tail")) == ["tail", "main: tail"]


def test_outputs_lists_exactly_the_outputs_the_first_is_the_main_one() -> None:
    text = "- Dense: 3\n  as: a\n- Dense: 4\n  output: o"
    assert outputs(spec(text, outputs="[o, a]")) == ["o", "a", "main: o"]
    assert outputs(spec(text, outputs="[a, o]")) == ["a", "o", "main: a"]
    assert codes(spec(text, outputs="[o, aa]")) == ["unknown-name"]
    assert codes(spec(text, outputs="[o, o]")) == ["name-taken"]
    computed = "- for: i in range(2)\n  do: [{Dense: 3, as: c$(i)}]"
    assert outputs(spec(computed, outputs="[c$(0), c$(1)]")) == ["c0", "c1", "main: c0"]


def test_as_output_and_shape_of_a_side_speak_of_its_own_last_tensor() -> None:
    text = "- side: [ReLU, {Dense: 4}]\n  as: beside\n  shape: [8, 8, 4]\n- Concatenate: [[], beside]"
    network = compile_text(spec(text))
    assert network.graph.nodes[-1].shape == (8, 8, 7)
    assert [fact.verdict for fact in network.check()] == ["agrees"]


def test_a_layer_that_no_output_needs_is_an_error_at_its_position() -> None:
    assert told(spec("- side: [ReLU, {Dense: 3}]\n- Flatten")) == [(5, 19, "unneeded")]
    assert codes(spec("- ReLU", input="", inputs=TWO)) == ["unneeded"]


def test_an_output_is_marked_once() -> None:
    assert codes(spec("- ReLU:\n  output: o\n- ReLU:\n  output: o")) == ["name-taken"]


def test_a_network_may_end_at_layers_and_parts() -> None:
    text = spec("- Dense: 3\n  name: a\n- do: [{Dense: 4}]\n  name: b\n- Dense: 5")
    assert list(compile_text(text, outputs=("a", "b")).graph.outputs) == ["a", "b"]
    assert codes(text, outputs=("c",)) == ["unknown-layer"]
    assert codes(text, outputs=("x",)) == ["unknown-layer"]


# --- shares ---


def test_a_share_counts_parameters_once_and_macs_each_time() -> None:
    network = compile_text(spec("- Dense: 3\n  share: s\n- Dense: 3\n  share: s"))
    assert network.params == 3 * 3 + 3
    assert network.macs == 2 * 8 * 8 * 9
    assert names(network) == ["dense", "dense"]
    assert network.graph.nodes[1].first is network.graph.nodes[0]


@pytest.mark.parametrize(
    "second", ["- Dense: 4\n  share: s", "- ReLU:\n  share: s", "- Dense: {units: 3, use_bias: false}\n  share: s"]
)
def test_op_and_arguments_of_a_share_are_equal(second: str) -> None:
    assert codes(spec(f"- Dense: 3\n  share: s\n{second}")) == ["share"]


def test_the_weights_of_a_share_must_be_equal() -> None:
    assert codes(spec("- Dense: 4\n  share: s\n- Dense: 4\n  share: s")) == ["shape"]


def test_a_later_use_has_the_firsts_name_or_none() -> None:
    text = "- Dense: 3\n  share: s\n  name: d\n- Dense: 3\n  share: s\n"
    assert names(compile_text(spec(text))) == ["d", "d"]
    assert names(compile_text(spec(text + "  name: d"))) == ["d", "d"]
    assert codes(spec(text + "  name: e")) == ["share"]


def test_the_name_of_a_share_holds_in_its_scope() -> None:
    blocks = "{b: {layers: [{Dense: 3, share: s}, {Dense: 3, share: s}]}}"
    assert compile_text(spec("- b\n- b", blocks=blocks)).params == 2 * 12
    shared = "- b:\n  share: t\n- b:\n  share: t"
    assert compile_text(spec(shared, blocks=blocks)).params == 12


def test_a_shared_block_is_a_model_inside_the_model() -> None:
    blocks = "{b: {layers: [{Dense: 3}, ReLU]}}"
    network = compile_text(spec("- b:\n  share: t\n- b:\n  share: t", blocks=blocks))
    first, second = network.graph.calls
    assert (first.name, second.first) == ("t", first)
    assert [node.first for node in second.nodes] == list(first.nodes)
    assert len(network.graph.nodes) == 4


CELL = "{cell: {layers: [{Dense: 3, as: one}, {Dense: 3, as: two}], outputs: [one, two]}}"


def test_each_output_of_a_shared_block_is_needed_in_one_use() -> None:
    uses = "- cell:\n  share: s\n  as: [a, b]\n- cell:\n  from: a\n  share: s\n  as: [c, d]\n"
    assert codes(spec(uses + "- Add: [c, d]", blocks=CELL)) == []
    assert set(codes(spec(uses + "- Add: [a, c]", blocks=CELL))) == {"unneeded"}
    assert codes(spec(uses + "- from: a", blocks=CELL)) == ["unneeded"]


def test_a_shared_block_is_used_again_in_a_shared_block_that_is_used_again() -> None:
    """The layer that the inner block calls twice has another first call than the place that it stands in."""
    inner = "inner: {layers: [{Dense: 3, share: d}, {Dense: 3, share: d}]}"
    outer = "outer: {layers: [{inner: , share: i}, {inner: , share: i}]}"
    network = compile_text(spec("- outer:\n  share: o\n- outer:\n  share: o", blocks=f"{{{inner}, {outer}}}"))
    assert network.params == 12
    assert [call.name for call in network.graph.calls] == ["i", "i", "o", "i", "i", "o"]
    assert [call.first is None for call in network.graph.calls] == [True, False, True, False, False, False]


@pytest.mark.parametrize("step", ["do: [ReLU]", "for: i in range(1)\n  do: [ReLU]", "Add: [[], []]", "let: {a: 1}"])
def test_only_an_op_or_a_block_is_shared(step: str) -> None:
    assert codes(spec(f"- {step}\n  share: s\n- ReLU")) == ["share"]


# --- parameters ---


@pytest.mark.parametrize(
    ("declared", "right", "bad"),
    [
        ("int", 3, [1.5, True, "3", None]),
        ("float", 3, [True, "3", None]),
        ("float", 1.5, []),
        ("str", "a", [3, True]),
        ("bool", True, [1, "true"]),
        ("list", [1], ["a", 3]),
        ("map", {"a": 1}, [[1]]),
        ("3", 4, [1.5, True, "a"]),
        ("0.5", 4, [True, "a"]),
        ("text", "b", [3]),
        ("true", False, [0]),
        ("[1]", (2, 3), [3]),
        ("{a: 1}", {"b": 2}, [3]),
        ("$(1 + 1)", 5, ["a"]),
    ],
)
def test_types_and_defaults_bind_what_a_user_sets(declared: str, right: object, bad: list[object]) -> None:
    text = spec("- let: {b: $a}\n- ReLU", params=f"{{a: {declared}}}")
    assert codes(text, a=right) == []
    for value in bad:
        assert codes(text, a=value) == ["parameter"], value


def test_a_type_makes_a_parameter_required() -> None:
    assert codes(spec("- Dense: $a", params="{a: int}")) == ["missing-parameter"]
    assert codes(spec("- Dense: $a", params="{a: {type: int}}")) == ["missing-parameter"]


@pytest.mark.parametrize("declared", ["any", "{type: any}", "{type: any, default: 3}"])
def test_any_takes_each_value(declared: str) -> None:
    text = spec("- let: {b: $a}\n- ReLU", params=f"{{a: {declared}}}")
    for value in (3, 0.5, "a", True, None, [1, [2]], {"b": 2}):
        assert compile_text(text, a=value).values == {"a": value}
    blocks = f"{{b: {{params: {{a: {declared}}}, layers: [{{let: {{c: $a}}}}, ReLU]}}}}"
    for written in ("3", "0.5", "p", "true", "null", "[1, [2]]", "{c: 1}", "$x", "$([x, 1])"):
        assert (
            codes(spec(f"- b: {{a: '{written}'}}" if "$" in written else f"- b: {{a: {written}}}", blocks=blocks)) == []
        )


def test_a_new_default_of_any_may_have_another_type(folder: Path) -> None:
    (folder / "open.yaml").write_text(spec("- Dense: $(len(a))", params="{a: any}"), encoding="utf-8")
    for value in ("[1, 2]", "pq", "{b: 1, c: 2}"):
        child = compile_text(write(folder, f"name: C\nextends: open\nparams: {{a: {value}}}\n"))
        assert child.graph.nodes[0].shape == (8, 8, 2)
    assert compile_text(folder / "open.yaml", a="pqr").graph.nodes[0].shape == (8, 8, 3)


def test_a_defaults_type_does_not_bind_the_arguments_of_a_block_but_a_named_type_does() -> None:
    def text(declared: str) -> str:
        blocks = f"{{b: {{params: {{k: {declared}}}, layers: [{{Conv2D: {{filters: 2, kernel_size: $k}}}}]}}}}"
        return spec("- b: {k: [1, 7]}", blocks=blocks)

    assert codes(text("1")) == []
    assert codes(text("{default: 1}")) == []
    assert codes(text("int")) == ["argument"]
    assert codes(text("{type: int, default: 1}")) == ["argument"]


def test_limits_and_choices() -> None:
    text = spec("- Dense: $a", params="{a: {type: int, default: 4, min: 2, max: 8, help: the width}}")
    assert codes(text, a=2) == codes(text, a=8) == []
    assert codes(text, a=1) == codes(text, a=9) == ["parameter"]
    text = spec("- ReLU:\n  when: $(a == 'q')\n- ReLU", params="{a: {default: p, choices: [p, q]}}")
    assert codes(text, a="q") == []
    assert codes(text, a="r") == ["parameter"]
    assert codes(spec("- Dense: $a", params="{a: {default: 4, max: 3}}")) == ["parameter"]


def test_a_default_may_read_the_parameters_before_it() -> None:
    text = spec("- Dense: $half", params="{filters: 8, half: $(filters // 2)}")
    assert compile_text(text).values == {"filters": 8, "half": 4}
    assert compile_text(text, filters=10).values["half"] == 5
    assert codes(spec("- Dense: $half", params="{half: $(filters // 2), filters: 8}")) == ["unknown-name"]


def test_a_table_of_rows() -> None:
    text = "- for: (t, c), row in zip(lists, maps)\n  do: [{Dense: $(t + c + row.c)}]"
    params = "{lists: [[1, 2], [3, 4]], maps: [{c: 10}, {c: 20}]}"
    assert [node.shape[-1] for node in compile_text(spec(text, params=params)).graph.nodes] == [13, 27]


@pytest.mark.parametrize(
    ("settings", "code"),
    [({"params": {"b": 1}}, "unknown-parameter"), ({"inputs": {"b": (3,)}}, "unknown-input")],
)
def test_what_a_user_sets_must_be_there(settings: dict[str, Any], code: str) -> None:
    inputs = settings.get("inputs")
    params: dict[str, Any] = dict(settings.get("params") or {})
    with pytest.raises(SpecError) as caught:
        compile_text(spec("- Dense: $a", params="{a: 1}"), inputs=inputs, **params)
    assert [found.code for found in caught.value.diagnostics] == [code]


# --- extends and use ---

BASE = """archc: 1
name: Base
summary: a family
paper: {title: T, source: Table 1}
input: [8, 8, 3]
params: {width: {default: 4, min: 2, help: channels}, depth: 1}
blocks:
  unit: {params: {n: int}, layers: [inner: {$n}]}
  inner: {params: {n: int}, layers: [{Dense: $n}]}
layers:
  - for: i in range(depth)
    do: [unit: {n: $width}]
    name: units
    shape: [8, 8, $width]
expect: {params: 1}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    return tmp_path


def write(folder: Path, text: str, name: str = "child.yaml") -> Path:
    (folder / name).write_text(f"archc: 1\n{text}", encoding="utf-8")
    return folder / name


def test_what_is_said_replaces_and_what_is_merged_is_merged(folder: Path) -> None:
    child = compile_text(write(folder, "name: Child\nextends: base\nparams: {depth: 2}\n"))
    assert (child.spec.name, child.spec.summary, child.spec.facts) == ("Child", None, ())
    assert child.spec.paper is not None
    assert child.values == {"width": 4, "depth": 2}
    assert child.params == (3 * 4 + 4) + (4 * 4 + 4)
    assert ops(compile_text(write(folder, "name: C\nextends: base\nlayers: [Flatten]\n"))) == ["Flatten"]


def test_a_new_default_keeps_type_limits_and_help(folder: Path) -> None:
    assert codes(write(folder, "name: C\nextends: base\nparams: {width: 1}\n")) == ["parameter"]
    assert codes(write(folder, "name: C\nextends: base\nparams: {width: wide}\n")) == ["parameter"]
    child = compile_text(write(folder, "name: C\nextends: base\nparams: {width: 6}\n"))
    assert child.spec.params["width"].help == "channels"


def test_a_new_parameter_is_an_error_if_nothing_reads_it(folder: Path) -> None:
    assert codes(write(folder, "name: C\nextends: base\nparams: {widht: 6}\n")) == ["unused-parameter"]
    assert codes(write(folder, "name: C\nextends: base\nparams: {new: 6}\nlayers: [{Dense: $new}]\n")) == []


def test_input_replaces_inputs_and_the_reverse(folder: Path) -> None:
    child = compile_text(write(folder, "name: C\nextends: base\ninputs: {a: [2, 2, 5]}\n"))
    assert [made.name for made in child.graph.inputs] == ["a"]
    write(folder, "name: M\nextends: base\ninputs: {a: [2, 2, 5]}\n", "middle.yaml")
    last = compile_text(write(folder, "name: L\nextends: middle\ninput: [3, 3, 3]\n", "last.yaml"))
    assert [made.name for made in last.graph.inputs] == ["input_layer"]


def test_a_block_replaced_is_replaced_wherever_the_other_spec_uses_it(folder: Path) -> None:
    child = write(folder, "name: C\nextends: base\nblocks: {inner: {params: {n: int}, layers: [{Dense: $n}, ReLU]}}\n")
    assert ops(compile_text(child)) == ["Dense", "ReLU"]


def test_a_path_stays_in_the_folder_or_below(folder: Path) -> None:
    (folder / "below").mkdir()
    (folder / "below" / "b.yaml").write_text(BASE, encoding="utf-8")
    assert codes(write(folder, "name: C\nextends: below/b.yaml\n")) == []
    assert codes(write(folder, "name: C\nextends: below/../base.yaml\n")) == []
    for path in ("../base.yaml", "/etc/base.yaml", "below/../../x.yaml"):
        assert codes(write(folder, f"name: C\nextends: {path}\n")) == ["outside"]
    assert codes(write(folder / "below", "name: C\nextends: ../base.yaml\n")) == ["outside"]


def test_a_link_does_not_lead_out_of_the_folder(folder: Path) -> None:
    (folder / "below").mkdir()
    (folder / "below" / "link.yaml").symlink_to(folder / "base.yaml")
    assert codes(write(folder / "below", "name: C\nextends: ./link.yaml\n")) == ["outside"]
    assert codes(write(folder / "below", "name: C\nextends: link\n")) == ["unknown-spec"]


def test_a_file_never_finds_itself(folder: Path) -> None:
    assert codes(write(folder, "name: C\nextends: child\n")) == ["unknown-spec"]


def test_circles_are_errors(folder: Path) -> None:
    write(folder, "name: A\nextends: b\n", "a.yaml")
    assert codes(write(folder, "name: B\nextends: a\n", "b.yaml")) == ["circle"]
    write(folder, "use: {d: [q]}\nblocks: {p: {layers: [ReLU]}}\n", "c.yaml")
    assert "circle" in codes(write(folder, "name: D\ninput: [3]\nuse: {c: [p]}\nlayers: [p]\n", "d.yaml"))


def test_used_blocks_see_their_own_files_blocks(folder: Path) -> None:
    text = "name: C\ninput: [8, 8, 3]\nuse: {base: [unit]}\nblocks: {inner: {layers: [Flatten]}}\nlayers: [{unit: {n: 5}}, inner]\n"
    assert ops(compile_text(write(folder, text))) == ["Dense", "Flatten"]


def test_a_block_of_the_same_name_as_a_used_one_is_an_error(folder: Path) -> None:
    text = "name: C\ninput: [8, 8, 3]\nuse: {base: [unit]}\nblocks: {unit: {layers: [Flatten]}}\nlayers: [unit]\n"
    assert "name" in codes(write(folder, text))
    assert codes(write(folder, "name: C\ninput: [3]\nuse: {base: [units]}\nlayers: [ReLU]\n")) == ["unknown-block"]


def test_a_library_of_blocks_needs_archc_alone_and_cannot_be_built(folder: Path) -> None:
    library = write(folder, "blocks: {b: {layers: [ReLU]}}\n", "library.yaml")
    assert codes(library) == ["no-layers"]
    assert codes(write(folder, "name: C\ninput: [3]\nuse: {library: [b]}\nlayers: [b]\n")) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("name: a\ninput: [3]\nlayers: [ReLU]\n", "missing-key"),
        ("archc: 1\ninput: [3]\nlayers: [ReLU]\n", "missing-key"),
        ("archc: 1\nname: a\nlayers: [ReLU]\n", "missing-key"),
        ("archc: 1\nname: a\n", "missing-key"),
        ("archc: 2\nname: a\ninput: [3]\nlayers: [ReLU]\n", "version"),
        ("archc: true\nname: a\ninput: [3]\nlayers: [ReLU]\n", "version"),
        ("archc: 1\nname: [a]\ninput: [3]\nlayers: [ReLU]\n", "name"),
        ("archc: 1\nname: a\ninput: [3]\nlayers: []\n", "type"),
        ("archc: 1\nname: a\ninput: [3]\npaper: {pages: 5}\nlayers: [ReLU]\n", "unknown-key"),
        ("archc: 1\nname: a\ninput: [3]\npaper: {title: 5.0, year: many}\nlayers: [ReLU]\n", "type"),
        ("archc: 1\nname: a\ninput: [3]\npreprocess: {mode: tensorflow}\nlayers: [ReLU]\n", "type"),
        ("archc: 1\nname: a\ninput: [3]\ninputs: {b: [3]}\nlayers: [ReLU]\n", "key"),
    ],
)
def test_the_keys_of_a_file(text: str, code: str) -> None:
    assert codes(text) == [code]


def test_texts_of_a_paper_are_as_they_stand() -> None:
    paper = compile_text(spec("- ReLU", paper="{arxiv: 1512.03380, title: 1984, doi: '10.1/2'}")).spec.paper
    assert paper is not None
    assert (paper.arxiv, paper.title) == ("1512.03380", "1984")


def test_preprocess() -> None:
    made = compile_text(
        spec("- ReLU", preprocess="{mode: torch, size: 256, crop: 224, mean: 0.5, std: [1, 2, 3], channels: bgr}")
    )
    assert made.spec.preprocess is not None
    assert made.spec.preprocess.std == (1, 2, 3)


# --- facts ---


@pytest.mark.parametrize(
    ("figure", "value", "agrees"),
    [
        ("138M", 137_500_000, True), ("138M", 138_500_000, True), ("138M", 137_499_999, False), ("138M", 138_500_001, False),
        ("8.0M", 7_950_000, True), ("8.0M", 8_050_000, True), ("8.0M", 7_949_999, False),
        ("0.27M", 265_000, True), ("0.27M", 275_000, True), ("0.27M", 275_001, False),
        ("<25M", 24_999_999, True), ("<25M", 25_000_000, False), (">25M", 25_000_001, True), (">25M", 25_000_000, False),
        ("1K", 1_499, True), ("1K", 1_501, False), ("2G", 2_400_000_000, True), ("3T", 3 * 10**12, True), (12, 12, True), (12, 13, False),
        ("1_000K", 1_000_400, True),
    ],
)  # fmt: skip
def test_figures_are_right_within_half_a_unit_of_the_last_digit(figure: object, value: int, agrees: bool) -> None:
    from archc.language.quantity import quantity

    assert quantity(figure).agrees(value) is agrees


@pytest.mark.parametrize("figure", ["1.5", "25 %", "many", "-3", "true", "[1]", "1.5e6", "25B"])
def test_a_fraction_without_a_unit_and_other_texts_are_refused(figure: str) -> None:
    assert codes(spec("- ReLU", expect=f"{{params: {figure}}}")) == ["type"]


def test_verdicts() -> None:
    def text(fact: str) -> str:
        return spec("- Dense: $units\n  name: d", params="{units: 4}", expect=fact)

    assert verdicts(text("{params: 16}")) == ["agrees"]
    assert verdicts(text("{params: 17}")) == ["differs"]
    assert verdicts(text("{params: {value: 17, computed: 16, because: a reason}}")) == ["explained"]
    assert verdicts(text("{params: {value: 17, computed: 15, because: a reason}}")) == ["differs"]
    assert verdicts(text("{layers: {e: [4]}}")) == ["differs"]
    assert verdicts(text("{layers: {d: [8, 8, 4]}}")) == ["agrees"]
    assert verdicts(text("{layers: {d: {params: 16, macs: 768}}}")) == ["agrees", "agrees"]
    assert verdicts(text("{output: [8, 8, $units], outputs: {d: [8, 8, 5]}}")) == ["agrees", "differs"]
    assert verdicts(text("[{params: 16}, {depth: 1, source: Table 2}]")) == ["agrees", "agrees"]


def test_a_fact_that_a_users_values_break_is_set_aside() -> None:
    text = spec(
        "- Dense: $units\n  name: d\n  shape: [8, 8, 4]",
        params="{units: 4}",
        expect="{params: 16, macs: 5, output: [8, 8, $units]}",
    )
    assert verdicts(text) == ["agrees", "agrees", "differs", "agrees"]
    assert verdicts(text, units=5) == ["set_aside", "set_aside", "differs", "agrees"]
    always = text.replace("shape: [8, 8, 4]", "shape: [8, 8, $(units + 1)]")
    assert verdicts(always, units=5)[0] == "differs"


def test_a_shape_is_inherited_and_expect_is_not(folder: Path) -> None:
    child = write(folder, "name: C\nextends: base\nparams: {width: 6}\n")
    assert verdicts(child) == ["agrees"]
    (folder / "base.yaml").write_text(BASE.replace("[8, 8, $width]", "[8, 8, 4]"), encoding="utf-8")
    assert verdicts(child) == ["differs"]


def test_an_unknown_size_agrees_with_any() -> None:
    text = spec("- ReLU:\n  name: r", input="[null, 4]", expect="{output: [7, 4], layers: {r: [9, null]}}")
    assert verdicts(text) == ["agrees", "agrees"]


def test_facts_never_stop_a_network() -> None:
    assert codes(spec("- ReLU", expect="{params: 5, layers: {nothing: [1]}}")) == []


@pytest.mark.parametrize(
    "fact",
    [
        "{params: {computed: 5, because: a}}",
        "{params: {value: 5, computed: 5}}",
        "{params: {value: 5, because: a}}",
        "{parms: 5}",
    ],
)
def test_what_a_fact_needs(fact: str) -> None:
    assert codes(spec("- ReLU", expect=fact)) in (["missing-key"], ["unknown-key"])


def test_wrong_shows_related_uses_of_blocks() -> None:
    text = spec("- b\n- do: [b]", blocks="{b: {layers: [{Conv2D: {filters: 1, kernel_size: 9}}]}}")
    (found,) = wrong(text)
    assert [related.position.line for related in found.related][-1] == 6


# --- parameters that nothing reads ---

INTERFACE = "{p: {params: {units: int, rate: 0.5}, layers: [{Dense: $units}, {Dropout: $rate}]}, q: {params: {units: int, rate: 0.5}, layers: [{Dense: $units}]}}"


@pytest.mark.parametrize(
    ("sections", "layers"),
    [
        ({"input": "[$a]"}, "- ReLU"),
        ({"expect": "{params: $a}"}, "- ReLU"),
        ({"outputs": "[t$(a)]"}, "- ReLU:\n  as: t$(4)"),
        ({}, "- ReLU\n- ReLU:\n  shape: [8, 8, $(a - 1)]"),
        ({}, "- ReLU:\n  name: n$(a)"),
        ({}, "- ReLU:\n  output: $(str(a))\n- ReLU"),
        ({}, "- ReLU\n- Dense: $a\n  when: false"),
        ({}, "- do: []\n  when: true\n  else: [{Dense: $a}]\n- ReLU"),
        ({}, "- Add: {for: i in range(a), do: []}"),
        ({}, "- Add: [[], {for: i in range(a), do: []}]"),
    ],
)
def test_what_reads_a_parameter(sections: dict[str, str], layers: str) -> None:
    assert codes(spec(layers, params="{a: 4}", **sections)) == []


def test_a_choice_and_a_block_that_replaces_another_have_the_parameters_that_their_callers_give(tmp_path: Path) -> None:
    text = spec("- $unit: {units: 3, rate: 0.1}", blocks=INTERFACE, params="{unit: {default: p, choices: [p, q]}}")
    assert codes(text) == []
    assert codes(spec("- p: {units: 3}", blocks=INTERFACE)) == ["unused-parameter"]
    (tmp_path / "family.yaml").write_text(spec("- p: {units: 3}", blocks=INTERFACE.split(", q:", maxsplit=1)[0] + "}"))
    child = "archc: 1\nname: b\nextends: ./family.yaml\nblocks: {p: {params: {units: int, rate: 0.5%s}, layers: [{Dense: $units}]}}\n"
    (tmp_path / "child.yaml").write_text(child % "")
    assert codes(tmp_path / "child.yaml") == []
    (tmp_path / "child.yaml").write_text(child % ", more: 1")
    assert codes(tmp_path / "child.yaml") == ["unused-parameter"]


def test_an_inherited_parameter_that_nothing_reads_is_an_error_where_it_is_set(tmp_path: Path) -> None:
    (tmp_path / "family.yaml").write_text(spec("- Dense: $width", params="{width: 3}"))
    (tmp_path / "child.yaml").write_text("archc: 1\nname: b\nextends: ./family.yaml\nlayers: [ReLU]\n")
    assert codes(tmp_path / "child.yaml") == []
    assert codes(tmp_path / "child.yaml", width=5) == ["unused-parameter"]
    (tmp_path / "child.yaml").write_text(
        "archc: 1\nname: b\nextends: ./family.yaml\nparams: {width: 5}\nlayers: [ReLU]\n"
    )
    assert told(tmp_path / "child.yaml") == [(4, 10, "unused-parameter")]


def test_a_misspelt_name_reads_the_parameter_that_is_meant() -> None:
    assert codes(spec("- Dense: $widht", params="{width: 3}")) == ["unknown-name"]
    assert codes(spec("- Dense: $width", params="{widht: 3}")) == ["unknown-name"]
    assert codes(spec("- b\n- ReLU", params="{width: 3}", blocks="{b: {layers: [{Dense: $width}]}}")) == [
        "unknown-name"
    ]
