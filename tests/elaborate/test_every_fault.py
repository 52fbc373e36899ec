"""Every fault has its diagnostic, also where several of one code are at one position, and no fault has two."""

from __future__ import annotations

import pytest

from archc.collector import Collector
from archc.diagnostics import Position
from tests.elaborate.specs import spec, told, wrong

BLOCK = "{b: {params: {u: int, v: int}, layers: [{Dense: $(u * v)}]}}"
TWO = "{two: {layers: [{Dense: 3, as: p}, {Dense: 4, as: q}], outputs: [p, q]}}"
REPEATED = "{b: {params: {w: 1}, layers: [{Conv2D: {filters: $w, kernel_size: $w}}]}}"

CASES: dict[str, tuple[str, list[tuple[int, int, str]]]] = {
    # --- several faults of one code at one position ---
    "arguments that an op needs": (spec("- Conv2D"), [(5, 5, "missing-argument")] * 2),
    "arguments that a block needs": (spec("- b", blocks=BLOCK), [(6, 5, "missing-argument")] * 2),
    "arguments that a merge needs": (spec("- Dot: [[], []]"), [(5, 5, "missing-argument")]),
    "arguments that a map lacks": (
        spec("- b: $row", blocks=BLOCK, params="{row: {}}"),
        [(7, 5, "missing-argument")] * 2,
    ),
    "arguments that a block lacks": (
        spec("- b: $row", blocks=BLOCK, params="{row: {u: 1, v: 2, foo: 1, bar: 2}}"),
        [(7, 8, "unknown-argument")] * 2,
    ),
    "arguments that an op lacks": (
        spec("- Dense: $row", params="{row: {units: 1, foo: 1, bar: 2}}"),
        [(6, 12, "unknown-argument")] * 2,
    ),
    "wrong arguments in a map": (
        spec("- Conv2D: $row", params="{row: {filters: a, kernel_size: b}}"),
        [(6, 13, "argument")] * 2,
    ),
    "wrong arguments from one value": (spec("- b: {w: many}", blocks=REPEATED), [(6, 12, "argument")] * 2),
    "arguments of two choices": (
        spec("- $unit: {n: 5}", params="{unit: {default: ReLU, choices: [ReLU, Softmax]}}"),
        [(6, 13, "unknown-argument")] * 2,
    ),
    "arguments that two choices need": (
        spec("- $unit", params="{unit: {default: Conv2D, choices: [Conv2D, Dense]}}"),
        [(6, 5, "missing-argument")] * 3,
    ),
    "choices": (
        spec("- $unit", params="{unit: {default: ReLU, choices: [ReLU, one, two, [1]]}}"),
        [(4, 10, "head")] * 3,
    ),
    "tensors of from": (spec("- Add:\n  from: [a, c]"), [(6, 11, "unknown-tensor")] * 2),
    "a tensor and an item of from": (spec("- Add:\n  from: [skip, skip$(0)]"), [(6, 11, "unknown-tensor")] * 2),
    "values of from": (spec("- let: {a: 1, c: 2}\n- Add:\n  from: [a, c]"), [(7, 11, "type")] * 2),
    "names of as that are taken": (
        spec("- two:\n  as: [n, two]", blocks=TWO, params="{n: 1}"),
        [(8, 9, "name")] * 2,
    ),
    "names of as that none can be": (spec("- two:\n  as: [if, x]", blocks=TWO), [(7, 9, "name")] * 2),
    "names of as without a fixed part": (spec("- two:\n  as: [$(1), $(2)]", blocks=TWO), [(7, 9, "name")] * 2),
    "names of a loop": (
        spec("- for: n, m in [(1, 2)]\n  do: [ReLU]", params="{n: 1, m: 2}"),
        [(6, 10, "name")] * 2,
    ),
    "keys of a file": ("layers: [ReLU]\n", [(1, 1, "missing-key")] * 3),
    "parameters and inputs of a block": (
        spec("- ReLU", blocks="{b: {params: {p: 1, q: 1}, inputs: [p, q], layers: [ReLU]}}"),
        [(4, 10, "name")] * 2,
    ),
    "inputs and blocks": (
        spec(
            "- Add: [b, c]",
            input="",
            inputs="{b: [3], c: [3]}",
            blocks="{b: {layers: [ReLU]}, c: {layers: [ReLU]}}",
        ),
        [(1, 1, "name")] * 2,
    ),
    # --- several faults that one used to hide ---
    "labels": (spec("- Add: {'a b': [], if: []}"), [(5, 11, "branch"), (5, 22, "branch")]),
    "names of outputs": (spec("- ReLU", outputs="[a, b]"), [(4, 11, "unknown-name"), (4, 14, "unknown-name")]),
    "modifiers": (
        spec("- ReLU:\n  name: [a]\n  shape: 5\n  when: 1\n  note: [1]"),
        [(6, 11, "type"), (7, 12, "type"), (8, 11, "type"), (9, 11, "type")],
    ),
    "for and its steps": (
        spec("- for: i of items\n  do: [{Dens: 5}]\n- Add: {for: 5, do: {Dens: 5}}"),
        [(5, 12, "expression"), (6, 11, "unknown-op"), (7, 16, "expression"), (7, 24, "unknown-op")],
    ),
    "an op with two names": (
        spec("- Conv2D: {filters: a, kernel_size: 1}\n  as: [p, q]"),
        [(5, 23, "argument"), (6, 9, "outputs")],
    ),
    # --- one fault in many rounds, also where the message differs ---
    "a loop with a missing argument": (
        spec("- for: i in range(3)\n  do: [ReLU, Dense]"),
        [(6, 16, "missing-argument")],
    ),
    "a loop with a wrong argument": (
        spec("- for: i in range(3)\n  do: [{Conv2D: {filters: $(-i), kernel_size: 1}}]"),
        [(6, 29, "argument")],
    ),
    "a loop with a window too large": (
        spec("- for: i in range(3)\n  do: [{Conv2D: {filters: 1, kernel_size: $(i + 9)}}]"),
        [(6, 45, "shape")],
    ),
    "a loop with names that come twice": (
        spec("- for: i in range(4)\n  do: [{ReLU: , name: r$(i % 2)}]"),
        [(6, 25, "name-taken")],
    ),
    "a loop with unknown items": (
        spec("- for: i in range(3)\n  do: [{Add: [[], skip$(i)]}]"),
        [(6, 21, "unknown-tensor")],
    ),
    "a loop with layers that nothing needs": (
        spec("- for: i in range(3)\n  do: [{side: [{Dense: 3}]}]\n- ReLU"),
        [(6, 19, "unneeded")],
    ),
    "a loop that marks an output": (
        spec("- for: i in range(3)\n  do: [{side: [{Dense: 3}], output: o}]\n- ReLU"),
        [(6, 39, "name-taken")],
    ),
    # --- what only follows from a fault ---
    "a head that elaboration and the static check see": (spec("- $unit: {n: 5}"), [(5, 6, "unknown-name")]),
    "names of steps that cannot be read": (
        spec("- for: i of items\n  do: [{ReLU: , as: a}, {Dense: 5, as: t$(i)}]\n- Add: [[], a, t$(0)]"),
        [(5, 12, "expression")],
    ),
    "names of steps that are not reached": (
        spec("- do: [{Dense: 3, as: t$(1)}]\n  when: $(1 // 0)\n- Add: [[], t$(1)]"),
        [(6, 15, "division")],
    ),
    "arguments of a block that cannot be read": (
        spec("- b: {filters: 5, foo: 3}\n  as: [p, q]\n- Add: [p, q]", blocks="{b: 5}"),
        [(4, 10, "type")],
    ),
    "outputs of a block in itself": (
        spec(
            "- c:\n  as: [p, q]\n- Add: [p, q]",
            blocks="{c: {layers: [{c: , as: [p, q]}, {Dense: 3, as: p}, {Dense: 3, as: q}], outputs: [p, q]}}",
        ),
        [(4, 24, "recursion")],
    ),
    "a size that an error hides": (
        spec("- Dens: 5\n- Dens: 5\n- Dense: $(x.channels // 2)\n- Dense: $x.channels"),
        [(5, 5, "unknown-op"), (6, 5, "unknown-op")],
    ),
    "an argument of an argument": (
        spec("- Bidirectional: {layer: {LSTM: {unitz: 3}}}", input="[7, 3]"),
        [(5, 28, "argument")],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_every_fault_has_one_diagnostic(case: str) -> None:
    text, expected = CASES[case]
    assert told(text) == expected
    found = wrong(text)
    assert len({(one.position, one.message) for one in found}) == len(found)


def test_what_a_user_sets_is_reported_for_each_name() -> None:
    both = "{a: [3], b: [3]}"
    assert [one.about for one in wrong(spec("- ReLU"), p=1, q=2)] == ["p", "q"]
    assert [one.about for one in wrong(spec("- Dense: $(a * b)", params="{a: 1, b: 2}"), a="x", b="y")] == ["a", "b"]
    assert [one.about for one in wrong(spec("- ReLU"), outputs=("p", "q"))] == ["p", "q"]
    found = wrong(spec("- Add: [a, b]", input="", inputs=both), inputs={"a": (0,), "b": (-1,), "c": (1,), "d": (1,)})
    assert [(one.code, one.about) for one in found] == [
        ("input", "a"),
        ("input", "b"),
        ("unknown-input", "c"),
        ("unknown-input", "d"),
    ]


def test_diagnostics_differ_by_code_position_and_subject_alone() -> None:
    collector = Collector()
    here, there = Position("a.yaml", 1, 1), Position("a.yaml", 1, 2)
    for message in ("one", "another"):
        for position in (here, there, None):
            for about in ("a", "b", None):
                collector.add("type", message, position, about=about)
                collector.add("name", message, position, about=about)
    assert len(collector) == 2 * 3 * 3
    assert {one.message for one in collector.error().diagnostics} == {"one"}
