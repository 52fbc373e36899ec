"""Expressions that relate a value to a known one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from archc.folding.values import Expr, Value, key, literal

_FIRST_ROUND = re.compile(r"(i|stage)(_\d+)? == \d+")  # an index is compared with its first value alone

Vector = Mapping[int, Value]
"""A value for each instance in which it is needed."""


def agree(known: Vector, vector: Vector) -> bool:
    """Whether a variable has the values where they are needed."""
    return all(d in known and key(known[d]) == key(value) for d, value in vector.items())


def only_value(values: Iterable[Value]) -> tuple[Value] | None:
    """The value that all are; None where they differ."""
    found = list(values)
    return (found[0],) if found and len({key(value) for value in found}) == 1 else None


def proportion(vector: Vector, known: Vector, name: str) -> Expr | None:
    """A multiple or a quotient of a known whole number."""
    pairs = [(value, known.get(d)) for d, value in vector.items()]
    if not all(type(a) is int and type(b) is int and a > 0 and b > 0 for a, b in pairs):
        return None
    a, b = pairs[0]
    assert b is not None
    if all(value == other for value, other in pairs):
        return Expr(name)
    if a % b == 0 and a // b <= 64 and all(value == a // b * other for value, other in pairs if other):
        return Expr(f"{a // b} * {name}")
    if b % a == 0 and b // a <= 64 and all(other == b // a * value for value, other in pairs):
        return Expr(f"{name} // {b // a}")
    return None


def condition(name: str, one: tuple[Value, Value], other: tuple[Value, Value]) -> Expr | None:
    """An expression with one value where a variable has one value, and another where it has another."""
    try:
        (known, value), (known_2, value_2) = one, other
        if isinstance(known, bool) and isinstance(known_2, bool):
            return choice(name, f"not {name}", value if known else value_2, value_2 if known else value)
        if {type(known), type(known_2)} == {int} and min(known, known_2) == 1:
            more, less = (value, value_2) if known > known_2 else (value_2, value)
            return choice(f"{name} > 1", f"{name} == 1", more, less)
        return choice(f"{name} == {literal(known)}", f"{name} != {literal(known)}", value, value_2)
    except ValueError:
        return None


def choice(test: str, opposite: str, yes: Value, no: Value) -> Expr:
    """One value where a test holds, and another where it does not."""
    if yes is True and no is False:
        return Expr(test)
    if yes is False and no is True:
        return Expr(opposite)
    inner = re.fullmatch(r"(.+) if (.+) else (.+)", literal(yes)) if isinstance(yes, Expr) else None
    if inner and inner[3] == literal(no):
        return Expr(f"{inner[1]} if {test} and {inner[2]} else {inner[3]}")
    if inner and inner[1] == literal(no) and " == " in inner[2]:
        other = " > " if _FIRST_ROUND.fullmatch(inner[2]) else " != "
        return Expr(f"{inner[3]} if {test} and {inner[2].replace(' == ', other)} else {inner[1]}")
    parts = [f"({literal(part)})" if isinstance(part, Expr) and " if " in part else literal(part) for part in (yes, no)]
    return Expr(f"{parts[0]} if {test} else {parts[1]}")
