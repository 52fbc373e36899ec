"""The documented facts of one network, held to another: each at the counterpart of the layer that it is of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from archc.analysis import cost
from archc.analysis.fact_check import CheckedFact, check
from archc.collector import Collector
from archc.diff.differences import Change, Differences
from archc.diff.wiring import Rewired
from archc.elaborate.elaboration import DocumentedShape
from archc.elaborate.expand import Expansion
from archc.ir.graph import Graph, Node, Tensor
from archc.library.specs import Spec


class HeldFact(NamedTuple):
    """A fact of one network, with what the other has in its place.

    Attributes:
        causes: the differences between the two networks that make the fact differ.
    """

    fact: CheckedFact
    causes: tuple[Change | Rewired, ...] = ()


class HeldFacts(NamedTuple):
    """The facts of one network, held to another, and what differs between the two."""

    facts: list[HeldFact]
    diff: Differences


def hold(
    spec: Spec, expansion: Expansion, own: list[CheckedFact], found: Differences, collector: Collector
) -> HeldFacts:
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
    set_aside = {(fact.fact, fact.of, fact.at) for fact in own if fact.verdict == "set_aside"}
    tensors = {shape.at: shape.tensor for shape in expansion.shapes}
    facts = []
    for fact in checked:
        if fact.verdict != "differs":
            facts.append(HeldFact(fact))
        elif (fact.fact, fact.of, fact.at) in set_aside:
            facts.append(HeldFact(fact._replace(verdict="set_aside", because=None)))
        else:
            facts.append(HeldFact(fact, tuple(_causes(fact, tensors.get(fact.at), found))))
    return HeldFacts(facts, found)


def counterpart(tensor: Tensor, found: Differences) -> Tensor | None:
    """The tensor of the right network; that of what is before, where a layer without weights keeps the shape."""
    while tensor not in found.counterparts:
        if not isinstance(tensor, Node) or tensor.weights or [one.shape for one in tensor.inputs] != [tensor.shape]:
            return None
        tensor = tensor.inputs[0]
    return found.counterparts[tensor]


def _outputs(found: Differences) -> dict[str, Tensor]:
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


def _shape(shape: DocumentedShape, found: Differences) -> DocumentedShape:
    other = counterpart(shape.tensor, found)
    name = shape.of or getattr(shape.tensor, "name", "")
    absence = f"the model has no `{name}`" if other is None else None
    return shape._replace(computed=None if other is None else other.shape, absence=absence)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class _Held(Graph):
    """The right network of a comparison, in which layers and parts are found by the names of the left."""

    found: Differences | None = None

    def named(self, name: str) -> Tensor | None:
        """The counterpart of the output of a layer or a part of the left network."""
        assert self.found is not None
        tensor = self.found.left.named(name)
        return None if tensor is None else counterpart(tensor, self.found)

    def absence(self, name: str) -> str:
        """What to say where `named` finds nothing."""
        assert self.found is not None
        is_there = self.found.left.named(name) is not None
        return f"the model has no `{name}`" if is_there else f"there is no layer or part `{name}`"

    def within(self, name: str) -> tuple[Node, ...]:
        """The layers of the right network that stand for a layer or a part of the left."""
        assert self.found is not None
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


def _causes(fact: CheckedFact, tensor: Tensor | None, found: Differences) -> Iterator[Change | Rewired]:
    """The differences that make a fact differ."""
    if fact.fact == "output":
        tensor = found.left.outputs.get(fact.of or found.left.main)
    elif fact.fact == "shape" and tensor is None and fact.of is not None:
        tensor = found.left.named(fact.of)
    if tensor is not None and fact.fact in ("shape", "output"):
        cause = _cause_of_shape(tensor, found)
        yield from [cause] if cause is not None else []
        return
    inside = None if fact.of is None else {*found.left.within(fact.of)}
    others = None if inside is None else {counterpart(node, found) for node in inside}
    for change in found.changes:
        here = inside is None or change.left in inside or (others is not None and _near(change.right, others))
        if here and _matters(change, fact.fact):
            yield change


def _near(node: Node | None, others: Iterable[Tensor | None]) -> bool:
    """Whether an added layer takes a tensor of a part, or is one of it."""
    known = {*others}
    return node is not None and (node in known or any(tensor in known for tensor in node.inputs))


def _matters(change: Change, fact: str) -> bool:
    """Whether a change can change a figure."""
    sides = (change.left, change.right)
    if fact == "macs":
        return len({node.macs if node is not None else 0 for node in sides}) > 1
    if fact == "depth":
        return sum(node is not None and node.op.weighted for node in sides) == 1
    trainable = fact == "params"
    return len({cost.node_params(node, trainable) if node is not None else 0 for node in sides}) > 1


def _cause_of_shape(tensor: Tensor, found: Differences) -> Change | Rewired | None:
    """The first difference on the way to a tensor after which the shapes differ."""
    needed = found.left.needed((tensor,))
    for node in found.left.nodes:
        if node not in needed:
            continue
        other = counterpart(node, found)
        if other is not None and other.shape == node.shape:
            continue
        own = [change for change in found.changes if change.left is node]
        own += [change for change in found.changes if change.right is other and other is not None and not own]
        if own:
            return own[0]
        before = found.right.needed((other,)) if other is not None else set()
        entering = {counterpart(given, found) for given in node.inputs}
        known = found.right.needed(tuple([given for given in entering if given is not None]))
        added = [change for change in found.changes if change.right in before - known and change.left is None]
        if added:
            return added[-1]
        return next((one for one in found.rewired if one.left is node), None)
    return None
