"""Builds a network with the weights of another one, array by array."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from archc.diagnostics import Diagnostic, SpecError
from archc.ir.graph import Graph, Node
from archc.targets.keras import model as keras_model
from archc.weights.file_errors import reading
from archc.weights.fit import fitted
from archc.weights.keras_2 import changed_functions
from archc.weights.loading import Partners, finalize, innermost_layers
from archc.weights.saved_file import WeightFile
from archc.weights.transplant import PlannedWeight, TransplantPlan
from archc.weights.values import assign, value_warnings


class Readable(Protocol):
    """An array that is not read yet."""

    def read(self) -> Any:
        """The values."""


class Arrays(NamedTuple):
    """The weights of the old network, not read yet.

    Attributes:
        found: by the first calls of the layers, and the names of the weights.
        has_optimizer: whether there is the state of an optimizer beside them, which is not taken.
        keras_version: of the Keras that wrote them, as far as it is known.
        path: of the file; None for a model.
    """

    found: Mapping[tuple[Node, str], Readable]
    has_optimizer: bool
    keras_version: str | None = None
    path: Path | None = None

    def read(self, layer: Node, weight: str) -> Any:
        """The values of a weight.

        Raises:
            SpecError: the file is damaged.
        """
        with nullcontext() if self.path is None else reading(self.path):
            return self.found[layer, weight].read()


def arrays_in(file: WeightFile, partners: Partners) -> Arrays:
    """The weights in an open file, by the layers of its network that they were paired with."""
    arrays = {
        (held.layer, held.weight.name): saved.arrays[place]
        for layer, saved in partners.items()
        for place, held in layer.variables.items()
    }
    return Arrays(arrays, file.has_optimizer, file.keras_version, file.path)


@dataclass(frozen=True, slots=True)
class _Held:
    """A variable of a model."""

    variable: Any

    def read(self) -> Any:
        return self.variable.numpy()


def arrays_of(graph: Graph, model: Any) -> Arrays:
    """The weights of a model that was built of a network.

    Raises:
        SpecError: the model is not the network's.
    """
    layers = {layer.name: layer.weights for layer in innermost_layers(model) if layer.weights}
    arrays: dict[tuple[Node, str], Readable] = {}
    for node in [node for node in graph.nodes if node.first is None and node.weights]:
        held = layers.get(node.name, [])
        if [tuple(variable.shape) for variable in held] != [weight.shape for weight in node.weights]:
            message = f"the model has no `{node.name}` ({node.op.op_name}) as the network has it"
            raise SpecError.of("weights", message, node.at, "give the model that this network builds")
        for weight, variable in zip(node.weights, held, strict=True):
            arrays[node, weight.name] = _Held(variable)
    return Arrays(arrays, getattr(model, "optimizer", None) is not None)


class Transplanted(NamedTuple):
    """A model with weights of another network.

    Attributes:
        warnings: of values that are not finite, and of functions that were others when the weights were written.
    """

    model: Any
    warnings: tuple[Diagnostic, ...]


def build_transplanted(
    plan: TransplantPlan,
    arrays: Arrays,
    name: str,
    progress: keras_model.Progress | None = None,
    *,
    seed: int | None = None,
    typed: bool = False,
) -> Transplanted:
    """Builds the new network. Each array of the old one that is taken is read once, one at a time.

    Args:
        plan: what each weight begins with.
        arrays: of the old network.
        name: of the model.
        progress: is called with the number of layers built.
        seed: makes new weights the same in each run; None for those that Keras makes.
        typed: as for `archc.targets.keras.model.build`.

    Raises:
        SpecError: Keras refuses a layer.
    """
    with _seeded(seed):
        model = keras_model.build(plan.new, name, progress, loaded=plan.whole_layers, typed=typed)
    held = {layer.name: layer.weights for layer in innermost_layers(model) if layer.weights}
    takers: defaultdict[tuple[Node, str], list[PlannedWeight]] = defaultdict(list)
    for planned in plan.taken:
        assert planned.counterpart is not None
        takers[planned.counterpart.layer, planned.counterpart.weight.name].append(planned)
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for source, taking in takers.items():
        values = arrays.read(*source)
        for planned in taking:
            variable = held[planned.layer.name][planned.layer.weights.index(planned.weight)]
            if wrong := assign(variable, _fitted(values, planned, variable)):
                found[wrong][planned.layer.name] = None
    finalize(model)
    told = (*changed_functions(plan.new, arrays.keras_version), *value_warnings(found))
    return Transplanted(model, told)


def _fitted(values: Any, planned: PlannedWeight, variable: Any) -> Any:
    """The values in the shape of a variable that has its initial ones."""
    if planned.fit is None:
        return values
    return fitted(values, planned.fit, variable.numpy() if planned.is_part_new else None)


@contextmanager
def _seeded(seed: int | None) -> Iterator[None]:
    """Sets what Keras draws the seeds of initializers from, and restores it."""
    if seed is None:
        yield
        return
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)


def save(model: Any, path: Path, force: bool) -> None:
    """Writes a model, or its weights alone for `*.weights.h5`, whole or not at all.

    Raises:
        SpecError: the file cannot be written.
    """
    if not path.name.endswith(".weights.h5"):
        keras_model.save(model, path, force)
        return
    keras_model.save_weights(model, path, force)
