"""Values of expressions, the scopes that hold them, and what an evaluation may cost."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Protocol

from archc import limits
from archc.diagnostics import Poisoned, Position, SpecError, shortened
from archc.ir.graph import Tensor

Value = Any
"""A number, text, boolean, None, list, tuple, map, or tensor."""


class Poison:
    """What a step leaves that failed: whatever asks for it is silent."""

    def __repr__(self) -> str:
        return "poison"


POISON = Poison()


class Run:
    """What all scopes of one expansion share.

    Attributes:
        spent: steps, rounds and items so far.
        doubtful: whether a size that is unknown may be one that a fault hides: then it is no fault to need it.
    """

    __slots__ = ("doubtful", "spent")

    def __init__(self) -> None:
        self.spent = 0
        self.doubtful = False


class Scope(dict[str, Value]):
    """The names that an expression sees, and what it may still cost.

    Attributes:
        run: what it shares with the other scopes of the expansion.
    """

    __slots__ = ("run",)

    def __init__(self, values: Mapping[str, Value], run: Run) -> None:
        super().__init__(values)
        self.run = run

    def spend(self, steps: int) -> None:
        """Counts steps against what a spec may cost.

        Raises:
            SpecError: the spec takes more steps than it may.
        """
        self.run.spent += steps
        if self.run.spent > limits.ROUNDS:
            raise SpecError.of(
                "too-many-steps", f"the spec takes more than {limits.ROUNDS:,} steps and rounds of loops"
            )

    def recover(self, formula: Recoverable, error: ExpressionError) -> Value:
        """The value to go on with after an error.

        Raises:
            SpecError: there is none.
            Poisoned: there is none, and the error is reported.
        """
        raise SpecError.of(error.code, error.message, formula.place(error.offset), error.hint)


class Recoverable(Protocol):
    """An expression in its place."""

    def place(self, offset: int) -> Position:
        """Where a part of the expression stands."""

    def evaluate(self, scope: Scope) -> Value:
        """The value in a scope."""


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
    return next(
        (text for kind, text in kinds.items() if type(value) is kind), "a map" if isinstance(value, dict) else "a list"
    )


def written(value: Value) -> str:
    """A value as a message shows it: what it is, and what it is worth."""
    if value is None or isinstance(value, Tensor):
        return kind_of(value)
    shown = str(value).lower() if isinstance(value, bool) else repr(value)
    return f"{kind_of(value)} ({shortened(shown, 40)})"


def weight(value: Value, limit: int = limits.ITEMS) -> int:
    """The number of items in a value, those of the lists in it counted too.

    Raises:
        SpecError: there are more than `limit`.
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
            raise SpecError.of(
                "too-large", f"a list may have {limits.ITEMS:,} items, those of the lists in it counted too"
            )
    return total


def bounded(value: Value, scope: Scope) -> Value:
    """The value, if it is of a size that a spec may have.

    Raises:
        SpecError: it is larger, or not finite.
    """
    kind = type(value)
    if kind is int:
        if not -limits.INTEGER <= value <= limits.INTEGER:
            raise SpecError.of("too-large", "an integer must be below 2^53")
    elif kind is float:
        if not math.isfinite(value):
            raise SpecError.of("not-finite", "the result is not a finite number")
    elif isinstance(value, str):
        if len(value) > limits.ITEMS:
            raise SpecError.of("too-large", f"a text may have {limits.ITEMS:,} characters")
        scope.spend(len(value) // 100)
    elif kind is list or kind is tuple or kind is dict:
        scope.spend(weight(value))
    return value


def is_number(value: Value) -> bool:
    """Whether a value is a number; a boolean is none."""
    return type(value) is int or type(value) is float


def truth(value: Value, offset: int) -> bool:
    """Python's truth of a value.

    Raises:
        ExpressionError: it is a tensor, whose values nobody knows yet.
    """
    if isinstance(value, Tensor):
        raise ExpressionError("type", "a tensor is neither true nor false", offset)
    return bool(value)


def alive(value: Value) -> Value:
    """The value, if it is one.

    Raises:
        Poisoned: a fault took its place.
    """
    if value is POISON:
        raise Poisoned
    return value
