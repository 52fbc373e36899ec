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
    """Stands for the value or the output of a step that failed; what depends on it reports nothing."""

    def __repr__(self) -> str:
        return "poison"


POISON = Poison()


class StepLimit:
    """Counts what one run costs; all its scopes share the count.

    Attributes:
        spent: steps, rounds of loops and items of lists so far.
    """

    __slots__ = ("spent",)

    def __init__(self) -> None:
        self.spent = 0


class Scope(dict[str, Value]):
    """The names that an expression can read.

    Attributes:
        run: counts the steps; shared with the other scopes of the run.
    """

    __slots__ = ("run",)

    def __init__(self, values: Mapping[str, Value], run: StepLimit) -> None:
        super().__init__(values)
        self.run = run

    def spend(self, steps: int) -> None:
        """Counts steps against the limit of a spec.

        Raises:
            SpecError: the spec takes more steps than allowed.
        """
        self.run.spent += steps
        if self.run.spent > limits.ROUNDS:
            raise SpecError.of(
                "too-many-steps", f"the spec takes more than {limits.ROUNDS:,} steps and rounds of loops"
            )

    def unknown_size(self) -> Value:
        """The value of a size that is known only at run time."""
        return None

    def recover(self, formula: Recoverable, error: ExpressionError) -> Value:
        """The value to go on with after an error in an expression.

        Raises:
            SpecError: there is none.
            Poisoned: there is none, and the error is reported.
        """
        raise SpecError.of(error.code, error.message, formula.place(error.offset), error.hint, about=error.name)


class Recoverable(Protocol):
    """An expression with its position."""

    def place(self, offset: int) -> Position:
        """The position of a part of the expression."""

    def evaluate(self, scope: Scope) -> Value:
        """The value in a scope."""


class ExpressionError(Exception):
    """An error in an expression.

    Attributes:
        code: of `archc.codes`.
        message: without the position.
        offset: in the text of the expression, in characters.
        hint: what to do; None for the advice of the code.
        name: the name that is not defined; None for another error.
    """

    def __init__(
        self, code: str, message: str, offset: int, hint: str | None = None, *, name: str | None = None
    ) -> None:
        self.code, self.message, self.offset, self.hint, self.name = code, message, offset, hint, name
        super().__init__(message)


def describe_type(value: Value) -> str:
    """The type of a value in words: `a whole number`."""
    if value is None:
        return "null"
    if isinstance(value, Tensor):
        return "a tensor"
    types = {bool: "a boolean", int: "a whole number", float: "a number", str: "a text", dict: "a map"}
    return next((words for type_, words in types.items() if isinstance(value, type_)), "a list")


def describe(value: Value) -> str:
    """A value in a message: `a whole number (3)`."""
    if value is None or isinstance(value, Tensor):
        return describe_type(value)
    shown = str(value).lower() if isinstance(value, bool) else repr(value)
    return f"{describe_type(value)} ({shortened(shown, 40)})"


def item_count(value: Value, limit: int = limits.ITEMS) -> int:
    """The number of items in a value, with the items of the lists in it; eight characters count as one.

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
            raise list_too_long()
    return total


def list_too_long() -> SpecError:
    """The error for a list that is longer than a spec may have."""
    message = f"a list may have {limits.ITEMS:,} items, including those of the lists in it"
    return SpecError.of("too-large", message)


def bounded(value: Value, scope: Scope) -> Value:
    """The value, if its size is within the limits.

    Raises:
        SpecError: it is larger, or not finite.
    """
    kind = type(value)
    if kind is int:
        if not -limits.INTEGER <= value <= limits.INTEGER:
            raise SpecError.of("too-large", limits.INTEGER_RULE)
    elif kind is float:
        if not math.isfinite(value):
            raise SpecError.of("not-finite", "the result is not a finite number")
    elif isinstance(value, str):
        if len(value) > limits.ITEMS:
            raise SpecError.of("too-large", f"a text may have {limits.ITEMS:,} characters")
        scope.spend(len(value) // 100)
    elif kind is list or kind is tuple or kind is dict:
        scope.spend(item_count(value))
    return value


def is_number(value: Value) -> bool:
    """Whether a value is a number; a boolean is none."""
    return type(value) is int or type(value) is float


def truth(value: Value, offset: int) -> bool:
    """Python's truth of a value.

    Raises:
        ExpressionError: it is a tensor, whose elements are known only at run time.
    """
    if isinstance(value, Tensor):
        raise ExpressionError("type", "a tensor is neither true nor false", offset)
    return bool(value)


def checked(value: Value) -> Value:
    """The value, if it is not poison.

    Raises:
        Poisoned: it is.
    """
    if value is POISON:
        raise Poisoned
    return value
