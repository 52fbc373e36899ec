"""What a diff says once for many layers: an edit of every layer of an op, of shared weights, of many equal parts."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from os.path import commonprefix
from typing import NamedTuple

from archc.diff.outline import FOLLOWS, OutlineLayer, OutlinePart
from archc.ir.graph import Node
from archc.ir.naming import snake_case
from archc.report.values import argument_text, op_text

Item = OutlineLayer | OutlinePart
Word = tuple[str, object]
"""What parts repeat: a block by its name, or the rounds of one loop."""
Key = tuple[Word, tuple[object, ...]]
_RUNS = 4  # runs of parts that are named


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
        (layer.mark, layer.node.op.op_name, name_inside(layer, part), _edit(layer))
        for layer in part.layers()
        if layer.mark not in ("", FOLLOWS) and id(layer) not in covered
    )


def _edit(layer: OutlineLayer) -> tuple[object, ...]:
    """The names of the changed arguments; of an op that is replaced, both."""
    fields = layer.change.fields if layer.change is not None else {}
    return tuple((name, *pair) if name == "op" else name for name, pair in fields.items())


def name_inside(layer: OutlineLayer, part: OutlinePart) -> str:
    """The name of a layer without the prefix of its part; empty where it differs from part to part."""
    prefix = part.region.prefix if part.region is not None else ""
    return "" if is_automatic(layer.node, prefix) or not prefix else layer.node.name.removeprefix(prefix)


def is_automatic(node: Node, prefix: str = "") -> bool:
    """Whether a layer, in a part with that prefix, has the name that Keras gives to one without a name."""
    return bool(re.fullmatch(rf"{snake_case(node.op.op_name)}(_\d+)?", node.name.removeprefix(prefix)))


def part_name(item: Item) -> str:
    """The name of a layer or part; of a block without one, that of its output, where it has one; else its first layer's."""
    layers = item.layers()
    region = item.region if isinstance(item, OutlinePart) else None
    if region is not None and region.name:
        return region.name
    is_block = region is not None and region.kind == "block"
    return layers[-1 if is_block and not is_automatic(layers[-1].node) else 0].node.name


def named_runs(parts: Sequence[OutlinePart], uses: Sequence[OutlinePart]) -> list[str]:
    """The names of parts; those in a row as a range."""
    places = {id(part): place for place, part in enumerate(uses)}
    runs: list[list[OutlinePart]] = []
    for part in parts:
        if runs and places[id(part)] == places[id(runs[-1][-1])] + 1:
            runs[-1].append(part)
        else:
            runs.append([part])
    texts = [range_text([part_name(part) for part in run]) for run in runs]
    return texts if len(texts) <= _RUNS else [*texts[:_RUNS], f"{len(texts) - _RUNS} more"]


def range_text(names: Sequence[str]) -> str:
    """The first and the last of several names."""
    return names[0] if names[0] == names[-1] else f"{names[0]} … {names[-1]}"


# --- edits everywhere ---


def edits_everywhere(whole: OutlinePart) -> list[list[OutlineLayer]]:
    """The layers of one op that all change in one way: by the same values, or by one ratio."""
    changed = [layer for layer in whole.layers() if layer.mark == "~" and layer.rewired is None]
    there = Counter(
        layer.left.op.op_name for layer in whole.layers() if layer.left is not None and layer.right is not None
    )
    found: list[list[OutlineLayer]] = []
    seen: set[int] = set()
    for values in (True, False):
        groups: defaultdict[object, list[OutlineLayer]] = defaultdict(list)
        for layer in changed:
            if id(layer) not in seen:
                groups[_replacement(layer, values=values)].append(layer)
        for group in groups.values():
            left = group[0].left
            if left is not None and 1 < len(group) == there[left.op.op_name]:
                found.append(group)
                seen |= set(map(id, group))
    return found


def _replacement(layer: OutlineLayer, *, values: bool) -> object:
    """What is changed to what: the arguments with their values, or else with the ratio of two integers."""
    assert layer.change is not None and layer.left is not None and layer.right is not None
    left, right = layer.left.op, layer.right.op
    if "op" in layer.change.fields:
        return op_text(left), op_text(right)
    return left.op_name, tuple((name, _step(pair, values)) for name, pair in layer.change.fields.items())


def _step(pair: Sequence[object], values: bool) -> object:
    old, new = pair
    if not values and type(old) is int and type(new) is int and old:
        return Fraction(new, old)
    return argument_text(old), argument_text(new)


def common_name(layers: Sequence[OutlineLayer]) -> str:
    """One name for many layers: the names themselves where they are few, else what all of them end in."""
    names = [layer.node.name for layer in layers]
    if len(names) <= 3:
        return ", ".join(names)
    words = [name.split("_")[::-1] for name in names]
    ending = commonprefix(words)  # of lists too: the longest common beginning
    if ending and not ending[0].isdigit():
        return "_".join(reversed(ending))
    blocks = {layer.node.region.word for layer in layers}
    return blocks.pop() or "everywhere" if len(blocks) == 1 else "everywhere"


# --- shared weights ---


def share_edits(whole: OutlinePart) -> list[tuple[list[OutlineLayer], str, str]]:
    """The layers that share their weights on one side alone, with their names and what changes.

    The layers of blocks that share the weights of one block are one item.
    """
    layers = [layer for layer in whole.layers() if layer.change is not None and set(layer.change.fields) == {"share"}]
    groups: defaultdict[object, list[OutlineLayer]] = defaultdict(list)
    for layer in layers:
        owners = [_owner(node) for node in (layer.left, layer.right)]
        groups[tuple(None if owner is None else _block_at(owner) for owner in owners)].append(layer)
    return [(group, _shared_names(group), _shared_text(group, whole)) for group in groups.values()]


def _owner(node: Node | None) -> Node | None:
    """The first call of a shared layer; None for a layer with weights of its own."""
    return None if node is None else node.first


def _block_at(owner: Node) -> object:
    """What one edit is about: the block of the first call, or the layer."""
    block = next((region for region in owner.region.chain() if region.kind == "block"), None)
    return owner if block is None else block


def _shared_names(layers: Sequence[OutlineLayer]) -> str:
    """The blocks or layers, those in a row as a range."""
    names = []
    for layer in layers:
        for node in (layer.right, layer.left):
            assert node is not None
            block = next((region for region in node.region.chain() if region.kind == "block" and region.name), None)
            if block is not None and block.name is not None:
                names.append(block.name)
                break
        else:
            node = layer.right if layer.right is not None and layer.right.first is None else layer.left
            assert node is not None
            names.append(node.name)
    distinct = list(dict.fromkeys(names))
    return ", ".join(distinct) if len(distinct) <= 2 else range_text(distinct)


def _shared_text(layers: Sequence[OutlineLayer], whole: OutlinePart) -> str:
    sides = []
    for side in ("left", "right"):
        owner = _owner(getattr(layers[0], side))
        sides.append("own weights" if owner is None else f"share the weights of {_owner_name(owner, side, whole)}")
    return " -> ".join(sides)


def _owner_name(owner: Node, side: str, whole: OutlinePart) -> str:
    """The block of the first call, by its name on either side; else the layer."""
    pair = next((layer for layer in whole.layers() if getattr(layer, side) is owner), None)
    nodes = [owner, *([node for node in (pair.left, pair.right) if node is not None] if pair is not None else [])]
    for node in nodes:
        for region in node.region.chain():
            if region.kind == "block" and region.name:
                return region.name
    block = next((region for region in owner.region.chain() if region.kind == "block"), None)
    return owner.name if block is None else f"the first {block.word}"
