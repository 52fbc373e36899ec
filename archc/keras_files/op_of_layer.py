"""The op of a Keras layer, from the layer's configuration."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from pydantic import ValidationError

from archc.diagnostics import shortened
from archc.ir.op import Op
from archc.ir.shape import Shape
from archc.keras_files.activations import activation_argument
from archc.keras_files.layer_config import LayerConfig
from archc.language.validation import explain
from archc.ops import registry
from archc.ops.cells import CELLS, op_class
from archc.ops.keras_layers import EXPORTED_AS
from archc.ops.ranges import NumberRange

# Arguments that say nothing about the network, or nothing that differs from what archc assumes.
_IGNORED = frozenset(
    {
        "name", "trainable", "dtype", "batch_input_shape", "batch_shape", "quantization_config", "build_config",
        "lora_rank", "lora_alpha", "autocast", "optional", "input_length", "value_range",
        "query_shape", "key_shape", "value_shape", "implementation", "time_major", "zero_output_for_mask",
        "rank", "input_dtype", "batch_size", "synchronized_axis", "quantization_mode", "shared_object_id",
        "has_input_vocabulary", "vocabulary_size",
    }
)  # fmt: skip
_OF_ONE_VALUE: Mapping[str, tuple[Any, ...]] = {
    "data_format": ("channels_last",),
    "groups": (1,),
    "fused": (True,),
    "ord": (2,),
    "flash_attention": (True,),
    "cell": (),
    "oov_method": ("floormod", "farmhash"),  # of whole numbers, which `StringLookup` does not take
    "vocabulary_dtype": ("int64",),
}
_OF_DEPTHWISE = frozenset(
    {"filters", "kernel_initializer", "kernel_regularizer", "kernel_constraint"}
)  # depthwise layers of Keras 2 list those of the convolution that they are derived from
_RENAMED = {("LeakyReLU", "alpha"): "negative_slope"}
_FORMER_NAMES = {"BatchNormalizationV1": "BatchNormalization", "BatchNormalizationV2": "BatchNormalization"}
_WORDS = _FORMER_NAMES | {keras_class: name for name, keras_class in EXPORTED_AS.items()}
_WITH_VOCABULARY = ("IntegerLookup", "StringLookup", "TextVectorization")
_OF_HASHES = ("HashedCrossing", "Hashing")  # whose type is that of their output
_CONFIGURED = ("_initializer", "_regularizer", "_constraint")


class NoOp(Exception):
    """Why archc has no op for a layer, as the end of a sentence."""


def op_name(class_name: str) -> str:
    """The name of the op that a class of Keras is."""
    return _WORDS.get(class_name, class_name)


_OF_APPLICATIONS = ("CustomScaleLayer", "LayerScale")  # layers that `keras.applications` defines


def known_class(layer: LayerConfig) -> str:
    """The class of a layer, for which archc has ops.

    Raises:
        NoOp: it has none.
    """
    name = op_name(layer.class_name)
    if not layer.is_kerass_own:
        raise NoOp("a class of its author's, whose code is not in the file")
    if name == "Lambda":
        raise NoOp("a function in Python, which archc does not run")
    if name not in registry() and name not in _OF_APPLICATIONS:
        raise NoOp("archc has no op for this class")
    return name


def layer_op(layer: LayerConfig, inputs: tuple[Shape, ...], at_call: Mapping[str, Any]) -> list[Op]:
    """The op of a layer; two where another layer is its activation, which is no argument here.

    Args:
        layer: what is called.
        inputs: the shapes of its inputs.
        at_call: the arguments of the op that it is called with.

    Raises:
        NoOp: archc has none for it.
    """
    name = known_class(layer)
    if name == "LayerScale":
        return [made_op("Scale", _scale(layer.arguments))]
    activation = _inner_layer(layer.arguments)
    if activation is None:
        return [op_of_config(name, {**layer.arguments, **at_call}, inputs)]
    if name == "Activation":
        return [op_of_config(*activation, inputs)]
    if registry()[name].ends_in_activation:
        body = op_of_config(name, {**layer.arguments, "activation": None}, inputs)
        return [body, op_of_config(*activation, (body.infer(*inputs),))]
    return [op_of_config(name, layer.arguments, inputs)]


def _inner_layer(arguments: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    """The class and the arguments of an activation that is a layer of Keras's, and is no argument of its layer here."""
    value = arguments.get("activation")
    if not isinstance(value, dict) or value.get("module") not in ("keras.layers", None):
        return None
    name, config = value.get("class_name"), value.get("config")
    if not isinstance(name, str) or name not in registry() or not isinstance(config, dict):
        return None
    same_type = dtype_name(config.get("dtype")) == dtype_name(arguments.get("dtype"))
    return None if same_type and activation_argument(value) is not None else (name, config)


def _scale(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of the layer of ConvNeXt that scales each channel."""
    if type(arguments.get("init_values")) not in (int, float):
        raise NoOp("it has no number `init_values`")
    return {"initial": arguments["init_values"], **_common(arguments, "Scale")}


def op_of_config(name: str, config: Mapping[str, Any], inputs: tuple[Shape, ...]) -> Op:
    """The op of a class of Keras's with its arguments.

    Args:
        name: of the class.
        config: the arguments, as Keras writes them.
        inputs: the shapes that the layer is called on, as axes are counted from the end.

    Raises:
        NoOp: archc has none.
    """
    if name not in CELLS and (name not in registry() or registry()[name].function is not None):
        raise NoOp("archc has no op for this class")
    if name in _WITH_VOCABULARY and config.get("vocabulary") is None:
        raise NoOp("its vocabulary was learned from data, and is not in the configuration")
    fields = op_class(name).model_fields
    given: dict[str, Any] = {}
    for written, value in config.items():
        key = _RENAMED.get((name, written), written)
        if key in ("trainable", "dtype"):
            continue
        if key in fields:
            given[key] = _argument(name, key, value, inputs)
        elif not _says_nothing(name, key, value):
            raise NoOp(f"archc has no argument `{shortened(key)}` of {name}")
    given = _normalized(name, given, inputs)
    return made_op(name, {**given, **_common(config, name)})


def _says_nothing(name: str, key: str, value: Any) -> bool:
    if value is None or value is False or key in _IGNORED:
        return True
    if key in _OF_DEPTHWISE and ("Depthwise" in name or "Separable" in name):
        return True
    return any(type(value) is type(one) and value == one for one in _OF_ONE_VALUE.get(key, ()))


def made_op(name: str, arguments: Mapping[str, Any]) -> Op:
    """The op with these arguments.

    Raises:
        NoOp: it does not take them.
    """
    class_ = op_class(name)
    try:
        return class_(**arguments)
    except ValidationError as error:
        found = next(explain(error, class_), None)
        if found is None:
            raise NoOp("its arguments are not those of Keras's class") from None
        subject = " of ".join([*(f"`{shortened(part)}`" for part in reversed(found.path)), name])
        raise NoOp(f"{subject} {shortened(found.message, 120)}") from None


def _common(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Whether training changes the weights, and the type of the computation where that is not the default."""
    found: dict[str, Any] = {"trainable": False} if config.get("trainable") is False else {}
    policy = dtype_name(config.get("dtype"))
    if name in _OF_HASHES and config.get("output_mode") == "int":
        if policy != "int64":
            raise NoOp(f"it gives {shortened(str(policy))}, and archc's {name} gives int64")
        return found
    if name in _WITH_VOCABULARY:
        return found  # Keras does not use the type
    if policy not in (None, "float32"):
        found["dtype"] = policy
    return found


def dtype_name(value: Any) -> Any:
    """The name of a type, or of a policy that a layer has."""
    if isinstance(value, dict):
        config = value.get("config")
        named = value.get("class_name") in ("DTypePolicy", "FloatDTypePolicy", "Policy", "PolicyV1")
        return config.get("name") if named and isinstance(config, dict) else str(value.get("class_name"))
    return value


# --- arguments ---


def _argument(name: str, key: str, value: Any, inputs: tuple[Shape, ...]) -> Any:
    """An argument of a layer as a spec has it."""
    if key.endswith(_CONFIGURED) or key == "initializer":
        return _configured(value)
    if "activation" in key:
        return _activation(value)
    if key == "cells" and isinstance(value, list) and all(isinstance(item, dict) for item in value):
        return [_wrapped(item, inputs) for item in value]
    if key in ("layer", "backward_layer", "cell") and isinstance(value, dict):
        return _wrapped(value, tuple([shape[1:] for shape in inputs]) if name == "TimeDistributed" else inputs)
    value = plain(value)
    if name == "LeakyReLU" and isinstance(value, float):
        return _short(value)
    return value


def plain(value: Any) -> Any:
    """A value without the marks of tuples and arrays."""
    if isinstance(value, dict):
        config = value.get("config")
        if value.get("class_name") == "__tuple__":
            return plain(value.get("items"))
        if value.get("class_name") == "__numpy__" and isinstance(config, dict):
            return plain(config.get("value"))
        if value.get("type") == "ndarray":  # Keras 2
            return plain(value.get("value"))
    return [plain(item) for item in value] if isinstance(value, list) else value


def _short(value: float) -> float:
    """The shortest number that is the same in float32: 0.3 for 0.30000001192092896."""
    import struct

    def single(number: float) -> bytes:
        return struct.pack("f", number)

    try:
        exact = struct.unpack("f", single(value))[0] == value
        short = float(f"{value:.7g}")
        return short if exact and single(short) == single(value) else value
    except (OverflowError, ValueError):
        return value


def _short_numbers(value: Any) -> Any:
    if isinstance(value, list):
        return [_short_numbers(item) for item in value]
    return _short(value) if isinstance(value, float) else value


def _configured(value: Any) -> Any:
    """An initializer, regularizer or constraint."""
    if not isinstance(value, dict):
        return value
    name, config = value.get("class_name"), value.get("config")
    module = value.get("module")
    if not isinstance(name, str) or not isinstance(config, dict):
        return value
    if isinstance(module, str) and module.partition(".")[0] not in ("keras", "tf_keras"):
        raise NoOp(f"`{shortened(name)}` is a class of its author's")
    # `input_axes` and `output_axes` are of Keras 3, `dtype` is of Keras 2.
    arguments = {
        key: _short_numbers(plain(item)) for key, item in config.items() if item is not None and key != "dtype"
    }
    if name == "VarianceScaling" and arguments.get("distribution") == "normal":
        arguments["distribution"] = "truncated_normal"
    return {name: arguments} if arguments else name


def _activation(value: Any) -> Any:
    """An activation, which is an object in the file where it is more than a name."""
    if not isinstance(value, dict) or "class_name" not in value:
        return value
    if (found := activation_argument(value)) is None:
        raise NoOp("its activation is a function of its author's")
    if isinstance(found, dict):
        return {name: {key: _short_numbers(item) for key, item in given.items()} for name, given in found.items()}
    return found


def _wrapped(value: Mapping[str, Any], inputs: tuple[Shape, ...]) -> Any:
    """The layer inside a wrapper."""
    name, config = value.get("class_name"), value.get("config")
    if not isinstance(name, str) or not isinstance(config, dict):
        raise NoOp("the layer inside has no configuration")
    module = value.get("module")
    if isinstance(module, str) and module.partition(".")[0] not in ("keras", "tf_keras"):
        raise NoOp("the layer inside is a class of its author's")
    return op_of_config(op_name(name), config, inputs)


# --- one spelling ---


def _normalized(name: str, given: dict[str, Any], inputs: tuple[Shape, ...]) -> dict[str, Any]:
    """The arguments in the spelling of people: axes from the end, nothing that follows from the rest."""
    if name == "Discretization" and given.get("bin_boundaries") is not None:
        given = {key: value for key, value in given.items() if key not in ("num_bins", "epsilon")}  # learned in Keras
    if name == "MelSpectrogram":
        given = _mel_spectrogram(given)
    if "axis" in given and name != "Normalization":
        given["axis"] = _axis(given["axis"], inputs)
    if name == "Normalization":
        given = _constants(given, inputs)
    if "strides" in given and "pool_size" in given and given["strides"] == given["pool_size"]:
        del given["strides"]
    if name == "MultiHeadAttention":
        if given.get("value_dim") == given.get("key_dim"):
            given.pop("value_dim", None)
        attended = given.get("attention_axes")
        if inputs and attended == list(range(1, len(inputs[0]))):
            del given["attention_axes"]
        elif isinstance(attended, list) and len(attended) == 1:
            given["attention_axes"] = attended[0]
    given = {key: _shorter_range(name, key, value) for key, value in given.items()}
    if name == "Bidirectional" and _follows(given.get("layer"), given.get("backward_layer")):
        del given["backward_layer"]
    if given.get("axes") is not None and isinstance(given["axes"], list) and len(set(map(str, given["axes"]))) == 1:
        given["axes"] = given["axes"][0]
    return given


def _shorter_range(name: str, key: str, value: Any) -> Any:
    """A range of numbers as the one number that stands for it, where there is one."""
    kinds = [kind for kind in op_class(name).model_fields[key].metadata if isinstance(kind, NumberRange)]
    if not kinds or not isinstance(value, list) or len(value) != 2 or not set(map(type, value)) <= {int, float}:
        return value
    return value[1] if kinds[0].ends(value[1]) == tuple(value) else value


def _axis(axis: Any, inputs: tuple[Shape, ...]) -> Any:
    """An axis, alone where it is alone in a list; the last one as -1."""
    if isinstance(axis, list) and len(axis) == 1:
        axis = axis[0]
    return -1 if inputs and type(axis) is int and axis == len(inputs[0]) and axis > 0 else axis


def _constants(given: dict[str, Any], inputs: tuple[Shape, ...]) -> dict[str, Any]:
    """The arguments of a normalization, its constants as a list for the channels."""
    given["axis"] = _axis(given.get("axis"), inputs) if given.get("axis") != [] else None
    for key in ("mean", "variance"):
        value = given.get(key)
        while isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
            value = value[0]
        given[key] = value
    return given


def _mel_spectrogram(given: dict[str, Any]) -> dict[str, Any]:
    """The arguments without those that Keras derives from others."""
    rate = given.get("sampling_rate")
    derived = {"sequence_length": given.get("fft_length"), "max_freq": int(rate / 2) if type(rate) is int else None}
    return {key: value for key, value in given.items() if key not in derived or value != derived[key]}


def _follows(layer: Any, backward: Any) -> bool:
    """Whether the backward layer is what Keras makes of the other."""
    if not isinstance(layer, Op) or not isinstance(backward, Op) or type(layer) is not type(backward):
        return False
    turned = {"go_backwards": not getattr(layer, "go_backwards", False)}
    return layer.model_copy(update=turned) == backward


def target_shape(written: list[Any]) -> list[int]:
    """A shape that a tensor is given, without its batch.

    Raises:
        NoOp: it changes the batch, or is no shape.
    """
    sizes = written[1:]
    if (
        not sizes
        or written[0] not in (-1, None)
        or not all(type(size) is int and (size > 0 or size == -1) for size in sizes)
    ):
        raise NoOp("it gives a shape that changes the batch")
    if written[0] == -1 and -1 in sizes:
        raise NoOp("it gives a shape with two open sizes")
    return sizes


def known_volume(shape: Shape) -> int | None:
    """The number of elements, where all sizes are known."""
    return None if None in shape else prod(size for size in shape if size is not None)
