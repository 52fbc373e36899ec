"""What a text costs its reader: about a unit for each word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from archc.folding.lines import Line, Solved, loop_text
from archc.folding.values import Expr, Value


def value_cost(value: Value) -> float:
    """The cost of a value or an expression."""
    if isinstance(value, Expr):
        return 1 + 0.5 * len(re.findall(r"[-+*/%]+|\bif\b|[=<>]=?|\(|\band\b|,", value))
    if isinstance(value, tuple):
        return 0.5 + sum(map(value_cost, value))
    if isinstance(value, Mapping):
        return 0.5 + sum(1 + value_cost(item) for item in value.values())
    return 1


def line_cost(line: Line) -> float:
    """The cost of a step."""
    cost = 2 + sum(0.5 + value_cost(value) for value in line.arguments.values())
    cost += 2 * (line.name is not None) + (2 + value_cost(line.when) if line.when is not None else 0)
    cost += max(0, len(line.step.operands) - 1)
    if line.body:
        cost += 2 + 0.4 * len(re.findall(r"[^\W_]+", loop_text(line)))
    return cost + lines_cost(line.body)


def lines_cost(lines: Iterable[Line]) -> float:
    """The cost of steps."""
    return sum(map(line_cost, lines))


def block_cost(solved: Solved) -> float:
    """The cost of a block without its uses."""
    given = sum(1 + (value_cost(found.default[0]) if found.default else 0.5) for found in solved.parameters)
    return 5 + given + lines_cost(solved.lines) + 3 * len(solved.lets)
