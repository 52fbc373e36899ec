"""What a user of a network sees: its inputs and outputs, and how an image becomes the input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from archc.ir.graph import Graph
from archc.ir.shape import Shape, shape_text
from archc.language.document import Preprocess

_AUTOMATIC_INPUT = "input_layer"  # the name of the input of a spec with `input`


class Port(NamedTuple):
    """An input or an output.

    Attributes:
        name: as in the Keras model.
        named: whether the author of the spec gave the name; else it is that of a layer, or automatic.
        shape: without the batch.
    """

    name: str
    named: bool
    shape: Shape
    dtype: str


class Signature(NamedTuple):
    """The inputs and outputs of a network, in order, and what its spec says of preprocessing."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    preprocess: Preprocess | None = None


def signature(graph: Graph, preprocess: Preprocess | None = None) -> Signature:
    """The signature of a network."""
    inputs = tuple(Port(made.name, made.name != _AUTOMATIC_INPUT, made.shape, made.dtype) for made in graph.inputs)
    outputs = tuple(
        Port(name, name in graph.named_outputs or name != tensor.name, tensor.shape, tensor.dtype)
        for name, tensor in graph.outputs.items()
    )
    return Signature(inputs, outputs, preprocess)


def signature_changes(left: Signature, right: Signature) -> tuple[str, ...]:
    """How two signatures differ, in words.

    A name differs where an author gave one of the two. A spec without `preprocess` says nothing of it, and differs from
    none.
    """
    return (
        *_port_changes("input", left.inputs, right.inputs),
        *_port_changes("output", left.outputs, right.outputs),
        *_preprocess_changes(left.preprocess, right.preprocess),
    )


def _port_changes(what: str, left: Sequence[Port], right: Sequence[Port]) -> Iterator[str]:
    if [(port.shape, port.dtype) for port in left] != [(port.shape, port.dtype) for port in right]:
        yield f"{what}s {_listed(left)} -> {_listed(right)}"
    renamed = [
        (one.name, other.name)
        for one, other in zip(left, right, strict=False)
        if one.name != other.name and (one.named or other.named)
    ]
    if len(left) != len(right):
        names = [[port for port in ports if port.named] for ports in (left, right)]
        for word, some, others in (("removed", names[0], names[1]), ("added", names[1], names[0])):
            if only := [port for port in some if port.name not in {other.name for other in others}]:
                yield f"{what}s {word}: {_names(only)}"
    elif renamed and sorted(one for one, _ in renamed) == sorted(other for _, other in renamed):
        yield f"{what}s {_names(left)} -> {_names(right)}"
    else:
        yield from (f"{what} `{one}` -> `{other}`" for one, other in renamed)


def _preprocess_changes(left: Preprocess | None, right: Preprocess | None) -> Iterator[str]:
    if left is None or right is None:
        return
    for name in type(left).model_fields:
        had, has = getattr(left, name), getattr(right, name)
        if had != has and name != "source":
            yield f"preprocess {name} {_value(had)} -> {_value(has)}"


def _listed(ports: Sequence[Port]) -> str:
    return ", ".join(
        shape_text(port.shape) if port.dtype == "float32" else f"{shape_text(port.shape)} {port.dtype}"
        for port in ports
    )


def _names(ports: Sequence[Port]) -> str:
    return ", ".join(f"`{port.name}`" for port in ports)


def _value(value: Any) -> str:
    if value is None:
        return "none"
    return ", ".join(f"{item:g}" for item in value) if isinstance(value, tuple) else str(value)
