"""Equal layers of a network that nothing but their names tells apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from archc.diff.order import Ordered
from archc.ir.graph import Node, Tensor

Role = tuple[int, int]
"""Two digests of a tensor: of all that it is computed from, and of all that is computed from it."""


def told_apart_by_names(
    left: Ordered,
    right: Ordered,
    renamed: Iterable[tuple[Node, Node]],
    misplaced: Sequence[tuple[Tensor, Tensor | None]],
) -> bool:
    """Whether nothing but names says which of several equal layers a layer corresponds to.

    Then a counterpart has another name and an equal layer has this name, or weights are loaded into another layer that
    could be exchanged for the right one.

    Args:
        left: the network before.
        right: the network after.
        renamed: corresponding layers with different names.
        misplaced: pairs of layers of the right, of which the first gets the weights of the counterpart of the second.
    """
    weighted = [(mine, theirs) for mine, theirs in renamed if mine.weights]
    if not weighted and not misplaced:
        return False
    sides = [(_roles(each), {node.name: node for node in each.nodes}) for each in (left, right)]
    roles = sides[1][0]
    return bool(
        misplaced and all(source is not None and roles[layer] == roles[source] for layer, source in misplaced)
    ) or any(
        pair[1 - side].name in named and roles[named[pair[1 - side].name]] == roles[pair[side]]
        for pair in weighted
        for side, (roles, named) in enumerate(sides)
    )


def _roles(ordered: Ordered) -> dict[Tensor, Role]:
    """The role of each tensor; interchangeable layers have the same. The order of outputs plays no part."""
    sources = ordered.sources
    above: dict[Tensor, int] = {made: hash(number) for number, made in enumerate(ordered.graph.inputs)}
    for node in ordered.nodes:
        found = [above[sources[tensor]] for tensor in node.inputs]
        found = sorted(found) if node.op.commutes else found
        above[node] = hash((ordered.signatures[node][1], node.first is None, *found))
    uses: defaultdict[Tensor, list[int]] = defaultdict(list)
    for output in ordered.graph.outputs.values():
        uses[sources[output]].append(0)
    below: dict[Tensor, int] = {}
    for node in reversed(ordered.nodes):
        below[node] = hash(tuple(sorted(uses[node])))
        if sources[node] is node:
            for place, tensor in enumerate(node.inputs):
                uses[sources[tensor]].append(hash((0 if node.op.commutes else place, above[node], below[node])))
    return {node: (above[node], below[node]) for node in ordered.nodes}
