"""Parts and layers that are alike and follow one another are shown once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archc.pictures.draft import Draft, Order
from archc.pictures.drawn import DrawnLayer


def folded(drafts: Sequence[Draft], order: Order) -> list[Draft]:
    """The drafts, where those in a row that repeat the one before and take its output are one."""
    rows: list[list[Draft]] = []
    for draft in drafts:
        if rows and _repeats(rows[-1][-1], draft, order):
            rows[-1].append(draft)
        else:
            rows.append([draft])
    return [row[0] if len(row) == 1 else repeated(row) for row in rows]


def repeated(rounds: list[Draft]) -> Draft:
    """Drafts that are alike as one."""
    layers = [layer for one in rounds for layer in one.layers]
    return replace(rounds[0], last=rounds[-1].last, layers=layers, rounds=rounds)


def _repeats(first: Draft, second: Draft, order: Order) -> bool:
    """Whether the second is written as the first, at one resolution, and takes what the first makes.

    Channels may differ, as they grow from layer to layer of a dense block. What one of two networks alone takes from
    the first is drawn there, not behind the second.
    """
    if first.kind == "lane" or first.rounds or second.rounds:
        return False
    if (first.kind, first.word, len(first.layers)) != (second.kind, second.word, len(second.layers)):
        return False
    if first.is_round != second.is_round or len(first.padding) != len(second.padding):
        return False
    if first.layers[-1].shape[:-1] != second.layers[-1].shape[:-1]:
        return False
    if order.leaves_one_sided(first.layers, [*first.layers, *second.layers]):
        return False
    return _feeds(first, second) and _alike(first.layers, second.layers) and _takes_alike(first, second)


def _feeds(first: Draft, second: Draft) -> bool:
    made = set(first.layers)
    return any(net.source in made for layer in second.layers for net in layer.inputs)


def _takes_alike(first: Draft, second: Draft) -> bool:
    """Whether two layers take one tensor in a row, and else the same: a box has no frame for what one of them takes."""
    made, theirs = set(first.layers), set(second.layers)
    taken = [
        (one, two)
        for mine, other in zip(first.layers, second.layers, strict=True)
        for one, two in zip(mine.inputs, other.inputs, strict=True)
        if two.source not in theirs
    ]
    return first.kind != "layer" or all(one == two or two.source in made for one, two in taken)


def _alike(first: Sequence[DrawnLayer], second: Sequence[DrawnLayer]) -> bool:
    """Whether two rows of layers have equal ops that are connected alike among themselves."""
    if not all(is_same_op(mine, theirs) for mine, theirs in zip(first, second, strict=True)):
        return False
    return _wiring(first) == _wiring(second)


def is_same_op(mine: DrawnLayer, theirs: DrawnLayer) -> bool:
    """Whether two layers have equal ops, in both networks, and differ alike between these."""
    if mine.mark != theirs.mark or mine.sides != theirs.sides:
        return False
    if (mine.node.first is None) != (theirs.node.first is None):
        return False
    if (mine.left is None) != (theirs.left is None):
        return False
    if mine.left is not None and theirs.left is not None and mine.left.op != theirs.left.op:
        return False
    return mine.node.op is theirs.node.op or mine.node.op == theirs.node.op


def _wiring(layers: Sequence[DrawnLayer]) -> list[list[tuple[int, int, int]]]:
    """What each layer takes: the place of the source in the row, or -1 for one outside, the output and the sides."""
    places: dict[object, int] = {layer: place for place, layer in enumerate(layers)}
    return [[(places.get(net.source, -1), net.number, int(net.sides)) for net in layer.inputs] for layer in layers]
