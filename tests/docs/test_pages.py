"""`python -m archc.docs`: every generated page, written or checked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from archc.codes import CODES, Code
from archc.docs import __main__ as docs
from archc.docs.errors_page import errors_markdown

TEXTS: dict[str, Callable[[], str]] = {"errors.md": lambda: "codes\n", "generated/a.py": lambda: "pass\n"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of documentation whose pages are current."""
    monkeypatch.setattr(docs, "FOLDER", tmp_path)
    monkeypatch.setattr(docs, "pages", lambda: TEXTS)
    (tmp_path / "generated").mkdir()
    for name, text in TEXTS.items():
        (tmp_path / name).write_text(text(), encoding="utf-8")
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_current_pages_are_not_written() -> None:
    for arguments in ([], ["--check"]):
        result = CliRunner().invoke(docs.write_pages, arguments)
        assert (result.exit_code, result.output) == (0, "")


@pytest.mark.parametrize("name", TEXTS)
def test_a_page_that_is_not_current_is_found_and_written(folder: Path, name: str) -> None:
    for text in ("old\n", None):
        (folder / name).unlink()
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
        checked = CliRunner().invoke(docs.write_pages, ["--check"])
        assert (checked.exit_code, checked.output) == (1, f"docs/{name} is not current\n")
        assert (folder / name).exists() == (text is not None)
        written = CliRunner().invoke(docs.write_pages)
        assert (written.exit_code, written.output) == (0, f"docs/{name} is written\n")
        assert (folder / name).read_text(encoding="utf-8") == TEXTS[name]()


def test_without_a_folder_of_documentation_it_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(docs, "FOLDER", tmp_path / "none")
    result = CliRunner().invoke(docs.write_pages)
    assert result.exit_code == 2
    assert "checkout" in result.output


def test_the_page_of_codes_has_a_section_for_each_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "archc.docs.errors_page.CODES",
        {"new": Code("new", "A new code.", "do this", spec="archc: 1\n", setting="With `-x`.", severity="warning")},
    )
    section = errors_markdown().partition("## ")[2]
    assert section == (
        "new\n\nWarning. A new code.\n\n```yaml wrong=new\narchc: 1\n```\n\nWith `-x`.\n\nWhat to do: Do this.\n"
    )
    assert "new" not in CODES
