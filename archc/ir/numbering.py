"""The order of creation that names tell: Keras numbers the layers of a class, so `conv2d_1` is made after `conv2d`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import TypeVar

from archc.ir.naming import word_and_number

_Made = TypeVar("_Made", bound=Hashable)


def number_chains(
    named: Iterable[tuple[_Made, str, str]], needs: Mapping[_Made, Iterable[_Made]]
) -> dict[_Made, _Made]:
    """For each layer with a name that Keras numbers the one before it, class by class, as far as no circle arises.

    Args:
        named: layers, each with its name and with the word that Keras numbers.
        needs: what each layer is made after.
    """
    numbered: defaultdict[str, list[tuple[int, _Made]]] = defaultdict(list)
    for made, name, kind in named:
        word, number = word_and_number(name)
        if word == kind:
            numbered[word].append((number, made))
    before: dict[_Made, _Made] = {}
    for members in numbered.values():
        members.sort(key=lambda member: member[0])
        chain = {later: earlier for (_, earlier), (_, later) in pairwise(members)}
        if chain and not _has_circle(needs, {**before, **chain}):
            before |= chain
    return before


def _has_circle(needs: Mapping[_Made, Iterable[_Made]], before: Mapping[_Made, _Made]) -> bool:
    """Whether some layer would have to be made before itself."""
    sorter = TopologicalSorter(needs)
    for later, earlier in before.items():
        sorter.add(later, earlier)
    try:
        sorter.prepare()
    except CycleError:
        return True
    return False
