"""Where tensors come to be in a text, and where they are read last, so that a name can be given again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count

from archc.folding.arrangement import Item
from archc.folding.program import Step, Wire, walk


@dataclass(eq=False, slots=True)
class Lifetimes:
    """Places in the text of a scope, counted from 0.

    Attributes:
        born: where each wire comes to be: at its step; where a round begins, or behind the last one, for what a loop
            carries.
        last: where it is read last; behind a loop, for what each of its rounds reads.
    """

    born: dict[Wire, int] = field(default_factory=dict)
    last: dict[Wire, int] = field(default_factory=dict)

    def is_free(self, names: dict[Wire, str], name: str, place: int) -> bool:
        """Whether no wire with a name is still read behind a place."""
        return not any(
            other == name and self.born.get(wire, -1) <= place < self.last.get(wire, -1)
            for wire, other in names.items()
        )


def lifetimes(items: list[Item]) -> Lifetimes:
    """The lifetimes of all wires in a scope."""
    found, places = Lifetimes(), count()

    def visit(items: list[Item]) -> None:
        for item in items:
            for branch in item.branches:
                visit(branch)
            step, place = item.line.step, next(places)
            found.last.update(dict.fromkeys(step.operands, place))
            if item.body:
                found.born.update(dict.fromkeys(step.entries, place))
                visit(item.body)
                place = next(places)
                found.last.update(dict.fromkeys(_read_from_outside(step), place))
                found.last.update({leaf: place for leaf in step.leaves if leaf is not None})
            found.born.update(dict.fromkeys(step.left, place))

    visit(items)
    return found


def _read_from_outside(loop: Step) -> Iterable[Wire]:
    inner = list(walk(loop.body))
    own = {*loop.entries, *(wire for step in inner for wire in (*step.left, *step.entries))}
    read = (wire for step in inner for wire in (*step.operands, *step.leaves) if wire is not None)
    return {wire for wire in read if wire not in own}
