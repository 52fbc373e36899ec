"""What stands in compound statements of generated source: bodies, conditions, the names of loops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archc.codegen.expressions import Names, expression, value
from archc.codegen.layout import Code, flat, joined
from archc.codegen.statements import Comment, Statement
from archc.language.expression import Unary
from archc.language.rounds import Targets
from archc.language.template import Formula, ParsedValue


def said(body: list[Statement]) -> tuple[Statement, ...]:
    """Statements that do something; nothing where all are remarks."""
    return tuple(body) if any(not isinstance(statement, Comment) for statement in body) else ()


def opposite(condition: ParsedValue, scope: Names) -> Code:
    """The condition that another is not true."""
    if isinstance(condition, Formula):
        return expression(Unary("not", condition.expression, 0), scope)
    return joined("not ", value(condition, scope))


def loop_names(targets: Targets, codes: Mapping[str, Any]) -> str:
    """The names of a loop, nested as in the spec."""
    if isinstance(targets, str):
        return flat(codes[targets])
    return ", ".join(
        loop_names(target, codes) if isinstance(target, str) else f"({loop_names(target, codes)})" for target in targets
    )
