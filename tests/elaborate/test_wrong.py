"""Wrong specs, each with what it must be told in its first lines: `# line:column code`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from archc.codes import CODES
from archc.diagnostics import SpecError
from archc.elaborate.expand import Settings
from archc.network import load_network

FOLDER = Path(__file__).parent / "wrong"
WRONG = sorted(
    path
    for path in FOLDER.glob("*.yaml")
    if (path.read_bytes().startswith(b"# ") and b":" in path.read_bytes()[:6]) or b"# -" in path.read_bytes()[:4]
)
_EXPECTED = re.compile(r"# (?:(\d+):(\d+)|-) ([a-z-]+)")


def expected(path: Path) -> list[tuple[int, int, str]]:
    found = []
    for line in path.read_bytes().decode("latin-1").split("\n"):
        match = _EXPECTED.fullmatch(line)
        if match is None:
            break
        found.append((int(match[1] or 0), int(match[2] or 0), match[3]))
    return found


def settings(path: Path) -> Settings:
    match = re.search(rb"^# settings: (.*)$", path.read_bytes(), re.MULTILINE)
    data: dict[str, Any] = yaml.safe_load(match[1]) if match else {}
    lists = {name: tuple(data.get(name, ())) for name in ("outputs", "features", "freeze")}
    return Settings(data.get("params", {}), data.get("inputs", {}), **lists)


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_a_wrong_spec_is_told_what_it_expects(path: Path) -> None:
    with pytest.raises(SpecError) as caught:
        load_network(str(path), settings(path)).source()
    found = caught.value.diagnostics
    assert [
        (one.position.line, one.position.column, one.code) if one.position else (0, 0, one.code) for one in found
    ] == expected(path)
    assert all((one.hint and one.message and one.message[0] != one.message[0].upper()) or one.hint for one in found)


def test_every_code_of_a_spec_has_a_wrong_spec() -> None:
    found = {code for path in WRONG for _, _, code in expected(path)}
    assert found == {code.name for code in CODES.values() if code.spec} | {"not-text"}  # bytes, no text of a spec
