"""Python's syntax trees: short constructors of `ast` nodes, and the nodes that Python does not have."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple


class Number(ast.expr):
    """A number that is printed as `text`: `2_000`."""

    _fields = __match_args__ = ("text",)

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Comment(ast.stmt):
    """`# text`, of as many lines as it needs."""

    _fields = __match_args__ = ("text",)

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Verbatim(ast.stmt):
    """Lines that are copied as they are."""

    _fields = __match_args__ = ("lines",)

    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.lines = lines


# --- expressions ---

_LOAD, _STORE = ast.Load(), ast.Store()


def variable(name: str) -> ast.Name:
    """`x`."""
    return ast.Name(name, _LOAD)


def attribute(owner: ast.expr, name: str) -> ast.Attribute:
    """`owner.name`."""
    return ast.Attribute(owner, name, _LOAD)


def subscript(owner: ast.expr, *keys: ast.expr) -> ast.Subscript:
    """`owner[key]`, `owner[one, other]`."""
    key = keys[0] if len(keys) == 1 else ast.Tuple(list(keys), _LOAD)
    return ast.Subscript(owner, key, _LOAD)


def call(
    callee: str | ast.expr,
    arguments: Iterable[ast.expr] = (),
    named: Mapping[str, ast.expr] | None = None,
    unpacked: ast.expr | None = None,
) -> ast.Call:
    """`callee(arguments, name=value, **unpacked)`."""
    keywords = [ast.keyword(word, value) for word, value in (named or {}).items()]
    if unpacked is not None:
        keywords.append(ast.keyword(None, unpacked))
    return ast.Call(_parsed(callee) if isinstance(callee, str) else callee, list(arguments), keywords)


def list_of(items: Iterable[ast.expr]) -> ast.List:
    """`[a, b]`."""
    return ast.List(list(items), _LOAD)


def tuple_of(items: Iterable[ast.expr]) -> ast.Tuple:
    """`(a, b)`; without the parentheses as what several names are assigned, and as what a function returns."""
    return ast.Tuple(list(items), _LOAD)


def starred(items: ast.expr) -> ast.Starred:
    """`*items`."""
    return ast.Starred(items, _LOAD)


def rounds(target: ast.expr, items: ast.expr, condition: ast.expr | None = None) -> ast.comprehension:
    """`for target in items if condition`."""
    return ast.comprehension(_stored(target), items, [] if condition is None else [condition], 0)


def list_for(item: ast.expr, each: ast.comprehension) -> ast.ListComp:
    """`[item for …]`."""
    return ast.ListComp(item, [each])


def items_for(item: ast.expr, each: ast.comprehension) -> ast.GeneratorExp:
    """`item for …`, the only argument of a function that iterates once."""
    return ast.GeneratorExp(item, [each])


def negated(condition: ast.expr) -> ast.UnaryOp:
    """`not condition`."""
    return ast.UnaryOp(ast.Not(), condition)


def operation(left: ast.expr, operator: str, right: ast.expr) -> ast.expr:
    """`left operator right`: of numbers, texts or lists, or a comparison."""
    return code(f"left {operator} right", left=left, right=right)


def literal(value: Any, *, tuples: bool = True) -> ast.expr:
    """A plain value: a number, a text, a boolean, None, a map, or a list, which arguments want as a tuple."""
    if isinstance(value, dict):
        keys = [ast.Constant(str(key)) for key in value]
        return ast.Dict([*keys], [literal(item, tuples=tuples) for item in value.values()])
    if isinstance(value, list | tuple):
        items = [literal(item, tuples=tuples) for item in value]
        return tuple_of(items) if tuples or isinstance(value, tuple) else list_of(items)
    if isinstance(value, float) and not math.isfinite(value):
        return call("float", [ast.Constant(str(value))])
    if isinstance(value, int | float) and math.copysign(1, value) < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


Part = str | ast.expr
"""A part of a text: characters, or an expression."""


def formatted(parts: Iterable[Part]) -> ast.expr:
    """A text of parts, as an f-string; where one of Python 3.11 cannot hold it, as a sum."""
    kept = [part for part in parts if part != ""]
    if all(isinstance(part, str) for part in kept):
        return ast.Constant("".join(map(str, kept)))
    if all(isinstance(part, str) or _fits_into_text(part) for part in kept):
        return ast.JoinedStr(
            [ast.Constant(part) if isinstance(part, str) else ast.FormattedValue(part, -1, None) for part in kept]
        )
    first, *others = [ast.Constant(part) if isinstance(part, str) else call("str", [part]) for part in kept]
    total: ast.expr = first
    for other in others:
        total = operation(total, "+", other)
    return total


def _fits_into_text(part: ast.expr) -> bool:
    """Whether an f-string of Python 3.11 can hold an expression: no backslashes, no third kind of quotes."""
    return not any(
        isinstance(node, ast.Dict | ast.JoinedStr)
        or (isinstance(node, ast.Constant) and isinstance(node.value, str) and _has_escapes(node.value))
        for node in walked(part)
    )


def _has_escapes(text: str) -> bool:
    return not text.isprintable() or any(character in text for character in "'\"\\{")


@cache
def _parsed(template: str) -> ast.expr:
    return ast.parse(template, mode="eval").body


def code(template: str, **parts: ast.expr) -> ast.expr:
    """An expression by its text, with the names in it that have a part replaced by it.

    Example:
        >>> code("F.leaky_relu(x, slope)", slope=literal(0.1))  # F.leaky_relu(x, 0.1)
    """
    found: ast.expr = substituted(_parsed(template), parts)
    return found


def substituted(node: Any, parts: Mapping[str, ast.expr]) -> Any:
    """A copy of a tree with the names that have a part replaced by it."""
    if isinstance(node, ast.Name):
        return parts.get(node.id, node)
    if isinstance(node, ast.BinOp):  # a sum of many terms is deep on its left, so that is no recursion
        terms = [node]
        while isinstance(terms[-1].left, ast.BinOp):
            terms.append(terms[-1].left)
        total = substituted(terms[-1].left, parts)
        for term in reversed(terms):
            total = ast.BinOp(total, term.op, substituted(term.right, parts))
        return total
    if isinstance(node, ast.AST):
        return type(node)(**{field: substituted(value, parts) for field, value in ast.iter_fields(node)})
    return [substituted(item, parts) for item in node] if isinstance(node, list) else node


_LEAVES = {ast.Name, ast.Constant, Number}


def walked(tree: ast.AST) -> Iterator[ast.AST]:
    """A tree and all nodes in it, as `ast.walk` gives them, which takes longer; names are without load or store."""
    pending = [tree]
    for node in pending:
        yield node
        if type(node) in _LEAVES:
            continue
        for field in node._fields:
            held = getattr(node, field, None)
            if isinstance(held, list):
                pending += [item for item in held if isinstance(item, ast.AST)]
            elif isinstance(held, ast.AST):
                pending.append(held)


def names_in_tree(tree: ast.AST) -> Iterator[ast.Name]:
    """The names in a tree."""
    return (found for found in walked(tree) if isinstance(found, ast.Name))


# --- statements ---


def assign(targets: Iterable[ast.expr], value: ast.expr) -> ast.Assign:
    """`target = target = value`; a target may be a tuple of names."""
    return ast.Assign([_stored(target) for target in targets], value)


def _stored(target: ast.expr) -> ast.expr:
    """An expression as what is assigned to."""
    match target:
        case ast.Starred(inner):
            return ast.Starred(_stored(inner), _STORE)
        case ast.Tuple(items):
            return ast.Tuple([_stored(item) for item in items], _STORE)
        case ast.Name(word):
            return ast.Name(word, _STORE)
        case ast.Subscript(owner, key):
            return ast.Subscript(owner, key, _STORE)
        case ast.Attribute(owner, word):
            return ast.Attribute(owner, word, _STORE)
    raise TypeError(f"{type(target).__name__} is not assigned to")


def loop(target: ast.expr, items: ast.expr, body: Iterable[ast.stmt]) -> ast.For:
    """`for target in items: body`."""
    return ast.For(_stored(target), items, list(body), [])


def docstring(lines: Iterable[str]) -> list[ast.stmt]:
    """The docstring of these lines; no statement where there are none."""
    text = "\n".join(lines)
    return [ast.Expr(ast.Constant(text))] if text else []


class Argument(NamedTuple):
    """An argument of a function, as its signature has it."""

    name: str
    default: ast.expr | None = None
    annotation: str | None = None


def function(
    name: str,
    arguments: Sequence[Argument],
    keyword_only: Sequence[Argument],
    body: Iterable[ast.stmt],
    returns: str | None = None,
) -> ast.FunctionDef:
    """`def name(arguments, *, keyword_only) -> returns: body`."""
    parameters = ast.arguments(
        posonlyargs=[],
        args=[_declared(argument) for argument in arguments],
        kwonlyargs=[_declared(argument) for argument in keyword_only],
        kw_defaults=[argument.default for argument in keyword_only],
        defaults=[argument.default for argument in arguments if argument.default is not None],
    )
    return ast.FunctionDef(name, parameters, list(body), [], None if returns is None else _parsed(returns))


def _declared(argument: Argument) -> ast.arg:
    return ast.arg(argument.name, None if argument.annotation is None else _parsed(argument.annotation))
