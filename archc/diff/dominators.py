"""The dominators of a graph: for each layer, the last one that all paths from the inputs to it go through.

The tree of dominators grows with the layers. Each tensor has two digests of itself with what lies between it and its
dominator; those along a branch of the tree are combined to a polynomial, so that the digest of a tensor as seen from
any layer above it in the tree takes one step.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

_PRIME = (1 << 61) - 1
_BASE = 1_000_003


class Path(NamedTuple):
    """What lies between a layer and a tensor that depends on it, in the order by which branches are sorted.

    Attributes:
        length: the layers on the longest path, negated, so that the longest path comes first.
        form: a digest of them without their widths.
        content: a digest of them with their widths.
    """

    length: int
    form: int
    content: int


class Dominated:
    """A tensor in the tree of dominators.

    Attributes:
        dominator: the last tensor that all paths to it go through; None where there is none.
        level: in the tree.
        jump: a farther ancestor in the tree, so that a search takes few steps (Myers 1983, random-access stacks).
        length: the layers on the longest path from an input.
        form_above: a digest of the tensor with all that it is computed from, without widths.
        above: the same with widths.
    """

    __slots__ = ("above", "dominator", "form_above", "jump", "length", "level")
    dominator: Dominated | None
    level: int
    jump: Dominated | None
    length: int
    form_above: int
    above: int

    def __init__(self, inputs: Sequence[Dominated], dominator: Dominated | None, form: int, content: int) -> None:
        """Adds a tensor to the tree.

        Args:
            inputs: that it is computed from.
            dominator: `common(inputs)`.
            form: a digest of the layer and of the paths from its dominator to its inputs, without widths.
            content: the same with widths.
        """
        self.dominator = dominator
        self.length = 1 + (inputs[0].length if len(inputs) == 1 else max([each.length for each in inputs], default=0))
        if dominator is None:
            self.level, self.jump = 1, None
            self.form_above, self.above = form % _PRIME, content % _PRIME
            return
        self.level = dominator.level + 1
        self.form_above = dominator.form_above * _BASE % _PRIME + form % _PRIME
        self.above = dominator.above * _BASE % _PRIME + content % _PRIME
        jump = dominator.jump
        self.jump = dominator
        if (
            jump is not None
            and (far := jump.jump) is not None
            and dominator.level - jump.level == jump.level - far.level
        ):
            self.jump = far


def common(tensors: Sequence[Dominated]) -> Dominated | None:
    """The last tensor that all paths from the inputs to all of these go through; None where there is none."""
    if not tensors:
        return None
    found: Dominated | None = tensors[0]
    for tensor in tensors:
        found = _meeting(found, tensor)
    return found


def path(tensor: Dominated, dominator: Dominated | None) -> Path:
    """What lies between one of the dominators of a tensor and the tensor."""
    if dominator is None:
        return Path(-tensor.length, tensor.form_above, tensor.above)
    power = _power(tensor.level - dominator.level)
    return Path(
        dominator.length - tensor.length,
        (tensor.form_above - dominator.form_above * power) % _PRIME,
        (tensor.above - dominator.above * power) % _PRIME,
    )


@cache
def _power(exponent: int) -> int:
    return pow(_BASE, exponent, _PRIME)


def _meeting(one: Dominated | None, other: Dominated | None) -> Dominated | None:
    """The last common ancestor of two tensors in the tree, themselves included."""
    if one is None or other is None:
        return None
    if one.level < other.level:
        one, other = other, one
    level = other.level
    while one.level > level:
        one = one.jump if one.jump is not None and one.jump.level >= level else one.dominator
        assert one is not None
    while one is not other:
        assert one is not None
        assert other is not None
        mine, theirs = one.jump, other.jump
        if mine is theirs:
            mine, theirs = one.dominator, other.dominator
        one, other = mine, theirs
    return one
