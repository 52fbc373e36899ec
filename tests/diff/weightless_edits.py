"""Edits of a generated network that add and remove no weights, beyond sharing them or not."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from tests.diff.networks_generator import (
    AFTER_CONCATENATION,
    WEIGHTLESS,
    Arguments,
    Call,
    Content,
    Item,
    Items,
    Layer,
    Merge,
)

Spot = tuple[int, ...]
"""A place: the number of an item and, below a merge, of a branch and of an item in it, and so on."""


class Edited(NamedTuple):
    """A network after some edits.

    Attributes:
        edits: what was done.
    """

    content: Content
    edits: tuple[str, ...]


def edited(content: Content, seed: int) -> Edited:
    """The network after one to three edits."""
    choose = random.Random(seed)
    done: list[str] = []
    wanted = choose.randint(1, 3)
    for _ in range(50):
        name, edit = choose.choice(EDITS)
        items = edit(content.items, choose)
        if items is not None:
            content = content._replace(items=items)
            done.append(name)
        if len(done) == wanted:
            break
    return Edited(content, tuple(done))


def owners(content: Content) -> dict[int, str]:
    """The names of the layers in a plain spec, by their numbers; of shared layers the name of the first."""
    first: dict[str, str] = {}
    found = {}
    for _, item in _walk(content.items):
        if isinstance(item, Layer):
            name = f"n{item.number}"
            found[item.number] = first.setdefault(item.share, name) if item.share else name
    return found


def _walk(items: Items, around: Spot = ()) -> Iterator[tuple[Spot, Item]]:
    """All items with their places, in the order in which a spec has them."""
    for place, item in enumerate(items):
        if isinstance(item, Merge):
            for number, branch in enumerate(item.branches):
                yield from _walk(branch, (*around, place, number))
        yield (*around, place), item


def _put(items: Items, spot: Spot, new: Items) -> Items:
    """The items with others in the place of one."""
    place, *rest = spot
    if not rest:
        return (*items[:place], *new, *items[place + 1 :])
    merge = items[place]
    assert isinstance(merge, Merge)
    branches = list(merge.branches)
    branches[rest[0]] = _put(branches[rest[0]], tuple(rest[1:]), new)
    return (*items[:place], replace(merge, branches=tuple(branches)), *items[place + 1 :])


def _spots(items: Items, wanted: Callable[[Item], bool]) -> list[tuple[Spot, Item]]:
    return [(spot, item) for spot, item in _walk(items) if wanted(item)]


_OPS = {op for op, _ in WEIGHTLESS}


def _is_weightless(item: Item) -> bool:
    """Whether the item can be removed: not the pooling that changes the sizes."""
    return isinstance(item, Layer) and item.op in _OPS and not _pools(item)


def _pools(item: Item) -> bool:
    return isinstance(item, Layer) and item.op == "MaxPooling2D" and item.arguments["pool_size"] == 2


_SHARABLE = {"Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Dense", "BatchNormalization", "LayerNormalization"}
_numbers = iter(range(10_000, 10**9))


def _before_pooling(items: Items, spot: Spot) -> bool:
    """Whether there is still an image at a place."""
    pooled = next(place for place, item in enumerate(items) if _op(item) == "GlobalAveragePooling2D")
    return spot[0] <= pooled


def _op(item: Item) -> str:
    return "" if isinstance(item, Call) else item.op


def _insert(items: Items, choose: random.Random) -> Items | None:
    spots = [(spot, item) for spot, item in _walk(items) if _before_pooling(items, spot)]
    spot, item = choose.choice(spots)
    op, arguments = choose.choice(WEIGHTLESS)
    return _put(items, spot, (Layer(op, arguments, next(_numbers)), item))


def _some_merge(items: Items, choose: random.Random) -> tuple[Spot, Merge] | None:
    """A merge and its place; None where there is none."""
    merges = [(spot, item) for spot, item in _walk(items) if isinstance(item, Merge)]
    return choose.choice(merges) if merges else None


def _insert_at_the_end_of_a_branch(items: Items, choose: random.Random) -> Items | None:
    if (found := _some_merge(items, choose)) is None:
        return None
    spot, merge = found
    branches = list(merge.branches)
    op, arguments = choose.choice(
        (("Dropout", {"rate": 0.3}), ("Identity", {}), ("Activation", {"activation": "relu"}))
    )
    number = choose.randrange(len(branches))
    branches[number] = (*branches[number], Layer(op, arguments, next(_numbers)))
    return _put(items, spot, (replace(merge, branches=tuple(branches)),))


def _remove(items: Items, choose: random.Random) -> Items | None:
    spots = _spots(items, _is_weightless)
    return _put(items, choose.choice(spots)[0], ()) if spots else None


def _move(items: Items, choose: random.Random) -> Items | None:
    spots = _spots(items, _is_weightless)
    if not spots:
        return None
    spot, item = choose.choice(spots)
    without = _put(items, spot, ())
    there, other = choose.choice([found for found in _walk(without) if _before_pooling(without, found[0])])
    return _put(without, there, (item, other))


def _exchange_branches(items: Items, choose: random.Random) -> Items | None:
    if (found := _some_merge(items, choose)) is None:
        return None
    spot, merge = found
    return _put(items, spot, (replace(merge, branches=merge.branches[::-1]),))


_ARGUMENTS: dict[str, list[Arguments]] = {
    "BatchNormalization": [{"epsilon": 0.1}, {"momentum": 0.5}],
    "LayerNormalization": [{"epsilon": 0.1}],
    "Conv2D": [{"kernel_initializer": "ones"}, {"activation": "sigmoid"}],
    "Dropout": [{"rate": 0.0}, {"rate": 0.6}],
    "MaxPooling2D": [{"strides": 1}, {"strides": 1, "padding": "same"}],
    "AveragePooling2D": [{"pool_size": 3}],
    "Activation": [{"activation": "gelu"}],
}


def _change(items: Items, choose: random.Random) -> Items | None:
    spots = [
        (spot, item)
        for spot, item in _walk(items)
        if isinstance(item, Layer) and item.op in _ARGUMENTS and item.share is None
    ]
    if not spots:
        return None
    spot, item = choose.choice(spots)
    new = choose.choice(_ARGUMENTS[item.op])
    if item.op == "MaxPooling2D" and item.arguments["pool_size"] == 3:
        new = {"pool_size": 5}
    activation = None if "activation" in new else item.activation
    return _put(items, spot, (replace(item, arguments={**item.arguments, **new}, activation=activation),))


def _other_axis(items: Items, choose: random.Random) -> Items | None:
    """Normalizes 4x4x4 along another axis; the sizes of the weights stay."""
    pooled = [place for place, item in enumerate(items) if _pools(item)]
    spots = [
        (spot, item)
        for spot, item in _walk(items)
        if isinstance(item, Layer) and item.op == "BatchNormalization" and item.share is None
        if pooled and spot[0] > pooled[0]
    ]
    if not spots:
        return None
    spot, item = choose.choice(spots)
    return _put(items, spot, (replace(item, arguments={**item.arguments, "axis": 1}),))


def _share(items: Items, choose: random.Random) -> Items | None:
    """Gives two equal layers the same weights."""
    spots = [
        (spot, item)
        for spot, item in _walk(items)
        if isinstance(item, Layer) and item.op in _SHARABLE and item.arguments != AFTER_CONCATENATION[1]
    ]
    pairs = [(one, other) for one in spots for other in spots if one[0] < other[0] and one[1].key == other[1].key]
    if not pairs:
        return None
    share = f"share{next(_numbers)}"
    for spot, item in choose.choice(pairs):
        items = _put(items, spot, (replace(item, share=share),))
    return items


def _no_longer_share(items: Items, choose: random.Random) -> Items | None:
    spots = [(spot, item) for spot, item in _walk(items) if isinstance(item, Layer) and item.share is not None]
    if not spots:
        return None
    spot, item = choose.choice(spots)
    return _put(items, spot, (replace(item, share=None),))


EDITS: tuple[tuple[str, Callable[[Items, random.Random], Items | None]], ...] = (
    ("insert", _insert),
    ("insert at the end of a branch", _insert_at_the_end_of_a_branch),
    ("remove", _remove),
    ("move", _move),
    ("exchange branches", _exchange_branches),
    ("change an argument", _change),
    ("another axis", _other_axis),
    ("share", _share),
    ("no longer share", _no_longer_share),
)
