"""The first model that a process builds: beside a function over Keras by hand, and beside `keras.applications`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.row import Row, Side
from benchmarks.timing import process_seconds, reported_seconds

_MODULE = ("-m", "benchmarks.first_build")


def _first(way: str, name: str, *weights: str) -> Side:
    return partial(reported_seconds, [*_MODULE, way, name, *weights])


def _by_hand(name: str) -> Row:
    sides = _first("archc", name), _first("by-hand", name)
    return Row(f"{name} built in Keras", "by hand", lambda _: sides, goal=1.1, rounds=3, warm_up=False)


def _with_weights(name: str, function: str, goal: float) -> Row:
    def sides(folder: Path) -> tuple[Side, Side]:
        weights = str(folder / f"{name}.h5")
        process_seconds([*_MODULE, "save", function, weights])
        return _first("archc", name, weights), _first("keras", function, weights)

    against = f"{function} of keras.applications"
    return Row(f"{name} built and its weights loaded", against, sides, goal=goal, rounds=3, warm_up=False)


def rows() -> Iterator[Row]:
    yield from map(_by_hand, ("densenet121", "vgg19", "resnet50"))
    yield _with_weights("vgg16", "VGG16", 1 / 3)
    yield _with_weights("resnet50_keras", "ResNet50", 1 / 1.5)
