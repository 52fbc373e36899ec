"""The ends of lines that would close a circle: the box that takes the tensor names where it comes from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from archc.diagnostics import one_line
from archc.pictures.cards import DETAIL_SIZE, MOST_WIDTH, STACKED, STRIP, Card
from archc.pictures.drawn import DrawnLayer, Net
from archc.pictures.item import View
from archc.pictures.text_width import text_width


def stub_words(tree: View, cut: Sequence[tuple[Net, DrawnLayer]]) -> Mapping[int, str]:
    """What is written of connections that are cut, for each item that takes a tensor by one from outside of it.

    Args:
        tree: of the items.
        cut: the tensors, each with the layer that takes it.
    """
    found: dict[int, dict[str, None]] = {}
    for item in tree.items[1:]:
        if item.kind != "lane" and item.layers and cut:
            inside = set(item.layers)
            names = [net.source.name for net, taker in cut if taker in inside and net.source not in inside]
            if names:
                found[item.number] = dict.fromkeys(names)
    return {number: _words([*names]) for number, names in found.items()}


def with_stub(made: Card, words: str) -> Card:
    """A card with these words in the strip at its upper edge."""
    above = " · ".join(filter(None, (words, made.above)))
    width = min(MOST_WIDTH, text_width(above, DETAIL_SIZE) + 16) + (STACKED if made.badge else 0)
    return replace(
        made,
        above=above,
        width=max(made.width, width + width % 2),
        height=made.height + (0 if made.above else STRIP),
    )


def _words(names: Sequence[str]) -> str:
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"↘ from {one_line(names[0])}{more}"
