"""The network of another file as a function: a block whose steps end where what its use takes is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from archc.diagnostics import Position, SpecError
from archc.language import steps as syntax
from archc.language.arguments import Arguments
from archc.language.document import Block, NestedNetwork
from archc.language.nested_outputs import last_giving, may_be
from archc.language.template import Formula, ParsedValue, Template, is_constant
from archc.language.yaml_data import Seq
from archc.targets.keras.liveness import names_assigned, reads_any

_FLAT = "`--flat` writes a line a layer"


def wanted_outputs(network: NestedNetwork, arguments: Arguments) -> tuple[ParsedValue, ...]:
    """The names of what a use of a network leaves; empty where that is its last tensor.

    Raises:
        SpecError: they are computed.
    """
    given = arguments.named.get("outputs")
    if arguments.first is not None or not is_constant(given):
        message = f"the outputs of the network `{network.name}` are computed"
        raise SpecError.of("no-source", message, arguments.place("outputs"), f"write their names, or {_FLAT}")
    if given is None:
        return (network.main[0],) if network.main is not None else ()
    return tuple(given) if isinstance(given, Seq) else (given,)


def as_block(network: NestedNetwork, wanted: tuple[ParsedValue, ...], at: Position) -> Block:
    """The block that a use of a network is; the steps that give what it leaves are marked as outputs.

    Raises:
        SpecError: what it leaves is inside of a block of its file, or has a name that source cannot compute.
    """
    names = {name for name in wanted if isinstance(name, str)}
    marked = {name for name in names if any(may_be(mark, name) for mark in _marks(network.layers))}
    given = {name for name, _, _ in syntax.names_given(network.layers)}
    tensors = {name for name in names - marked if any(may_be(each, name) for each in given)}
    paths = {path.text: path for path in _paths(network.layers, (), readable=True)}
    parts = {_path(name, paths, network, at) for name in sorted(names - marked - tensors)}
    layers = _with_marks(network.layers, (), _Marks(marked, tensors - given, parts))
    if names:
        layers = layers[: last_giving(layers, names) + 1]
    inputs = network.inputs if len(network.inputs) > 1 or _reads(layers, network.inputs) else ()
    outputs = tuple((name, at) for name in wanted)
    return Block(network.name, network.at, network.params, inputs, layers, outputs)


def _marks(layers: syntax.Steps) -> list[ParsedValue]:
    return [step.output for step in syntax.steps_within(layers) if step.output is not None]


def _reads(layers: syntax.Steps, names: tuple[str, ...]) -> bool:
    """Whether steps read one of these names."""
    values = [value for step in syntax.steps_within(layers) for value in syntax.values_of(step)]
    return any(value in names if isinstance(value, str) else reads_any(value, names) for value in values)


# --- layers and parts by their names ---


class _Path(NamedTuple):
    """The name of a layer or a part, with those of the parts around it.

    Attributes:
        parts: its texts and expressions.
        readable: whether its expressions still have their values where the layer or part ends.
    """

    parts: tuple[str | Formula, ...]
    readable: bool

    @property
    def text(self) -> str:
        """The name with the texts of its expressions."""
        return "".join(part if isinstance(part, str) else f"$({part.text})" for part in self.parts)

    @property
    def fixed(self) -> int:
        """The number of characters that are no expressions."""
        return sum(len(part) for part in self.parts if isinstance(part, str))

    def matches(self, name: str) -> bool:
        """Whether the name may be this one; an expression stands for a text without `_`."""
        pattern = "".join(re.escape(part) if isinstance(part, str) else "[^_]*" for part in self.parts)
        return re.fullmatch(pattern, name) is not None


def _paths(steps: syntax.Steps, around: tuple[str | Formula, ...], *, readable: bool) -> Iterator[_Path]:
    """The names of the layers and parts that steps make, without those inside of blocks."""
    for step in steps:
        own, kept = around, readable
        if step.name is not None:
            own = (*around, *_name_parts(step.name))
            kept = readable and not reads_any(step.name, {"x", *names_assigned((step,))})
            yield _Path(own, kept)
        inside = around if isinstance(step.head, syntax.UseMerge) else _prefix(step, around)
        for body in (*step.head.bodies, step.otherwise or ()):
            yield from _paths(body, inside, readable=kept)


def _prefix(step: syntax.Step, around: tuple[str | Formula, ...]) -> tuple[str | Formula, ...]:
    return around if step.name is None else (*around, *_name_parts(step.name), "_")


def _name_parts(name: ParsedValue) -> tuple[str | Formula, ...]:
    return name.parts if isinstance(name, Template) else (name,)


def _path(name: str, paths: dict[str, _Path], network: NestedNetwork, at: Position) -> str:
    """The layer or part of a name, by the text of its path."""
    found = max((path for path in paths.values() if path.matches(name)), key=lambda path: path.fixed, default=None)
    if found is None or not found.readable:
        where = "is inside of a block" if found is None else "has a name that its own steps compute"
        message = f"`{name}` {where} of the network `{network.name}`, where no function of the source can end"
        raise SpecError.of("no-source", message, at, _FLAT)
    return found.text


class _Marks(NamedTuple):
    """What is marked as an output.

    Attributes:
        outputs: the names of the marks that are kept.
        tensors: the names of tensors with computed names.
        parts: layers and parts, by the texts of their paths.
    """

    outputs: set[str]
    tensors: set[str]
    parts: set[str]


def _with_marks(steps: syntax.Steps, around: tuple[str | Formula, ...], marks: _Marks) -> syntax.Steps:
    """The steps with these marks and no others."""
    return tuple(_with_mark(step, around, marks) for step in steps)


def _with_mark(step: syntax.Step, around: tuple[str | Formula, ...], marks: _Marks) -> syntax.Step:
    found: list[ParsedValue] = []
    if step.output is not None and any(may_be(step.output, name) for name in marks.outputs):
        found.append(step.output)
    computed = [name for name in step.as_ if isinstance(name, Template)]
    found += [name for name in computed if any(may_be(name, tensor) for tensor in marks.tensors)]
    own = _Path((*around, *_name_parts(step.name)), readable=True) if step.name is not None else None
    if own is not None and own.text in marks.parts:
        constant = all(isinstance(part, str) for part in own.parts)
        found.append(own.text if constant else Template(own.parts, step.place("name")))
    others = [name for name in computed if name is not step.current_name]
    if len(found) > 1 or (len(step.as_) > 1 and any(name in found for name in others)):
        message = "source has one name for an output of a network, but this step gives several"
        raise SpecError.of("no-source", message, step.at, _FLAT)
    inside = around if isinstance(step.head, syntax.UseMerge) else _prefix(step, around)
    otherwise = None if step.otherwise is None else _with_marks(step.otherwise, inside, marks)
    head = _with_marks_inside(step.head, inside, marks)
    return step._replace(head=head, output=found[0] if found else None, otherwise=otherwise, modified=True)


def _with_marks_inside(head: syntax.Head, around: tuple[str | Formula, ...], marks: _Marks) -> syntax.Head:
    match head:
        case syntax.Loop(_, body) | syntax.StepGroup(body) | syntax.SideGroup(body):
            return replace(head, body=_with_marks(body, around, marks))
        case syntax.UseMerge(branches=branches):
            return replace(head, branches=tuple(_branch(branch, around, marks) for branch in branches))
    return head


def _branch(branch: syntax.Branch, around: tuple[str | Formula, ...], marks: _Marks) -> syntax.Branch:
    return branch if branch.steps is None else branch._replace(steps=_with_marks(branch.steps, around, marks))
