"""A search through a graph, depth first, without recursion."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def depth_first(ends: Iterable[T], inputs: Callable[[T], Iterable[T]]) -> tuple[list[T], list[T]]:
    """All that some ends are computed from: in the order in which a search enters it, and in that in which it leaves.

    Args:
        ends: where the search begins, one after the other.
        inputs: what each is computed from, in order.
    """
    entered: dict[T, None] = {}
    left: list[T] = []
    for end in ends:
        pending: list[tuple[T, Iterator[T]]] = []
        if end not in entered:
            entered[end] = None
            pending.append((end, iter(inputs(end))))
        while pending:
            one, rest = pending[-1]
            for each in rest:
                if each not in entered:
                    entered[each] = None
                    pending.append((each, iter(inputs(each))))
                    break
            else:
                left.append(one)
                pending.pop()
    return [*entered], left
