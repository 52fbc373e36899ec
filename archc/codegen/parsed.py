"""Python expressions, read from their text, as trees of code."""

from __future__ import annotations

import ast
from typing import NamedTuple

from archc.codegen.layout import Break, Code, Group, call, display, enclosed, index, joined, operations


class _Operator(NamedTuple):
    """An operator as it is written, and how tightly it binds."""

    text: str
    binding: int


_OPERATORS: dict[type[ast.AST], _Operator] = {
    ast.GtE: _Operator(">=", 0),
    ast.Add: _Operator("+", 1),
    ast.Sub: _Operator("-", 1),
    ast.Mult: _Operator("*", 2),
    ast.Div: _Operator("/", 2),
}
_CHAINED = 2  # attributes of what is called, from which on a chain has a line for each


def parsed(text: str) -> Code:
    """The tree of an expression: calls, attributes, items, lists, tuples, `+ - * /` and `>=`; all else as it stands.

    Args:
        text: on one line, with parentheses only where they are needed.
    """
    return _Reader(text).read(ast.parse(text, mode="eval").body)


class _Reader(NamedTuple):
    text: str

    def read(self, node: ast.expr) -> Code:
        match node:
            case ast.Call() | ast.Attribute() | ast.Subscript():
                chain = _attributes_of_calls(node) >= _CHAINED
                return Group(self.chained(node, broken=True)) if chain else self.chained(node, broken=False)
            case ast.List(items):
                return display("[", [self.read(item) for item in items], "]")
            case ast.Tuple(items):
                return display("(", [self.read(item) for item in items], ")")
            case ast.BinOp(left, operator, right) | ast.Compare(left, [operator], [right]):
                return self.operation(left, _OPERATORS[type(operator)], right)
        return self.source(node)

    def source(self, node: ast.expr) -> str:
        """What is written as it stands."""
        return ast.get_source_segment(self.text, node) or ""

    def chained(self, node: ast.expr, *, broken: bool) -> Code:
        """Calls, attributes and items, one after the other; a place to break is before an attribute of a call."""
        match node:
            case ast.Call(function, arguments, named):
                keywords = [(keyword.arg or "", self.read(keyword.value)) for keyword in named]
                return call(self.chained(function, broken=broken), map(self.read, arguments), keywords)
            case ast.Attribute(owner, name):
                breaking = broken and isinstance(owner, ast.Call | ast.Subscript)
                return joined(self.chained(owner, broken=broken), *([Break()] if breaking else []), f".{name}")
            case ast.Subscript(owner, key):
                return index(self.chained(owner, broken=broken), self.source(key))
        return self.source(node)

    def operation(self, first: ast.expr, operator: _Operator, last: ast.expr) -> Code:
        """Operands with what binds alike between them."""
        rest = [(operator.text, self.operand(last, operator.binding + 1))]
        while isinstance(first, ast.BinOp) and _binding(first) == operator.binding:
            rest.append((_OPERATORS[type(first.op)].text, self.operand(first.right, operator.binding + 1)))
            first = first.left
        return operations(self.operand(first, operator.binding), reversed(rest))

    def operand(self, node: ast.expr, least: int) -> Code:
        """An operand, in parentheses if it binds less tightly."""
        code = self.read(node)
        return enclosed(code) if _binding(node) < least else code


def _binding(node: ast.expr) -> int:
    match node:
        case ast.BinOp(_, operator, _) | ast.Compare(_, [operator], _):
            return _OPERATORS[type(operator)].binding
    return len(_OPERATORS)


def _attributes_of_calls(node: ast.expr) -> int:
    """How many attributes of calls and of items a chain has."""
    match node:
        case ast.Call(owner) | ast.Subscript(owner):
            return _attributes_of_calls(owner)
        case ast.Attribute(owner):
            return _attributes_of_calls(owner) + isinstance(owner, ast.Call | ast.Subscript)
    return 0
