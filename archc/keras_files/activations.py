"""The activation inside a Keras layer, as a spec has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archc.ops.activation_arguments import ActivationFunction, activation_functions, activation_layers
from archc.ops.configured import configured_classes

OPERATIONS = {
    "".join(part.capitalize() for part in name.split("_")): name
    for name in activation_functions()
    if name not in ("exponential", "hard_swish", "linear", "mish", "swish")  # other functions, or several operations
}
"""The functions by Keras's classes of their operations."""

_OF_OPERATIONS = ("keras.src.ops.nn", "keras.ops.nn", "keras.src.activations.activations")
_SAYS_NOTHING = ("name", "trainable", "dtype")


def activation_argument(value: Mapping[str, Any]) -> Any:
    """What a spec has for an activation that is an object in a file: a name, or a name with arguments.

    Returns:
        None where it is no function of Keras's.
    """
    name, config, module = value.get("class_name"), value.get("config"), value.get("module")
    if isinstance(config, str):
        is_kerass = module in ("builtins", "keras.activations", None)
        return config if is_kerass and config in activation_functions() else None
    if not isinstance(config, dict) or not isinstance(name, str):
        return None
    renamed = {"alpha": "negative_slope"} if name == "LeakyReLU" else {}  # of Keras 2
    given = {renamed.get(key, key): item for key, item in config.items() if key not in _SAYS_NOTHING}
    given = {key: item for key, item in given.items() if item is not None}
    if module in ("keras.layers", None):
        return {name: given} if name in activation_layers() and given.get("axis", -1) == -1 else None
    function = {**OPERATIONS, "ReLU": "relu"}.get(name)
    if module not in _OF_OPERATIONS or function is None:
        return None
    known = configured_classes(ActivationFunction)[function].model_fields
    return {function: given} if known.keys() >= given.keys() else None
