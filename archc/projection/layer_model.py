"""The part of a model that ends at a layer, run on images in batches that fit into memory."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

import numpy as np

from archc.diagnostics import SpecError, shortened
from archc.ir.graph import Graph
from archc.ir.shape import shape_text, volume
from archc.projection.units import Unit
from archc.targets.keras.model import imported_keras
from archc.weights.loading import innermost_layers

BYTES = 2**29
"""What the outputs of all layers, and the signals on their way back, may take at once."""

Progress = Callable[[int], None]
"""Called with the number of images that are done."""


class LayerModel:
    """What a layer of a model computes from images.

    Attributes:
        layer: its name, or that of the part that it ends.
        batch: how many images are computed at once.
    """

    def __init__(self, model: Any, graph: Graph, layer: str) -> None:
        keras = imported_keras()
        if keras.backend.backend() != "tensorflow":
            message = f"a view needs Keras with TensorFlow, not with {keras.backend.backend()}"
            raise SpecError.of("no-keras", message, None, "set `KERAS_BACKEND=tensorflow`")
        self.layer = layer
        self._model = keras.Model(model.inputs, _output(model, graph, layer))
        sizes = [volume(node.shape) for node in graph.nodes]
        each = 4 * 3 * sum(size or 0 for size in sizes)  # forward, the signal back, and what an operation needs beside
        self.batch = 1 if None in sizes or not each else max(1, BYTES // each)

    def activations(self, images: Any, progress: Progress = lambda _: None) -> Iterator[Any]:
        """What the layer gives, in batches (images, ..., channels)."""
        import tensorflow as tf

        function = tf.function(lambda entered: self._model(entered, training=False))
        computed = function.get_concrete_function(self._batch_spec())
        for start in range(0, len(images), self.batch):
            yield computed(tf.convert_to_tensor(images[start : start + self.batch])).numpy()
            progress(min(start + self.batch, len(images)))

    def projections(
        self,
        images: Any,
        units: list[Unit],
        method: str,
        rectifiers: Collection[str],
        progress: Progress = lambda _: None,
    ) -> Any:
        """Projects the activation of each unit back to its image.

        Args:
            images: all images (images, ..., channels).
            units: of the layer.
            method: one of `METHODS`.
            rectifiers: the names of the layers that rectify.
            progress: is called with the number of units done.

        Returns:
            An array (units, ..., channels) with the axes of the images.
        """
        import tensorflow as tf

        from archc.projection.rectifying import rectifying

        layers = [layer for layer in innermost_layers(self._model) if layer.name in rectifiers]

        def project(entered: Any, places: Any) -> Any:
            with rectifying(dict.fromkeys(layers), method):
                output = self._model(entered, training=False)
            ones = tf.ones(tf.shape(places)[0], output.dtype)
            alone = tf.scatter_nd(places, ones, tf.shape(output, tf.int64)) * output
            return tf.gradients(output, entered, grad_ys=alone, unconnected_gradients="zero")[0]

        indices = tf.TensorSpec((None, None), tf.int64)
        computed = tf.function(project).get_concrete_function(self._batch_spec(), indices)
        parts = []
        for start in range(0, len(units), self.batch):
            chosen = units[start : start + self.batch]
            entered = tf.convert_to_tensor(images[[unit.image for unit in chosen]])
            places = [(number, *unit.position, unit.unit) for number, unit in enumerate(chosen)]
            parts.append(computed(entered, tf.constant(places, tf.int64)).numpy())
            progress(start + len(chosen))
        return np.concatenate(parts)

    def _batch_spec(self) -> Any:
        import tensorflow as tf

        (entered,) = self._model.inputs
        return tf.TensorSpec(entered.shape, entered.dtype)


def _output(model: Any, graph: Graph, layer: str) -> Any:
    """The tensor of Keras's that a layer or part computes.

    Raises:
        SpecError: the model has none, or calls the layer several times.
    """
    tensor = graph.outputs[layer]
    blocks = [call.name for call in graph.calls if tensor in call.nodes]  # of which it may be the output
    ends = [output for output in model.outputs if output._keras_history.operation.name in (layer, tensor.name, *blocks)]
    if len(ends) == 1:
        return ends[0]
    found = next((operation for operation in model.operations if operation.name == tensor.name), None)
    if found is None or len(found._inbound_nodes) != 1:
        message = f"the model has no output of `{shortened(layer)}` that is one tensor"
        raise SpecError.of("view", message, None, f"build the model that ends there: `net.build(['{layer}'])`")
    return found.output


def check_images(graph: Graph, images: Any) -> None:
    """Refuses images that are no input of a network.

    Raises:
        SpecError: the network has several inputs, or one of another shape.
    """
    if len(graph.inputs) != 1:
        names = ", ".join(f"`{entered.name}`" for entered in graph.inputs)
        raise SpecError.of("view", f"a view needs a layer that depends on one input, not on {names or 'none'}")
    expected, given = graph.inputs[0].shape, tuple(images.shape[1:])
    fits = len(expected) == len(given) and all(size in (None, own) for size, own in zip(expected, given, strict=True))
    if not fits or not len(images):
        message = f"the images have the shape {shape_text(given)}, and the network takes {shape_text(expected)}"
        raise SpecError.of("view", message, None, "one image, or several along a first axis")
