"""What a template may cost: rounds of loops, calls, and the texts and numbers that it makes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sized
from typing import Any

from jinja2 import TemplateRuntimeError, nodes
from jinja2.visitor import NodeTransformer

from archc import limits

PADDING = frozenset({"center", "indent", "wordwrap", "batch", "slice", "ljust", "rjust", "zfill", "expandtabs"})
"""Filters and methods of texts whose numbers are widths or counts."""
_WIDE_FORMAT = re.compile(r"[%:][^%}]*(\d{5}|\*|\{)")
_TEXT_OF_A_ROUND = 1000  # characters that take as long as a round


class LimitError(TemplateRuntimeError):
    """A template costs more than it may."""


class Costs:
    """What a run of a template has cost so far.

    Attributes:
        rounds: of loops; a call counts as several, and so do the items that a filter or function takes.
        printed: characters.
    """

    def __init__(self) -> None:
        self.rounds = 0
        self.printed = 0

    def add_rounds(self, count: int) -> None:
        """Counts rounds.

        Raises:
            LimitError: there are too many.
        """
        self.rounds += count
        if self.rounds > limits.ROUNDS:
            raise LimitError(f"it takes more than {limits.ROUNDS:,} rounds of loops and calls")

    def add_printed(self, count: int) -> None:
        """Counts characters that are printed, also into a variable or by a macro.

        Raises:
            LimitError: there are too many.
        """
        self.printed += count
        if self.printed > limits.TEMPLATE_TEXT:
            raise LimitError(f"it prints more than {limits.TEMPLATE_TEXT:,} characters")

    def add_values(self, *values: Any) -> None:
        """Counts what a function takes or gives by the size of each value.

        Raises:
            LimitError: a text is too long, or there are too many items.
        """
        for value in values:
            if isinstance(value, str):
                self.check_length(len(value))
                self.add_rounds(len(value) // _TEXT_OF_A_ROUND)
            elif isinstance(value, list | tuple | range | Mapping):
                self.add_rounds(len(value))

    @staticmethod
    def check_length(length: int) -> None:
        """Checks the length of a text or list.

        Raises:
            LimitError: it is too long.
        """
        if length > limits.TEMPLATE_TEXT:
            raise LimitError(f"it makes a text or list of more than {limits.TEMPLATE_TEXT:,} characters or items")


def check_padding(name: str, text: Any, arguments: tuple[Any, ...]) -> None:
    """Checks the widths that a filter or method takes.

    Args:
        name: of the filter or method.
        text: what it is applied to; a format, for `format`.
        arguments: those behind the text.

    Raises:
        LimitError: a width is too large, or is not in the format itself.
    """
    wide = name in PADDING and any(type(each) is int and abs(each) > limits.TEMPLATE_WIDTH for each in arguments)
    if wide or (name in ("format", "format_map") and isinstance(text, str) and _WIDE_FORMAT.search(text)):
        raise LimitError(f"it pads a text to a width that is not a number of up to {limits.TEMPLATE_WIDTH:,}")


def check_operation(operator: str, left: Any, right: Any) -> None:
    """Checks an operation of arithmetic, which could make a large number or a long text.

    Raises:
        LimitError: it would.
    """
    if operator == "%":
        check_padding("format", left, ())
    elif operator == "+":
        Costs.check_length(sum(len(side) for side in (left, right) if isinstance(side, Sized)))
    elif isinstance(left, int) and isinstance(right, int):
        bits = left.bit_length() * abs(right) if operator == "**" else left.bit_length() + right.bit_length()
        if bits > 2 * limits.INTEGER.bit_length():
            raise LimitError("it makes a number that is too large")
    elif operator == "*":
        for repeated, times in ((left, right), (right, left)):
            if isinstance(repeated, Sized) and isinstance(times, int):
                Costs.check_length(len(repeated) * times)


class Counting(NodeTransformer):
    """Makes a parsed template count what it does.

    Attributes:
        entered: the filter that counts an entry into the body of a loop or macro, by the text that stands in it.
        joined: the filter in the place of `~`.
    """

    def __init__(self, entered: str, joined: str) -> None:
        self.entered = entered
        self.joined = joined

    def visit_For(self, node: nodes.For) -> nodes.For:  # noqa: N802
        """A loop: its rounds, and the items that it leaves out."""
        made = self._with_body(node)
        assert isinstance(made, nodes.For)
        if made.test is not None:
            made.test = nodes.And(self._entry(0, made), made.test, lineno=made.lineno, environment=made.environment)
        return made

    def visit_Macro(self, node: nodes.Macro) -> nodes.Node:  # noqa: N802
        """A macro: its calls."""
        return self._with_body(node)

    def visit_CallBlock(self, node: nodes.CallBlock) -> nodes.Node:  # noqa: N802
        """What a macro is called with: its calls."""
        return self._with_body(node)

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802
        """Texts that are joined: the length of the result."""
        self.generic_visit(node)
        listed = nodes.List(node.nodes, lineno=node.lineno, environment=node.environment)
        return _filter(listed, self.joined, node)

    def _with_body(self, node: nodes.For | nodes.Macro | nodes.CallBlock) -> nodes.Node:
        printed = sum(len(data.data) for data in node.find_all(nodes.TemplateData))
        self.generic_visit(node)
        entry = self._entry(printed, node)
        node.body.insert(0, nodes.ExprStmt(entry, lineno=node.lineno, environment=node.environment))
        return node

    def _entry(self, printed: int, at: nodes.Node) -> nodes.Expr:
        return _filter(nodes.Const(printed, lineno=at.lineno, environment=at.environment), self.entered, at)


def _filter(value: nodes.Expr, name: str, at: nodes.Node) -> nodes.Filter:
    return nodes.Filter(value, name, [], [], None, None, lineno=at.lineno, environment=at.environment)
