"""What is written of steps, blocks and the network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from archc.folding.program import Step, Wire
from archc.folding.values import Expr, Value, literal


@dataclass(eq=False, slots=True, repr=False)
class Line:
    """A step with all that is written of it.

    Attributes:
        lists: of a loop, its variables with the lists that they go over.
        index: of a loop, the name of its index; empty where nothing reads it.
        rounds: of a loop, the expression of the numbers that the index goes over.
        counts_from_0: whether these are 0, 1, 2 and so on.
        beginnings: the arguments that names inside begin with, of a use without a name.
        share: what steps with the same weights have in common, without the names of the parts around.
    """

    step: Step
    arguments: dict[str, Value] = field(default_factory=dict)
    name: str | None = None
    when: Value = None
    lists: list[tuple[str, Value]] = field(default_factory=list)
    index: str = ""
    rounds: str = ""
    counts_from_0: bool = False
    body: list[Line] = field(default_factory=list)
    beginnings: list[str] = field(default_factory=list)
    share: str = ""

    def __repr__(self) -> str:
        return f"<{self.step.head} {self.arguments}>"


@dataclass(eq=False, slots=True)
class Parameter:
    """A parameter of a block: a type, or a default."""

    name: str
    vector: Mapping[int, Value]
    default: tuple[Value] | None
    type: str
    text: bool


@dataclass(eq=False, slots=True)
class Solved:
    """A block, or the steps of the network, as they are written.

    Attributes:
        lets: the names of numbers of channels, with the wires whose channels they are.
        names: the names of the uses of the block, which begin all names in it; empty where they have none.
        apart: how many of these also begin names of layers elsewhere.
        lists: of the network, the lists that are parameters of the file.
    """

    lines: list[Line]
    parameters: list[Parameter] = field(default_factory=list)
    lets: dict[str, Wire] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)
    apart: int = 0
    lists: Mapping[str, Value] = field(default_factory=dict)


def loop_text(line: Line) -> str:
    """The text after `for`."""
    names, lists = [name for name, _ in line.lists], [literal(value) for _, value in line.lists]
    if not line.index:
        return f"{', '.join(names)} in " + (lists[0] if len(lists) == 1 else f"zip({', '.join(lists)})")
    if not names:
        return f"{line.index} in {line.rounds}"
    if line.counts_from_0 and len(lists) == 1:
        return f"{line.index}, {names[0]} in enumerate({lists[0]})"
    return f"{line.index}, {', '.join(names)} in zip({', '.join([line.rounds, *lists])})"


def is_beginning(callee: Solved, parameter: Parameter) -> bool:
    """Whether names of layers in a block begin with this text, so that the names around come before it."""
    return f"$({parameter.name})" in beginnings(callee)


def beginnings(callee: Solved) -> set[str]:
    """What the names in a block begin with: a text, or a value as `$(name)`."""
    names: list[str] = []
    for line in all_lines(callee.lines):
        if line.name is not None:
            names.append(f"$({line.name})" if isinstance(line.name, Expr) else line.name)
        elif line.step.calls:
            names += [
                f"$({line.arguments[found]})" if isinstance(line.arguments[found], Expr) else str(line.arguments[found])
                for found in line.beginnings
            ]
    return {name[: name.index(")") + 1] if name.startswith("$(") else name[:1] for name in names}


def all_lines(lines: list[Line]) -> Iterator[Line]:
    """The lines with those of loops in them."""
    for line in lines:
        yield line
        yield from all_lines(line.body)
