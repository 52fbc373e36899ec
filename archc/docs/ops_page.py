"""The reference page of the ops."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from archc.ir.op import Op
from archc.ops import registry
from archc.ops.keras_layers import NOT_IN_VOCABULARY, SECOND_NAMES, VERSIONS
from archc.report import figures

_HEAD = """# Ops

Every op of the language, with its arguments and their defaults. They are those of Keras, without `data_format`, as
archc is channels-last everywhere. An argument without a default is required. Each op also has `trainable` (true) and
`dtype`. An op takes floats of any type, which become its `dtype`, or float32; where its entry says so, it takes other
types too. Initializers, regularizers and constraints are written as ops are: `he_normal`, or `{L2: 1e-4}`.

This page is generated from the ops: `python -m archc.docs`.
"""

_KINDS = {"integers": "int32", "booleans": "bool", "texts": "string"}
"""What other types than floats are called, and one of each."""


def ops_markdown() -> str:
    """The page as Markdown, with a section for each family of ops."""
    lines = [_HEAD]
    for module, family in groupby(registry().values(), key=lambda op: op.__module__):
        lines.append(f"## {module.rsplit('.', 1)[1].replace('_', ' ').capitalize()}\n")
        for op in family:
            lines.extend(_entry(op))
    return "\n".join([*lines, *_no_ops()])


def _no_ops() -> Iterator[str]:
    """What Keras exports as layers and is no op."""
    versions = " and ".join(VERSIONS)
    yield "## Layers of Keras that are no ops\n"
    yield f"Every class that `keras.layers` exports in version {versions} is an op above, or stands here.\n"
    yield "| class | why it is no op |\n|---|---|"
    for name, reason in sorted(NOT_IN_VOCABULARY.items()):
        yield f"| `{name}` | {reason} |"
    yield "\nSecond names of Keras's are no words of the language:\n"
    yield "| second name | op |\n|---|---|"
    for name, op in sorted(SECOND_NAMES.items()):
        yield f"| `{name}` | `{op}` |"
    yield ""


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
    """A default as a spec writes it; one item stands for equal items."""
    if isinstance(value, tuple):
        items = [_written(item) for item in value]
        return items[0] if len(set(items)) == 1 and not isinstance(value[0], tuple) else f"[{', '.join(items)}]"
    return figures.setting_text(value)


def _inputs(op: type[Op]) -> str:
    least, most = op.arity
    if op.merges:
        inputs = "Merges two tensors." if most == 2 else "Merges any number of tensors."
    elif most == 0:
        inputs = "Has no input."
    elif (least, most) == (1, 1):
        inputs = "Takes one tensor."
    elif op.further_inputs is not None:
        inputs = "Takes a sequence, and with initial states these after it."
    else:
        inputs = f"Takes {least} or {most} tensors; a single tensor stands for all of them."
    counted = " Counts in the depth; its kernels count as MACs." if op.has_kernels else ""
    return f"{inputs}{_types(op)}{counted}{f' {op.note}' if op.note else ''}\n"


def _types(op: type[Op]) -> str:
    """What becomes of inputs that are no floats, where the op takes them."""
    kinds = [word for word, dtype in _KINDS.items() if dtype in op.accepts]
    if not kinds or op.arity[1] == 0:
        return ""
    listed = " and ".join([", ".join(kinds[:-1]), kinds[-1]] if len(kinds) > 1 else kinds)
    return f" {listed.capitalize()} {'keep their type' if op.keeps_type else 'become floats'}."
