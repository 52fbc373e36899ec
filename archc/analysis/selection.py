"""Layers that a user names: by their names, the names of parts and shared blocks, or patterns of these."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from fnmatch import fnmatchcase

from archc.diagnostics import SpecError, did_you_mean, printable
from archc.ir.graph import Graph, Node
from archc.ir.state import State


def weighted_within(graph: Graph, patterns: Sequence[str], purpose: str) -> frozenset[Node]:
    """The layers with weights that patterns select, each as its first call, whichever of its calls a pattern names.

    Args:
        graph: the network.
        patterns: names of layers and parts, in which `*`, `?` and `[…]` stand for characters as in a shell. A part, or
            a shared block, stands for all layers in it.
        purpose: what is done with the layers, for the message: `freeze`.

    Raises:
        SpecError: a pattern selects nothing, or nothing with weights.
    """
    if not patterns:
        return frozenset()
    names = _names(graph)
    known = dict.fromkeys(name for own in names.values() for name in own)
    return frozenset[Node]().union(*[_weighted(names, known, pattern, purpose) for pattern in patterns])


def _weighted(names: dict[Node, list[str]], known: Collection[str], pattern: str, purpose: str) -> set[Node]:
    matching = _matching(pattern, known)
    if not matching:
        raise _unknown(pattern, known)
    layers = {node.first or node for node, own in names.items() if matching.intersection(own)}
    weighted = {layer for layer in layers if layer.weights}
    if not weighted:
        message = f"nothing that `{printable(pattern[:60])}` names has weights, so there is nothing to {purpose}"
        hint = "name layers or parts that have weights: `archc summary --full` shows those of each layer"
        raise SpecError.of("usage", message, None, hint, about=pattern)
    return weighted


def _names(graph: Graph) -> dict[Node, list[str]]:
    """The names that stand for each call of a layer: its own, and those of the parts and shared blocks around it."""
    calls: dict[Node, list[str]] = {}
    for call in graph.calls:
        for node in call.nodes:
            calls.setdefault(node, []).append(call.name)
    layers = [node for node in dict.fromkeys((*graph.nodes, *calls)) if not isinstance(node.op, State)]
    parts = {node: [region.name for region in node.region.chain() if region.name] for node in layers}
    return {node: [node.name, *parts[node], *calls.get(node, ())] for node in layers}


def _matching(pattern: str, known: Collection[str]) -> set[str]:
    """The names that a pattern stands for; a name stands for itself, whatever characters it has."""
    return {pattern} if pattern in known else {name for name in known if fnmatchcase(name, pattern)}


def _unknown(pattern: str, known: Iterable[str]) -> SpecError:
    is_name = not any(character in pattern for character in "*?[")
    what = "there is no layer or part" if is_name else "no layer or part has a name like"
    longer = [name for name in known if is_name and name.startswith(pattern)]
    hint = did_you_mean(pattern.strip("*"), known) or "`archc summary --full` shows all names"
    if pattern and len(longer) > 1:
        hint = f"`{printable(pattern[:60])}*` stands for all names that begin so, such as `{longer[0]}`"
    return SpecError.of("unknown-layer", f"{what} `{printable(pattern[:60])}`", None, hint, about=pattern)
