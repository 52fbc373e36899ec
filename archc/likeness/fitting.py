"""The settings of a member that bring it nearest to a network.

A parameter is changed a little, and what that does is compared with what is missing. Where layers are added, the rounds
that the network has too much or too few tell how far to go; where arguments of layers change, those of the layers that
correspond in the network do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from archc.diagnostics import SpecError
from archc.diff.compare import diff
from archc.elaborate.expand import Settings
from archc.ir.graph import Graph, Node
from archc.ir.shape import Shape
from archc.likeness.census import NONE, Census, Distance, census, distance
from archc.likeness.members import Member
from archc.likeness.slots import Slot, slots, with_value
from archc.network import Network, from_spec

_PASSES = 6
_STEPS = (1, 2, 3, 4, 6, 12)  # what a number of layers may have to grow by, until there is one more
_TRIED = 3  # estimates of one number


@dataclass(frozen=True, slots=True)
class Target:
    """The network that is to be reached."""

    graph: Graph
    census: Census


@dataclass(frozen=True, eq=False)
class Trial:
    """A member at certain settings.

    Attributes:
        params: what is set; the others have the values of the member.
        inputs: the shape of the single input; None for that of the member.
        census: of the layers.
        distance: from the target.
    """

    member: Member
    params: Mapping[str, Any]
    inputs: Shape | None
    network: Network
    target: Target
    census: Census
    distance: Distance

    @cached_property
    def counterparts(self) -> Mapping[Node, Node]:
        """The layers of the target, by those that they correspond to; by their order where all ops are the same."""
        one, other = self.network.graph, self.target.graph
        if [node.op.op_name for node in one.nodes] == [node.op.op_name for node in other.nodes]:
            return dict(zip(one.nodes, other.nodes, strict=True))
        pairs = diff(one, other).counterparts.items()
        return {mine: theirs for mine, theirs in pairs if isinstance(mine, Node) and isinstance(theirs, Node)}


def trial(member: Member, target: Target, params: Mapping[str, Any], inputs: Shape | None) -> Trial | None:
    """A member at these settings; None where it cannot be compiled."""
    try:
        network = from_spec(member.spec, Settings(params, {} if inputs is None else {None: inputs}), allow_unused=True)
    except SpecError:
        return None
    counted = census(network.graph)
    return Trial(member, params, inputs, network, target, counted, distance(counted, target.census))


def at_input(member: Member, target: Target) -> Trial | None:
    """A member at the target's input, where it can have it; else as it is."""
    shapes = [made.shape for made in target.graph.inputs]
    own = trial(member, target, {}, None)
    if len(shapes) != 1 or (own is not None and own.network.graph.inputs[0].shape == shapes[0]):
        return own
    return trial(member, target, {}, shapes[0]) or own


def fitted(member: Member, target: Target) -> Trial | None:
    """A member at the settings that bring it nearest to the target.

    First are the settings that change the input, then the input itself is set, then the others.
    """
    best = trial(member, target, {}, None)
    if best is not None:
        for slot in slots(best.network.values):
            best = min(_of_input(best, slot), key=lambda found: found.distance, default=best)
    best = _with_input(best, member, target)
    for _ in range(_PASSES):
        if best is None or best.distance == NONE:
            return best
        before = best.distance
        for slot in slots(best.network.values):
            best = min([best, *_tried(best, slot)], key=lambda found: found.distance)
        if best.distance == before:
            break
    return best


def _with_input(best: Trial | None, member: Member, target: Target) -> Trial | None:
    """The same settings with the input of the target, where it is another and the member can have it."""
    shapes = [made.shape for made in target.graph.inputs]
    if len(shapes) != 1 or (best is not None and [made.shape for made in best.network.graph.inputs] == shapes):
        return best
    return trial(member, target, best.params if best is not None else {}, shapes[0]) or best


def _changed(best: Trial, slot: Slot, value: Any) -> Trial | None:
    params = {**best.params, str(slot.path[0]): with_value(best.network.values, slot, value)}
    return trial(best.member, best.target, params, best.inputs)


def _of_input(best: Trial, slot: Slot) -> Iterator[Trial]:
    """The trial with the number that gives the target's input; none where the number does not change the input."""
    if type(slot.value) is not int:
        return
    had, wanted = _input_sizes(best.network.graph), _input_sizes(best.target.graph)
    moved = _changed(best, slot, slot.value + 1)
    has = had if moved is None else _input_sizes(moved.network.graph)
    if not len(had) == len(has) == len(wanted):
        return
    found = {
        slot.value + Fraction(goal - old, new - old)
        for old, new, goal in zip(had, has, wanted, strict=True)
        if new != old
    }
    if len(found) == 1 and (value := found.pop()).denominator == 1 and (made := _changed(best, slot, int(value))):
        yield made


def _input_sizes(graph: Graph) -> list[int]:
    return [size for made in graph.inputs for size in made.shape if size is not None]


def _tried(best: Trial, slot: Slot) -> Iterator[Trial]:
    """The trials with another value in a slot that seem to lead nearer to the target."""
    if isinstance(slot.value, bool | str):
        choices = best.member.spec.params[str(slot.path[0])].choices or ()
        others = [not slot.value] if isinstance(slot.value, bool) else [each for each in choices if each != slot.value]
        yield from filter(None, [_changed(best, slot, other) for other in others])
        return
    moved, step = next(_moved(best, slot), (None, 0))
    if moved is None:
        return
    yield moved
    values = [*_by_rounds(best, moved, slot, step), *_by_arguments(best, moved, slot, step)]
    yield from filter(None, [_changed(best, slot, value) for value in dict.fromkeys(values) if value != slot.value])


def _moved(best: Trial, slot: Slot) -> Iterator[tuple[Trial, int | float]]:
    """The trials in which a number is a little larger, and that are another network."""
    for step in (*_STEPS, slot.value) if isinstance(slot.value, int) else (slot.value or 0.5,):
        moved = _changed(best, slot, slot.value + step)
        if moved is not None and [node.op for node in moved.network.graph.nodes] != [
            node.op for node in best.network.graph.nodes
        ]:
            yield moved, step


def _by_rounds(best: Trial, moved: Trial, slot: Slot, step: float) -> list[int]:
    """The values at which the number of rounds is that of the target, if `step` more makes one round more."""
    if type(slot.value) is not int or len(moved.network.graph.nodes) == len(best.network.graph.nodes):
        return []
    estimates: Counter[int] = Counter()
    ways = zip(best.census, moved.census, best.target.census, strict=True)
    for had, has, wanted in ways:
        for form, more in (has - had).items():
            rounds = Fraction(wanted[form] - had[form], more)
            if rounds.denominator == 1:
                estimates[slot.value + int(rounds) * int(step)] += 1
    return [value for value, _ in estimates.most_common(_TRIED) if value >= 0]


def _by_arguments(best: Trial, moved: Trial, slot: Slot, step: float) -> list[int | float]:
    """The values at which the arguments of layers that follow the number are those of the target."""
    nodes, others = best.network.graph.nodes, moved.network.graph.nodes
    if [node.op.op_name for node in nodes] != [node.op.op_name for node in others]:
        return []
    estimates: Counter[int | float] = Counter()
    for node, other in zip(nodes, others, strict=True):
        goal = best.counterparts.get(node)
        if goal is None or node.op == other.op or goal.op.op_name != node.op.op_name:
            continue
        wanted = _numbers(goal.op.values())
        changed = _numbers(other.op.values())
        for path, number in _numbers(node.op.values()).items():
            if path in wanted and changed.get(path, number) != number:
                slope = (changed[path] - number) / step
                value = slot.value + (wanted[path] - number) / slope
                estimates[round(value) if type(slot.value) is int else round(value, 4)] += 1
    likely = [value for value, _ in estimates.most_common(_TRIED) if value >= 0]
    return likely if type(slot.value) is int else [round(each, digits) for digits in range(1, 5) for each in likely]


def _numbers(values: Mapping[str, Any]) -> dict[tuple[str | int, ...], float]:
    return {slot.path: slot.value for slot in slots(values) if type(slot.value) in (int, float)}
