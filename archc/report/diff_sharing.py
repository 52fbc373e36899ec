"""Layers and blocks of a diff that share their weights on one side alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from archc.diff.outline import OutlineLayer, OutlinePart
from archc.ir.graph import Node, Region
from archc.report.diff_names import range_text


class ShareEdit(NamedTuple):
    """One edit of sharing: `layer1 … layer11  share the weights of layer0 -> own weights`."""

    layers: Sequence[OutlineLayer]
    names: str
    text: str


def share_edits(whole: OutlinePart) -> list[ShareEdit]:
    """The layers that differ in sharing alone; those of blocks that share all their weights are one edit."""
    layers = whole.layers()
    sharing = [each for each in layers if each.change is not None and set(each.change.fields) == {"share"}]
    counts = _block_counts([each for each in layers if each.node.weights])
    shared = _block_counts([each for each in sharing if each.node.weights])
    known = {id(node): layer for layer in layers for node in (layer.left, layer.right)}
    groups: defaultdict[tuple[str, str], list[tuple[OutlineLayer, Region | None]]] = defaultdict(list)
    for layer in sharing:
        block = next((block for block in _blocks(layer.right) if counts[block] == shared[block]), None)
        word = "" if block is None else block.word
        text = " -> ".join(_side_text(node, word, known) for node in (layer.left, layer.right))
        groups[word, text].append((layer, block))
    return [
        ShareEdit([layer for layer, _ in group], _names(word, group), text) for (word, text), group in groups.items()
    ]


def _block_counts(layers: Sequence[OutlineLayer]) -> Counter[Region]:
    """The number of these layers in each block of the right network."""
    return Counter(block for layer in layers for block in _blocks(layer.right))


def _blocks(node: Node | None) -> list[Region]:
    """The blocks around a layer, the outermost first."""
    chain = [] if node is None else [region for region in node.region.chain() if region.kind == "block"]
    return chain[::-1]


def _side_text(node: Node | None, word: str, known: dict[int, OutlineLayer]) -> str:
    """Whose weights a layer uses."""
    owner = None if node is None else node.first
    if owner is None:
        return "own weights"
    name = _name_of(known.get(id(owner)), word) if word else owner.name
    return f"share the weights of {name or f'the first {word}'}"


def _name_of(layer: OutlineLayer | None, word: str) -> str | None:
    """The name of the block of that word around a layer, on the side where it has one."""
    sides = [] if layer is None else [layer.right, layer.left]
    named = (block.name for node in sides for block in _blocks(node) if block.word == word and block.name)
    return next(named, None)


def _own_name(layer: OutlineLayer) -> str:
    """The name of a layer on the side where it has weights of its own."""
    shares = layer.right is not None and layer.right.first is not None
    return layer.left.name if shares and layer.left is not None else layer.node.name


def _names(word: str, group: Sequence[tuple[OutlineLayer, Region | None]]) -> str:
    """The blocks or layers, those in a row as a range; the number of blocks that have no names."""
    names = [_name_of(layer, word) if word else _own_name(layer) for layer, _ in group]
    distinct = list(dict.fromkeys(name for name in names if name is not None))
    if None in names:
        count = len({block for _, block in group})
        return f"{count} {word} {'block' if count == 1 else 'blocks'}"
    return ", ".join(distinct) if len(distinct) < 3 else range_text(distinct)
