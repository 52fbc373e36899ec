"""The functions of archc's that generated source has a copy of, and the modules of Python that it imports."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

from archc.codegen.tree import names_in_tree

_PACKAGE = Path(__file__).parents[2]
_FILES = ("ir/naming.py", "language/expression_functions.py", "targets/keras/functions.py")
STANDARD_IMPORTS = {
    "math": "import math",
    "string": "import string",
    "sys": "import sys",
    "Counter": "from collections import Counter",
}


class CopiedFunction(NamedTuple):
    """The source of a function, and the names that it reads."""

    text: str
    names: frozenset[str]


@cache
def copied_functions() -> dict[str, CopiedFunction]:
    """The functions that generated source may copy, by their names, in the order of their files."""
    found: dict[str, CopiedFunction] = {}
    for file in _FILES:
        text = (_PACKAGE / file).read_text(encoding="utf-8")
        lines = text.split("\n")
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef):
                read = {name.id for name in names_in_tree(node)}
                source = "\n".join(lines[node.lineno - 1 : node.end_lineno])
                found[node.name] = CopiedFunction(source, frozenset(read))
    return found


def reserved_names() -> set[str]:
    """The names that a module may import or copy."""
    return {"keras", "layers", *STANDARD_IMPORTS, *copied_functions()}


def functions_in(tree: ast.AST) -> set[str]:
    """The functions that source copies and that a tree reads; no variable has such a name."""
    return {name.id for name in names_in_tree(tree)} & copied_functions().keys()


def imports_and_copies(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """The imports of Python's modules, and the copied functions, that these names and their functions need."""
    known, pending = copied_functions(), list(names)
    needed: set[str] = set()
    while pending:
        name = pending.pop()
        if name not in needed:
            needed.add(name)
            read = known[name].names if name in known else frozenset()
            pending += [other for other in read if other in known or other in STANDARD_IMPORTS]
    imports = [line for name, line in STANDARD_IMPORTS.items() if name in needed]
    return imports, [function.text for name, function in known.items() if name in needed]
