"""Layers that a user names: by their names, the names of parts, or patterns of these."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from archc.diagnostics import SpecError, did_you_mean, printable
from archc.ir.graph import Graph, Node


def weighted_within(graph: Graph, names: Iterable[str]) -> frozenset[Node]:
    """The layers with weights that names select, each as its first call.

    Args:
        graph: the network.
        names: of layers or parts, or patterns of such names: `conv5_*`.

    Raises:
        SpecError: a name selects nothing, or nothing with weights.
    """
    return frozenset[Node]().union(*[_weighted(graph, name) for name in names])


def _weighted(graph: Graph, name: str) -> set[Node]:
    known = dict.fromkeys((*graph.regions, *(node.name for node in graph.nodes)))
    found = [name] if name in known else [each for each in known if fnmatchcase(each, name)]
    if not found:
        message = f"there is no layer or part `{printable(name[:60])}`"
        raise SpecError.of("unknown-layer", message, None, did_you_mean(name, known), about=name)
    layers = {node.first or node for each in found for node in graph.within(each) if node.weights}
    if not layers:
        message = f"`{printable(name[:60])}` has no weights"
        raise SpecError.of("usage", message, None, "name layers or parts that have", about=name)
    return layers
