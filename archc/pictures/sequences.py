"""Sequences of layers and parts that repeat without a loop around them, as in a network that was read from a model."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from archc.ir.op import Op
from archc.pictures.draft import Draft, Order
from archc.pictures.drawn import Net
from archc.pictures.repeats import is_same_op, repeated

LONGEST = 32
"""The drafts in a sequence."""
LEAST_SAVED = 4
"""The boxes that one sequence in the place of several has to save."""


def sequences_folded(drafts: Sequence[Draft], order: Order) -> list[Draft]:
    """The drafts, where sequences that repeat the one before are one part.

    One tensor leads into each sequence, beside those that all of them take, such as a mask. Else a sequence could begin
    in the middle of a block.

    Args:
        drafts: in an order of computation.
        order: of the layers.
    """
    if len(drafts) < LEAST_SAVED + 2:
        return list(drafts)
    rows = _Rows(drafts, order)
    found: list[Draft] = []
    place = 0
    while place < len(drafts):
        length, times = rows.best_at(place)
        found.append(repeated(rows.parts(place, length, times)) if times > 1 else drafts[place])
        place += length * times
    return found


class _Rows:
    """Drafts in an order of computation, with all their layers in a row."""

    def __init__(self, drafts: Sequence[Draft], order: Order) -> None:
        self._drafts = drafts
        self._order = order
        self._tokens = [_token(draft) for draft in drafts]
        self._layers = [layer for draft in drafts for layer in draft.layers]
        self._index: dict[object, int] = {layer: index for index, layer in enumerate(self._layers)}
        self._starts = [0]
        for draft in drafts:
            self._starts.append(self._starts[-1] + len(draft.layers))

    def best_at(self, place: int) -> tuple[int, int]:
        """The length of the sequence from a place that saves most boxes, and how often it comes; 1 and 1 for none."""
        best = (1, 1)
        saved = LEAST_SAVED - 1
        for length in range(2, min(LONGEST, (len(self._drafts) - place) // 2) + 1):
            times = self._times(place, length)
            if (times - 1) * length > saved:
                best, saved = (length, times), (times - 1) * length
        return best

    def parts(self, place: int, length: int, times: int) -> list[Draft]:
        """The sequences from a place."""
        starts = range(place, place + length * times, length)
        return [self._part(self._drafts[start : start + length]) for start in starts]

    def _part(self, drafts: Sequence[Draft]) -> Draft:
        layers = self._order.sorted_layers(drafts)
        return Draft("part", drafts[0].first, drafts[-1].last, children=list(drafts), layers=layers)

    def _times(self, place: int, length: int) -> int:
        times = 1
        while self._repeats(place + length * (times - 1), length):
            times += 1
        return times

    def _repeats(self, place: int, length: int) -> bool:
        """Whether the sequence of a length at a place comes again behind it."""
        middle, end = place + length, place + 2 * length
        if end > len(self._drafts) or self._tokens[place] != self._tokens[middle]:
            return False
        if self._tokens[place:middle] != self._tokens[middle:end]:
            return False
        return self._is_alike(self._starts[place], self._starts[middle], self._starts[end])

    def _is_alike(self, start: int, middle: int, end: int) -> bool:
        """Whether the layers up to `middle` are connected as those from there, and one tensor leads into each."""
        if self._order.leaves_one_sided(self._layers[start:middle], self._layers[start:end]):
            return False
        leads: set[tuple[object, int, object, int]] = set()
        for index in range(start, middle):
            mine, other = self._layers[index], self._layers[index + middle - start]
            if len(mine.inputs) != len(other.inputs) or not is_same_op(mine, other):
                return False
            for one, two in zip(mine.inputs, other.inputs, strict=True):
                inside = self._place(one, start, middle)
                if inside != self._place(two, middle, end) or (one.number, one.sides) != (two.number, two.sides):
                    return False
                if inside is None and one.source is not two.source:
                    leads.add((one.source, one.number, two.source, two.number))
                    if len(leads) > 1 or not start <= self._index.get(two.source, -1) < middle:
                        return False
        return len(leads) == 1

    def _place(self, net: Net, start: int, end: int) -> int | None:
        """The place of the source of a tensor from `start`; None where it is before."""
        index = self._index.get(net.source, -1)
        return index - start if start <= index < end else None


def _token(draft: Draft) -> Hashable:
    """What is equal for drafts that are alike, to tell quickly that two are not."""
    ops = tuple([_hash(layer.node.op) for layer in draft.layers])
    return draft.kind, draft.word, len(draft.rounds), len(draft.padding), ops, draft.layers[-1].shape[:-1]


def _hash(op: Op) -> int:
    try:
        return hash(op)
    except TypeError:  # a layer that archc has no op for may have lists as arguments
        return hash(op.op_name)
