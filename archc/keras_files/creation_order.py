"""The order in which a person would have made the layers of a model: branch by branch.

A model file lists layers by their depth, which mixes the branches. Names that Keras numbers tell the order of creation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from archc.ir.numbering import number_chains
from archc.keras_files.flat import FlatCall, FlatNode, FlatTensor, Unit, nodes_in

_MOST_UNITS = 5000  # of a model whose names are looked at


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
            owners.update(dict.fromkeys(nodes_in(unit.units), unit))
        else:
            owners[unit] = unit
    inputs = {unit: [owners[tensor] for tensor in unit.inputs if tensor in owners] for unit in units}
    ends = [owners[tensor] for tensor in outputs if tensor in owners]
    needed = set(_depth_first(ends, _Edges(inputs, {})))
    kept = {unit: inputs[unit] for unit in units if unit in needed}
    if len(kept) > _MOST_UNITS:
        return _depth_first(ends, _Edges(kept, {}))
    named = ((unit, unit.name, unit.op.automatic_word()) for unit in kept if isinstance(unit, FlatNode))
    return _depth_first(ends, _Edges(kept, number_chains(named, kept)))


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
