"""Anchors: a long argument that comes again, such as an initializer, is written once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from archc.folding.lines import Line, all_lines
from archc.folding.name_texts import unused_name
from archc.folding.values import Anchor, Expr, Value, key, value_text

_LONG = 24  # characters


def anchor(scopes: Iterable[list[Line]]) -> None:
    """Gives long mappings that come again an anchor where they come first, in the order of the text."""
    lines = [line for scope in scopes for line in all_lines(scope)]
    counts = Counter(key(value) for line in lines for value in _long(line))
    names: dict[object, str] = {}
    for line in lines:
        for argument, value in line.arguments.items():
            if not isinstance(value, Mapping) or counts[key(value)] < 2:
                continue
            known = key(value) in names
            name = names.setdefault(key(value), _name(argument, set(names.values())))
            line.arguments[argument] = Anchor(name, None if known else value)


def _long(line: Line) -> Iterator[Value]:
    for value in line.arguments.values():
        if isinstance(value, Mapping) and not _has_expressions(value) and len(value_text(value)) >= _LONG:
            yield value


def _has_expressions(value: Value) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_expressions, value.values()))
    return isinstance(value, Expr) or (isinstance(value, tuple) and any(map(_has_expressions, value)))


def _name(argument: str, taken: set[str]) -> str:
    """The last word of the argument: `initializer`, `regularizer`."""
    return unused_name(argument.rpartition("_")[2], taken)
