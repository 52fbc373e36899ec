"""How wide a text is in a picture, whatever font shows it: an estimate that is never too small for the usual ones."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_ARIAL = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833,
    722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556,
    556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334,
    260, 334, 584,
)  # fmt: skip
_EM = 1000
_WIDTHS = {chr(32 + place): width for place, width in enumerate(_ARIAL)} | {"×": 640, "·": 333, "…": _EM, "⇄": _EM}
_PLAIN, _BOLD = 1.15, 1.3
"""DejaVu Sans, the widest of the usual fonts, is at most so much wider than Arial."""
_OTHER, _IDEOGRAPH = 900, 0x2E80


def text_width(text: str, size: int, *, bold: bool = False) -> int:
    """The width in pixels at a size of the font in pixels."""
    units = sum(map(_character_width, text))
    return -int(-units * size * (_BOLD if bold else _PLAIN) // _EM)


@lru_cache(maxsize=4096)
def _character_width(character: str) -> int:
    """In thousandths of the size; of a letter with an accent that of the letter."""
    known = _WIDTHS.get(character)
    if known is not None:
        return known
    if unicodedata.combining(character):
        return 0
    if ord(character) >= _IDEOGRAPH:
        return _EM
    return _WIDTHS.get(unicodedata.normalize("NFD", character)[0], _OTHER)


def fitted(text: str, size: int, room: int, *, bold: bool = False) -> str:
    """The text, or its start and end around an ellipsis, as much as fits into a width."""
    if text_width(text, size, bold=bold) <= room:
        return text
    shown = text[:1]
    for kept in range(2, len(text)):
        start, end = (kept + 1) // 2, kept // 2
        candidate = f"{text[:start]}…{text[len(text) - end :]}"
        if text_width(candidate, size, bold=bold) > room:
            break
        shown = candidate
    return shown if len(shown) > 1 else "…"
