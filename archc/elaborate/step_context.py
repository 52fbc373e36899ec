"""One step as it is expanded."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Literal, NamedTuple

from archc.collector import Reporting
from archc.diagnostics import Poisoned, Position, Related, SpecError, printable
from archc.elaborate.elaboration import Elaboration, Frame, MaybeTensor
from archc.ir.builder import NameTaken
from archc.ir.graph import Region, Tensor
from archc.language.arguments import Arguments
from archc.language.name_rules import is_layer_name
from archc.language.steps import Step
from archc.language.template import ParsedValue, evaluate
from archc.language.value import POISON, Value


class StepContext(NamedTuple):
    """One step as it is expanded.

    Attributes:
        name: the value of its `name`, without the prefix.
        prefix: the value of its `prefix`, without that of the part around.
    """

    step: Step
    inputs: tuple[MaybeTensor, ...]
    frame: Frame
    region: Region
    name: str | None
    prefix: str | None = None

    @property
    def run(self) -> Elaboration:
        """The elaboration."""
        return self.frame.run

    @property
    def full_name(self) -> str | None:
        """Its name with the prefix of the part that it is in."""
        if self.name == "":
            return self.region.prefix[:-1]
        return f"{self.region.prefix}{self.name}" if self.name else None

    @property
    def part_of_its_name(self) -> str | None:
        """The part around the step, where the step has its name (`name: ""`); None for a step with another name.

        Raises:
            SpecError: no part around it has a name or a `prefix`.
        """
        if self.name != "":
            return None
        if not self.region.prefix:
            hint = "give the block, the group or the loop around it a `name` or a `prefix`, or this step a name"
            message = 'no part around this step has a name that it could have with `name: ""`'
            raise SpecError.of("name", message, self.step.place("name"), hint)
        around = next(part for part in self.region.chain() if part.parent and part.parent.prefix != part.prefix)
        return around.name

    @property
    def output_name(self) -> str | None:
        """The output that the step's layer is named after; None where it has another name."""
        written = self.run.names.layers.get(self.step.head)
        if written is None or not self.frame.is_file:
            return None
        with suppress(SpecError, Poisoned):  # reported where the output is marked
            name = str(evaluate(written, self.frame))
            return name if is_layer_name(name) else None
        return None

    def place(self, arguments: Arguments, argument: str) -> Position:
        """The position of an argument's value, where the value would be changed."""
        return self.frame.origin(arguments.named.get(argument)) or arguments.place(argument)

    def report(self, error: SpecError, at: Position | None = None, *, related: Iterable[Related] = ()) -> None:
        """Reports an error with the uses of blocks that led to the step."""
        self.run.collector.report(error, at or self.step.at, related=(*related, *block_uses(self.region)))

    def evaluated(self, value: ParsedValue, at: Position) -> Value:
        """A value in the step's scope; poison where it has none, which is reported."""
        try:
            return evaluate(value, self.frame)
        except SpecError as error:
            self.report(error, at)
        except Poisoned:
            pass
        return POISON

    def reporting(self, at: Position | None = None) -> Reporting:
        """Reports an error of the statements inside, with the uses of blocks that led to the step."""
        return Reporting(self.report, at)

    def name_taken(self, error: NameTaken) -> None:
        """Reports a duplicate full name, with both positions."""
        at = self.step.place("name")
        hint = None
        if error.first in (at, self.step.at):
            hint = "both come from the same step: name the uses of the block, or compute the name"
        elif self.step.name is None:
            hint = "that is the name that Keras gives to a layer without one; choose another"
        message = f"duplicate name `{printable(error.name[:100])}`"
        self.report(SpecError.of("name-taken", message, at, hint), related=[Related("first here", error.first)])

    def reserve_name(self, at: Position) -> bool:
        """Takes the step's full name, if it has one; whether it was free. A duplicate name is reported."""
        if self.full_name is None or self.run.replayed is not None:
            return True
        try:
            self.run.builder.take_name(self.full_name, at)
        except NameTaken as error:
            self.name_taken(error)
            return False
        return True

    def part(self, kind: Literal["block", "loop", "group", "side"], title: str = "") -> Region:
        """A new part of the network for the steps inside, whose names begin with its `name` or `prefix`."""
        if self.name == "":
            message = 'only a layer can have the name of the part around it, `name: ""`'
            raise SpecError.of("name", message, self.step.place("name"), "give it a name of its own")
        full = self.full_name
        if full is not None and not self.reserve_name(self.step.place("name")):
            full = f"{full}?{len(self.run.builder.nodes)}"  # so that the names inside are no duplicates as well
        own = "" if self.prefix is None else f"{self.prefix}_"
        prefix = f"{full}_" if full else f"{self.region.prefix}{own}"
        return Region(kind, self.name or title, full, self.region, self.step.at, prefix, title)

    def record(self, output: MaybeTensor) -> None:
        """Records what a layer or a part with a name leaves, for the networks around it, by its first call."""
        for nested in self.run.nested if self.full_name is not None else ():
            nested.tensors.setdefault(str(self.full_name).removeprefix(nested.prefix), output)

    def register(self, part: Region, output: MaybeTensor) -> None:
        """Records the output of a named part."""
        if part.name is None or not isinstance(output, Tensor):
            return
        self.run.builder.regions.setdefault(part.name, (part, output))
        layer, at = self.run.own_names.get(part.name, (output, self.step.at))
        if layer is not output:
            message = (
                f"the layer called `{printable(part.name[:100])}` is not the one that leaves the tensor of that part"
            )
            hint = "only the last can have the name of its part; `prefix` instead of `name` makes no part"
            self.report(SpecError.of("name-taken", message, at, hint))


def block_uses(region: Region) -> tuple[Related, ...]:
    """The uses of blocks that led to a part, the innermost first."""
    return tuple(Related(f"in {part.title}, used here", part.at) for part in region.chain() if part.kind == "block")
