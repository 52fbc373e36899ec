"""The templates that archc has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

_FOLDER = Path(__file__).parent / "templates"


def shipped_templates() -> dict[str, str]:
    """The names, with a line on each: the first comment of the template."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(_FOLDER.glob("*.j2"))}
    return {name: text.partition("{#")[2].partition("#}")[0].strip(" -\n") for name, text in texts.items()}


def shipped_names() -> list[str]:
    """The names alone."""
    return sorted(path.stem for path in _FOLDER.glob("*.j2"))


def shipped_source(name: str) -> tuple[str, str, Callable[[], bool]] | None:
    """The text of a template, its file, and whether it is still current; None where there is no such template."""
    if name not in shipped_names():
        return None
    path = _FOLDER / f"{name}.j2"
    return path.read_text(encoding="utf-8"), str(path), lambda: True
