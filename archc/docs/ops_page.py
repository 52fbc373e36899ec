"""The reference page of the ops."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from archc.ir.op import Op
from archc.ops import registry

_HEAD = """# Ops

Every op of the language, with its arguments and their defaults. They are those of Keras, without `data_format`, as
archc is channels-last everywhere. An argument without a default is required. Each op also has `trainable` (true) and
`dtype`. Initializers, regularizers and constraints are written as ops are: `he_normal`, or `{L2: 1e-4}`.

This page is generated from the ops: `python -m archc.docs`.
"""


def ops_markdown() -> str:
    """The page as Markdown, with a section for each family of ops."""
    ops = [registry()[name] for name in registry()]
    lines = [_HEAD]
    for module, family in groupby(ops, key=lambda op: op.__module__):
        lines.append(f"## {module.rsplit('.', 1)[1].replace('_', ' ').capitalize()}\n")
        for op in family:
            lines.extend(_entry(op))
    return "\n".join(lines)


def _entry(op: type[Op]) -> Iterator[str]:
    yield f"### {op.__name__}\n"
    yield " ".join((op.__doc__ or "").split("\n\n")[0].split()) + "\n"
    yield f"`{op.__name__}: {{{', '.join(_arguments(op))}}}`\n"
    yield _inputs(op)


def _arguments(op: type[Op]) -> Iterator[str]:
    for name in op.own_arguments():
        field = op.model_fields[name]
        yield name if field.is_required() else f"{name}: {_written(field.default)}"


def _written(value: Any) -> str:
    """A default as a spec writes it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        items = [_written(item) for item in value]
        return items[0] if len(set(items)) == 1 and not isinstance(value[0], tuple) else f"[{', '.join(items)}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_written(item)}" for key, item in value.items()) + "}"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _inputs(op: type[Op]) -> str:
    least, most = op.arity
    if op.merges:
        inputs = "Merges two tensors." if most == 2 else "Merges any number of tensors."
    elif most == 0:
        inputs = "Has no input."
    elif (least, most) == (1, 1):
        inputs = "Takes one tensor."
    else:
        inputs = f"Takes {least} or {most} tensors; a single tensor stands for all of them."
    counted = " Counts in the depth; its kernels count as MACs." if op.has_kernels else ""
    return f"{inputs}{counted}\n"
