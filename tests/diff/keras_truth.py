"""What Keras does with the weights of one network in another: the truth that verdicts are held to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from archc.diff.keras_loading import FORMATS
from archc.ir.graph import Graph
from archc.targets.keras.model import build

Place = tuple[str, str, int]
"""A variable: its layer, its own name, and its number among those of this name in the layer."""
Named = Mapping[str, Collection[str]]
"""The layers of the left whose weights a layer of the right should get, by its name; any of them is right."""

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
        named: which layers correspond; those that are not in it have the same name on both sides.
    """

    def __init__(self, left: Graph, right: Graph, named: Named | None = None) -> None:
        self.left, self.right = build(left, "left"), build(right, "right")
        self.named = named or {}
        self.inputs = [[(made.shape, made.dtype) for made in graph.inputs] for graph in (left, right)]

    def sources(self, folder: Path) -> dict[str, dict[Place, Place | None] | None]:
        """For a file of each format, where the value of each variable comes from; None where Keras refuses the file.

        Each variable has a value of its own, a small whole number, so that a cast to another type changes none.
        """
        places, target = numbered(self.left), _variables(self.right)
        found: dict[str, dict[Place, Place | None] | None] = {}
        for ending in FORMATS:
            path = folder / f"saved{ending}"
            self.left.save_weights(path) if ending == ".weights.h5" else self.left.save(path)
            for variable in target.values():
                variable.assign(np.zeros(variable.shape))
            try:
                self.right.load_weights(path)
            except ValueError:
                found[ending] = None
                continue
            found[ending] = origins_of_values(self.right, places)
        return found

    def loaded(self, folder: Path) -> dict[str, Loaded]:
        """What becomes of a file of each format, and of which layers."""
        return {ending: judged(sources, self.named) for ending, sources in self.sources(folder).items()}

    def outcomes(self, folder: Path) -> dict[str, str]:
        """What becomes of a file of each format."""
        return {ending: found.outcome for ending, found in self.loaded(folder).items()}

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
            counterpart = saved.get(next(iter(_origins(place, self.named))))
            if counterpart is None or counterpart.shape != variable.shape:
                return False
            variable.assign(counterpart)
        given = [_example(values, shape, dtype) for shape, dtype in self.inputs[0]]
        results = (
            _listed(model(given if len(given) > 1 else given[0], training=False)) for model in (self.left, self.right)
        )
        return all(
            np.allclose(one, other, rtol=1e-5, atol=3e-6 * np.abs(one).max())
            for one, other in zip(*results, strict=True)
        )


def numbered(model: Any) -> list[Place]:
    """Gives each variable of a model a value of its own, its number from 1 on; the variables in this order."""
    variables = _variables(model)
    for number, variable in enumerate(variables.values()):
        variable.assign(np.full(variable.shape, number + 1.0))
    return list(variables)


def origins_of_values(model: Any, places: list[Place]) -> dict[Place, Place | None]:
    """Where the value of each variable of a model comes from; None where it is 0."""
    values = {place: int(np.ravel(variable)[0]) for place, variable in _variables(model).items()}
    return {place: places[value - 1] if value else None for place, value in values.items()}


def judged(sources: Mapping[Place, Place | None] | None, named: Named) -> Loaded:
    """Whether variables get the values of their counterparts.

    Args:
        sources: where the value of each variable comes from; None where Keras refuses the file.
        named: which layers correspond.
    """
    if sources is None:
        return Loaded("fails")
    wrong = frozenset(place[0] for place, source in sources.items() if source not in _origins(place, named))
    return Loaded("misplaced" if wrong else "right", wrong)


def _origins(place: Place, named: Named) -> set[Place]:
    layer, name, number = place
    return {(origin, name, number) for origin in named.get(layer, (layer,))}


def _example(values: np.random.Generator, shape: tuple[int | None, ...], dtype: str) -> Any:
    sizes = (2, *(size or 5 for size in shape))
    made = values.integers(0, 3, sizes) if "int" in dtype else values.normal(size=sizes)
    return made.astype(dtype)


def _listed(outputs: Any) -> list[Any]:
    return [np.asarray(each, "float32") for each in (outputs if isinstance(outputs, list | tuple) else [outputs])]


def _variables(model: Any) -> dict[Place, Any]:
    """The weights of the layers, those in nested models too."""
    found: dict[Place, Any] = {}
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
