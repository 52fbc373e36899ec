"""Loops: steps that follow on themselves become the rounds of a loop."""

from __future__ import annotations

from typing import NamedTuple

from archc.folding.cost import line_cost
from archc.folding.program import Program, Step, Wire
from archc.folding.repeats import Costs, replace_wires
from archc.folding.runs import Run, last_reads, merged, shape_of
from archc.folding.solve import Line, Solved, solve_steps
from archc.folding.values import Expr

_LONGEST = 10
_LEAST_GAIN = 0


class Loop(NamedTuple):
    """A loop that may be made, with what it saves and the rounds that it takes the place of."""

    gain: float
    run: Run
    step: Step


def best_loop(program: Program, solved: dict[str, Solved], *, equal: bool = False) -> Loop | None:
    """The loop that saves most, of the shortest rounds and inner loops first; None where none saves anything.

    With `equal`, only rounds with equal arguments are a loop's.
    """
    costs = Costs(program, solved)
    kept = program.kept()
    for deep in (False, True):
        for period in range(1, _LONGEST):
            best: Loop | None = None
            for sequence in list(program.sequences()):
                ends = last_reads(sequence, kept)
                for start in range(len(sequence) - 2 * period + 1):
                    if deep != any(step.body for step in sequence[start : start + period]):
                        continue
                    count = rounds(program, sequence, start, period, ends)
                    for length in range(min(count, 64), 1, -1):
                        run = Run(sequence, start, start + period * length)
                        if best is not None and best.gain >= costs.run(run):
                            break
                        found = tried(program, solved, costs, run, period, equal=equal)
                        if found is not None and (best is None or found.gain > best.gain):
                            best = found
            if best is not None:
                return best
    return None


def rounds(program: Program, sequence: list[Step], start: int, period: int, ends: list[int]) -> int:
    """How often the steps from a place on follow on themselves."""

    def one(at: int) -> tuple[object, list[Wire]] | None:
        run = Run(sequence, at, at + period)
        if any(step.share is not None for step in run.steps):
            return None
        if any(ends[place] >= at + period for place in range(at, at + period - 1)):
            return None
        local: dict[Wire, object] = {}
        structure = tuple(shape_of(program, step, local) for step in run.steps)
        return structure, run.outside()

    first = one(start)
    if first is None or not first[1]:
        return 0
    count = 1
    while start + (count + 1) * period <= len(sequence):
        at = start + count * period
        other = one(at)
        before = sequence[at - 1]
        if other is None or other[0] != first[0] or other[1][0] is not before:
            break
        if other[1][1:] != first[1][1:] or before in other[1][1:] or ends[at - 1] >= at + period:
            break
        count += 1
    return count


def tried(
    program: Program, solved: dict[str, Solved], costs: Costs, run: Run, period: int, *, equal: bool
) -> Loop | None:
    """A loop of a run; None where it would save nothing or would need a list of names."""
    loop = made(program, run, period)
    lines, odd, parameters = solve_steps(program, solved, [loop], list(loop.tensors))
    if odd or (equal and (parameters or not _has_equal_rounds(lines[0]))):
        return None
    gain = costs.run(run) - line_cost(lines[0]) - parameters
    length = (run.end - run.start) // period
    return Loop(gain, run, loop) if gain > (_LEAST_GAIN if length > 2 else _LEAST_GAIN + 3) else None


def _has_equal_rounds(line: Line) -> bool:
    """Whether the rounds of a loop have equal arguments."""
    values = [value for inner in line.body for value in inner.arguments.values()]
    return not line.lists and not any(isinstance(value, Expr) for value in values)


def made(program: Program, run: Run, period: int) -> Step:
    """The loop."""
    steps = run.steps
    length = len(steps) // period
    many = [steps[k * period : (k + 1) * period] for k in range(length)]
    around = list(steps[0].tensors)
    instances = [{d: next(program.numbers) for d in around} for _ in many]
    outside = Run(run.sequence, run.start, run.start + period).outside()
    reached = [outside[0], *(part[-1] for part in many[:-1])]
    entries = [Wire({}) for _ in outside]
    for wire, part in zip(reached, instances, strict=True):
        for d, new in part.items():
            entries[0].tensors[new] = wire.tensors[d]
            for entry, same in zip(entries[1:], outside[1:], strict=True):
                entry.tensors[new] = same.tensors[d]
    known: dict[Wire, Wire] = dict(zip(outside, entries, strict=True))
    body = merged(program, many, instances, known)
    loop = Step(dict(steps[-1].tensors), "for", outside, body=body, entries=entries, leaves=[body[-1]])
    loop.rounds = {d: tuple(part[d] for part in instances) for d in around}
    return loop


def apply(program: Program, run: Run, loop: Step) -> None:
    """Puts a loop in the place of its rounds."""
    last = run.steps[-1]
    run.sequence[run.start : run.end] = [loop]
    replace_wires(program, {last: loop})
