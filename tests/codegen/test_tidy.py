"""Statements become those that a person would write, and do the same."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from archc.codegen.printer import printed
from archc.codegen.tidy import tidied


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = f(a)\nreturn x", "return f(a)"),
        ("x = f(a)\ny = x\nreturn g(x, y)", "y = x = f(a)\nreturn g(x, y)"),
        ("x = f(a)\nkept[1] = x\nreturn g(x)", "kept[1] = x = f(a)\nreturn g(x)"),
        ("unread = a\nreturn f(a)", "return f(a)"),
        ("unread = other\nother = a\nreturn f(a)", "return f(a)"),
        ("unread = f(a)\nreturn a", "unread = f(a)\nreturn a"),
        ("one = other = a\nreturn f(other)", "other = a\nreturn f(other)"),
        ("one, other = f(a)\nreturn one", "one, other = f(a)\nreturn one"),
        ("kept = {}\nkept[a] = f(a)\nreturn a", "kept = {}\nkept[a] = f(a)\nreturn a"),
        ("if a:\n    x = 1\nif a:\n    y = 2\nreturn f(x, y)", "if a:\n    x = 1\n    y = 2\nreturn f(x, y)"),
        ("if a:\n    x = 1\nif not a:\n    x = 2\nreturn x", "if a:\n    x = 1\nelse:\n    x = 2\nreturn x"),
        ("if a:\n    a = 1\nif a:\n    y = 2\nreturn f(a, y)", "if a:\n    a = 1\nif a:\n    y = 2\nreturn f(a, y)"),
        ("if a in b:\n    b[a] = 1\nif a in b:\n    f(b)", "if a in b:\n    b[a] = 1\nif a in b:\n    f(b)"),
        ("if b:\n    b.append(a)\nif b:\n    f(b)", "if b:\n    b.append(a)\nif b:\n    f(b)"),
        ("if a:\n    unread = b\nreturn a", "return a"),
        ("if a:\n    unread = b\nelse:\n    f(b)", "if not a:\n    f(b)"),
        ("for i in a:\n    unread = i\nreturn a", "return a"),
        ("for i in a:\n    x = f(i)\n    y = x\n    g(x, y)", "for i in a:\n    y = x = f(i)\n    g(x, y)"),
    ],
)
def test_statements_are_tidied(before: str, after: str) -> None:
    body = ast.parse(f"def f():\n{indented(before)}").body[0]
    assert isinstance(body, ast.FunctionDef)
    assert "\n".join(printed(tidied(body.body))) == dedent(after)


def indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))
