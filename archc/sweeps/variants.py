"""The rows of a sweep: what each variant has and costs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, NamedTuple, TypeVar

from archc.diagnostics import SpecError
from archc.families import Family
from archc.ir.shape import Shape
from archc.language.value import Scope, StepLimit, Value
from archc.library.specs import Spec
from archc.report.figures import reaches_text, setting_text
from archc.sweeps.condition import SET, Condition, read_condition
from archc.sweeps.space import Space
from archc.totals.totals import Totals
from archc.version import __version__

FIGURES = ("params", "total_params", "macs", "depth", "activation_bytes", "receptive_field")
"""The columns of what a network has and costs."""
IDENTITY = "id"
"""The column of the identity of the network."""


class Row(NamedTuple):
    """A variant.

    Attributes:
        number: of the variant.
        values: of the varied parameters, then the figures, then the identity, in the order of the columns.
    """

    number: int
    values: tuple[Value, ...]

    @property
    def identity(self) -> str:
        """That of the network."""
        return str(self.values[-1])


class Refusal(NamedTuple):
    """Variants that are no networks for one reason.

    Attributes:
        code: of the first error.
        message: of the first error.
        variants: how many.
        first: the number of the first one.
        example: the values of the first one.
    """

    code: str
    message: str
    variants: int
    first: int
    example: str


class Chunk(NamedTuple):
    """Variants in a row, from `start` to before `stop`.

    Attributes:
        rows: of the variants that the condition keeps.
        left_out: the count of those that it does not keep.
        refusals: one for each reason.
    """

    start: int
    stop: int
    rows: tuple[Row, ...]
    left_out: int
    refusals: tuple[Refusal, ...]


class Work(NamedTuple):
    """All that the variants follow from, as another process gets it: the spec with all that it is made of goes along.

    Attributes:
        space: the varied parameters.
        params: the values of others.
        inputs: shapes by the names of inputs, as for `archc.load`.
        where: the condition; None for one that always holds.
    """

    spec: Spec
    space: Space
    params: Mapping[str, Value]
    inputs: Mapping[Any, Shape]
    where: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return (*(f"{SET}.{name}" for name in self.space.ranges), *FIGURES, IDENTITY)

    @property
    def condition(self) -> Condition | None:
        """The condition, parsed.

        Raises:
            SpecError: it cannot be.
        """
        return None if self.where is None else read_condition(self.where, FIGURES, tuple(self.space.ranges))

    @property
    def digest(self) -> str:
        """Equal for sweeps with the same rows: the same specs and settings, and the same version of archc."""
        texts = [source.text for source in self.spec.sources]
        content = [__version__, texts, repr(self.space), repr(self.params), repr(self.inputs), self.where]
        return blake2b(json.dumps(content).encode(), digest_size=16).hexdigest()


class Variants:
    """The variants of a sweep, in the process that computes them."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.family = Family(work.spec)
        self.condition = work.condition

    def chunk(self, start: int, stop: int) -> Chunk:
        """Computes variants.

        Raises:
            SpecError: the condition has no value for one of them.
        """
        rows, left_out = [], 0
        refusals: dict[tuple[str, str], Refusal] = {}
        for number in range(start, stop):
            try:
                row = self._row(number)
            except _NoNetwork as error:
                reason = error.code, error.message
                found = refusals.get(reason) or Refusal(
                    *reason, 0, number, settings_text(self.work.space.values(number))
                )
                refusals[reason] = found._replace(variants=found.variants + 1)
                continue
            if row is None:
                left_out += 1
            else:
                rows.append(row)
        return Chunk(start, stop, tuple(rows), left_out, tuple(refusals.values()))

    def _row(self, number: int) -> Row | None:
        """The row of a variant; None where the condition does not hold.

        Raises:
            _NoNetwork: there is no such network.
        """
        values = self.work.space.values(number)
        variant = _Variant(self.family, {"inputs": self.work.inputs or None, **self.work.params, **values}, values)
        if self.condition is not None and not self.condition.holds(variant):
            return None
        return Row(number, (*values.values(), *variant.figures.values(), variant.identity))


class _NoNetwork(Exception):
    """Why a variant is no network."""

    def __init__(self, error: SpecError) -> None:
        self.code, self.message = error.first.code, error.first.message
        super().__init__(self.message)


class _Variant(Scope):
    """The names of a condition; the figures are computed when it reads the first of them."""

    __slots__ = ("figures_of_all", "settings", "source")

    def __init__(self, source: Family, settings: Mapping[str, Any], varied: Mapping[str, Value]) -> None:
        super().__init__({SET: dict(varied)}, StepLimit())
        self.source, self.settings = source, settings
        self.figures_of_all: Mapping[str, Value] = {}

    def __missing__(self, name: str) -> Value:
        return self.figures[name]

    @property
    def figures(self) -> Mapping[str, Value]:
        """The figures by the names of columns."""
        if not self.figures_of_all:
            self.figures_of_all = figures_of(_of_network(self.source.totals, self.settings))
        return self.figures_of_all

    @property
    def identity(self) -> str:
        """That of the network."""
        return _of_network(self.source.id, self.settings)


_Found = TypeVar("_Found")


def _of_network(find: Callable[..., _Found], settings: Mapping[str, Any]) -> _Found:
    """What a family says of a network.

    Raises:
        _NoNetwork: there is no such network.
    """
    try:
        return find(**settings)
    except SpecError as error:
        raise _NoNetwork(error) from None


def settings_text(values: Mapping[str, Value]) -> str:
    """The values of parameters on one line: `width 64, depths [2, 2]`."""
    return ", ".join(f"{name} {setting_text(value)}" for name, value in values.items())


def figures_of(totals: Totals) -> dict[str, Value]:
    """The figures of a network by the names of columns."""
    return {**totals._asdict(), "receptive_field": field_value(totals.receptive_field)}


def field_value(reaches: tuple[float | None, ...]) -> float | str | None:
    """A receptive field in positions of the input: a number, `7x1` where axes differ, None for the whole input."""
    if len(set(reaches)) > 1:
        return reaches_text(reaches)
    reach = reaches[0] if reaches else None
    return int(reach) if reach is not None and reach == int(reach) else reach
