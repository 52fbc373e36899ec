"""Layers that archc has no op for: their class, their arguments, and the shape that the file gives."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any

from archc.diagnostics import printable
from archc.ir.op import Weight
from archc.ir.opaque import Opaque
from archc.ir.shape import Shape
from archc.keras_files.call_arguments import END, Call, Cut, Declared, tensors_in
from archc.keras_files.flat import Chains, FlatTensor, OpCall
from archc.keras_files.layer_config import LayerConfig, shape_without_batch
from archc.keras_files.op_of_layer import plain

WeightsHeld = Mapping[str, tuple[Weight, ...]]
"""The weights that a file has for layers, by the places of the layers: the models around each, and its name."""

_LONGEST_TEXT = 200

# Classes of Keras's without weights whose output has the shape of their input.
_KEEP_SHAPE = frozenset(
    {
        "ActivityRegularization", "AugMix", "AutoContrast", "CutMix", "Equalization", "MixUp", "RandAugment",
        "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter",
        "RandomContrast", "RandomElasticTransform", "RandomErasing", "RandomFlip", "RandomGaussianBlur",
        "RandomGrayscale", "RandomHue", "RandomInvert", "RandomPerspective", "RandomPosterization", "RandomRotation",
        "RandomSaturation", "RandomSharpness", "RandomShear", "RandomTranslation", "RandomZoom", "Solarization",
    }
)  # fmt: skip


def opaque_calls(
    layer: LayerConfig,
    call: Call,
    taken: list[FlatTensor],
    wanted: Mapping[int, Declared],
    reason: str,
    held: WeightsHeld,
    *,
    has_own_shapes: bool,
) -> Chains:
    """A layer of which only the class and what it gives are known; a further output is one behind it."""
    chains: dict[int, list[OpCall]] = {}
    name = printable(layer.class_name[:100])
    numbers = sorted({0, *wanted})
    for number in numbers:
        declared = wanted.get(number, END)
        shape = _shape_in_file(layer, taken, declared.shape, number, has_own_shapes=has_own_shapes)
        if shape is None and not declared.is_end:
            hint = "save the model with Keras 3, whose files have the shapes of all tensors that a layer takes"
            raise layer.fault(f"{name}: {reason}, and the file does not say the shape that it gives", hint)
        own: tuple[Weight, ...] | None = ()
        config: tuple[tuple[str, Any], ...] = (("output", number),)
        if number == 0:
            is_weightless = layer.is_operation or layer.class_name in _KEEP_SHAPE
            own = () if is_weightless else held.get(layer.place)
            config = tuple(_shown(layer, call))
        dtype = declared.dtype or (taken[0].dtype if taken else "float32")
        op = Opaque(layer_class=name, reason=reason, config=config, output=shape, output_dtype=dtype, held=own)
        suffix = f"_output_{number}" if number else ""
        inputs: tuple[FlatTensor | None, ...] = tuple(taken)
        chains[number] = [OpCall(op, inputs, op.infer(), dtype, suffix)]
    return chains


def _shape_in_file(
    layer: LayerConfig, taken: list[FlatTensor], shape: Shape | None, number: int, *, has_own_shapes: bool
) -> Shape | None:
    """The shape of an output as the file tells it; None where it does not."""
    keeps = layer.class_name in _KEEP_SHAPE and layer.is_kerass_own and len(taken) == 1 and number == 0
    if keeps:
        return taken[0].shape
    if not has_own_shapes:
        return None
    if shape is None and layer.class_name == "Lambda" and number == 0:
        written = plain(layer.arguments.get("output_shape"))
        return shape_without_batch([None, *written]) if isinstance(written, list) else None
    return shape


def _shown(layer: LayerConfig, call: Call) -> Iterator[tuple[str, Any]]:
    """The arguments of a layer or an operation: what people wrote, without what every layer has."""
    for name, value in layer.arguments.items():
        if name not in ("name", "trainable", "dtype", "layers", "autocast") and value is not None:
            yield printable(name[:100]), _frozen(value)
    if layer.is_operation:
        for number, value in enumerate(call.args, start=1):
            if not any(True for _ in tensors_in(value)):
                yield f"x{number}", _frozen(_plain_argument(value))
        for name, value in call.kwargs.items():
            if value is not None and not any(True for _ in tensors_in(value)):
                yield printable(name[:100]), _frozen(_plain_argument(value))


def _plain_argument(value: Any) -> Any:
    if isinstance(value, Cut):
        return ":".join("" if part is None else str(part) for part in value)
    if value is ...:
        return "..."
    return [_plain_argument(item) for item in value] if isinstance(value, list) else value


def _frozen(value: Any) -> Any:
    """A value of JSON that can be compared and shown: lists of numbers as they are, what is long in short."""
    value = plain(value)
    if isinstance(value, list) and len(value) <= 100 and all(type(item) in (int, float, str, bool) for item in value):
        return tuple(value)
    if isinstance(value, list | dict):
        config = value.get("config") if isinstance(value, dict) else None
        is_short = isinstance(value, dict) and isinstance(value.get("class_name"), str) and not config
        value = value["class_name"] if is_short and isinstance(value, dict) else json.dumps(value, sort_keys=True)
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        digest = blake2b(value.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
        return f"{len(value):,} characters ({digest})"
    return printable(value) if isinstance(value, str) else value
