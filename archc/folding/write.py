"""The text of a spec for a graph, held to the graph by expanding it again."""

from __future__ import annotations

from typing import NamedTuple

from archc.diagnostics import SpecError, printable
from archc.folding.check import difference
from archc.folding.order import written_names
from archc.folding.printer import spec_text
from archc.folding.program import Program
from archc.folding.solve import solve
from archc.folding.ways import Progress, candidates
from archc.ir.graph import Graph
from archc.ir.opaque import refuse_opaque

_MOST_FOLDED = 5_000  # layers; a larger network is written flat


class Written(NamedTuple):
    """A text that expands to the graph that it was written for.

    Attributes:
        folded: whether what repeats is in blocks and loops; else it has a step for each layer.
        refused: shorter texts that did not expand to the graph, each with its first difference.
    """

    text: str
    folded: bool
    refused: tuple[str, ...] = ()


def write(graph: Graph, title: str, *, flat: bool = False, progress: Progress | None = None) -> Written:
    """The shortest text that expands to a graph: folded, or at worst a step for each layer.

    Args:
        graph: the network.
        title: the name of the network.
        flat: whether to write a step for each layer in any case.
        progress: is called with what is done next.

    Raises:
        SpecError: the network has layers that no spec can have, or no text expands to the graph.
    """
    refuse_opaque(graph.nodes)
    tell = progress or (lambda _: None)
    refused: list[str] = []
    if not flat and len(graph.nodes) <= _MOST_FOLDED:
        for found in sorted(candidates(graph, title, tell), key=lambda found: found.length):
            tell("expanding the spec again")
            reason = found.text if found.program is None else difference(found.text, graph, found.program.order)
            if found.program is not None and reason is None:
                return Written(found.text, bool(found.program.blocks) or "- for:" in found.text, tuple(refused))
            refused.append(str(reason))
    return Written(_flat_text(graph, title), False, tuple(refused))


def _flat_text(graph: Graph, title: str) -> str:
    """A text with a step for each layer.

    Raises:
        SpecError: it does not expand to the graph.
    """
    try:
        program = Program(graph, graph.nodes, written_names(graph.nodes))
        main, blocks = solve(program)
        text = spec_text(program, title, main, blocks, {}, flat=True)
        reason = difference(text, graph, program.order)
    except ValueError as error:
        text, reason = "", str(error)
    if reason is not None:
        raise SpecError.of("no-spec", f"no spec is this network: {printable(reason.splitlines()[0][:200])}")
    return text
