"""What Keras does with the weights of one network in another: the truth that verdicts are held to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from archc.diff.loading import FORMATS
from archc.ir.graph import Graph
from archc.targets.keras.model import build

Places = dict[tuple[str, str, int], Any]
"""The variables of a model: by layer, own name, and number among those of this name in the layer."""


_ABOVE_0 = {"gamma", "scale", "moving_variance"}


class Loaded(NamedTuple):
    """What Keras makes of a file.

    Attributes:
        outcome: `right`, `misplaced` or `fails`.
        misplaced: the layers with a variable that has another value than its counterpart.
    """

    outcome: str
    misplaced: frozenset[str] = frozenset()


class KerasPair:
    """The models of two networks.

    Attributes:
        named: the name of the layer of the left, by the name of the layer of the right with its weights; layers that
            are not in it have the same name on both sides.
    """

    def __init__(self, left: Graph, right: Graph, named: Mapping[str, str] | None = None) -> None:
        self.left, self.right = build(left, "left"), build(right, "right")
        self.named = named or {}
        self.inputs = [[(made.shape, made.dtype) for made in graph.inputs] for graph in (left, right)]

    def outcomes(self, folder: Path) -> dict[str, str]:
        """What becomes of a file of each format."""
        return {ending: found.outcome for ending, found in self.loaded(folder).items()}

    def loaded(self, folder: Path) -> dict[str, Loaded]:
        """What becomes of a file of each format, and of which layers.

        Each variable has a value of its own, a small whole number, so that a cast to another type changes none.
        """
        saved, target = _variables(self.left), _variables(self.right)
        _fill(saved, lambda number, shape: np.full(shape, number + 1.0))
        found = {}
        for ending in FORMATS:
            path = folder / f"saved{ending}"
            self.left.save_weights(path) if ending == ".weights.h5" else self.left.save(path)
            _fill(target, lambda number, shape: np.full(shape, -number - 1.0))
            try:
                self.right.load_weights(path)
            except ValueError:
                found[ending] = Loaded("fails")
                continue
            wrong = frozenset(
                place[0] for place, variable in target.items() if not self._is_from(saved, place, variable)
            )
            found[ending] = Loaded("misplaced" if wrong else "right", wrong)
        return found

    def same_function(self) -> bool | None:
        """Whether both compute the same in inference, on equal weights; None where inputs or outputs differ."""
        one, other = ([tuple(each.shape) for each in model.outputs] for model in (self.left, self.right))
        if self.inputs[0] != self.inputs[1] or one != other:
            return None
        values = np.random.default_rng(0)
        saved, target = _variables(self.left), _variables(self.right)
        for (_, name, _), variable in saved.items():
            low, high = (0.5, 1.5) if name in _ABOVE_0 else (-0.5, 0.5)
            variable.assign(values.uniform(low, high, variable.shape))
        for place, variable in target.items():
            counterpart = saved.get(self._origin(place))
            if counterpart is None or counterpart.shape != variable.shape:
                return False
            variable.assign(counterpart)
        given = [
            values.integers(0, 3, (2, *(size or 5 for size in shape))).astype(dtype)
            if "int" in dtype
            else values.normal(size=(2, *(size or 5 for size in shape))).astype(dtype)
            for shape, dtype in self.inputs[0]
        ]
        results = ([*_listed(model(given if len(given) > 1 else given[0]))] for model in (self.left, self.right))
        return all(
            np.allclose(one, other, rtol=1e-5, atol=3e-6 * np.abs(one).max()) for one, other in zip(*results, strict=True)
        )

    def _origin(self, place: tuple[str, str, int]) -> tuple[str, str, int]:
        layer, name, number = place
        return self.named.get(layer, layer), name, number

    def _is_from(self, saved: Places, place: tuple[str, str, int], variable: Any) -> bool:
        counterpart = saved.get(self._origin(place))
        return counterpart is not None and np.array_equal(np.asarray(variable), np.asarray(counterpart))


def _listed(outputs: Any) -> list[Any]:
    return [np.asarray(each, "float32") for each in (outputs if isinstance(outputs, list | tuple) else [outputs])]


def _variables(model: Any) -> Places:
    """The weights of the layers, those in nested models too."""
    found: Places = {}
    for layer in _layers(model):
        numbers: defaultdict[str, int] = defaultdict(int)
        for variable in layer.weights:
            found[layer.name, variable.name, numbers[variable.name]] = variable
            numbers[variable.name] += 1
    return found


def _layers(model: Any) -> Iterator[Any]:
    for layer in model.layers:
        if isinstance(layer, type(model)):
            yield from _layers(layer)
        else:
            yield layer


def _fill(variables: Places, value: Callable[[int, tuple[int, ...]], Any]) -> None:
    for number, variable in enumerate(variables.values()):
        variable.assign(value(number, tuple(variable.shape)))
