"""What the operators of expressions compute. They are Python's, but stricter, and their results are bounded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import add, floordiv, ge, gt, le, lt, mod, mul, sub, truediv

from archc import limits
from archc.diagnostics import SpecError
from archc.ir.graph import Tensor
from archc.language.value import ExpressionError, Scope, Value, bounded, describe, is_number, item_count, list_too_long

WHOLE_NUMBERS: Mapping[str, Callable[[Value, Value], Value]] = {"+": add, "-": sub, "*": mul}
"""The operators that give a whole number for any two."""

_ARITHMETIC = {**WHOLE_NUMBERS, "/": truediv, "//": floordiv, "%": mod}
_ORDER: Mapping[str, Callable[[Value, Value], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}


def calculate(operator: str, left: Value, right: Value, offset: int, scope: Scope) -> Value:
    """The result of an arithmetic operator; `offset` is its place in the text.

    Raises:
        ExpressionError: it cannot take these values, or the result is too large.
    """
    try:
        if is_number(left) and is_number(right):
            return bounded(_power(left, right) if operator == "**" else _ARITHMETIC[operator](left, right), scope)
        if operator == "+" and any(isinstance(left, kind) and isinstance(right, kind) for kind in (list, tuple, str)):
            return bounded(left + right, scope)
        if operator == "*" and isinstance(left, list | tuple | str) and type(right) is int:
            return _repeated(left, right, scope)
        if operator == "*" and isinstance(right, list | tuple | str) and type(left) is int:
            return _repeated(right, left, scope)
    except ZeroDivisionError:
        raise ExpressionError("division", "this divides by zero", offset) from None
    except OverflowError:
        raise ExpressionError("too-large", "the result is too large", offset) from None
    except SpecError as error:
        raise ExpressionError(error.first.code, error.first.message, offset) from None
    unknown = " (a size that is known only at run time)" if left is None or right is None else ""
    message = f"`{operator}` cannot take {describe(left)} and {describe(right)}{unknown}"
    raise ExpressionError("type", message, offset)


def _power(base: float, exponent: float) -> Value:
    if type(base) is int and type(exponent) is int and exponent >= 0:
        if abs(base) > 1 and exponent * (abs(base).bit_length() - 1) > 53:
            raise SpecError.of("too-large", limits.INTEGER_RULE)
        return base**exponent
    result = base**exponent
    if isinstance(result, complex):
        raise SpecError.of("type", "a fractional power of a negative number is not a real number")
    return result


def _repeated(items: Value, times: int, scope: Scope) -> Value:
    if (times > 0 and item_count(items) * times > limits.ITEMS) or len(items) * max(times, 0) > limits.ITEMS:
        raise list_too_long()
    return bounded(items * times, scope)


def compare(operator: str, left: Value, right: Value, offset: int, scope: Scope) -> bool:
    """The result of a comparison; `offset` is the place of its operator in the text.

    Raises:
        ExpressionError: the two values cannot be compared.
    """
    if isinstance(left, Tensor) or (isinstance(right, Tensor) and operator not in ("in", "not in")):
        raise ExpressionError("type", "tensors cannot be compared; compare their shapes or sizes", offset)
    if not is_number(left) or not is_number(right):
        scope.spend(item_count(left) + item_count(right))
    if operator in ("==", "!="):
        return bool(left == right) == (operator == "==")
    if operator in ("in", "not in"):
        if isinstance(right, str) and isinstance(left, str):
            return (left in right) == (operator == "in")
        if isinstance(right, list | tuple | dict):
            return (left in list(right)) == (operator == "in")
        raise ExpressionError("type", f"`in` needs a list, a map or a text, but got {describe(right)}", offset)
    if not (is_number(left) and is_number(right)) and not (isinstance(left, str) and isinstance(right, str)):
        raise ExpressionError("type", f"`{operator}` cannot compare {describe(left)} and {describe(right)}", offset)
    return _ORDER[operator](left, right)
