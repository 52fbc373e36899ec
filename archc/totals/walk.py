"""A walk over pieces of a file, which applies to a scope what is remembered of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archc.diagnostics import Poisoned, SpecError
from archc.elaborate.control_flow import bind_rounds
from archc.ir.graph import Input, Tensor
from archc.language.name_rules import layer_label
from archc.language.steps import Step
from archc.language.template import ItemName, ParsedValue, evaluate
from archc.language.value import Scope, StepLimit, Value
from archc.library.specs import Spec
from archc.totals.effect import Effect, Flow, Sums, effect_of
from archc.totals.isolated import NotRelative, expanded
from archc.totals.names import Names, joined
from archc.totals.pieces import Part, Piece, Run
from archc.totals.values import Unknown, frozen

_MOST = 10_000  # effects that are remembered, of about 5 KiB each
_MISSING = object()  # in the place of the value of a name that has none

Memory = dict[object, "Effect | type[Unknown | NotRelative]"]
"""What pieces do, by what they read; an error where that is not known."""


class Walk:
    """The state of a walk.

    Attributes:
        scope: the names that steps see; all tensors among them stand for those of a network.
        items: the tensors with computed names.
        flows: what is known of each tensor.
        made: the new tensors.
        read: the tensors that a layer takes.
    """

    def __init__(self, spec: Spec, memory: Memory, scope: Scope, flows: dict[Tensor, Flow], *, relative: bool) -> None:
        self.scope, self.flows = scope, flows
        self.items: dict[ItemName, Tensor] = {}
        self.made: list[Tensor] = []
        self.read: set[Tensor] = set()
        self._spec, self._memory, self._relative = spec, memory, relative
        self._sums: list[Sums] = []
        self._names = [Names()]

    def follow(self, piece: Piece, prefix: str) -> None:
        """Applies what a piece does, whose layers have names with a prefix.

        Raises:
            Unknown: that cannot be told.
            NotRelative: it can be told for certain depths and receptive fields alone, and those here are relative.
            SpecError: it has an error.
            Poisoned: it depends on a value with an error.
        """
        if isinstance(piece, Run):
            self._run(piece, prefix)
        else:
            self._part(piece, prefix)

    def apply(self, found: Effect, tensors: list[Tensor], base: Flow | None) -> None:
        """Applies an effect.

        Args:
            found: the effect.
            tensors: those that the steps may read, in the order of the places of the effect; the new ones are added.
            base: the flow that the effect is seen from; None for one with flows as they are.
        """
        sums, names, taken, made, bound, items, values = found
        self._sums.append(sums)
        self._names.append(names)
        for place in taken:
            self.read.add(tensors[place])
        for shape, dtype, flow, is_used in made:
            tensor = Input("?", shape, dtype)
            tensors.append(tensor)
            self.made.append(tensor)
            self.flows[tensor] = flow if base is None else flow.behind(base)
            if is_used:
                self.read.add(tensor)
        for name, place in bound:
            self.scope[name] = tensors[place]
        for item, place in items:
            self.items[item] = tensors[place]
        if values:
            self.scope.update(values)

    def sums(self) -> Sums:
        """What all pieces so far add."""
        total = Sums(*map(sum, zip(*self._sums, strict=True))) if self._sums else Sums()
        return total._replace(steps=total.steps + self.scope.run.spent)

    def names(self) -> Names:
        """The names that all pieces so far take.

        Raises:
            Unknown: one may be taken twice.
        """
        return joined(self._names)

    def _part(self, part: Part, prefix: str) -> None:
        scope, step = self.scope, part.step
        scope.spend(1)
        name, inside = self._name(step.name, step), prefix
        beginning = self._name(step.prefix, step) if name is None else name
        if beginning is not None:
            inside = f"{prefix}{beginning}_"
        around, self._names = self._names, [Names()]
        if part.rounds is None:
            for piece in part.body.pieces or (part.body,):
                self.follow(piece, inside)
        else:
            for _ in bind_rounds(part.rounds, scope):
                self._run(part.body, inside)
        self._names = [*around, *(self._names if name is None else [self.names().within(prefix + name)])]

    def _name(self, label: ParsedValue, step: Step) -> str | None:
        return None if label is None else layer_label(evaluate(label, self.scope), "name of a layer", step.at)

    def _run(self, run: Run, prefix: str) -> None:
        scope, flows = self.scope, self.flows
        key: list[object] = [run, prefix]
        tensors: list[Tensor] = []
        for name in run.reads:
            value = scope.get(name, _MISSING)
            kind = type(value)
            if kind is Input:
                tensors.append(value)
                key.append(flows[value].kind)
            elif kind is int or kind is str or value is _MISSING:
                key.append(value)
            else:
                key.append(frozen(value))
        for item, tensor in self._items(run).items():
            key += (item, flows[tensor].kind)
            tensors.append(tensor)
        base = flows[tensors[0]]
        seen = _seen([flows[tensor] for tensor in tensors]) if len(tensors) > 1 else ()
        if base.exact and seen is not None:
            key += seen
            known = (*key,)
            found = self._memory.get(known)
            if type(found) is not Effect:
                found = self._found(known, run, prefix, tensors, relative=True)
            if found is not None:
                self.apply(found, tensors, base)
                return
        if self._relative:
            raise NotRelative
        key += [(flows[tensor].depth, flows[tensor].axes) for tensor in tensors]
        found = self._found((*key, None), run, prefix, tensors, relative=False)
        assert found is not None
        self.apply(found, tensors, None)

    def _items(self, run: Run) -> Mapping[ItemName, Tensor]:
        """The tensors with computed names that a run may read."""
        if not run.patterns or not self.items:
            return {}
        return {item: tensor for item, tensor in self.items.items() if item.pattern in run.patterns}

    def _found(self, key: object, run: Run, prefix: str, tensors: Sequence[Tensor], *, relative: bool) -> Effect | None:
        """What a run does among some tensors; None where that is not relative.

        Raises:
            Unknown: it cannot be told.
        """
        found = self._memory.get(key)
        if found is None:
            try:
                found = self._learned(run, prefix, tensors, relative=relative)
            except NotRelative:
                found = NotRelative
            except (Unknown, SpecError, Poisoned):
                found = Unknown
            if len(self._memory) >= _MOST:
                self._memory.clear()
            self._memory[key] = found
        if isinstance(found, Effect):
            return found
        if found is NotRelative:
            return None
        raise Unknown

    def _learned(self, run: Run, prefix: str, tensors: Sequence[Tensor], *, relative: bool) -> Effect:
        """What a run does, by its expansion, or by what is remembered of its pieces."""
        before = [Input("?", tensor.shape, tensor.dtype) for tensor in tensors]
        stand_ins = iter(before)
        values: dict[str, Value] = {}
        for name in run.reads:
            value = self.scope.get(name, _MISSING)
            if value is not _MISSING:
                values[name] = next(stand_ins) if isinstance(value, Input) else value
        items = dict(zip(self._items(run), stand_ins, strict=True))
        flows = [self.flows[tensor] for tensor in tensors]
        if relative:
            flows = [flows[0].origin(), *(_seen(flows) or ())]
        known: dict[Tensor, Flow] = dict(zip(before, flows, strict=True))
        if not run.pieces:
            return expanded(self._spec, run.steps, prefix, values, items, known, relative=relative)
        walk = Walk(self._spec, self._memory, Scope(values, StepLimit()), known, relative=relative)
        walk.items |= items
        for piece in run.pieces:
            walk.follow(piece, prefix)
        return effect_of(
            walk.sums(),
            walk.names(),
            ({**values, **items}, {**walk.scope, **walk.items}),
            (before, walk.made),
            walk.read,
            walk.flows.__getitem__,
        )


def _seen(flows: Sequence[Flow]) -> list[Flow] | None:
    """Tensors after the first as they are seen from it; None where that cannot be told without rounding."""
    seen = [flow.seen_from(flows[0]) for flow in flows[1:]]
    known = [flow for flow in seen if flow is not None]
    return known if len(known) == len(seen) else None
