"""The configuration of a model and of its layers, in the forms of Keras 2 and 3, checked as it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from archc import limits
from archc.diagnostics import SpecError, one_line, printable, shortened
from archc.ir.shape import Shape
from archc.keras_files.json_text import fault

MODELS = ("Functional", "Model", "Sequential")
_ROOTS = ("keras", "tf_keras", "tensorflow")
_AXES = 10
_LONGEST_NAME = 200


class LayerConfig(NamedTuple):
    """A layer of a model.

    Attributes:
        file: the name of the file in messages.
        place: the layer's name in messages, with the models around it.
        registered: the name under which the class is registered, where that is not the class itself.
        arguments: the layer's own configuration.
        calls: what it is called on, in either form.
        entry: the whole mapping.
    """

    file: str
    place: str
    name: str
    class_name: str
    module: str | None
    registered: str | None
    arguments: Mapping[str, Any]
    calls: list[Any]
    entry: Mapping[str, Any]

    @property
    def is_operation(self) -> bool:
        """Whether it is an operation on tensors rather than a layer. Keras 3's `.h5` files do not have the module."""
        if self.module is None and "trainable" not in self.arguments and self.is_keras_3:
            return True
        return (self.module or "").startswith("keras.src.ops.") or self.class_name in ("TFOpLambda", "SlicingOpLambda")

    @property
    def is_keras_3(self) -> bool:
        """Whether its calls have the form of Keras 3, with the shapes of tensors."""
        return isinstance(next(iter(self.calls), None), dict)

    @property
    def is_kerass_own(self) -> bool:
        """Whether the class is Keras's, not one of a user's with the same name."""
        module, registered = self.module, self.registered
        if module is None:
            return registered is None and ">" not in self.class_name
        return _is_kerass(module) and (">" not in (registered or "") or ".src.applications." in module)

    @property
    def is_model(self) -> bool:
        """Whether it is a model inside the model."""
        return self.class_name in MODELS and self.is_kerass_own

    @property
    def is_functional(self) -> bool:
        """Whether it is a functional model inside the model."""
        return self.class_name == "Functional" and self.is_kerass_own

    def built_shape(self) -> Shape | None:
        """The shape of the input that it was built for, where the file has it."""
        build = self.entry.get("build_config")
        shape = build.get("input_shape") if isinstance(build, dict) else None
        return shape_without_batch(shape)

    def fault(self, message: str, hint: str | None = None) -> SpecError:
        """An error at this layer."""
        return fault(self.file, message, hint, self.place)


class ModelConfig(NamedTuple):
    """A model: its layers, and which of them are its inputs and outputs.

    Attributes:
        is_sequential: whether each layer is called on the output of the one before.
        inputs: name, call and output of each, in Keras's order; empty for a sequential model.
        outputs: the same, by their keys where the model has a mapping of them.
    """

    name: str
    layers: list[LayerConfig]
    is_sequential: bool
    inputs: list[tuple[str | None, TensorKey]]
    outputs: list[tuple[str | None, TensorKey]]
    build_shape: Shape | None


class TensorKey(NamedTuple):
    """A tensor: the layer that makes it, in which of its calls, and which of the call's outputs it is."""

    layer: str
    call: int
    output: int


def model_config(entry: Any, file: str, place: str = "") -> ModelConfig:
    """A model in a file, or inside a model.

    Raises:
        SpecError: it is none, or has another form than Keras writes.
    """
    where = place or "the file"
    if not isinstance(entry, dict) or not isinstance(entry.get("class_name"), str):
        hint = "is it the text of `model.to_json()`, or a file that Keras saved?"
        raise fault(file, f"{where} has no model: there is no `class_name`", hint, place)
    class_name, config = entry["class_name"], entry.get("config")
    module, registered = entry.get("module"), entry.get("registered_name")
    own = not isinstance(registered, str) or registered in MODELS
    if class_name not in MODELS or not own or not _is_kerass(module):
        shown = printable(str(registered if isinstance(registered, str) else class_name)[:60])
        message = f"the model is of the class `{shown}`, whose layers only its own code tells"
        raise fault(file, message, "make a functional model of the same layers, and save that", place)
    layers = config.get("layers") if isinstance(config, dict) else config
    if not isinstance(layers, list):
        message = f"the configuration of the model (`{class_name}`) lists no layers"
        raise fault(
            file, message, "a model with its own `call` has none: make a functional model, and save that", place
        )
    if len(layers) > limits.LAYERS:
        raise fault(file, f"the model has more than {limits.LAYERS:,} layers", "it is larger than archc reads", place)
    named: Mapping[str, Any] = config if isinstance(config, dict) else {}
    name = named.get("name")
    found = [_layer(layer, number, file, place) for number, layer in enumerate(layers)]
    sequential = class_name == "Sequential"
    build = entry.get("build_config")
    shapes = [named.get("build_input_shape"), build.get("input_shape") if isinstance(build, dict) else None]
    return ModelConfig(
        printable(name[:_LONGEST_NAME]) if isinstance(name, str) and name else class_name.lower(),
        found,
        sequential,
        [] if sequential else list(_keys(named.get("input_layers"), file, place)),
        [] if sequential else list(_keys(named.get("output_layers"), file, place)),
        next((shape for shape in map(shape_without_batch, shapes) if shape is not None), None),
    )


def _is_kerass(module: Any) -> bool:
    """Whether a class is of a module of Keras's; old files do not tell the module."""
    return not isinstance(module, str) or module.partition(".")[0] in _ROOTS


def _layer(entry: Any, number: int, file: str, around: str) -> LayerConfig:
    where = f"{around}/layer {number}" if around else f"layer {number}"
    if not isinstance(entry, dict) or not isinstance(entry.get("class_name"), str):
        raise fault(file, "expected a layer with its `class_name`", None, where)
    config = entry.get("config")
    is_list = isinstance(config, list) and entry["class_name"] in MODELS  # the oldest form of a Sequential
    if not isinstance(config, dict) and not is_list:
        raise fault(file, "the layer has no `config`", None, where)
    arguments: Mapping[str, Any] = config if isinstance(config, dict) else {}
    name = entry.get("name") if isinstance(entry.get("name"), str) else arguments.get("name")
    if not isinstance(name, str) or not name:
        name = f"layer_{number}"
    calls = entry.get("inbound_nodes")
    module, registered = entry.get("module"), entry.get("registered_name")
    return LayerConfig(
        file=file,
        place=one_line(f"{around}/{name}" if around else name)[:_LONGEST_NAME],
        name=name,
        class_name=entry["class_name"],
        module=module if isinstance(module, str) else None,
        registered=registered if isinstance(registered, str) else None,
        arguments=arguments,
        calls=calls if isinstance(calls, list) else [],
        entry=entry,
    )


def _keys(value: Any, file: str, place: str) -> Iterator[tuple[str | None, TensorKey]]:
    """The tensors of `input_layers` or `output_layers`: one, a list, or a mapping, which Keras sorts by its keys."""
    if isinstance(value, dict):
        for key in sorted(value):
            name = printable(key[:_LONGEST_NAME])
            for number, (_, found) in enumerate(_keys(value[key], file, place)):
                yield (f"{name}_{number}" if number else name), found
    elif (one := tensor_key(value)) is not None:
        yield None, one
    elif isinstance(value, list) and value and len(value) <= limits.LAYERS:
        for item in value:
            if isinstance(item, list | dict) and item != value:
                yield from _keys(item, file, place)
            else:
                raise _no_tensor(item, file, place)
    else:
        raise _no_tensor(value, file, place)


def _no_tensor(value: Any, file: str, place: str) -> SpecError:
    text = shortened(repr(value)[:200])
    return fault(file, f"the inputs or outputs of the model are not tensors of its layers: {text}", None, place)


def tensor_key(value: Any) -> TensorKey | None:
    """A list of a name and two whole numbers as a tensor."""
    if isinstance(value, list) and len(value) == 3 and isinstance(value[0], str):
        _, call, output = value
        if type(call) is int and type(output) is int and call >= 0 and output >= 0:
            return TensorKey(*value)
    return None


def shape_without_batch(value: Any) -> Shape | None:
    """A shape with its batch as a shape without; None for anything else."""
    if isinstance(value, dict) and isinstance(value.get("items"), list):
        value = value["items"]
    if not isinstance(value, list) or not 1 <= len(value) <= _AXES + 1:
        return None
    sizes = value[1:]
    whole = all(size is None or (type(size) is int and 0 < size <= limits.INTEGER) for size in sizes)
    return tuple(sizes) if whole else None
