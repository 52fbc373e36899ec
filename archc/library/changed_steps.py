"""Changes of the steps that a spec inherits, each found by its name as it is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from archc.collector import Collector
from archc.diagnostics import Position, Related, did_you_mean, printable
from archc.ir.op import Op
from archc.language import steps as syntax
from archc.language.arguments import Arguments
from archc.language.document import StepChange
from archc.language.yaml_data import Map

_MODIFIERS = ("prefix", "from_", "as_", "when", "shape", "output", "share", "share_inside", "note")


def changed_layers(layers: syntax.Steps, changes: Mapping[str, StepChange], collector: Collector) -> syntax.Steps:
    """Steps with changes; a name that no step has, or several, is reported."""
    found: dict[str, list[syntax.Step]] = {}
    for step in syntax.steps_within(layers):
        if (name := _written_name(step)) is not None:
            found.setdefault(name, []).append(step)
    wanted: dict[int, StepChange] = {}
    for name, change in changes.items():
        match found.get(name, []):
            case [step]:
                wanted[id(step)] = change
            case []:
                hint = did_you_mean(name, found) or f"with a name: {', '.join(list(found)[:20]) or 'none'}"
                message = f"no inherited step is called `{printable(name[:60])}`"
                collector.add("unknown-layer", message, change.at, hint, about=name)
            case several:
                related = [Related("here", step.place("name")) for step in several]
                message = f"{len(several)} inherited steps are called `{printable(name[:60])}`"
                hint = "only a step whose name is written once can be changed; write `layers`"
                collector.add("name-taken", message, change.at, hint, about=name, related=related)
    return _changed(layers, wanted) if wanted else layers


def _written_name(step: syntax.Step) -> str | None:
    """The `name` of a step as its file has it: `conv$(i)`."""
    written = step.data.text("name") if step.data is not None and step.name is not None else None
    return None if written is None else str(written)


def _changed(steps: syntax.Steps, wanted: Mapping[int, StepChange]) -> syntax.Steps:
    return tuple(_changed_step(step, wanted) for step in steps)


def _changed_step(step: syntax.Step, wanted: Mapping[int, StepChange]) -> syntax.Step:
    if id(step) in wanted:
        return _merged(step, wanted[id(step)].step)
    head = step.head
    if isinstance(head, syntax.Loop | syntax.StepGroup | syntax.SideGroup):
        head = replace(head, body=_changed(head.body, wanted))
    elif isinstance(head, syntax.UseMerge):
        inner = [None if branch.steps is None else _changed(branch.steps, wanted) for branch in head.branches]
        pairs = zip(head.branches, inner, strict=True)
        head = replace(head, branches=tuple(branch._replace(steps=steps) for branch, steps in pairs))
    otherwise = None if step.otherwise is None else _changed(step.otherwise, wanted)
    return step._replace(head=head, otherwise=otherwise)


def _merged(old: syntax.Step, new: syntax.Step) -> syntax.Step:
    """The inherited step with what the change says of it."""
    given = {field: getattr(new, field) for field in _MODIFIERS if getattr(new, field) not in (None, ())}
    if new.otherwise is not None or not isinstance(new.head, syntax.NoHead):
        given["otherwise"] = new.otherwise
    data = _merged_data(new.at, [held for held in (old.data, new.data) if held is not None])
    return old._replace(head=_merged_head(old.head, new.head), at=new.at, data=data, modified=True, **given)


def _merged_head(old: syntax.Head, new: syntax.Head) -> syntax.Head:
    """The new head, with the arguments of the old one that it does not give, where both are the same op or block."""
    match old, new:
        case _, syntax.NoHead():
            return old
        case syntax.UseOp(op), syntax.UseOp(other) if op is other:
            return replace(new, arguments=_merged_arguments(old.arguments, new.arguments, op))
        case syntax.UseBlock(word), syntax.UseBlock(other) if word == other:
            return replace(new, arguments=_merged_arguments(old.arguments, new.arguments, None))
        case syntax.UseChoice(), syntax.UseChoice() if old.word.text == new.word.text:
            return replace(new, arguments=_merged_arguments(old.arguments, new.arguments, None))
        case syntax.UseMerge(op), syntax.UseMerge(other) if op is other:
            arguments = _merged_arguments(old.arguments, new.arguments, op)
            return replace(new, arguments=arguments, branches=new.branches or old.branches)
    return new


def _merged_arguments(old: Arguments, new: Arguments, op: type[Op] | None) -> Arguments:
    """The arguments of both, where each has names; else the new ones."""
    before, after = _by_name(old, op), _by_name(new, op)
    if before is None or after is None:
        return new
    named, places = {**before.named, **after.named}, before.positions() | after.positions()
    listed = tuple(at for name in named for at in places[name])
    return Arguments(named, None, new.at, listed, before.constant and after.constant)


def _merged_data(at: Position, maps: Iterable[Map]) -> Map:
    """One mapping with what all have; the later one holds."""
    data = Map(at)
    for held in maps:
        for key, value in held.items():
            data.put(key, value, held.keys_at[key], held.values_at[key])
        for key, text in held.texts.items():
            data.keep_text(key, text)
    return data


def _by_name(arguments: Arguments, op: type[Op] | None) -> Arguments | None:
    """The arguments by name, the first one alone too; None where it has none."""
    if arguments.first is None:
        return arguments
    name = op.first_argument() if op is not None else None
    if name is None:
        return None
    at = arguments.at
    return Arguments({name: arguments.first.value}, None, at, (at, at), arguments.constant)
