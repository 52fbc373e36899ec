"""The state of one elaboration, and the scopes of its steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field

from archc.collector import Collector
from archc.diagnostics import Poisoned, Position, SpecError, closest, did_you_mean, printable, shortened
from archc.elaborate.documented_shape import DocumentedShape
from archc.elaborate.memory import Memory
from archc.elaborate.shares import Replay, Shares
from archc.ir.builder import Builder
from archc.ir.graph import Node, Region, Tensor
from archc.ir.op import Op
from archc.language.document import Block
from archc.language.expression import Name
from archc.language.output_names import OutputNames
from archc.language.steps import Steps
from archc.language.template import (
    Formula,
    GivenName,
    ItemName,
    NamePattern,
    ParsedValue,
    Template,
    evaluate,
    family_pattern,
)
from archc.language.value import POISON, Poison, Scope, StepLimit, Value, bounded, describe, describe_type
from archc.library.specs import Namespace
from archc.ops import registry

MaybeTensor = Tensor | Poison
"""A tensor, or poison where the step failed that should have given it."""

Outputs = tuple[MaybeTensor, ...]
"""The tensors of a step; the last one becomes the current tensor, of `LayerOutputs` the first."""


class LayerOutputs(Outputs):
    """The tensors of a layer with states, which are beside the path: it goes on from the output."""


def current_of(outputs: Outputs) -> MaybeTensor:
    """The tensor of a step that becomes the current one."""
    return outputs[0 if isinstance(outputs, LayerOutputs) else -1]


_MOST_NAMES = 1000  # that a hint is chosen from


@dataclass(slots=True)
class NestedNames:
    """The names that a network gives to its layers and parts, as they are expanded.

    Attributes:
        prefix: of their full names.
        tensors: the output of each by its own name, without the prefix.
        failed: whether a step failed, so that not all names are known.
    """

    prefix: str
    tensors: dict[str, MaybeTensor] = field(default_factory=dict)
    failed: bool = False


class Elaboration(StepLimit):
    """The state of one run over the steps of a spec, shared by its scopes.

    Attributes:
        expand_steps: expands steps in a frame and a part of the network; returns the new current tensor. It is a field
            because heads contain steps, and the expansion of steps is built on that of heads.
        has_unknowns: whether a size may be unknown because of an error; then it is no error to need it.
        memory: the uses of blocks that the spec remembers; None where each use is expanded.
        remembers: whether the use around the current step is to be remembered; then those in it are not.
        ops: by their arguments, so that the same arguments are validated once.
        names: of the layers that are named after an output.
        own_names: the parts whose name a layer inside has too, with the layer and the position of its `name`.
        shapes: the shapes documented beside steps, in order.
        stack: the blocks around the current step, the outermost first.
        nested: the names of the networks among them.
        replayed: what the current use of a shared block calls again; None outside of such a use.
    """

    def __init__(
        self,
        collector: Collector,
        expand_steps: Callable[[Steps, MaybeTensor, Frame, Region], MaybeTensor],
        memory: Memory | None = None,
    ) -> None:
        super().__init__()
        self.collector = collector
        self.memory = memory
        self.remembers = False
        self.expand_steps = expand_steps
        self.has_unknowns = False
        self.builder = Builder()
        self.ops: dict[object, Op] = {}
        self.names = OutputNames({}, set(), set())
        self.own_names: dict[str, tuple[Node, Position]] = {}
        self.shapes: list[DocumentedShape] = []
        self.stack: list[Block] = []
        self.nested: list[NestedNames] = []
        self.replayed: Replay | None = None

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Reports none of the errors of the statements inside: they follow from one that is reported.

        Raises:
            Poisoned: one of them ends the statements.
        """
        reported, self.collector = self.collector, Collector()
        try:
            yield
        except SpecError:
            raise Poisoned from None
        finally:
            self.collector = reported


class Frame(Scope):
    """A scope of the language: the names of a file, or of one use of a block.

    Attributes:
        blocks: the blocks that its steps can use.
        computed: the tensors with computed names, by their patterns and the values in them.
        families: the names of lists of tensors with computed names.
        absent: the names that only absent steps give, with the `when` of the step.
        failed: the computed names of steps that failed, so that not all their items are known.
        shares: what its steps share, with those of other scopes where the block is used with a `share_inside`.
        prefix: what the names of the layers in it begin with.
        is_file: whether it is the scope of the file that is elaborated.
        outputs: the tensors marked `output`, with the positions of the marks; None in a block, which has no marks.
        origins: the positions of the arguments that gave the block's parameters their values.
    """

    run: Elaboration

    __slots__ = (
        "absent",
        "blocks",
        "computed",
        "failed",
        "families",
        "is_file",
        "origins",
        "outputs",
        "prefix",
        "shares",
    )

    def __init__(
        self,
        values: Mapping[str, Value],
        run: Elaboration,
        blocks: Namespace,
        families: AbstractSet[str] = frozenset(),
        *,
        is_file: bool = False,
    ) -> None:
        super().__init__(values, run)
        self.blocks, self.families, self.is_file = blocks, families, is_file
        self.outputs: dict[str, tuple[MaybeTensor, Position]] | None = {} if is_file else None
        self.computed: dict[NamePattern, dict[tuple[str, ...], MaybeTensor]] = {}
        self.failed: set[NamePattern] = set()
        self.absent: dict[GivenName, str] = {}
        self.shares = Shares()
        self.prefix = ""
        self.origins: Mapping[str, Position] = {}

    def bind(self, name: str | Template, tensor: MaybeTensor) -> None:
        """Gives a tensor a name.

        Raises:
            SpecError: the name cannot be computed.
        """
        if isinstance(name, str):
            self[name] = tensor
        else:
            item = name.item(self)
            self.computed.setdefault(item.pattern, {})[item.values] = tensor

    def bound(self, name: str | Template) -> Value:
        """The value of a name; None where nothing has it.

        Raises:
            SpecError: the name cannot be computed.
        """
        if isinstance(name, str):
            return self.get(name)
        item = name.item(self)
        return self.computed.get(item.pattern, {}).get(item.values, POISON if item.pattern in self.failed else None)

    def computed_items(self) -> dict[ItemName, MaybeTensor]:
        """The tensors whose names were computed, by the patterns and the values in the names."""
        return {
            ItemName(pattern, values): tensor
            for pattern, items in self.computed.items()
            for values, tensor in items.items()
        }

    def with_computed_names(self) -> dict[str, MaybeTensor]:
        """The tensors whose names were computed, by these names."""
        return {str(item): tensor for item, tensor in self.computed_items().items()}

    def family(self, name: str) -> Mapping[str, Value] | None:
        """The tensors with computed names that begin with a name, unless the name is that of something else.

        Raises:
            Poisoned: a step that failed gives some of them.
        """
        if name in self or name not in self.families:
            return None
        pattern = family_pattern(name)
        if pattern in self.failed:
            raise Poisoned
        return {index: tensor for (index,), tensor in self.computed.get(pattern, {}).items()}

    def hides(self, name: str) -> bool:
        """Whether a value has the name that a family of tensors would have."""
        return name in self and name in self.families

    def __missing__(self, name: str) -> Value:
        found = self.family(name)
        if found is None:
            raise KeyError(name)
        return bounded(list(found.values()), self)

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

    def corrected(self, name: str, at: Position) -> Frame:
        """The scope in which an unknown name, which is reported, has the value of the closest one."""
        self.unknown_name(name, at)
        meant = closest(name, self.names())
        if meant is None or name in self.absent:
            raise Poisoned
        corrected = Frame({**self, name: self[meant]}, self.run, self.blocks, self.families)
        corrected.computed, corrected.failed = self.computed, self.failed
        corrected.absent = self.absent
        return corrected

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
        patterns = [pattern.texts[0] for pattern in self.computed]
        if of := next((text for text in patterns if text and name.startswith(text)), None):
            listed = f"; the list of all is `$({of})`" if of in self.families and of not in self else ""
            return f"`{of}` has items, read by a text with an expression: `{of}$(…)`{listed}"
        return did_you_mean(name, self.names())

    def known(self) -> str:
        """The names that are known."""
        return f"known here: {', '.join(sorted(self.names())[:20]) or 'nothing'}"

    def origin(self, value: ParsedValue) -> Position | None:
        """The position where a parameter got its value, if an argument passes the parameter on."""
        if isinstance(value, Formula) and isinstance(value.expression, Name):
            return self.origins.get(value.expression.name)
        return None

    # --- tensors by name ---

    def tensors(self, name: ParsedValue, at: Position) -> list[MaybeTensor]:
        """The tensor of a name, or those of an expression that is a tensor or a list of tensors.

        Raises:
            SpecError: it is something else.
            Poisoned: nothing has the name, which is reported.
        """
        if not isinstance(name, str | Template):
            value = evaluate(name, self)
            if isinstance(value, list | tuple) and all(isinstance(item, Tensor | Poison) for item in value):
                return list(value)
        return [self.tensor(name, at)]

    def tensor(self, name: ParsedValue, at: Position) -> MaybeTensor:
        """The tensor of a name, or of an expression; for an unknown name, the tensor of the closest.

        Raises:
            SpecError: the name or the expression is a value, not a tensor.
            Poisoned: nothing has the name, which is reported.
        """
        if not isinstance(name, str | Template):
            value = evaluate(name, self)
            if isinstance(value, Tensor):
                return value
            message = f"expected a tensor, got {describe(value)}"
            raise SpecError.of("type", message, at, "`$now` is a tensor named `now`", about=name.text)
        value = self.bound(name)
        if isinstance(value, Tensor | Poison):
            return value
        shown = str(evaluate(name, self))
        if value is not None:
            hint = "`as` names a tensor; `let` names a value, or a tensor with `$`"
            raise SpecError.of("type", f"`{shown}` is {describe_type(value)}, not a tensor", at, hint, about=shown)
        self.run.collector.report(unknown_tensor(name, shown, at, self._unknown_hint(name, shown)))
        meant = None if shown in self.absent else closest(shown, self.names())
        found = self[meant] if meant is not None else None
        if not isinstance(found, Tensor):
            raise Poisoned
        return found

    def _unknown_hint(self, name: str | Template, shown: str) -> str:
        layers = [node.name for node in self.run.builder.nodes[-1000:]]
        if shown in layers or shown in self.run.builder.regions:
            what = "layer" if shown in layers else "part"
            return f"`{shown}` is the name of a {what}; give its tensor a name with `as: {shown}`"
        if isinstance(name, Template) and shown in self:
            item = name.item(self)
            texts = [*(f"$({value})" for value in item.values), ""]
            written = "".join(fixed + text for fixed, text in zip(item.pattern.texts, texts, strict=True))
            return f"`{shown}` is a name of its own, and no item of `{item.pattern}`: name it `as: {written}`"
        if shown in registry():
            return f"a step is written with a colon: `{shown}:`"
        if shown in self.blocks:
            return f"the block is used with a colon: `{shown}:`"
        near = did_you_mean(shown, layers)
        of_layer = f"{near} That is a layer; give its tensor a name with `as`" if near else None
        return self.explain(name if isinstance(name, str) else name.pattern) or of_layer or self.known()


def unknown_tensor(name: str | Template, shown: str, at: Position, hint: str | None) -> SpecError:
    """The error for a tensor that there is not; `shown` is the name with its expressions evaluated."""
    about = name if isinstance(name, str) else str(name.pattern)
    return SpecError.of("unknown-tensor", f"there is no tensor `{printable(shown[:60])}` here", at, hint, about=about)
