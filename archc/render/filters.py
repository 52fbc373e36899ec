"""The filters of templates: what escapes a text for a language, and how sizes and numbers are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from archc.diagnostics import printable
from archc.ir.shape import UNKNOWN_SHAPE
from archc.pictures.wording import shape_words
from archc.report import figures
from archc.report.markdown import in_markdown

_TEX = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': "''", "`": r"\textasciigrave{}",
    **{character: f"\\{character}" for character in "{}$&#_%"},
    "[": "{[}", "*": "{*}",  # behind the end of a row they would be its arguments
    "×": r"\ensuremath{\times}", "→": r"\ensuremath{\rightarrow}", "−": r"\ensuremath{-}",
    "≈": r"\ensuremath{\approx}", "≤": r"\ensuremath{\le}", "≥": r"\ensuremath{\ge}",
    "┌": r"\ensuremath{\lceil}", "│": r"\ensuremath{\vert}", "└": r"\ensuremath{\lfloor}",
    "…": r"\ldots{}", "–": r"\textendash{}", "—": r"\textemdash{}", "·": r"\ensuremath{\cdot}", "\n": " ", "\t": " ",
}  # fmt: skip
_DOT = {"\\": "\\\\", '"': '\\"', "&": "&amp;", "\n": "\\n", "\t": " "}
_MARKS_IN_MERMAID = re.compile(r"[^\w\s\-+,./()=\u0080-\U0010ffff]|(?<![^\W_])[_\-+]|[_\-+](?![^\W_])")
"""What could be more than text; a line break as `<br>` would make the text Markdown."""
_ICON = re.compile("(?<=fa:)(?=fa-)|(?<=fa[a-z]:)(?=fa-)")
"""Where a space without width keeps a text from being a picture."""


def tex(value: Any) -> str:
    r"""The text in LaTeX, where it stands in a line or in a cell of a table: `50\% of conv\_1`.

    Letters of other alphabets stay as they are: LuaLaTeX and XeLaTeX have them.
    """
    escaped = "".join(_TEX.get(character, character) for character in printable(str(value)))
    return re.sub("-(?=-)", "-{}", escaped)  # two would be a dash


def md(value: Any) -> str:
    r"""The text in Markdown, where it stands in a line or in a cell of a table: `conv\_1`."""
    return in_markdown(str(value)).replace("\t", " ")


def dot(value: Any) -> str:
    r"""The text as a string of Graphviz, with its quotes; several lines stay several."""
    return f'"{"".join(_DOT.get(character, character) for character in printable(str(value)))}"'


def mermaid(value: Any) -> str:
    """The text as a string of Mermaid, with its quotes; several lines stay several."""
    text = _ICON.sub("\u200b", printable(str(value)).replace("\u200b", "")).replace("\t", " ")
    return f'"{_MARKS_IN_MERMAID.sub(lambda found: f"#{ord(found[0])};", text)}"'


def size(value: Iterable[int | None] | None) -> str:
    """Sizes as people write them: `224×224×3`, `?` for an open size, `unknown` for an unknown shape."""
    return shape_words(UNKNOWN_SHAPE if value is None else tuple(value))


def figure(value: Any) -> str:
    """A documented or computed value of a fact: sizes, an exact number, or the text of the spec; `?` for None."""
    return size(value) if isinstance(value, tuple) else figures.fact_value(value)


FILTERS: Mapping[str, Callable[..., str]] = {
    "tex": tex,
    "md": md,
    "dot": dot,
    "mermaid": mermaid,
    "size": size,
    "exact": figures.exact,
    "figure": figure,
    "short": figures.short,
}
"""Those of archc, by name."""
