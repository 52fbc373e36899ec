"""The page of the architecture names what there is."""

from __future__ import annotations

import re
from pathlib import Path

import archc

PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"


def test_every_module_that_reads_model_files_is_in_the_table() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("## How a model file is read")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = [name for row in rows for name in re.findall(r"`(\w+\.py)`", row)]
    folder = Path(archc.__file__).parent / "keras_files"
    assert sorted(named) == sorted(path.name for path in folder.glob("*.py") if path.name != "__init__.py")
