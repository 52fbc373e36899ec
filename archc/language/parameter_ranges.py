"""What values a parameter takes in a sweep: `[[2, 2, 2, 2], [3, 4, 6, 3]]`, `64..256:32`, `0.1..10:log`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import floor
from typing import Any, NamedTuple

from archc import limits
from archc.collector import Collector
from archc.diagnostics import Poisoned, Position, SpecError, printable, shortened
from archc.language.template import evaluate, is_constant, parse_value
from archc.language.value import Scope, StepLimit, Value, describe
from archc.language.yaml_data import Map, Seq

_NUMBER = r"[-+]?[0-9]+(?:_[0-9]+)*(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?"
RANGE = rf"^\s*({_NUMBER})\s*\.\.\s*({_NUMBER})\s*(?::\s*({_NUMBER}|log)\s*)?$"
"""The pattern of a range."""
_FORMS = "`[64, 96, 128]`, `64..256:32` with a step, or to sample `0.1..10` and `0.1..10:log`"
_DIGITS = 6  # of a sampled number


class Choices(NamedTuple):
    """Certain values, in order."""

    values: Sequence[Value]

    def at(self, share: float) -> Value:
        """The value at a share of the list, from 0 to below 1."""
        return self.values[int(share * len(self.values))]

    @property
    def examples(self) -> Sequence[Value]:
        """The values that a parameter must be able to have."""
        return self.values


class Interval(NamedTuple):
    """The numbers from `low` to `high`, both included, for a sweep that samples.

    Attributes:
        low: of the same type as `high`, which is that of the values.
        log: whether the logarithm is uniform.
    """

    low: float
    high: float
    log: bool

    def at(self, share: float) -> Value:
        """The number at a share of the interval, from 0 to below 1, of six digits if it is no whole one."""
        whole = type(self.low) is int
        end = self.high + whole  # whole numbers are cut, each with its own part of the interval
        made = self.low * (end / self.low) ** share if self.log else self.low + (end - self.low) * share
        value = floor(made) if whole else float(f"{made:.{_DIGITS}g}")
        return min(max(value, self.low), self.high)

    @property
    def examples(self) -> Sequence[Value]:
        """The values that a parameter must be able to have."""
        return self.low, self.high


ParameterRange = Choices | Interval


def parameter_range(name: str, value: Any) -> ParameterRange:
    """The range that a plain value stands for: a list of values, or a text.

    Args:
        name: of the parameter.
        value: as it is written.

    Raises:
        SpecError: it is something else.
    """
    if isinstance(value, range):
        value = list(value)
    if isinstance(value, list | tuple) and value:
        return Choices(tuple(list(item) if isinstance(item, tuple) else item for item in value))
    match = re.fullmatch(RANGE, value, re.ASCII) if isinstance(value, str) else None
    if match is None:
        came = f"`{shortened(value)}`" if isinstance(value, str) else describe(value)
        raise _error(name, f"`{printable(name[:60])}` takes a list of values or a range, not {came}", _FORMS)
    return _between(name, *match.groups())


def _between(name: str, first: str, last: str, step: str | None) -> ParameterRange:
    whole = not any(set(text) & set(".eE") for text in (first, last, step or "") if text != "log")
    low, high = _exact(name, first), _exact(name, last)
    if low > high:
        raise _error(name, f"the range of `{name}` begins above its end: {first} is more than {last}", "`64..256:32`")
    if step == "log":
        if float(low) <= 0:
            raise _error(name, f"the range of `{name}` has no logarithm at {first}", "begin above 0")
        return Interval(_number(low, whole), _number(high, whole), log=True)
    if step is None and not whole:
        return Interval(_number(low, whole), _number(high, whole), log=False)
    by = Fraction(1) if step is None else _exact(name, step)
    if by <= 0:
        raise _error(name, f"the step of `{name}` must be above 0, but is {step}", "`64..256:32`")
    count = int((high - low) / by) + 1
    if count > limits.ITEMS:
        message = f"the range of `{name}` has more than {limits.ITEMS:,} values"
        raise SpecError.of("too-large", message, None, "take a larger step", about=name)
    return Choices(tuple(_number(low + by * place, whole) for place in range(count)))


def _exact(name: str, text: str) -> Fraction:
    try:
        number = Fraction(text)
        if abs(number) <= limits.INTEGER:
            return number
    except (ValueError, OverflowError):
        pass
    raise SpecError.of("too-large", f"a number in the range of `{name}` is too large", None, limits.INTEGER_RULE)


def _number(exact: Fraction, whole: bool) -> float:
    return int(exact) if whole else float(exact)


def _error(name: str, message: str, hint: str) -> SpecError:
    return SpecError.of("sweep", message, None, hint, about=name)


class SweptParameter(NamedTuple):
    """What `sweep` of a file says of a parameter, with the positions of its name and of its values."""

    range: ParameterRange
    name_at: Position
    at: Position


def read_sweep(value: Any, at: Position, collector: Collector) -> Mapping[str, SweptParameter]:
    """Reads `sweep`; what cannot be read is reported, and left out.

    Raises:
        SpecError: it is not a mapping.
    """
    if not isinstance(value, Map) or not value:
        hint = "`sweep: {width: 64..256:32}`"
        raise SpecError.of("type", "`sweep` is a mapping of parameters to their values", at, hint)
    if value.broken:
        raise Poisoned
    found: dict[str, SweptParameter] = {}
    for name, item in value.items():
        place = value.values_at[name]
        with collector.reporting(place):
            made = parse_value(item, place, collector)
            if not is_constant(made):
                if isinstance(item, Map | Seq | str) and not getattr(item, "broken", False):
                    message = f"the values of `{printable(name[:60])}` in `sweep` are computed"
                    raise SpecError.of("sweep", message, place, _FORMS, about=name)
                raise Poisoned
            plain = evaluate(made, Scope({}, StepLimit()))
            found[name] = SweptParameter(parameter_range(name, plain), value.keys_at[name], place)
    return found
