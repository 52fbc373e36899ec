"""What the functions of one generated module share."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from archc.codegen.identifiers import Names
from archc.codegen.kinds import Kind, common
from archc.codegen.tree import variable
from archc.ir.graph import Graph
from archc.language.steps import UseParameter, steps_within
from archc.targets.keras.copied_functions import reserved_names
from archc.targets.keras.function_plans import FunctionPlan, constant_names


class DispatchTable(NamedTuple):
    """A constant from the choices of a parameter to their functions."""

    name: str
    choices: tuple[tuple[str, str], ...]


class ModuleState:
    """What the functions of one generated module share.

    Attributes:
        graph: the network at its own values.
        names: the identifiers of the module.
        functions: the name of each function.
        parameters: the variables of parameters, by their names in the spec.
        extra_arguments: the arguments that functions have beside the spec's: `names`, `batch`, `name` and `prefix`.
        kinds: of each function, the kinds of its parameters, as far as its calls tell.
        inputs: the network's inputs.
        used: the modules and functions that the source needs.
        tables: the dispatch tables, by their choices.
    """

    def __init__(self, plans: list[FunctionPlan], function: str, graph: Graph) -> None:
        self.graph = graph
        self.names = Names({"x", "inputs", *reserved_names()})
        self.functions: dict[FunctionPlan, str] = {}
        for plan in reversed(plans):
            self.functions[plan] = self.names.give(function if plan.block is None else plan.block.name)
        self.parameters = _parameters(plans, self.names.taken)
        self.extra_arguments = _extra_arguments(plans, self.parameters, self.names.taken)
        self.kinds: dict[FunctionPlan, dict[str, Kind]] = {plan: {} for plan in plans}
        self.inputs: list[ast.expr] = []
        self.used: set[str] = set()
        self.tables: dict[tuple[tuple[str, str], ...], DispatchTable] = {}
        for plan in plans:
            for step in steps_within(plan.layers):
                if isinstance(step.head, UseParameter) and set(plan.choices(step.head)) <= set(plan.calls):
                    self.table(step.head, plan)
        self._constant_names = dict.fromkeys(constant_names(plans), 0)

    def add_kind(self, plan: FunctionPlan, parameter: str, kind: Kind) -> None:
        """Adds the kind of what one call of a function gives to a parameter."""
        known = self.kinds[plan].get(parameter)
        self.kinds[plan][parameter] = kind if known is None else common(known, kind)

    def table(self, head: UseParameter, plan: FunctionPlan) -> ast.expr:
        """The constant from the choices of a parameter to their functions."""
        key = tuple((choice, self.functions[plan.calls[choice]]) for choice in plan.choices(head))
        if key not in self.tables:
            self.tables[key] = DispatchTable(self.names.give(f"{head.parameter}s".upper()), key)
        return variable(self.tables[key].name)

    def constant_name(self, word: str) -> str | None:
        """The name that Keras gives to the next layer of a kind; None where it must be counted as layers are made."""
        if word not in self._constant_names:
            return None
        number = self._constant_names[word]
        self._constant_names[word] = number + 1
        return f"{word}_{number}" if number else word


def _parameters(plans: list[FunctionPlan], taken: Iterable[str]) -> dict[str, str]:
    """The variables of parameters by their names, the same in all functions: one parameter may choose between them."""
    names = Names(taken)
    words = dict.fromkeys(name for plan in plans for name in plan.params)
    return {word: names.give(word) for word in words}


def _extra_arguments(plans: list[FunctionPlan], parameters: Mapping[str, str], taken: Iterable[str]) -> dict[str, str]:
    """The arguments beside the spec's, each clear of the names of all functions that have it."""
    having: dict[str, list[FunctionPlan]] = {
        "names": [plan for plan in plans if plan.numbers_layers],
        "batch": [plan for plan in plans if plan.needs_batch],
        "name": [plan for plan in plans if plan.name_argument == "name"],
        "prefix": [plan for plan in plans if plan.name_argument == "prefix"],
    }
    given = {}
    for word, found in having.items():
        own = [parameters[name] for plan in found for name in plan.params]
        inputs = [name for plan in found for name in plan.inputs]
        given[word] = Names({*taken, *own, *inputs}).give(word)
    return given
