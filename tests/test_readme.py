"""The pages that show commands show what these print."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from archc.cli import main
from archc.docs.__main__ import pages

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
CONSOLE = re.compile(r"```console\n\$ archc (?P<command>[^\n]*)\n(?P<output>.*?)```", re.DOTALL)


def printed(command: str) -> str:
    """What a command prints, both streams."""
    return CliRunner(env={"COLUMNS": "120"}).invoke(main, shlex.split(command), prog_name="archc").output


def test_the_readme_shows_real_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = README.read_text(encoding="utf-8")
    renewed = CONSOLE.sub(lambda m: f"```console\n$ archc {m['command']}\n{printed(m['command'])}```", text)
    if os.environ.get("UPDATE_GOLDEN"):
        README.write_text(renewed, encoding="utf-8")
    assert README.read_text(encoding="utf-8") == renewed
    assert len(CONSOLE.findall(text)) >= 5


def test_the_readme_shows_generated_source() -> None:
    shown = re.findall(r"```python\n(def .*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert len(shown) == 1
    assert shown[0] in (ROOT / "docs/generated/resnet50.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", pages())
def test_a_generated_page_is_current(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == pages()[name]()


def test_the_pages_link_to_what_is_there() -> None:
    for page in [README, *(ROOT / "docs").glob("*.md")]:
        for link in re.findall(r"\]\((?!http)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name}: {link}"
