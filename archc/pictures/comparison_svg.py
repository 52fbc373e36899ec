"""Two networks side by side as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from archc.pictures.badges import badges
from archc.pictures.cards import DETAIL_SIZE, STACKED
from archc.pictures.comparison import Pane
from archc.pictures.options import ThemeName
from archc.pictures.picture import SceneBox
from archc.pictures.svg import HEADING_SIZE, rectangle, scene_content, svg_file, text_line
from archc.pictures.text_width import fitted, text_width

_BETWEEN, _HEADING, _ROW, _BELOW = 44, 26, 19, 10
"""Pixels: between the panes, the names above them, a row of the key, below the key."""
_SIGN, _AFTER, _BASELINE = 16, 18, 13
"""Pixels: the room of a sign in the key, behind its words, from the top of a row to its baseline."""
_HATCH = 7
_GAP_SIGN = "gap"
_KEY: Mapping[str, str] = {
    "added": "added",
    "removed": "removed",
    "changed": "changed",
    "moved": "moved",
    "rewired": "other inputs",
    "inside": "differs inside",
    _GAP_SIGN: "not in this network",
}
"""The words for the signs, in order."""


@dataclass(frozen=True)
class TwoPanes:
    """What is drawn side by side.

    Attributes:
        names: above the panes.
        panes: left and right.
        note: a line above the panes; without one the signs are explained there.
    """

    names: tuple[str, str]
    panes: tuple[Pane, Pane]
    note: str = ""


def comparison_svg(both: TwoPanes, title: str, description: str, theme: ThemeName = "auto", scope: str = "") -> str:
    """The file of two networks; the arguments are those of `scene_svg`."""
    widths = [_width(name, pane) for name, pane in zip(both.names, both.panes, strict=True)]
    lefts = (0, widths[0] + _BETWEEN)
    width = lefts[1] + widths[1]
    key = [[(both.note, "")]] if both.note else _key_rows(_signs(both.panes), width)
    head = _HEADING + _ROW * len(key) + (_BELOW if key else 0)
    width = max(width, *(_row_width(row) for row in key)) if key else width
    content = [*_key(key, width)]
    for name, pane, left, room in zip(both.names, both.panes, lefts, widths, strict=True):
        shown = fitted(name, HEADING_SIZE, room, bold=True)
        content.append(text_line(shown, "t b s", left + room // 2, _BASELINE, "middle"))
        x = left + (room - pane.scene.width) // 2
        content.append(f'<g transform="translate({x} {head})">{pane_content(pane)}</g>')
    height = head + max(pane.scene.height for pane in both.panes)
    return svg_file("\n".join(content), width, height, title, description, theme, scope)


def _width(name: str, pane: Pane) -> int:
    """The width of a pane with its name, up to twice that of the pane."""
    return max(pane.scene.width, min(text_width(name, HEADING_SIZE, bold=True), 2 * pane.scene.width))


# --- what one network does not have ---


def pane_content(pane: Pane) -> str:
    """What a pane shows, from (0, 0) on."""
    return scene_content(pane.scene, map(_gap, pane.gaps))


def _gap(box: SceneBox) -> str:
    """The place of what the network does not have; of repeats, that of the first."""
    behind = STACKED if box.card.badge else 0
    return f'<g transform="translate({box.x} {box.y})">{gap_svg(box.width - behind, box.height - behind)}</g>'


def gap_svg(width: int, height: int, corner: int = 4) -> str:
    """The place of a box that this network does not have, at (0, 0)."""
    strokes = []
    for end in range(_HATCH, width + height, _HATCH):
        left, right = max(0, end - height), min(end, width)
        strokes.append(f"M{left} {end - left}L{right} {end - right}")
    return f'<path class="k" d="{"".join(strokes)}"/>{rectangle("g", 0, 0, width, height, corner)}'


# --- the key ---

_Entry = tuple[str, str]
"""Words, and the sign before them."""


def _signs(panes: Sequence[Pane]) -> set[str]:
    found: set[str] = {box.card.mark for pane in panes for box in pane.scene.boxes if box.card.mark}
    return found | ({_GAP_SIGN} if any(pane.gaps for pane in panes) else set())


def _key_rows(signs: set[str], width: int) -> list[list[_Entry]]:
    """The signs with their words, in rows that are no wider than the picture."""
    rows: list[list[_Entry]] = []
    for sign, words in _KEY.items():
        if sign in signs:
            if not rows or _row_width([*rows[-1], (words, sign)]) > width:
                rows.append([])
            rows[-1].append((words, sign))
    return rows


def _entry_width(entry: _Entry) -> int:
    words, sign = entry
    return text_width(words, DETAIL_SIZE) + (_SIGN if sign else 0)


def _row_width(row: Sequence[_Entry]) -> int:
    return sum(map(_entry_width, row)) + _AFTER * (len(row) - 1)


def _key(rows: Sequence[Sequence[_Entry]], width: int) -> Iterator[str]:
    for number, row in enumerate(rows):
        x, y = (width - _row_width(row)) // 2, _HEADING + _ROW * number
        for words, sign in row:
            if sign == _GAP_SIGN:
                yield f'<g transform="translate({x} {y + 4})">{gap_svg(12, 10, 2)}</g>'
            elif sign:
                yield f'<g transform="translate({x + 3} {y + 7})">{badges(sign)}</g>'
            yield text_line(words, "t m", x + (_SIGN if sign else 0), y + _BASELINE)
            x += _entry_width((words, sign)) + _AFTER
