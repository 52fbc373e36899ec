"""The strongest activations of a layer, projected back to the images that cause them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from archc.analysis.receptive_box import Box, receptive_box
from archc.diagnostics import SpecError, did_you_mean, shortened
from archc.ir.graph import Graph
from archc.projection.layer_model import LayerModel, Progress, check_images
from archc.projection.options import METHODS
from archc.projection.rules import by_gradient, rectifiers
from archc.projection.units import Unit, strongest


@dataclass(frozen=True, eq=False)
class Projections:
    """Units of a layer, with what they respond to.

    Attributes:
        layer: the name of the layer or part.
        method: how the signal passed the rectifiers.
        units: the largest activation first.
        projections: an array (units, height, width, channels) of the size of the images. The signal begins with the
            activation of the unit, and zero at all others.
        boxes: the receptive field of each unit, cut off at the borders of the image.
        patches: the images in these boxes, arrays (height, width, channels).
        by_gradient: the functions and layers that are no rectifiers and not linear, which the signal passed by their
            gradients.
    """

    layer: str
    method: str
    units: tuple[Unit, ...]
    projections: Any
    boxes: tuple[Box, ...]
    patches: tuple[Any, ...]
    by_gradient: tuple[str, ...]


def project(
    model: Any,
    graph: Graph,
    images: Any,
    *,
    layer: str,
    unit: int | None = None,
    top: int = 9,
    method: str = "deconv",
    progress: Progress = lambda _: None,
) -> Projections:
    """Projects the strongest activations of a layer back to the images.

    Args:
        model: of Keras, whole or ending at the layer.
        graph: the network that ends at the layer.
        images: as the network takes them, (height, width, channels) or (images, height, width, channels).
        layer: the name of the layer or part.
        unit: a channel; the channels with the largest activations if None.
        top: how many activations.
        method: one of `METHODS`.
        progress: is called with the number of units done.

    Raises:
        SpecError: the layer has no such unit, or the images do not fit.
    """
    if method not in METHODS:
        raise SpecError.of("usage", f"there is no method `{shortened(method)}`", None, did_you_mean(method, METHODS))
    images = stacked(graph, images)
    computed = LayerModel(model, graph, layer)
    units = strongest(computed.activations(images), unit, top, layer)
    projections = computed.projections(images, units, method, rectifiers(graph.nodes), progress)
    tensor = graph.outputs[layer]
    boxes = tuple(receptive_box(graph, tensor, unit.position) for unit in units)
    patches = tuple(part(images[unit.image], box) for unit, box in zip(units, boxes, strict=True))
    return Projections(layer, method, tuple(units), projections, boxes, patches, by_gradient(graph.nodes))


def feature_maps(model: Any, graph: Graph, image: Any, *, layer: str) -> Any:
    """What a layer gives for one image: an array (..., channels); the arguments are those of `project`.

    Raises:
        SpecError: the image does not fit.
    """
    return next(LayerModel(model, graph, layer).activations(stacked(graph, image)))[0]


def size_of(image: Any, axes: int) -> tuple[int, ...]:
    """The last axes of an image, or of several."""
    return tuple(map(int, np.shape(image)[-axes:]))


def stacked(graph: Graph, images: Any) -> Any:
    """One or several images as an array (images, ..., channels) of the type that the network takes.

    Raises:
        SpecError: the network does not take them.
    """
    found = np.asarray(images)
    if graph.inputs and found.ndim == len(graph.inputs[0].shape):
        found = found[None]
    check_images(graph, found)
    return found.astype(graph.inputs[0].dtype)


def part(image: Any, box: Box) -> Any:
    """What an array has in a box."""
    return image[tuple(slice(*span) for span in box)]
