"""The graph as a Keras functional model, each layer verified against what was inferred."""

from __future__ import annotations

import importlib
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from archc.atomic_file import whole_file
from archc.diagnostics import SpecError
from archc.ir.graph import Graph, Input, Node, SharedCall, Tensor
from archc.ir.naming import snake_case
from archc.ir.op import Op
from archc.ir.shape import Shape, shape_text
from archc.ops.weight_arguments import Configured
from archc.targets.keras import nested_models

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


def _imported_keras() -> Any:
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


def build(graph: Graph, name: str, progress: Progress | None = None, *, initialized: bool = True) -> Any:
    """Builds the model.

    Args:
        graph: the network.
        name: of the model; characters that TensorFlow does not allow in a name become `_`.
        progress: called after each layer.
        initialized: False where every weight is loaded next, so that none needs an initial value.

    Returns:
        A `keras.Model` whose layers have the names of the graph, with new weights.

    Raises:
        SpecError: Keras is not installed, or a layer is not what was inferred.
    """
    keras = _imported_keras()
    builder = _ModelBuilder(keras, graph, progress or (lambda _: None), initialized)
    inputs = [keras.Input(entered.shape, name=entered.name, dtype=entered.dtype) for entered in graph.inputs]
    tensors: dict[Tensor, Any] = dict(zip(graph.inputs, inputs, strict=True))
    builder.add(graph.nodes, tensors, inputs[0], graph.calls)
    outputs = [tensors[tensor] for tensor in graph.outputs.values()]
    with _higher_recursion_limit(len(graph.nodes)):
        return keras.Model(_one_or_list(inputs), _one_or_list(outputs), name=model_name(name))


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


class _ModelBuilder:
    """Makes the layers of one model, each at its first call, and calls them."""

    def __init__(self, keras: Any, graph: Graph, progress: Progress, initialized: bool) -> None:
        self.keras, self.graph, self.progress, self.initialized = keras, graph, progress, initialized
        self.layers: dict[Node, Any] = {}
        self.models: dict[SharedCall, Any] = {}
        self.done = 0
        self.called_again = {node.first for node in graph.nodes if node.first is not None}
        self.open_sizes = False  # in a shared block, where sizes that differ between its calls are left open

    def add(self, nodes: Iterable[Node], tensors: dict[Tensor, Any], batch: Any, calls: tuple[SharedCall, ...]) -> None:
        """Calls the layers of `nodes`, in order, and adds their outputs to `tensors`.

        Args:
            nodes: in a valid order.
            tensors: Keras's tensors, by those of the graph.
            batch: any tensor of the batch, for ops without inputs.
            calls: the uses of shared blocks among the nodes.
        """
        inside = nested_models.outermost_calls(calls)
        for node in nodes:
            if node in tensors:
                continue
            if (call := inside.get(node)) is not None:
                self.call_model(call, tensors, calls)
            else:
                tensors[node] = self.call(node, tensors, batch)
                self.advance(1)

    def advance(self, layers: int) -> None:
        """Reports that more layers are built."""
        self.done += layers
        self.progress(self.done)

    def call(self, node: Node, tensors: Mapping[Tensor, Any], batch: Any) -> Any:
        """Calls one layer, which is made at its first call."""
        inputs = [tensors[tensor] for tensor in node.inputs]
        op = node.op
        try:
            if op.function is not None:
                output = self.call_function(node, inputs, batch)
            else:
                layer = self.layers.get(node.first or node)
                if layer is None:
                    layer = self.layers[node] = self.layer(op, node.name)
                with nullcontext() if self.initialized else self.zeros(layer):
                    output = layer(inputs) if op.merges else layer(*inputs)
                _verify_weights(node, layer)
        except (ValueError, TypeError, NotImplementedError) as error:
            reason = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
            message = f"Keras refuses `{node.name}` ({op.op_name}): {reason}"
            raise SpecError.of("keras", message, node.at) from error
        if not self.agrees(tuple(output.shape[1:]), node.shape):
            shapes = f"{shape_text(output.shape[1:])}, not {shape_text(node.shape)}"
            raise SpecError.of("keras-differs", f"Keras gives `{node.name}` the shape {shapes}", node.at)
        return output

    def agrees(self, given: Shape, inferred: Shape) -> bool:
        """Whether Keras's shape is the inferred one, as far as sizes are fixed."""
        if not self.open_sizes or len(given) != len(inferred):
            return given == inferred
        return all(size is None or size == own for size, own in zip(given, inferred, strict=True))

    def call_function(self, node: Node, inputs: list[Any], batch: Any) -> Any:
        """Calls the function that defines an op which Keras has no layer for."""
        from archc.targets.keras import functions

        function = getattr(functions, node.op.function or "")
        arguments = {name: self.lowered(value) for name, value in node.op.arguments().items()}
        if not node.weights:
            return function(*inputs, **arguments, name=node.name)
        if node.first is None and node not in self.called_again:
            output = function(*(inputs or [batch]), **arguments, name=node.name)
            _verify_weights(node, output._keras_history.operation)
            return output
        # only a layer can be called again, so the function becomes a model of its own
        model = self.layers.get(node.first or node)
        if model is None:
            entered = self.keras.Input(tuple((inputs or [batch])[0].shape[1:]), name=f"{node.name}_input")
            output = function(entered, **arguments, name=node.name)
            model = self.layers[node] = self.keras.Model(entered, output, name=f"{node.name}_shared")
        return model(*(inputs or [batch]))

    def call_model(self, call: SharedCall, tensors: dict[Tensor, Any], calls: tuple[SharedCall, ...]) -> None:
        """Calls the model that a shared block is, which is made at its first call."""
        first = call.first or call
        exposed = nested_models.output_tensors(self.graph, first)
        model = self.models.get(first)
        if model is None:
            model = self.models[first] = self.nested(first, exposed, calls)
        outputs = model(_one_or_list([tensors[tensor] for tensor in call.inputs]))
        outputs = outputs if isinstance(outputs, list | tuple) else [outputs]
        for tensor, output in zip(exposed, outputs, strict=True):
            tensors[nested_models.tensor_in_call(call, first, tensor)] = output
        for node in call.nodes:
            tensors.setdefault(node, None)
        self.advance(len(call.nodes))

    def nested(self, first: SharedCall, exposed: list[Tensor], calls: tuple[SharedCall, ...]) -> Any:
        """The model that a shared block is."""
        inputs = []
        shapes = nested_models.input_shapes(self.graph, first)
        for number, (tensor, shape) in enumerate(zip(first.inputs, shapes, strict=True)):
            suffix = f"_{number}" if number else ""
            dtype = tensor.dtype if isinstance(tensor, Input) else None
            inputs.append(self.keras.Input(shape, name=f"{first.name}_input{suffix}", dtype=dtype))
        tensors: dict[Tensor, Any] = dict(zip(first.inputs, inputs, strict=True))
        builder = _ModelBuilder(self.keras, self.graph, lambda _: None, self.initialized)
        builder.open_sizes = True
        builder.add(first.nodes, tensors, inputs[0], nested_models.calls_inside(calls, first))
        outputs = [tensors[tensor] for tensor in exposed]
        return self.keras.Model(_one_or_list(inputs), _one_or_list(outputs), name=first.name)

    def layer(self, op: Op, name: str) -> Any:
        """Keras's layer of an op."""
        arguments = {argument: self.lowered(value) for argument, value in op.arguments().items()}
        return getattr(self.keras.layers, op.op_name)(**arguments, name=name)

    @contextmanager
    def zeros(self, layer: Any) -> Iterator[None]:
        """Fills the weights that a layer makes with zeros; its initializers are what they were afterwards."""
        kept = {
            name: value for name, value in vars(layer).items() if isinstance(value, self.keras.initializers.Initializer)
        }
        for name in kept:
            setattr(layer, name, self.keras.initializers.Zeros())
        try:
            yield
        finally:
            for name, value in kept.items():
                setattr(layer, name, value)

    def lowered(self, value: Any) -> Any:
        """An argument as Keras takes it; a layer in it is named after its kind, so that its name is certain."""
        if isinstance(value, Op):
            return self.layer(value, snake_case(value.op_name))
        if isinstance(value, Configured):
            module = getattr(self.keras, value.kind)
            return getattr(module, value.configured_name)(**value.arguments())
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
