"""Changes that several equal parts of a diff have."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from archc.diff.outline import FOLLOWS, OutlineLayer, OutlinePart
from archc.report.diff_names import name_inside

Word = tuple[str, object]
"""What parts repeat: a block by its name, or the rounds of one loop."""
Key = tuple[Word, tuple[object, ...]]


class Pattern(NamedTuple):
    """A pattern of changes that several parts have.

    Attributes:
        parts: those that have it, in order.
        uses: all parts that could have it.
    """

    parts: Sequence[OutlinePart]
    uses: Sequence[OutlinePart]


def patterns(whole: OutlinePart, covered: set[int]) -> list[Pattern]:
    """The patterns that more than one part has; a part inside a part with a pattern has none of its own.

    Args:
        whole: the network.
        covered: the layers that are reported elsewhere, by `id`.
    """
    uses: defaultdict[Word, list[OutlinePart]] = defaultdict(list)
    keys: dict[int, Key] = {}
    for part in _repeated(whole):
        word = _word(part)
        if word is not None and part.marks() not in ({"+"}, {"-"}):
            uses[word].append(part)
            if changes := _changes(part, covered):
                keys[id(part)] = (word, changes)
    counts = Counter(keys.values())
    while True:
        found: defaultdict[Key, list[OutlinePart]] = defaultdict(list)
        _collect(whole, keys, counts, found)
        single = [key for key, parts in found.items() if len(parts) == 1]
        if not single:
            return [Pattern(parts, uses[key[0]]) for key, parts in found.items()]
        for key in single:
            counts[key] = 0


def _repeated(part: OutlinePart) -> Iterator[OutlinePart]:
    for item in part.items:
        if isinstance(item, OutlinePart):
            yield item
            yield from _repeated(item)


def _collect(
    part: OutlinePart, keys: Mapping[int, Key], counts: Mapping[Key, int], found: defaultdict[Key, list[OutlinePart]]
) -> None:
    for item in part.items:
        if isinstance(item, OutlinePart):
            key = keys.get(id(item))
            if key is not None and counts[key] > 1:
                found[key].append(item)
            else:
                _collect(item, keys, counts, found)


def _word(part: OutlinePart) -> Word | None:
    """What the part repeats; None for a part that does not repeat."""
    region = part.region
    if region is None or region.kind not in ("block", "round"):
        return None
    if region.kind == "block":
        return region.word, None
    return ("round", region.at) if _is_plain(part) else None


def _is_plain(part: OutlinePart) -> bool:
    """Whether its layers differ that are in no block, loop or group inside it."""
    return all(
        isinstance(item, OutlineLayer)
        or not item.marks() - {"", FOLLOWS}
        or (item.region is not None and item.region.kind == "branch" and _is_plain(item))
        for item in part.items
    )


def _changes(part: OutlinePart, covered: set[int]) -> tuple[object, ...]:
    """The changes of a part without names and values that differ from part to part."""
    return tuple(
        (layer.mark, layer.node.op.op_name, name_inside(layer, part), edit_of(layer))
        for layer in part.layers()
        if layer.mark not in ("", FOLLOWS) and id(layer) not in covered
    )


def edit_of(layer: OutlineLayer) -> tuple[object, ...]:
    """The names of the changed arguments; of an op that is replaced, both."""
    fields = layer.change.fields if layer.change is not None else {}
    return tuple((name, *pair) if name == "op" else name for name, pair in fields.items())
