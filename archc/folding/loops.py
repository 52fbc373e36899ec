"""Loops: steps that follow on themselves become the rounds of a loop."""

from __future__ import annotations

from typing import NamedTuple

from archc.folding.cost import line_cost
from archc.folding.lines import Line, Solved
from archc.folding.program import Program, Step, Wire
from archc.folding.repeats import Costs, replace_wires
from archc.folding.runs import Run, last_reads, merged, shape_of
from archc.folding.solve import solve_steps
from archc.folding.values import Expr

_LONGEST = 10
_MOST_ROUNDS = 64
_LEAST_GAIN = 0
_NO_GAIN = float("-inf")


class Round(NamedTuple):
    """Steps that may be a round.

    Attributes:
        outside: what they take from outside.
        made: what they leave, in an order that all rounds have.
        roles: for each tensor from outside what it was in the round before: the number of one that it made, or of one
            from outside as a text; None where it is the same tensor.
    """

    steps: list[Step]
    outside: list[Wire]
    made: list[Wire]
    roles: tuple[int | str | None, ...]


class Loop(NamedTuple):
    """A loop that may be made, with what it saves and the steps that it takes the place of."""

    gain: float
    run: Run
    step: Step
    rounds: list[Round]


def make_loops(program: Program, solved: dict[str, Solved]) -> None:
    """Makes all loops that save something."""
    gains: dict[tuple[int, tuple[Step, ...]], float] = {}
    while (loop := best_loop(program, solved, gains)) is not None:
        apply(program, loop)


def best_loop(
    program: Program, solved: dict[str, Solved], gains: dict[tuple[int, tuple[Step, ...]], float]
) -> Loop | None:
    """The loop that saves most, of the shortest rounds and inner loops first; None where none saves anything.

    `gains` holds what loops save that were tried before, by their period and steps; those tried now are added.
    """
    costs = Costs(program, solved)
    kept = program.kept()
    for deep in (False, True):
        for period in range(1, _LONGEST):
            best: Loop | None = None
            for sequence in list(program.sequences()):
                readers = last_reads(sequence, kept)
                for start in range(len(sequence) - 2 * period + 1):
                    if deep != any(step.body for step in sequence[start : start + period]):
                        continue
                    many = _rounds(program, sequence, start, period)
                    for length in range(min(len(many), _MOST_ROUNDS), 1, -1):
                        run = Run(sequence, start, start + sum(len(one.steps) for one in many[:length]))
                        if best is not None and best.gain >= costs.run(run):
                            break
                        if not _is_closed(many[:length], run, readers):
                            continue
                        form, least = (period, tuple(run.steps)), 0 if best is None else best.gain
                        if form in gains and gains[form] <= least:
                            continue
                        found = tried(program, solved, costs, run, many[:length])
                        gains[form] = _NO_GAIN if found is None else found.gain
                        if found is not None and found.gain > least:
                            best = found
            if best is not None:
                return best
    return None


def _rounds(program: Program, sequence: list[Step], start: int, period: int) -> list[Round]:
    """The rounds that the steps from a place on are the first of."""
    found: list[Round] = []
    structure: object = None
    for at in range(start, len(sequence) - period + 1, period):
        run = Run(sequence, at, at + period)
        if any(step.shares or not step.operands for step in run.steps):
            break
        local: dict[Wire, object] = {}
        own = tuple(shape_of(program, step, local) for step in run.steps)
        outside, made = run.outside(), [wire for step in run.steps for wire in step.left]
        if not found:
            structure = own
            found.append(Round(run.steps, outside, made, ()))
            continue
        roles = _roles(found[-1], outside) if own == structure else None
        is_next = roles is not None and found[-1].made.index(found[-1].steps[-1]) in roles
        if roles is None or not is_next or (len(found) > 1 and roles != found[-1].roles):
            break
        found.append(Round(run.steps, outside, made, roles))
    return [*found, *_last_round(program, sequence, start + period * len(found), found)]


def _last_round(program: Program, sequence: list[Step], at: int, found: list[Round]) -> list[Round]:
    """A round behind others that lacks its last steps, as a stage lacks the transition to the next one."""
    if len(found) < 2 or not all(role in (None, len(found[0].made) - 1) for role in found[1].roles):
        return []
    first = found[0].steps
    for size in range(min(len(first) - 1, len(sequence) - at), 0, -1):
        run = Run(sequence, at, at + size)
        if any(step.shares or not step.operands for step in run.steps):
            continue
        local: tuple[dict[Wire, object], dict[Wire, object]] = ({}, {})
        shapes = [
            [shape_of(program, step, known) for step in steps]
            for steps, known in zip((first[:size], run.steps), local, strict=True)
        ]
        outside = run.outside()
        roles = _roles(found[-1], outside) if shapes[0] == shapes[1] else None
        if roles is not None and len(outside) == len(found[0].outside) and roles == found[1].roles:
            return [Round(run.steps, outside, [wire for step in run.steps for wire in step.left], roles)]
    return []


def _roles(before: Round, outside: list[Wire]) -> tuple[int | str | None, ...] | None:
    """What the tensors from outside were in the round before; None where one has come from elsewhere."""
    roles: list[int | str | None] = []
    for place, wire in enumerate(outside):
        if wire is before.outside[place]:
            roles.append(None)
        elif wire in before.made:
            roles.append(before.made.index(wire))
        elif wire in before.outside:
            roles.append(str(before.outside.index(wire)))
        else:
            return None
    return tuple(roles)


def _finals(many: list[Round]) -> list[Wire | None]:
    """What the tensors from outside would be in one more round; None for those that do not change."""
    last, roles = many[-1], many[-1].roles
    return [
        None if role is None else last.outside[int(role)] if isinstance(role, str) else _left(last, role)
        for role in roles
    ]


def _left(last: Round, number: int) -> Wire:
    """What the last round leaves; it may lack its last steps."""
    return last.made[min(number, len(last.made) - 1)]


def _is_closed(many: list[Round], run: Run, readers: list[int]) -> bool:
    """Whether nothing behind the rounds takes what they make, other than what the last one leaves."""
    finals = _finals(many)
    return all(
        readers[run.start + place] < run.end or all(wire in finals for wire in step.left)
        for place, step in enumerate(run.steps)
    )


def tried(program: Program, solved: dict[str, Solved], costs: Costs, run: Run, many: list[Round]) -> Loop | None:
    """A loop of a run; None where it would save nothing or would need a list of names."""
    loop = made(program, many)
    lines, odd, parameters = solve_steps(program, solved, [loop], list(loop.tensors))
    if odd:
        return None
    if not _saves_lines(program, run, lines[0]):
        return None
    gain = costs.run(run) - line_cost(lines[0]) - parameters
    gain -= 3 * (len(loop.left) - 1)
    if len(many) == 2 and len(lines[0].lists) > 1 and not any(step.body for step in loop.body):
        return None
    return (
        Loop(gain, run, loop, many)
        if gain > (_LEAST_GAIN if len(many) > 2 or any(step.calls for step in loop.body) else _LEAST_GAIN + 3)
        else None
    )


def _saves_lines(program: Program, run: Run, line: Line) -> bool:
    """Whether a loop has fewer lines than its rounds; one whose rounds differ is not worth it for the same."""
    steps = _lines_of(program, run.steps)
    inside = _lines_of(program, [inner.step for inner in line.body])
    return steps >= 2 + inside + (not _has_equal_rounds(line))


def _lines_of(program: Program, steps: list[Step]) -> int:
    """About how many lines steps have, without arguments that need more than one."""
    lines = 0
    for step in steps:
        names = (program.part_names.get((step.head, d)) for d in step.calls.values())
        is_named = any(names) or program.is_named(step)
        lines += 2 + _lines_of(program, step.body) if step.body else 1 + is_named
        lines += 2 * (len(step.operands) > 1 and not step.body)  # `from` and `as`
    return lines


def _has_equal_rounds(line: Line) -> bool:
    """Whether the rounds of a loop have equal arguments."""
    values = [value for inner in line.body for value in inner.arguments.values()]
    return not line.lists and not any(isinstance(value, Expr) for value in values)


def made(program: Program, many: list[Round]) -> Step:
    """The loop."""
    first, last = many[0], many[-1]
    instances = [{d: next(program.numbers) for d in first.steps[0].tensors} for _ in many]
    roles, path = many[-1].roles, first.made.index(first.steps[-1])
    order = sorted(range(len(roles)), key=lambda place: roles[place] != path)
    entries = [Wire({}) for _ in roles]
    for one, renumbered in zip(many, instances, strict=True):
        for entry, wire in zip(entries, one.outside, strict=True):
            entry.tensors.update({new: wire.tensors[d] for d, new in renumbered.items()})
    known: dict[Wire, Wire] = dict(zip(first.outside, entries, strict=True))
    body = merged(program, [one.steps for one in many], instances, known)
    loop = Step(dict(last.steps[-1].tensors), "for", [first.outside[place] for place in order], body=body)
    loop.entries = [entries[place] for place in order]
    finals = _finals(many)
    for place in order:
        role, final = roles[place], finals[place]
        leaf = None if role is None else entries[int(role)] if isinstance(role, str) else known[first.made[role]]
        loop.leaves.append(leaf)
        loop.ends.append(None if final is None or place == order[0] else Wire(dict(final.tensors)))
    loop.rounds = {d: tuple(renumbered[d] for renumbered in instances) for d in first.steps[0].tensors}
    return loop


def apply(program: Program, found: Loop) -> None:
    """Puts a loop in the place of its rounds."""
    run, loop = found.run, found.step
    order = sorted(range(len(found.rounds[-1].roles)), key=lambda place: found.rounds[-1].roles[place] != _path(found))
    finals = _finals(found.rounds)
    inside = {wire for step in run.steps for wire in step.left}
    new: dict[Wire, Wire] = {}
    for place, end in zip(order, loop.ends, strict=True):
        final = finals[place]
        if end is not None and final in inside and final is not None:
            new[final] = end
    new[run.steps[-1]] = loop
    run.sequence[run.start : run.end] = [loop]
    replace_wires(program, new)


def _path(found: Loop) -> int:
    first = found.rounds[0]
    return first.made.index(first.steps[-1])
