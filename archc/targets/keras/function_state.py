"""The state of generated source while its steps are written: of the module, of a function, and of a step."""

from __future__ import annotations

import ast
from collections import ChainMap, Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from archc.codegen.expressions import Bindings, expression, value
from archc.codegen.identifiers import Names
from archc.codegen.kinds import TENSOR, Kind, common, list_kind, loop_kinds, static_kind
from archc.codegen.tree import Part, assign, call, names_in_tree, subscript, tuple_of, variable
from archc.ir.graph import Graph
from archc.ir.masks import masks
from archc.ir.naming import automatic_name
from archc.ir.op import Op
from archc.language.rounds import Rounds
from archc.language.steps import Let, Step, UseChoice, families_of, names_given, steps_within
from archc.language.targets import Targets
from archc.language.template import Formula, GivenName, NamePattern, ParsedValue, Template
from archc.targets.keras.copied_functions import reserved_names
from archc.targets.keras.function_plans import FunctionPlan, constant_names


class ModuleState:
    """What the functions of one generated module share.

    Attributes:
        graph: the network at its own values.
        parameters: the variables of parameters, by their names in the spec; the same in all functions, as one parameter
            may choose between them.
        extra_arguments: the arguments that are not parameters of the spec: `names`, `batch`, `name`, `prefix` and
            `shared`.
        kinds: of each function, the kinds of its parameters, as far as its calls show them.
        used: the modules and functions that the source needs.
        has_masks: whether a layer makes a mask.
        tables: the constants from the choices of a parameter to their functions, by these.
    """

    def __init__(self, plans: list[FunctionPlan], function: str, graph: Graph) -> None:
        self.graph, self.has_masks = graph, bool(masks(graph))
        self.names = Names({"x", "inputs", *reserved_names()})
        self.functions: dict[FunctionPlan, str] = {}
        for plan in reversed(plans):
            self.functions[plan] = self.names.give(function if plan.block is None else plan.block.name)
        parameters = Names(self.names.taken)
        words = dict.fromkeys(name for plan in plans for name in plan.params)
        self.parameters = {word: parameters.give(word) for word in words}
        self.extra_arguments = {
            word: self._extra_argument(word, plans) for word in ("names", "batch", "name", "prefix", "shared")
        }
        self.kinds: dict[FunctionPlan, dict[str, Kind]] = {plan: {} for plan in plans}
        self.inputs: list[ast.expr] = []
        self.used: set[str] = set()
        self.tables: dict[tuple[tuple[str, str], ...], ast.Name] = {}
        for plan in plans:
            for step in steps_within(plan.layers):
                head, choices = step.head, plan.choices(step.head)
                if isinstance(head, UseChoice) and choices and len(plan.called(head)) == len(choices):
                    self.table(head, plan)
        self._constant_names = constant_names(plans)
        self._counts = Counter[str]()

    def _extra_argument(self, word: str, plans: list[FunctionPlan]) -> str:
        """The argument of this name, which is not in use in any function that has it."""
        having = [plan for plan in plans if word in plan.extra_arguments]
        own = [self.parameters[name] for plan in having for name in plan.params]
        inputs = [name for plan in having for name in plan.inputs]
        return Names({*self.names.taken, *own, *inputs}).give(word)

    def add_kind(self, plan: FunctionPlan, parameter: str, kind: Kind) -> None:
        """Adds the kind of the argument that one call of a function has for a parameter."""
        known = self.kinds[plan].get(parameter)
        self.kinds[plan][parameter] = kind if known is None else common(known, kind)

    def table(self, head: UseChoice, plan: FunctionPlan) -> ast.expr:
        """The constant from the choices of a head to their functions."""
        called = [plan.call(choice, head.arguments) for choice in plan.choices(head)]
        key = tuple((choice, self.functions[each]) for choice, each in zip(plan.choices(head), called, strict=True))
        if key not in self.tables:
            self.tables[key] = variable(self.names.give(f"{head.title}s".upper()))
        return self.tables[key]

    def constant_name(self, word: str) -> str | None:
        """The name that Keras gives to the next layer of a kind; None where it must be counted as layers are made."""
        return automatic_name(self._counts, word) if word in self._constant_names else None


class FunctionState:
    """What the statements of one function share.

    Attributes:
        variables: the variable of each name of the spec.
        kinds: the kinds of the values of these names.
        opening: statements before all others.
        outputs: the network's outputs, by the names of their marks.
        marked_variables: the variables of marked outputs, by the first words of their names.
        collected: the variable that collects the outputs as they are made, where not all of them always exist: a list,
            or a dictionary by their names.
        collects_names: whether it is a dictionary, as the layer of an output may have another name.
        tables: the dictionaries of what is kept by computed names: `shared` and `outputs`.
        shared_argument: the dictionary of what the calls with one `share_inside` share; None where no call has one.
        shared: the variables of layers and models that are called again, by the source of the share's name.
        depth: the number of loops and conditions around a step.
        read: the names that something reads.
        assigned: how many steps assign each name.
        marked: how many steps mark each output.
    """

    def __init__(self, plan: FunctionPlan, module: ModuleState, defaults: Mapping[str, ParsedValue]) -> None:
        self.plan, self.module = plan, module
        for name, default in defaults.items():
            module.add_kind(plan, name, static_kind(default, module.kinds[plan]))
        self.names = Names(module.names.taken)
        self.variables: dict[GivenName, ast.Name] = {name: variable(module.parameters[name]) for name in plan.params}
        self.kinds: dict[str, Kind] = dict(module.kinds[plan])
        self._kinds_in_steps = ChainMap({"x": TENSOR}, self.kinds)
        self.opening: list[ast.stmt] = []
        self.outputs: dict[str, ast.expr] = {}
        self.marked_variables: dict[str, ast.Name] = {}
        self.collected: ast.expr | None = None
        self.collects_names = False
        self.tables: dict[str, ast.Name] = {}
        self.shared: dict[str, ast.expr] = {}
        self.depth = 0
        self.read = plan.names_read()
        self.assigned = Counter(name for name, _, _ in names_given(plan.layers))
        self.marked = Counter(step.output for step in steps_within(plan.layers) if isinstance(step.output, str))
        self.names.taken.update(module.parameters[name] for name in plan.params)
        words = [word for word in plan.extra_arguments if plan.block is not None or word != "batch"]
        extra = {word: variable(module.extra_arguments[word]) for word in words}
        self.names.taken.update(argument.id for argument in extra.values())
        self.counter, self.batch = extra.get("names"), extra.get("batch")
        self.name_argument = extra.get("name", extra.get("prefix"))
        self.shared_argument = extra.get("shared")
        if self.shared_argument is not None:
            self.tables["shared"] = self.shared_argument
        for name in plan.inputs if plan.block is not None else ():
            self.variables[name] = self.new_variable(name)
            self.kinds[name] = TENSOR
        self._add_variables()

    def prefix(self) -> tuple[Part, ...]:
        """The prefix of the names of layers."""
        if self.name_argument is None:
            return ()
        return (self.name_argument,) if "prefix" in self.plan.extra_arguments else (self.name_argument, "_")

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

        for family in families_of(self.plan.layers):
            if family not in self.variables:
                self.kinds[family] = list_kind(TENSOR)

    def new_variable(self, wanted: str) -> ast.Name:
        """A variable that is not in use."""
        return ast.Name(self.names.give(wanted), ast.Load())

    def release(self, *variables: ast.expr) -> None:
        """Makes the identifiers of variables free again."""
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
        word = op.automatic_word()
        constant = self.module.constant_name(word)
        if constant is not None:
            return ast.Constant(constant)
        assert self.counter is not None
        self.module.used.add("automatic_name")
        return call("automatic_name", [self.counter, ast.Constant(word)])

    def bindings(self, current: ast.expr | None) -> Bindings:
        """The names as expressions see them, with the current tensor as `x`."""
        return Bindings(self.variables, self._kinds_in_steps, self.module.used.add, current)

    def tensor(self, name: ParsedValue, bindings: Bindings) -> ast.expr:
        """The tensor of a name, or the value of an expression."""
        if isinstance(name, str):
            return bindings.expression_of(name)
        return self.item(name, bindings) if isinstance(name, Template) else value(name, bindings)

    def item(self, name: Template, bindings: Bindings) -> ast.expr:
        """The item of a dictionary that a name with expressions stands for."""
        holes = [value(part, bindings) for part in name.parts if isinstance(part, Formula)]
        return subscript(self.variables[name.pattern], *holes)

    def is_named(self, step: Step) -> bool:
        """Whether the layer that makes the output of a step certainly has its name."""
        return step.head in self.plan.names.layers or step.output in self.plan.names.certain

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
        body: the statements so far.
        current: the current tensor.
        variable: the variable that the output of the next step is assigned to.
        prefix: of the names of layers, in parts.
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
        """Assigns the current tensor to the variable if it is `needed` later and reads a name that is assigned next."""
        variables = self.function.variables
        assigned = {variables[name].id for name in names if name in variables}
        if needed and assigned.intersection(node.id for node in names_in_tree(self.current)):
            self.assign_current()


@dataclass(frozen=True, slots=True)
class EmitContext:
    """A step with the head that is written, its input tensors, and where its statements go."""

    point: InsertionPoint
    step: Step
    inputs: list[ast.expr]

    @property
    def function(self) -> FunctionState:
        """The function of the step."""
        return self.point.function

    @property
    def bindings(self) -> Bindings:
        """The names as the step's expressions see them."""
        first = self.inputs[0]
        if isinstance(first, ast.Starred):
            first = subscript(first.value, ast.Constant(0))
        return self.function.bindings(first)


def is_same_variable(one: ast.expr, other: ast.expr) -> bool:
    """Whether two expressions are the same variable."""
    return isinstance(one, ast.Name) and isinstance(other, ast.Name) and one.id == other.id
