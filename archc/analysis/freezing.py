"""Layers that training does not change: the network with the layers and parts frozen that a user names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from archc.analysis.selection import weighted_within
from archc.diagnostics import SpecError
from archc.ir.graph import Graph, Node, Tensor
from archc.ir.op import Op


def with_frozen(graph: Graph, patterns: Sequence[str]) -> Graph:
    """The network whose layers of these names have `trainable: false`.

    A layer that is called several times is frozen in all its calls, whichever of them a pattern names. Layers without
    weights stay as they are: they have nothing to train.

    Args:
        graph: the network.
        patterns: as for `weighted_within`.

    Raises:
        SpecError: nothing has a name that matches, nothing of it has weights, or Keras does not keep a layer frozen.
    """
    found = weighted_within(graph, patterns, "freeze")
    _check_kept(node for node in _in_order(graph) if node in found)
    return _frozen(graph, found)


def _check_kept(layers: Iterable[Node]) -> None:
    """Refuses layers that a model would train which Keras loads from its own file."""
    trained = [node for node in layers if not _is_kept(node.op)]
    if trained:
        more = f" and {len(trained) - 1:,} more layers" if len(trained) > 1 else ""
        message = f"Keras does not keep `{trained[0].name}` ({trained[0].op.op_name}){more} frozen in a saved model"
        hint = "leave them out, and set `layer.trainable = False` in the program that trains the model"
        raise SpecError.of("usage", message, trained[0].at, hint)


def _is_kept(op: Op) -> bool:
    """Whether a layer stays frozen, and those inside it do."""
    inside = [inner for _, value in op for inner in (value if isinstance(value, tuple) else (value,))]
    return op.stays_frozen and all(_is_kept(inner) for inner in inside if isinstance(inner, Op))


def _frozen(graph: Graph, layers: AbstractSet[Node]) -> Graph:
    """The network with these layers frozen, which are given by their first calls."""
    made: dict[Tensor, Tensor] = {}
    first_calls: dict[Node, Node] = {}
    for node in _in_order(graph):
        inputs = tuple(made.get(tensor, tensor) for tensor in node.inputs)
        first = None if node.first is None else first_calls[node.first]
        new = replace(node, inputs=inputs, first=first)
        if (node.first or node) in layers:
            weights = tuple(weight._replace(trainable=False) for weight in node.weights)
            new = replace(new, op=node.op.with_trainable(False), weights=weights)
        made[node] = first_calls[node] = new
    return replace(graph.with_tensors(made), keras_model=None)


def _in_order(graph: Graph) -> Iterator[Node]:
    """All calls of layers, those too that only shared blocks have, each behind what it needs."""
    done: set[Node] = set()
    pending = list(reversed(dict.fromkeys((*graph.nodes, *(node for call in graph.calls for node in call.nodes)))))
    while pending:
        node = pending[-1]
        before = [one for one in (*node.inputs, node.first) if isinstance(one, Node) and one not in done]
        if before:
            pending += before
            continue
        pending.pop()
        if node not in done:
            done.add(node)
            yield node
