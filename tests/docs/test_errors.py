"""The page of diagnostics: every code is there, and every example gets its code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from archc.codes import CODES
from archc.diagnostics import SpecError
from archc.elaborate.expand import Settings
from archc.network import load_network
from tests.docs.examples import DOCS, Example, examples

SETTINGS = {
    "unknown-input": Settings(inputs={"b": (8,)}),
    "unknown-parameter": Settings(params={"unit": 5}),
    "unknown-layer": Settings(outputs=("conv",)),
}
FAMILY = "archc: 1\nname: a\ninput: [8]\nparams: {width: 4}\nlayers:\n  - Dense: $width\n"


def test_every_code_has_an_entry_with_what_to_do() -> None:
    text = (DOCS / "errors.md").read_text(encoding="utf-8")
    entries = dict(re.findall(r"^## ([a-z-]+)\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    assert list(entries) == sorted(CODES)
    assert all(entry.count("What to do: ") == 1 for entry in entries.values())


@pytest.mark.parametrize("example", examples("errors.md"), ids=str)
def test_an_example_gets_its_code(tmp_path: Path, example: Example) -> None:
    (tmp_path / "family.yaml").write_text(FAMILY, encoding="utf-8")
    path = tmp_path / "this.yaml"
    path.write_text(example.text.replace("⇥", "\t"), encoding="utf-8")
    code = example.marks["wrong"]
    with pytest.raises(SpecError) as caught:
        load_network(str(path), SETTINGS.get(code, Settings())).source()
    assert {found.code for found in caught.value.diagnostics} == {code}
