"""What a diff says once for the whole network: an edit of every layer of an op, and of shared weights."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from archc.diff.outline import FOLLOWS, OutlineLayer, OutlinePart
from archc.report.diff_patterns import patterns
from archc.report.values import argument_text, op_in_words

_MANY, _NEARLY = 8, 0.75  # the least number, and share, of the layers of an op that an edit for nearly all changes


class Everywhere(NamedTuple):
    """One edit of the layers of an op.

    Attributes:
        layers: those that it changes.
        number: the number of layers of this op in the left network that have a counterpart.
    """

    layers: Sequence[OutlineLayer]
    number: int

    @property
    def is_complete(self) -> bool:
        """Whether it changes all of them."""
        return len(self.layers) == self.number

    @property
    def times(self) -> str:
        """How many layers it changes: `×35`, or `×52 of 53`."""
        changed = f"×{len(self.layers):,}"
        return changed if self.is_complete else f"{changed} of {self.number:,}"


def edits_everywhere(whole: OutlinePart) -> list[Everywhere]:
    """The edits of all, or nearly all, layers of an op.

    An edit that one pattern has, beside other changes, is not told apart from these.
    """
    edits = _edits_of_ops(whole)
    said = {id(layer) for edit in edits for layer in edit.layers}
    for pattern in patterns(whole, set()):
        inside = {id(layer) for part in pattern.parts for layer in part.layers() if layer.mark not in ("", FOLLOWS)}
        if inside - said:
            edits = [edit for edit in edits if not {id(layer) for layer in edit.layers} <= inside]
    return edits


def _edits_of_ops(whole: OutlinePart) -> list[Everywhere]:
    """The layers of one op that nearly all change in one way: by the same values, or by one ratio."""
    changed = [
        layer
        for layer in whole.layers()
        if layer.mark == "~"
        and layer.rewired is None
        and layer.change is not None
        and "share" not in layer.change.fields
    ]
    there = Counter(
        layer.left.op.op_name for layer in whole.layers() if layer.left is not None and layer.right is not None
    )
    found: list[Everywhere] = []
    seen: set[int] = set()
    for values in (True, False):
        groups: defaultdict[object, list[OutlineLayer]] = defaultdict(list)
        for layer in changed:
            if id(layer) not in seen:
                groups[_replacement(layer, values=values)].append(layer)
        for group in groups.values():
            left = group[0].left
            assert left is not None
            count = there[left.op.op_name]
            if 1 < len(group) == count or len(group) >= max(_MANY, _NEARLY * count):
                found.append(Everywhere(group, count))
                seen |= set(map(id, group))
    return found


def _replacement(layer: OutlineLayer, *, values: bool) -> object:
    """What is changed to what: the arguments with their values, or else with the ratio of two integers."""
    assert layer.change is not None
    assert layer.left is not None
    assert layer.right is not None
    left, right = layer.left.op, layer.right.op
    if "op" in layer.change.fields:
        return op_in_words(left), op_in_words(right)
    return left.op_name, tuple((name, _step(pair, values)) for name, pair in layer.change.fields.items())


def _step(pair: Sequence[object], values: bool) -> object:
    old, new = pair
    if not values and type(old) is int and type(new) is int and old:
        return Fraction(new, old)
    return argument_text(old), argument_text(new)
