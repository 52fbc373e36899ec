"""What a layer is called on: the arguments of a call in the forms of Keras 2 and 3."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from archc.diagnostics import printable
from archc.ir.shape import Shape
from archc.keras_files.layer_config import LayerConfig, TensorKey, shape_without_batch, tensor_key

_LONGEST_DTYPE = 40


class Declared(NamedTuple):
    """What a file says of a tensor; None for what it does not.

    Attributes:
        is_end: whether no layer takes it.
    """

    shape: Shape | None = None
    dtype: str | None = None
    is_end: bool = False


END = Declared(is_end=True)


class TensorRef(NamedTuple):
    """A tensor in the arguments of a call."""

    key: TensorKey
    declared: Declared = Declared()


class Cut(NamedTuple):
    """A slice of an axis."""

    start: Any
    stop: Any
    step: Any


class Call(NamedTuple):
    """A call of a layer."""

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]

    def tensors(self) -> Iterator[TensorRef]:
        """The tensors among the arguments, in their order."""
        yield from tensors_in((self.args, tuple(self.kwargs.values())))


def tensors_in(value: Any) -> Iterator[TensorRef]:
    """The tensors in a value, in their order; those of a mapping in the order of its keys, as in Keras."""
    if isinstance(value, TensorRef):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from tensors_in(item)
    elif isinstance(value, dict):
        for key in sorted(value):
            yield from tensors_in(value[key])


def call_of(written: Any, layer: LayerConfig, names: Collection[str]) -> Call:
    """A call as it is written in `inbound_nodes`; `names` are those of all layers.

    Raises:
        SpecError: it has another form than Keras writes.
    """
    if isinstance(written, dict):
        args, kwargs = written.get("args"), written.get("kwargs")
        if isinstance(args, list) and isinstance(kwargs, dict):
            return Call(tuple([_value(item) for item in args]), {key: _value(item) for key, item in kwargs.items()})
    elif isinstance(written, list):
        return _call_of_keras_2(written, layer, names)
    raise layer.fault("a call of the layer has no `args` and `kwargs`")


def _value(value: Any) -> Any:
    """An argument of Keras 3."""
    if isinstance(value, list):
        return [_value(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind, config = value.get("class_name"), value.get("config")
    if kind == "__keras_tensor__" and isinstance(config, dict):
        key = tensor_key(config.get("keras_history"))
        if key is not None:
            dtype = config.get("dtype")
            written = printable(dtype[:_LONGEST_DTYPE]) if isinstance(dtype, str) else None
            return TensorRef(key, Declared(shape_without_batch(config.get("shape")), written))
    if kind == "__tuple__" and isinstance(value.get("items"), list):
        return [_value(item) for item in value["items"]]
    if kind in ("__slice__", "slice") and isinstance(config, dict):
        return Cut(config.get("start"), config.get("stop"), config.get("step"))
    if kind == "__ellipsis__":
        return ...
    return {key: _value(item) for key, item in value.items()}


def _call_of_keras_2(written: list[Any], layer: LayerConfig, names: Collection[str]) -> Call:
    """A call of Keras 2: a list of `[layer, call, output, kwargs]`, or one such item alone."""
    items = [written] if written and isinstance(written[0], str) else written
    args: list[Any] = []
    kwargs: dict[str, Any] = {}
    for item in items:
        if not isinstance(item, list) or len(item) < 3:
            raise layer.fault("a call of the layer is not a list of tensors")
        key = tensor_key(item[:3])
        if item[0] == "_CONSTANT_VALUE":
            args.append(item[2])
        elif key is not None:
            args.append(TensorRef(key))
        else:
            raise layer.fault("a call of the layer is not a list of tensors")
        if len(item) > 3 and isinstance(item[3], dict):
            kwargs |= {name: _value_of_keras_2(value, names) for name, value in item[3].items()}
    return Call(tuple(args), kwargs)


def _value_of_keras_2(value: Any, names: Collection[str]) -> Any:
    if isinstance(value, list):
        key = tensor_key(value)
        if key is not None and key.layer in names:
            return TensorRef(key)
        if len(value) >= 3 and value[0] == "_CONSTANT_VALUE":
            return value[2]
        return [_value_of_keras_2(item, names) for item in value]
    if isinstance(value, dict):
        if {*value} == {"start", "stop", "step"}:
            return Cut(value["start"], value["stop"], value["step"])
        if value.get("class_name") == "__ellipsis__":
            return ...
        return {key: _value_of_keras_2(item, names) for key, item in value.items()}
    return value
