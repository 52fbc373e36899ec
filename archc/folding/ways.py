"""The ways to fold a network, which differ in what is made first, and the texts that they give."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from archc.folding import absorb, inlining, loops, repeats, unify
from archc.folding.anchors import anchor
from archc.folding.block_names import name_blocks
from archc.folding.common_layers import make_common_blocks
from archc.folding.families import make_families
from archc.folding.lifting import lift
from archc.folding.lines import Solved
from archc.folding.order import creation_order, written_names
from archc.folding.printer import spec_text
from archc.folding.program import Program
from archc.folding.solve import solve
from archc.folding.stages import make_stages
from archc.ir.graph import Graph, Node

Progress = Callable[[str], None]

_SLACK = 25  # what the union of two blocks may cost, for the loops that it makes possible
_LEAST_GAIN = 5  # of the union of a block and one that it uses, where it is made with care
_MANY = 400  # layers; of a larger network, fewer ways are tried
_FAR_APART = 20  # the cost of a use of a block whose name begins those of layers elsewhere too


class Way(NamedTuple):
    """A way to fold.

    Attributes:
        first: what is made first.
        nested: what the union of a block and one that it uses may cost; None where they are left apart.
        stages: whether uses of a block in a row are grouped by stages.
        unions: whether two blocks become one as soon as that saves more than the next block does.
    """

    first: str
    nested: float | None = None
    stages: bool = False
    unions: bool = False


_FEW_WAYS = (
    Way("blocks", nested=_SLACK),
    Way("blocks"),
    Way("parts", nested=-_LEAST_GAIN),
    Way("parts", nested=-_LEAST_GAIN, stages=True),
)
_WAYS = (
    *_FEW_WAYS,
    Way("parts", nested=_SLACK, unions=True),
    Way("whole parts"),
    Way("loops", nested=-_LEAST_GAIN),
)


class Candidate(NamedTuple):
    """A text, the shorter the better, with the program that it was written of; or why there is none."""

    length: float
    text: str
    program: Program | None


def candidates(graph: Graph, title: str, tell: Progress) -> Iterator[Candidate]:
    """The texts of all ways. The order of layers that does better in the first way is that of the others."""
    ways = _WAYS if len(graph.nodes) <= _MANY else _FEW_WAYS
    orders = [graph.nodes] if graph.calls else list(dict.fromkeys([graph.nodes, creation_order(graph)]))
    orders = [order for order in orders if len(order) == len(graph.nodes)]
    best: tuple[float, tuple[Node, ...]] | None = None
    for order in orders:
        tell(f"folding {len(graph.nodes):,} layers")
        for found in _candidate(graph, title, order, ways[0]):
            yield found
            if best is None or found.length < best[0]:
                best = found.length, order
    for number, way in enumerate(ways[1:], 2):
        tell(f"folding {len(graph.nodes):,} layers, way {number} of {len(ways)}")
        yield from _candidate(graph, title, orders[0] if best is None else best[1], way)


def _candidate(graph: Graph, title: str, order: tuple[Node, ...], way: Way) -> Iterator[Candidate]:
    try:
        program = folded(graph, order, way)
        if program is not None:
            text = folded_text(program, title)
            yield Candidate(_length(text), text, program)
    except (LookupError, ValueError) as error:  # the language has no expression for something
        yield Candidate(float("inf"), f"{type(error).__name__}: {error}", None)


def folded(graph: Graph, order: tuple[Node, ...], way: Way) -> Program | None:
    """The steps of a graph with what repeats in blocks and loops; None where there are no stages to fold by."""
    program = Program(graph, order, written_names(order))
    solved: dict[str, Solved] = {}
    unify.refresh(program, solved)
    if way.first == "whole parts":
        program.apart_cost = _FAR_APART
    make_common_blocks(program, solved)
    if way.first == "parts":
        make_families(program, solved)
    if way.first == "loops":
        loops.make_loops(program, solved)
    _make_blocks(program, solved, way.unions)
    while (union := unify.best_union(program, solved, _SLACK, way.nested)) is not None:
        unify.apply(program, solved, union)
        _make_blocks(program, solved)
    while (absorption := absorb.best_absorption(program, solved)) is not None:
        absorb.apply(program, solved, absorption)
    inlining.inline(program, solved)
    if way.stages and not make_stages(program):
        return None
    loops.make_loops(program, solved)
    return program


def _make_blocks(program: Program, solved: dict[str, Solved], unions: bool = False) -> None:
    """Makes all blocks that save something, and unions of two where one saves more than the next block."""
    while (found := repeats.best_block(program, solved)) is not None:
        union = unify.best_union(program, solved, -found.gain, -found.gain) if unions else None
        if union is None:
            repeats.apply(program, solved, found)
        else:
            unify.apply(program, solved, union)


def folded_text(program: Program, title: str) -> str:
    """The text of a program, with names for its blocks and parameters of the file."""
    name_blocks(program, solve(program)[1])
    main, blocks = solve(program)
    params = lift(program, main)
    anchor([*(solved.lines for solved in blocks.values()), main.lines])
    return spec_text(program, title, main, blocks, params, flat=False)


def _length(text: str) -> float:
    """Lines, and characters as lines of sixty."""
    return len(text.splitlines()) + len(text) / 60
