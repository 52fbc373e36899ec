"""Values and expressions of a spec as syntax trees of Python."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from archc.codegen import tree
from archc.codegen.identifiers import Names
from archc.codegen.kinds import Kind, Kinds, expression_kind, loop_kinds, static_kind
from archc.language import expression as syntax
from archc.language.targets import Targets, target_names
from archc.language.template import Formula, GivenName, ParsedValue, Template, family_pattern
from archc.language.yaml_data import Map, Seq

_OPPOSITES = {"in": "not in", "not in": "in", "==": "!=", "!=": "=="}
_LAZY = {"range", "zip", "enumerate", "reversed"}
_ITERATING = {"all", "any", "enumerate", "list", "max", "min", "sorted", "sum", "zip"}
_TENSOR_AXES = {"height": 1, "width": 2, "channels": -1}


class Unwritable(Exception):
    """An expression that Python would evaluate to another value; the message says why."""


class Bindings(NamedTuple):
    """What the names of a spec are bound to at one place of the source.

    Attributes:
        use: called with each module and function that the source needs: `math`, `divisible`.
        current: the current tensor, which is called `x`.
    """

    variables: Mapping[GivenName, ast.expr]
    kinds: Kinds
    use: Callable[[str], None]
    current: ast.expr | None = None

    def expression_of(self, name: str) -> ast.expr:
        """The expression that a name stands for."""
        if name == "x" and self.current is not None:
            return self.current
        if (items := self.family(name)) is not None:
            return tree.call("list", [tree.call(tree.attribute(items, "values"))])
        return self.variables[name]

    def family(self, name: str) -> ast.expr | None:
        """The dictionary of the tensors whose computed names begin with a name; None where it is that of a value."""
        return None if name in self.variables else self.variables.get(family_pattern(name))


def value(compiled: ParsedValue, bindings: Bindings, *, tuples: bool = True) -> ast.expr:
    """A value of a spec, whose lists are written as tuples or as lists.

    Raises:
        Unwritable: an expression would have another value in Python.
    """
    match compiled:
        case Formula():
            return expression(compiled.expression, bindings, tuples=tuples)
        case Template():
            return text_value(compiled, bindings)
        case Map():
            keys = [ast.Constant(key) for key in compiled]
            return ast.Dict([*keys], [value(held, bindings, tuples=tuples) for held in compiled.values()])
        case Seq():
            items = [value(held, bindings, tuples=tuples) for held in compiled]
            return tree.tuple_of(items) if tuples else tree.list_of(items)
    return tree.literal(compiled, tuples=tuples)


def text_value(compiled: ParsedValue, bindings: Bindings, before: Iterable[tree.Part] = ()) -> ast.expr:
    """A value of a spec as a text, after other parts of the text."""
    before = tuple(before)
    if isinstance(compiled, Formula) and not before and static_kind(compiled, bindings.kinds).what == "text":
        return expression(compiled.expression, bindings)
    return tree.formatted([*before, *text_parts(compiled, bindings)])


def text_parts(compiled: ParsedValue, bindings: Bindings) -> list[tree.Part]:
    """The parts of a value of a spec that is a text."""
    parts = compiled.parts if isinstance(compiled, Template) else (compiled,)
    return [expression(part.expression, bindings) if isinstance(part, Formula) else str(part) for part in parts]


def expression(
    form: syntax.Expression, bindings: Bindings, *, tuples: bool = False, iterated: bool = False
) -> ast.expr:
    """An expression of a spec.

    Args:
        form: the expression.
        bindings: of the names in it.
        tuples: whether lists are written as tuples.
        iterated: whether its value is iterated once, so that it may be lazy.

    Raises:
        Unwritable: it would have another value in Python.
    """
    return _Translator(bindings, tuples).expression(form, iterated)


class _Translator(NamedTuple):
    bindings: Bindings
    tuples: bool

    def expression(self, form: syntax.Expression, iterated: bool = False) -> ast.expr:
        match form:
            case syntax.Call(function):
                lazy = function in _LAZY and not iterated
                return tree.call("list", [self.call(form)]) if lazy else self.call(form)
            case syntax.Name(word) if iterated and (items := self.bindings.family(word)) is not None:
                return tree.call(tree.attribute(items, "values"))
            case syntax.Unary("not", syntax.Comparison(first, ((operator, second, offset),))) if operator in _OPPOSITES:
                return self.comparison(syntax.Comparison(first, ((_OPPOSITES[operator], second, offset),)))
            case syntax.Unary("not", operand):
                return tree.negated(self.expression(operand))
            case syntax.Unary(operator, operand):
                return ast.UnaryOp(ast.USub() if operator == "-" else ast.UAdd(), self.expression(operand))
            case syntax.Binary():
                return self.binary(form)
            case syntax.Comparison():
                return self.comparison(form)
            case syntax.Logic(operator):
                return ast.BoolOp(ast.And() if operator == "and" else ast.Or(), list(self.operands(form, operator)))
            case syntax.Conditional(condition, then, otherwise):
                return ast.IfExp(*map(self.expression, (condition, then, otherwise)))
        return self.atom(form)

    def atom(self, form: syntax.Expression) -> ast.expr:
        match form:
            case syntax.ConstantExpression(constant):
                return tree.literal(constant, tuples=self.tuples)
            case syntax.Name(word):
                return self.bindings.expression_of(word)
            case syntax.Attribute(owner, word):
                return self.attribute(owner, word)
            case syntax.Index(owner, key):
                return self.item(owner, key)
            case syntax.Slicing(owner, bounds):
                found = (None if bound is None else self.expression(bound) for bound in bounds)
                return tree.subscript(self.expression(owner), ast.Slice(*found))
            case syntax.Comprehension():
                return tree.list_for(*self.comprehension(form))
            case syntax.Display(items, kind):
                written = map(self.expression, items)
                return tree.tuple_of(written) if self.tuples or kind is tuple else tree.list_of(written)
        raise TypeError(f"{type(form).__name__} is no expression")

    def comprehension(self, form: syntax.Comprehension) -> tuple[ast.expr, ast.comprehension]:
        """The item, and what comes after it: `for v in values if v`."""
        values = self.expression(form.values, iterated=True)
        variables, kinds = self.bindings.variables, self.bindings.kinds
        names = Names(word.id for word in variables.values() if isinstance(word, ast.Name))
        own: dict[GivenName, ast.expr] = {name: tree.variable(names.give(name)) for name in target_names(form.targets)}
        inner = self._replace(
            bindings=self.bindings._replace(
                variables={**variables, **own}, kinds={**kinds, **loop_kinds(form.targets, self.kind(form.values))}
            )
        )
        condition = None if form.condition is None else inner.expression(form.condition)
        return inner.expression(form.item), tree.rounds(_as_target(form.targets, own), values, condition)

    def operands(self, form: syntax.Expression, operator: str) -> Iterator[ast.expr]:
        """The operands of `and` or `or`, one after the other."""
        if isinstance(form, syntax.Logic) and form.operator == operator:
            yield from self.operands(form.left, operator)
            yield self.expression(form.right)
        else:
            yield self.expression(form)

    def kind(self, form: syntax.Expression) -> Kind:
        return expression_kind(form, self.bindings.kinds)

    def attribute(self, owner: syntax.Expression, word: str) -> ast.expr:
        held = self.expression(owner)
        if self.kind(owner).what != "tensor":
            return tree.subscript(held, ast.Constant(word))
        shape = tree.attribute(held, "shape")
        if word == "rank":
            return tree.operation(tree.call("len", [shape]), "-", tree.literal(1))
        if word == "shape":
            return tree.subscript(shape, ast.Slice(tree.literal(1)))
        return tree.subscript(shape, tree.literal(_TENSOR_AXES[word]))

    def item(self, owner: syntax.Expression, key: syntax.Expression) -> ast.expr:
        if isinstance(owner, syntax.Name) and (items := self.bindings.family(owner.name)) is not None:
            return tree.subscript(items, self.expression(key))
        match owner, key:
            case syntax.Attribute(tensor, "shape"), syntax.ConstantExpression(int(place)) if (
                self.kind(tensor).what == "tensor"
            ):
                return tree.subscript(tree.attribute(self.expression(tensor), "shape"), tree.literal(place + 1))
        return tree.subscript(self.expression(owner), self.expression(key))

    def binary(self, form: syntax.Binary) -> ast.expr:
        if form.operator == "+" and "list" in (self.kind(form.left).what, self.kind(form.right).what):
            return tree.list_of(tree.starred(self.expression(side, iterated=True)) for side in (form.left, form.right))
        return tree.operation(self.expression(form.left), form.operator, self.expression(form.right))

    def comparison(self, form: syntax.Comparison) -> ast.expr:
        """A comparison, whose lists become lists, or tuples, so that those are equal that are equal in the language."""
        sides = [form.first, *(side for _, side, _ in form.rest)]
        operators = [operator for operator, _, _ in form.rest]
        kinds = [self.kind(side) for side in sides]
        if any(_holds_lists(kind, other) for kind, other in pairwise(kinds)):
            raise Unwritable("lists of lists are compared, some of which are tuples in Python")
        equated = self._replace(tuples=False)
        lists = [side for side, kind in zip(sides, kinds, strict=True) if kind.what == "list"]
        class_ = _common_class(lists)
        written = []
        for place, side in enumerate(sides):
            if place > 0 and operators[place - 1] in ("in", "not in"):
                written.append(self.expression(side, iterated=True))
            elif kinds[place].what == "list" and not _is_of_class(side, class_):
                written.append(tree.call(class_, [equated.expression(side)]))
            else:
                written.append(equated.expression(side))
        for place, operand in enumerate(written[1:]):
            if isinstance(operand, ast.Constant) and operand.value is None:
                operators[place] = {"==": "is", "!=": "is not"}.get(operators[place], operators[place])
        operands = {f"side_{place}": operand for place, operand in enumerate(written)}
        first, *others = operands
        pairs = (f"{operator} {name}" for operator, name in zip(operators, others, strict=True))
        return tree.code(" ".join([first, *pairs]), **operands)

    def call(self, form: syntax.Call) -> ast.expr:
        function = form.function
        if function == "str" and self.kind(form.arguments[0]).what in ("list", "map"):
            raise Unwritable("the text of a list is not that of Python's tuple")
        if function in ("ceil", "floor", "log2", "sqrt"):
            self.bindings.use("math")
            function = f"math.{function}"
        elif function == "divisible":
            self.bindings.use("divisible")
        lazy = function in _ITERATING
        if lazy and len(form.arguments) == 1 and isinstance(form.arguments[0], syntax.Comprehension):
            return tree.call(function, [tree.items_for(*self.comprehension(form.arguments[0]))])
        arguments = [self.expression(argument, lazy or _is_range(form, argument)) for argument in form.arguments]
        words = {word: self.expression(argument) for word, argument in form.keywords}
        if function == "zip" and len(arguments) > 1:
            words["strict"] = tree.literal(True)
        return tree.call(function, arguments, words)


def _as_target(targets: Targets, variables: Mapping[GivenName, ast.expr]) -> ast.expr:
    if isinstance(targets, str):
        return variables[targets]
    return tree.tuple_of(_as_target(target, variables) for target in targets)


def _common_class(lists: list[syntax.Expression]) -> str:
    """The class that compared lists are made: `list` or `tuple`.

    Raises:
        Unwritable: they are not of one class in the language.
    """
    classes = {_is_tuple(side) for side in lists}
    if len(classes) > 1:
        raise Unwritable("a list is compared with a tuple, and some lists are tuples in Python")
    return "tuple" if classes == {True} else "list"


def _is_tuple(form: syntax.Expression) -> bool:
    """Whether an expression is a tuple in the language."""
    match form:
        case syntax.Attribute(_, "shape") | syntax.Display(_, builtins.tuple):
            return True
        case syntax.Slicing(owner):
            return _is_tuple(owner)
        case syntax.Binary(_, left, right) | syntax.Conditional(_, left, right):
            return _is_tuple(left) or _is_tuple(right)
    return False


def _is_of_class(form: syntax.Expression, class_: str) -> bool:
    """Whether the Python expression of a list is of this class as it is written."""
    if isinstance(form, syntax.Display):
        return form.kind.__name__ == class_
    return isinstance(form, syntax.Attribute) and form.name == "shape" and class_ == "tuple"


def _holds_lists(one: Kind, other: Kind) -> bool:
    """Whether lists are compared whose items may be lists."""
    nested = [kind.what == "list" and (kind.item or kind).what in ("list", "map") for kind in (one, other)]
    return any(nested) or (one.what == "map" and other.what == "map")


def _is_range(form: syntax.Call, argument: syntax.Expression) -> bool:
    """Whether an argument is a `range` of Python's, which has a length and can be reversed."""
    return form.function in ("len", "reversed") and isinstance(argument, syntax.Call) and argument.function == "range"
