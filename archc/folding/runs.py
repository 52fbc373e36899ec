"""Runs of steps with the same structure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from archc.folding.program import Block, Program, Step, Wire

LONGEST = 64
_MOST_INPUTS = 3


@dataclass(frozen=True, slots=True)
class Run:
    """Steps in a row."""

    sequence: list[Step]
    start: int
    end: int

    @property
    def steps(self) -> list[Step]:
        """The steps."""
        return self.sequence[self.start : self.end]

    def outside(self) -> list[Wire]:
        """What the steps take from outside, in the order in which they ask for it."""
        found: dict[Wire, None] = {}
        own: set[Wire] = set()
        for step in self.steps:
            for wire in step.operands:
                if wire not in own:
                    found.setdefault(wire)
            own.update(step.left)
        return list(found)


def shape_of(program: Program, step: Step, local: dict[Wire, object]) -> object:
    """What has to be equal for two steps to stand in one place; gives each new wire its place."""
    parts: list[object] = [step.form, program.is_named(step), step.optional, len(step.left)]
    for wire in step.operands:
        if wire not in local:
            local[wire] = ("outside", sum(1 for place in local.values() if isinstance(place, tuple)))
        parts.append(local[wire])
    if step.body:
        for number, wire in enumerate(step.entries):
            local[wire] = f"entry {len(local)} {number}"
        parts.append(tuple(shape_of(program, inner, local) for inner in step.body))
        parts.append(tuple(None if wire is None else local[wire] for wire in step.leaves))
    for wire in step.left:
        local[wire] = len(local)
    return tuple(parts)


def last_reads(sequence: list[Step], kept: set[Wire]) -> list[int]:
    """For each step, the place of the last step that takes what it leaves; one behind the end if others do."""
    found = [len(sequence) if kept.intersection(step.left) else place for place, step in enumerate(sequence)]
    places = {wire: place for place, step in enumerate(sequence) for wire in step.left}
    for place, step in enumerate(sequence):
        for wire in step.operands:
            if wire in places:
                found[places[wire]] = max(found[places[wire]], place)
    return found


def alike(program: Program) -> list[list[Run]]:
    """Groups of runs that could be uses of one block: closed, with the same structure, at most three inputs."""
    kept = program.kept()
    found: defaultdict[int, list[Run]] = defaultdict(list)
    for sequence in program.sequences():
        for structure, run in closed_runs(program, sequence, kept):
            found[structure].append(run)
    return [apart(runs) for runs in found.values() if len(runs) > 1]


def closed_runs(
    program: Program, sequence: list[Step], kept: set[Wire], *, sharing: bool = False
) -> Iterator[tuple[int, Run]]:
    """The runs of which only the last step is read elsewhere, of at most three inputs; each with its structure.

    Args:
        program: the network.
        sequence: the steps.
        kept: the wires that are read otherwise than as an operand.
        sharing: whether also runs with layers that are called again.
    """
    ends = last_reads(sequence, kept)
    read = kept.union(*(step.operands for step in sequence))
    for start in range(len(sequence)):
        local: dict[Wire, object] = {}
        structure, reach = 0, start
        for end in range(start + 1, min(len(sequence), start + LONGEST) + 1):
            step = sequence[end - 1]
            if not step.operands or (step.shares and not (sharing and step.nodes)):
                break
            structure = hash((structure, shape_of(program, step, local)))
            if end - 1 > start:
                reach = max(reach, ends[end - 2])
            if reach >= end or (end - start == 1 and not step.body) or not read.isdisjoint(step.left[1:]):
                continue
            if sum(1 for place in local.values() if isinstance(place, tuple)) <= _MOST_INPUTS:
                yield structure, Run(sequence, start, end)


def apart(runs: list[Run]) -> list[Run]:
    """The runs without those that begin in another."""
    ends: dict[int, int] = {}
    chosen = []
    for run in runs:
        if ends.get(id(run.sequence), -1) <= run.start:
            chosen.append(run)
            ends[id(run.sequence)] = run.end
    return chosen


def contents(program: Program, sequence: list[Step]) -> list[int]:
    """For each step a number that is equal where steps have equal arguments too."""
    found = []
    for step in sequence:
        parts = [hash(shape_of(program, step, {}))]
        for inner in (step, *step.body):
            parts += [hash(repr(sorted(program.arguments(node).items(), key=str))) for node in inner.nodes.values()]
            if inner.calls:
                block = program.blocks[inner.head]
                parts += [hash(_content(program, block, d)) for d in inner.calls.values()]
        found.append(hash(tuple(parts)))
    return found


def _content(program: Program, block: Block, instance: int) -> object:
    parts: list[object] = []
    for step in block.body:
        if instance in step.nodes:
            parts.append(repr(step.nodes[instance].op))
        elif instance in step.calls:
            parts.append(_content(program, program.blocks[step.head], step.calls[instance]))
        elif instance in step.rounds:
            parts.append(len(step.rounds[instance]))
    return tuple(parts)


def repeating(program: Program, sequence: list[Step]) -> Iterator[tuple[int, int, int]]:
    """Where steps repeat those before them with equal arguments: start, end, period."""
    numbers = contents(program, sequence)
    for period in range(1, min(12, len(numbers) // 2) + 1):
        start = 0
        while start + period < len(numbers):
            end = start
            while end + period < len(numbers) and numbers[end] == numbers[end + period]:
                end += 1
            if end - start >= period:
                yield start, end + period, period
            start = max(end, start + 1)


def merged(
    program: Program, many: list[list[Step]], instances: Sequence[Mapping[int, int]], known: dict[Wire, Wire]
) -> list[Step]:
    """Steps that stand for several rows of steps; `instances` gives the new number of each instance of each row.

    `known` maps the wires of the first row to the merged ones. A row may end early: it lacks the steps behind its end,
    which leave what its last step leaves.
    """
    found: list[Step] = []
    for place in range(len(many[0])):
        row = [steps[place] for steps in many if place < len(steps)]
        first = row[0]
        operands = [known.get(wire, wire) for wire in first.operands]
        made = Step({}, first.head, operands, share=first.share, again=first.again)
        made.tensor_arguments = first.tensor_arguments
        made.ends = [None if wire is None else Wire({}) for wire in first.ends]
        present = [renumbered for steps, renumbered in zip(many, instances, strict=True) if place < len(steps)]
        for steps, renumbered in zip(many, instances, strict=True):
            if place >= len(steps):
                made.tensors.update({new: steps[-1].tensors[d] for d, new in renumbered.items()})
        for step, renumbered in zip(row, present, strict=True):
            for d, new in renumbered.items():
                made.tensors[new] = step.tensors[d]
                for end, other in zip(made.ends, step.ends, strict=True):
                    if end is not None and other is not None:
                        end.tensors[new] = other.tensors[d]
                if d in step.nodes:
                    made.nodes[new] = step.nodes[d]
                if d in step.calls:
                    made.calls[new] = step.calls[d]
                if d in step.rounds:
                    made.rounds[new] = step.rounds[d]
        known.update(zip(first.left, made.left, strict=True))
        if first.body:
            made.entries = [union([step.entries[k] for step in row]) for k in range(len(first.entries))]
            known.update(zip(first.entries, made.entries, strict=True))
            own = [{d: d for d in _instances(step)} for step in row]
            made.body = merged(program, [step.body for step in row], own, known)
            made.leaves = [None if wire is None else known.get(wire, wire) for wire in first.leaves]
        found.append(made)
    return found


def _instances(loop: Step) -> list[int]:
    return [d for rounds in loop.rounds.values() for d in rounds]


def union(wires: list[Wire]) -> Wire:
    """One wire with the tensors of several."""
    return Wire({d: tensor for wire in wires for d, tensor in wire.tensors.items()})
