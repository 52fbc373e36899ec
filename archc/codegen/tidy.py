"""Statements as a person leaves them: a condition stands once, and nothing is named just to be returned."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from archc.codegen.layout import flat, joined
from archc.codegen.statements import Assign, Do, For, If, Return, Statement


def needed(body: tuple[Statement, ...]) -> tuple[Statement, ...]:
    """The statements of a function without names for what has one, or is plain, that nothing reads."""
    read = set(_read(body))
    kept = tuple(_without_unread(body, read))
    return kept if kept == body else needed(kept)


def _read(body: Iterable[Statement]) -> Iterator[str]:
    """The variables that statements read."""
    for statement in body:
        match statement:
            case Assign(targets, value, also):
                items = [target for target in (*targets, *also) if not target.isidentifier()]
                yield from _words(" ".join((flat(value), *items)))
            case If(condition, then, otherwise):
                yield from _words(flat(condition))
                yield from _read((*then, *otherwise))
            case For(_, items, repeated):
                yield from _words(flat(items))
                yield from _read(repeated)
            case Do(value) | Return(value):
                yield from _words(flat(value))


_TEXT = re.compile(r"""f"(?:[^"\\]|\\.)*"|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""")


def _words(code: str) -> list[str]:
    """The words of code, without the names of arguments and what stands in texts that read nothing."""
    kept = _TEXT.sub(lambda found: found[0] if found[0].startswith("f") else "", code)
    return re.findall(r"\b\w+\b(?!=(?!=))", kept)


def _without_unread(body: Iterable[Statement], read: set[str]) -> Iterator[Statement]:
    for statement in body:
        match statement:
            case Assign((target,), value, ()) if (
                target.isidentifier() and target not in read and "(" not in flat(value)
            ):
                continue
            case Assign((target,), _, (first, *others)) if target.isidentifier() and target not in read:
                yield statement._replace(targets=(first,), also=tuple(others))
            case Assign(_, _, also) if also:
                yield statement._replace(also=tuple(name for name in also if not name.isidentifier() or name in read))
            case If(condition, then, otherwise):
                arms = tuple(_without_unread(then, read)), tuple(_without_unread(otherwise, read))
                if arms[0]:
                    yield If(condition, *arms)
                elif arms[1]:
                    yield If(joined("not (", condition, ")"), arms[1])
            case For(targets, items, repeated):
                if inner := tuple(_without_unread(repeated, read)):
                    yield For(targets, items, inner)
            case _:
                yield statement


def tidied(body: Iterable[Statement]) -> tuple[Statement, ...]:
    """The same statements, shorter."""
    kept: list[Statement] = []
    for statement in body:
        inner = _inside(statement)
        before = kept[-1] if kept else None
        if isinstance(before, If) and isinstance(inner, If) and (together := _together(before, inner)):
            kept[-1] = together
        elif (
            isinstance(before, Assign)
            and isinstance(inner, Return)
            and before.targets == (flat(inner.value),)
            and not before.also
        ):
            kept[-1] = Return(before.value)
        elif isinstance(before, Assign) and isinstance(inner, Assign) and before.targets == (flat(inner.value),):
            kept[-1] = before._replace(targets=inner.targets, also=(*before.targets, *before.also))
        else:
            kept.append(inner)
    return tuple(kept)


def _inside(statement: Statement) -> Statement:
    match statement:
        case If(condition, body, otherwise):
            return If(condition, tidied(body), tidied(otherwise))
        case For(targets, items, body):
            return For(targets, items, tidied(body))
    return statement


def _together(one: If, other: If) -> If | None:
    """Two conditions as one, where the first leaves alone what the second asks."""
    condition = flat(one.condition)
    if set(re.findall(r"\w+", condition)) & set(_assigned((*one.body, *one.otherwise))):
        return None
    if condition == flat(other.condition):
        return If(one.condition, tidied((*one.body, *other.body)), tidied((*one.otherwise, *other.otherwise)))
    if (
        flat(other.condition) == f"not {condition}"
        and condition.isidentifier()
        and not (one.otherwise or other.otherwise)
    ):
        return If(one.condition, one.body, other.body)
    return None


def _assigned(body: Iterable[Statement]) -> Iterator[str]:
    """The variables that statements give."""
    for statement in body:
        match statement:
            case Assign(targets, _, also):
                yield from (word for target in (*targets, *also) for word in re.findall(r"\w+", target))
            case If(_, then, otherwise):
                yield from _assigned((*then, *otherwise))
            case For(targets, _, repeated):
                yield from re.findall(r"\w+", targets)
                yield from _assigned(repeated)
            case Do(value):
                yield from re.findall(r"\w+", flat(value))
