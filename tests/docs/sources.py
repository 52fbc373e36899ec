"""The codes of diagnostics that the sources report."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "archc"
_CODE = re.compile("[a-z][a-z0-9]*(-[a-z0-9]+)*")


def reported_codes() -> set[str]:
    """The codes that stand as a text where a code is passed on, or is given to a variable `code`.

    A code is passed to a function or a class with a parameter or a field `code: str`.
    """
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES.rglob("*.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    places: defaultdict[str, set[int]] = defaultdict(set)
    for node in nodes:
        for name, place in _declared(node):
            places[name].add(place)
    return {code for node in nodes for code in _passed(node, places) if _CODE.fullmatch(code)}


def _declared(node: ast.AST) -> Iterator[tuple[str, int]]:
    """The name of a function or a class that takes a code, and the place of the code among its arguments."""
    if isinstance(node, ast.ClassDef):
        fields = [field for field in node.body if isinstance(field, ast.AnnAssign)]
        yield from ((node.name, place) for place, field in enumerate(fields) if _is_code(field.target, field))
        for method in node.body:
            if isinstance(method, ast.FunctionDef) and method.name == "__init__":
                yield from ((node.name, place) for _, place in _declared(method))
    elif isinstance(node, ast.FunctionDef):
        arguments = [*node.args.posonlyargs, *node.args.args]
        bound = bool(arguments) and arguments[0].arg in ("self", "cls")
        for place, argument in enumerate(arguments[bound:]):
            if argument.arg == "code" and _is_text(argument.annotation):
                yield node.name, place


def _is_code(target: ast.expr, field: ast.AnnAssign) -> bool:
    return isinstance(target, ast.Name) and target.id == "code" and _is_text(field.annotation)


def _is_text(annotation: ast.expr | None) -> bool:
    return isinstance(annotation, ast.Name) and annotation.id == "str"


def _passed(node: ast.AST, places: dict[str, set[int]]) -> Iterator[str]:
    """The texts that a node passes as a code."""
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in places and len(node.args) + len(node.keywords) > 1:  # a set's `add` takes one argument
            for place in places[name]:
                yield from _texts(node.args[place] if place < len(node.args) else None)
            yield from (text for keyword in node.keywords if keyword.arg == "code" for text in _texts(keyword.value))
    elif isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "code" for target in node.targets):
        yield from _texts(node.value)


def _texts(node: ast.expr | None) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*_texts(node.body), *_texts(node.orelse))
