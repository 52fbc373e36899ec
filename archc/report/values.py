"""Values of arguments and parameters as text: an initializer with its class, a table by its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from archc.diagnostics import shortened_list
from archc.ir.naming import snake_case
from archc.ir.op import Op
from archc.ir.shape import shape_text
from archc.ops.argument_types import table_numbers, table_shape
from archc.report import figures

_UNSHOWN = ("_initializer", "_regularizer", "_constraint")
_AXES = 6  # whole numbers that may be sizes; more are a list
_ROWS = 8  # differences of one parameter that are listed


def argument_text(value: Any) -> str:
    """The value of an argument: `3x3`, `same`, `TruncatedNormal stddev 0.02`."""
    if isinstance(value, tuple):
        if value and all(isinstance(item, int) for item in value) and len(value) <= _AXES:
            return "x".join(map(str, value))
        if len(table_shape(value)) > 1 and isinstance(next(table_numbers(value)), float):
            return _table_text(value)
        shown, others = shortened_list(value)
        texts = (f"({', '.join(map(str, item))})" if isinstance(item, tuple) else argument_text(item) for item in shown)
        return ", ".join([*texts, others] if others else texts)
    if value is None:
        return "none"
    if isinstance(value, Op):
        return op_in_words(value)
    if name := getattr(value, "configured_name", None):
        return " ".join([name, _arguments_text(value.arguments())]).rstrip()
    if isinstance(value, float):
        return figures.setting_text(value).replace("e-0", "e-")
    return figures.setting_text(value)


def _table_text(table: tuple[Any, ...]) -> str:
    """Nested lists of numbers: their lengths, and the first numbers."""
    shown, others = shortened_list(list(table_numbers(table)))
    texts = [*map(figures.setting_text, shown), *([others] if others else [])]
    return f"{shape_text(table_shape(table))} ({', '.join(texts)})"


def op_in_words(op: Op, separator: str = " ") -> str:
    """An op with the arguments that differ from Keras's defaults, without initializers and the like."""
    shown = shown_arguments(op)
    texts = [argument_in_op(op, name, argument_text(value)) for name, value in shown.items()]
    return f"{op.op_name}{separator}{', '.join(texts)}".rstrip()


def argument_in_op(op: Op, name: str, text: str) -> str:
    """An argument after its op: with its name, if that is not the op's own, as in `Activation relu`."""
    return text if name == snake_case(op.op_name) else f"{name} {text}"


def shown_arguments(op: Op) -> dict[str, Any]:
    """The arguments that differ from Keras's defaults, without initializers and the like."""
    return {name: value for name, value in op.arguments().items() if not name.endswith(_UNSHOWN)}


def _arguments_text(arguments: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {argument_text(value)}" for name, value in arguments.items())


# --- parameters ---


def parameter_changes(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[str]:
    """The parameters that differ, in words; of a table, the rows that differ. Nothing where one network has none."""
    if not left or not right:
        return []
    lines = []
    for name in {**left, **right}:
        if name not in left or name not in right:
            had, has = (_whole_text(side[name]) if name in side else "absent" for side in (left, right))
            lines.append(f"{name} {had} -> {has}")
            continue
        found = list(_differences(name, left[name], right[name]))
        more = len(found) - _ROWS
        lines += found if more <= 1 else [*found[:_ROWS], f"{name}: {more} more differences"]
    return lines


def _differences(name: str, left: Any, right: Any) -> Iterator[str]:
    """How two values differ: inside maps and tables the entries that differ."""
    if figures.setting_text(left) == figures.setting_text(right):
        return
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        for key in {**left, **right}:
            inner = f"{name}.{key}"
            if key in left and key in right:
                yield from _differences(inner, left[key], right[key])
            elif key in left:
                yield f"{inner} {figures.setting_text(left[key])} removed"
            else:
                yield f"{inner} {figures.setting_text(right[key])} added"
    elif _is_table(left) and _is_table(right):
        yield from _row_differences(name, left, right)
    else:
        yield f"{name} {_short_text(left)} -> {_short_text(right)}"


def _whole_text(value: Any) -> str:
    """A value; of a table, the number of its rows."""
    return f"a table of {len(value)}" if _is_table(value) else _short_text(value)


def _short_text(value: Any) -> str:
    """A value as a spec writes it; of a long list its start."""
    if not isinstance(value, list | tuple):
        return figures.setting_text(value)
    shown, others = shortened_list(value)
    return f"[{', '.join([*map(figures.setting_text, shown), others] if others else map(figures.setting_text, shown))}]"


def _is_table(value: Any) -> bool:
    """Whether a value is a list of maps or lists."""
    rows = list(value) if isinstance(value, list | tuple) else []
    return bool(rows) and all(isinstance(row, list | tuple | Mapping) for row in rows)


def _row_differences(name: str, left: Sequence[Any], right: Sequence[Any]) -> Iterator[str]:
    """The rows that differ, by their numbers from 0; equal rows correspond."""
    had, has = ([figures.setting_text(row) for row in rows] for rows in (left, right))
    for _, start, end, first, last in SequenceMatcher(None, had, has, autojunk=False).get_opcodes():
        common = min(end - start, last - first)
        for offset in range(common):
            yield from _differences(f"{name}[{first + offset}]", left[start + offset], right[first + offset])
        for row in range(start + common, end):
            yield f"{name}[{row}] {had[row]} removed"
        for row in range(first + common, last):
            yield f"{name}[{row}] {has[row]} added"
