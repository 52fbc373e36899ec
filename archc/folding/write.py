"""The text of a spec for a graph, held to the graph by expanding it again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from archc.diagnostics import SpecError, printable
from archc.folding import absorb, loops, repeats, unify
from archc.folding.anchors import anchor
from archc.folding.block_names import name_blocks
from archc.folding.check import difference
from archc.folding.families import make_families
from archc.folding.lifting import lift
from archc.folding.order import creation_order, written_names
from archc.folding.printer import spec_text
from archc.folding.program import Program
from archc.folding.solve import Solved, solve
from archc.folding.stages import make_stages
from archc.ir.graph import Graph, Node

Progress = Callable[[str], None]

_SLACK = 25  # what the union of two blocks may cost, for the loops that it makes possible
_LEAST_GAIN = 5  # of the union of a block and one that it uses, where it is made with care
_MANY = 400  # layers; of a larger network, fewer ways are tried
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
        SpecError: no text expands to the graph.
    """
    tell = progress or (lambda _: None)
    refused: list[str] = []
    if not flat and len(graph.nodes) <= _MOST_FOLDED:
        candidates: list[tuple[float, int, str, Program]] = []
        for variant in _variants(graph):
            tell(f"folding {len(graph.nodes)} layers")
            try:
                program = _folded(graph, variant)
                if program is None:
                    continue
                text = _text(program, title, flat=False)
            except (LookupError, StopIteration, ValueError) as error:  # the language has no expression for something
                refused.append(f"{type(error).__name__}: {error}")
                continue
            candidates.append((_length(text), len(candidates), text, program))
        for _, _, text, program in sorted(candidates, key=lambda found: found[:2]):
            tell("expanding the spec again")
            found = difference(text, graph, program.order)
            if found is None:
                return Written(text, bool(program.blocks) or "- for:" in text, tuple(refused))
            refused.append(found)
    program = _program(graph, graph.nodes)
    text = _text(program, title, flat=True)
    found = difference(text, graph, program.order)
    if found is not None:
        reason = printable(found.splitlines()[0][:200])
        raise SpecError.of("no-spec", f"the new spec would be another network: {reason}")
    return Written(text, False, tuple(refused))


class _Way(NamedTuple):
    """A way to fold.

    Attributes:
        first: what is made first.
        slack: what the union of two blocks may cost.
        nested: the same for a block and one that it uses; None where they are left apart.
        stages: whether uses of a block in a row are grouped by stages.
    """

    first: str
    slack: float = _SLACK
    nested: float | None = None
    stages: bool = False


_FEW_WAYS = (
    _Way("blocks", nested=_SLACK),
    _Way("blocks"),
    _Way("parts", nested=-_LEAST_GAIN),
    _Way("parts", nested=-_LEAST_GAIN, stages=True),
)
_WAYS = (
    *_FEW_WAYS,
    _Way("parts", nested=_SLACK),
    _Way("whole parts"),
    _Way("loops", nested=-_LEAST_GAIN),
    _Way("blocks", nested=-_LEAST_GAIN),
)


class _Variant(NamedTuple):
    """A way to fold, with the order of layers."""

    order: tuple[Node, ...]
    way: _Way


def _variants(graph: Graph) -> Iterator[_Variant]:
    """The ways to try."""
    orders = [graph.nodes] if graph.calls else [graph.nodes, creation_order(graph)]
    for order in dict.fromkeys(orders):
        if len(order) == len(graph.nodes):
            for way in _WAYS if len(order) <= _MANY else _FEW_WAYS:
                yield _Variant(order, way)


def _program(graph: Graph, order: tuple[Node, ...]) -> Program:
    return Program(graph, order, written_names(order))


def _folded(graph: Graph, variant: _Variant) -> Program | None:
    """The steps of a graph with what repeats in blocks and loops; None where that has no stages to fold by."""
    program, way = _program(graph, variant.order), variant.way
    solved: dict[str, Solved] = {}
    unify.refresh(program, solved)
    if way.first == "whole parts":
        program.apart_cost = 20
    if way.first == "parts":
        make_families(program, solved)
    if way.first == "loops":
        _make_loops(program, solved)
    _make_blocks(program, solved)
    while (union := unify.best_union(program, solved, way.slack, way.nested)) is not None:
        unify.apply(program, solved, union)
        _make_blocks(program, solved)
    while (absorption := absorb.best_absorption(program, solved)) is not None:
        absorb.apply(program, solved, absorption)
    unify.inline(program, solved)
    if way.stages and not make_stages(program):
        return None
    _make_loops(program, solved)
    return program


def _make_loops(program: Program, solved: dict[str, Solved]) -> None:
    while (loop := loops.best_loop(program, solved)) is not None:
        loops.apply(program, loop)


def _make_blocks(program: Program, solved: dict[str, Solved]) -> None:
    while (found := repeats.best_block(program, solved)) is not None:
        repeats.apply(program, solved, found)


def _text(program: Program, title: str, *, flat: bool) -> str:
    if not flat:
        name_blocks(program, solve(program)[1])
    main, blocks = solve(program)
    params = {} if flat else lift(program, main)
    if not flat:
        anchor([*(solved.lines for solved in blocks.values()), main.lines])
    return spec_text(program, title, main, blocks, params, flat=flat)


def _length(text: str) -> float:
    """Lines, and characters as lines of sixty."""
    return len(text.splitlines()) + len(text) / 60
