"""Loops, groups, sides, `let`, and steps without a head: what moves the path and adds no layer itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from archc.diagnostics import Poisoned, SpecError
from archc.elaborate.scope import Frame, Here, Leaves
from archc.ir.graph import Region
from archc.language.steps import Group, Let, Loop, Rounds, Side, Stay, Targets, flat
from archc.language.template import evaluate
from archc.language.value import POISON, Value, kind_of, written

if TYPE_CHECKING:
    from archc.elaborate.elaboration import Elaboration


def use_loop(run: Elaboration, head: Loop, here: Here) -> Leaves:
    """Expands the steps once an item; tensors and values flow on from round to round."""
    x, frame = here.taken[0], here.frame
    with run.part("loop", "", here) as part:
        for _ in rounds_of(head.rounds, frame):
            if head.body:
                inner = Region("round", "", None, part, here.step.at, part.prefix)
                x = frame["x"] = run.steps(head.body, x, frame, inner)
        run.register(part, x)
    return x


def rounds_of(rounds: Rounds, frame: Frame) -> Iterator[int]:
    """Binds the names of a loop, round by round."""
    items = evaluate(rounds.items, frame)
    if not isinstance(items, list | tuple):
        hint = "`range(n)` is the list from 0 to n - 1"
        message = f"`for` takes from a list, but `{rounds.items.text}` is {kind_of(items)}"
        raise SpecError.of("type", message, rounds.items.at, hint)
    frame.spend(len(items))
    for index, item in enumerate(items):
        _bind(rounds.targets, item, rounds, frame)
        yield index


def _bind(targets: Targets, item: Value, rounds: Rounds, frame: Frame) -> None:
    if isinstance(targets, str):
        frame[targets] = item
        return
    if not isinstance(item, list | tuple) or len(item) != len(targets):
        came = f"a list of {len(item)}" if isinstance(item, list | tuple) else written(item)
        names = ", ".join(flat(targets))
        hint = "`enumerate` gives the number and the item" if isinstance(item, int) else "give each value a name"
        message = f"`{names}` take {len(targets)} values each round, but {came} came"
        raise SpecError.of("type", message, rounds.at, hint)
    for target, value in zip(targets, item, strict=True):
        _bind(target, value, rounds, frame)


def use_group(run: Elaboration, head: Group | Side, here: Here) -> Leaves:
    """Expands the steps of a group, or of a side."""
    with run.part("side" if isinstance(head, Side) else "group", "", here) as part:
        left = run.steps(head.body, here.taken[0], here.frame, part)
        run.register(part, left)
    return left


def let_names(run: Elaboration, head: Let, here: Here) -> Leaves:
    """Names values and tensors, all right sides read before any is named."""
    _nameless(here)
    here.frame.spend(len(head.values))
    values: dict[str, Value] = {}
    for given, value in head.values.items():
        values[given] = POISON
        try:
            values[given] = evaluate(value, here.frame)
        except SpecError as error:
            run.collector.report(error, head.data.values_at[given], related=here.uses())
        except Poisoned:
            continue
    here.frame.update(values)
    return here.taken[0]


def stay(_run: Elaboration, _head: Stay, here: Here) -> Leaves:
    """Leaves what reached it: the path moves there, or it is named."""
    _nameless(here)
    return here.taken[0]


def _nameless(here: Here) -> None:
    if here.name is not None:
        hint = "`as` names a tensor"
        raise SpecError.of("name", "this step adds no layer, so it has no `name`", here.step.place("name"), hint)
