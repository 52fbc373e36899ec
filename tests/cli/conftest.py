"""Runs the command line as a user does, and holds what people read to golden files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archc.cli import main
from archc.library.paths import library_paths

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def archc(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs `archc` with arguments, from the root of the checkout."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("ARCHC_DEBUG", "1")
    monkeypatch.setenv("COLUMNS", "120")

    def run(*arguments: str, text: str | None = None) -> Result:
        result = CliRunner().invoke(main, list(arguments), input=text, prog_name="archc")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code != 3, result.stderr
        return result

    return run


@pytest.fixture
def small_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library of one family, so that a command that reads all of it is quick."""
    paths = {name: path for name, path in library_paths().items() if path.parent.name == "lenet"}
    monkeypatch.setattr("archc.report.list.library_paths", lambda: paths)


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compares a text with the file of that name; `UPDATE_GOLDEN=1` writes it, to be read before it is committed."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if os.environ.get("UPDATE_GOLDEN"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare
