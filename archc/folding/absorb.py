"""Steps that are a block but for some of its steps become a use of the block, in which these are conditional."""

from __future__ import annotations

from typing import NamedTuple

from archc.folding import unify
from archc.folding.cost import block_cost
from archc.folding.lines import Solved
from archc.folding.program import Block, Program, Step, nested
from archc.folding.repeats import Costs, replace_wires, tentative
from archc.folding.runs import Run, last_reads
from archc.folding.solve import solve_block

_LEAST_GAIN = 5
_LEAST_SHARE = 0.6  # of the cost of the block
_MOST_PARAMETERS = 10


class Absorption(NamedTuple):
    """A run that a block may take in, with what that saves."""

    gain: float
    run: Run
    old: Block
    new: Block
    instances: dict[int, int]


def best_absorption(program: Program, solved: dict[str, Solved]) -> Absorption | None:
    """What saves most; None where nothing saves anything."""
    costs = Costs(program, solved)
    kept = program.kept()
    best: Absorption | None = None
    for sequence in nested(program.main):
        ends = last_reads(sequence, kept)
        for block in program.blocks.values():
            for start in range(len(sequence)):
                run = _lacking(costs, block, sequence, start)
                if run is None or any(ends[place] >= run.end for place in range(run.start, run.end - 1)):
                    continue
                found = _tried(program, solved, costs, block, run)
                if found is not None and (best is None or found.gain > best.gain):
                    best = found
    return best


def _lacking(costs: Costs, block: Block, sequence: list[Step], start: int) -> Run | None:
    """The steps from a place on that are those of a block, some of which may be missing."""
    place, found = start, 0.0
    for step in block.body:
        if place < len(sequence) and _is_like(sequence[place], step):
            found += costs.step(step)
            place += 1
    whole = sum(costs.step(step) for step in block.body)
    return Run(sequence, start, place) if place - start > 1 and found >= _LEAST_SHARE * whole else None


def _is_like(step: Step, other: Step) -> bool:
    alike = step.form == other.form and not step.shares
    return alike and bool(step.operands) and not step.body and not other.body


def _tried(program: Program, solved: dict[str, Solved], costs: Costs, block: Block, run: Run) -> Absorption | None:
    """The block with the run; None where that saves nothing."""
    if len(run.outside()) != len(block.inputs) or block.outputs:
        return None
    other, instances = tentative(program, [run])
    new = unify.aligned_block(program, costs, block, other)
    if new is None:
        return None
    after = solve_block(program, new, solved)
    if len(after.parameters) > _MOST_PARAMETERS:
        return None
    uses = unify.uses_of(program, block)
    gain = costs.run(run) + block_cost(solved[block.name]) - block_cost(after)
    gain += sum(unify.use_cost(use, solved[block.name]) - unify.use_cost(use, after) for use in uses)
    gain -= unify.use_cost(_use(block.name, run, instances[0]), after)
    return Absorption(gain, run, block, new, instances[0]) if gain > _LEAST_GAIN else None


def _use(name: str, run: Run, instances: dict[int, int]) -> Step:
    return Step(dict(run.steps[-1].tensors), name, run.outside(), calls=dict(instances))


def apply(program: Program, solved: dict[str, Solved], found: Absorption) -> None:
    """Puts a use of the block in the place of the run."""
    found.new.name = found.old.name
    program.blocks[found.old.name] = found.new
    use, last = _use(found.old.name, found.run, found.instances), found.run.steps[-1]
    found.run.sequence[found.run.start : found.run.end] = [use]
    replace_wires(program, {last: use})
    unify.refresh(program, solved)
