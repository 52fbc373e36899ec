"""The reference of the language: every example compiles, or gets the diagnostic that it says it gets."""

from __future__ import annotations

from textwrap import indent

import pytest

from archc import limits
from tests.docs.examples import DOCS, Example, examples
from tests.elaborate.specs import codes, compile_text

EXAMPLES = [example for example in examples("language.md") if example.language == "yaml"]


def framed(example: Example) -> str:
    """The example as a whole spec."""
    kind = example.marks.get("fragment")
    head = "archc: 1\nname: Example\n"
    if kind == "layers":
        return f"{head}input: [32, 32, 3]\nlayers:\n{indent(example.text, '  ')}"
    if kind == "sections":
        return head + ("" if "input" in example.text.split(":")[0] else "input: [32, 32, 3]\n") + example.text
    return example.text


@pytest.mark.parametrize("example", [one for one in EXAMPLES if one.marks.get("fragment") != "none"], ids=str)
def test_an_example_does_what_the_page_says(example: Example) -> None:
    wrong = example.marks.get("wrong")
    assert codes(framed(example)) == ([wrong] if wrong else [])


def test_the_facts_of_an_example_hold() -> None:
    documented = [example for example in EXAMPLES if "expect:" in example.text and not example.marks]
    assert len(documented) == 3
    for example in documented:
        assert {fact.verdict for fact in compile_text(example.text).check()} <= {"agrees", "explained"}


def test_the_limits_are_those_of_the_program() -> None:
    text = (DOCS / "language.md").read_text(encoding="utf-8").split("## Limits")[1]
    for limit in (limits.YAML_NODES, limits.LAYERS, limits.ROUNDS, limits.ITEMS):
        assert f"{limit:,}" in text
    assert f"{limits.FILE_BYTES // 2**20} MiB" in text
    assert f": each | {limits.DEPTH} |" in text
