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
from archc.diagnostics import Diagnostic, SpecError
from archc.ir.graph import Graph, Input, Node, SharedCall, Tensor
from archc.ir.naming import snake_case
from archc.ir.op import Op
from archc.ir.shape import Shape, shape_text
from archc.ops.weight_arguments import Configured
from archc.targets.keras import nested_models

Progress = Callable[[int], None]
"""Is told the number of layers built so far."""


@contextmanager
def _silence() -> Iterator[None]:
    """Keeps what TensorFlow's C++ says at start-up from the user; where the start fails, it is shown."""
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # no standard error at all
        yield
        return
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        except BaseException:
            said.seek(0)
            os.write(kept, said.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)


def _imported() -> Any:
    """Keras, started without a word.

    Raises:
        SpecError: it is not installed.
    """
    if sys.modules.get("keras") is not None:
        return sys.modules["keras"]
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with _silence():
            keras = importlib.import_module("keras")
            keras.ops.zeros(1)  # the first tensor starts the devices, which have much to say
    except ImportError as error:
        message = f"building needs Keras and TensorFlow, but there is no `{error.name}`"
        raise SpecError.of("no-keras", message) from None
    return keras


def build(graph: Graph, name: str, progress: Progress | None = None, *, initialized: bool = True) -> Any:
    """Builds the model.

    Args:
        graph: the network.
        name: what the model is called; what TensorFlow takes in no name becomes `_`.
        progress: is told of each layer.
        initialized: False where every weight is loaded next, which spares drawing them.

    Returns:
        A `keras.Model` whose layers have the names of the graph, with new weights.

    Raises:
        SpecError: Keras is not there, or a layer is not what was inferred.
    """
    keras = _imported()
    built = _Building(keras, graph, progress or (lambda _: None), initialized)
    entered = [keras.Input(made.shape, name=made.name, dtype=made.dtype) for made in graph.inputs]
    tensors: dict[Tensor, Any] = dict(zip(graph.inputs, entered, strict=True))
    built.add(graph.nodes, tensors, entered[0], graph.calls)
    outputs = [tensors[tensor] for tensor in graph.outputs.values()]
    with _recursion(len(graph.nodes)):
        return keras.Model(
            entered[0] if len(entered) == 1 else entered,
            outputs[0] if len(outputs) == 1 else outputs,
            name=model_name(name),
        )


@contextmanager
def _recursion(layers: int) -> Iterator[None]:
    """Lets Keras go back from the outputs: it calls itself once for each layer on a path, and Python allows 1,000."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(before + layers)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def model_name(name: str) -> str:
    """The name as TensorFlow takes it, which makes a scope of it: `ResNet-20 (CIFAR)` is `ResNet-20_CIFAR`."""
    return re.sub(r"[^A-Za-z0-9.-]+", "_", name).strip("_-") or "network"


def save(model: Any, path: Path, force: bool) -> None:
    """Writes a model in Keras's format, whole or not at all.

    Raises:
        SpecError: the file cannot be written.
    """
    with whole_file(path, force) as part:
        model.save(part)


class _Building:
    """The layers of one model, each made at its first call."""

    def __init__(self, keras: Any, graph: Graph, progress: Progress, initialized: bool) -> None:
        self.keras, self.graph, self.progress, self.initialized = keras, graph, progress, initialized
        self.layers: dict[Node, Any] = {}
        self.models: dict[SharedCall, Any] = {}
        self.done = 0
        self.called_again = {node.first for node in graph.nodes if node.first is not None}
        self.open_sizes = False  # in a shared block, where sizes that differ between its uses are left open

    def add(self, nodes: Iterable[Node], tensors: dict[Tensor, Any], batch: Any, calls: tuple[SharedCall, ...]) -> None:
        """Calls the layers of `nodes`, in order, on what `tensors` holds, and adds what they leave.

        Args:
            nodes: in a valid order.
            tensors: Keras's tensors, by ours.
            batch: any tensor of the batch, for what takes nothing from the path.
            calls: the uses of shared blocks among the nodes; those inside others are left to them.
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
        """Tells of layers that are built."""
        self.done += layers
        self.progress(self.done)

    def call(self, node: Node, tensors: Mapping[Tensor, Any], batch: Any) -> Any:
        """Calls one layer, made now unless it was called before."""
        taken = [tensors[tensor] for tensor in node.inputs]
        op = node.op
        try:
            if op.function is not None:
                left = self.call_function(node, taken, batch)
            else:
                layer = self.layers.get(node.first or node)
                if layer is None:
                    layer = self.layers[node] = self.layer(op, node.name)
                with nullcontext() if self.initialized else self.zeros(layer):
                    left = layer(taken) if op.merges else layer(*taken)
                _verify_weights(node, layer)
        except (ValueError, TypeError, NotImplementedError) as error:
            reason = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
            raise _fault("keras", f"Keras refuses `{node.name}` ({op.op_name}): {reason}", node) from error
        if not self.agrees(tuple(left.shape[1:]), node.shape):
            message = f"Keras gives `{node.name}` the shape {shape_text(left.shape[1:])}, not {shape_text(node.shape)}"
            raise _fault("keras-differs", message, node)
        return left

    def agrees(self, given: Shape, inferred: Shape) -> bool:
        """Whether Keras's shape is the inferred one, as far as sizes are fixed."""
        if not self.open_sizes or len(given) != len(inferred):
            return given == inferred
        return all(size is None or size == own for size, own in zip(given, inferred, strict=True))

    def call_function(self, node: Node, taken: list[Any], batch: Any) -> Any:
        """Calls the function that defines an op that Keras has no layer for."""
        from archc.targets.keras import functions

        function = getattr(functions, node.op.function or "")
        arguments = {name: self.lowered(value) for name, value in node.op.arguments().items()}
        if not node.weights:
            return function(*taken, **arguments, name=node.name)
        if node.first is None and node not in self.called_again:
            left = function(*(taken or [batch]), **arguments, name=node.name)
            _verify_weights(node, left._keras_history.operation)
            return left
        # a layer is what can be called again, so the function becomes a model of its own
        model = self.layers.get(node.first or node)
        if model is None:
            shape = tuple((taken[0] if taken else batch).shape[1:])
            entered = self.keras.Input(shape, name=f"{node.name}_input")
            model = self.keras.Model(
                entered, function(entered, **arguments, name=node.name), name=f"{node.name}_shared"
            )
            self.layers[node] = model
        return model(*(taken or [batch]))

    def call_model(self, call: SharedCall, tensors: dict[Tensor, Any], calls: tuple[SharedCall, ...]) -> None:
        """Calls the model that a shared block is, made now unless it was called before."""
        first = call.first or call
        taken = [tensors[tensor] for tensor in call.inputs]
        exposed = nested_models.output_tensors(self.graph, first)
        model = self.models.get(first)
        if model is None:
            model = self.models[first] = self.nested(first, exposed, calls)
        left = model(taken[0] if len(taken) == 1 else taken)
        left = left if isinstance(left, list | tuple) else [left]
        for tensor, made in zip(exposed, left, strict=True):
            tensors[nested_models.tensor_in_call(call, first, tensor)] = made
        for node in call.nodes:
            tensors.setdefault(node, None)
        self.advance(len(call.nodes))

    def nested(self, first: SharedCall, exposed: list[Tensor], calls: tuple[SharedCall, ...]) -> Any:
        """The model that a shared block is."""
        entered = []
        for index, (tensor, shape) in enumerate(
            zip(first.inputs, nested_models.input_shapes(self.graph, first), strict=True)
        ):
            suffix = f"_{index}" if index else ""
            dtype = tensor.dtype if isinstance(tensor, Input) else None
            entered.append(self.keras.Input(shape, name=f"{first.name}_input{suffix}", dtype=dtype))
        tensors: dict[Tensor, Any] = dict(zip(first.inputs, entered, strict=True))
        building = _Building(self.keras, self.graph, lambda _: None, self.initialized)
        building.open_sizes = True
        building.add(first.nodes, tensors, entered[0], nested_models.calls_inside(calls, first))
        left = [tensors[tensor] for tensor in exposed]
        return self.keras.Model(
            entered[0] if len(entered) == 1 else entered, left[0] if len(left) == 1 else left, name=first.name
        )

    def layer(self, op: Op, name: str) -> Any:
        """Keras's layer of an op; one in a wrapper is named after its kind, so that no name hangs on history."""
        arguments = {argument: self.lowered(value) for argument, value in op.arguments().items()}
        return getattr(self.keras.layers, op.op_name)(**arguments, name=name)

    @contextmanager
    def zeros(self, layer: Any) -> Iterator[None]:
        """Fills the weights that a layer makes with zeros, and leaves it the initializers that it was given."""
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
        """An argument as Keras takes it."""
        if isinstance(value, Op):
            return self.layer(value, snake_case(value.op_name))
        if isinstance(value, Configured):
            module = getattr(self.keras, value.kind)
            return getattr(module, value.configured_name)(**value.arguments())
        return value


def _verify_weights(node: Node, layer: Any) -> None:
    trainable = {id(variable) for variable in layer.trainable_variables}
    held = [(tuple(variable.shape), id(variable) in trainable) for variable in layer.weights]
    inferred = [(weight.shape, weight.trainable) for weight in node.weights]
    if held != inferred:
        raise _fault("keras-differs", f"Keras gives `{node.name}` the weights {held}, not {inferred}", node)


def _fault(code: str, message: str, node: Node) -> SpecError:
    hint = "please report this: archc infers what Keras builds" if code == "keras-differs" else None
    return SpecError([Diagnostic(code, message, node.at, hint)])
