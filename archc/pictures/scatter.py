"""Points in a plane with numbered axes, as SVG; the best of them are joined and named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import ceil, floor, log10
from typing import NamedTuple

from archc.pictures.cards import DETAIL_SIZE
from archc.pictures.options import ThemeName
from archc.pictures.svg import svg_file, text, text_line
from archc.pictures.text_width import fitted, text_width

_WIDTH, _HEIGHT = 720, 440
"""Pixels: the room of the points."""
_LEFT, _ABOVE, _BELOW = 76, 30, 50
"""Pixels: beside it for the numbers of the axes and their titles, and above it for the key."""
_INSET = 14  # pixels from the outermost points to the edge
_LOG_FROM = 20  # the largest number over the smallest, from which an axis is logarithmic
_TICKS = 6
_RADIUS, _BEST_RADIUS = 3, 5
_LABEL_ROOM, _LABEL_HEIGHT = 190, 13
_POINT, _BEST, _JOIN = "part x", "convolution x", "e d-moved"
"""The looks of points, of the best ones, and of the line that joins these."""


class Point(NamedTuple):
    """A point.

    Attributes:
        name: what is written beside it, if it is one of the best and there is room.
        tip: what a reader sees who points at it.
        best: whether it is one of those that are joined.
    """

    x: float
    y: float
    name: str
    tip: str
    best: bool = False


class _Scale(NamedTuple):
    """Numbers as places along an axis of `length` pixels."""

    low: float
    high: float
    log: bool
    length: int

    def place(self, number: float) -> int:
        low, high, number = (log10(value) if self.log else value for value in (self.low, self.high, number))
        share = 0.5 if high == low else (number - low) / (high - low)
        return round(_INSET + share * (self.length - 2 * _INSET))

    @property
    def ticks(self) -> list[float]:
        """Round numbers within the scale, about as many as there is room for."""
        if self.low == self.high:
            return [self.low]
        if self.log:
            powers = range(floor(log10(self.low)), ceil(log10(self.high)) + 1)
            for steps in ((1, 2, 3, 5, 7), (1, 2, 5), (1, 3), (1,)):
                found = [step * 10.0**power for power in powers for step in steps if self._has(step * 10.0**power)]
                if len(found) <= 2 * _TICKS:
                    return found
            return found[:: ceil(len(found) / _TICKS)]
        rough = (self.high - self.low) / _TICKS
        power = 10.0 ** floor(log10(rough))
        step = next(size * power for size in (1, 2, 5, 10) if size * power >= rough)
        first, last = ceil(self.low / step), floor(self.high / step)
        return [number * step for number in range(first, last + 1)]

    def _has(self, number: float) -> bool:
        return self.low <= number <= self.high


def scatter_svg(
    points: Sequence[Point],
    axes: tuple[str, str],
    names: str,
    title: str,
    description: str,
    theme: ThemeName = "auto",
) -> str:
    """The file of a scatter plot.

    Args:
        points: what is drawn; of points at one place the first.
        axes: the titles of the horizontal and of the vertical axis.
        names: what the names of the best points are.
        title: what readers of the screen are told that it is.
        description: the same at length.
        theme: as for `archc.pictures.svg.scene_svg`.
    """
    across = _scale([point.x for point in points], _WIDTH)
    up = _scale([point.y for point in points], _HEIGHT)
    placed = dict[tuple[int, int], Point]()
    for point in sorted(points, key=lambda point: not point.best):
        placed.setdefault((_LEFT + across.place(point.x), _ABOVE + _HEIGHT - up.place(point.y)), point)
    key = _key(names) if any(point.best for point in points) else ()
    content = [*_axes(across, up, axes), *key, *_points(placed)]
    return svg_file("\n".join(content), _LEFT + _WIDTH, _ABOVE + _HEIGHT + _BELOW, title, description, theme)


def _scale(numbers: Sequence[float], length: int) -> _Scale:
    low, high = min(numbers, default=0), max(numbers, default=0)
    return _Scale(low, high, low > 0 and high >= _LOG_FROM * low, length)


def number_text(number: float) -> str:
    """A number with a unit of 1,000s, of at most four digits: `1.25M`."""
    for unit, size in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("K", 1e3)):
        if abs(number) >= size:
            return f"{number / size:.4g}{unit}"
    return f"{number:.4g}"


# --- axes ---


def _axes(across: _Scale, up: _Scale, titles: tuple[str, str]) -> Iterator[str]:
    right, bottom = _LEFT + _WIDTH, _ABOVE + _HEIGHT
    columns = [(_LEFT + across.place(tick), number_text(tick)) for tick in across.ticks]
    rows = [(bottom - up.place(tick), number_text(tick)) for tick in up.ticks]
    lines = [f"M{place} {_ABOVE}V{bottom}" for place, _ in columns] + [f"M{_LEFT} {place}H{right}" for place, _ in rows]
    yield f'<path class="k" stroke-width=".5" d="{"".join(lines)}"/>'
    yield f'<path class="e" d="M{_LEFT} {_ABOVE}V{bottom}H{right}"/>'
    taken = _LEFT - 100
    for place, shown in columns:
        half = text_width(shown, DETAIL_SIZE) // 2
        if place - half > taken:
            yield text_line(shown, "t m", place, bottom + 17, "middle")
            taken = place + half + 6
    for place, shown in rows:
        yield text_line(shown, "t m", _LEFT - 8, place + 4, "end")
    yield text_line(titles[0], "t b", _LEFT + _WIDTH // 2, bottom + 40, "middle")
    middle = _ABOVE + _HEIGHT // 2
    yield f'<g transform="translate(13 {middle}) rotate(-90)">{text_line(titles[1], "t b", 0, 0, "middle")}</g>'


def _key(names: str) -> Iterator[str]:
    yield f'<path class="{_JOIN}" d="M{_LEFT} 10h24"/>{_circle(_BEST, _LEFT + 12, 10, _BEST_RADIUS)}'
    shown = fitted(f"Pareto front: {names}", DETAIL_SIZE, _WIDTH - 32)
    yield text_line(shown, "t m", _LEFT + 32, 14)


# --- points ---


def _points(placed: dict[tuple[int, int], Point]) -> Iterator[str]:
    best = sorted(((place, point) for place, point in placed.items() if point.best), key=lambda item: item[1][:2])
    for (x, y), point in placed.items():
        if not point.best:
            yield _circle(_POINT, x, y, _RADIUS, point.tip)
    if len(best) > 1:
        yield f'<path class="{_JOIN}" d="M{"L".join(f"{x} {y}" for (x, y), _ in best)}"/>'
    for (x, y), point in best:
        yield _circle(_BEST, x, y, _BEST_RADIUS, point.tip)
    yield from _names(best)


def _circle(look: str, x: int, y: int, radius: int, tip: str = "") -> str:
    shape = f'<circle class="{look}" cx="{x}" cy="{y}" r="{radius}"'
    return f"{shape}><title>{text(tip)}</title></circle>" if tip else f"{shape}/>"


class _Box(NamedTuple):
    left: int
    top: int
    right: int
    bottom: int

    def meets(self, other: _Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def is_crossed(self, start: tuple[int, int], end: tuple[int, int]) -> bool:
        """Whether a straight line from one place to another has a part inside."""
        first, last = 0.0, 1.0
        for low, high, begin, length in (
            (self.left, self.right, start[0], end[0] - start[0]),
            (self.top, self.bottom, start[1], end[1] - start[1]),
        ):
            if length == 0:
                if not low < begin < high:
                    return False
                continue
            enters, leaves = sorted(((low - begin) / length, (high - begin) / length))
            first, last = max(first, enters), min(last, leaves)
        return first < last


def _names(best: Sequence[tuple[tuple[int, int], Point]]) -> Iterator[str]:
    """The names of the best points, where there is room beside them, off the line that joins the points."""
    around, joins = _BEST_RADIUS + 2, [*pairwise(place for place, _ in best)]
    taken = [_Box(x - around, y - around, x + around, y + around) for (x, y), _ in best]
    whole = _Box(_LEFT, _ABOVE, _LEFT + _WIDTH, _ABOVE + _HEIGHT)
    for (x, y), point in best:
        shown = fitted(point.name, DETAIL_SIZE, _LABEL_ROOM)
        width = text_width(shown, DETAIL_SIZE)
        for right, above in ((False, True), (True, False), (True, True), (False, False)):
            left = x + around + 2 if right else x - around - 2 - width
            top = y - _LABEL_HEIGHT - 1 if above else y + 1
            box = _Box(left, top, left + width, top + _LABEL_HEIGHT)
            inside = box.left > whole.left + 2 and box.right <= whole.right and box.top >= whole.top
            free = inside and box.bottom < whole.bottom and not any(map(box.meets, taken))
            if free and not any(box.is_crossed(*join) for join in joins):
                taken.append(box)
                place = f'x="{left - 2}" y="{top}" width="{width + 4}" height="{_LABEL_HEIGHT}"'
                yield f'<rect class="page" fill-opacity=".8" {place}/>'
                yield text_line(shown, "t m", left, top + _LABEL_HEIGHT - 3)
                break
