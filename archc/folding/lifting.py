"""Parameters of the file: the number of classes, the depths of stages, and lists too long for the head of a loop."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from archc.folding.lines import Line, Solved, loop_text
from archc.folding.name_texts import unused_name
from archc.folding.program import Program
from archc.folding.renaming import rename
from archc.folding.values import Expr, Value
from archc.folding.words import plural

_LONGEST_HEAD = 108


def lift(program: Program, main: Solved) -> dict[str, Value]:
    """Makes parameters of the file of values in the steps of the network; gives their defaults."""
    params: dict[str, Value] = dict(main.lists)
    taken = {*program.blocks, *(made.name for made in program.graph.inputs), *_names(main.lines)}

    def fresh(word: str) -> str:
        return unused_name(word, taken | params.keys())

    for line in main.lines:
        if not line.body:
            continue
        lists = {name: value for name, value in line.lists if isinstance(value, tuple)}
        if len(lists) > 1 and len(_head_with_names(line)) > _LONGEST_HEAD:
            name = fresh("rows")
            params[name] = tuple(dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True))
            rename(line.body, {word: f"row.{word}" for word in lists})
            line.lists = [("row", Expr(name)), *((word, value) for word, value in line.lists if word not in lists)]
        else:
            _lift_lists(line, params, fresh)
    if (head := _classifier(main)) is not None:
        name = fresh("classes")
        params[name] = head.arguments["units"]
        head.arguments["units"] = Expr(name)
    return params


def _head_with_names(line: Line) -> str:
    """The text after `for` with names in the place of lists."""
    lists = [(name, Expr(plural(name)) if isinstance(value, tuple) else value) for name, value in line.lists]
    return loop_text(replace(line, lists=lists))


def _lift_lists(line: Line, params: dict[str, Value], fresh: Callable[[str], str]) -> None:
    """Makes parameters of the depths of stages, and of all lists where the head is too long."""
    too_long = len(loop_text(line)) > _LONGEST_HEAD
    for place, (name, value) in enumerate(line.lists):
        if isinstance(value, tuple) and (too_long or re.fullmatch(r"depth(_\d+)?", name)):
            lifted = fresh(plural(name))
            params[lifted] = value
            line.lists[place] = (name, Expr(lifted))


def _classifier(main: Solved) -> Line | None:
    """The last dense layer, where only an activation may follow it."""
    for line in reversed(main.lines[-2:]):
        if line.step.head == "Dense" and line.step.nodes and type(line.arguments.get("units")) is int:
            return line
        if line.step.head not in ("Activation", "Softmax"):
            return None
    return None


def _names(lines: list[Line]) -> Iterator[str]:
    """The variables of loops."""
    for line in lines:
        yield from (name for name, _ in line.lists)
        yield from re.findall(r"[a-z_]\w*", line.index)
        yield from _names(line.body)
