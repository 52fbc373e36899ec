"""The layers that are named after an output of the network: those without a name of their own that make it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from archc.ir.op import SeveralOutputs
from archc.language.steps import Head, SideGroup, Step, StepGroup, Steps, UseMerge, UseOp, names_given, steps_within
from archc.language.template import ParsedValue


class OutputNames(NamedTuple):
    """How the layers of a network's own steps are named after its outputs.

    Attributes:
        layers: the names of outputs that layers have, by the heads that make the layers.
        certain: the outputs that have the name of the layer that makes them, whatever the parameters are.
        renamed: the outputs of layers that have another name, whatever the parameters are.
    """

    layers: dict[Head, ParsedValue]
    certain: set[str]
    renamed: set[str]


def output_names(layers: Steps, listed: Iterable[ParsedValue] = ()) -> OutputNames:
    """Finds the layers that are named after an output.

    Args:
        layers: the steps of a network.
        listed: the names under `outputs`.
    """
    found, listed = OutputNames({}, set(), set()), tuple(listed)
    if not listed and all(step.output is None for step in steps_within(layers)):
        return found
    marks: dict[str, list[str]] = {}
    for step, name, prefixed in _marked(layers, _given_once(layers, listed), prefixed=False):
        kind = _named(step, name, found.layers, prefixed=prefixed)
        if isinstance(name, str):
            marks.setdefault(name, []).append(kind)
    found.certain.update(name for name, kinds in marks.items() if set(kinds) == {"certain"})
    found.renamed.update(name for name, kinds in marks.items() if set(kinds) == {"renamed"})
    return found


def _given_once(layers: Steps, listed: Iterable[ParsedValue]) -> set[str]:
    """The names under `outputs` that one step gives with `as`, outside of loops and branches."""
    counts = Counter(name for name, _, _ in names_given(layers))
    marks = [step.output for step in steps_within(layers) if isinstance(step.output, str)]
    once = {name for step in _written_once(layers) if isinstance(name := step.current_name, str)}
    return {
        name for name in listed if isinstance(name, str) and counts[name] == 1 and name in once and name not in marks
    }


def _written_once(steps: Steps) -> Iterator[Step]:
    for step in steps:
        yield step
        if isinstance(step.head, StepGroup | SideGroup):
            yield from _written_once(step.head.body)


def _within(steps: Steps, *, prefixed: bool) -> Iterator[tuple[Step, bool]]:
    """All steps, and whether a part around them has a name or a prefix, which is before those of its layers."""
    for step in steps:
        yield step, prefixed
        for body in (*step.head.bodies, step.otherwise or ()):
            yield from _within(body, prefixed=prefixed or step.beginning is not None)


def _marked(layers: Steps, listed: set[str], *, prefixed: bool) -> Iterator[tuple[Step, ParsedValue, bool]]:
    """The steps whose last tensor is an output, with its name."""
    for step, inside in _within(layers, prefixed=prefixed):
        if step.output is not None:
            yield step, step.output, inside
        elif isinstance(name := step.current_name, str) and name in listed:
            yield step, name, inside


def _named(step: Step, name: ParsedValue, layers: dict[Head, ParsedValue], *, prefixed: bool) -> str:
    """Names the layer that makes an output after it.

    Returns:
        Whether the layer has the name of the output (`certain`), or another one (`renamed`), or either.
    """
    head = step.head
    if step.share is not None:
        return "either"
    if isinstance(head, UseOp | UseMerge) and issubclass(head.op, SeveralOutputs):
        return "renamed"
    if isinstance(head, UseOp | UseMerge) and not step.otherwise:
        if step.name is None:
            layers[head] = name
            return "certain"
        if prefixed or not isinstance(step.name, str) or not isinstance(name, str):
            return "either"
        return "certain" if step.name == name else "renamed"
    if not isinstance(head, StepGroup | SideGroup) or not isinstance(name, str) or step.otherwise:
        return "either"
    last = head.body[-1] if head.body else None
    if last is None or last.when is not None or last.output is not None or not last.head.moves:
        return "either"
    return _named(last, name, layers, prefixed=prefixed or step.beginning is not None)
