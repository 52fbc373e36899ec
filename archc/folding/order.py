"""The order in which a spec makes layers, and the names that have to be written in that order."""

from __future__ import annotations

from collections import Counter

from archc.ir.graph import Graph, Node, Tensor
from archc.ir.naming import automatic_name, snake_case


def depth_first(graph: Graph) -> tuple[Node, ...]:
    """The layers so that each branch stands as a whole: depth first from the outputs, inputs in their order."""
    found: dict[Node, None] = {}
    pending: list[tuple[Tensor, int]] = [(tensor, 0) for tensor in reversed([*graph.outputs.values()])]
    while pending:
        tensor, index = pending.pop()
        if not isinstance(tensor, Node) or tensor in found:
            continue
        needed = (*tensor.inputs, *([tensor.first] if tensor.first is not None else []))
        if index < len(needed):
            pending += [(tensor, index + 1), (needed[index], 0)]
        else:
            found[tensor] = None
    return tuple(found)


def written_names(order: tuple[Node, ...]) -> dict[Node, str | None]:
    """The name to write for each layer; None where archc gives the same name by itself in this order."""
    kept: set[str] = set()
    while True:
        names: Counter[str] = Counter()
        wrong: set[str] = set()
        written: dict[Node, str | None] = {}
        for node in order:
            word = snake_case(node.op.op_name)
            own = node.name == word or (node.name.startswith(f"{word}_") and node.name[len(word) + 1 :].isdigit())
            if node.first is not None:
                written[node] = written[node.first]
            elif own and word not in kept:
                written[node] = None
                if automatic_name(names, word) != node.name:
                    wrong.add(word)
            else:
                written[node] = node.name
        if not wrong:
            return written
        kept |= wrong
