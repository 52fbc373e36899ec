"""The fenced examples of a page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
_FENCE = re.compile(r"^```(\w+)(.*?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Example:
    """One example: its language, what is said of it (`fragment=layers`), its text, and its line."""

    language: str
    marks: dict[str, str]
    text: str
    line: int

    def __str__(self) -> str:
        return f"line{self.line}"


def examples(page: str) -> list[Example]:
    """The examples of a page, in order."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return [
        Example(
            match[1],
            {key: value.strip('"') for key, value in re.findall(r'(\w+)=("[^"]*"|\S+)', match[2])},
            match[3],
            text[: match.start()].count("\n") + 1,
        )
        for match in _FENCE.finditer(text)
    ]
