"""Expressions of Python as documents, with the parentheses, quotes and breaks that ruff writes."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import NamedTuple

from archc.codegen.layout import (
    Break,
    Document,
    Either,
    Grouped,
    Indented,
    Joined,
    arguments,
    display,
    in_optional_parentheses,
    listed,
    on_one_line,
)
from archc.codegen.literals import escaped, literal_text
from archc.codegen.tree import Number

_CONDITIONAL, _OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(10)
_OPERATORS: dict[type[ast.AST], tuple[str, int]] = {
    ast.Or: ("or", _OR),
    ast.And: ("and", _AND),
    ast.Not: ("not ", _NOT),
    ast.Eq: ("==", _COMPARISON),
    ast.NotEq: ("!=", _COMPARISON),
    ast.Lt: ("<", _COMPARISON),
    ast.LtE: ("<=", _COMPARISON),
    ast.Gt: (">", _COMPARISON),
    ast.GtE: (">=", _COMPARISON),
    ast.In: ("in", _COMPARISON),
    ast.NotIn: ("not in", _COMPARISON),
    ast.Is: ("is", _COMPARISON),
    ast.IsNot: ("is not", _COMPARISON),
    ast.Add: ("+", _SUM),
    ast.Sub: ("-", _SUM),
    ast.Mult: ("*", _PRODUCT),
    ast.MatMult: ("@", _PRODUCT),
    ast.Div: ("/", _PRODUCT),
    ast.FloorDiv: ("//", _PRODUCT),
    ast.Mod: ("%", _PRODUCT),
    ast.USub: ("-", _SIGN),
    ast.UAdd: ("+", _SIGN),
    ast.Pow: ("**", _POWER),
}
_CHAIN = 2  # attributes of calls, from which on each has a line of its own


def document(expression: ast.expr) -> Document:
    """The document of an expression."""
    return _Layout().document(expression)


def one_line(expression: ast.expr) -> str:
    """The text of an expression on one line."""
    return on_one_line(document(expression))


def without_brackets(expression: ast.expr) -> Document:
    """The document of an expression that needs no parentheses around a tuple: what is returned, an index."""
    if not isinstance(expression, ast.Tuple) or len(expression.elts) < 2:
        return document(expression)
    return in_optional_parentheses(listed([document(item) for item in expression.elts]))


def in_parentheses(expression: ast.expr) -> Document:
    """The document of the expression after `=`, `return` or `if`: in parentheses where it is broken.

    Where its own brackets are enough, as in `b + f(a)`, there are others only if the line is too long up to these.
    """
    if isinstance(expression, ast.Constant | Number | ast.Name | ast.JoinedStr | ast.List | ast.Tuple | ast.Dict):
        return document(expression)
    opened = document(expression)
    closed = in_optional_parentheses(opened)
    match expression:
        case ast.BinOp() | ast.BoolOp() | ast.Compare():
            text = one_line(expression)
            brackets = text[0] in "([{" or (text.endswith(")") and not text.endswith("()"))
            if len(_operands(expression).rest) > 1 or not brackets:
                return closed
            return Either(_Layout().operations(expression, breaks=False), closed)
        case ast.IfExp():
            return closed
    return closed if _is_chain(expression) else Either(opened, closed)


class _Layout(NamedTuple):
    """How expressions are laid out.

    Attributes:
        quote: of texts, where another needs no fewer backslashes.
    """

    quote: str = '"'

    def document(self, node: ast.expr) -> Document:
        """The document of an expression."""
        match node:
            case ast.Name(text) | Number(text):
                return text
            case ast.Constant(value):
                return literal_text(value, self.quote)
            case ast.JoinedStr(parts):
                return f'f"{"".join(map(_in_f_string, parts))}"'
            case ast.List(items):
                return display("[", self.documents(items), "]")
            case ast.Tuple([item]):
                return Grouped(Joined(("(", Indented(Joined((Break(), self.document(item), ","))), Break(), ")")))
            case ast.Tuple(items):
                return display("(", self.documents(items), ")")
            case ast.Dict(keys, values):
                pairs = zip(self.documents(key for key in keys if key), self.documents(values), strict=True)
                return display("{", [Joined((key, ": ", value)) for key, value in pairs], "}")
        return self.compound(node)

    def compound(self, node: ast.expr) -> Document:
        """The document of an expression with operators, calls, attributes or items."""
        match node:
            case ast.Call() | ast.Attribute() | ast.Subscript():
                return Grouped(self.chain(node, True)) if _is_chain(node) else self.chain(node, False)
            case ast.BinOp() | ast.BoolOp() | ast.Compare():
                return self.operations(node)
            case ast.UnaryOp(operator, operand):
                text, binding = _OPERATORS[type(operator)]
                return Joined((text, self.operand(operand, binding)))
            case ast.IfExp():
                return self.conditional(node)
            case ast.GeneratorExp(item, [rounds]):
                return Grouped(self.comprehension(item, rounds))
            case ast.ListComp(item, [rounds]):
                inside = Indented(Joined((Break(), Grouped(self.comprehension(item, rounds)))))
                return Grouped(Joined(("[", inside, Break(), "]")))
            case ast.Starred(items):
                return Joined(("*", self.operand(items, _SUM)))
            case ast.Slice():
                return self.slice(node)
        raise TypeError(f"{type(node).__name__} is not printed")

    def documents(self, nodes: Iterable[ast.expr]) -> list[Document]:
        """The documents of expressions."""
        return [self.document(node) for node in nodes]

    def operand(self, node: ast.expr, least: int, *, breaks: bool = True) -> Document:
        """The document of an operand, in parentheses if it binds less tightly than `least`."""
        if _binding(node) < least:
            return Grouped(Joined(("(", Indented(Joined((Break(), self.document(node)))), Break(), ")")))
        if breaks:
            return self.document(node)
        if isinstance(node, _Operation):
            return self.operations(node, breaks=False)
        return self.chain(node, False) if _is_chain(node) else self.document(node)

    def operations(self, node: _Operation, *, breaks: bool = True) -> Document:
        """Operands, and between them operators that bind alike; a line may end before these if it `breaks`."""
        first, rest, (least, least_of_others) = _operands(node)
        if isinstance(rest[0][0], ast.Pow) and _is_simple(first) and _is_simple(rest[0][1]):
            return Joined((self.document(first), "**", self.document(rest[0][1])))
        parts = [self.operand(first, least, breaks=breaks)]
        for operator, operand in rest:
            text = f"{_OPERATORS[type(operator)][0]} "
            other = self.operand(operand, least_of_others, breaks=breaks)
            parts.append(Joined((Break(" ") if breaks else " ", text, other)))
        return Grouped(Joined(tuple(parts)))

    def conditional(self, node: ast.IfExp) -> Document:
        """`then if condition else otherwise`, where what is otherwise may have conditions too."""
        parts: list[Document] = []
        last: ast.expr = node
        while isinstance(last, ast.IfExp):
            then, condition = self.operand(last.body, _OR), self.operand(last.test, _OR)
            parts += [then, Break(" "), "if ", condition, Break(" "), "else "]
            last = last.orelse
        return Grouped(Joined((*parts, self.operand(last, _OR))))

    def comprehension(self, item: ast.expr, rounds: ast.comprehension) -> Document:
        """`item for target in items if condition`, each part on a line of its own where they do not fit."""
        target = on_one_line(without_brackets(rounds.target))
        parts = [self.document(item), Break(" "), f"for {target} in ", self.operand(rounds.iter, _OR)]
        for condition in rounds.ifs:
            parts += [Break(" "), "if ", self.operand(condition, _OR)]
        return Joined(tuple(parts))

    def chain(self, node: ast.expr, breaks: bool) -> Document:
        """Calls, attributes and items, one after the other; a place to break is before an attribute of a call."""
        match node:
            case ast.Call(callee, given, named):
                items = [*self.documents(given), *map(self.keyword, named)]
                return Joined((self.chain(callee, breaks), arguments(items)))
            case ast.Attribute(owner, word):
                before = [Break()] if breaks and isinstance(owner, ast.Call | ast.Subscript) else []
                return Joined((self.chain(owner, breaks), *before, f".{word}"))
            case ast.Subscript(owner, key):
                inside = Joined((Indented(Joined((Break(), self.key(key)))), Break()))
                return Joined((self.chain(owner, breaks), "[", Grouped(inside), "]"))
        return self.operand(node, _ATOM)

    def keyword(self, keyword: ast.keyword) -> Document:
        """`name=value`, `**values`."""
        return Joined((f"{keyword.arg}=" if keyword.arg else "**", self.document(keyword.value)))

    def key(self, node: ast.expr) -> Document:
        """The index of an item."""
        if isinstance(node, ast.Tuple) and len(node.elts) > 1:
            return listed(self.documents(node.elts))
        return self.document(node)

    def slice(self, node: ast.Slice) -> Document:
        """`start:stop:step`, with spaces around the colons where a bound is an operation."""
        lower, upper, step = (
            "" if bound is None else on_one_line(self.document(bound)) for bound in (node.lower, node.upper, node.step)
        )
        space = "" if all(bound is None or _is_bound(bound) for bound in (node.lower, node.upper, node.step)) else " "
        text = f"{lower}{space if lower else ''}:{space if upper else ''}{upper}"
        return f"{text}{space if upper else ''}:{space}{step}" if step else text


def _in_f_string(part: ast.expr) -> str:
    """A part of a text with expressions; a text in these has the other quotes, as Python 3.11 wants it."""
    match part:
        case ast.FormattedValue(value):
            return f"{{{on_one_line(_Layout(quote=chr(39)).document(value))}}}"
        case ast.Constant(str(text)):
            return escaped(text, '"').replace("{", "{{").replace("}", "}}")
    raise TypeError(f"{type(part).__name__} is no part of a text")


# --- how tightly things bind ---

_Operation = ast.BinOp | ast.BoolOp | ast.Compare


def _binding(node: ast.expr) -> int:
    """How tightly an expression binds."""
    match node:
        case ast.BinOp(op=operator) | ast.BoolOp(op=operator) | ast.UnaryOp(op=operator):
            return _OPERATORS[type(operator)][1]
        case ast.Compare():
            return _COMPARISON
        case ast.IfExp():
            return _CONDITIONAL
    return _ATOM


class _Operands(NamedTuple):
    """Operands of one binding.

    Attributes:
        rest: the operators, each with the operand after it.
        least: how tightly the first operand binds that has no parentheses, and how tightly the others.
    """

    first: ast.expr
    rest: list[tuple[ast.AST, ast.expr]]
    least: tuple[int, int]


def _operands(node: _Operation) -> _Operands:
    binding = _binding(node)
    match node:
        case ast.BoolOp(operator, [first, *others]):
            return _Operands(first, [(operator, operand) for operand in others], (binding + 1, binding + 1))
        case ast.Compare(first, operators, others):
            return _Operands(first, [*zip(operators, others, strict=True)], (binding + 1, binding + 1))
        case ast.BinOp(left, ast.Pow() as operator, right):
            return _Operands(left, [(operator, right)], (_ATOM, _SIGN))
    rest: list[tuple[ast.AST, ast.expr]] = []
    last: ast.expr = node
    while isinstance(last, ast.BinOp) and _binding(last) == binding:
        rest.append((last.op, last.right))
        last = last.left
    return _Operands(last, rest[::-1], (binding, binding + 1))


def _is_simple(node: ast.expr) -> bool:
    """Whether an operand of `**` needs no space."""
    match node:
        case ast.UnaryOp(ast.USub(), ast.Constant(int() | float()) | Number()):
            return True
        case ast.Attribute(owner):
            return _is_simple(owner)
    return isinstance(node, ast.Name | Number) or (isinstance(node, ast.Constant) and not isinstance(node.value, str))


def _is_bound(node: ast.expr) -> bool:
    """Whether a bound of a slice needs no space before or after the colon."""
    if isinstance(node, ast.UnaryOp):
        return not isinstance(node.op, ast.Not) and _is_bound(node.operand)
    return isinstance(node, ast.Constant | Number | ast.Name)


def _is_chain(node: ast.expr) -> bool:
    """Whether calls follow one another such that each has a line of its own, where they do not fit on one."""
    count = 0
    while True:
        match node:
            case ast.Call(owner) | ast.Subscript(owner):
                node = owner
            case ast.Attribute(owner):
                count += isinstance(owner, ast.Call | ast.Subscript)
                node = owner
            case _:
                return count >= _CHAIN
