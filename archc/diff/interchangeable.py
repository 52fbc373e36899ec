"""Equal layers of a network whose names are exchanged in another network."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from archc.diff.order import Ordered
from archc.ir.graph import Node, Tensor


def told_apart_by_names(left: Ordered, right: Ordered, renamed: Iterable[tuple[Node, Node]]) -> bool:
    """Whether layers with weights that compute the same of the same tensors have exchanged their names.

    The weights then get another place for who goes by the names, although both networks compute the same.

    Args:
        left: the network before.
        right: the network after.
        renamed: corresponding layers with different names.
    """
    pairs = [pair for pair in renamed if pair[0].weights]
    if {mine.name for mine, _ in pairs}.isdisjoint(theirs.name for _, theirs in pairs):
        return False
    for side, network in enumerate((left, right)):
        contents = _contents(network)
        alike: defaultdict[int, dict[str, str]] = defaultdict(dict)
        for mine, theirs in pairs:
            alike[contents[(mine, theirs)[side]]][mine.name] = theirs.name
        if any(map(_is_exchanged, alike.values())):
            return True
    return False


def _is_exchanged(names: dict[str, str]) -> bool:
    """Whether some of the new names are the old names of the same layers, in another order."""
    while found := [old for old, new in names.items() if new not in names]:
        names = {old: new for old, new in names.items() if old not in found}
    return bool(names)


def _contents(network: Ordered) -> dict[Tensor, int]:
    """A digest of what each tensor is computed from."""
    found: dict[Tensor, int] = {made: hash(number) for number, made in enumerate(network.graph.inputs)}
    for node in network.nodes:
        sources = [found[tensor] for tensor in node.inputs]
        in_order = sorted(sources) if node.op.commutes else sources
        found[node] = hash((network.signatures[node][1], node.first is None, *in_order))
    return found
