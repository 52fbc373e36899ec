"""Activations as the value of an argument: the functions of `keras.activations`, with their arguments and defaults."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, ClassVar

from pydantic import create_model

from archc.ir.op import Op
from archc.ir.shape import Shape, ShapeError, shape_text
from archc.ops.argument_types import Axis, NonNegative, Number, Positive
from archc.ops.configured import Configured, Described, OneOf, configured_classes

_AXIS: dict[str, Any] = {"axis": (Axis, -1)}
_THRESHOLD: dict[str, Any] = {"threshold": (NonNegative, 0.5)}
_SLOPES: dict[str, Any] = {"negative_slope": (NonNegative, 0.0)}
_BOUNDS: dict[str, Any] = {"max_value": (NonNegative | None, None)}
_LEAST: dict[str, Any] = {"threshold": (NonNegative, 0.0)}

# By Keras's names, without `glu`, which halves an axis.
_FUNCTIONS: Described = {
    "celu": ("An exponential that ends at `-alpha` where the number is negative.", {"alpha": (Positive, 1.0)}),
    "elu": ("`alpha * (exp(x) - 1)` where the number is negative.", {"alpha": (Number, 1.0)}),
    "exponential": ("`exp(x)`.", {}),
    "gelu": ("The number times its normal distribution function, or near it.", {"approximate": (bool, False)}),
    "hard_shrink": ("Zero where the number is within the threshold.", _THRESHOLD),
    "hard_sigmoid": ("`x / 6 + 1 / 2`, from 0 to 1.", {}),
    "hard_silu": ("The number times its hard sigmoid.", {}),
    "hard_swish": ("Another name of `hard_silu`.", {}),
    "hard_tanh": ("The number, from -1 to 1.", {}),
    "leaky_relu": ("A part of the number where it is negative.", {"negative_slope": (NonNegative, 0.2)}),
    "linear": ("The number itself.", {}),
    "log_sigmoid": ("The logarithm of the sigmoid.", {}),
    "log_softmax": ("The logarithm of the softmax.", _AXIS),
    "mish": ("`x * tanh(softplus(x))`.", {}),
    "relu": ("Zero where the number is negative, or a part of it; at most `max_value`.", _SLOPES | _BOUNDS | _LEAST),
    "relu6": ("From 0 to 6.", {}),
    "selu": ("An exponential with the scales that keep mean and variance.", {}),
    "sigmoid": ("`1 / (1 + exp(-x))`.", {}),
    "silu": ("The number times its sigmoid.", {}),
    "soft_shrink": ("The number, nearer to zero by the threshold.", _THRESHOLD),
    "softmax": ("Positive numbers with the sum 1 along an axis.", _AXIS),
    "softplus": ("`log(1 + exp(x))`.", {}),
    "softsign": ("`x / (1 + abs(x))`.", {}),
    "sparse_plus": ("0 up to -1, the number from 1 on, a parabola between.", {}),
    "sparse_sigmoid": ("0 up to -1, 1 from 1 on, a line between.", {}),
    "sparsemax": ("The nearest numbers from 0 on with the sum 1 along an axis.", _AXIS),
    "squareplus": ("`(x + sqrt(x ** 2 + b)) / 2`.", {"b": (NonNegative, 4.0)}),
    "swish": ("Another name of `silu`.", {}),
    "tanh": ("The hyperbolic tangent.", {}),
    "tanh_shrink": ("The number without its hyperbolic tangent.", {}),
    "threshold": (
        "The number above the threshold, else the default value.",
        {"threshold": (Number, ...), "default_value": (Number, ...)},
    ),
}

# Layers of Keras that are a function, with their own order and defaults.
_LAYERS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "ELU": ("elu", {"alpha": (Number, 1.0)}),
    "LeakyReLU": ("leaky_relu", {"negative_slope": (NonNegative, 0.3)}),
    "ReLU": ("relu", _BOUNDS | _SLOPES | _LEAST),
    "Softmax": ("softmax", _AXIS),
}


class ActivationFunction(Configured):
    """A function of each number, or along an axis."""

    kind: ClassVar[str] = "activations"
    described: ClassVar[Described] = _FUNCTIONS

    @classmethod
    def first_argument(cls) -> str | None:
        """The argument that a bare value stands for, where there is no other."""
        names = [*cls.model_fields]
        return names[0] if len(names) == 1 else None

    @classmethod
    def function_name(cls) -> str:
        """The name of the function in `keras.activations`."""
        return cls.configured_name


class _LayerAsFunction(ActivationFunction):
    """A layer as an activation, which is held as the function that it is."""

    function: ClassVar[str]

    @classmethod
    def first_argument(cls) -> str | None:
        return next(iter(cls.model_fields))

    @classmethod
    def function_name(cls) -> str:
        return cls.function

    def held(self) -> Configured | str:
        return activation_of(self.function, **dict(self))


def activation_of(function: str, **arguments: Any) -> Configured | str:
    """An activation as an op holds it: a function with arguments, or its name where they are Keras's defaults."""
    return configured_classes(ActivationFunction)[function](**arguments).held()


@cache
def _layer_classes() -> dict[str, type[Configured]]:
    made: dict[str, type[Configured]] = {}
    for name, (function, arguments) in _LAYERS.items():
        class_ = create_model(name, __base__=_LayerAsFunction, **arguments)
        class_.function = function
        made[name] = class_
    return made


class _Activation(OneOf):
    """A field that holds an activation; where it is optional, None stands for `linear`, as in Keras."""

    @property
    def what(self) -> str:
        return "the name of an activation"

    def classes(self) -> Mapping[str, type[Configured]]:
        return {**configured_classes(ActivationFunction), **_layer_classes()}

    def words(self) -> Mapping[str, type[Configured]]:
        return self.classes()

    def read(self, value: Any) -> Configured | str | None:
        # most activations are plain names, for which no class is needed
        is_plain = isinstance(value, str) and value in _FUNCTIONS and value != "threshold"
        found = value if is_plain else super().read(value)
        return None if self.optional and found == "linear" else found


ActivationArgument = Annotated[str | ActivationFunction | None, _Activation(ActivationFunction)]
NamedActivation = Annotated[str | ActivationFunction, _Activation(ActivationFunction, optional=False)]
HeldActivation = str | Configured | None
"""An activation as an op holds it: a function with arguments, or its name; None for none."""


def activation_functions() -> tuple[str, ...]:
    """The names of the functions."""
    return tuple(_FUNCTIONS)


def activation_layers() -> tuple[str, ...]:
    """The layers of Keras that are one of the functions, with the arguments of their ops."""
    return tuple(_LAYERS)


def activation_words() -> tuple[str, ...]:
    """The names of the functions, and of the layers that are one."""
    return (*_FUNCTIONS, *_LAYERS)


def activated(activation: HeldActivation, shape: Shape) -> Shape:
    """The shape that a layer leaves with its activation.

    Raises:
        ShapeError: the activation is along another axis than the channels, along which no layer sees what it does.
    """
    axis = getattr(activation, "axis", -1)
    if axis not in (-1, len(shape)):
        what = getattr(activation, "configured_name", "")
        message = f"`{what}` inside a layer is along the channels, not along `axis` (={axis}) of {shape_text(shape)}"
        raise ShapeError(message, arguments=("activation",))
    return shape


_SYNONYMS = {"celu": "elu", "swish": "silu", "hard_swish": "hard_silu"}


def canonical_activation(activation: HeldActivation, axes: int) -> HeldActivation:
    """The activation in the spelling that stands for all that compute the same.

    Args:
        activation: as it is held.
        axes: the number of axes of the tensor, without the batch.
    """
    if not isinstance(activation, Configured):
        return None if activation is None else _SYNONYMS.get(activation, activation)
    given = {name: getattr(activation, name) for name in type(activation).model_fields}
    match activation.configured_name, given:
        case _, {"axis": axis} if axis > 0:
            return activation_of(activation.configured_name, axis=axis - axes - 1)
        case "relu", {"max_value": 6, "negative_slope": 0, "threshold": 0}:
            return "relu6"
        case "relu", {"max_value": None, "negative_slope": slope, "threshold": 0}:
            return activation_of("leaky_relu", negative_slope=slope)
        case "leaky_relu", {"negative_slope": 0}:
            return "relu"
    return activation


def recurrent_activations(op: Op) -> dict[str, HeldActivation]:
    """The activations of a recurrent layer or of a cell, by the names of the arguments."""
    names = [name for name in ("activation", "recurrent_activation") if name in type(op).model_fields]
    return {name: getattr(op, name) for name in names}


def activated_state(op: Op, shape: Shape) -> Shape:
    """The shape of a state, over which a recurrent layer or a cell has its activations.

    Raises:
        ShapeError: as `activated`.
    """
    for activation in recurrent_activations(op).values():
        activated(activation, shape)
    return shape


def canonical_recurrent_activations(op: Op, axes: int) -> dict[str, Any]:
    """The activations of a recurrent layer or of a cell, each as `canonical_activation`."""
    return {name: canonical_activation(held, axes) for name, held in recurrent_activations(op).items()}
