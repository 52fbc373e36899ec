"""Keras as the oracle of an op: what it makes of the same arguments over the same shapes."""

from __future__ import annotations

import gc
import inspect
import re
import warnings
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import keras
import pytest
import tensorflow as tf
from pydantic import ValidationError

from archc.ir.naming import snake_case
from archc.ir.op import Example, Op, Weight
from archc.ir.shape import Shape, ShapeError
from archc.ops import registry
from archc.ops.configured import Configured
from archc.targets.keras import functions

gc.freeze()  # the million objects of TensorFlow need no search for garbage

NAME = "case"
HAS_SCIPY = find_spec("scipy") is not None  # which Keras makes some windows with
DEFAULTS = (("trainable", True), ("dtype", None))  # which a few constructors do not take

ANY: tuple[Shape, ...] = ((3, 4),)  # for a learned tensor, whose function takes any tensor of the batch

NOTHING = "nothing would be left"

# What a machine's kernels cannot compute says nothing of the layer: others can.
NO_KERNEL = (
    r"Could not find device for node|not in the list of allowed values|"
    r"CPU implementation.*support.*dilat|only supports equal length strides|"
    r"all inputs should be in vocabulary"  # nor do numbers that a layer without a place for them gets
)

# What a field of this name holds is looked up here by Keras's own reader.
READERS = {
    "initializer": keras.initializers,
    "regularizer": keras.regularizers,
    "constraint": keras.constraints,
}


@dataclass(frozen=True)
class Accepted:
    """What came of a layer: the shape it leaves, its weights, and the shapes of the states that it leaves."""

    shape: Shape
    weights: tuple[Weight, ...]
    states: tuple[Shape, ...] = ()


@dataclass(frozen=True)
class Refused:
    """Why there is no such layer."""

    message: str


Outcome = Accepted | Refused


def reader_of(field: str) -> Any:
    """The Keras module that reads a field of this name; None where it holds a plain value."""
    return next((module for kind, module in READERS.items() if field.endswith(kind)), None)


@keras.saving.register_keras_serializable()
class Activated:
    """A function of `keras.activations` with arguments."""

    def __init__(self, function: str, arguments: Mapping[str, Any]) -> None:
        self.function, self.arguments = function, arguments

    def __call__(self, x: Any) -> Any:
        return getattr(keras.activations, self.function)(x, **self.arguments)

    def get_config(self) -> dict[str, Any]:
        return {"function": self.function, "arguments": self.arguments}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Activated:
        return cls(**config)


def activated(value: Any) -> Any:
    """An activation that a spec writes with arguments, or as a layer."""
    name, arguments = next(iter(value.items())) if isinstance(value, dict) else (value, None)
    made = getattr(keras.layers, name) if hasattr(keras.layers, name) else getattr(keras.activations, name)
    if arguments is not None and not isinstance(arguments, dict):
        parameters = [field for field in inspect.signature(made).parameters if field != "x"]
        arguments = {parameters[0]: arguments}
    return made(**(arguments or {})) if isinstance(made, type) else Activated(name, arguments or {})


def lowered(field: str, value: Any) -> Any:
    """A value as a spec writes it, or as an op holds it, made into what Keras takes."""
    if isinstance(value, tuple) and value and isinstance(value[0], Op):
        value = [{cell.op_name: cell.arguments()} for cell in value]
    if isinstance(value, Op):
        if value.op_name not in registry():
            return keras_cell({value.op_name: value.arguments()})
        return keras_layer(value.op_name, {**value.arguments(), "name": snake_case(value.op_name)})
    if isinstance(value, Configured):
        value = {value.configured_name: value.arguments()}
    if field.endswith("activation") and (isinstance(value, dict) or value in ("ELU", "LeakyReLU", "ReLU", "Softmax")):
        return activated(value)
    if field in ("layer", "backward_layer") and value is not None:
        head, arguments = (value, {}) if isinstance(value, str) else next(iter(value.items()))
        if not isinstance(arguments, dict):
            arguments = {registry()[head].first_argument(): arguments}
        return keras_layer(head, {**arguments, "name": snake_case(head)})
    if field in ("cell", "cells"):
        made = keras_cell(value)
        return made.cells if field == "cells" else made
    if reader_of(field) is keras.initializers and value in ("constant", "Constant"):
        return keras.initializers.Constant()  # the one name that Keras lists and cannot read
    if field == "ngrams" and isinstance(value, list):
        return tuple(value)  # a list would be refused
    if (module := reader_of(field)) and isinstance(value, dict):
        name, arguments = next(iter(value.items()))
        class_, arguments = getattr(module, name), {} if arguments is None else arguments
        if not isinstance(arguments, dict):
            arguments = {next(iter(inspect.signature(class_).parameters)): arguments}
        return class_(**arguments)
    return value


def keras_cell(value: Any, name: str | None = None) -> Any:
    """A cell as a spec writes it; a list of them is stacked, under the names that Keras numbers."""
    if isinstance(value, list):
        numbers: Counter[str] = Counter()
        cells = []
        for one in value:
            kind = snake_case(one if isinstance(one, str) else next(iter(one)))
            cells.append(keras_cell(one, f"{kind}_{numbers[kind]}" if numbers[kind] else kind))
            numbers[kind] += 1
        return keras.layers.StackedRNNCells(cells, name="stacked_rnn_cells")
    head, arguments = next(iter(value.items()))
    if not isinstance(arguments, dict):
        arguments = {"cells" if head == "StackedRNNCells" else "units": arguments}
    values = {field: lowered(field, given) for field, given in arguments.items()}
    return getattr(keras.layers, head)(**values, name=name or snake_case(head))


def keras_layer(op_name: str, arguments: Mapping[str, Any]) -> keras.Layer:
    """The Keras layer with these arguments."""
    made_with = {name: value for name, value in arguments.items() if name not in registry()[op_name].called_with}
    if op_name == "STFTSpectrogram" and not HAS_SCIPY and made_with.get("window", "hann") in ("hann", "hamming"):
        made_with["window"] = None  # its numbers say nothing of shapes
    return getattr(keras.layers, op_name)(**{name: lowered(name, value) for name, value in made_with.items()})


def built(op: type[Op], arguments: Mapping[str, Any], inputs: tuple[Shape, ...]) -> tuple[keras.Layer, Any]:
    """The Keras layer, or a model of the function that defines the op, with its weights; and its symbolic output."""
    arguments = {name: value for name, value in arguments.items() if (name, value) not in DEFAULTS}
    entered = input_type(op, arguments)
    tensors = [keras.KerasTensor((None, *shape), dtype=entered) for shape in inputs or ANY]
    if op.function is None:
        layer = keras_layer(op.__name__, {**arguments, "name": NAME})
    else:
        values = {name: lowered(name, value) for name, value in arguments.items()}
        entries = [keras.Input(shape) for shape in inputs or ANY]
        layer = keras.Model(entries, getattr(functions, op.function)(*entries, **values, name=NAME))
    return layer, called(layer, op, tensors, arguments)


def of_archc(op: type[Op], arguments: Mapping[str, Any], inputs: tuple[Shape, ...]) -> Outcome:
    """What archc makes of an op."""
    try:
        made = op(**arguments)
        shape = made.infer(*inputs)
        weights = made.weights(*inputs)
        states = made.states(*inputs)
    except ValidationError as error:
        return Refused("; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()))
    except ShapeError as error:
        return Refused(str(error))
    return Refused(NOTHING) if 0 in shape else Accepted(shape, weights, states)


_KNOWN: dict[str, Outcome] = {}  # many cases come again, and Keras is slow
_DRAWS = {"AugMix": 8}  # draws its changes as it is traced, and not all of them run at open sizes: how often to trace


def of_keras(
    op: type[Op], arguments: Mapping[str, Any], inputs: tuple[Shape, ...], run: tuple[Shape, ...] | None
) -> Outcome:
    """What Keras makes of it: symbolically, then in a run over zeros.

    Args:
        op: the op.
        arguments: as a spec writes them.
        inputs: the shapes that reach it.
        run: the shapes of the zeros; None for no run.
    """
    key = repr((op.__name__, arguments, inputs, run))
    if key not in _KNOWN:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                for _ in range(1 if inputs == run else _DRAWS.get(op.__name__, 1)):
                    made = _made(op, arguments, inputs, run)
                _KNOWN[key] = made
        except Exception as error:  # Keras refuses by any
            _KNOWN[key] = Refused(f"{type(error).__name__}: {error}")
    return _KNOWN[key]


def _made(
    op: type[Op], arguments: Mapping[str, Any], inputs: tuple[Shape, ...], run: tuple[Shape, ...] | None
) -> Outcome:
    layer, left = built(op, arguments, inputs)
    symbolic, *further = as_list(left)
    states = tuple(tuple(state.shape[1:]) for state in further)
    empty, shape = 0 in symbolic.shape[1:], tuple(symbolic.shape[1:])
    accepted = Refused(NOTHING) if empty else Accepted(shape, weights_of(layer), states)
    if run is None:
        return accepted
    if ends_the_process(op, symbolic.shape, run):
        return Refused("TensorFlow divides by zero")
    try:
        output, *given = as_list(_ran(layer, op, arguments, inputs or ANY, run or ANY))
    except Exception as error:
        if re.search(NO_KERNEL, str(error)):
            return accepted
        raise
    if 0 in output.shape[1:]:
        return Refused(NOTHING)
    for inferred, computed in zip([symbolic, *further], [output, *given], strict=True):
        pairs = zip(inferred.shape[1:], computed.shape[1:], strict=True)
        if len(inferred.shape) != len(computed.shape) or any(a not in (None, b) for a, b in pairs):
            return Refused(f"Keras infers {inferred.shape[1:]} and computes {computed.shape[1:]}")
    if inputs != run and inputs:
        meant = as_list(built(op, arguments, run)[1])[0].shape[1:]
        if any(a not in (None, b) for a, b in zip(meant, output.shape[1:], strict=True)):
            return Refused(f"Keras computes {output.shape[1:]} where sizes are open, and {meant} where they are known")
    return accepted


def as_list(outputs: Any) -> list[Any]:
    """The outputs of a layer, of which most have one."""
    return list(outputs) if isinstance(outputs, list | tuple) else [outputs]


def _ran(
    layer: keras.Layer,
    op: type[Op],
    arguments: Mapping[str, Any],
    inputs: tuple[Shape, ...],
    run: tuple[Shape, ...],
) -> Any:
    """The layer's output over zeros, in a graph where sizes are open, as in `predict` from the second size on."""
    entered = input_type(op, arguments)
    zeros = [tf.fill((2, *shape), SENTENCE) if entered == "string" else tf.zeros((2, *shape), entered) for shape in run]
    if inputs == run:
        return called(layer, op, zeros, arguments)
    signature = [tf.TensorSpec((None, *shape), entered) for shape in inputs]
    return tf.function(lambda *tensors: called(layer, op, [*tensors], arguments), signature)(*zeros)


def ends_the_process(op: type[Op], output: Any, run: tuple[Shape, ...]) -> bool:
    """Whether a run, or its trace, would have a window that does not fit.

    Keras's adaptive pooling on TensorFlow slides windows of two sizes, the larger of which exceeds an axis of size 1,
    and any axis that becomes one position. Maximum pooling then divides by zero, which no `except` catches, and average
    pooling cannot be traced.
    """
    if not op.__name__.startswith("Adaptive") or len(output) != len(run[0]) + 1:
        return False
    return any(1 in pair or min(pair) < 1 for pair in zip(output[1:-1], run[0][:-1], strict=True))


SENTENCE = "0 " * 12  # of which every n-gram has some
WHOLE = ("CategoryEncoding", "Embedding", "Hashing", "IntegerLookup")  # which take floats, and cut them


def input_type(op: type[Op], arguments: Mapping[str, Any]) -> str:
    """The type of the inputs of an op: texts where it takes no floats, if it takes texts."""
    if "float32" in op.accepts and op.__name__ not in WHOLE:
        return "float32"
    if isinstance(arguments.get("mask_value"), str):
        return "string"
    return "string" if "float32" not in op.accepts and not arguments.get("invert") else "int32"


def called(
    layer: keras.Layer, op: type[Op], tensors: list[Any], arguments: Mapping[str, Any], *, inference: bool = False
) -> Any:
    """The layer's output over these tensors: merges and models take a list, attention one after another.

    A recurrent layer takes a list of its initial states.

    An op that acts in training alone acts here too, as in a model that is built of it; not so with `inference`.
    """
    at_call = {name: arguments[name] for name in op.called_with if name in arguments}
    for name in reversed(op.tensor_arguments):
        if at_call.get(name) is not None:
            *tensors, at_call[name] = tensors
    if op.called_in_training and inference:
        at_call["training"] = False
    if len(tensors) > 1 and "initial_state" in inspect.signature(layer.call).parameters:
        return layer(tensors[0], initial_state=list(tensors[1:]), **at_call)
    return layer(tensors, **at_call) if op.merges or op.function is not None else layer(*tensors, **at_call)


def weights_of(layer: keras.Layer) -> tuple[Weight, ...]:
    """The weights that Keras made, by their path below the layer."""
    trainable = {id(weight) for weight in layer.trainable_weights}
    return tuple(
        Weight(weight.path.partition("/")[2], tuple(weight.shape), id(weight) in trainable) for weight in layer.weights
    )


def disagreement(
    op: type[Op], arguments: Mapping[str, Any], inputs: tuple[Shape, ...], run: tuple[Shape, ...] | None = None
) -> str | None:
    """How archc and Keras differ over a case; None where they agree.

    Where a size of `inputs` is unknown and a run over `run` cannot be, the run is what is compared.
    """
    run = inputs if run is None else run
    if isinstance(of_archc(op, arguments, run), Refused):
        inputs = run
    ours, theirs = of_archc(op, arguments, inputs), of_keras(op, arguments, inputs, run)
    if ours == theirs or (isinstance(ours, Refused) and isinstance(theirs, Refused)):
        return None
    return f"{op.__name__} {dict(arguments)} over {inputs}\n archc: {ours}\n Keras: {theirs}"


def example_names(*, layers: bool = False) -> list[str]:
    """The names of the examples of all ops, or of those that Keras has a layer for: `Conv2D-0`."""
    ops = [op for op in registry().values() if op.function is None or not layers]
    return [f"{op.__name__}-{number}" for op in ops for number in range(len(op.examples))]


def first_examples(names: list[str]) -> list[Any]:
    """Names of examples as parameters of a test; those behind the first of an op run under `pytest -m slow`."""
    return [pytest.param(name, marks=[pytest.mark.slow] if int(name.partition("-")[2]) > 0 else []) for name in names]


def named_example(name: str) -> tuple[type[Op], Example]:
    """The op and the example of that name."""
    op, _, number = name.partition("-")
    return registry()[op], registry()[op].examples[int(number)]
