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
_TEXT_OF_A_ROUND = 1000  # characters that are copied or compared in the time of a round
_TEXT_OF_A_FILTER = 100  # characters that a filter takes in the time of a round
_COPIED_IN_A_ROUND = 10_000  # characters that are copied as they are in the time of a round


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

    def add_values(self, *values: Any, text_of_a_round: int = _TEXT_OF_A_ROUND) -> None:
        """Counts values that are taken or made, each with all that is in it.

        Args:
            values: of any type; records of the data count as one.
            text_of_a_round: the characters that are as much as a round.

        Raises:
            LimitError: there are too many items, or too many characters in one value.
        """
        for value in values:
            characters = 0
            pending = [value]
            while pending:
                one = pending.pop()
                if isinstance(one, str):
                    characters += len(one)
                    self.check_length(characters)
                elif isinstance(one, range):
                    self.add_rounds(len(one))
                elif isinstance(one, list | tuple | Mapping):
                    self.add_rounds(len(one))
                    pending += [*one, *one.values()] if isinstance(one, Mapping) else one
            self.add_rounds(characters // text_of_a_round)

    def add_filtered(self, *values: Any) -> None:
        """Counts what a filter or function takes or gives.

        Raises:
            LimitError: there are too many items, or too many characters in one value.
        """
        self.add_values(*values, text_of_a_round=_TEXT_OF_A_FILTER)

    def add_wrapping(self, text: str, width: int = 79, *_: Any, **__: Any) -> None:
        """Counts the copies of the rest of a long word, of which `wordwrap` makes one for each line.

        Raises:
            LimitError: they are too many.
        """
        self.add_rounds(len(text) ** 2 // max(width, 1) // _COPIED_IN_A_ROUND)

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
        measured: the filter that counts a value and gives it.
    """

    def __init__(self, entered: str, joined: str, measured: str) -> None:
        self.entered = entered
        self.joined = joined
        self.measured = measured

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

    def visit_List(self, node: nodes.List) -> nodes.Node:  # noqa: N802
        """A list, which may hold one that is held many times."""
        self.generic_visit(node)
        return _filter(node, self.measured, node)

    def visit_Dict(self, node: nodes.Dict) -> nodes.Node:  # noqa: N802
        """A mapping, as a list."""
        self.generic_visit(node)
        return _filter(node, self.measured, node)

    def visit_Tuple(self, node: nodes.Tuple) -> nodes.Node:  # noqa: N802
        """A tuple, as a list, where it is no target."""
        self.generic_visit(node)
        return _filter(node, self.measured, node) if node.ctx == "load" else node

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802
        """A part of a text or list, which is a copy."""
        self.generic_visit(node)
        return _filter(node, self.measured, node) if isinstance(node.arg, nodes.Slice) else node

    def visit_Compare(self, node: nodes.Compare) -> nodes.Node:  # noqa: N802
        """Both sides of a comparison."""
        self.generic_visit(node)
        node.expr = _filter(node.expr, self.measured, node)
        for operand in node.ops:
            operand.expr = _filter(operand.expr, self.measured, node)
        return node

    def visit_Test(self, node: nodes.Test) -> nodes.Node:  # noqa: N802
        """What a test takes, which may be a comparison."""
        self.generic_visit(node)
        node.node = _filter(node.node, self.measured, node)
        node.args = [_filter(one, self.measured, node) for one in node.args or ()]
        return node

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
