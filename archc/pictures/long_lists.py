"""A long list of layers without structure becomes parts."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from archc.ir.shape import UNKNOWN_SHAPE
from archc.pictures.draft import Draft, Order

MOST = 24
"""The children that the network itself has at most."""
_FEWEST_IN_RUN, _FEWEST_RUNS = 3, 3


def shortened(drafts: Sequence[Draft], order: Order) -> list[Draft]:
    """What follows one another at one resolution, as a part; where that is too long still, parts of equal length.

    Args:
        drafts: in an order of computation: parts of it that are cut out never need one another.
        order: of the layers.
    """
    if len(drafts) <= MOST:
        return list(drafts)
    made: list[Draft] = []
    runs = 0
    for resolution, group in groupby(drafts, key=_resolution):
        run = list(group)
        if len(run) < _FEWEST_IN_RUN:
            made.extend(run)
        else:
            made.append(_cut_out(_cut(run, order), order, f"at {resolution}" if resolution else "vectors"))
            runs += 1
    return _cut(made, order) if runs >= _FEWEST_RUNS else _cut(drafts, order)


def _resolution(draft: Draft) -> str:
    """The spatial size of the output; empty for vectors."""
    shape = draft.layers[-1].shape
    if shape == UNKNOWN_SHAPE:
        return "unknown sizes"
    return "×".join("?" if size is None else str(size) for size in shape[:-1])


def _cut(drafts: Sequence[Draft], order: Order) -> list[Draft]:
    """The drafts in parts of parts, none of which has too many children."""
    cut = list(drafts)
    if len(cut) <= MOST:
        return cut
    levels = 1
    while MOST**levels < len(cut):
        levels += 1
    length = 1
    while length**levels < len(cut):
        length += 1
    for _ in range(levels - 1):
        parts = [cut[start : start + length] for start in range(0, len(cut), length)]
        cut = [part[0] if len(part) == 1 else _cut_out(part, order) for part in parts]
    return cut


def _cut_out(drafts: list[Draft], order: Order, name: str = "") -> Draft:
    """Some drafts as one part."""
    first, last = name or drafts[0].first, name or drafts[-1].last
    return Draft("part", first, last, children=drafts, layers=order.sorted_layers(drafts))
