"""Equal layers of a network that nothing but their names tells apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from archc.diff.order import Ordered
from archc.ir.graph import Node, Tensor

Role = tuple[int, int]
"""Two digests of a tensor: of all that it is computed from, and of all that is computed from it."""


def told_apart_by_names(ordered: Ordered, misplaced: Sequence[tuple[Tensor, Tensor | None]]) -> bool:
    """Whether the network would stay the same if these layers were exchanged, so that names alone tell them apart.

    Args:
        ordered: a network.
        misplaced: pairs of its layers, of which the first gets the weights of the second.
    """
    roles = _roles(ordered) if misplaced else {}
    return bool(misplaced) and all(source is not None and roles[layer] == roles[source] for layer, source in misplaced)


def _roles(ordered: Ordered) -> dict[Tensor, Role]:
    """The role of each tensor; interchangeable layers have the same. The order of outputs plays no part."""
    above: dict[Tensor, int] = {made: hash(number) for number, made in enumerate(ordered.graph.inputs)}
    for node in ordered.nodes:
        above[node] = hash((ordered.signatures[node][1], node.first is None, *_sources(node, above)))
    uses: defaultdict[Tensor, list[int]] = defaultdict(list)
    for output in ordered.graph.outputs.values():
        uses[output].append(0)
    below: dict[Tensor, int] = {}
    for node in reversed(ordered.nodes):
        below[node] = hash(tuple(sorted(uses[node])))
        for place, tensor in enumerate(node.inputs):
            uses[tensor].append(hash((0 if node.op.commutes else place, above[node], below[node])))
    return {node: (above[node], below[node]) for node in ordered.nodes}


def _sources(node: Node, above: dict[Tensor, int]) -> list[int]:
    found = [above[tensor] for tensor in node.inputs]
    return sorted(found) if node.op.commutes else found
