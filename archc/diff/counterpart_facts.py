"""The documented facts of one network, held to another: each at the counterpart of the layer that it is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from archc.analysis.fact_check import check
from archc.analysis.facts import CheckedFact
from archc.collector import Collector
from archc.diagnostics import Position
from archc.diff.compare import Diff
from archc.diff.fact_causes import Cause, FactCauses
from archc.elaborate.documented_shape import DocumentedShape
from archc.elaborate.expand import Expansion
from archc.ir.graph import Graph, Node, Tensor
from archc.library.specs import Spec


class HeldFact(NamedTuple):
    """A fact of one network, with what the other has in its place.

    Attributes:
        fact: with the verdict on the other network.
        described: with the verdict on the described network itself; None where that has none.
        causes: the differences between the two networks that make the fact differ, in the order of `HeldFacts.causes`.
        absent: the layer or part that the fact is of, where the other network has none that corresponds.
    """

    fact: CheckedFact
    described: CheckedFact | None
    causes: tuple[Cause, ...] = ()
    absent: str | None = None


class HeldFacts(NamedTuple):
    """The facts of one network, held to another.

    Attributes:
        facts: in the order of the file.
        causes: all differences between the two networks: inputs first, then in the order of the layers.
        diff: the comparison.
    """

    facts: list[HeldFact]
    causes: tuple[Cause, ...]
    diff: Diff


def hold(spec: Spec, expansion: Expansion, own: list[CheckedFact], found: Diff, collector: Collector) -> HeldFacts:
    """Holds the right network of a comparison to the facts of the left.

    Args:
        spec: of the left network.
        expansion: of the left network, at a user's settings.
        own: the verdicts on the left network itself, at these settings.
        found: the comparison.
        collector: takes what is wrong with a fact itself.
    """
    held = _Held(
        inputs=found.right.inputs,
        nodes=found.right.nodes,
        outputs=_outputs(found),
        main=found.left.main,
        calls=found.right.calls,
        found=found,
    )
    shapes = tuple([_shape(shape, found) for shape in expansion.shapes])
    checked = check(spec, expansion._replace(graph=held, shapes=shapes), None, collector)
    owns = {(fact.fact, fact.of, fact.at): fact for fact in own}
    tensors = {shape.at: shape.tensor for shape in expansion.shapes}
    causes = FactCauses(found)
    known = {*found.left.inputs, *found.left.nodes}
    facts = []
    for fact in checked:
        described = owns.get((fact.fact, fact.of, fact.at))
        tensor = _tensor(fact, tensors, found.left)
        is_cut = tensor is not None and tensor not in known  # the network ends before it
        if fact.verdict != "differs":
            facts.append(HeldFact(fact, described))
        elif is_cut or (described is not None and described.verdict == "set_aside"):
            facts.append(HeldFact(fact._replace(verdict="set_aside", because=None), described))
        elif tensor is not None and counterpart(tensor, found) is None:
            facts.append(HeldFact(fact, described, causes.named(causes.of_absence(tensor)), fact.of or tensor.name))
        else:
            facts.append(HeldFact(fact, described, _causes(fact, tensor, held, causes)))
    return HeldFacts(facts, causes.causes, found)


def counterpart(tensor: Tensor, found: Diff) -> Tensor | None:
    """The tensor of the right network; that of what is before, where a layer without weights keeps the shape."""
    while tensor not in found.counterparts:
        if not isinstance(tensor, Node) or tensor.weights or [one.shape for one in tensor.inputs] != [tensor.shape]:
            return None
        tensor = tensor.inputs[0]
    return found.counterparts[tensor]


def _outputs(found: Diff) -> dict[str, Tensor]:
    """The outputs of the right network under the names of the left: of counterparts, else in order."""
    theirs = list(found.right.outputs.values())
    named: dict[str, Tensor] = {}
    for number, (name, tensor) in enumerate(found.left.outputs.items()):
        other = counterpart(tensor, found)
        if other is None or other not in theirs:
            other = theirs[number] if number < len(theirs) else None
        if other is not None:
            named[name] = other
    return named


def _shape(shape: DocumentedShape, found: Diff) -> DocumentedShape:
    other = counterpart(shape.tensor, found)
    name = shape.of or getattr(shape.tensor, "name", "")
    absence = f"the model has no `{name}`" if other is None else None
    return shape._replace(computed=None if other is None else other.shape, absence=absence)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Held(Graph):
    """The right network of a comparison, in which layers and parts are found by the names of the left."""

    found: Diff = field(kw_only=True)

    def named(self, name: str) -> Tensor | None:
        """The counterpart of the output of a layer or a part of the left network."""
        tensor = self.found.left.named(name)
        return None if tensor is None else counterpart(tensor, self.found)

    def absence(self, name: str) -> str:
        """What to say where `named` finds nothing."""
        is_there = self.found.left.named(name) is not None
        return f"the model has no `{name}`" if is_there else f"there is no layer or part `{name}`"

    def within(self, name: str) -> tuple[Node, ...]:
        """The layers of the right network that stand for a layer or a part of the left."""
        left, right = self.found.left, self.found.right
        end = self.named(name)
        if name not in left.regions:
            own = {self.found.counterparts.get(node) for node in left.within(name)}
            return tuple([node for node in right.nodes if node in own])
        inside = left.within(name)
        entering = {tensor for node in inside for tensor in node.inputs} - {*inside}
        others = [counterpart(tensor, self.found) for tensor in entering]
        before = right.needed(tuple([other for other in others if other is not None]))
        if end is None or not before:
            pairs = {counterpart(node, self.found) for node in inside}
            return tuple([node for node in right.nodes if node in pairs])
        needed = right.needed((end,)) - before
        return tuple([node for node in right.nodes if node in needed])


# --- causes ---


def _tensor(fact: CheckedFact, documented: Mapping[Position, Tensor], left: Graph) -> Tensor | None:
    """The tensor of the left network that a fact is of; None for the whole network, and where there is none."""
    if fact.fact == "output":
        return left.outputs.get(fact.of or left.main)
    return documented.get(fact.at) or (None if fact.of is None else left.named(fact.of))


def _causes(fact: CheckedFact, tensor: Tensor | None, held: _Held, found: FactCauses) -> tuple[Cause, ...]:
    """The differences that make a fact differ."""
    if fact.fact in ("shape", "output"):
        return found.named(found.of_shape(tensor) if tensor is not None else ())
    if fact.of is None:
        return found.named(found.of_count(fact.fact, None, None))
    return found.named(found.of_count(fact.fact, held.found.left.within(fact.of), held.within(fact.of)))
