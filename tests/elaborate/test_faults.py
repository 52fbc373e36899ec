"""One fault, one diagnostic; two faults, two: each at its place, with what to do, and nothing that follows from it."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from tests.elaborate.faults import EXAMPLES, LENET, RESNET, Change, changed, diagnostics, told

LENET_FILES = {"lenet5.yaml": (EXAMPLES / "lenet5.yaml").read_text(encoding="utf-8")}
RESNET_FILES = {name: (EXAMPLES / name).read_text(encoding="utf-8") for name in ("resnet.yaml", "resnet50.yaml")}
BARE_FILES = {"lenet5.yaml": re.sub(r"\n    shape: .*", "", LENET_FILES["lenet5.yaml"])}
NETWORKS = {"lenet5": (LENET_FILES, LENET), "bare": (BARE_FILES, LENET), "resnet50": (RESNET_FILES, RESNET)}


def singles() -> list[Any]:
    return [
        pytest.param(network, change, id=f"{network}-{change.fault}")
        for network, (_, changes) in NETWORKS.items()
        for change in changes
    ]


def pairs() -> list[Any]:
    return [
        pytest.param(network, *pair, id=f"{network}-{pair[0].fault}-{pair[1].fault}")
        for network, (_, changes) in NETWORKS.items()
        for pair in combinations(changes, 2)
    ]


def write(folder: Path, network: str, changes: list[Change]) -> tuple[Path, list[tuple[str, int, int, str]]]:
    files, places = changed(NETWORKS[network][0], changes)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder / ("resnet50.yaml" if network == "resnet50" else "lenet5.yaml"), places


@pytest.mark.parametrize("network", NETWORKS)
def test_what_is_changed_works(tmp_path: Path, network: str) -> None:
    path, _ = write(tmp_path, network, [])
    assert diagnostics(path) == ()


@pytest.mark.parametrize(("network", "change"), singles())
def test_one_fault_is_told_once_at_its_place_with_a_hint(tmp_path: Path, network: str, change: Change) -> None:
    path, places = write(tmp_path, network, [change])
    found = diagnostics(path)
    assert told(path) == places
    assert len(found) == 1
    assert found[0].hint
    assert found[0].excerpt is not None


@pytest.mark.parametrize(("network", "first", "second"), pairs())
def test_two_faults_are_told_as_two(tmp_path: Path, network: str, first: Change, second: Change) -> None:
    path, places = write(tmp_path, network, [first, second])
    assert len(places) == 2
    found = told(path)
    if first.ends_reading or second.ends_reading:
        fatal = {place for place in places if place[3] in ("tab", "unclosed-expression")}
        assert fatal & set(found)
        assert set(found) <= set(places)
    else:
        assert found == places
