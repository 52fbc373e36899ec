"""Other expressions in the place of variables."""

from __future__ import annotations

import re
from collections.abc import Mapping

from archc.folding.lines import Line
from archc.folding.values import Expr, Value

_HOLE = re.compile(r"\$\(([^)]*)\)")


def rename(lines: list[Line], new: Mapping[str, str]) -> None:
    """Puts expressions in the place of variables, in all that is written of some lines."""
    if not new:
        return
    pattern = re.compile(rf"(?<![\w.'])({'|'.join(map(re.escape, new))})(?![\w'(])")

    def put_in(text: str) -> str:
        return pattern.sub(lambda found: new[found[1]], text)

    def put(value: Value) -> Value:
        if isinstance(value, Expr):
            return Expr(put_in(value))
        if isinstance(value, str):
            return _HOLE.sub(lambda found: f"$({put_in(found[1])})", value)
        if isinstance(value, tuple):
            return tuple(put(item) for item in value)
        return value

    for line in lines:
        line.arguments = {name: put(value) for name, value in line.arguments.items()}
        line.name, line.when = put(line.name), put(line.when)
        line.lists = [(name, put(value)) for name, value in line.lists]
        line.rounds = put_in(line.rounds)
        rename(line.body, new)
