"""Values of expressions, the scopes that hold them, and what an evaluation may cost."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

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
            message = f"the spec takes more than {limits.ROUNDS:,} steps and rounds of loops"
            raise SpecError.of("too-many-steps", message)

    def unknown_size(self) -> Value:
        """The value of a size that is known only at run time."""
        return None

    def family(self, _name: str) -> Mapping[str, Value] | None:
        """The tensors whose computed names begin with a name, by the texts of their indices; None where none can."""
        return None

    def hides(self, _name: str) -> bool:
        """Whether a value has the name that a family of tensors would have."""
        return False

    def corrected(self, name: str, at: Position) -> Scope:
        """The scope in which a name that is not defined has the value of the closest one.

        Raises:
            SpecError: no name is corrected.
            Poisoned: there is no close one, and the error is reported.
        """
        raise SpecError.of("unknown-name", f"`{name}` is not defined here", at, about=name)


class InnerScope(Scope):
    """The names of a comprehension, before those of the scope around it.

    It begins with the values of the names that are read from there (`read`), so that a round finds them here.
    """

    __slots__ = ("outer",)

    def __init__(self, outer: Scope, read: Iterable[str]) -> None:
        super().__init__({name: outer[name] for name in read if name in outer}, outer.run)
        self.outer = outer

    def __missing__(self, name: str) -> Value:
        return self.outer[name]

    def family(self, name: str) -> Mapping[str, Value] | None:
        """As in the scope around it, for a name that is not one of its own."""
        return None if name in self else self.outer.family(name)

    def hides(self, name: str) -> bool:
        """As in the scope around it."""
        return self.outer.hides(name)

    def unknown_size(self) -> Value:
        """As in the scope around it."""
        return self.outer.unknown_size()


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
    if value is None or isinstance(value, Tensor | Poison):
        return describe_type(value)
    if isinstance(value, dict):
        keys = ", ".join(f"`{shortened(str(key), 20)}`" for key in list(value)[:3])
        return f"a map with {keys}{', …' if len(value) > 3 else ''}" if value else "an empty map"
    return f"{describe_type(value)} ({shortened(_shown(value), 40)})"


def _shown(value: Value, levels: int = 3) -> str:
    """A value without maps, and without what is deep in lists."""
    if isinstance(value, list | tuple):
        items = [_shown(item, levels - 1) for item in value[:10]] if levels else ["…"] * bool(value)
        return f"[{', '.join(items)}{', …' if len(value) > 10 else ''}]"
    if isinstance(value, Tensor | Poison | dict) or value is None:
        return describe_type(value)
    return str(value).lower() if isinstance(value, bool) else repr(value[:80] if isinstance(value, str) else value)


_SIZED = (str, list, tuple, dict)
_ATOMS = frozenset({int, float, bool, type(None)})


def item_count(value: Value, limit: int = limits.ITEMS) -> int:
    """The number of items in a value, with the items of the lists in it; eight characters count as one.

    Raises:
        SpecError: there are more than `limit`, or lists nest deeper than a spec may.
    """
    total, depth, level = 0, 0, [value] if isinstance(value, _SIZED) else []
    while level:
        below: list[Value] = []
        for item in level:
            total += len(item) // 8 if isinstance(item, str) else len(item)
            if total > limit:
                raise list_too_long()
            if not isinstance(item, str):
                values = item.values() if isinstance(item, dict) else item
                below += [each for each in values if type(each) not in _ATOMS and isinstance(each, _SIZED)]
        level, depth = below, depth + 1
        if depth > limits.DEPTH + 1:
            raise SpecError.of("too-deep", f"lists nest deeper than {limits.DEPTH} levels", None, "make a flat list")
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


def value_key(value: Value) -> object:
    """A key that is equal for the same values of the same types alone; None where a tensor or poison is in it."""
    kind = type(value)
    if kind is int or kind is str:
        return value
    if kind is bool or kind is float or value is None:
        return kind, repr(value)  # a zero has a sign
    if kind is tuple or isinstance(value, list):
        keys = [value_key(item) for item in value]
        return None if None in keys else (tuple if kind is tuple else list, *keys)
    if isinstance(value, dict):
        keys = [value_key(item) for item in value.values()]
        return None if None in keys else (dict, *zip(value, keys, strict=True))
    return None


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
