"""Blocks that are not worth one of their own: their steps stand where they are used."""

from __future__ import annotations

from typing import NamedTuple

from archc.folding.cost import block_cost
from archc.folding.lines import Solved
from archc.folding.program import Block, Program
from archc.folding.solve import solve_block
from archc.folding.unify import refresh, spliced, use_cost, uses_of


class _Inlined(NamedTuple):
    """A block with the steps of another, which has no other use."""

    inner: Block
    outer: Block


def inline(program: Program, solved: dict[str, Solved]) -> None:
    """Takes away blocks that only use another block, and those with one use, in a block, that is shorter without it."""
    for block in list(program.blocks.values()):
        inner = block.body[0]
        if len(block.body) > 1 or not inner.calls or inner.optional or inner.operands != block.inputs or block.outputs:
            continue
        for step in uses_of(program, block):
            step.head = inner.head
            step.calls = {d: inner.calls[instance] for d, instance in step.calls.items()}
        del program.blocks[block.name]
    refresh(program, solved)
    while (found := _shorter(program, solved)) is not None:
        program.blocks[found.outer.name] = found.outer
        del program.blocks[found.inner.name]
        refresh(program, solved)


def _shorter(program: Program, solved: dict[str, Solved]) -> _Inlined | None:
    """The first block that is shorter with the steps of one that it alone uses, once; None where there is none."""
    for inner in program.blocks.values():
        uses = uses_of(program, inner)
        if len(uses) != 1 or uses[0].optional or any(step.shares for step in [*uses, *inner.body]):
            continue
        outer = next((block for block in program.blocks.values() if uses[0] in block.body), None)
        if outer is None or inner.outputs or outer.outputs or any(step.shares for step in outer.body):
            continue
        made = spliced(program, outer, uses[0], inner)
        after = solve_block(program, made, solved)
        gain = block_cost(solved[outer.name]) + block_cost(solved[inner.name]) - block_cost(after)
        gain += sum(use_cost(use, solved[outer.name]) - use_cost(use, after) for use in uses_of(program, outer))
        if gain > 0:
            return _Inlined(inner, made)
    return None
