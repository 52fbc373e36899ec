"""Stages: uses of a block in a row, by the first number in their names, are the rounds of a loop over stages.

A stage with one use is a loop of one round then, so that all stages are alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from archc.folding.loops import Loop, Round, apply, made
from archc.folding.name_texts import TOKENS
from archc.folding.program import Program, Step
from archc.folding.runs import Run

_LEAST_USES = 6


def make_stages(program: Program) -> bool:
    """Makes loops of the stages of a network where some have one use and others have more; whether there are any."""
    rows = list(_rows(program))
    for run, sizes in reversed(rows):
        at, stages = run.start, []
        for size in sizes:
            stage = Run(run.sequence, at, at + 1)
            _put(program, run.sequence, at, [[step] for step in run.sequence[at : at + size]])
            stages.append(stage)
            at += 1
        _put(program, run.sequence, run.start, [stage.steps for stage in stages])
    return bool(rows)


def _put(program: Program, sequence: list[Step], start: int, rounds: list[list[Step]]) -> None:
    """Puts a loop in the place of steps, each of which is a round."""
    many = [Round(steps, [steps[0].operands[0]], list(steps), (0,)) for steps in rounds]
    run = Run(sequence, start, start + len(rounds))
    apply(program, Loop(0, run, made(program, many), many))


def _rows(program: Program) -> Iterator[tuple[Run, list[int]]]:
    """The uses of a block in a row whose names tell stages, some of one use, with the number of uses in each."""
    steps = program.main
    start = 0
    while start < len(steps):
        end = start + 1
        while end < len(steps) and _follows(steps[end], steps[end - 1], program):
            end += 1
        stages = _stages(program, steps[start:end]) if end - start >= _LEAST_USES else None
        if stages is not None:
            sizes = [len(list(uses)) for _, uses in groupby(stages)]
            if len(sizes) == len(set(stages)) > 2 and max(sizes) > 1:
                yield Run(steps, start, end), sizes
        start = end


def _follows(step: Step, before: Step, program: Program) -> bool:
    """Whether a step is the next use of the block that the step before it uses, with nothing else that reads that."""
    is_next = bool(step.calls) and step.head == before.head and step.operands == [before] and not step.shares
    return is_next and before not in program.outputs.values()


def _stages(program: Program, uses: list[Step]) -> list[str] | None:
    """The first of the numbers in the names of uses; None where the names have no two."""
    names = [program.part_names.get((use.head, use.calls[0])) for use in uses]
    tokens = [TOKENS.findall(name) for name in names if name]
    if len(tokens) < len(uses) or len({len(found) for found in tokens}) > 1:
        return None
    varying = [place for place in range(len(tokens[0])) if len({found[place] for found in tokens}) > 1]
    return [found[varying[0]] for found in tokens] if len(varying) == 2 else None
