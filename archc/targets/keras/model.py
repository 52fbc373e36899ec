"""The graph as a Keras functional model, each layer verified against what was inferred."""

from __future__ import annotations

import importlib
import os
import re
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from archc.atomic_file import whole_file
from archc.diagnostics import SpecError
from archc.garbage_collection import without_collection
from archc.ir.graph import Graph, Node, Tensor
from archc.ir.naming import snake_case
from archc.ir.op import Op
from archc.ir.shape import Shape, shape_text
from archc.ops.activation_arguments import ActivationFunction
from archc.ops.configured import Configured
from archc.targets.keras.array_memory import unfilled_zeros
from archc.targets.keras.interpreter import Interpreter

Progress = Callable[[int], None]
"""Called with the number of layers that are built so far."""


@contextmanager
def _without_start_up_log() -> Iterator[None]:
    """Hides the log of TensorFlow's start-up, which C++ writes to standard error; it is shown where the start fails."""
    sys.stderr.flush()
    try:
        stderr = os.dup(2)
    except OSError:  # no standard error at all
        yield
        return
    with tempfile.TemporaryFile() as log:
        os.dup2(log.fileno(), 2)
        try:
            yield
        except BaseException:
            log.seek(0)
            os.write(stderr, log.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)


def imported_keras() -> Any:
    """Keras, imported and started.

    Raises:
        SpecError: it is not installed.
    """
    if sys.modules.get("keras") is not None:
        return sys.modules["keras"]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with _without_start_up_log():
            keras = importlib.import_module("keras")
            keras.ops.zeros(1)  # the first tensor starts the devices, which write most of the log
    except ImportError as error:
        message = f"building needs Keras and TensorFlow, but there is no `{error.name}`"
        raise SpecError.of("no-keras", message) from None
    return keras


@without_collection()
def build(
    graph: Graph,
    name: str,
    progress: Progress | None = None,
    *,
    loaded: Collection[Node] = frozenset(),
    typed: bool = False,
) -> Any:
    """Builds the model.

    Args:
        graph: the network.
        name: of the model; characters that TensorFlow does not allow in a name become `_`.
        progress: called after each layer.
        loaded: the first calls of the layers whose every weight is loaded next, so that none needs an initial value.
        typed: whether a layer without a `dtype` is of float32, whatever policy is set in Keras.

    Returns:
        A `keras.Model` whose layers have the names of the graph, with new weights.

    Raises:
        SpecError: Keras is not installed, or a layer is not what was inferred.
    """
    keras = imported_keras()
    builder = _ModelBuilder(keras, graph, progress or (lambda _: None), loaded)
    with _policy(keras, "float32") if typed else nullcontext():
        inputs, outputs = builder.run()
    with _higher_recursion_limit(len(graph.nodes)):
        return builder.model(inputs, outputs, model_name(name))


@contextmanager
def _policy(keras: Any, name: str) -> Iterator[None]:
    """Sets the types of layers without a `dtype`."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(name)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _one_or_list(tensors: list[Any]) -> Any:
    return tensors[0] if len(tensors) == 1 else tensors


@contextmanager
def _higher_recursion_limit(layers: int) -> Iterator[None]:
    """Lets Keras go back from the outputs: it calls itself once for each layer on a path, and Python allows 1,000."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(before + layers)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def model_name(name: str) -> str:
    """The name as TensorFlow allows it for a scope: `ResNet-20 (CIFAR)` is `ResNet-20_CIFAR`."""
    return re.sub(r"[^A-Za-z0-9.-]+", "_", name).strip("_-") or "network"


def save(model: Any, path: Path, force: bool) -> None:
    """Writes a model in Keras's format, whole or not at all.

    Raises:
        SpecError: the file cannot be written.
    """
    with whole_file(path, force) as part:
        model.save(part)


def save_weights(model: Any, path: Path, force: bool) -> None:
    """Writes the weights of a model to a `*.weights.h5` file, whole or not at all.

    Raises:
        SpecError: the file cannot be written.
    """
    with whole_file(path, force) as part:
        model.save_weights(part)


class _ModelBuilder(Interpreter[Any]):
    """Makes the layers of one model, each at its first call, and calls them."""

    def __init__(self, keras: Any, graph: Graph, progress: Progress, loaded: Collection[Node]) -> None:
        super().__init__(graph)
        self.keras, self.progress, self.loaded = keras, progress, loaded
        self.done = 0

    def advance(self, layers: int) -> None:
        """Reports that more layers are built."""
        self.done += layers
        self.progress(self.done)

    def input(self, name: str, shape: Shape, dtype: str = "float32") -> Any:
        return self.keras.Input(shape, name=name, dtype=dtype)

    def identity(self, tensor: Any, name: str) -> Any:
        return self.keras.layers.Identity(name=name)(tensor)

    def model(self, inputs: list[Any], outputs: list[Any], name: str) -> Any:
        return self.keras.Model(_one_or_list(inputs), _one_or_list(outputs), name=name)

    def call_model(self, model: Any, inputs: list[Any], _: list[Tensor]) -> list[Any]:
        outputs = model(_one_or_list(inputs))
        return list(outputs) if isinstance(outputs, list | tuple) else [outputs]

    def call_layer(self, node: Node, inputs: list[Any], batch: Any) -> list[Any]:
        """Calls one layer, made now unless it was called before, and verifies what Keras makes of it."""
        try:
            given = self.call(node, inputs, batch)
        except (ValueError, TypeError, NotImplementedError, ImportError) as error:
            reason = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
            message = f"Keras refuses `{node.name}` ({node.op.op_name}): {reason}"
            raise SpecError.of("keras", message, node.at) from error
        outputs = list(given) if isinstance(given, list | tuple) else [given]
        made = [tuple(output.shape[1:]) for output in outputs]
        inferred = [node.shape, *node.op.states(*[tensor.shape for tensor in node.inputs])]
        if len(made) != len(inferred) or not all(map(self.agrees, made, inferred)):
            shapes = [", ".join(map(shape_text, shapes)) for shapes in (made, inferred)]
            message = f"Keras gives `{node.name}` the shape {shapes[0]}, not {shapes[1]}"
            raise SpecError.of("keras-differs", message, node.at)
        return outputs

    def call(self, node: Node, inputs: list[Any], batch: Any) -> Any:
        """Calls a layer of Keras's, or the function that defines an op."""
        op, first = node.op, node.first or node
        if op.function is None:
            if first not in self.made:
                self.made[first] = self.layer(op, node.name)
            layer = self.made[first]
            with self.zeros(layer) if first in self.loaded else nullcontext():
                entered, tensors = op.split_inputs(inputs)
                given = {**op.called_with_inputs(entered), **op.call_arguments(), **tensors}
                output = layer(*op.called_on(entered), **given)
                if getattr(output, "_keras_mask", None) is not None:
                    from archc.targets.keras.functions import named_mask

                    named_mask(output)
            _verify_weights(node, layer)
        elif not node.weights:
            output = self.call_function(node, inputs or [batch])
        elif node.first is None and node not in self.called_again:
            output = self.call_function(node, inputs or [batch])
            _verify_weights(node, output._keras_history.operation)
        else:
            entered = inputs or [batch]
            output = self.function_model(node, tuple(entered[0].shape[1:]))(*entered)
        return output

    def call_function(self, node: Node, inputs: list[Any]) -> Any:
        from archc.targets.keras import functions

        arguments = {name: self.lowered(value) for name, value in node.op.arguments().items()}
        return getattr(functions, node.op.function or "")(*inputs, **arguments, name=node.name)

    def agrees(self, given: Shape, inferred: Shape) -> bool:
        """Whether Keras's shape is the inferred one, as far as sizes are fixed."""
        if not self.nested or len(given) != len(inferred):
            return given == inferred
        return all(size is None or size == own for size, own in zip(given, inferred, strict=True))

    def layer(self, op: Op, name: str) -> Any:
        """Keras's layer of an op."""
        arguments = {name: self.lowered(value) for name, value in op.arguments().items() if name not in op.called_with}
        return getattr(self.keras.layers, op.op_name)(**arguments, name=name)

    @contextmanager
    def zeros(self, layer: Any) -> Iterator[None]:
        """Makes the weights of a layer begin with zeros; its initializers are what they were afterwards."""
        held, initializer = vars(layer), self.keras.initializers.Initializer  # to set an attribute, Keras takes long
        kept = {name: value for name, value in held.items() if isinstance(value, initializer)}
        held.update(dict.fromkeys(kept, unfilled_zeros()))
        try:
            yield
        finally:
            held.update(kept)

    def lowered(self, value: Any) -> Any:
        """An argument as Keras takes it; a layer in it is named after its kind, so that its name is certain."""
        if isinstance(value, Op):
            return self.layer(value, snake_case(value.op_name))
        if isinstance(value, tuple) and value and isinstance(value[0], Op):
            from archc.ops.cells import cell_names

            return list(map(self.layer, value, cell_names([cell.op_name for cell in value])))
        if isinstance(value, ActivationFunction):
            from archc.targets.keras.functions import activation_with

            return activation_with(value.configured_name, **value.arguments())
        if isinstance(value, Configured):
            module = getattr(self.keras, value.kind)
            return getattr(module, value.configured_name)(**value.keras_arguments())
        return value


def _verify_weights(node: Node, layer: Any) -> None:
    """Compares the weights of a layer with those that were inferred.

    Raises:
        SpecError: they differ.
    """
    trainable = {id(variable) for variable in layer.trainable_variables}
    held = [(tuple(variable.shape), id(variable) in trainable) for variable in layer.weights]
    inferred = [(weight.shape, weight.trainable) for weight in node.weights]
    if held != inferred:
        message = f"Keras gives `{node.name}` the weights {held}, not {inferred}"
        raise SpecError.of("keras-differs", message, node.at)
