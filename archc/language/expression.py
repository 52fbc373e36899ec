"""The syntax tree of expressions, a small and pure part of Python.

Each kind of node is one class, with its evaluation and the names that it reads. The cost of an evaluation is bounded by
`limits`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol

from archc.diagnostics import SpecError, did_you_mean, shortened
from archc.ir.graph import Tensor
from archc.ir.shape import Shape, shape_text
from archc.language.expression_functions import FUNCTIONS, FunctionError
from archc.language.operators import calculate, compare
from archc.language.targets import Targets, target_names, unpacked
from archc.language.value import (
    ExpressionError,
    InnerScope,
    Scope,
    Value,
    bounded,
    checked,
    describe,
    describe_type,
    is_number,
    item_count,
    truth,
)


class Expression(Protocol):
    """A node of the syntax tree; an offset in it is its place in the text."""

    def evaluate(self, scope: Scope, /) -> Value:
        """The value."""


class ConstantExpression(NamedTuple):
    """`3`, `"same"`, `True`, `None`."""

    value: Value

    def evaluate(self, _scope: Scope) -> Value:
        return self.value


class Name(NamedTuple):
    """`depth`."""

    name: str
    offset: int

    def evaluate(self, scope: Scope) -> Value:
        try:
            value = scope[self.name]
        except KeyError:
            message = f"`{self.name}` is not defined here"
            raise ExpressionError("unknown-name", message, self.offset, name=self.name) from None
        return checked(value)


class Attribute(NamedTuple):
    """`x.channels`, `row.c`."""

    owner: Expression
    name: str
    offset: int

    def evaluate(self, scope: Scope) -> Value:
        owner = self.owner.evaluate(scope)
        if isinstance(owner, Tensor):
            value = _tensor_attribute(owner.shape, self.name, self.offset)
            return scope.unknown_size() if value is None else value
        if isinstance(owner, dict):
            if self.name in owner:
                return owner[self.name]
            message = f"this map has no `{self.name}`; it has {', '.join(map(str, owner)) or 'nothing'}"
            raise ExpressionError("unknown-attribute", message, self.offset, did_you_mean(self.name, owner))
        message = f"{describe_type(owner)} has no attributes, so no `.{self.name}`"
        raise ExpressionError("unknown-attribute", message, self.offset)


def _tensor_attribute(shape: Shape, name: str, offset: int) -> Value:
    if name == "shape":
        return shape
    if name == "rank":
        return len(shape)
    if name == "channels" and shape:
        return shape[-1]
    if name in ("height", "width") and len(shape) == 3:
        return shape[("height", "width").index(name)]
    if name in ("height", "width", "channels"):
        message, hint = f"a tensor of {shape_text(shape)} has no {name}", "use `.shape`, which has no batch"
        raise ExpressionError("unknown-attribute", message, offset, hint)
    attributes = ("shape", "height", "width", "channels", "rank")
    message = f"a tensor has no `{name}`, only {', '.join(attributes)}"
    raise ExpressionError("unknown-attribute", message, offset, did_you_mean(name, attributes))


class Index(NamedTuple):
    """`depths[i]`."""

    owner: Expression
    key: Expression
    offset: int

    def evaluate(self, scope: Scope) -> Value:
        family = scope.family(self.owner.name) if isinstance(self.owner, Name) else None
        if isinstance(self.owner, Name) and family is not None:
            return _item_of(self.owner.name, family, self.key.evaluate(scope), self.offset)
        owner, index = self.owner.evaluate(scope), self.key.evaluate(scope)
        if isinstance(owner, list | tuple | str) and type(index) is int:
            if -len(owner) <= index < len(owner):
                return checked(owner[index])
            message = f"there is no item {index} in {describe_type(owner)} of {len(owner)}"
            raise ExpressionError("index", message, self.offset)
        if isinstance(owner, dict) and isinstance(index, str):
            if index in owner:
                return checked(owner[index])
            raise ExpressionError("index", f"this map has no `{index}`", self.offset, did_you_mean(index, owner))
        message, hint = f"{describe_type(owner)} cannot be indexed by {describe(index)}", None
        if isinstance(self.owner, Name) and scope.hides(self.owner.name):
            name = self.owner.name
            hint = f"`{name}` has a value, which hides the tensors of `as: {name}$(…)`: rename one of the two"
        raise ExpressionError("type", message, self.offset, hint)


def _item_of(name: str, family: Mapping[str, Value], index: Value, offset: int) -> Value:
    """The tensor of a computed name, by its index."""
    if not isinstance(index, str | int | float):
        raise ExpressionError("type", f"`{name}` cannot be indexed by {describe(index)}", offset)
    if str(index) in family:
        return checked(family[str(index)])
    known = ", ".join(list(family)[:20])
    hint = f"an index is what `as` gave, so `list({name})[-1]` is the last" if index == -1 else None
    hint = hint or (f"it has: {known}" if known else f"no step before this one names it: `as: {name}$(…)`")
    raise ExpressionError("index", f"`{name}` has no item {shortened(str(index))}", offset, hint)


class Slicing(NamedTuple):
    """`depths[1:]`."""

    owner: Expression
    bounds: tuple[Expression | None, ...]
    offset: int

    def evaluate(self, scope: Scope) -> Value:
        owner = self.owner.evaluate(scope)
        bounds = [None if bound is None else bound.evaluate(scope) for bound in self.bounds]
        if not isinstance(owner, list | tuple | str):
            raise ExpressionError("type", f"{describe_type(owner)} cannot be sliced", self.offset)
        if any(bound is not None and type(bound) is not int for bound in bounds) or bounds[2:] == [0]:
            raise ExpressionError("type", "the bounds of a slice are whole numbers, its step not 0", self.offset)
        return bounded(owner[slice(*bounds)], scope)


class Display(NamedTuple):
    """`[1, 2]`, `(1, 2)`."""

    items: tuple[Expression, ...]
    kind: type[list[Value] | tuple[Value, ...]]

    def evaluate(self, scope: Scope) -> Value:
        return bounded(self.kind([item.evaluate(scope) for item in self.items]), scope)


class Comprehension(NamedTuple):
    """`[f(v) for v in values if v > 1]`; the names before `in` are known inside alone."""

    item: Expression
    targets: Targets
    values: Expression
    condition: Expression | None
    offset: int

    def evaluate(self, scope: Scope) -> Value:
        values = self.values.evaluate(scope)
        if not isinstance(values, list | tuple):
            raise ExpressionError("type", f"`for` takes a list, but this is {describe(values)}", self.offset)
        inner, made = InnerScope(scope), []
        scope.spend(len(values))
        for value in values:
            try:
                inner.update(unpacked(self.targets, value))
            except SpecError as error:
                raise ExpressionError("type", error.first.message, self.offset, error.first.hint) from None
            if self.condition is None or truth(self._inside(self.condition, inner), self.offset):
                made.append(self._inside(self.item, inner))
        return bounded(made, scope)

    def _inside(self, expression: Expression, inner: Scope) -> Value:
        """The value of a round; an unknown name may be meant to be one of its own."""
        try:
            return expression.evaluate(inner)
        except ExpressionError as error:
            hint = error.name and did_you_mean(error.name, [*target_names(self.targets)])
            if not hint:
                raise
            raise ExpressionError(error.code, error.message, error.offset, hint, name=error.name) from None

    def names_read(self) -> Iterator[tuple[str, int]]:
        """The names that it reads from the scope around it."""
        own = set(target_names(self.targets))
        yield from names_read(self.values)
        yield from (found for found in names_read((self.item, self.condition)) if found[0] not in own)


class Unary(NamedTuple):
    """`-x`, `+x`, `not x`."""

    operator: str
    operand: Expression
    offset: int

    def evaluate(self, scope: Scope) -> Value:
        value = self.operand.evaluate(scope)
        if self.operator == "not":
            return not truth(value, self.offset)
        if not is_number(value):
            raise ExpressionError("type", f"`{self.operator}` takes a number, not {describe(value)}", self.offset)
        return -value if self.operator == "-" else value


class Binary(NamedTuple):
    """`a + b`."""

    operator: str
    left: Expression
    right: Expression
    offset: int

    def evaluate(self, scope: Scope) -> Value:
        return calculate(self.operator, self.left.evaluate(scope), self.right.evaluate(scope), self.offset, scope)


class Comparison(NamedTuple):
    """`a < b <= c`, `a in b`."""

    first: Expression
    rest: tuple[tuple[str, Expression, int], ...]

    def evaluate(self, scope: Scope) -> Value:
        left = self.first.evaluate(scope)
        for operator, expression, offset in self.rest:
            right = expression.evaluate(scope)
            if not compare(operator, left, right, offset, scope):
                return False
            left = right
        return True


class Logic(NamedTuple):
    """`a and b`, `a or b`."""

    operator: str
    left: Expression
    right: Expression
    offset: int

    def evaluate(self, scope: Scope) -> Value:
        left = self.left.evaluate(scope)
        return self.right.evaluate(scope) if truth(left, self.offset) == (self.operator == "and") else left


class Conditional(NamedTuple):
    """`a if c else b`."""

    condition: Expression
    then: Expression
    otherwise: Expression
    offset: int

    def evaluate(self, scope: Scope) -> Value:
        chosen = self.then if truth(self.condition.evaluate(scope), self.offset) else self.otherwise
        return chosen.evaluate(scope)


class Call(NamedTuple):
    """`min(a, b)`: a call of one of `FUNCTIONS`."""

    function: str
    arguments: tuple[Expression, ...]
    keywords: tuple[tuple[str, Expression], ...]
    offset: int

    def evaluate(self, scope: Scope) -> Value:
        values = [argument.evaluate(scope) for argument in self.arguments]
        named = {name: argument.evaluate(scope) for name, argument in self.keywords}
        for value in values:
            if isinstance(value, list | tuple | str | dict):
                scope.spend(item_count(value))
        try:
            return bounded(FUNCTIONS[self.function](*values, **named), scope)
        except SpecError as error:
            raise ExpressionError(error.first.code, error.first.message, self.offset) from None
        except (TypeError, ValueError, ZeroDivisionError, OverflowError) as error:
            shown = ", ".join(describe(value) for value in (*values, *named.values()))
            reason = f": {error}" if isinstance(error, FunctionError) else ""
            problem = f"cannot take {shown}{reason}" if shown else "needs an argument"
            message = f"`{self.function}` {problem}"
            raise ExpressionError("type", message, self.offset) from None


def names_read(expression: object) -> Iterator[tuple[str, int]]:
    """The names that an expression reads, with their offsets in the text."""
    if isinstance(expression, Name):
        yield expression
    elif isinstance(expression, Comprehension):
        yield from expression.names_read()
    elif isinstance(expression, tuple):  # another node, or nodes in a tuple
        for part in expression:
            yield from names_read(part)
