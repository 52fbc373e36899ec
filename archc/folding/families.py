"""Parts by their names: layers in a row whose names begin alike are a part, and parts with like names one block."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from archc.folding.cost import block_cost
from archc.folding.lines import Solved
from archc.folding.program import Block, Program, Step
from archc.folding.repeats import Costs, Found, apply, cost_of_uses, tentative
from archc.folding.runs import Run, last_reads
from archc.folding.solve import solve_block
from archc.folding.unify import aligned_block

_MOST_PARAMETERS = 9


@dataclass(eq=False, slots=True)
class _Cluster:
    """Parts that are one block."""

    runs: list[Run]
    block: Block
    instances: list[dict[int, int]]


def families(program: Program) -> list[list[Run]]:
    """The parts of the network by the forms of their names, the longest names first."""
    found: dict[str, list[Run]] = {}
    for prefix, run in _parts(program).items():
        form = re.sub(r"\d+[a-z]?(?![A-Za-z])", "#", prefix)
        found.setdefault(form, []).append(run)
    several = {form: runs for form, runs in found.items() if len(runs) > 1 and not _hold_loops(runs)}
    return [several[form] for form in sorted(several, key=lambda form: (-form.count("_"), form))]


def _hold_loops(runs: list[Run]) -> bool:
    """Whether a block is used much more often in one part than in another, as the units of a stage are."""
    counts = [Counter(step.head for step in run.steps if step.calls) for run in runs]
    heads = {head for found in counts for head in found}
    return any(max(found[head] for found in counts) - min(found[head] for found in counts) > 1 for head in heads)


def _parts(program: Program) -> dict[str, Run]:
    """The steps in a row, more than one, that have all names with a beginning, and leave one tensor."""
    steps = program.main
    kept = program.kept()
    ends = last_reads(steps, kept)
    places: dict[str, list[int]] = {}
    for place, step in enumerate(steps):
        for prefix in _prefixes(program, step):
            places.setdefault(prefix, []).append(place)
    found = {}
    for prefix, own in places.items():
        start, end = own[0], own[-1] + 1
        if end - start < 2 or any(step.shares for step in steps[start:end]):
            continue
        between = [steps[place] for place in range(start, end) if place not in set(own)]
        if any(_prefixes(program, step) for step in between):
            continue
        if all(ends[place] < end for place in range(start, end - 1)):
            found[prefix] = Run(steps, start, end)
    return found


def _prefixes(program: Program, step: Step) -> list[str]:
    """The beginnings of the name of a layer or of a use, up to each `_`; all of the name for a use."""
    if step.nodes:
        name = program.names[next(iter(step.nodes.values()))]
        words = [] if name is None else name.split("_")[:-1]
    elif step.calls:
        names = {program.part_names.get((step.head, d)) for d in step.calls.values()}
        name = names.pop() if len(names) == 1 else None
        words = [] if not name else name.split("_")
    else:
        words = []
    return ["_".join(words[: size + 1]) for size in range(len(words))]


def make_families(program: Program, solved: dict[str, Solved]) -> None:
    """Makes the blocks of all families that save something."""
    tried: set[str] = set()
    while True:
        for runs in families(program):
            form = repr((len(program.main), [(run.start, run.end) for run in runs]))
            if form in tried:
                continue
            tried.add(form)
            made = [
                found for cluster in _clusters(program, solved, runs) if (found := _found(program, solved, cluster))
            ]
            if made:
                apply(program, solved, max(made, key=lambda found: found.gain))
                break
        else:
            return


def _clusters(program: Program, solved: dict[str, Solved], runs: list[Run]) -> list[_Cluster]:
    """The parts in groups that can be one block."""
    costs = Costs(program, solved)
    clusters: list[_Cluster] = []
    for run in sorted(runs, key=lambda run: run.start - run.end):
        block, instances = tentative(program, [run])
        if len(block.inputs) > 3 or not block.inputs:
            continue
        for cluster in clusters:
            if len(cluster.block.inputs) != len(block.inputs):
                continue
            merged = aligned_block(program, costs, cluster.block, block)
            if merged is not None:
                cluster.block = merged
                cluster.runs.append(run)
                cluster.instances += instances
                break
        else:
            clusters.append(_Cluster([run], block, instances))
    return [cluster for cluster in clusters if len(cluster.runs) > 1]


def _found(program: Program, solved: dict[str, Solved], cluster: _Cluster) -> Found | None:
    """The block of a cluster, if it saves anything."""
    if len(cluster.block.body) == 1:
        return None
    new = solve_block(program, cluster.block, solved)
    if len(new.parameters) > _MOST_PARAMETERS or any(found.text for found in new.parameters):
        return None
    costs = Costs(program, solved)
    gain = sum(costs.run(run) for run in cluster.runs) - block_cost(new)
    gain -= cost_of_uses(new, cluster.block, cluster.instances)
    return Found(cluster.runs, cluster.block, new, gain, cluster.instances) if gain > 0 else None
