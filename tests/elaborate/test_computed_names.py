"""Tensors with computed names in expressions: one by its index, and the list of all."""

from __future__ import annotations

from typing import Any

import pytest

from tests.elaborate.specs import codes, compile_text, spec

THREE = "- for: i in [2, 0, 1]\n  do: [{Dense: '$(i + 4)', as: skip$(i)}]\n"


def joined(read: str) -> list[str]:
    """The layers that a last step joins."""
    network = compile_text(spec(f"{THREE}- Concatenate: {read}"))
    return [f"{node.shape[-1]}" for node in network.graph.nodes[-1].inputs]


@pytest.mark.parametrize(
    ("read", "units"),
    [
        ("[$(skip)]", "645"),
        ("$(skip)", "645"),
        ("['$(skip[0])', '$(skip[1])', []]", "455"),
        ("[\"$(skip['2'])\", []]", "65"),
        ("['$(reversed(skip))']", "546"),
        ("['$(skip[1:])']", "45"),
        ("['$([t for t in skip if t.channels > 4])']", "65"),
        ("\n    for: t in skip\n    do: {from: $t}", "645"),
    ],
)
def test_an_item_is_read_by_its_index_and_the_list_in_the_order_of_naming(read: str, units: str) -> None:
    assert "".join(joined(read)) == units


def test_from_and_let_take_lists_of_tensors() -> None:
    text = f"{THREE}- let: {{every: $(skip), one: '$(skip[2])'}}\n"
    for last, count in (("$(skip)", 3), ("[x, $every]", 4), ("[$one, '$(every[1:])']", 3)):
        assert len(compile_text(spec(f"{text}- Concatenate:\n  from: {last}")).graph.nodes[-1].inputs) == count
    one = "- Dense: 3\n  as: skip$(0)\n- Average:\n  from: $(skip)"
    assert len(compile_text(spec(one)).graph.nodes[-1].inputs) == 1
    block = "{b: {inputs: [p, q], layers: [{Concatenate: [p, q]}]}}"
    assert compile_text(spec(f"{text}- b:\n  from: $(skip[1:])", blocks=block)).graph.nodes[-1].shape == (8, 8, 9)
    assert codes(spec(f"{text}- b:\n  from: $(skip)", blocks=block)) == ["inputs"]


def test_a_name_given_anew_keeps_its_place_and_a_letter_is_an_index() -> None:
    text = "- Dense: 4\n  as: t$('p')\n- Dense: 5\n  as: t$('q')\n- Dense: 6\n  as: t$('p')\n- Concatenate: $(t)"
    assert [node.shape[-1] for node in compile_text(spec(text)).graph.nodes[-1].inputs] == [6, 5]


@pytest.mark.parametrize("params", [{}, {"depth": 2}])
def test_a_list_may_be_empty(params: dict[str, Any]) -> None:
    text = "- for: i in range(depth)\n  do: [{Dense: 3, as: s$(i)}]\n- Concatenate: [[], $(s)]"
    network = compile_text(spec(text, params="{depth: 0}"), **params)
    assert len(network.graph.nodes[-1].inputs) == 1 + params.get("depth", 0)


def test_a_name_of_its_own_hides_the_list() -> None:
    text = "- Dense: 3\n  as: s\n- Dense: 3\n  as: s$(0)\n- Add: [[], $(s)]"
    network = compile_text(spec(text))
    assert network.graph.nodes[-1].inputs == (network.graph.nodes[1], network.graph.nodes[0])


def test_a_step_that_failed_silences_what_reads_the_list() -> None:
    text = "- Dense: many\n  as: s$(0)\n- Add: [[], $(s)]\n- Add: [[], '$(s[0])']"
    assert codes(spec(text)) == ["argument"]
