"""Statements of Python as lines, laid out as `ruff format` lays them out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

from archc.codegen.expression_layout import document, in_parentheses, one_line, without_brackets
from archc.codegen.layout import WIDTH, Document, Joined, arguments, laid_out, on_one_line
from archc.codegen.tree import Comment, Verbatim
from archc.diagnostics import printable


def one_line_assignment(assignment: ast.Assign) -> str:
    """An assignment on one line."""
    return on_one_line(_assignment(assignment))


def printed(statements: Iterable[ast.stmt], indent: int = 0) -> Iterator[str]:
    """The lines of statements.

    Args:
        statements: what is printed, in order.
        indent: columns before each line.
    """
    for statement in statements:
        yield from _statement(statement, indent)


def _statement(statement: ast.stmt, indent: int) -> Iterator[str]:
    match statement:
        case ast.Expr(ast.Constant(str(text))):
            yield from _docstring(text.split("\n"), " " * indent)
        case ast.Expr(value):
            yield from laid_out(document(value), indent)
        case ast.Assign():
            yield from laid_out(_assignment(statement), indent)
        case ast.AnnAssign(target, annotation, ast.expr() as value):
            yield from _line(f"{one_line(target)}: {one_line(annotation)} = ", in_parentheses(value), indent)
        case ast.Return(ast.expr() as value):
            bare = isinstance(value, ast.Tuple)
            yield from _line("return ", without_brackets(value) if bare else in_parentheses(value), indent)
        case ast.If():
            yield from _if(statement, indent, "if")
        case ast.For(target, items, body):
            yield from _line(f"for {_target(target)} in ", in_parentheses(items), indent, ":")
            yield from printed(body, indent + 4)
        case ast.FunctionDef() | ast.ClassDef():
            yield from _definition(statement, indent)
        case Comment(text):
            for line in wrap(remark(text), WIDTH - indent - 2, break_long_words=False, break_on_hyphens=False):
                yield f"{' ' * indent}# {line}"
        case Verbatim(lines):
            yield from (f"{' ' * indent}{line}" for line in lines)
        case _:
            raise TypeError(f"{type(statement).__name__} is not printed")


def _line(before: str, content: Document, indent: int, after: str = "") -> list[str]:
    return laid_out(Joined((before, content, after)), indent)


def _assignment(statement: ast.Assign) -> Document:
    bare = isinstance(statement.targets[0], ast.Tuple)
    value = without_brackets(statement.value) if bare else in_parentheses(statement.value)
    return Joined((*(f"{_target(target)} = " for target in statement.targets), value))


def _target(target: ast.expr) -> str:
    """What is assigned to; several names have no parentheses around them."""
    return ", ".join(map(one_line, target.elts)) if isinstance(target, ast.Tuple) else one_line(target)


def _if(statement: ast.If, indent: int, word: str) -> Iterator[str]:
    yield from _line(f"{word} ", in_parentheses(statement.test), indent, ":")
    yield from printed(statement.body, indent + 4)
    match statement.orelse:
        case [ast.If() as other]:
            yield from _if(other, indent, "elif")
        case [_, *_]:
            yield " " * indent + "else:"
            yield from printed(statement.orelse, indent + 4)


def _definition(definition: ast.FunctionDef | ast.ClassDef, indent: int) -> Iterator[str]:
    """A function, or a class whose members have an empty line between them."""
    if isinstance(definition, ast.FunctionDef):
        returns = "" if definition.returns is None else f" -> {one_line(definition.returns)}"
        yield from _line(f"def {definition.name}", arguments(list(_signature(definition.args))), indent, f"{returns}:")
        yield from printed(definition.body, indent + 4)
        return
    yield f"{' ' * indent}class {definition.name}({', '.join(map(one_line, definition.bases))}):"
    for number, member in enumerate(definition.body):
        yield from [""] if number else []
        yield from printed([member], indent + 4)


def _signature(signature: ast.arguments) -> Iterator[Document]:
    """The arguments of a function with their defaults, those by name behind a `*`."""
    required = len(signature.args) - len(signature.defaults)
    for number, argument in enumerate(signature.args):
        yield _argument(argument, signature.defaults[number - required] if number >= required else None)
    yield from ["*"] if signature.kwonlyargs else []
    for argument, default in zip(signature.kwonlyargs, signature.kw_defaults, strict=True):
        yield _argument(argument, default)


def _argument(argument: ast.arg, default: ast.expr | None) -> Document:
    typed = argument.arg if argument.annotation is None else f"{argument.arg}: {one_line(argument.annotation)}"
    return typed if default is None else Joined((f"{typed}=", document(default)))


# --- texts ---


def remark(text: str) -> str:
    """A text as a comment has it: on one line, with nothing that a terminal, a linter or a formatter would obey."""
    line = printable(" ".join(text.split()))
    return f"note: {line}" if re.match(r"\w+:|noqa", line) else line


def _docstring(lines: Sequence[str], space: str) -> Iterator[str]:
    """A docstring of these lines, whose text is escaped so that it stays text."""
    *first, last = lines
    ending = len(last) - len(last.rstrip('"'))
    escaped = [*map(_in_docstring, first), _in_docstring(last.rstrip('"')) + '\\"' * ending]
    if len(escaped) == 1:
        yield f'{space}"""{escaped[0]}"""'
        return
    yield f'{space}"""{escaped[0]}'
    yield from (f"{space}{line}" if line else "" for line in escaped[1:])
    yield f'{space}"""'


def _in_docstring(line: str) -> str:
    return line.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
