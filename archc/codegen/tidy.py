"""Statements as a person would write them: no variable that nothing reads, no condition twice in a row."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from archc.codegen.tree import names_in_tree, negated, walked


def tidied(body: Iterable[ast.stmt]) -> list[ast.stmt]:
    """The same statements, shorter."""
    return _joined(_without_unread(_joined(body)))


# --- variables that nothing reads ---


def _without_unread(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements of a function without variables that nothing reads, where their value is a plain one."""
    before: set[str] | None = None
    while True:
        names = [node for statement in body for node in names_in_tree(statement)]
        read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
        if read == before or all(node.id in read for node in names):
            return body
        body, before = list(_read_alone(body, read)), read


def _read_alone(body: Iterable[ast.stmt], read: set[str]) -> Iterator[ast.stmt]:
    for statement in body:
        match statement:
            case ast.Assign(targets, value):
                kept = [target for target in targets if not isinstance(target, ast.Name) or target.id in read]
                if kept or _has_calls(value):
                    yield ast.Assign(kept or targets[-1:], value)
            case ast.If(condition, then, otherwise):
                arms = list(_read_alone(then, read)), list(_read_alone(otherwise, read))
                if arms[0]:
                    yield ast.If(condition, *arms)
                elif arms[1]:
                    yield ast.If(negated(condition), arms[1], [])
            case ast.For(target, items, repeated):
                if inner := list(_read_alone(repeated, read)):
                    yield ast.For(target, items, inner, [])
            case _:
                yield statement


def _has_calls(value: ast.expr) -> bool:
    return any(isinstance(node, ast.Call) for node in walked(value))


# --- statements that can be one ---


def _joined(body: Iterable[ast.stmt]) -> list[ast.stmt]:
    """Conditions that follow one another, and values that are only passed on, as one statement each."""
    kept: list[ast.stmt] = []
    for statement in body:
        inner = _joined_inside(statement)
        one = _as_one(kept[-1], inner) if kept else None
        if one is None:
            kept.append(inner)
        else:
            kept[-1] = one
    return kept


def _joined_inside(statement: ast.stmt) -> ast.stmt:
    match statement:
        case ast.If(condition, body, otherwise):
            return ast.If(condition, _joined(body), _joined(otherwise))
        case ast.For(target, items, body):
            return ast.For(target, items, _joined(body), [])
    return statement


def _as_one(first: ast.stmt, second: ast.stmt) -> ast.stmt | None:
    """Two statements as one; None where they are not the same as one."""
    match first, second:
        case ast.If(), ast.If():
            return _one_condition(first, second)
        case ast.Assign([ast.Name(word)], value), ast.Return(ast.Name(returned)) if word == returned:
            return ast.Return(value)
        case ast.Assign([ast.Name(word), *_], value), ast.Assign(targets, ast.Name(assigned)) if word == assigned:
            return ast.Assign([*targets, *first.targets], value)
    return None


def _one_condition(first: ast.If, second: ast.If) -> ast.If | None:
    """Two conditions as one, where the first changes nothing that the second reads."""
    changed = set(_names_changed([*first.body, *first.orelse]))
    if any(node.id in changed for node in names_in_tree(first.test)):
        return None
    condition = ast.dump(first.test)
    if condition == ast.dump(second.test):
        return ast.If(first.test, _joined([*first.body, *second.body]), _joined([*first.orelse, *second.orelse]))
    opposite = isinstance(first.test, ast.Name) and ast.dump(negated(first.test)) == ast.dump(second.test)
    return ast.If(first.test, first.body, second.body) if opposite and not first.orelse and not second.orelse else None


def _names_changed(body: Iterable[ast.stmt]) -> Iterator[str]:
    """The variables that statements assign, and those whose methods they call."""
    for statement in body:
        for node in walked(statement):
            match node:
                case ast.Name(word, ast.Store()):
                    yield word
                case ast.Subscript(ast.Name(word), _, ast.Store()) | ast.Expr(ast.Call(ast.Attribute(ast.Name(word)))):
                    yield word
