"""Which steps stand in the branches of a merge, and which steps need a name for what they leave."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from archc.folding.lines import Line
from archc.folding.program import Wire

MERGES = frozenset(
    {"Add", "Average", "Concatenate", "Dot", "HashedCrossing", "Maximum", "Minimum", "Multiply", "Subtract"}
)


@dataclass(eq=False, slots=True)
class Item:
    """A line with the items that stand in its branches, in the order of its operands, or in its loop."""

    line: Line
    branches: list[list[Item]] = field(default_factory=list)
    body: list[Item] = field(default_factory=list)

    @property
    def takes(self) -> Wire | None:
        """What the item takes from the path; the start of its branches, for a merge with branches."""
        starts = [branch[0].takes for branch in self.branches if branch]
        if starts:
            return starts[0]
        step = self.line.step
        return step.operands[0] if len(step.taken) == 1 or self.body else None


def arranged(lines: list[Line], entry: Wire | None, *, flat: bool) -> list[Item]:
    """The items of a list of lines."""
    out: list[Item] = []
    readers: Counter[Wire] = Counter(wire for line in lines for wire in line.step.operands)
    for line in lines:
        item = Item(line)
        if line.body:
            item.body = arranged(line.body, line.step.entries[0], flat=flat)
        elif line.step.head in MERGES and line.step.nodes and not flat and line.when is None:
            item.branches = _branches(line, out, entry, readers)
        out.append(item)
    return out


def _branches(line: Line, out: list[Item], entry: Wire | None, readers: Counter[Wire]) -> list[list[Item]]:
    """Takes the branches of a merge from the end of what stands before it."""
    operands = line.step.operands
    found: list[list[Item]] = []
    taken: list[Item] = []
    for operand in reversed(operands):
        branch: list[Item] = []
        is_start = any(other[0].takes is operand for other in found if other)
        is_last = bool(out) and out[-1].line.step is operand and operands.count(operand) == 1
        if is_last and not is_start and not _leaves_any(out[-1], {*operands} - {operand}):
            start = _start(out, operands, readers)
            branch = out[start:]
            del out[start:]
            taken[:0] = branch
        found.insert(0, branch)
    if taken and not _reads_well(found, out[-1].line.step if out else entry):
        out.extend(taken)
        return [[] for _ in operands]
    return found


def _start(out: list[Item], operands: list[Wire], readers: Counter[Wire]) -> int:
    """Where the branch begins that ends at the last item: behind what others read too."""
    place = len(out) - 1
    inside: Counter[Wire] = Counter(_reads_of(out[place]))
    while place > 0:
        before = out[place - 1].line.step
        if out[place].takes is not before or inside[before] < readers[before]:
            break
        if _leaves_any(out[place - 1], {*operands}):
            break
        place -= 1
        inside.update(_reads_of(out[place]))
    return place


def _leaves_any(item: Item, wires: set[Wire]) -> bool:
    """Whether an item, or a step in its branches, leaves one of these, which a branch before it could not read."""
    inside = [inner for branch in item.branches for inner in branch]
    return bool(wires.intersection(item.line.step.left)) or any(_leaves_any(inner, wires) for inner in inside)


def _reads_of(item: Item) -> list[Wire]:
    own = list(item.line.step.operands)
    for branch in item.branches:
        for inner in branch:
            own += _reads_of(inner)
    return own


def _reads_well(branches: list[list[Item]], path: Wire | None) -> bool:
    """Whether most branches begin where the merge does."""
    starts = [branch[0].takes for branch in branches if branch]
    return all(start is path for start in starts) or len(starts) > 1
