"""Where the steps of a network give the tensors that a use of it names, as far as their text shows."""

from __future__ import annotations

from collections.abc import Collection

from archc.language.steps import Step, Steps, names_given, steps_within
from archc.language.template import NamePattern, ParsedValue, Template


def last_giving(layers: Steps, names: Collection[str]) -> int:
    """The place of the last step that may give one of these names to a tensor or an output; -1 where none does."""
    return max((place for place, step in enumerate(layers) if any(_may_give(step, name) for name in names)), default=-1)


def _may_give(step: Step, name: str) -> bool:
    marks = (inner.output for inner in steps_within((step,)))
    return any(may_be(given, name) for given, _, _ in names_given((step,))) or any(may_be(mark, name) for mark in marks)


def may_be(given: ParsedValue, name: str) -> bool:
    """Whether a name that a step gives, which may be computed, may be this name."""
    if given is None or isinstance(given, str):
        return bool(given == name)
    pattern = given.pattern if isinstance(given, Template) else given
    return pattern.may_be(name) if isinstance(pattern, NamePattern) else True
