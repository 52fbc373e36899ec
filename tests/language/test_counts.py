"""The examples and drafts of the language compile as they stand, to counts that were made elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from archc.network import Network, load

HERE = Path(__file__).parent
COUNTS: dict[str, dict[str, dict[str, Any]]] = yaml.safe_load(HERE.joinpath("counts.yaml").read_text())
COUNTED = [(folder, name) for folder, counts in COUNTS.items() for name in counts]
FILES = sorted(HERE.glob("*/*.yaml"))


def output_of(network: Network) -> list[int | None]:
    return list(network.graph.outputs[network.graph.main].shape)


@pytest.mark.parametrize(("folder", "name"), COUNTED)
def test_counts(folder: str, name: str) -> None:
    network = load(HERE / folder / f"{name}.yaml")
    found = {"output": output_of(network), "params": network.params, "macs": network.macs, "depth": network.depth}
    expected = COUNTS[folder][name]
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_file_is_counted_or_serves_one_that_is(path: Path) -> None:
    counted = {HERE / folder / f"{name}.yaml" for folder, name in COUNTED}
    served = {path.with_name(f"{name}.yaml") for path in FILES for name in served_by(yaml.safe_load(path.read_text()))}
    assert path in counted | served


def served_by(document: dict[str, Any]) -> list[str]:
    """The specs that a document builds on."""
    extended = [document["extends"]] if "extends" in document else []
    return [*extended, *document.get("use", {})]


@pytest.mark.parametrize(("folder", "name"), COUNTED)
def test_no_fact_differs(folder: str, name: str) -> None:
    facts = load(HERE / folder / f"{name}.yaml").check()
    assert [fact for fact in facts if fact.verdict == "differs"] == []
