"""The dominators of a graph: for each layer, the last one that all paths from the inputs to it go through.

The tree of dominators grows with the layers. Each tensor has two digests of itself with what lies between it and its
dominator; those along a branch of the tree are combined to a polynomial, so that the digest of a tensor as seen from
any layer above it in the tree takes one step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from archc.ir.graph import Tensor

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


class Dominators:
    """The tree of dominators.

    Attributes:
        contents: a digest of each tensor with all that it is computed from.
    """

    def __init__(self) -> None:
        self.contents: dict[Tensor, int] = {}
        self._forms: dict[Tensor, int] = {}
        self._parents: dict[Tensor, Tensor | None] = {}
        self._levels: dict[Tensor, int] = {}  # in the tree
        self._jumps: dict[Tensor, Tensor | None] = {}  # a farther ancestor, so that a search takes few steps
        self._lengths: dict[Tensor, int] = {}  # the layers on the longest path from an input
        self._powers = [1]

    def add(self, tensor: Tensor, inputs: Sequence[Tensor], parent: Tensor | None, form: int, content: int) -> None:
        """Adds a tensor.

        Args:
            tensor: that is computed.
            inputs: that it is computed from.
            parent: its dominator, which is `common(inputs)`.
            form: a digest of the layer and of the paths from its dominator to its inputs, without widths.
            content: the same with widths.
        """
        level = self._levels[tensor] = 1 if parent is None else self._levels[parent] + 1
        self._parents[tensor] = parent
        self._jumps[tensor] = self._farther(parent)
        self._lengths[tensor] = 1 + max((self._lengths[each] for each in inputs), default=0)
        self._forms[tensor] = self._extended(self._forms, parent, form)
        self.contents[tensor] = self._extended(self.contents, parent, content)
        while len(self._powers) <= level:
            self._powers.append(self._powers[-1] * _BASE % _PRIME)

    def common(self, tensors: Sequence[Tensor]) -> Tensor | None:
        """The last tensor that all paths from the inputs to all of these go through; None where there is none."""
        found: Tensor | None = None
        for number, tensor in enumerate(tensors):
            found = tensor if number == 0 else self._meeting(found, tensor)
        return found

    def path(self, tensor: Tensor, dominator: Tensor | None) -> Path:
        """What lies between one of the dominators of a tensor and the tensor."""
        if dominator is None:
            return Path(-self._lengths[tensor], self._forms[tensor], self.contents[tensor])
        power = self._powers[self._levels[tensor] - self._levels[dominator]]
        return Path(
            self._lengths[dominator] - self._lengths[tensor],
            (self._forms[tensor] - self._forms[dominator] * power) % _PRIME,
            (self.contents[tensor] - self.contents[dominator] * power) % _PRIME,
        )

    def _extended(self, digests: dict[Tensor, int], parent: Tensor | None, own: int) -> int:
        return (0 if parent is None else digests[parent] * _BASE) % _PRIME + own % _PRIME

    def _farther(self, parent: Tensor | None) -> Tensor | None:
        """An ancestor beside the parent, so that a search takes few steps (Myers 1983, random-access stacks)."""
        if parent is None:
            return None
        jump = self._jumps[parent]
        if jump is None:
            return parent
        above = self._jumps[jump]
        far = 0 if above is None else self._levels[above]
        even = self._levels[parent] - self._levels[jump] == self._levels[jump] - far
        return above if even and above is not None else parent

    def _meeting(self, one: Tensor | None, other: Tensor | None) -> Tensor | None:
        """The last common ancestor of two tensors in the tree, themselves included."""
        if one is None or other is None:
            return None
        if self._levels[one] < self._levels[other]:
            one, other = other, one
        level = self._levels[other]
        while self._levels[one] > level:
            jump = self._jumps[one]
            one = jump if jump is not None and self._levels[jump] >= level else self._parents[one]
            assert one is not None
        while one is not other:
            assert one is not None
            assert other is not None
            mine, theirs = self._jumps[one], self._jumps[other]
            if mine is theirs:
                mine, theirs = self._parents[one], self._parents[other]
            one, other = mine, theirs
        return one
