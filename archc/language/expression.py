"""Expressions: a small, pure part of Python, evaluated by a walk of our own.

Every form is one class with its evaluation, the names that it reads, and nothing else. What an evaluation may cost is
bounded by `limits`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from archc import limits
from archc.diagnostics import Poisoned, SpecError, did_you_mean
from archc.ir.graph import Tensor
from archc.language.expression_functions import FUNCTIONS
from archc.language.value import (
    POISON,
    ExpressionError,
    Scope,
    Value,
    alive,
    bounded,
    is_number,
    kind_of,
    truth,
    weight,
    written,
)


class Expression(Protocol):
    """A form of the language: evaluated in a scope, reading names."""

    def evaluate(self, scope: Scope, /) -> Value:
        """The value."""

    def names(self) -> Iterator[tuple[str, int]]:
        """The names that are read, with their offsets in the text."""


class Constant(NamedTuple):
    """`3`, `"same"`, `True`, `None`."""

    value: Value

    def evaluate(self, _scope: Scope) -> Value:
        return self.value

    def names(self) -> Iterator[tuple[str, int]]:
        return iter(())


class Name(NamedTuple):
    """`depth`."""

    name: str
    offset: int

    def evaluate(self, scope: Scope) -> Value:
        try:
            value = scope[self.name]
        except KeyError:
            raise ExpressionError("unknown-name", f"nothing is called `{self.name}` here", self.offset) from None
        if value is POISON:
            raise Poisoned
        return value

    def names(self) -> Iterator[tuple[str, int]]:
        yield self.name, self.offset


class Attribute(NamedTuple):
    """`x.channels`, `row.c`."""

    owner: Expression
    name: str
    offset: int

    def evaluate(self, scope: Scope) -> Value:
        owner = self.owner.evaluate(scope)
        if isinstance(owner, Tensor):
            try:
                return _tensor_attribute(owner.shape, self.name)
            except LookupError as error:
                raise ExpressionError("unknown-attribute", error.args[0], self.offset, error.args[1]) from None
        if isinstance(owner, dict):
            if self.name in owner:
                return owner[self.name]
            message = f"this map has no `{self.name}`; it has {', '.join(map(str, owner)) or 'nothing'}"
            raise ExpressionError("unknown-attribute", message, self.offset, did_you_mean(self.name, owner))
        message = f"{kind_of(owner)} has no attributes, so no `.{self.name}`"
        raise ExpressionError("unknown-attribute", message, self.offset)

    def names(self) -> Iterator[tuple[str, int]]:
        return self.owner.names()


def _tensor_attribute(shape: tuple[int | None, ...], name: str) -> Value:
    if name == "shape":
        return shape
    if name == "rank":
        return len(shape)
    if name == "channels" and shape:
        return shape[-1]
    if name in ("height", "width") and len(shape) == 3:
        return shape[("height", "width").index(name)]
    size = "x".join("?" if size is None else str(size) for size in shape)
    if name in ("height", "width", "channels"):
        raise LookupError(f"a tensor of {size} has no {name}", "take it from `.shape`, which has no batch")
    hint = did_you_mean(name, ("shape", "height", "width", "channels", "rank"))
    raise LookupError(f"a tensor has no `{name}`, only shape, height, width, channels, rank", hint)


class Index(NamedTuple):
    """`depths[i]`."""

    owner: Expression
    key: Expression
    offset: int

    def evaluate(self, scope: Scope) -> Value:
        owner, index = self.owner.evaluate(scope), self.key.evaluate(scope)
        if isinstance(owner, list | tuple | str) and type(index) is int:
            if -len(owner) <= index < len(owner):
                return alive(owner[index])
            message = f"there is no item {index} in {kind_of(owner)} of {len(owner)}"
            raise ExpressionError("index", message, self.offset)
        if isinstance(owner, dict) and isinstance(index, str):
            if index in owner:
                return alive(owner[index])
            raise ExpressionError("index", f"this map has no `{index}`", self.offset, did_you_mean(index, owner))
        raise ExpressionError("type", f"{kind_of(owner)} cannot be indexed by {written(index)}", self.offset)

    def names(self) -> Iterator[tuple[str, int]]:
        yield from self.owner.names()
        yield from self.key.names()


class Slice(NamedTuple):
    """`depths[1:]`."""

    owner: Expression
    bounds: tuple[Expression | None, ...]
    offset: int

    def evaluate(self, scope: Scope) -> Value:
        owner = self.owner.evaluate(scope)
        bounds = [None if bound is None else bound.evaluate(scope) for bound in self.bounds]
        if not isinstance(owner, list | tuple | str):
            raise ExpressionError("type", f"{kind_of(owner)} cannot be sliced", self.offset)
        if any(bound is not None and type(bound) is not int for bound in bounds) or bounds[2:] == [0]:
            raise ExpressionError("type", "the bounds of a slice are whole numbers, its step not 0", self.offset)
        return bounded(owner[slice(*bounds)], scope)

    def names(self) -> Iterator[tuple[str, int]]:
        yield from self.owner.names()
        for bound in self.bounds:
            if bound is not None:
                yield from bound.names()


class Display(NamedTuple):
    """`[1, 2]`, `(1, 2)`."""

    items: tuple[Expression, ...]
    kind: type[list[Value] | tuple[Value, ...]]

    def evaluate(self, scope: Scope) -> Value:
        return bounded(self.kind([item.evaluate(scope) for item in self.items]), scope)

    def names(self) -> Iterator[tuple[str, int]]:
        for item in self.items:
            yield from item.names()


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
            raise ExpressionError("type", f"`{self.operator}` takes a number, not {written(value)}", self.offset)
        return -value if self.operator == "-" else value

    def names(self) -> Iterator[tuple[str, int]]:
        return self.operand.names()


class Binary(NamedTuple):
    """`a + b`."""

    operator: str
    left: Expression
    right: Expression
    offset: int

    def evaluate(self, scope: Scope) -> Value:
        left, right = self.left.evaluate(scope), self.right.evaluate(scope)
        try:
            if is_number(left) and is_number(right):
                return bounded(
                    _power(left, right) if self.operator == "**" else _NUMBERS[self.operator](left, right), scope
                )
            if self.operator == "+" and (both_lists(left, right) or (isinstance(left, str) and isinstance(right, str))):
                return bounded(left + right, scope)
            if self.operator == "*" and isinstance(left, list | tuple | str) and type(right) is int:
                return _repeated(left, right, scope)
            if self.operator == "*" and isinstance(right, list | tuple | str) and type(left) is int:
                return _repeated(right, left, scope)
        except ZeroDivisionError:
            raise ExpressionError("division", "this divides by zero", self.offset) from None
        except OverflowError:
            raise ExpressionError("too-large", "the result is too large", self.offset) from None
        except SpecError as error:
            raise ExpressionError(error.first.code, error.first.message, self.offset) from None
        unknown = " (a size that is known only at run time)" if left is None or right is None else ""
        message = f"`{self.operator}` cannot take {written(left)} and {written(right)}{unknown}"
        raise ExpressionError("type", message, self.offset)

    def names(self) -> Iterator[tuple[str, int]]:
        yield from self.left.names()
        yield from self.right.names()


def both_lists(left: Value, right: Value) -> bool:
    """Whether both are lists, or both tuples, as Python's `+` wants it."""
    return (
        isinstance(left, list | tuple)
        and isinstance(right, list | tuple)
        and isinstance(left, list) == isinstance(right, list)
    )


def _power(base: float, exponent: float) -> Value:
    if type(base) is int and type(exponent) is int and exponent >= 0:
        if abs(base) > 1 and exponent * (abs(base).bit_length() - 1) > 53:
            raise SpecError.of("too-large", "an integer must be below 2^53")
        return base**exponent
    result = base**exponent
    if isinstance(result, complex):
        raise SpecError.of("type", "a fractional power of a negative number is no real number")
    return result


def _repeated(items: Value, times: int, scope: Scope) -> Value:
    if (times > 0 and weight(items) * times > limits.ITEMS) or len(items) * max(times, 0) > limits.ITEMS:
        raise SpecError.of("too-large", f"a list may have {limits.ITEMS:,} items, those of the lists in it counted too")
    return bounded(items * times, scope)


_NUMBERS: dict[str, Callable[[Value, Value], Value]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
}


class Comparison(NamedTuple):
    """`a < b <= c`, `a in b`."""

    first: Expression
    rest: tuple[tuple[str, Expression, int], ...]

    def evaluate(self, scope: Scope) -> Value:
        left = self.first.evaluate(scope)
        for operator, expression, offset in self.rest:
            right = expression.evaluate(scope)
            if not _compare(operator, left, right, offset, scope):
                return False
            left = right
        return True

    def names(self) -> Iterator[tuple[str, int]]:
        yield from self.first.names()
        for _, expression, _ in self.rest:
            yield from expression.names()


def _compare(operator: str, left: Value, right: Value, offset: int, scope: Scope) -> bool:
    if isinstance(left, Tensor) or (isinstance(right, Tensor) and operator not in ("in", "not in")):
        raise ExpressionError("type", "tensors cannot be compared; compare their shapes or sizes", offset)
    if operator in ("==", "!="):
        scope.spend(weight(left) + weight(right))
        return bool(left == right) == (operator == "==")
    if operator in ("in", "not in"):
        if isinstance(right, str) and isinstance(left, str):
            return (left in right) == (operator == "in")
        if isinstance(right, list | tuple | dict):
            scope.spend(weight(left) + weight(right))
            return (left in list(right)) == (operator == "in")
        raise ExpressionError("type", f"`in` looks into a list, a map or a text, not into {written(right)}", offset)
    same = (is_number(left) and is_number(right)) or (isinstance(left, str) and isinstance(right, str))
    if not same:
        raise ExpressionError("type", f"`{operator}` cannot compare {written(left)} and {written(right)}", offset)
    return _ORDER[operator](left, right)


_ORDER: dict[str, Callable[[Value, Value], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


class Logic(NamedTuple):
    """`a and b`, `a or b`."""

    operator: str
    left: Expression
    right: Expression
    offset: int

    def evaluate(self, scope: Scope) -> Value:
        left = self.left.evaluate(scope)
        return self.right.evaluate(scope) if truth(left, self.offset) == (self.operator == "and") else left

    def names(self) -> Iterator[tuple[str, int]]:
        yield from self.left.names()
        yield from self.right.names()


class Conditional(NamedTuple):
    """`a if c else b`."""

    condition: Expression
    then: Expression
    otherwise: Expression
    offset: int

    def evaluate(self, scope: Scope) -> Value:
        chosen = self.then if truth(self.condition.evaluate(scope), self.offset) else self.otherwise
        return chosen.evaluate(scope)

    def names(self) -> Iterator[tuple[str, int]]:
        yield from self.condition.names()
        yield from self.then.names()
        yield from self.otherwise.names()


class Call(NamedTuple):
    """`min(a, b)`, one of the functions that expressions have."""

    function: str
    arguments: tuple[Expression, ...]
    keywords: tuple[tuple[str, Expression], ...]
    offset: int

    def evaluate(self, scope: Scope) -> Value:
        values = [argument.evaluate(scope) for argument in self.arguments]
        named = {name: argument.evaluate(scope) for name, argument in self.keywords}
        for value in values:
            if isinstance(value, list | tuple | str | dict):
                scope.spend(weight(value))
        try:
            return bounded(FUNCTIONS[self.function](*values, **named), scope)
        except SpecError as error:
            raise ExpressionError(error.first.code, error.first.message, self.offset) from None
        except (TypeError, ValueError, ZeroDivisionError, OverflowError) as error:
            shown = ", ".join(written(value) for value in (*values, *named.values()))
            raise ExpressionError(
                "type", f"`{self.function}` cannot take {shown}: {_reason(error)}", self.offset
            ) from None

    def names(self) -> Iterator[tuple[str, int]]:
        for argument in (*self.arguments, *(argument for _, argument in self.keywords)):
            yield from argument.names()


def _reason(error: Exception) -> str:
    return re.sub(r"^_(\w+)\(\) ", "it ", str(error).splitlines()[0][:120] if str(error) else type(error).__name__)
