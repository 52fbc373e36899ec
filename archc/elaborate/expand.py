"""Expansion: a spec at certain values of its parameters becomes a graph."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from math import prod
from types import MappingProxyType
from typing import Any, NamedTuple

from archc import limits
from archc.collector import Collector
from archc.diagnostics import Diagnostic, SpecError, printable
from archc.elaborate.documented_shape import DocumentedShape
from archc.elaborate.elaboration import Elaboration, Frame, MaybeTensor
from archc.elaborate.memory import Memory, OncePerSpec, memory_of
from archc.elaborate.outputs import graph_of, named_features
from archc.elaborate.parameters import spec_values
from archc.elaborate.repeated_uses import NotAsRemembered
from archc.elaborate.step_expansion import expand_steps
from archc.elaborate.unreached import check_unreached
from archc.garbage_collection import without_collection
from archc.ir.graph import Graph, Input, Region
from archc.ir.shape import Shape, shape_text
from archc.language.document import InputDeclaration
from archc.language.output_names import output_names
from archc.language.steps import families_of
from archc.language.template import evaluate
from archc.language.value import POISON, Scope, Value, describe
from archc.library.specs import Spec

_AXES = 10


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user sets in addition to the file.

    Attributes:
        params: values of parameters.
        inputs: shapes by the names of inputs; None is the name of a single one.
        outputs: the names of layers and parts where the network ends.
        features: the names of features where it ends instead.
        freeze: patterns of the names of layers and parts that training does not change.
    """

    params: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str | None, Shape] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    freeze: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.params or self.inputs or self.outputs or self.features or self.freeze)


class Expansion(NamedTuple):
    """A spec at certain values of its parameters.

    Attributes:
        values: of all parameters.
        scope: facts are evaluated in it.
        shapes: the shapes documented beside steps, in order.
        warnings: of what is left out.
        features: the layers and parts that the spec names as features, by feature.
    """

    graph: Graph
    values: Mapping[str, Value]
    scope: Scope
    shapes: tuple[DocumentedShape, ...]
    warnings: tuple[Diagnostic, ...] = ()
    features: Mapping[str, str] = MappingProxyType({})


def expand(spec: Spec, settings: Settings, collector: Collector, *, allow_unused: bool = False) -> Expansion | None:
    """Expands a spec; what is wrong is reported.

    Args:
        spec: what is expanded.
        settings: what a user sets.
        collector: gets the errors.
        allow_unused: whether parameters that nothing reads, and that no user sets, are no error: they change nothing of
            what a comparison shows, which also reads files of earlier times.

    Returns:
        The expansion; None where something is wrong.
    """
    if not collector:
        memory = memory_of(spec.blocks)
        before = memory.count
        with suppress(NotAsRemembered):
            expansion = _expanded(spec, settings, collector, memory, allow_unused=allow_unused)
            if expansion is not None or memory.count == before:
                return expansion
        collector.forget()  # errors are reported as they are found where each use of a block is expanded
    return expand_each_use(spec, settings, collector, allow_unused=allow_unused)


def expand_each_use(
    spec: Spec, settings: Settings, collector: Collector, *, allow_unused: bool = False
) -> Expansion | None:
    """Expands a spec as `expand` does, but with nothing remembered of the uses of its blocks."""
    return _expanded(spec, settings, collector, None, allow_unused=allow_unused)


spec_families = OncePerSpec(lambda spec: families_of(spec.layers))
"""The names of lists of tensors with computed names in a file."""

_output_names = OncePerSpec(lambda spec: output_names(spec.layers, [name for name, _ in spec.outputs or ()]))


def _expanded(
    spec: Spec, settings: Settings, collector: Collector, memory: Memory | None, *, allow_unused: bool
) -> Expansion | None:
    """The expansion, where uses of blocks that `memory` has are not expanded."""
    try:
        with without_collection():
            complete = not collector
            run = Elaboration(collector, expand_steps, memory)
            run.names = _output_names(spec)
            frame = Frame({}, run, spec.blocks, spec_families(spec), is_file=True)
            values = spec_values(spec.params, spec.root_params, settings.params, frame, collector)
            facts_scope = Frame(values, Elaboration(collector, expand_steps), spec.blocks, is_file=True)
            last = _expand_layers(spec, settings, frame)
            check_unreached(
                spec, settings.params, collector, complete=complete, allow_unused=allow_unused, made=run.ops
            )
            warnings = Collector()
            graph = None if collector else graph_of(spec, last, frame, settings.outputs, warnings)
            features = {} if graph is None else named_features(spec, graph, frame, is_set=bool(settings))
    except SpecError:  # more errors than anybody reads
        return None
    if graph is None or collector:
        return None
    return Expansion(graph, values, facts_scope, tuple(run.shapes), warnings.error().diagnostics, features)


def _expand_layers(spec: Spec, settings: Settings, frame: Frame) -> MaybeTensor:
    """Expands the layers of a spec; returns the last tensor."""
    inputs = add_inputs(spec, settings, frame)
    whole = Region("network", "", None, None, spec.document.at)
    try:
        return expand_steps(spec.layers, inputs[0] if inputs else POISON, frame, whole)
    except SpecError as error:
        frame.run.collector.report(error, spec.document.at)
    except RecursionError:
        hint = "take a level out: a group, a branch, or a use of a block"
        message = "blocks, groups and branches nest too deep in one another"
        frame.run.collector.add("too-deep", message, spec.document.at, hint)
    return POISON


def add_inputs(spec: Spec, settings: Settings, frame: Frame) -> list[MaybeTensor]:
    """Adds the inputs to the graph and to the scope."""
    given = dict(settings.inputs)
    inputs: list[MaybeTensor] = []
    for declared in spec.inputs:
        key = None if None in given and len(spec.inputs) == 1 else declared.name
        shape = _input_shape(declared, given.pop(key, None), frame)
        made: MaybeTensor = POISON if shape is None else Input(declared.name, shape, declared.dtype)
        if isinstance(made, Input):
            frame.run.builder.add_input(made, declared.at)
        frame[declared.name] = made
        inputs.append(made)
    for name in given:
        names = ", ".join(declared.name for declared in spec.inputs)
        message = f"there is no input `{printable(name[:60])}`" if name else "the network has several inputs"
        frame.run.collector.add("unknown-input", message, None, f"`--input NAME=SIZES`; there are: {names}", about=name)
    return inputs


def _input_shape(declared: InputDeclaration, given: Shape | None, frame: Frame) -> Shape | None:
    """The shape of an input; None where it has none, which is reported."""
    with frame.run.collector.reporting(declared.at if given is None else None):
        sizes = evaluate(declared.shape, frame) if given is None else list(given)
        listed = isinstance(sizes, list | tuple)
        if not listed or not all(size is None or (type(size) is int and size > 0) for size in sizes):
            message = f"the shape of an input is a list of whole numbers above 0, but is {describe(sizes)}"
            raise SpecError.of("input", message, about=declared.name)
        if len(sizes) > _AXES:
            message = f"an input has at most {_AXES} axes, but this has {len(sizes)}"
            raise SpecError.of("input", message, None, "fold some axes", about=declared.name)
        if prod(size for size in sizes if size is not None) > limits.INTEGER:
            message = f"the input {shape_text(tuple(sizes))} has more than 2^53 elements"
            raise SpecError.of("too-large", message, about=declared.name)
        return tuple(sizes)
    return None
