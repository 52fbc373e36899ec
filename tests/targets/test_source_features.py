"""Each feature of the language, in specs of its own, gives source that makes the model that archc builds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archc.network import load
from tests.targets.made import differences

SPECS = sorted((Path(__file__).parent / "specs").glob("*.yaml"))


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_source_makes_the_same_model(path: Path) -> None:
    first = path.read_text(encoding="utf-8").splitlines()[0]
    others = {"others": json.loads(first[1:])} if first.startswith("#") else {}
    assert not differences(load(path), **others)
