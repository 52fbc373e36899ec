"""Where a network begins: the values of its parameters, and its inputs. What is the same for many is found once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archc.analysis.receptive_field import point_field
from archc.collector import Collector
from archc.elaborate.elaboration import Elaboration, Frame
from archc.elaborate.expand import Settings, add_inputs
from archc.elaborate.parameters import default_value, given_value, implied_type, spec_value
from archc.elaborate.step_expansion import expand_steps
from archc.ir.graph import Input
from archc.ir.shape import Shape, volume
from archc.language.template import is_constant, names_in
from archc.language.value import Scope, StepLimit, Value
from archc.library.specs import Spec
from archc.totals.effect import Effect, Flow, Sums, effect_of
from archc.totals.names import names_of
from archc.totals.values import Unknown, frozen

_MOST = 1_000  # inputs that are remembered


class Parameters:
    """The values of a spec's parameters.

    Raises:
        SpecError: a constant default is wrong.
    """

    def __init__(self, spec: Spec) -> None:
        self._declared = spec.params
        self._roots = {name: spec.root_params.get(name, parameter) for name, parameter in spec.params.items()}
        self._defaults: dict[str, tuple[str | None, Value]] = {}  # those that no parameter changes, with their types
        nothing = Scope({}, StepLimit())
        for name, parameter in spec.params.items():
            root = self._roots[name]
            if not parameter.required and is_constant(parameter.default) and is_constant(root.default):
                type_ = implied_type(parameter, root, nothing)
                self._defaults[name] = type_, default_value(parameter, type_, nothing)

    def scope(self, given: Mapping[str, Any]) -> Scope:
        """A scope with the values of all parameters, where a user gives some.

        Raises:
            Unknown: there is no parameter of a name.
            SpecError: one has no value, or a wrong one.
        """
        if not given.keys() <= self._declared.keys():
            raise Unknown
        scope = Scope({}, StepLimit())
        for name, parameter in self._declared.items():
            if name not in self._defaults:
                scope[name] = spec_value(parameter, self._roots[name], given, scope)
                continue
            type_, default = self._defaults[name]
            scope[name] = given_value(parameter, type_, given[name]) if name in given else default
        return scope


class Inputs:
    """The inputs of a spec's networks, as the effect of making them."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._reads = {name for declared in spec.inputs for name, _ in names_in(declared.shape)}
        self._found: dict[object, Effect] = {}

    def effect(self, given: Mapping[str | None, Shape], scope: Scope) -> Effect:
        """What making the inputs does: they are bound to their names, and the first to `x`.

        Args:
            given: the shapes that a user sets.
            scope: the values of the parameters.

        Raises:
            Unknown: one is wrong, or there is none.
        """
        key = (
            *[(name, frozen(list(shape))) for name, shape in given.items()],
            *[(name, frozen(scope[name])) for name in self._reads if name in scope],
        )
        if key not in self._found:
            run = Elaboration(Collector(), expand_steps)
            made = add_inputs(self._spec, Settings(inputs=given), Frame(scope, run, self._spec.blocks))
            inputs = [tensor for tensor in made if isinstance(tensor, Input)]
            if run.collector or not inputs:
                raise Unknown
            if len(self._found) >= _MOST:
                self._found.clear()
            self._found[key] = _effect(inputs)
        return self._found[key]


def _effect(inputs: Sequence[Input]) -> Effect:
    elements = [volume(made.shape) for made in inputs]
    known = [count for count in elements if count is not None]
    bound: dict[str, Value] = {**{made.name: made for made in inputs}, "x": inputs[0]}
    return effect_of(
        Sums(elements=sum(known), unknown_elements=len(elements) - len(known)),
        names_of({made.name for made in inputs}, set()),
        ({}, bound),
        ([], inputs),
        (),
        lambda made: Flow.of(made.shape, made.dtype, 0, point_field(made)),
    )
