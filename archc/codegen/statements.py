"""Statements and functions of Python, on the lines that ruff gives them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap
from typing import NamedTuple

from archc.codegen.layout import WIDTH, Code, broken, call, in_parentheses, joined
from archc.diagnostics import printable


def remark(text: str) -> str:
    """A text as a comment has it: on one line, with nothing that a terminal, a linter or a formatter would obey."""
    line = printable(" ".join(text.split()))
    return f"note: {line}" if re.match(r"\w+:|noqa", line) else line


# --- statements ---


class Assign(NamedTuple):
    """`targets = value`; `targets = also = value`."""

    targets: tuple[str, ...]
    value: Code
    also: tuple[str, ...] = ()


class Do(NamedTuple):
    """An expression as a statement."""

    value: Code


class Return(NamedTuple):
    """`return value`."""

    value: Code


class If(NamedTuple):
    """`if condition: … else: …`."""

    condition: Code
    body: tuple[Statement, ...]
    otherwise: tuple[Statement, ...] = ()


class For(NamedTuple):
    """`for targets in items: …`."""

    targets: str
    items: Code
    body: tuple[Statement, ...]


class Comment(NamedTuple):
    """`# text`, of as many lines as it needs, whatever the text."""

    text: str


Statement = Assign | Do | Return | If | For | Comment


class Function(NamedTuple):
    """A function.

    Attributes:
        parameters: as they stand in the parentheses, `*` among them.
        returns: the type of what it leaves.
        docstring: its lines, without the quotes.
    """

    name: str
    parameters: tuple[Code, ...]
    returns: str | None
    docstring: tuple[str, ...]
    body: tuple[Statement, ...]

    def lines(self, indent: int = 0) -> Iterator[str]:
        """The function's source."""
        returns = "" if self.returns is None else f" -> {self.returns}"
        yield from broken(joined("def ", call(self.name, self.parameters), f"{returns}:"), indent)
        yield from docstring(self.docstring, indent + 4)
        yield from statements(self.body, indent + 4)


def docstring(lines: Sequence[str], indent: int) -> Iterator[str]:
    """A docstring of these lines, whose text is written so that it stays text."""
    if not lines:
        return
    space = " " * indent
    *first, last = lines
    ending = len(last) - len(last.rstrip('"'))
    written = [*map(_in_docstring, first), _in_docstring(last.rstrip('"')) + '\\"' * ending]
    if len(written) == 1:
        yield f'{space}"""{written[0]}"""'
        return
    yield f'{space}"""{written[0]}'
    yield from (f"{space}{line}" if line else "" for line in written[1:])
    yield f'{space}"""'


def _in_docstring(line: str) -> str:
    return line.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')


def statements(body: Iterable[Statement], indent: int) -> Iterator[str]:
    """The lines of statements."""
    for statement in body:
        match statement:
            case Assign(targets, value, also):
                given = " = ".join((", ".join(targets), *also))
                yield from broken(joined(f"{given} = ", in_parentheses(value)), indent)
            case Do(value):
                yield from broken(value, indent)
            case Return(value):
                yield from broken(joined("return ", in_parentheses(value)), indent)
            case If(condition, then, otherwise):
                yield from broken(joined("if ", in_parentheses(condition), ":"), indent)
                yield from statements(then, indent + 4)
                if len(otherwise) == 1 and isinstance(otherwise[0], If):
                    first, *rest = statements(otherwise, indent)
                    yield from (f"{' ' * indent}el{first.lstrip()}", *rest)
                elif otherwise:
                    yield " " * indent + "else:"
                    yield from statements(otherwise, indent + 4)
            case For(targets, items, repeated):
                yield from broken(joined(f"for {targets} in ", in_parentheses(items), ":"), indent)
                yield from statements(repeated, indent + 4)
            case Comment(text):
                for line in wrap(remark(text), WIDTH - indent - 2, break_long_words=False, break_on_hyphens=False):
                    yield f"{' ' * indent}# {line}"
