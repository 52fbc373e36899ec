"""A picture as SVG: plain classes and colours, no variables, so that what is no browser shows it too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from archc.diagnostics import one_line
from archc.pictures.badges import badges
from archc.pictures.cards import DETAIL_SIZE, LINE, NAME_SIZE, SIGN, STACKED, STRIP, Card, badge_width
from archc.pictures.options import ThemeName
from archc.pictures.palette import DARK, LIGHT, Theme
from archc.pictures.picture import HEAD, MARGIN, Scene, SceneBox
from archc.pictures.text_width import fitted, text_width

FONTS = 'system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif'
HEADING_SIZE = 13
_SIDE, _BASELINE, _STRIP_BASELINE, _TITLE_BASELINE = 8, 15, 11, 13
NO_CHARACTERS = str.maketrans({"\ufffe": "\ufffd", "\uffff": "\ufffd"})
"""What no XML and no HTML may have."""


def scene_svg(scene: Scene, title: str, description: str, theme: ThemeName = "auto", scope: str = "") -> str:
    """The file of a picture.

    Args:
        scene: what stands where.
        title: what readers of the screen are told that it is.
        description: the same at length.
        theme: `auto` has the colours of the page that it is shown on, light or dark.
        scope: a class that this picture alone has on a page with several: the style is for it, and nothing has an id.
    """
    return svg_file(scene_content(scene), scene.width, scene.height, title, description, theme, scope)


def scene_content(scene: Scene, gaps: Iterable[str] = ()) -> str:
    """What a picture shows, from (0, 0) on; gaps are what stands in frames and is no box."""
    return "\n".join([*_frames(scene), *gaps, *_lines(scene), *_closed_boxes(scene)])


def svg_file(
    content: str, width: int, height: int, title: str, description: str, theme: ThemeName, scope: str = ""
) -> str:
    """A file around what a picture shows, which begins at (0, 0); the arguments are those of `scene_svg`."""
    whole = f"{width + 2 * MARGIN} {height + 2 * MARGIN}"
    size = 'width="{}" height="{}"'.format(*whole.split())
    ids = ("", "") if scope else (' id="title"', ' id="desc"')
    names = f'class="{scope}" aria-label="{text(title)}"' if scope else 'aria-labelledby="title desc"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole}" {size} role="img" {names}>'
        f"<title{ids[0]}>{text(title)}</title><desc{ids[1]}>{text(description)}</desc>"
        f"<style>\n{style(theme, f'.{scope} ' if scope else '')}</style>"
    )
    return f'{head}\n<rect class="page" {size}/>\n<g transform="translate({MARGIN} {MARGIN})">\n{content}\n</g></svg>\n'


def text(written: str) -> str:
    """A text for XML; what could change the direction of the text around it is written as its number."""
    return escape("\n".join(map(one_line, written.split("\n"))).translate(NO_CHARACTERS))


# --- style ---


def style(theme: ThemeName, scope: str = "") -> str:
    """The rules of a picture; those of the dark colours follow in a block of their own where the page decides.

    Args:
        theme: the colours.
        scope: what stands before each selector; without it the rules are for all that is on a page.
    """
    rules = [
        f"{scope}.t{{font:{NAME_SIZE}px {FONTS}}}",
        f"{scope}.b{{font-weight:600}}",
        f"{scope}.m,{scope}.n{{font-size:{DETAIL_SIZE}px}}",
        f"{scope}.e{{fill:none;stroke-width:1.4}}",
        f"{scope}.x{{stroke-width:1.2}}",
        f"{scope}.d{{stroke-width:2.5}}",
        f"{scope}.p{{stroke-linejoin:round}}",
        f"{scope}.h{{fill:#000}}",
        f"{scope}.f{{fill:none;stroke-width:1.5}}",
        f"{scope}.s{{font-size:{HEADING_SIZE}px}}",
        f"{scope}.g{{fill:none;stroke-width:1.3;stroke-dasharray:2 3}}",
        f"{scope}.k{{fill:none;stroke-opacity:.6}}",
        *_colours(DARK if theme == "dark" else LIGHT, scope),
    ]
    if theme == "auto":
        rules += ["@media (prefers-color-scheme:dark){", *_colours(DARK, scope), "}"]
    return "".join(f"{rule}\n" for rule in rules)


def _colours(theme: Theme, scope: str) -> Iterator[str]:
    yield f"{scope}.page{{fill:{theme.page}}}{scope}.t{{fill:{theme.text}}}{scope}.m{{fill:{theme.muted}}}"
    yield f"{scope}.g,{scope}.k{{stroke:{theme.line}}}"
    yield f"{scope}.e{{stroke:{theme.line}}}{scope}.a{{fill:{theme.line}}}{scope}.f{{stroke:{theme.page}}}"
    for kind, (fill, border) in theme.kinds.items():
        yield f"{scope}.{kind}{{fill:{fill};stroke:{border}}}"
    yield f"{scope}.bar{{fill:{theme.kinds['part'].border}}}"
    yield "".join(f"{scope}.v-{verdict}{{fill:{colour}}}" for verdict, colour in theme.verdicts.items())
    for mark, colour in theme.marks.items():
        yield f"{scope}.d-{mark}{{stroke:{colour}}}{scope}.v-{mark}{{fill:{colour}}}"
    yield f"{scope}.v-inside{{fill:{theme.marks['changed']}}}"


# --- boxes ---


def _frames(scene: Scene) -> Iterator[str]:
    for box in scene.boxes:
        if box.is_open:
            yield _placed(box, frame_svg(box.card, box.width, box.height))


def _closed_boxes(scene: Scene) -> Iterator[str]:
    for box in scene.boxes:
        if not box.is_open:
            yield _placed(box, card_svg(box.card))


def _placed(box: SceneBox, drawn: str) -> str:
    tip = f"<title>{text(box.card.tip)}</title>"
    return f'<g data-item="{box.item.number}" transform="translate({box.x} {box.y})">{tip}{drawn}</g>'


def frame_svg(card: Card, width: int, height: int) -> str:
    """The frame of an open part at (0, 0), with its name in the bar."""
    behind = STACKED if card.badge else 0
    width, height = width - behind, height - behind
    parts = [rectangle("part x", behind, behind, width, height, 5)] if behind else []
    fill = "" if behind else ' fill-opacity=".6"'
    parts.append(rectangle("part x", 0, 0, width, height, 5, f"{fill}{_dashes(card)}"))
    parts.append(
        f'<path class="bar" fill-opacity=".18" d="M0 {HEAD}v-{HEAD - 5}q0-5 5-5h{width - 10}q5 0 5 5v{HEAD - 5}z"/>'
    )
    room = width - 2 * _SIDE - badge_width(card.badge)
    name = fitted(card.lines[0], NAME_SIZE, room, bold=True)
    parts.append(text_line(name, "t b", _SIDE, _TITLE_BASELINE))
    if card.badge:
        parts.append(text_line(card.badge, "t b", width - _SIDE, _TITLE_BASELINE, "end"))
    used = text_width(name, NAME_SIZE, bold=True)
    abouts = [card.lines[1], card.lines[1].rpartition(" · ")[2]] if len(card.lines) > 1 else []
    fitting = [about for about in abouts if about and used + 10 + text_width(about, DETAIL_SIZE) <= room]
    parts += [text_line(about, "t m", _SIDE + used + 6, _TITLE_BASELINE) for about in fitting[:1]]
    return "".join(parts) + _mark(card, width, height, 5)


def card_svg(card: Card) -> str:
    """A closed box at (0, 0)."""
    width, height = card.front
    corner = 11 if card.kind in ("merge", "port") else 4
    look = f"{card.kind} x"
    stack = range(STACKED, 0, -STACKED // 2) if card.badge else ()
    parts = [rectangle(look, offset, offset, width, height, corner) for offset in stack]
    parts.append(rectangle(look, 0, 0, width, height, corner, _dashes(card)))
    top = 0
    if card.above:
        parts += _strip(card.above, look, width, STRIP, _STRIP_BASELINE)
        top = STRIP
    parts += _card_lines(card, width, top)
    if card.below:
        parts += _strip(card.below, look, width, height - STRIP, height - STRIP + _STRIP_BASELINE)
    return "".join(parts) + _mark(card, width, height, corner)


def _card_lines(card: Card, width: int, top: int) -> Iterator[str]:
    """The lines of a closed box, each in the middle of the room that the signs of the box leave."""
    right = badge_width(card.badge) + SIGN * card.opens
    left = SIGN * card.shared
    middle = (width + left - right) // 2
    first, *others = card.lines
    room = width - 2 * _SIDE - left - right
    yield text_line(fitted(first, NAME_SIZE, room, bold=True), "t b", middle, top + _BASELINE, "middle")
    for number, line in enumerate(others, start=1):
        fits = fitted(line, DETAIL_SIZE, width - 2 * (_SIDE - 1))
        yield text_line(fits, "t m", width // 2, top + _BASELINE + LINE * number, "middle")
    if card.badge:
        yield text_line(card.badge, "t b", width - _SIDE - SIGN * card.opens, top + _BASELINE, "end")
    if card.opens:
        yield f'<path class="e" d="M{width - 13} {top + 11}h7m-3.5-3.5v7"/>'
    if card.shared:
        yield f'<path class="e" d="M6 {top + 9}h9l-3-3M15 {top + 13}h-9l3 3"/>'


def _strip(written: str, look: str, width: int, edge: int, baseline: int) -> Iterator[str]:
    yield f'<path class="{look}" d="M0 {edge}h{width}"/>'
    yield text_line(fitted(written, DETAIL_SIZE, width - 12), "t m", width // 2, baseline, "middle")


def rectangle(look: str, x: int, y: int, width: int, height: int, corner: int, more: str = "") -> str:
    """A rectangle with round corners."""
    return f'<rect class="{look}" x="{x}" y="{y}" width="{width}" height="{height}" rx="{corner}"{more}/>'


def text_line(written: str, look: str, x: int, y: int, anchor: str = "") -> str:
    """A line of text; without an anchor it starts at the point."""
    place = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text class="{look}" x="{x}" y="{y}"{place}>{text(written)}</text>'


def _dashes(card: Card) -> str:
    return ' stroke-dasharray="4 2"' if card.shared else ""


def _mark(card: Card, width: int, height: int, corner: int) -> str:
    """The border of what differs, and the badges on the upper left corner."""
    border = ""
    if card.mark and card.mark != "inside":
        dashes = ' stroke-dasharray="5 3"' if card.mark == "removed" else ""
        border = rectangle(f"d d-{card.mark}", 0, 0, width, height, corner, f' fill="none"{dashes}')
    return border + badges(card.verdict, card.mark)


# --- lines ---


def _lines(scene: Scene) -> Iterator[str]:
    """All lines as one path, the arrows, and the dots where a tensor goes two ways."""
    sideways = scene.direction == "lr"
    paths, arrows = [], []
    for line in scene.lines:
        short = 5 if line.arrow else 0
        if line.x1 == line.x2 and not (sideways and line.arrow):
            paths.append(f"M{line.x1} {line.y1}V{line.y2 - short}")
        else:
            paths.append(f"M{line.x1} {line.y1}H{line.x2 - short}")
        if line.arrow:
            arrows.append(f"M{line.x2} {line.y2}{'l-7-3.5v7z' if sideways else 'l-3.5-7h7z'}")
    dots = [f"M{x - 2} {y}a2 2 0 1 0 4 0a2 2 0 1 0-4 0" for x, y in junctions(scene)]
    if paths:
        yield f'<path class="e" d="{"".join(paths)}"/>'
    if arrows or dots:
        yield f'<path class="a" d="{"".join((*dots, *arrows))}"/>'


def junctions(scene: Scene) -> list[tuple[int, int]]:
    """Where the line of a tensor leaves another piece of it, or tensors meet before a merge; not where lines cross."""
    lines = [(line, frozenset((net.source, net.number) for net in line.nets)) for line in scene.lines]
    flat = _by_row((line.y1, line.x1, line.x2, tensors) for line, tensors in lines if line.y1 == line.y2)
    steep = _by_row((line.x1, line.y1, line.y2, tensors) for line, tensors in lines if line.x1 == line.x2)
    found = {(x, y) for x, pieces in steep.items() for y, made in _ends(pieces) if _inside(flat.get(y, ()), x, made)}
    found |= {(x, y) for y, pieces in flat.items() for x, made in _ends(pieces) if _inside(steep.get(x, ()), y, made)}
    return sorted(found)


_Tensors = frozenset[tuple[object, int]]
_Piece = tuple[int, int, _Tensors]


def _by_row(pieces: Iterable[tuple[int, int, int, _Tensors]]) -> dict[int, list[_Piece]]:
    """Pieces by the coordinate that is that of all their points."""
    found: dict[int, list[_Piece]] = {}
    for at, start, end, tensors in pieces:
        if start != end:
            found.setdefault(at, []).append((min(start, end), max(start, end), tensors))
    return found


def _ends(pieces: Iterable[_Piece]) -> Iterator[tuple[int, _Tensors]]:
    for start, end, tensors in pieces:
        yield start, tensors
        yield end, tensors


def _inside(pieces: Iterable[_Piece], at: int, tensors: _Tensors) -> bool:
    """Whether a piece that carries one of the tensors passes a point."""
    return any(start < at < end and not tensors.isdisjoint(carried) for start, end, carried in pieces)
