"""Steps: heads, modifiers, their order."""

from __future__ import annotations

import pytest

from archc.ops import registry
from tests.elaborate.specs import codes, compile_text, names, ops, spec, told, wrong


def shapes(text: str) -> list[tuple[int | None, ...]]:
    return [node.shape for node in compile_text(text).graph.nodes]


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("- Flatten", "- Flatten:"),
        ("- Flatten:", "- Flatten: {}"),
        ("- Dropout: 0.5", "- Dropout: {rate: 0.5}"),
        ("- Dense: 10", "- Dense: {units: 10}"),
        ("- MaxPooling2D: 2", "- MaxPooling2D: {pool_size: 2}"),
        ("- Reshape: [-1, 64]", "- Reshape: {target_shape: [-1, 64]}"),
        ("- ZeroPadding2D: [[0, 1], [0, 1]]", "- ZeroPadding2D: {padding: [[0, 1], [0, 1]]}"),
        ("Flatten", "- Flatten"),
        ("Dense: 10", "- Dense: 10"),
    ],
)
def test_what_is_short_for_what(short: str, long: str) -> None:
    first, second = compile_text(spec(short)), compile_text(spec(long))
    assert [node.op for node in first.graph.nodes] == [node.op for node in second.graph.nodes]


def test_a_value_is_no_first_argument_where_another_is_required() -> None:
    assert told(spec("- Conv2D: 5")) == [(5, 13, "missing-argument")]


def test_initializers_regularizers_and_constraints_are_written_as_ops_are() -> None:
    text = "- Dense: {units: 4, kernel_initializer: he_normal, kernel_regularizer: {L2: 1e-4}, bias_constraint: NonNeg}"
    assert codes(spec(text)) == []
    assert codes(spec("- Dense: {units: 4, kernel_initializer: he_norml}")) == ["argument"]


def test_arguments_have_keras_names_and_defaults() -> None:
    assert shapes(spec("- Conv2D: {filters: 4, kernel_size: 3}")) == [(6, 6, 4)]
    assert shapes(spec("- MaxPooling2D")) == [(4, 4, 3)]


def test_the_path_is_implicit() -> None:
    graph = compile_text(spec("- ReLU\n- Flatten\n- Dense: 5")).graph
    assert [node.inputs for node in graph.nodes] == [(graph.inputs[0],), *((node,) for node in graph.nodes[:2])]


def test_attention_with_one_tensor_attends_to_itself() -> None:
    layer = "MultiHeadAttention: {num_heads: 2, key_dim: 4}"
    node = compile_text(spec(f"- {layer}", input="[5, 8]")).graph.nodes[0]
    assert len(node.inputs) == 2
    assert len(set(node.inputs)) == 1
    text = spec(f"- Dense: 8\n  as: v\n- Dense: 8\n  as: q\n- {layer}\n  from: [q, v]", input="[5, 8]")
    assert [tensor.name for tensor in compile_text(text).graph.nodes[-1].inputs] == ["dense_1", "dense"]
    three = spec(f"- Dense: 8\n  as: v\n- Dense: 8\n  as: k\n- {layer}\n  from: [k, v, k]", input="[5, 8]")
    assert len(compile_text(three).graph.nodes[-1].inputs) == 3


@pytest.mark.parametrize("op", ["Subtract", "Dot: {axes: 1}"])
def test_no_other_op_takes_one_tensor_twice(op: str) -> None:
    assert codes(spec(f"- {op}")) == ["no-branch"]


def test_a_wrapper_takes_its_layer_as_a_step() -> None:
    assert shapes(spec("- Bidirectional: {layer: {LSTM: 64}}", input="[7, 3]")) == [(128,)]


def test_a_step_has_one_head() -> None:
    assert told(spec("- ReLU:\n  Flatten:")) == [(6, 5, "step")]
    assert "dash" in (wrong(spec("- ReLU:\n  Flatten:"))[0].hint or "")


def test_a_step_without_a_head_moves_the_path_or_names_where_it_is() -> None:
    text = spec("- ReLU\n- as: here\n- Dense: 4\n  as: there\n- from: here\n- Concatenate: [[], there]")
    graph = compile_text(text).graph
    assert [tensor.name for tensor in graph.nodes[-1].inputs] == ["re_lu", "dense"]


def test_from_takes_one_tensor_where_a_head_takes_one() -> None:
    assert codes(spec("- as: a\n- ReLU:\n  from: [a, a]")) == ["inputs"]
    assert codes(spec("- as: a\n- from: [a, a]\n- ReLU")) == ["inputs"]
    assert codes(spec("- as: a\n- do: [ReLU]\n  from: [a, a]")) == ["inputs"]
    assert codes(spec("- as: a\n- Add: [[], []]\n  from: [a, a]")) == ["inputs"]


def test_a_learned_tensor_takes_nothing_from_the_path() -> None:
    text = spec("- Add: [[], {Learned: {shape: [1, 3]}}]", input="[5, 3]")
    assert compile_text(text).params == 3
    assert codes(spec("- as: a\n- Learned: {shape: [3]}\n  from: a")) == ["inputs"]


def test_a_modifier_among_arguments_gets_move_it_left() -> None:
    found = wrong(spec("- Dense: {units: 5, name: a}"))
    assert [(one.code, one.hint) for one in found] == [("misplaced-modifier", "move it left, beside the op")]


def test_a_modifier_that_is_an_argument_of_the_op_is_one() -> None:
    assert codes(spec("- Learned: {shape: [8, 8, 3]}\n- Add: [[], {Learned: {shape: [3]}}]", input="")) != [
        "misplaced-modifier"
    ]
    assert codes(spec("- Add: [[], {Learned: {shape: [3]}}]")) == []


@pytest.mark.parametrize("value", ["1", "0", "null", "text", "[]", "$(1)", "$(1 and true_)"])
def test_when_is_a_boolean(value: str) -> None:
    assert codes(spec(f"- Dropout: $(true_ / 2)\n- ReLU:\n  when: {value}", params="{true_: 1}")) == ["type"]


def test_if_when_is_false_nothing_more_of_the_step_is_read_and_the_path_stays() -> None:
    text = "- ReLU\n- Dense: 5\n  as: a\n- Conv2D: {filters: $(1 // 0), kernel_size: 1}\n  name: $(1 // 0)\n  shape: [$(1 // 0)]\n  from: $first\n  when: false"
    assert names(compile_text(spec(f"- as: first\n{text}".replace("$first", "first")))) == ["re_lu", "dense"]


def test_an_absent_step_needs_no_tensor() -> None:
    text = "- ReLU:\n  as: a\n  when: $deep\n- Dense: 5\n  from: a\n  when: $deep\n- Flatten"
    assert names(compile_text(spec(text, params="{deep: false}"))) == ["flatten"]
    assert codes(spec(text, params="{deep: false}"), deep=True) == []


def test_from_comes_before_when_and_arguments() -> None:
    text = "- Dense: 7\n  as: wide\n- Dense: 3\n- Dense: $x.channels\n  from: wide\n  when: $(x.channels == 7)"
    # the dense layer of 3 leads nowhere, so it is taken up again
    text = text.replace("- Dense: 3", "- Dense: 3\n  as: narrow") + "\n- Concatenate: [[], narrow]"
    assert compile_text(spec(text)).graph.nodes[-1].shape == (8, 8, 10)


def test_steps_leave_what_the_last_that_is_there_leaves() -> None:
    for steps in ("[]", "{Dense: 3, when: false}", "[{do: []}, {ReLU: , when: false}]"):
        graph = compile_text(spec(f"- Flatten\n- do: {steps}\n- Dense: 2")).graph
        assert [tensor.name for tensor in graph.nodes[-1].inputs] == ["flatten"]


def test_notes_are_kept() -> None:
    assert compile_text(spec("- ReLU:\n  note: as in the code")).graph.nodes[0].note == "as in the code"


@pytest.mark.parametrize("shape", ["5", "text", "{a: 1}", "null"])
def test_a_documented_shape_is_a_list(shape: str) -> None:
    assert codes(spec(f"- ReLU:\n  shape: {shape}")) == ["type"]


def test_else_holds_the_steps_for_the_other_case() -> None:
    text = "- do: {Dense: 5}\n  when: $deep\n  else: [ReLU, {Dense: 7}]"
    assert ops(compile_text(spec(text, params="{deep: true}"))) == ["Dense"]
    assert ops(compile_text(spec(text, params="{deep: false}"))) == ["ReLU", "Dense"]


def test_else_has_modifiers_of_the_whole_step() -> None:
    text = "- do: {Dense: {units: 5}}\n  when: false\n  else: {Dense: 7}\n  as: a\n  name: tail\n  shape: [8, 8, 7]\n- from: a\n- ReLU"
    network = compile_text(spec(text))
    assert network.layers["tail"].shape == (8, 8, 7)
    assert [fact.verdict for fact in network.check()] == ["agrees"]


@pytest.mark.parametrize(
    "text", ["- ReLU:\n  else: [ReLU]\n  when: true", "- do: [ReLU]\n  else: [ReLU]", "- else: [ReLU]"]
)
def test_else_belongs_to_do_and_when(text: str) -> None:
    assert codes(spec(text)) == ["step"]


def test_a_loop_may_have_when_and_else() -> None:
    text = "- for: i in range(2)\n  do: [ReLU]\n  when: $deep\n  else: [Flatten]"
    assert ops(compile_text(spec(text, params="{deep: true}"))) == ["ReLU", "ReLU"]
    assert ops(compile_text(spec(text, params="{deep: false}"))) == ["Flatten"]


@pytest.mark.parametrize(
    "step",
    ["5", "null", "[ReLU]", "true", "1.5", "{}", '""', '"a b"', "{name: a, as: b, do: [], for: i in [1], let: {c: 1}}"],
)
def test_what_is_no_step_is_told_at_its_place(step: str) -> None:
    found = told(spec(f"- ReLU\n- {step}"))
    assert [place[:1] for place in found] == [(6,)]


def test_closed() -> None:
    assert codes(spec("- Convv2D: {filters: 4, kernel_size: 1}")) == ["unknown-op"]
    assert codes(spec("- Conv2D: {filter: 4, kernel_size: 1}")) == ["unknown-argument"]
    assert codes(spec("- conv: {filters: 4}")) == ["unknown-block"]
    assert codes(spec("- Dense: $unit")) == ["unknown-name"]
    assert codes(spec("- ReLU:\n  nane: a")) == ["unknown-key"]
    assert codes(spec("- ReLU", colour="red")) == ["unknown-key"]
    for text in (
        "- Convv2D: {filters: 4, kernel_size: 1}",
        "- Conv2D: {filter: 4, kernel_size: 1}",
        "- ReLU:\n  nane: a",
    ):
        assert (wrong(spec(text))[0].hint or "").startswith("did you mean `")


def test_a_misspelt_modifier_stands_for_the_one_that_is_meant() -> None:
    assert codes(spec("- ReLU:\n  ass: here\n- Add: [[], here]")) == ["unknown-key"]


def test_all_merges_take_branches() -> None:
    merges = {name for name, op in registry().items() if op.merges}
    assert len(merges) == 11
    for merge in merges - {"AdditiveAttention", "Attention", "Dot", "HashedCrossing"}:
        assert ops(compile_text(spec(f"- {merge}: [[], {{ReLU: }}]"))) == ["ReLU", merge]
    assert ops(compile_text(spec("- Dot: {branches: [[], {ReLU: }], axes: 1}"))) == ["ReLU", "Dot"]
    for merge in ("AdditiveAttention", "Attention"):
        text = spec(f"- Reshape: [64, 3]\n- {merge}: [[], {{ReLU: }}]")
        assert ops(compile_text(text)) == ["Reshape", "ReLU", merge]
