"""The order in which a person would have made the layers of a model: branch by branch.

A model file lists layers by their depth, which mixes the branches. Names that Keras numbers tell the order of creation.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from archc.ir.naming import snake_case
from archc.keras_files.flat import FlatCall, FlatNode, FlatTensor, Unit

_MOST_UNITS = 5000  # of a model whose names are looked at
_NUMBERED = re.compile(r"(.*?)(?:_(\d{1,9}))?")


class _Edges(NamedTuple):
    """What must be made before each unit.

    Attributes:
        inputs: the units that it takes.
        before: the unit with the name before its own.
    """

    inputs: Mapping[Unit, list[Unit]]
    before: dict[Unit, Unit]


def creation_order(units: Sequence[Unit], outputs: Iterable[FlatTensor]) -> list[Unit]:
    """The units that the outputs need, in the order of creation; those of a shared model by its first use."""
    owners: dict[FlatTensor, Unit] = {}
    for unit in units:
        if isinstance(unit, FlatCall):
            owners.update(dict.fromkeys(unit.nodes(), unit))
        else:
            owners[unit] = unit
    inputs = {unit: [owners[tensor] for tensor in unit.inputs if tensor in owners] for unit in units}
    ends = [owners[tensor] for tensor in outputs if tensor in owners]
    needed = set(_depth_first(ends, _Edges(inputs, {})))
    kept = {unit: inputs[unit] for unit in units if unit in needed}
    before = _name_chains(kept) if len(kept) <= _MOST_UNITS else {}
    return _depth_first(ends, _Edges(kept, before))


def _depth_first(ends: Iterable[Unit], edges: _Edges) -> list[Unit]:
    """The units depth first from the ends, each after what must be made before it."""
    found: dict[Unit, None] = {}
    for end in ends:
        pending = [(end, 0)]
        while pending:
            unit, place = pending.pop()
            if unit in found:
                continue
            chain = edges.before.get(unit)
            prior = [*([chain] if chain is not None else []), *edges.inputs[unit]]
            if place < len(prior):
                pending += [(unit, place + 1), (prior[place], 0)]
            else:
                found[unit] = None
    return list(found)


def _name_chains(inputs: Mapping[Unit, list[Unit]]) -> dict[Unit, Unit]:
    """For each unit with a numbered name the one before it, as far as no circle arises."""
    numbered: defaultdict[str, list[tuple[int, Unit]]] = defaultdict(list)
    for unit in inputs:
        found = _NUMBERED.fullmatch(unit.name)
        if isinstance(unit, FlatNode) and found and found[1] == snake_case(unit.op.op_name):
            numbered[found[1]].append((int(found[2] or 0), unit))
    before: dict[Unit, Unit] = {}
    for members in numbered.values():
        members.sort(key=lambda member: member[0])
        chain = {later: earlier for (_, earlier), (_, later) in pairwise(members)}
        if chain and not _has_circle(inputs, {**before, **chain}):
            before |= chain
    return before


def _has_circle(inputs: Mapping[Unit, list[Unit]], before: Mapping[Unit, Unit]) -> bool:
    """Whether inputs and names ask for a circle."""
    waiting: dict[Unit, int] = {}
    after: defaultdict[Unit, list[Unit]] = defaultdict(list)
    for unit, taken in inputs.items():
        prior = {*taken, *([before[unit]] if unit in before else [])}
        waiting[unit] = len(prior)
        for one in prior:
            after[one].append(unit)
    ready = [unit for unit, count in waiting.items() if not count]
    done = 0
    while ready:
        done += 1
        for unit in after[ready.pop()]:
            waiting[unit] -= 1
            if not waiting[unit]:
                ready.append(unit)
    return done < len(waiting)
