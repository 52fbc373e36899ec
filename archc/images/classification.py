"""The classes of images, by a network whose output has a number for each class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal, NamedTuple

from archc.diagnostics import SpecError, printable
from archc.images.labels import class_names
from archc.images.options import Resize
from archc.images.preprocessing import Preparation, preparation_of
from archc.ir.graph import Graph, Node, Tensor
from archc.ir.shape import shape_text
from archc.language.document import Preprocess
from archc.ops.reshaping import Flatten, Reshape

Values = Literal["probability", "score"]
"""What the numbers of the classes are: probabilities if a softmax gives them, whose sum is 1."""


@dataclass(frozen=True, slots=True)
class RankedClass:
    """A class of an image.

    Attributes:
        index: its place in the output, from 0.
        name: None where no file has the names.
        value: its probability, or its score.
    """

    index: int
    name: str | None
    value: float


class ClassifiedImage(NamedTuple):
    """An image with its classes, the most likely first."""

    path: Path
    classes: tuple[RankedClass, ...]


@dataclass(frozen=True)
class Classifier:
    """How a network classifies images.

    Attributes:
        preparation: how an image becomes the input.
        output: the name of the main output.
        position: its place among the outputs.
        values: what its numbers are.
        names: of the classes; None where no file has them.
    """

    preparation: Preparation
    output: str
    position: int
    values: Values
    names: Sequence[str] | None

    def classify(
        self, model: Any, images: Sequence[Path], *, top: int, batch: int
    ) -> Iterator[ClassifiedImage | SpecError]:
        """Classifies images, in their order.

        Args:
            model: the Keras model of the network.
            images: the files.
            top: how many classes each has.
            batch: how many images the model takes at once.

        Yields:
            Each image with its classes, or the error of a file that cannot be read, or of an output that is not finite.
        """
        pending = iter(images)
        while paths := list(islice(pending, batch)):
            yield from self._batch(model, paths, top)

    def classified(self, model: Any, images: Sequence[Path], *, top: int, batch: int) -> list[ClassifiedImage]:
        """The images with their classes, all of them, or the first error; the arguments are those of `classify`.

        Raises:
            SpecError: an image cannot be read, or an output is not finite.
        """
        made = []
        for found in self.classify(model, images, top=top, batch=batch):
            if isinstance(found, SpecError):
                raise found
            made.append(found)
        return made

    def _batch(self, model: Any, paths: list[Path], top: int) -> Iterator[ClassifiedImage | SpecError]:
        import numpy as np

        entered: list[Any] = []
        for path in paths:
            try:
                entered.append(self.preparation.pixels(path))
            except SpecError as error:
                entered.append(error)
        pixels = [each for each in entered if not isinstance(each, SpecError)]
        given = iter(self._rows(model, np.stack(pixels)) if pixels else ())
        for path, each in zip(paths, entered, strict=True):
            yield each if isinstance(each, SpecError) else self._ranked(path, next(given), top)

    def _rows(self, model: Any, pixels: Any) -> Any:
        """The main output for a batch of inputs: images, classes."""
        import numpy as np

        given = model.predict_on_batch(pixels)
        return np.asarray(given[self.position] if isinstance(given, list | tuple) else given, np.float32)

    def _ranked(self, path: Path, row: Any, top: int) -> ClassifiedImage | SpecError:
        import numpy as np

        if not np.isfinite(row).all():
            message = f"the network gives values that are not finite for `{printable(str(path)[:200])}`"
            return SpecError.of("output-not-finite", message)
        order = np.argsort(-row, kind="stable")[:top]
        names = self.names
        ranked = [RankedClass(int(i), None if names is None else names[i], float(row[i])) for i in order]
        return ClassifiedImage(path, tuple(ranked))


def classifier_of(
    graph: Graph, preprocess: Preprocess, resize: Resize = "spec", labels: Path | None = None
) -> Classifier:
    """How a network classifies images; no framework is loaded.

    Args:
        graph: the network.
        preprocess: what a spec says of images.
        resize: how images are brought to the size of the input.
        labels: a file with the names of the classes; if None, those that Keras has in its cache.

    Raises:
        SpecError: the network does not take one image, its main output is not a row of classes, or `preprocess` or the
            names do not suit it.
    """
    preparation = preparation_of(graph, preprocess, resize)
    tensor = graph.outputs[graph.main]
    classes = tensor.shape[0] if len(tensor.shape) == 1 else None
    if classes is None:
        message = f"the output `{printable(graph.main)}` has the shape {shape_text(tensor.shape)}, not a row of classes"
        raise SpecError.of("no-classifier", message, None, "end the network at its classifier: `--output NAME`")
    values: Values = "probability" if _is_softmax(tensor, classes) else "score"
    position = list(graph.outputs).index(graph.main)
    return Classifier(preparation, graph.main, position, values, class_names(labels, classes))


def _is_softmax(tensor: Tensor, classes: int) -> bool:
    """Whether a softmax over the classes gives a tensor, but for its shape."""
    while isinstance(tensor, Node):
        shapes = tuple([entered.shape for entered in tensor.inputs])
        op = tensor.op.canonical(shapes)
        if not isinstance(op, Flatten | Reshape) and not op.passes_on(shapes):
            activation = op.as_activation or getattr(op, "activation", None)
            return activation == "softmax" and tensor.shape[-1] == classes
        tensor = tensor.inputs[0]
    return False
