"""The style of a page: the colours of the picture, for the page too, light and dark."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from archc.pictures.options import ThemeName
from archc.pictures.palette import DARK, LIGHT, Theme
from archc.pictures.svg import style

_PICTURE = "#picture "
"""What is around the pictures, by its id, which the rules for what is in them begin with."""
_EDGES: Mapping[ThemeName, str] = {"light": "#d0d7de", "dark": "#30363d"}
_CONTROLS: Mapping[ThemeName, str] = {"light": "#6e7781", "dark": "#7d8590"}
"""The borders of what can be used, and of what is not there."""


@cache
def page_style() -> str:
    """All rules of a page; it is printed in the light colours."""
    dark = "".join((_variables("dark", DARK), style("dark", _PICTURE)))
    light = "".join((_variables("light", LIGHT), style("light", _PICTURE)))
    own = files("archc.pictures.page").joinpath("page.css").read_text(encoding="utf-8")
    return f"{light}@media screen and (prefers-color-scheme:dark){{\n{dark}}}\n{own}"


def _variables(name: ThemeName, theme: Theme) -> str:
    colours = {
        "page": theme.page,
        "text": theme.text,
        "muted": theme.muted,
        "selected": theme.selected,
        "focus": theme.marks["moved"],
        "edge": _EDGES[name],
        "control": _CONTROLS[name],
    }
    rules = [f"color-scheme:{name}", *(f"--{variable}:{colour}" for variable, colour in colours.items())]
    signs = [f".sign-{mark}{{color:{colour}}}" for mark, colour in theme.marks.items()]
    signs += [f".sign-inside{{color:{theme.marks['changed']}}}"]
    signs += [f".verdict-{verdict}{{color:{colour}}}" for verdict, colour in theme.verdicts.items()]
    return f":root{{{';'.join(rules)}}}\n{''.join(signs)}\n"
