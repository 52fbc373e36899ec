"""The scope of the steps of a file, or of one use of a block."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from archc.collector import Collector
from archc.diagnostics import Poisoned, Position, closest, did_you_mean, shortened
from archc.ir.graph import Node, SharedCall, Tensor
from archc.language.expression import Name
from archc.language.template import Formula, GivenName, ItemName, NamePattern, ParsedValue, Template
from archc.language.value import POISON, ExpressionError, Poison, Recoverable, Scope, StepLimit, Value
from archc.library.specs import Namespace

MaybeTensor = Tensor | Poison
"""A tensor, or poison where the step failed that should have given it."""

Outputs = tuple[MaybeTensor, ...]
"""The tensors that a step leaves; the last one becomes the current tensor."""

_MOST_NAMES = 1000  # that a hint is chosen from


class SharedStep(NamedTuple):
    """The first step of those with one `share`.

    Attributes:
        key: its op or block, and its arguments.
        nodes: the calls of layers in it.
        call: the use of the block, if it is one.
        at: its position.
    """

    key: tuple[object, str]
    nodes: tuple[Node, ...]
    call: SharedCall | None
    outputs: Outputs
    at: Position


class RunState(StepLimit):
    """What all scopes of a run share.

    Attributes:
        collector: of the run.
        has_unknowns: whether a size may be unknown because of an error; then it is no error to need it.
    """

    __slots__ = ("collector", "has_unknowns")

    def __init__(self, collector: Collector) -> None:
        super().__init__()
        self.collector = collector
        self.has_unknowns = False


class Frame(Scope):
    """A scope of the language: the names of a file, or of one use of a block.

    Attributes:
        blocks: the blocks that its steps can use.
        computed: the tensors with computed names.
        absent: the names that only absent steps give, with the `when` of the step.
        failed: the computed names of steps that failed, so that not all their items are known.
        shares: the first step of each share.
        is_file: whether it is the scope of a file.
        origins: the positions of the arguments that gave the block's parameters their values.
    """

    run: RunState

    __slots__ = ("absent", "blocks", "computed", "failed", "is_file", "origins", "shares")

    def __init__(self, values: Mapping[str, Value], run: RunState, blocks: Namespace, *, is_file: bool = False) -> None:
        super().__init__(values, run)
        self.blocks, self.is_file = blocks, is_file
        self.computed: dict[ItemName, MaybeTensor] = {}
        self.failed: set[NamePattern] = set()
        self.absent: dict[GivenName, str] = {}
        self.shares: dict[str, SharedStep] = {}
        self.origins: dict[str, Position] = {}

    def bind(self, name: str | Template, tensor: MaybeTensor) -> None:
        """Gives a tensor a name.

        Raises:
            SpecError: the name cannot be computed.
        """
        if isinstance(name, str):
            self[name] = tensor
        else:
            self.computed[name.item(self)] = tensor

    def bound(self, name: str | Template) -> Value:
        """The value of a name; None where nothing has it.

        Raises:
            SpecError: the name cannot be computed.
        """
        if isinstance(name, str):
            return self.get(name)
        return self.computed.get(name.item(self), POISON if name.pattern in self.failed else None)

    def names(self) -> list[str]:
        """The names that may be meant by an unknown one."""
        return list(self)[-_MOST_NAMES:]

    def unknown_size(self) -> Value:
        """The value of a size that is known only at run time, or unknown because of an error.

        Raises:
            Poisoned: there was such an error.
        """
        if self.run.has_unknowns:
            raise Poisoned
        return None

    def recover(self, formula: Recoverable, error: ExpressionError) -> Value:
        """Reports an unknown name and evaluates the expression with the closest known one."""
        name = error.name
        if name is None:
            return super().recover(formula, error)
        self.unknown_name(name, formula.place(error.offset))
        meant = closest(name, self.names())
        if meant is None or name in self.absent:
            raise Poisoned
        corrected = Frame({**self, name: self[meant]}, self.run, self.blocks)
        corrected.absent = self.absent
        return formula.evaluate(corrected)

    def unknown_name(self, name: str, at: Position) -> None:
        """Reports the name of a value that is not defined."""
        message = f"`{shortened(name)}` is not defined here"
        self.run.collector.add("unknown-name", message, at, self.explain(name) or self.known(), about=name)

    def explain(self, name: GivenName) -> str | None:
        """Why a name is unknown; None where nothing is known about it."""
        if name in self.absent:
            return f"only a step that is absent gives it (`when: {self.absent[name]}`)"
        if isinstance(name, NamePattern):
            return None
        patterns = [item.pattern.texts[0] for item in self.computed]
        if of := next((text for text in patterns if text and name.startswith(text)), None):
            return f"`{of}` has items, read by a text with an expression: `{of}$(…)`"
        return did_you_mean(name, self.names())

    def known(self) -> str:
        """The names that are known."""
        return f"known here: {', '.join(sorted(self.names())[:20]) or 'nothing'}"

    def origin(self, value: ParsedValue) -> Position | None:
        """The position where a parameter got its value, if an argument passes the parameter on."""
        if isinstance(value, Formula) and isinstance(value.expression, Name):
            return self.origins.get(value.expression.name)
        return None
