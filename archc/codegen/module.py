"""A module of generated source: the page around its functions."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from archc.codegen.layout import display, joined
from archc.codegen.literals import quoted
from archc.codegen.statements import Assign, Comment, Do, Statement, docstring, statements

_PACKAGE = Path(__file__).parents[1]
_COPIED = ("ir/naming.py", "language/expression_functions.py", "targets/keras/functions.py")
IMPORTED = {
    "math": "import math",
    "string": "import string",
    "sys": "import sys",
    "Counter": "from collections import Counter",
}


class Copied(NamedTuple):
    """A function of archc's that generated source has a copy of."""

    text: str
    names: frozenset[str]


@cache
def copied() -> dict[str, Copied]:
    """The functions that generated source may copy, by their names, in the order of their files."""
    found: dict[str, Copied] = {}
    for file in _COPIED:
        text = (_PACKAGE / file).read_text(encoding="utf-8")
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef) and (source := ast.get_source_segment(text, node)):
                read = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
                found[node.name] = Copied(source, frozenset(read))
    return found


def with_needed(names: Iterable[str]) -> set[str]:
    """These names, and those that the copied functions among them need."""
    known, pending = copied(), list(names)
    found: set[str] = set()
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending += (
                [other for other in known[name].names if other in known or other in IMPORTED] if name in known else []
            )
    return found


class SourceFile(NamedTuple):
    """What stands on the page.

    Attributes:
        docstring: the lines of the module's docstring.
        imports: of other packages than Python's own.
        names: of Python's modules and of functions to copy that the functions need.
        functions: the source of each, in order.
        constants: tables of names to functions, with their items, which stand behind the function of that number.
        main: what the module does as a script.
    """

    docstring: tuple[str, ...]
    imports: tuple[str, ...]
    names: frozenset[str]
    functions: tuple[str, ...]
    main: str

    def text(self) -> str:
        """The module's source."""
        needed = with_needed(self.names)
        standard = [line for name, line in IMPORTED.items() if name in needed]
        imports = "\n\n".join("\n".join(_sorted(group)) for group in (standard, self.imports) if group)
        parts = [
            "\n".join(docstring(self.docstring, 0)) + f"\n\n{imports}",
            *(function.text for name, function in copied().items() if name in needed),
            *self.functions,
            f'if __name__ == "__main__":\n    {self.main}',
        ]
        return "\n\n\n".join(parts) + "\n"


def _sorted(lines: Sequence[str]) -> list[str]:
    """Imports as ruff sorts them: modules before names from modules."""
    return sorted(lines, key=lambda line: (not line.startswith("import"), line))


_DEEP = 750


def deepened(layers: int) -> list[Statement]:
    """What lets Keras go back from the outputs of a deep network: it calls itself once for each layer on a path."""
    if layers < _DEEP:
        return []
    limit = -(-layers // 1000) * 1000 + 1000
    remark = Comment("Keras goes back from the outputs by recursion, layer by layer")
    return [remark, Do(f"sys.setrecursionlimit(max({limit:_}, sys.getrecursionlimit()))")]


def table(name: str, choices: Iterable[tuple[str, str]]) -> Iterator[str]:
    """A constant from names to functions."""
    pairs = [joined(f"{quoted(word)}: {function}") for word, function in choices]
    return statements([Assign((name,), display("{", pairs, "}"))], 0)
