"""The names of layers and parts in a report: short inside a part, and one name for many."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from archc.diff.outline import Item, OutlineLayer, OutlinePart
from archc.ir.graph import Node

_RUNS = 4  # runs of parts that are named


def name_inside(layer: OutlineLayer, part: OutlinePart) -> str:
    """The name of a layer without the prefix of its part; empty where it differs from part to part."""
    prefix = part.region.prefix if part.region is not None else ""
    return "" if is_automatic(layer.node, prefix) or not prefix else layer.node.name.removeprefix(prefix)


def is_automatic(node: Node, prefix: str = "") -> bool:
    """Whether a layer, in a part with that prefix, has the name that Keras gives to one without a name."""
    return bool(re.fullmatch(rf"{node.op.automatic_word()}(_\d+)?", node.name.removeprefix(prefix)))


def part_name(item: Item) -> str:
    """The name of a layer or part; of a block without one, that of its output if it is not automatic.

    Else it is that of its first layer.
    """
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
    """The first and the last of several names; of two that differ in their last number, the smaller one first."""
    ends = [names[0], names[-1]]
    stems = [name.rstrip("0123456789") for name in ends]
    numbers = [name.removeprefix(stem) for name, stem in zip(ends, stems, strict=True)]
    if stems[0] == stems[1] and all(numbers):
        ends.sort(key=lambda name: int(name.removeprefix(stems[0])))
    return ends[0] if ends[0] == ends[1] else " … ".join(ends)


def common_name(layers: Sequence[OutlineLayer]) -> str:
    """One name for many layers: the names themselves where they are few, else what all of them end in."""
    names = [layer.node.name for layer in layers]
    if len(names) <= 3:
        return ", ".join(names)
    places = zip(*(reversed(name.rstrip("0123456789").split("_")) for name in names), strict=False)
    ending = [words[0] for words in takewhile(lambda words: len(set(words)) == 1, places)]
    if ending and ending[0]:
        return "_".join(reversed(ending))
    blocks = {layer.node.region.word for layer in layers}
    return blocks.pop() if len(blocks) == 1 else ""
