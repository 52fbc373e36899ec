"""How a network is drawn. A command reads this before it knows a network, so it loads nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

from archc.diagnostics import SpecError, did_you_mean, printable

Style = Literal["blocks", "volumes"]
Direction = Literal["tb", "lr"]
ThemeName = Literal["auto", "light", "dark"]
Measure = Literal["params", "macs", "field"]
Shown = Literal[Measure, "facts"]

STYLES: tuple[Style, ...] = get_args(Style)
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
THEMES: tuple[ThemeName, ...] = get_args(ThemeName)
SHOWN: tuple[Shown, ...] = get_args(Shown)


class PlotOptions(NamedTuple):
    """How a network is drawn.

    Attributes:
        levels: how many parts inside one another are open; None for as many as a page has room for.
        show: what boxes tell beside ops and shapes.
    """

    style: Style = "blocks"
    levels: int | None = None
    direction: Direction = "tb"
    theme: ThemeName = "auto"
    show: tuple[Shown, ...] = ()


def plot_options(style: str, levels: int | None, direction: str, theme: str, show: Sequence[str]) -> PlotOptions:
    """Options whose values are checked.

    Raises:
        SpecError: one is none of those that there are.
    """
    chosen = {"style": (style, STYLES), "direction": (direction, DIRECTIONS), "theme": (theme, THEMES)}
    for option, (value, values) in chosen.items():
        _check_among(option, value, values)
    for value in show:
        _check_among("show", value, SHOWN)
    if levels is not None and levels < 0:
        raise SpecError.of("usage", f"`levels` (={levels}) is negative", None, "0 has all parts closed")
    if style == "volumes" and (levels is not None or direction != "tb" or show):
        message = "`levels`, `direction` and `show` do not apply to `volumes`"
        raise SpecError.of("usage", message, None, "leave them out, or take the style `blocks`")
    return PlotOptions(style, levels, direction, theme, tuple(show))  # type: ignore[arg-type]


def _check_among(option: str, value: str, values: Sequence[str]) -> None:
    if value not in values:
        hint = did_you_mean(value, values) or f"there are: {', '.join(values)}"
        raise SpecError.of("usage", f"`{option}` cannot be `{printable(value[:60])}`", None, hint)
