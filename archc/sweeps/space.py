"""The variants of a sweep: each has a number, from which its values follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from math import prod
from typing import Any, Literal

from archc.collector import Collector
from archc.diagnostics import Position, SpecError, did_you_mean, printable, shortened
from archc.elaborate.parameters import given_value, implied_type, spec_values
from archc.language.parameter_ranges import Choices, ParameterRange, SweptParameter, parameter_range
from archc.language.value import Scope, StepLimit, Value
from archc.library.specs import Spec

Order = Literal["grid", "zip", "sample"]
_INPUTS = "inputs"
"""What the shapes of inputs are called in Python, where parameters have their names."""
_BITS = 53  # of a share of a range, as many as a float has


@dataclass(frozen=True)
class Space:
    """Ranges of parameters, and which of their values come together.

    Attributes:
        ranges: by the names of parameters.
        order: `grid` for each value with each, the last parameter the fastest; `zip` for the first of all ranges, then
            the second of all; `sample` for values at random.
        count: of variants.
        seed: of the values at random.
    """

    ranges: Mapping[str, ParameterRange]
    order: Order
    count: int
    seed: int = 0

    def values(self, number: int) -> dict[str, Value]:
        """The values of a variant, by the names of parameters; variants count from 0."""
        if self.order == "sample":
            return {name: found.at(self._share(number, name)) for name, found in self.ranges.items()}
        chosen: dict[str, Value] = {}
        for name, values in reversed(self._lists.items()):
            place = number
            if self.order == "grid":
                number, place = divmod(number, len(values))
            chosen[name] = values[place]
        return {name: chosen[name] for name in self.ranges}

    @property
    def _lists(self) -> dict[str, Any]:
        return {name: found.values for name, found in self.ranges.items() if isinstance(found, Choices)}

    def _share(self, number: int, name: str) -> float:
        """A number from 0 to below 1 that a variant and a parameter alone decide: in any process, in any order."""
        digest = blake2b(f"{self.seed}/{number}/{name}".encode(), digest_size=8).digest()
        return float((int.from_bytes(digest) >> (64 - _BITS)) / 2**_BITS)


def space_of(
    ranges: Mapping[str, ParameterRange], *, zipped: bool = False, sample: int | None = None, seed: int = 0
) -> Space:
    """The space of some ranges.

    Raises:
        SpecError: there are no ranges, or they do not fit the order.
    """
    if not ranges:
        hint = "`--vary 'width=64..256:32'`, or `sweep` in the spec"
        raise SpecError.of("sweep", "no parameter is varied", None, hint)
    if sample is not None:
        if zipped:
            raise SpecError.of("usage", "`--zip` and `--sample` both say which values come together", None, "keep one")
        return Space(ranges, "sample", sample, seed)
    lengths = {name: len(found.values) for name, found in ranges.items() if isinstance(found, Choices)}
    for name in ranges:
        if name not in lengths:
            message = f"the range of `{name}` has no step, so it is no list of values"
            raise SpecError.of("sweep", message, None, "give it a step, `64..256:32`, or sample: `--sample 1000`")
    if not zipped:
        return Space(ranges, "grid", prod(lengths.values()))
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise SpecError.of("sweep", f"`--zip` needs lists of one length: {listed}", None, "make them equally long")
    return Space(ranges, "zip", min(lengths.values()))


def checked_ranges(spec: Spec, vary: Mapping[str, Any], fixed: Mapping[str, Any]) -> Mapping[str, ParameterRange]:
    """The ranges of a sweep: those of the spec, but for parameters that a user varies or sets, and those of the user.

    Args:
        spec: of the family.
        vary: lists of values, or texts such as `64..256:32`, by the names of parameters.
        fixed: values of parameters that are the same in all variants.

    Raises:
        SpecError: a range cannot be read, or a parameter does not exist or cannot have a value; it holds every fault.
    """
    collector = Collector()
    collector.lines.update(spec.lines)
    own = {name: swept for name, swept in spec.sweep.items() if name not in vary and name not in fixed}
    ranges = {name: swept.range for name, swept in own.items()}
    for name, value in vary.items():
        with collector.reporting():
            if name in fixed:
                message = f"`{printable(name[:60])}` is varied and set"
                raise SpecError.of("usage", message, None, "keep one of `--vary` and `--set`", about=name)
            ranges[name] = parameter_range(name, value)
    type_of = _types(spec, fixed)
    for name, found in [*ranges.items(), *((name, Choices((value,))) for name, value in fixed.items())]:
        _check(name, found, own.get(name), spec, type_of, collector)
    collector.raise_any()
    return ranges


def _types(spec: Spec, fixed: Mapping[str, Any]) -> Callable[[str], str | None]:
    """The type of each parameter, which may follow from a default."""
    scope = Scope({}, StepLimit())
    known = {name: value for name, value in fixed.items() if name in spec.params}
    spec_values(spec.params, spec.root_params, known, scope, Collector())
    return lambda name: implied_type(spec.params[name], spec.root_params.get(name, spec.params[name]), scope)


def _check(
    name: str,
    found: ParameterRange,
    swept: SweptParameter | None,
    spec: Spec,
    type_of: Callable[[str], str | None],
    collector: Collector,
) -> None:
    """Reports a range of a parameter that does not exist, or that cannot have the values."""
    at: Position | None = None if swept is None else swept.at
    with collector.reporting(at):
        if name not in spec.params:
            hint = did_you_mean(name, spec.params) or f"there are: {', '.join(spec.params) or 'none'}"
            message = f"there is no parameter `{shortened(name)}`"
            raise SpecError.of("unknown-parameter", message, None, hint, about=name)
        if name == _INPUTS:
            hint = "rename it in the spec"
            raise SpecError.of("sweep", f"a parameter `{_INPUTS}` has the name of the shapes of inputs", None, hint)
        type_ = type_of(name)
        for value in found.examples:
            given_value(spec.params[name], type_, value)
