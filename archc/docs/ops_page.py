"""The reference page of the ops."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from pydantic import BaseModel

from archc.ir.dtype import FLOATS
from archc.ir.op import Op, Weightless
from archc.ops import vocabulary
from archc.ops.activation_arguments import ActivationFunction, activation_functions, activation_words
from archc.ops.configured import configured_classes
from archc.ops.keras_layers import NOT_IN_VOCABULARY, SECOND_NAMES, VERSIONS
from archc.report import figures

_HEAD = """# Ops

Every op of the language, with its arguments and their defaults. They are those of Keras, without `data_format`, as
archc is channels-last everywhere. An argument without a default is required. Each op also has `trainable` (true) and
`dtype`. An op takes floats of any type, which become its `dtype`, or float32; where its entry says so, it takes other
types too. Initializers, regularizers, constraints and [activations](#activations-as-arguments) are written as ops are:
`he_normal`, or `{L2: 1e-4}`.

This page is generated from the ops: `python -m archc.docs`.
"""

_ACTIVATIONS = """\
Each argument `activation` and `recurrent_activation` takes a function of `keras.activations`, by its name or with
arguments: `relu`, `{relu: {max_value: 6}}`, `{leaky_relu: 0.1}`. A function with one argument takes its value alone.
So does `Activation` as a step: `Activation: {gelu: {approximate: true}}`. An axis inside a layer is the last.
"""

_KINDS = {"integers": "int32", "booleans": "bool", "texts": "string"}
"""What other types than floats are called, and one of each."""


def ops_markdown() -> str:
    """The page as Markdown, with a section for each family of ops."""
    lines = [_HEAD]
    for module, family in groupby(vocabulary().values(), key=lambda op: op.__module__):
        lines.append(f"## {module.rsplit('.', 1)[1].replace('_', ' ').capitalize()}\n")
        for op in family:
            lines.extend(_entry(op))
    return "\n".join([*lines, *_activations(), *_no_ops()])


def _activations() -> Iterator[str]:
    """The functions that an activation may be, with their arguments."""
    yield "## Activations as arguments\n"
    yield _ACTIVATIONS
    yield "| function | arguments | gives |\n|---|---|---|"
    for name, class_ in configured_classes(ActivationFunction).items():
        yield f"| `{name}` | {_code(_fields(class_, [*class_.model_fields]))} | {class_.__doc__} |"
    layers = ", ".join(f"`{name}`" for name in activation_words() if name not in activation_functions())
    yield f"\nThe layers {layers} are functions too, with the arguments of their ops: `{{LeakyReLU: 0.1}}`.\n"


def _code(texts: Iterable[str]) -> str:
    return ", ".join(f"`{text}`" for text in texts)


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
    yield f"`{op.__name__}: {{{', '.join(_fields(op, op.own_arguments()))}}}`\n"
    yield _inputs(op)


def _fields(class_: type[BaseModel], names: Iterable[str]) -> Iterator[str]:
    """The arguments with their defaults."""
    for name in names:
        field = class_.model_fields[name]
        yield name if field.is_required() else f"{name}: {_written(field.default)}"


def _written(value: Any) -> str:
    """A default as a spec writes it; one item stands for equal items."""
    if isinstance(value, tuple):
        items = [_written(item) for item in value]
        return items[0] if len(set(items)) == 1 and not isinstance(value[0], tuple) else f"[{', '.join(items)}]"
    text = figures.setting_text(value)
    return f'"{text}"' if isinstance(value, str) and value.startswith("[") else text


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
    elif most is None:
        inputs = "Takes any number of tensors."
    elif least == most:
        inputs = f"Takes {least} tensors."
    else:
        inputs = f"Takes {least} or {most} tensors; a single tensor stands for all of them."
    inputs += "".join(f" `{name}` is a tensor: `{name}: $mask`." for name in op.tensor_arguments)
    counted = " Counts in the depth; its kernels count as MACs." if op.has_kernels else ""
    return f"{inputs}{_types(op)}{counted}{f' {op.note}' if op.note else ''}\n"


def _types(op: type[Op]) -> str:
    """What becomes of inputs that are no floats, where the op takes them."""
    kinds = [word for word, dtype in _KINDS.items() if dtype in op.accepts]
    if not kinds or op.arity[1] == 0:
        return ""
    listed = " and ".join([", ".join(kinds[:-1]), kinds[-1]] if len(kinds) > 1 else kinds)
    if not op.accepts & FLOATS:
        return f" {listed.capitalize()} are taken, and no floats."
    if op.result_dtype not in (Op.result_dtype, Weightless.result_dtype):
        return f" {listed.capitalize()} are taken too."
    return f" {listed.capitalize()} {'keep their type' if op.keeps_type else 'become floats'}."
