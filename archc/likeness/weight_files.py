"""The networks of the library whose weights a file may have."""

from __future__ import annotations

from collections.abc import Callable
from heapq import nlargest
from typing import NamedTuple

from archc.ir.graph import Graph
from archc.report.list import library_networks
from archc.report.weights import NetworkFit
from archc.weights.overlap import Overlap, file_contents, fits, overlap
from archc.weights.saved_file import WeightFile

_LEAST = 0.01  # of the likeness; every network has some bias of 64 numbers
_PAIRED = 12  # of the networks with the largest overlap, whose layers are paired


class _Candidate(NamedTuple):
    spec: str
    graph: Graph
    shared: Overlap


def networks_of(file: WeightFile, most: int, progress: Callable[[str], None]) -> list[NetworkFit]:
    """The networks of the library that a file fits, best first; those that share next to nothing are left out.

    Those that the file fits whole come first, then by the shares of the weights in equal shapes and of equal names.
    Networks that differ in nothing that weights tell, such as strides, fit equally.

    Args:
        file: the open file.
        most: how many are wanted.
        progress: is called with the name of each network.

    Raises:
        SpecError: the file is damaged.
    """
    held = file_contents(file)
    found: list[_Candidate] = []
    for entry, _, expansion in library_networks():
        progress(entry.spec)
        shared = overlap(expansion.graph, held)
        if shared.likeness > _LEAST:
            found = _best([*found, _Candidate(entry.spec, expansion.graph, shared)], max(most, _PAIRED))
    paired = [NetworkFit(one.spec, fits(file, one.graph), one.shared) for one in found]
    return sorted(paired, key=lambda one: (one.is_whole, one.shared.likeness), reverse=True)[:most]


def _best(found: list[_Candidate], most: int) -> list[_Candidate]:
    return nlargest(most, found, key=lambda one: one.shared.likeness)
