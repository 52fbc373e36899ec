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
