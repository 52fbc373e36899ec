"""The state of one function of generated source while its steps are written."""

from __future__ import annotations

import ast
from collections import ChainMap, Counter
from collections.abc import Iterable
from dataclasses import dataclass

from archc.codegen.expressions import Bindings, expression, value
from archc.codegen.identifiers import Names
from archc.codegen.kinds import TENSOR, Kind, loop_kinds, static_kind
from archc.codegen.tree import Part, assign, call, names_in_tree, subscript, tuple_of, variable
from archc.ir.naming import snake_case
from archc.ir.op import Op
from archc.language.rounds import Rounds, Targets
from archc.language.steps import Let, Step, names_given, steps_within
from archc.language.template import Formula, GivenName, NamePattern, ParsedValue, Template
from archc.targets.keras.function_plans import FunctionPlan
from archc.targets.keras.module_state import ModuleState


class FunctionState:
    """What the statements of one function share.

    Attributes:
        plan: the steps of the function, and its arguments.
        module: what all functions of the module share.
        names: the identifiers of the function.
        variables: by the names of the spec.
        kinds: the kinds of the values of these names.
        opening: statements before all others.
        outputs: the network's outputs, by the names of their marks.
        marked_variables: the variables of marked outputs, by the first words of their names.
        output_list: the list that collects the outputs as they are made, where not all of them always exist.
        tables: the dictionaries of what is kept by computed names: `shared` and `outputs`.
        shared: the variables of layers and models that are called again, by the source of the share's name.
        depth: the number of loops and conditions around a step.
        read: the names that something reads.
        assigned: how many steps assign each name.
        marked: how many steps mark each output.
    """

    def __init__(self, plan: FunctionPlan, module: ModuleState) -> None:
        self.plan, self.module = plan, module
        self.names = Names(module.names.taken)
        self.variables: dict[GivenName, ast.Name] = {name: variable(module.parameters[name]) for name in plan.params}
        self.kinds: dict[str, Kind] = dict(module.kinds[plan])
        self.opening: list[ast.stmt] = []
        self.outputs: dict[str, ast.expr] = {}
        self.marked_variables: dict[str, ast.Name] = {}
        self.output_list: ast.expr | None = None
        self.tables: dict[str, ast.Name] = {}
        self.shared: dict[str, ast.expr] = {}
        self.depth = 0
        self.read = plan.names_read()
        self.assigned = Counter(name for name, _, _ in names_given(plan.layers))
        self.marked = Counter(step.output for step in steps_within(plan.layers) if isinstance(step.output, str))
        self.names.taken.update(module.parameters[name] for name in plan.params)
        self.counter = self._extra_argument("names" if plan.numbers_layers else None)
        self.batch = self._extra_argument("batch" if plan.needs_batch and plan.block is not None else None)
        self.name_argument = self._extra_argument(plan.name_argument)
        for name in plan.inputs if plan.block is not None else ():
            self.variables[name] = self.new_variable(name)
            self.kinds[name] = TENSOR
        self._add_variables()

    def _extra_argument(self, word: str | None) -> ast.Name | None:
        if word is None:
            return None
        given = self.module.extra_arguments[word]
        self.names.taken.add(given)
        return variable(given)

    def prefix(self) -> tuple[Part, ...]:
        """What stands before the names of layers."""
        if self.name_argument is None:
            return ()
        return (self.name_argument,) if self.plan.name_argument == "prefix" else (self.name_argument, "_")

    def _add_variables(self) -> None:
        """Gives each name that steps assign a variable; names with an expression are items of a dictionary."""
        for name, _, step in names_given(self.plan.layers):
            if name in self.variables:
                continue
            self.variables[name] = self.new_variable(name if isinstance(name, str) else name.word)
            if isinstance(name, NamePattern):
                self.opening.append(assign([self.variables[name]], ast.Dict([], [])))
            elif isinstance(name, str) and not isinstance(step.head, Let):
                self.kinds.setdefault(name, TENSOR)

    def new_variable(self, wanted: str) -> ast.Name:
        """A variable that nothing else has."""
        return ast.Name(self.names.give(wanted), ast.Load())

    def release(self, *variables: ast.expr) -> None:
        """Lets the identifiers of variables be given again."""
        for given in variables:
            if isinstance(given, ast.Name):
                self.names.release(given.id)

    def table(self, wanted: str) -> ast.Name:
        """The dictionary of what is kept by computed names: `shared`, or `outputs`."""
        if wanted not in self.tables:
            self.tables[wanted] = self.new_variable(wanted)
            self.opening.append(assign([self.tables[wanted]], ast.Dict([], [])))
        return self.tables[wanted]

    def automatic_name(self, op: type[Op]) -> ast.expr:
        """The name that Keras gives to the next layer of an op in a new model: a constant where it is certain."""
        word = snake_case(op.__name__)
        constant = self.module.constant_name(word)
        if constant is not None:
            return ast.Constant(constant)
        assert self.counter is not None
        self.module.used.add("automatic_name")
        return call("automatic_name", [self.counter, ast.Constant(word)])

    def bindings(self, current: ast.expr | None) -> Bindings:
        """The names as expressions see them, with the current tensor as `x`."""
        return Bindings(self.variables, ChainMap({"x": TENSOR}, self.kinds), self.module.used.add, current)

    def tensor(self, name: ParsedValue, bindings: Bindings) -> ast.expr:
        """The tensor of a name, or the value of an expression."""
        if isinstance(name, str):
            return bindings.expression_of(name)
        return self.item(name, bindings) if isinstance(name, Template) else value(name, bindings)

    def item(self, name: Template, bindings: Bindings) -> ast.expr:
        """The item of a dictionary that a name with expressions stands for."""
        holes = [value(part, bindings) for part in name.parts if isinstance(part, Formula)]
        return subscript(self.variables[name.pattern], *holes)

    def bind_loop(self, rounds: Rounds, current: ast.expr) -> tuple[ast.expr, ast.expr]:
        """The target and the items of a loop, whose names have their kinds from here on."""
        bindings = self.bindings(current)
        items = expression(rounds.items.expression, bindings, iterated=True)
        self.kinds |= loop_kinds(rounds.targets, static_kind(rounds.items, bindings.kinds))
        return self._loop_target(rounds.targets), items

    def _loop_target(self, targets: Targets) -> ast.expr:
        """The names of a loop, nested as in the spec."""
        if isinstance(targets, str):
            return self.variables[targets]
        return tuple_of(self._loop_target(target) for target in targets)


@dataclass(slots=True)
class InsertionPoint:
    """Where the next statements go.

    Attributes:
        function: the function.
        body: the statements so far.
        current: the current tensor.
        variable: the variable that the output of the next step is assigned to.
        prefix: the parts of a text before the names of layers.
    """

    function: FunctionState
    body: list[ast.stmt]
    current: ast.expr
    variable: ast.expr
    prefix: tuple[Part, ...]

    def assign_current(self) -> None:
        """Assigns the current tensor to the variable, unless it is there."""
        if not is_same_variable(self.current, self.variable):
            self.body.append(assign([self.variable], self.current))
            self.current = self.variable

    def keep_current(self, names: Iterable[GivenName], needed: bool) -> None:
        """Assigns the current tensor to the variable if one of these names, which are assigned next, is part of it.

        Args:
            names: of the spec.
            needed: whether the current tensor is read later.
        """
        variables = self.function.variables
        assigned = {variables[name].id for name in names if name in variables}
        if needed and assigned.intersection(node.id for node in names_in_tree(self.current)):
            self.assign_current()


@dataclass(frozen=True, slots=True)
class StepContext:
    """A step, and what it is written with.

    Attributes:
        point: where its statements go.
        step: the step, with the head that is written.
        inputs: the tensors that reach it.
    """

    point: InsertionPoint
    step: Step
    inputs: list[ast.expr]

    @property
    def function(self) -> FunctionState:
        """The function that the step stands in."""
        return self.point.function

    @property
    def bindings(self) -> Bindings:
        """The names as the step's expressions see them."""
        return self.function.bindings(self.inputs[0])


def is_same_variable(one: ast.expr, other: ast.expr) -> bool:
    """Whether two expressions are the same variable."""
    return isinstance(one, ast.Name) and isinstance(other, ast.Name) and one.id == other.id
