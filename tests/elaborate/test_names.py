"""What the names of layers begin with: `name` makes a part of the network, `prefix` none."""

from __future__ import annotations

from tests.elaborate.specs import codes, compile_text, names, spec

UNIT = "{unit: {layers: [{Dense: 3, name: dense}, {ReLU: , name: relu}]}}"


def test_a_prefix_begins_names_and_makes_no_part() -> None:
    text = """
        - unit:
          prefix: head
        - do: [{unit: , prefix: a}, {unit: , name: b}, ReLU]
          prefix: head
        - for: i in range(2)
          do: [{ReLU: , name: r$(i)}]
          prefix: loop
        - side: {ReLU: , name: aside}
          prefix: loop
          output: other
        - Dense: 3
          name: head
    """
    net = compile_text(spec(text, blocks=UNIT))
    inner = ["head_a_dense", "head_a_relu", "head_b_dense", "head_b_relu", "re_lu"]
    assert names(net) == ["head_dense", "head_relu", *inner, "loop_r0", "loop_r1", "loop_aside", "head"]
    assert list(net.graph.regions) == ["head_b"]
    assert net.layers["head"].params == net.layers["head_b"].params == 3 * 3 + 3


def test_a_fact_of_a_prefix_is_of_no_part() -> None:
    text = "- unit:\n  prefix: head\n- Dense: 5"
    facts = "{layers: {head: [8, 8, 3], head_relu: [8, 8, 3]}}"
    assert [fact.verdict for fact in compile_text(spec(text, blocks=UNIT, expect=facts)).check()] == [
        "differs",
        "agrees",
    ]


def test_a_prefix_is_that_of_each_round_and_of_the_choice_that_is_taken() -> None:
    text = "- for: word in words\n  do: [{unit: , prefix: $(word)_$(len(words))}]\n- $of:\n  prefix: $of"
    params = "{words: [p, q], of: {default: unit, choices: [unit]}}"
    found = names(compile_text(spec(text, blocks=UNIT, params=params)))
    assert found == ["p_2_dense", "p_2_relu", "q_2_dense", "q_2_relu", "unit_dense", "unit_relu"]
    assert codes(spec(text, blocks=UNIT, params=params), words=["p q"]) == ["name"]


LAST = "{unit: {layers: [{Dense: 3, name: dense}, {ReLU: , name: ''}]}}"
FIRST = "{unit: {layers: [{Dense: 3, name: ''}, {ReLU: , name: relu}]}}"


def test_the_last_layer_of_a_part_may_have_its_name_which_means_the_part() -> None:
    facts = "{layers: {a: {shape: [8, 8, 3], params: 12}, b: [8, 8, 3]}}"
    net = compile_text(spec("- unit:\n  name: a\n- unit:\n  name: b", blocks=LAST, expect=facts))
    assert names(net) == ["a_dense", "a", "b_dense", "b"]
    assert net.layers["a"].params == 12
    assert [fact.verdict for fact in net.check()] == ["agrees"] * 3
    assert compile_text(spec("- unit:\n  name: a\n- ReLU", blocks=LAST), outputs=("a",)).graph.outputs.keys() == {"a"}
    assert codes(spec("- unit:\n  name: a", blocks=FIRST)) == ["name-taken"]


def test_any_layer_may_have_the_name_of_a_prefix_which_means_the_layer() -> None:
    net = compile_text(spec("- unit:\n  prefix: a\n- do: [{unit: , prefix: b}]\n  name: c", blocks=FIRST))
    assert names(net) == ["a", "a_relu", "c_b", "c_b_relu"]
    assert list(net.graph.regions) == ["c"]
    assert codes(spec("- unit:\n  prefix: a\n- unit:\n  prefix: a", blocks=FIRST))[0] == "name-taken"


def test_keras_builds_a_model_with_such_names() -> None:
    net = compile_text(spec("- unit:\n  name: a\n- unit:\n  name: b\n  share: b\n- unit:\n  share: b", blocks=LAST))
    model = net.build()
    assert [layer.name for layer in model.layers] == ["input_layer", "a_dense", "a", "b"]
    assert [layer.name for layer in model.get_layer("b").layers] == ["b_input", "b_dense", "b"]
    assert model.count_params() == net.total_params == 24
