"""The values of arguments as a person writes them, and their texts in YAML and in expressions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import BaseModel, ValidationError

from archc.ir.naming import snake_case
from archc.ir.op import Op
from archc.language.yaml_data import scalar as yaml_scalar
from archc.ops.configured import Configured

Value = Any
"""A number, a text, a boolean, None, an `Expr`, or a tuple or a mapping of values."""


class Expr(str):
    """An expression of the language, without its `$`."""

    __slots__ = ()

    @property
    def is_name(self) -> bool:
        """Whether it is one name."""
        return self.isidentifier()


@dataclass(frozen=True, slots=True)
class Anchor:
    """A value with an anchor of YAML; without a value the alias."""

    name: str
    value: Value = None

    def __str__(self) -> str:
        return f"*{self.name}" if self.value is None else f"&{self.name} {value_text(self.value)}"


def key(value: Value) -> Any:
    """What is equal for equal values alone: `1`, `1.0` and `true` differ."""
    if value is None or isinstance(value, str | int | float):  # most are
        return (type(value).__name__, value)
    if isinstance(value, tuple):
        return ("list", tuple(key(item) for item in value))
    return ("map", tuple((name, key(item)) for name, item in value.items()))


_spelled: dict[tuple[type[Op], str, str], Value] = {}


def spelled_arguments(op: Op) -> dict[str, Value]:
    """The arguments of an op that are not its defaults, each in its shortest spelling."""
    return {name: _argument(op, name, value) for name, value in op.arguments().items()}


def spelled_default(op: type[Op], name: str) -> Value:
    """The default of an argument; a tuple of nothing for one that is required."""
    field = op.model_fields[name]
    return () if field.is_required() else _argument(op, name, field.default)


def _argument(op: Op | type[Op], name: str, value: Value) -> Value:
    class_ = op if isinstance(op, type) else type(op)
    found = class_, name, repr(value)
    if found not in _spelled:
        plain = _plain(value)
        others = [other for other in _shorter(plain) if _reads_as(class_, name, other, value)]
        _spelled[found] = min([plain, *others], key=lambda other: len(str(other)))
    return _spelled[found]


def _plain(value: Value) -> Value:
    """A value of an op as plain data."""
    if isinstance(value, Configured):
        arguments = {name: _plain(item) for name, item in value.arguments().items()}
        word = snake_case(value.configured_name)
        return {value.configured_name: arguments} if arguments or not value.named_alone else word
    if isinstance(value, Op):
        arguments = spelled_arguments(value)
        return {value.op_name: arguments} if arguments else value.op_name
    if isinstance(value, list | tuple):
        return tuple(_plain(item) for item in value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e6:
        return int(value)
    return value


def _shorter(value: Value) -> list[Value]:
    """Shorter spellings that may mean the same: one number for all axes, the argument of a class alone."""
    if isinstance(value, tuple) and any(isinstance(item, Mapping) for item in value):
        return [tuple((_shorter(item) or [item])[0] for item in value)]
    if isinstance(value, tuple) and value:
        items = {tuple(_alone(item)) for item in value}
        sides = tuple(_alone(item)[0] if len(_alone(item)) == 1 else item for item in value)
        return [sides, *([next(iter(items))[0]] if len(items) == 1 and len(next(iter(items))) == 1 else [])]
    if isinstance(value, dict) and len(value) == 1:
        name, arguments = next(iter(value.items()))
        if isinstance(arguments, dict) and len(arguments) == 1:
            alone = next(iter(arguments.values()))
            return [{name: alone}, *([alone] if isinstance(alone, tuple) else [])]  # a list of cells
    return []


def _alone(item: Value) -> tuple[Value, ...]:
    if isinstance(item, tuple):
        return (item[0],) if item and len(set(item)) == 1 else item
    return (item,)


def _reads_as(class_: type[Op], name: str, written: Value, value: Value) -> bool:
    """Whether an op reads the spelling as the value."""
    try:
        arguments = {
            other: example
            for shown in class_.examples[:1]
            for other, example in shown.arguments.items()
            if class_.model_fields[other].is_required()
        }
        made: BaseModel = class_(**{**arguments, name: data(written)})
    except (ValidationError, ValueError, TypeError):
        return False
    return bool(getattr(made, name) == value)


def data(value: Value) -> Any:
    """A value with lists for tuples, as YAML has it."""
    if isinstance(value, Mapping):
        return {name: data(item) for name, item in value.items()}
    return [data(item) for item in value] if isinstance(value, tuple) else value


# --- texts ---

_FRACTIONS = {1 / n: f"1 / {n}" for n in range(3, 1025) if len(repr(1 / n)) > 8}
_PLAIN_TEXT = re.compile(r"[A-Za-z0-9_./\-][A-Za-z0-9_./\- ()]*")


_WHOLES = (0.2, 0.1, 0.3, 0.4, 0.5, 0.25, 0.05, 0.15, 1.0)


@cache
def _shares_of(value: float) -> dict[tuple[float, int], int]:
    """The whole number of parts that a value is of each round number, exactly as the language computes it."""
    found = {}
    for whole in _WHOLES:
        for count in range(2, 129):
            number = round(value * count / whole)
            if whole * number / count == value:
                found[whole, count] = number
    return found


def as_shares(values: list[float]) -> Iterator[tuple[float, int, list[int]]]:
    """Values as whole numbers of equal parts of a round number: `0.2 * n / 16`."""
    known = [_shares_of(value) for value in values]
    for whole, count in known[0]:
        if all((whole, count) in shares for shares in known):
            yield whole, count, [shares[whole, count] for shares in known]


def number_text(value: float) -> str:
    """A number as people write it: `1.001e-5`, and 1/255 as an expression."""
    text = repr(value)
    if "e" in text:
        digits, power = text.split("e")
        return f"{digits}e{int(power)}"
    return text


def _float_text(value: float) -> str:
    """A number, or a fraction where the number is long."""
    if value in _FRACTIONS:
        return _FRACTIONS[value]
    text = number_text(value)
    shares = next(as_shares([value]), None) if len(text) > 12 and "e" not in text else None
    return text if shares is None else f"{shares[0]} * {shares[2][0]} / {shares[1]}"


def literal(value: Value) -> str:
    """A value inside an expression.

    Raises:
        ValueError: the language has no such expression.
    """
    if isinstance(value, Expr):
        return str(value)
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, tuple):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    if isinstance(value, Mapping):
        raise ValueError("a mapping is no expression")
    return _float_text(value) if isinstance(value, float) else repr(value)


def operand(value: Value) -> str:
    """A value inside an expression where an operator is next to it."""
    return f"({value})" if isinstance(value, Expr) and " if " in value else literal(value)


def value_text(value: Value) -> str:
    """A value in YAML's flow style."""
    if isinstance(value, Anchor):
        return str(value)
    if isinstance(value, Expr):
        return expression_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, float):
        text = _float_text(value)
        return f"$({text})" if "/" in text else text
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(pair_text(name, item) for name, item in value.items()) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(value_text(item) for item in value) + "]"
    return text_text(value)


def pair_text(name: str, value: Value) -> str:
    """An argument; `$width` is short for `width: $width`."""
    return f"${name}" if isinstance(value, Expr) and value == name else f"{name}: {value_text(value)}"


def expression_text(value: Expr) -> str:
    """An expression as a whole scalar."""
    text = f"${value}" if re.fullmatch(r"[A-Za-z_][\w.]*", value) else f"$({value})"
    return f'"{text}"' if re.search(r"[,\[\]{}#]|: |: ?$", text) else text


def text_text(value: str) -> str:
    """A text, in quotes where YAML would read something else; `$(…)` in it stays as it is."""
    bare = re.sub(r"\$\([^)]*\)", "x", value)
    holes = "".join(re.findall(r"\$\([^)]*\)", value))
    if _PLAIN_TEXT.fullmatch(bare) and not bare.endswith(" ") and not re.search(r"[,\[\]{}'\"#]", holes):
        try:
            if isinstance(yaml_scalar(value), str) and value != "-":
                return value
        except ValueError:
            pass
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def name_text(value: str) -> str:
    """The name of a layer, which is text whatever YAML makes of it."""
    if isinstance(value, Expr):
        return expression_text(value)
    return value if re.fullmatch(r"0|[1-9]\d*", value) else text_text(value)
