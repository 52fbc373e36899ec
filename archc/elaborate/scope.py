"""What a step sees as it is expanded: the names of its scope, what reaches it, where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from archc.collector import Collector
from archc.diagnostics import Poisoned, Position, Related, SpecError, closest, did_you_mean, shortened
from archc.ir.graph import Node, Region, SharedCall, Tensor
from archc.ir.shape import Shape
from archc.language.expression import Name
from archc.language.steps import Arguments, Step
from archc.language.template import Compiled, Formula
from archc.language.value import POISON, ExpressionError, Poison, Recoverable, Run, Scope, Value
from archc.library.specs import Namespace

Leaves = Tensor | Poison
"""What reaches a step, or leaves it."""

_MOST_NAMES = 1000  # that a hint is chosen from


class Several(list[Leaves]):
    """What a block with several outputs leaves, until `as` names them."""

    @property
    def last(self) -> Leaves:
        """Where the path goes on."""
        return self[-1]


class DocumentedShape(NamedTuple):
    """A `shape` beside a step, with the tensor that the step left.

    Attributes:
        of: the full name of the layer or part; None where it has none.
        always: whether it is written with `$`, so that it holds at every value of the parameters.
    """

    of: str | None
    documented: Value
    computed: Shape
    at: Position
    always: bool


class Shared(NamedTuple):
    """What the first use of a `share` was.

    Attributes:
        key: its op or block, and its arguments.
        nodes: the calls of layers in it.
        call: the use, where it is one of a block.
        at: where it stands.
    """

    key: tuple[object, str]
    nodes: tuple[Node, ...]
    call: SharedCall | None
    leaves: Leaves | Several
    at: Position


class Frame(Scope):
    """A scope of the language: that of the file, or of one use of a block.

    Attributes:
        collector: of the run.
        blocks: that its steps see.
        absent: names that only absent steps give, with the `when` of the step.
        shares: the first use of each share.
        whole: whether it is the file's own.
        origins: where the arguments stand that gave the block's parameters their values.
    """

    __slots__ = ("absent", "blocks", "collector", "origins", "shares", "whole")

    def __init__(
        self, values: Mapping[str, Value], run: Run, collector: Collector, blocks: Namespace, *, whole: bool = False
    ) -> None:
        super().__init__(values, run)
        self.collector, self.blocks, self.whole = collector, blocks, whole
        self.absent: dict[str, str] = {}
        self.shares: dict[str, Shared] = {}
        self.origins: dict[str, Position] = {}

    def names(self) -> list[str]:
        """What a person may have meant by an unknown name."""
        return [name for name in self if "$" not in name][-_MOST_NAMES:]

    def recover(self, formula: Recoverable, error: ExpressionError) -> Value:
        """An unknown name is reported, and the closest one stands for it."""
        at = formula.place(error.offset)
        if error.code != "unknown-name":
            raise SpecError.of(error.code, error.message, at, error.hint)
        name = error.message.split("`")[1]
        meant = closest(name, self.names())
        self.collector.add(error.code, f"nothing is called `{shortened(name)}` here", at, self.about(name))
        if meant is None or name in self.absent:
            raise Poisoned
        corrected = Frame({**self, name: self[meant]}, self.run, self.collector, self.blocks, whole=self.whole)
        corrected.absent = self.absent
        return formula.evaluate(corrected)

    def about(self, name: str) -> str:
        """What to say of a name that is unknown here."""
        if name in self.absent:
            return f"only a step that is absent gives it (`when: {self.absent[name]}`)"
        if of := self.items_of(name):
            return f"`{of}` has items, read by a text with an expression: `{of}$(…)`"
        names = self.names()
        return did_you_mean(name, names) or f"known here: {', '.join(sorted(names)[:20]) or 'nothing'}"

    def items_of(self, name: str) -> str | None:
        """The fixed part of computed names that `name` begins with."""
        fixed = (found.split("$")[1] for found in self if found.startswith("$"))
        return next((part for part in fixed if part and name.startswith(part)), None)

    def origin(self, value: Compiled) -> Position | None:
        """Where the value of a parameter was given, for an argument that hands it on as it is."""
        if isinstance(value, Formula) and isinstance(value.expression, Name):
            return self.origins.get(value.expression.name)
        return None


class Here(NamedTuple):
    """One step as it is expanded.

    Attributes:
        step: what is written.
        taken: the tensors that reach it.
        frame: the scope.
        region: the part of the network.
        name: the value of its `name`, without the prefix.
    """

    step: Step
    taken: tuple[Leaves, ...]
    frame: Frame
    region: Region
    name: str | None

    @property
    def full_name(self) -> str | None:
        """Its name with the prefix of the part that it stands in."""
        return f"{self.region.prefix}{self.name}" if self.name else None

    def uses(self) -> tuple[Related, ...]:
        """The uses of blocks that led here, the innermost first."""
        return uses(self.region)

    def place(self, arguments: Arguments, argument: str) -> Position:
        """Where the value of an argument stands that somebody would change."""
        return self.frame.origin(arguments.named.get(argument)) or arguments.place(argument)


def uses(region: Region) -> tuple[Related, ...]:
    """The uses of blocks that led to a part, the innermost first."""
    return tuple(Related(f"in {part.title}, used here", part.at) for part in region.chain() if part.kind == "block")


def live(taken: tuple[Leaves, ...]) -> Iterator[Tensor]:
    """The tensors among what reaches a step."""
    return (tensor for tensor in taken if tensor is not POISON and not isinstance(tensor, Poison))
