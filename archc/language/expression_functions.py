"""The functions of expressions: Python's, stricter and with bounded results, and `divisible`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from archc import limits
from archc.ir.graph import Tensor
from archc.language.value import Poison, Value, describe_type, is_number, list_too_long

_WHOLE = re.compile(r"[-+]?[0-9]{1,20}")
_DECIMAL = re.compile(r"(?=.{1,40}$)[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?")


class FunctionError(ValueError):
    """Why a function cannot take its arguments."""


def _numbers(values: Value) -> Value:
    if not all(is_number(value) for value in values) and not all(isinstance(value, str) for value in values):
        raise FunctionError("it compares numbers, or texts")
    return values


def _items(value: Value) -> list[Value]:
    if not isinstance(value, list | tuple | str | dict):
        raise FunctionError(f"{describe_type(value)} has no items")
    return list(value)


def _number(value: Value) -> Value:
    if not is_number(value):
        raise FunctionError(f"it takes a number, not {describe_type(value)}")
    return value


def _log2(value: Value) -> float:
    if _number(value) <= 0:
        raise FunctionError("it takes a number above 0")
    return math.log2(value)


def _sqrt(value: Value) -> float:
    if _number(value) < 0:
        raise FunctionError("it takes a number that is not below 0")
    return math.sqrt(value)


def _truths(values: Value) -> list[bool]:
    items = _items(values)
    if any(isinstance(item, Tensor) for item in items):
        raise FunctionError("a tensor is neither true nor false")
    return [bool(item) for item in items]


def _range(*bounds: Value) -> list[int]:
    if not 1 <= len(bounds) <= 3 or any(type(bound) is not int for bound in bounds):
        raise FunctionError("it takes one to three whole numbers")
    made = range(*bounds)
    if len(made) > limits.ITEMS:
        raise list_too_long()
    return list(made)


def _extreme(choose: Callable[..., Value]) -> Callable[..., Value]:
    def extreme(*values: Value) -> Value:
        return choose(_numbers(_items(values[0]) if len(values) == 1 else list(values)))

    return extreme


def _int(value: Value) -> int:
    if isinstance(value, str) and not _WHOLE.fullmatch(value):
        raise FunctionError("the text is not a whole number of up to 20 digits")
    return int(value if isinstance(value, str) else _number(value))


def _float(value: Value) -> float:
    if isinstance(value, str) and not _DECIMAL.fullmatch(value):
        raise FunctionError("the text is not a number of up to 40 characters")
    return float(value if isinstance(value, str) else _number(value))


def _str(value: Value) -> str:
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, Tensor | Poison) or item is None:
            raise FunctionError(f"{describe_type(item)} is not a text")
        if isinstance(item, list | tuple | dict):
            pending.extend(item.values() if isinstance(item, dict) else item)
    return str(value)


def divisible(v: float, d: float = 8) -> int:
    """The multiple of `d` nearest to `v`, never more than a tenth below it (MobileNet)."""
    nearest = max(d, math.floor(v + d / 2) // d * d)
    return int(nearest + d if nearest < 0.9 * v else nearest)


def _divisible(v: Value, d: Value = 8) -> int:
    if _number(d) <= 0:
        raise FunctionError("the divisor must be above 0")
    return divisible(_number(v), d)


def _enumerate(values: Value, start: Value = 0) -> list[Value]:
    if type(start) is not int:
        raise FunctionError("it starts at a whole number")
    return list(enumerate(_items(values), start))


def _round(value: Value, digits: Value = None) -> Value:
    if digits is not None and (type(digits) is not int or abs(digits) > 20):
        raise FunctionError("the number of digits is a whole number up to 20")
    return round(_number(value), digits)


def _zip(*values: Value) -> list[Value]:
    lists = [_items(value) for value in values]
    if len({len(items) for items in lists}) > 1:
        lengths = ", ".join(str(len(items)) for items in lists)
        raise FunctionError(f"the lists have different lengths: {lengths}")
    return list(zip(*lists, strict=True))


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "abs": lambda value: abs(_number(value)),
    "all": lambda values: all(_truths(values)),
    "any": lambda values: any(_truths(values)),
    "ceil": lambda value: math.ceil(_number(value)),
    "divisible": _divisible,
    "enumerate": _enumerate,
    "float": _float,
    "floor": lambda value: math.floor(_number(value)),
    "int": _int,
    "len": lambda values: len(_items(values)),
    "list": _items,
    "log2": _log2,
    "max": _extreme(max),
    "min": _extreme(min),
    "range": _range,
    "reversed": lambda values: _items(values)[::-1],
    "round": _round,
    "sqrt": _sqrt,
    "sorted": lambda values: sorted(_numbers(_items(values))),
    "str": _str,
    "sum": lambda values: sum(_number(value) for value in _items(values)),
    "zip": _zip,
}
