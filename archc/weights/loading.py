"""The weights of a file into a model, layer by layer: all of them, or none.

Each layer of the model is paired with one of the file: under its name, where both sides give names; names that Keras
made up (`conv2d_94`) say the kind and the order of creation alone; and what is left over goes by order. What cannot be
told apart is refused, and every shape is compared before a number is read.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from archc.diagnostics import Diagnostic, SpecError, closest, printable, shortened
from archc.ir.graph import Graph
from archc.ir.naming import snake_case
from archc.ir.shape import shape_text
from archc.ops import registry
from archc.weights.saved_file import SavedArray, SavedLayer, WeightFile

_MOST_FAULTS = 12
_FORMER = {"W": "kernel", "b": "bias", "running_mean": "moving_mean", "running_std": "moving_variance"}
"""What Keras 1 called weights; the published files of VGG still do."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came from a file.

    Attributes:
        by_name: layers that have the same name there.
        by_order: layers that stand at the same place there.
    """

    by_name: int
    by_order: int

    @property
    def layers(self) -> int:
        """All layers with weights."""
        return self.by_name + self.by_order


def layer_names(graph: Graph) -> list[str]:
    """The names of a network's layers with weights, without those inside shared blocks."""
    inside = {node for call in graph.calls for node in call.nodes}
    return list(dict.fromkeys(node.name for node in graph.nodes if node.weights and node not in inside))


def load(model: Any, file: WeightFile, whole: Graph) -> Loaded:
    """Loads every weight of a model from a file.

    Args:
        model: as `keras_model.build` made it.
        file: opened.
        whole: the network before it was cut; where the model has fewer layers, so may it have than the file.

    Raises:
        SpecError: the file does not fit; nothing was loaded.
    """
    ours = [_Layer(layer) for layer in model.layers if layer.weights]
    pairing = _Pairing(ours, file, layer_names(whole))
    pairing.pair()
    with file.reading():
        pairing.compare()
    pairing.raise_any()
    loaded = set()
    with file.reading():
        for variable, array in pairing.matched:
            variable.assign(array.read())
            loaded.add(id(variable))
    missed = [variable.path for variable in model.weights if id(variable) not in loaded]
    if missed:
        raise SpecError.of("weights-missing", f"no weights were loaded into {_listed(missed)}")
    by_name = sum(layer.name == saved.name for layer, saved in pairing.pairs)
    return Loaded(by_name, len(pairing.pairs) - by_name)


class _Layer:
    """A layer of the model with its variables."""

    def __init__(self, layer: Any) -> None:
        self.name: str = layer.name
        self.kind = snake_case(type(layer).__name__)
        self.layer = layer

    def in_order(self) -> dict[str, Any]:
        """The variables by position, those that are trained first, as the legacy layout has them."""
        variables = [*self.layer.trainable_weights, *self.layer.non_trainable_weights]
        return {str(position): variable for position, variable in enumerate(variables)}

    def in_places(self) -> dict[str, tuple[Any, str]]:
        """The variables with the names of the layers that hold them, by their paths in Keras 3's layout."""
        places: dict[str, tuple[Any, str]] = {}
        self._collect(self.layer, "", places, set())
        return places

    def _collect(self, holder: Any, prefix: str, places: dict[str, tuple[Any, str]], seen: set[int]) -> None:
        if id(holder) in seen:
            return
        seen.add(id(holder))
        own: dict[str, Any] = {}
        holder.save_own_variables(own)
        places |= {f"{prefix}{index}": (variable, holder.name) for index, variable in own.items()}
        for key, inner in _parts(holder) if len(own) < len(holder.weights) else ():
            self._collect(inner, f"{prefix}{key}/", places, seen)

    @property
    def signature(self) -> tuple[tuple[int, ...], ...]:
        """The shapes of the variables."""
        return tuple(sorted(tuple(variable.shape) for variable in self.layer.weights))

    def __str__(self) -> str:
        return f"`{self.name}`"


def _parts(holder: Any) -> Iterable[tuple[str, Any]]:
    """The layers that a layer holds, under the names and in the order in which Keras 3 saves them."""
    layer_class = next(parent for parent in type(holder).__mro__ if parent.__name__ == "Layer")
    is_model = any(parent.__name__ == "Functional" for parent in type(holder).__mro__)
    names = {"layers"} if is_model else set(dir(holder)) - set(dir(layer_class))
    for name in sorted(names, key=lambda name: (name.startswith("_"), name)):
        try:
            inner = getattr(holder, name)
        except Exception:  # a property may ask for what this layer has not got; Keras passes over it as well
            continue
        if isinstance(inner, layer_class):
            yield name, inner
        elif isinstance(inner, list | tuple):
            seen: Counter[str] = Counter()
            for item in inner:
                if isinstance(item, layer_class):
                    kind = snake_case(type(item).__name__)
                    yield f"{name}/{kind}_{seen[kind]}" if seen[kind] else f"{name}/{kind}", item
                    seen[kind] += 1


@dataclass(frozen=True, slots=True)
class _Name:
    """A layer's name: given by a person, or made up by Keras from its kind and a count."""

    given: str | None
    kind: str = ""
    count: int = 0


_KINDS = {snake_case(name): name for name in registry()} | {"functional": "", "sequential": "", "einsum_dense": ""}
_COUNTED = re.compile(r"([a-z0-9_]+?)(?:_(\d{1,9}))?")


def _read(name: str | None) -> _Name:
    if name is None:
        return _Name(None)
    match = _COUNTED.fullmatch(name)
    if match and match[1] in _KINDS:
        return _Name(None, match[1], int(match[2] or 0))
    return _Name(name.replace("/", "_"))


def _ranks(names: Iterable[str | None]) -> dict[str, tuple[str, int]]:
    """The kind and the place among the layers of that kind, in order of creation, of each name that Keras made up."""
    kinds: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for name in names:
        read = _read(name)
        if name is not None and read.kind:
            kinds[read.kind].append((read.count, name))
    return {name: (kind, rank) for kind, found in kinds.items() for rank, (_, name) in enumerate(sorted(set(found)))}


def _made_up(names: Iterable[str | None]) -> dict[str, list[str]]:
    """The names that Keras made up, in order, by their kinds."""
    kinds: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if name is not None and (kind := _read(name).kind):
            kinds[kind].append(name)
    return kinds


@dataclass(slots=True)
class _Pairing:
    """The layers of a model beside those of a file."""

    ours: list[_Layer]
    file: WeightFile
    whole: list[str]
    pairs: list[tuple[_Layer, SavedLayer]] = field(default_factory=list)
    matched: list[tuple[Any, SavedArray]] = field(default_factory=list)
    faults: list[tuple[int, Diagnostic]] = field(default_factory=list)

    def pair(self) -> None:
        """Finds the pairs; what stays without a partner is a fault."""
        theirs = self.file.layers
        cut = len(self.ours) < len(self.whole) and len(self.ours) < len(theirs)
        ours, theirs = self.by_name(list(self.ours), list(theirs))
        if ours:
            ours, theirs = self.by_count(ours, theirs, cut)
        if not cut:
            self.by_order(ours, theirs)
            return
        for layer in ours:
            self.missing(layer)

    def by_name(self, ours: list[_Layer], theirs: list[SavedLayer]) -> tuple[list[_Layer], list[SavedLayer]]:
        """Pairs those under the same given names; all, where all names are the same in one order. Leaves the rest."""
        plain = Counter(saved.name for saved in theirs)
        same = {layer.name for layer in ours} == set(plain) and len(plain) == len(theirs)
        if same and _made_up(layer.name for layer in ours) == _made_up(saved.name for saved in theirs):
            found: dict[str | None, SavedLayer] = {saved.name: saved for saved in theirs}
            self.pairs += [(layer, found[layer.name]) for layer in ours]
            return [], []
        given = {_read(saved.name).given: saved for saved in theirs}
        twice = Counter(_read(saved.name).given for saved in theirs)
        pairs = [
            (layer, given[name])
            for layer in ours
            if (name := _read(layer.name).given) is not None and name in given and twice[name] == 1
        ]
        self.pairs += pairs
        return _without(ours, theirs, pairs)

    def by_count(
        self, ours: list[_Layer], theirs: list[SavedLayer], cut: bool
    ) -> tuple[list[_Layer], list[SavedLayer]]:
        """Pairs those of the same kind that were made at the same place in the order of creation. Leaves the rest."""
        own, saved = _ranks(self.whole if cut else [layer.name for layer in ours]), _ranks([s.name for s in theirs])
        same = {
            kind
            for kind in {kind for kind, _ in own.values()}
            if sum(found == kind for found, _ in own.values()) == sum(found == kind for found, _ in saved.values())
        }
        at = {saved[layer.name]: layer for layer in theirs if layer.name in saved}
        pairs = [
            (layer, at[own[layer.name]])
            for layer in ours
            if layer.name in own and own[layer.name][0] in same and own[layer.name] in at
        ]
        if not cut:
            for kind in sorted(same):
                pairs = self.agreed(kind, own, pairs, theirs)
        self.pairs += pairs
        return _without(ours, theirs, pairs)

    def agreed(
        self,
        kind: str,
        own: dict[str, tuple[str, int]],
        pairs: list[tuple[_Layer, SavedLayer]],
        theirs: list[SavedLayer],
    ) -> list[tuple[_Layer, SavedLayer]]:
        """The pairs, those of a kind by their order in the model where the shapes say so against that of creation."""
        by_count = [pair for pair in pairs if own[pair[0].name][0] == kind]
        partners = [saved for _, saved in by_count]
        by_order = list(zip([layer for layer, _ in by_count], [s for s in theirs if s in partners], strict=True))
        if by_order == by_count or not self.fits(by_order):
            return pairs
        if self.fits(by_count):
            layer, saved = next(pair for pair, other in zip(by_count, by_order, strict=True) if pair != other)
            other = next(saved for found, saved in by_order if found is layer)
            message = f"{layer} may be `{saved.label}` of the file, by its count, or `{other.label}`, by its place"
            self.add(layer, "weights-order", message, "give the layers the names that the file has")
            return pairs
        return [pair for pair in pairs if pair not in by_count] + by_order

    def fits(self, pairs: list[tuple[_Layer, SavedLayer]]) -> bool:
        """Whether all shapes are the same."""
        return all(
            layer.signature == tuple(sorted(array.shape for array in saved.arrays.values())) for layer, saved in pairs
        )

    def by_order(self, ours: list[_Layer], theirs: list[SavedLayer]) -> None:
        """Pairs what is left in order: of the layers of a kind where the file has the kinds, else of all."""
        groups: dict[str | None, tuple[list[_Layer], list[SavedLayer]]] = {}
        for layer in ours:
            kind = layer.kind if self.file.layout == "Keras 3" else None
            groups.setdefault(kind, ([], []))[0].append(layer)
        for saved in theirs:
            groups.setdefault(saved.kind, ([], []))[1].append(saved)
        for left, right in groups.values():
            if len(left) != len(right):
                for layer in left:
                    self.missing(layer)
                for saved in right:
                    self.left_over(saved)
                continue
            pairs = list(zip(left, right, strict=True))
            self.pairs += pairs
            self.told_apart(pairs)

    def told_apart(self, pairs: list[tuple[_Layer, SavedLayer]]) -> None:
        """Holds layers that have other given names in the file to shapes that no other of them has."""
        renamed = [(layer, saved) for layer, saved in pairs if _read(layer.name).given and _read(saved.name).given]
        count = Counter(layer.signature for layer, _ in renamed)
        for layer, saved in renamed:
            if count[layer.signature] > 1:
                message = f"the file has `{saved.label}` at the place of {layer}, and others of its shapes"
                self.add(
                    layer, "weights-name", message, "is it another network's? A file has the names of the spec's layers"
                )

    def missing(self, layer: _Layer) -> None:
        """Tells of a layer that the file lacks."""
        shapes = ", ".join(f"{variable.name} {shape_text(variable.shape)}" for variable in layer.layer.weights[:4])
        close = closest(layer.name, [saved.name for saved in self.file.layers if saved.name])
        hint = f"the file has `{shortened(close)}`" if close else None
        self.add(layer, "weights-missing", f"the file has no weights for {layer} ({shapes})", hint)

    def left_over(self, saved: SavedLayer) -> None:
        """Tells of a layer that the network lacks."""
        shapes = ", ".join(shape_text(array.shape) for array in list(saved.arrays.values())[:4])
        message = f"the file has weights for `{saved.label}` ({shortened(shapes)}), which the network lacks"
        self.add(None, "weights-extra", message)

    def compare(self) -> None:
        """Compares the kinds, names, shapes and types of all arrays of all pairs."""
        position = {layer: index for index, layer in enumerate(self.ours)}
        for layer, saved in sorted(self.pairs, key=lambda pair: position[pair[0]]):
            if saved.kind not in (None, layer.kind):
                message = f"{layer}: expected the weights of a {layer.kind}, the file has those of a {saved.kind}"
                self.add(layer, "weights-kind", message)
                continue
            if self.file.layout == "Keras 3":
                held = layer.in_places()
                expected = {place: variable for place, (variable, _) in held.items()}
                self.compare_inner(layer, saved, {place: name for place, (_, name) in held.items()})
            else:
                expected = layer.in_order()
                self.compare_roles(layer, saved, expected)
            if set(expected) != set(saved.arrays):
                message = f"{layer}: expected {_count(len(expected))}, the file has {len(saved.arrays)}"
                if len(expected) == len(saved.arrays):
                    message = f"{layer}: the file has its {_count(len(expected))} at other places"
                self.add(layer, "weights-shape", message, self.rename(layer, saved))
                continue
            for place, variable in expected.items():
                array = saved.arrays[place]
                if fault := array.fault(tuple(variable.shape), "float" in str(variable.dtype)):
                    code = "weights-shape" if array.shape != tuple(variable.shape) else "weights-array"
                    hint = self.rename(layer, saved) or (self.classes(layer) if code == "weights-shape" else None)
                    self.add(layer, code, f"{layer}: {variable.name}: {fault}", hint)
                self.matched.append((variable, array))

    def compare_inner(self, layer: _Layer, saved: SavedLayer, names: dict[str, str]) -> None:
        """Holds the layers inside a layer to the names that they were given."""
        for place, name in names.items():
            found = saved.arrays[place].layer_name if place in saved.arrays else None
            given = _read(found).given
            if "/" in place and given and _read(name).given and found != name:
                message = f"{layer}: expected `{name}` inside, the file has `{shortened(found or '')}`"
                self.add(layer, "weights-name", message)

    def compare_roles(self, layer: _Layer, saved: SavedLayer, expected: dict[str, Any]) -> None:
        """Holds the order of a layer's weights to their names in the file: of gamma, beta, mean and variance, say."""
        roles = {variable.name for variable in expected.values()}
        for place, variable in expected.items():
            name = saved.arrays[place].name if place in saved.arrays else None
            role = _role(name or "", roles)
            if role is not None and role != variable.name:
                message = f"{layer}: expected {variable.name} at place {int(place) + 1}, the file has {role}"
                self.add(layer, "weights-order", message, "Keras writes the weights of a layer in one order")

    def rename(self, layer: _Layer, saved: SavedLayer) -> str | None:
        """What the file calls the layer, where it is another name."""
        return f"it is `{saved.label}` in the file" if saved.name and saved.name != layer.name else None

    def classes(self, layer: _Layer) -> str | None:
        """What to do about a classifier of another width."""
        if layer is not self.ours[-1]:
            return None
        return "build it as the file has it, without `classes`, or end it before this layer with `--output`"

    def add(self, layer: _Layer | None, code: str, message: str, hint: str | None = None) -> None:
        """Adds a fault; one without a layer of ours comes last."""
        position = len(self.ours) if layer is None else self.ours.index(layer)
        self.faults.append((position, Diagnostic(code, message, None, hint)))

    def raise_any(self) -> None:
        """Raises the faults in the order of the layers, the first ones where they are many.

        Raises:
            SpecError: there are faults.
        """
        if not self.faults:
            return
        path, ours, theirs = printable(str(self.file.path)), len(self.ours), len(self.file.layers)
        more = len(self.faults) - _MOST_FAULTS
        shown = f"; of {len(self.faults):,} differences, the first {_MOST_FAULTS}:" if more > 0 else ""
        message = f"`{path}` does not fit the network, and nothing was loaded{shown}"
        hint = None
        if ours != theirs:
            hint = f"the network has {ours:,} layers with weights and the file {theirs:,}: is it another network's?"
        faults = [diagnostic for _, diagnostic in sorted(self.faults, key=lambda fault: fault[0])]
        raise SpecError([Diagnostic("weights", message, None, hint), *faults[:_MOST_FAULTS]])


def _without(
    ours: list[_Layer], theirs: list[SavedLayer], pairs: list[tuple[_Layer, SavedLayer]]
) -> tuple[list[_Layer], list[SavedLayer]]:
    paired = {id(layer) for pair in pairs for layer in pair}
    return [layer for layer in ours if id(layer) not in paired], [s for s in theirs if id(s) not in paired]


def _role(name: str, roles: set[str]) -> str | None:
    """Which of a layer's weights a name such as `bn_conv1/gamma:0` or `block1_conv1_W_1:0` is of."""
    last = re.sub(r"(_\d+)?(:\d+)?$", "", name.rpartition("/")[2])
    found = [word for word in {*roles, *_FORMER} if last == word or last.endswith(f"_{word}")]
    word = max(found, key=len, default=None)
    role = _FORMER.get(word, word) if word is not None else None
    return role if role in roles else None


def _count(arrays: int) -> str:
    return f"{arrays} array{'' if arrays == 1 else 's'}"


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
