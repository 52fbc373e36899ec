"""The arrays of a layer in a file beside the variables of the layer in the model; no values are read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from archc.codes import CODES
from archc.diagnostics import Diagnostic, shortened
from archc.ir.op import Op
from archc.ops import registry
from archc.weights.model_layer import ModelLayer
from archc.weights.pairing import given_name
from archc.weights.saved_layers import SavedLayer

_KERAS_1_NAMES = {"W": "kernel", "b": "bias", "running_mean": "moving_mean", "running_std": "moving_variance"}
"""The names of weights in Keras 1; the published files of VGG have them."""

_ALIKE: dict[str | None, str] = {"layer_scale": "einsum_dense"}
"""Classes of layers with the same weights as another, which archc builds: Keras's own in ConvNeXt, and `Scale`."""


def compare_arrays(layers: list[ModelLayer], partners: dict[ModelLayer, SavedLayer]) -> Iterator[Diagnostic]:
    """Compares the classes, names, shapes and types of all arrays of the layers that have a partner."""
    for layer in layers:
        saved = partners.get(layer)
        if saved is None or layer.is_new:
            continue
        if _ALIKE.get(saved.kind, saved.kind) not in (None, layer.kind):
            message = f"{layer}: expected the weights of a {layer.kind}, the file has those of a {saved.kind}"
            yield Diagnostic("weights-kind", message, about=layer.name)
            continue
        yield from _inner_names(layer, saved)
        yield from _array_names(layer, saved)
        yield from _arrays(layer, saved, is_last=layer is layers[-1])


def _inner_names(layer: ModelLayer, saved: SavedLayer) -> Iterator[Diagnostic]:
    """Compares the given names of the layers inside a layer."""
    for place, held in layer.taken.items():
        found = saved.arrays[place].layer_name if place in saved.arrays else None
        if "/" in place and found != held.layer_name and given_name(found) and given_name(held.layer_name):
            message = f"{layer}: expected `{held.layer_name}` inside, the file has `{shortened(found or '')}`"
            yield Diagnostic("weights-name", message, about=layer.name)


def _array_names(layer: ModelLayer, saved: SavedLayer) -> Iterator[Diagnostic]:
    """Compares the names of the arrays, where the file has them: gamma and beta have the same shape."""
    names = {held.name for held in layer.variables.values()}
    for place, held in layer.taken.items():
        found = _variable_name(saved.arrays[place].name or "", names) if place in saved.arrays else None
        if found not in (None, held.name):
            number = int(place.rpartition("/")[2]) + 1
            message = f"{layer}: expected {held.name} at place {number}, the file has {found}"
            hint = "Keras writes the weights of a layer in one order"
            if found not in names:
                hint = f"the layer in the file has a {found}, this one has none: compare their `center` and `scale`"
            yield Diagnostic("weights-order", message, hint=hint, about=layer.name)


def _arrays(layer: ModelLayer, saved: SavedLayer, *, is_last: bool) -> Iterator[Diagnostic]:
    """Compares the shapes and types of the arrays."""
    renamed = f"it is `{saved.label}` in the file" if saved.name and saved.name != layer.name else None
    if set(layer.taken) != set(saved.arrays) - layer.new:
        expected, found = len(layer.variables), len(saved.arrays)
        message = f"{layer}: expected {_count(expected)}, the file has {found}"
        if expected == found:
            message = f"{layer}: the file has its {_count(expected)} at other places"
        yield Diagnostic("weights-shape", message, hint=renamed, about=layer.name)
        return
    for place, held in layer.taken.items():
        if mismatch := saved.arrays[place].mismatch(held.weight.shape, held.is_float):
            advice = CODES["weights-shape"].advice if mismatch.code == "weights-shape" and is_last else None
            message = f"{layer}: {held.name}: {mismatch.message}"
            yield mismatch._replace(message=message, hint=renamed or advice, about=layer.name)


def _variable_name(saved_name: str, names: set[str]) -> str | None:
    """Which variable is meant by `bn_conv1/gamma:0` or `block1_conv1_W_1:0`; None where it cannot be told.

    It may be one that the layer does not have. A layer may have its variables under a longer name in another version of
    Keras: a kernel as `depthwise_kernel`.
    """
    last = re.sub(r"(_\d+)?(:\d+)?$", "", saved_name.rpartition("/")[2])
    if last in names:
        return last
    known = {*names, *_KERAS_1_NAMES, *_all_names()}
    longest = max((name for name in known if last == name or last.endswith(f"_{name}")), key=len, default="")
    name = _KERAS_1_NAMES.get(longest, longest)
    if name in names or not name:
        return name or None
    alike = [own for own in names if own.endswith(f"_{name}") or name.endswith(f"_{own}")]
    return alike[0] if len(alike) == 1 else None if alike else name


@cache
def _all_names() -> frozenset[str]:
    """The names of the variables of all ops."""
    return frozenset(
        weight.name.rpartition("/")[2]
        for op in registry().values()
        if op.weights is not Op.weights
        for example in op.examples
        for weight in op(**example.arguments).weights(*example.inputs)
    )


def _count(arrays: int) -> str:
    return f"{arrays} array{'' if arrays == 1 else 's'}"
