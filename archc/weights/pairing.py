"""Which layer of a file is which layer of a model.

Layers are paired by name, where a person gave the name. The others are paired in order. Keras's files list the layers
in the order of `model.layers`, which follows from the connections alone. So that order finds the layers of the same
network, and numbers in names that Keras generated (`conv2d_94`) and names that differ serve as a check.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import NamedTuple

from archc.codes import CODES
from archc.diagnostics import Diagnostic, closest, shortened
from archc.ir.naming import snake_case, word_and_number
from archc.ir.shape import shape_text
from archc.ops import registry
from archc.ops.keras_layers import CELL_NAMES, EXPORTED_AS
from archc.weights.model_layer import ModelLayer
from archc.weights.saved_layers import SavedLayer

MOST_SHOWN = 12  # of the differences
Pair = tuple[ModelLayer, SavedLayer]
Shapes = tuple[tuple[int, ...], ...]


def pair_layers(
    layers: list[ModelLayer], saved: list[SavedLayer], whole: list[ModelLayer] | None
) -> tuple[dict[ModelLayer, SavedLayer], list[Diagnostic]]:
    """Pairs layers by name, and the others in order. Layers that begin new need no partner.

    Args:
        layers: of the model.
        saved: of the file.
        whole: the layers of the whole network, if the model is a part of it and the file may have more layers.

    Returns:
        The layers of the file by those of the model, and what is wrong with layers that have no partner or a doubtful
        one; `about` is the name of the layer of the model.
    """
    reference = layers
    by_name = _by_name(layers, saved)
    if whole is not None and len(by_name) < len(layers):
        reference = whole
        by_name = _by_name(reference, saved)
    named = {*by_name, *by_name.values()}
    in_order = _in_order(
        [layer for layer in reference if layer not in named], [found for found in saved if found not in named]
    )
    found_by_name = {layer.name: found for layer, found in (by_name | in_order).items()}
    partners = {layer: found_by_name[layer.name] for layer in layers if layer.name in found_by_name}
    checked = (*_renamed(in_order.items()), *_renumbered(in_order.items()))
    taking = [layer for layer in layers if not layer.is_new]
    names = {layer.name for layer in taking}
    differences = [*_missing(taking, partners, saved), *(found for found in checked if found.about in names)]
    if whole is None:
        paired = set(partners.values())
        differences += [_extra(found) for found in saved if found not in paired]
    return partners, differences


def _by_name(layers: list[ModelLayer], saved: list[SavedLayer]) -> dict[ModelLayer, SavedLayer]:
    """The pairs whose name was given by a person and is unique in the file."""
    names = [given_name(found.name) for found in saved]
    counts = Counter(names)
    unique = {name: found for name, found in zip(names, saved, strict=True) if name and counts[name] == 1}
    return {layer: unique[name] for layer in layers if (name := given_name(layer.name)) in unique}


def _in_order(layers: list[ModelLayer], saved: list[SavedLayer]) -> dict[ModelLayer, SavedLayer]:
    """The pairs in order, of each category that has as many layers in the file as in the model.

    A file may lack the layers that begin new.
    """
    categories: dict[str, tuple[list[ModelLayer], list[SavedLayer]]] = defaultdict(lambda: ([], []))
    for layer in layers:
        categories[layer.category][0].append(layer)
    for found in saved:
        categories[found.category][1].append(found)
    in_order: dict[ModelLayer, SavedLayer] = {}
    for ours, theirs in categories.values():
        taking = [layer for layer in ours if not layer.is_new]
        there = next((some for some in (ours, taking) if len(some) == len(theirs)), [])
        in_order.update(zip(there, theirs, strict=False))
    return in_order


def _renamed(in_order: Iterable[Pair]) -> Iterator[Diagnostic]:
    """Finds layers that have other given names in the file, where another of them has the same shapes."""
    renamed = [pair for pair in in_order if given_name(pair[0].name) and given_name(pair[1].name)]
    counts = Counter(layer.shapes for layer, _ in renamed)
    for layer, found in renamed:
        if counts[layer.shapes] > 1:
            message = f"the file has `{found.label}` in the place of {layer}, and others of its shapes"
            yield Diagnostic("weights-name", message, hint=CODES["weights-name"].advice, about=layer.name)


def _renumbered(in_order: Iterable[Pair]) -> Iterator[Diagnostic]:
    """Finds layers of a class and the same shapes that have one order by place and another by generated numbers."""
    alike: dict[tuple[str, Shapes], list[tuple[int, int, ModelLayer, SavedLayer]]] = defaultdict(list)
    for layer, found in in_order:
        ours, theirs = _generated(layer.name), _generated(found.name)
        if ours and theirs and layer.shapes == found.shapes:
            alike[ours.kind, layer.shapes].append((ours.number, theirs.number, layer, found))
    for group in alike.values():
        by_ours, by_theirs = sorted(group, key=itemgetter(0)), sorted(group, key=itemgetter(1))
        for (_, _, layer, found), (_, _, _, other) in zip(by_ours, by_theirs, strict=True):
            if found is not other:
                message = f"{layer} may be `{other.label}` of the file, by its number, or `{found.label}`, by its place"
                yield Diagnostic("weights-order", message, hint=CODES["weights-order"].advice, about=layer.name)


def _missing(
    layers: list[ModelLayer], partners: dict[ModelLayer, SavedLayer], saved: list[SavedLayer]
) -> Iterator[Diagnostic]:
    names = [found.name for found in saved if found.name]
    for index, layer in enumerate(layer for layer in layers if layer not in partners):
        first = list(layer.variables.values())[:4]
        shapes = ", ".join(f"{held.name} {shape_text(held.weight.shape)}" for held in first)
        close = closest(layer.name, names) if index < MOST_SHOWN else None  # a search of all names
        hint = f"the file has `{shortened(close)}`" if close else None
        message = f"the file has no weights for {layer} ({shapes})"
        yield Diagnostic("weights-missing", message, hint=hint, about=layer.name)


def _extra(found: SavedLayer) -> Diagnostic:
    shapes = ", ".join(shape_text(array.shape) for array in list(found.arrays.values())[:4])
    message = f"the file has weights for `{found.label}` ({shortened(shapes)}), which the network does not have"
    return Diagnostic("weights-extra", message)


# Names


class _Generated(NamedTuple):
    """A name that Keras generated, `conv2d_94`: the class, and how many layers of it were created before."""

    kind: str
    number: int


_KINDS = {snake_case(EXPORTED_AS.get(name, name)) for name in registry()} | {
    *map(snake_case, CELL_NAMES),
    "functional",
    "sequential",
    "einsum_dense",
}


def _generated(name: str | None) -> _Generated | None:
    found = _Generated(*word_and_number(name or ""))
    return found if found.kind in _KINDS else None


def given_name(name: str | None) -> str | None:
    """A name that a person gave; `conv1/bn` of an old file is `conv1_bn`, as Keras 3 allows no slash."""
    return None if name is None or _generated(name) else name.replace("/", "_")
