"""Runs of steps that call the same layers: they become uses of a block with a `share_inside`."""

from __future__ import annotations

from collections import Counter, defaultdict

from archc.folding.lines import Solved
from archc.folding.name_texts import unused_name
from archc.folding.program import Program
from archc.folding.repeats import Costs, apply, tried
from archc.folding.runs import Run, apart, closed_runs
from archc.ir.naming import snake_case
from archc.language.name_rules import is_layer_name

_MOST_TRIED = 40

Layers = tuple[str | None, ...]
"""For each step of a run, the layer that it shares with other runs; None for one of its own."""


def make_common_blocks(program: Program, solved: dict[str, Solved]) -> None:
    """Makes blocks of the runs of the network that call layers in common, the longest runs first."""
    while any(_made(program, solved, groups) for groups in _candidates(program)[:_MOST_TRIED]):
        pass


def _candidates(program: Program) -> list[list[list[Run]]]:
    """What could be one block, the longest runs first: groups of runs, each of which has its layers in common."""
    calls = Counter(step.share for step in program.main if step.shares and step.nodes)
    if not calls:
        return []
    alike: defaultdict[tuple[int, Layers], list[Run]] = defaultdict(list)
    for structure, run in closed_runs(program, program.main, program.kept(), sharing=True):
        layers = tuple(step.share for step in run.steps)
        if any(layers):
            alike[structure, layers].append(run)
    groups: defaultdict[tuple[int, tuple[bool, ...]], list[list[Run]]] = defaultdict(list)
    for (structure, layers), runs in alike.items():
        found = apart(runs)
        if len(found) > 1 and all(layer is None or calls[layer] == len(found) for layer in layers):
            groups[structure, tuple(layer is None for layer in layers)].append(found)
    several = [found for found in groups.values() if len(found) > 1]
    alone = [[group] for found in groups.values() for group in found]
    return sorted([*several, *alone], key=lambda found: -len(found[0][0].steps))


def _made(program: Program, solved: dict[str, Solved], groups: list[list[Run]]) -> bool:
    """Makes the block of some runs and its uses, where that saves something."""
    runs = [run for group in groups for run in group]
    names = [_names(program, group[0]) for group in groups]
    labels = names[0][1] if len({tuple(rests) for _, rests in names}) == 1 else _kinds(runs[0])
    written = [(step, step.share, step.again) for run in runs for step in run.steps if step.share is not None]
    for number, (step, _, _) in enumerate(written):
        step.share, step.again = labels[number % len(labels)], False
    found = tried(program, solved, Costs(program, solved), runs)
    if found is None:
        for step, share, again in written:
            step.share, step.again = share, again
        return False
    taken = {name for step in program.main for name in (step.share, step.share_inside) if name is not None}
    inside: dict[int, str] = {}
    for group, (beginning, _) in zip(groups, names, strict=True):
        name = unused_name(beginning if is_layer_name(beginning) else "common", taken)
        taken.add(name)
        inside.update({run.start: name for run in group})
    apply(program, solved, found)
    uses = [step for step in program.main if step.head == found.block.name]
    for start, use in zip(sorted(inside), uses, strict=True):
        use.share_inside = inside[start]
    return True


def _names(program: Program, run: Run) -> tuple[str, list[str]]:
    """What the names of the layers begin with that a run shares, and the rests of these names."""
    if not all(program.is_named(step) for step in run.steps if step.share is not None):
        return "", _kinds(run)
    words = [step.share.split("_") for step in run.steps if step.share is not None]
    size = 0
    while all(len(name) > size + 1 for name in words) and len({name[size] for name in words}) == 1:
        size += 1
    rests = ["_".join(name[size:]) for name in words]
    return "_".join(words[0][:size]), rests if len(set(rests)) == len(rests) else _kinds(run)


def _kinds(run: Run) -> list[str]:
    """Names for what a run shares, after the kinds of the layers."""
    found: list[str] = []
    for step in run.steps:
        if step.share is not None:
            found.append(unused_name(snake_case(step.head), found))
    return found
