"""Expressions: a small, pure part of Python, parsed and evaluated by a walk of our own.

An expression is read from `$(` to its closing parenthesis, so a text may hold several. Every form is one class with
its evaluation, the names that it reads, and nothing else. What an evaluation may cost is bounded by `limits`.
"""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple, Protocol

from archc.diagnostics import Position, did_you_mean, shortened
from archc.ir.graph import Tensor
from archc.spec import limits
from archc.spec.collector import Fault, Poisoned

Value = Any
"""A number, text, boolean, None, list, tuple, map, or tensor."""


class Poison:
    """What a step leaves that failed: whatever asks for it is silent."""

    def __repr__(self) -> str:
        return "poison"


POISON = Poison()


class Scope(dict[str, Value]):
    """The names that an expression sees, and what it may still cost.

    Attributes:
        cost: steps, rounds and items spent so far, in a list of one that all scopes of a run share.
    """

    __slots__ = ("cost",)

    def __init__(self, values: Mapping[str, Value], cost: list[int]) -> None:
        super().__init__(values)
        self.cost = cost

    def spend(self, steps: int) -> None:
        """Counts steps against what a spec may cost.

        Raises:
            Fault: the spec takes more steps than it may.
        """
        self.cost[0] += steps
        if self.cost[0] > limits.ROUNDS:
            raise Fault("too-many-steps", f"the spec takes more than {limits.ROUNDS:,} steps and rounds of loops")

    def recover(self, formula: Recoverable, error: ExpressionError) -> Value:
        """The value to go on with after an error.

        Raises:
            Fault: there is none.
            Poisoned: there is none, and the error is reported.
        """
        raise Fault(error.code, error.message, formula.place(error.offset), error.hint)


class Recoverable(Protocol):
    """An expression in its place."""

    def place(self, offset: int) -> Position:
        """Where a part of the expression stands."""

    def evaluate(self, scope: Scope) -> Value:
        """The value in a scope."""


class Expression(Protocol):
    """A form of the language: evaluated in a scope, reading names."""

    def evaluate(self, scope: Scope) -> Value:
        """The value."""

    def names(self) -> Iterator[tuple[str, int]]:
        """The names that are read, with their offsets in the text."""


class ExpressionError(Exception):
    """What is wrong in an expression, and how far into its text."""

    def __init__(self, code: str, message: str, offset: int, hint: str | None = None) -> None:
        self.code, self.message, self.offset, self.hint = code, message, offset, hint
        super().__init__(message)


def kind_of(value: Value) -> str:
    """What a value is, in a person's words."""
    if value is None:
        return "null"
    if isinstance(value, Tensor):
        return "a tensor"
    kinds = {bool: "a boolean", int: "a whole number", float: "a number", str: "a text", tuple: "a list"}
    return next((text for kind, text in kinds.items() if type(value) is kind), "a map" if isinstance(value, dict) else "a list")


def written(value: Value) -> str:
    """A value as a message shows it: what it is, and what it is worth."""
    if value is None or isinstance(value, Tensor):
        return kind_of(value)
    shown = str(value).lower() if isinstance(value, bool) else repr(value)
    return f"{kind_of(value)} ({shortened(shown, 40)})"


def weight(value: Value, limit: int = limits.ITEMS) -> int:
    """The number of items in a value, those of the lists in it counted too.

    Raises:
        Fault: there are more than `limit`.
    """
    total, pending = 0, [value]
    while pending:
        item = pending.pop()
        if isinstance(item, str):
            total += len(item) // 8
        elif isinstance(item, list | tuple | dict):
            total += len(item)
            if total <= limit:
                pending.extend(item.values() if isinstance(item, dict) else item)
        if total > limit:
            raise Fault("too-large", f"a list may have {limits.ITEMS:,} items, those of the lists in it counted too")
    return total


def bounded(value: Value, scope: Scope) -> Value:
    """The value, if it is of a size that a spec may have.

    Raises:
        Fault: it is larger, or not finite.
    """
    kind = type(value)
    if kind is int:
        if not -limits.INTEGER <= value <= limits.INTEGER:
            raise Fault("too-large", "an integer must be below 2^53")
    elif kind is float:
        if not math.isfinite(value):
            raise Fault("not-finite", "the result is not a finite number")
    elif isinstance(value, str):
        if len(value) > limits.ITEMS:
            raise Fault("too-large", f"a text may have {limits.ITEMS:,} characters")
        scope.spend(len(value) // 1000)
    elif isinstance(value, list | tuple):
        scope.spend(weight(value) // 10)
    return value


def is_number(value: Value) -> bool:
    """Whether a value is a number; a boolean is none."""
    return type(value) is int or type(value) is float


# --- the forms -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Constant:
    """`3`, `"same"`, `True`, `None`."""

    value: Value

    def evaluate(self, scope: Scope) -> Value:
        return self.value

    def names(self) -> Iterator[tuple[str, int]]:
        return iter(())


@dataclass(frozen=True, slots=True)
class Name:
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


@dataclass(frozen=True, slots=True)
class Attribute:
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


@dataclass(frozen=True, slots=True)
class Index:
    """`depths[i]`."""

    owner: Expression
    index: Expression
    offset: int

    def evaluate(self, scope: Scope) -> Value:
        owner, index = self.owner.evaluate(scope), self.index.evaluate(scope)
        if isinstance(owner, list | tuple | str) and type(index) is int:
            if -len(owner) <= index < len(owner):
                return _alive(owner[index])
            message = f"there is no item {index} in {kind_of(owner)} of {len(owner)}"
            raise ExpressionError("index", message, self.offset)
        if isinstance(owner, dict) and isinstance(index, str):
            if index in owner:
                return _alive(owner[index])
            raise ExpressionError("index", f"this map has no `{index}`", self.offset, did_you_mean(index, owner))
        raise ExpressionError("type", f"{kind_of(owner)} cannot be indexed by {written(index)}", self.offset)

    def names(self) -> Iterator[tuple[str, int]]:
        yield from self.owner.names()
        yield from self.index.names()


def _alive(value: Value) -> Value:
    if value is POISON:
        raise Poisoned
    return value


@dataclass(frozen=True, slots=True)
class Slice:
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


@dataclass(frozen=True, slots=True)
class Display:
    """`[1, 2]`, `(1, 2)`."""

    items: tuple[Expression, ...]
    kind: type[list[Value]] | type[tuple[Value, ...]]

    def evaluate(self, scope: Scope) -> Value:
        return bounded(self.kind([item.evaluate(scope) for item in self.items]), scope)

    def names(self) -> Iterator[tuple[str, int]]:
        for item in self.items:
            yield from item.names()


@dataclass(frozen=True, slots=True)
class Unary:
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


@dataclass(frozen=True, slots=True)
class Binary:
    """`a + b`."""

    operator: str
    left: Expression
    right: Expression
    offset: int

    def evaluate(self, scope: Scope) -> Value:
        left, right = self.left.evaluate(scope), self.right.evaluate(scope)
        try:
            if is_number(left) and is_number(right):
                return bounded(_power(left, right) if self.operator == "**" else _NUMBERS[self.operator](left, right), scope)
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
        except Fault as fault:
            raise ExpressionError(fault.code, fault.message, self.offset) from None
        unknown = " (a size that is known only at run time)" if left is None or right is None else ""
        message = f"`{self.operator}` cannot take {written(left)} and {written(right)}{unknown}"
        raise ExpressionError("type", message, self.offset)

    def names(self) -> Iterator[tuple[str, int]]:
        yield from self.left.names()
        yield from self.right.names()


def both_lists(left: Value, right: Value) -> bool:
    """Whether both are lists, or both tuples, as Python's `+` wants it."""
    return isinstance(left, list | tuple) and isinstance(right, list | tuple) and isinstance(left, list) == isinstance(right, list)


def _power(base: float, exponent: float) -> Value:
    if type(base) is int and type(exponent) is int and exponent >= 0:
        if abs(base) > 1 and exponent * (abs(base).bit_length() - 1) > 53:
            raise Fault("too-large", "an integer must be below 2^53")
        return base**exponent
    result = base**exponent
    if isinstance(result, complex):
        raise Fault("type", "a fractional power of a negative number is no real number")
    return result


def _repeated(items: Value, times: int, scope: Scope) -> Value:
    if times > 0 and weight(items) * times > limits.ITEMS or len(items) * max(times, 0) > limits.ITEMS:
        raise Fault("too-large", f"a list may have {limits.ITEMS:,} items, those of the lists in it counted too")
    return bounded(items * times, scope)


_NUMBERS: dict[str, Callable[[Value, Value], Value]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
}


@dataclass(frozen=True, slots=True)
class Comparison:
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
        scope.spend((weight(left) + weight(right)) // 100)
        return bool(left == right) == (operator == "==")
    if operator in ("in", "not in"):
        if isinstance(right, str) and isinstance(left, str):
            return (left in right) == (operator == "in")
        if isinstance(right, list | tuple | dict):
            scope.spend((weight(left) + weight(right)) // 100)
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


def truth(value: Value, offset: int) -> bool:
    """Python's truth of a value.

    Raises:
        ExpressionError: it is a tensor, whose values nobody knows yet.
    """
    if isinstance(value, Tensor):
        raise ExpressionError("type", "a tensor is neither true nor false", offset)
    return bool(value)


@dataclass(frozen=True, slots=True)
class Logic:
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


@dataclass(frozen=True, slots=True)
class Conditional:
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


@dataclass(frozen=True, slots=True)
class Call:
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
                scope.spend(weight(value) // 10)
        try:
            return bounded(FUNCTIONS[self.function](*values, **named), scope)
        except Fault as fault:
            raise ExpressionError(fault.code, fault.message, self.offset) from None
        except (TypeError, ValueError, ZeroDivisionError, OverflowError) as error:
            shown = ", ".join(written(value) for value in (*values, *named.values()))
            raise ExpressionError("type", f"`{self.function}` cannot take {shown}: {_reason(error)}", self.offset) from None

    def names(self) -> Iterator[tuple[str, int]]:
        for argument in (*self.arguments, *(argument for _, argument in self.keywords)):
            yield from argument.names()


def _reason(error: Exception) -> str:
    return re.sub(r"^_(\w+)\(\) ", "it ", str(error).splitlines()[0][:120] if str(error) else type(error).__name__)


# --- the functions ---------------------------------------------------------------------------------------------------


def _numbers(values: Value) -> Value:
    if not all(is_number(value) for value in values) and not all(isinstance(value, str) for value in values):
        raise TypeError("it compares numbers, or texts")
    return values


def _items(value: Value) -> list[Value]:
    if not isinstance(value, list | tuple | str | dict):
        raise TypeError(f"{kind_of(value)} has no items")
    return list(value)


def _number(value: Value) -> Value:
    if not is_number(value):
        raise TypeError(f"it takes a number, not {kind_of(value)}")
    return value


def _range(*bounds: Value) -> list[int]:
    if not 1 <= len(bounds) <= 3 or any(type(bound) is not int for bound in bounds):
        raise TypeError("it takes one to three whole numbers")
    made = range(*bounds)
    if len(made) > limits.ITEMS:
        raise Fault("too-large", f"a list may have {limits.ITEMS:,} items")
    return list(made)


def _extreme(choose: Callable[..., Value]) -> Callable[..., Value]:
    def extreme(*values: Value) -> Value:
        return choose(_numbers(_items(values[0]) if len(values) == 1 else list(values)))

    return extreme


def _int(value: Value) -> int:
    if isinstance(value, str) and len(value) > 20:
        raise ValueError("that is too long for a whole number")
    if not isinstance(value, str):
        _number(value)
    return int(value)


def _str(value: Value) -> str:
    if isinstance(value, Tensor | Poison) or value is None:
        raise TypeError(f"{kind_of(value)} is no text")
    return str(value)


def _sum(values: Value) -> Value:
    return sum(_number(value) for value in _items(values))


def _divisible(v: Value, d: Value = 8) -> int:
    """The multiple of `d` nearest to `v`, never more than a tenth below it (MobileNet)."""
    if _number(d) <= 0:
        raise ValueError("the divisor must be above 0")
    result = max(d, math.floor(_number(v) + d / 2) // d * d)
    return int(result + d if result < 0.9 * v else result)


def _enumerate(values: Value, start: Value = 0) -> list[Value]:
    if type(start) is not int:
        raise TypeError("it starts at a whole number")
    return list(enumerate(_items(values), start))


def _round(value: Value, digits: Value = None) -> Value:
    if digits is not None and (type(digits) is not int or abs(digits) > 20):
        raise TypeError("the number of digits is a whole number up to 20")
    return round(_number(value), digits)


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "abs": lambda value: abs(_number(value)),
    "all": lambda values: all(truth(value, 0) for value in _items(values)),
    "any": lambda values: any(truth(value, 0) for value in _items(values)),
    "ceil": lambda value: math.ceil(_number(value)),
    "divisible": _divisible,
    "enumerate": _enumerate,
    "floor": lambda value: math.floor(_number(value)),
    "int": _int,
    "len": lambda values: len(_items(values)),
    "list": _items,
    "max": _extreme(max),
    "min": _extreme(min),
    "range": _range,
    "reversed": lambda values: _items(values)[::-1],
    "round": _round,
    "sorted": lambda values: sorted(_numbers(_items(values))),
    "str": _str,
    "sum": _sum,
    "zip": lambda *values: list(zip(*(_items(value) for value in values))),
}

TAKEN = frozenset(keyword.kwlist) | frozenset(FUNCTIONS)
"""Words that nothing in a spec may be called."""


# --- the parser ------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>(?:[0-9]+(?:_[0-9]+)*)?\.?[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+)?|[0-9]+\.(?:[eE][-+]?[0-9]+)?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<text>'(?:[^'\\\n]|\\['"\\nt])*'|"(?:[^"\\\n]|\\['"\\nt])*")
      | (?P<symbol>\*\*|//|==|!=|<=|>=|[-+*/%<>()\[\],.:=])
    )""",
    re.VERBOSE,
)
_ESCAPE = {"n": "\n", "t": "\t"}
_CONSTANTS = {"True": True, "False": False, "None": None}
_BINARY = {"or": 1, "and": 2, "+": 6, "-": 6, "*": 7, "/": 7, "//": 7, "%": 7, "**": 9}
_COMPARISON, _NOT, _SIGN = 4, 3, 8
_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!=", "in", "not in"})


class _Token(NamedTuple):
    kind: str
    text: str
    offset: int


class _Parser:
    """Reads one expression; precedence climbs as in Python."""

    def __init__(self, text: str, offset: int) -> None:
        self.text = text
        self.depth = 0
        self.token = _Token("start", "", offset)
        self.end = offset
        self.advance()

    def advance(self) -> _Token:
        previous = self.token
        match = _TOKEN.match(self.text, self.end)
        if match is None:
            rest = self.text[self.end :].lstrip()
            offset = len(self.text) - len(rest)
            self.token = _Token("end", "", offset) if not rest else _Token("strange", rest[0], offset)
        else:
            kind = match.lastgroup or ""
            self.token = _Token(kind, match[kind], match.start(kind))
            self.end = match.end()
        return previous

    def fail(self, message: str, hint: str | None = None) -> ExpressionError:
        return ExpressionError("expression", message, self.token.offset, hint)

    def expect(self, symbol: str) -> _Token:
        if self.token.text != symbol or self.token.kind == "text":
            came = f"`{self.token.text}`" if self.token.text else "the end"
            raise self.fail(f"`{symbol}` was expected, but {came} came")
        return self.advance()

    def at(self, *words: str) -> bool:
        return self.token.kind in ("symbol", "name") and self.token.text in words

    def whole(self) -> Expression:
        """An expression, with `a if c else b`."""
        self.depth += 1
        if self.depth > limits.DEPTH:
            raise ExpressionError("too-deep", f"the expression nests deeper than {limits.DEPTH} levels", self.token.offset)
        result = self.climb(1)
        if self.at("if"):
            offset = self.advance().offset
            condition = self.climb(1)
            self.expect("else")
            result = Conditional(condition, result, self.whole(), offset)
        self.depth -= 1
        return result

    def operator(self) -> tuple[str, int]:
        """The operator that stands here and how tightly it binds; 0 where none does."""
        if self.token.kind not in ("symbol", "name"):
            return "", 0
        text = self.token.text
        if text == "not" and re.match(r"\s+in\b", self.text[self.end :]):
            return "not in", _COMPARISON
        return text, _COMPARISON if text in _COMPARISONS else _BINARY.get(text, 0)

    def climb(self, least: int) -> Expression:
        self.depth += 1
        if self.depth > 4 * limits.DEPTH:
            raise ExpressionError("too-deep", f"the expression nests deeper than {limits.DEPTH} levels", self.token.offset)
        left = self.unary()
        links = 0
        while True:
            operator, power = self.operator()
            if power < least or not power:
                self.depth -= 1
                return left
            links += 1
            if links > limits.DEPTH:
                raise ExpressionError("too-deep", f"more than {limits.DEPTH} operators follow one another", self.token.offset)
            if power == _COMPARISON:
                left = self.comparison(left)
                continue
            offset = self.advance().offset
            right = self.climb(power if operator == "**" else power + 1)
            left = (Logic if operator in ("and", "or") else Binary)(operator, left, right, offset)

    def comparison(self, first: Expression) -> Expression:
        rest = []
        while (found := self.operator())[1] == _COMPARISON:
            offset = self.advance().offset
            if found[0] == "not in":
                self.advance()
            rest.append((found[0], self.climb(_COMPARISON + 1), offset))
            if len(rest) > limits.DEPTH:
                raise ExpressionError("too-deep", f"more than {limits.DEPTH} comparisons follow one another", offset)
        return Comparison(first, tuple(rest))

    def unary(self) -> Expression:
        if self.at("not"):
            offset = self.advance().offset
            return Unary("not", self.climb(_NOT), offset)
        if self.at("-", "+"):
            operator = self.advance()
            return Unary(operator.text, self.climb(_SIGN), operator.offset)
        return self.trailers(self.atom())

    def trailers(self, owner: Expression) -> Expression:
        for _ in range(limits.DEPTH):
            if self.at("."):
                self.advance()
                if self.token.kind != "name":
                    raise self.fail("a name was expected after the dot")
                token = self.advance()
                owner = Attribute(owner, token.text, token.offset)
            elif self.at("["):
                owner = self.subscript(owner, self.advance().offset)
            else:
                return owner
        raise ExpressionError("too-deep", f"more than {limits.DEPTH} attributes follow one another", self.token.offset)

    def subscript(self, owner: Expression, offset: int) -> Expression:
        bounds: list[Expression | None] = [None if self.at(":") else self.whole()]
        while self.at(":") and len(bounds) < 3:
            self.advance()
            bounds.append(None if self.at(":", "]") else self.whole())
        self.expect("]")
        if len(bounds) == 1 and bounds[0] is not None:
            return Index(owner, bounds[0], offset)
        return Slice(owner, tuple(bounds), offset)

    def atom(self) -> Expression:
        token = self.token
        if token.kind == "number":
            return Constant(self.number(self.advance().text))
        if token.kind == "text":
            text = re.sub(r"\\(.)", lambda match: _ESCAPE.get(match[1], match[1]), self.advance().text[1:-1])
            return Constant(text)
        if token.kind == "name":
            return self.name()
        if self.at("("):
            self.advance()
            items, tupled = self.items(")")
            return Display(items, tuple) if tupled or not items else items[0]
        if self.at("["):
            self.advance()
            return Display(self.items("]")[0], list)
        if token.kind == "end":
            raise self.fail("the expression ends too early")
        raise self.fail(f"`{token.text}` cannot stand here")

    def name(self) -> Expression:
        token = self.advance()
        if token.text in _CONSTANTS:
            return Constant(_CONSTANTS[token.text])
        if self.at("("):
            return self.call(token)
        if token.text in FUNCTIONS:
            raise ExpressionError("expression", f"`{token.text}` is a function: write `{token.text}(…)`", token.offset)
        if token.text in TAKEN:
            message = f"`{token.text}` is no part of this language"
            raise ExpressionError("expression", message, token.offset)
        return Name(token.text, token.offset)

    def call(self, token: _Token) -> Expression:
        if token.text not in FUNCTIONS:
            hint = did_you_mean(token.text, FUNCTIONS) or f"there are: {', '.join(FUNCTIONS)}"
            raise ExpressionError("unknown-function", f"`{token.text}` is no function", token.offset, hint)
        self.advance()
        arguments: list[Expression] = []
        keywords: list[tuple[str, Expression]] = []
        while not self.at(")"):
            if self.token.kind == "name" and re.match(r"\s*=(?!=)", self.text[self.end :]):
                keyword_ = self.advance().text
                self.advance()
                keywords.append((keyword_, self.whole()))
            elif keywords:
                raise self.fail("an argument without a name cannot follow one with a name")
            else:
                arguments.append(self.whole())
            if not self.at(","):
                break
            self.advance()
        self.expect(")")
        return Call(token.text, tuple(arguments), tuple(keywords), token.offset)

    def items(self, closing: str) -> tuple[tuple[Expression, ...], bool]:
        """Items up to a closing bracket, and whether a comma stood among them."""
        found: list[Expression] = []
        comma = False
        while not self.at(closing):
            found.append(self.whole())
            if not self.at(","):
                break
            comma = True
            self.advance()
        self.expect(closing)
        return tuple(found), comma

    def number(self, text: str) -> int | float:
        digits = text.replace("_", "")
        if digits.isdigit():
            value = int(digits) if len(digits) < 20 else limits.INTEGER + 1
            if value > limits.INTEGER:
                raise self.fail("an integer must be below 2^53")
            return value
        if not math.isfinite(result := float(digits)):
            raise self.fail("the number is not finite")
        return result


class Parsed(NamedTuple):
    """An expression, its own text, and where its text ends."""

    expression: Expression
    text: str
    end: int


@lru_cache(maxsize=4096)
def parse(text: str, start: int = 0, closing: str = "") -> Parsed:
    """Reads the expression that begins at `start`.

    Args:
        text: what holds it.
        start: the offset of its first character.
        closing: the character that must follow it; nothing where it must take the whole text.

    Raises:
        ExpressionError: it is not one; the offset is from the beginning of `text`.
    """
    parser = _Parser(text, start)
    expression = parser.whole()
    if not closing and parser.token.kind != "end":
        raise parser.fail(f"`{parser.token.text}` cannot stand here")
    if closing and not parser.at(closing):
        raise parser.fail(f"`{closing}` was expected, but {f'`{parser.token.text}`' if parser.token.text else 'the end'} came")
    stop = parser.token.offset if closing else len(text)
    return Parsed(expression, text[start:stop].strip(), stop + len(closing))


@cache
def is_name(text: str) -> bool:
    """Whether a text can be the name of a parameter, a tensor, a value or a block."""
    return text.isascii() and text.isidentifier() and text not in TAKEN and text != "x"


