"""Blocks: runs of steps with the same structure become uses of a block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from archc.folding.block_names import block_name
from archc.folding.cost import block_cost, value_cost
from archc.folding.lines import Solved
from archc.folding.program import Block, Program, Step, Wire
from archc.folding.runs import Run, alike, merged, repeating
from archc.folding.solve import solve_block
from archc.folding.values import key

_MOST_TRIED = 80
_MOST_PARAMETERS = 9
_LEAST_GAIN = 3
_MANY_ROUNDS = 4  # of a loop
_TEXT = 3  # the cost of an argument that is part of a name


@dataclass(eq=False, slots=True)
class Found:
    """A block that may be made, with what it saves."""

    runs: list[Run]
    block: Block
    solved: Solved
    gain: float
    instances: list[dict[int, int]]


class Costs:
    """The costs of steps as they are now, found once for each step."""

    def __init__(self, program: Program, solved: dict[str, Solved]) -> None:
        self.program, self.solved = program, solved
        self.known: dict[Step, float] = {}

    def step(self, step: Step) -> float:
        """The cost of a step where it stands alone."""
        if step not in self.known:
            self.known[step] = self._step(step)
        return self.known[step]

    def _step(self, step: Step) -> float:
        if step.body:
            return 7 + sum(self.step(inner) for inner in step.body)
        if step.calls:
            d = next(iter(step.calls.values()))
            given = [
                found.vector[d]
                for found in self.solved[step.head].parameters
                if d in found.vector and (found.default is None or key(found.default[0]) != key(found.vector[d]))
            ]
            cost = 2 + sum(1 + value_cost(value) for value in given)
            return cost + 2 * bool(self.solved[step.head].names) + max(0, len(step.operands) - 1)
        node = next(iter(step.nodes.values()))
        cost = 2 + sum(1 + value_cost(value) for value in self.program.arguments(node).values())
        return cost + 2 * self.program.is_named(step) + max(0, len(step.operands) - 1)

    def run(self, run: Run) -> float:
        """The cost of the steps of a run."""
        return sum(self.step(step) for step in run.steps)


def best_block(program: Program, solved: dict[str, Solved]) -> Found | None:
    """The block that saves most; None where none saves anything."""
    costs = Costs(program, solved)
    repeats = {id(sequence): list(repeating(program, sequence)) for sequence in program.sequences()}
    ranked: list[tuple[float, int, list[Run]]] = []
    for number, runs in enumerate(_with_parts(program, alike(program))):
        if len(runs) < 2 or any(_is_of_a_loop(run, repeats[id(run.sequence)]) for run in runs):
            continue
        each = [costs.run(run) for run in runs]
        bound = sum(each) - min(each) - 2.5 * len(runs)
        if bound > _LEAST_GAIN:
            ranked.append((-bound, number, runs))
    best: Found | None = None
    for bound, _, runs in sorted(ranked)[:_MOST_TRIED]:
        if best is not None and -bound <= best.gain:
            break
        found = tried(program, solved, costs, runs)
        if found is not None and (best is None or found.gain > best.gain):
            best = found
    return best


def _with_parts(program: Program, groups: list[list[Run]]) -> Iterator[list[Run]]:
    """Groups of runs, and of each group the runs whose layers have names that go on alike."""
    for runs in groups:
        yield runs
        by_names: dict[object, list[Run]] = {}
        for run in runs:
            by_names.setdefault(_name_form(program, run), []).append(run)
        if len(by_names) > 1:
            yield from (part for part in by_names.values() if len(part) > 1)


def _name_form(program: Program, run: Run) -> object:
    """The names of the layers of a run without what all of them begin with."""
    names = [program.names[next(iter(step.nodes.values()))] for step in run.steps if step.nodes]
    words = [name.split("_") for name in names if name is not None]
    if not words:
        return None
    size = 0
    while all(len(found) > size for found in words) and len({found[size] for found in words}) == 1:
        size += 1
    return tuple(None if name is None else "_".join(name.split("_")[size:]) for name in names)


def _is_of_a_loop(run: Run, repeats: list[tuple[int, int, int]]) -> bool:
    """Whether a run cuts steps that repeat with equal arguments, or has many of them; it may have the last in part."""
    for start, end, period in repeats:
        inside = min(end, run.end) - max(start, run.start)
        if run.end - run.start <= period or inside <= 0:
            continue
        if inside < end - start:
            if inside > (end - start) % period:
                return True
        elif inside >= _MANY_ROUNDS * period:
            return True
    return False


def tried(program: Program, solved: dict[str, Solved], costs: Costs, runs: list[Run]) -> Found | None:
    """A block of some runs; None where it would save nothing."""
    if len({len(run.outside()) for run in runs}) != 1:
        return None
    block, instances = tentative(program, runs)
    body = block.body
    new = solve_block(program, block, solved)
    if len(new.parameters) > _MOST_PARAMETERS or (len(body) == 1 and not new.lines[0].arguments):
        return None
    if len(body) == 1 and body[0].calls:
        return None
    uses = cost_of_uses(new, block, instances)
    uses += program.apart_cost * new.apart * len(runs) / len(block.instances)
    gain = sum(costs.run(run) for run in runs) - block_cost(new) - uses
    return Found(runs, block, new, gain, instances) if gain > _LEAST_GAIN else None


def tentative(program: Program, runs: list[Run]) -> tuple[Block, list[dict[int, int]]]:
    """A block of runs with the same structure, and the instances of its uses."""
    outside = [run.outside() for run in runs]
    instances = [{d: next(program.numbers) for d in run.steps[0].tensors} for run in runs]
    inputs: list[Wire] = []
    for k in range(len(outside[0])):
        tensors = {}
        for wires, renumbered in zip(outside, instances, strict=True):
            tensors.update({new: wires[k].tensors[d] for d, new in renumbered.items()})
        inputs.append(Wire(tensors))
    known = dict(zip(outside[0], inputs, strict=True))
    return Block("", inputs, merged(program, [run.steps for run in runs], instances, known)), instances


def cost_of_uses(new: Solved, block: Block, instances: list[dict[int, int]]) -> float:
    """What the uses of a block cost."""
    uses = 0.0
    for renumbered in instances:
        d = next(iter(renumbered.values()))
        uses += 2 + 2 * bool(new.names.get(d)) + max(0, len(block.inputs) - 1) * 3
        for found in new.parameters:
            if d not in found.vector:
                continue
            value = found.vector[d]
            if found.default is None or key(found.default[0]) != key(value):
                uses += (_TEXT if found.text else 1) + value_cost(value)
    return uses


def apply(program: Program, solved: dict[str, Solved], found: Found) -> None:
    """Makes a block and its uses."""
    block = found.block
    block.name = block_name(program, found.solved, block)
    program.blocks[block.name] = block
    solved[block.name] = found.solved
    program.part_names.update({(block.name, d): name for d, name in found.solved.names.items()})
    outside = [run.outside() for run in found.runs]
    uses = []
    for run, wires, renumbered in zip(found.runs, outside, found.instances, strict=True):
        last = run.steps[-1]
        uses.append((run, Step(dict(last.tensors), block.name, wires, calls=dict(renumbered)), last))
    for run, use, _ in sorted(uses, key=lambda made: -made[0].start):
        run.sequence[run.start : run.end] = [use]
    replace_wires(program, {last: use for _, use, last in uses})


def replace_wires(program: Program, new: Mapping[Wire, Wire]) -> None:
    """Puts other wires in the place of wires."""

    def put(wire: Wire) -> Wire:
        while wire in new:
            wire = new[wire]
        return wire

    for sequence in program.sequences():
        for step in sequence:
            step.operands = [put(wire) for wire in step.operands]
            step.leaves = [None if wire is None else put(wire) for wire in step.leaves]
    for block in program.blocks.values():
        block.outputs = [put(wire) for wire in block.outputs]
    program.outputs = {name: put(wire) for name, wire in program.outputs.items()}
