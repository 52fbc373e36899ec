"""The type of an argument that is a number or a range of numbers, as layers that draw a number take it."""

from typing import Annotated, Any

from archc.ir.op import ArgumentError, Op
from archc.ops.argument_types import ArgumentType, read_number

Range = float | tuple[float, float]
"""A number, or the two ends of a range, in any order."""

_NUMBER = {"type": "number"}


class NumberRange(ArgumentType):
    """A range between two bounds.

    Attributes:
        low: the least number; not a part of the range where `above` is true.
        high: the largest number.
        symmetric: whether a single number stands for the range from its negative, also where that is below `low`.
    """

    def __init__(
        self, low: float, high: float, *, optional: bool = False, above: bool = False, symmetric: bool = False
    ) -> None:
        self.low, self.high, self.above, self.symmetric = low, high, above, symmetric
        number = {**_NUMBER, "exclusiveMinimum" if above else "minimum": low, "maximum": high}
        pair = {"type": "array", "items": number, "minItems": 2, "maxItems": 2}
        super().__init__(
            lambda value: None if optional and value is None else self._range(value),
            {"anyOf": [number, pair, *([{"type": "null"}] if optional else [])]},
        )

    def _range(self, value: Any) -> Range:
        if not isinstance(value, list | tuple):
            return self._number(value)
        if len(value) != 2:
            raise self._error()
        return self._number(value[0]), self._number(value[1])

    def _number(self, value: Any) -> float:
        try:
            number = read_number(value)
        except ArgumentError:
            raise self._error() from None
        if not self.low <= number <= self.high or (self.above and number == self.low):
            raise self._error()
        return number

    def _error(self) -> ArgumentError:
        bounds = f"{'above' if self.above else 'from'} {self.low:g} {'up to' if self.above else 'to'} {self.high:g}"
        return ArgumentError(f"must be a number {bounds}, or a list of two such numbers")

    def ends(self, value: Range) -> tuple[float, float]:
        """The two ends, the smaller first; a single number stands for all that are no further from 0."""
        if isinstance(value, tuple):
            return min(value), max(value)
        return (-abs(value) if self.symmetric else max(-abs(value), self.low)), abs(value)

    def canonical(self, value: Range) -> Range:
        """The range in the spelling that stands for all: its ends where they are numbers that a range can have."""
        low, high = self.ends(value)
        return high if low < self.low or low == high == 0 else (low, high)


def canonical_ranges(op: Op) -> dict[str, Range]:
    """The arguments of an op that are ranges, each in one spelling."""
    types = {name: type_ for name, field in type(op).model_fields.items() for type_ in field.metadata}
    ranges = {name: type_ for name, type_ in types.items() if isinstance(type_, NumberRange)}
    return {name: type_.canonical(value) for name, type_ in ranges.items() if (value := getattr(op, name)) is not None}


def _read_values(value: Any) -> tuple[float, float]:
    numbers = tuple(map(read_number, value)) if isinstance(value, list | tuple) else ()
    if len(numbers) != 2 or not numbers[0] < numbers[1]:
        raise ArgumentError("must be a list of two numbers, the smaller first")
    return numbers[0], numbers[1]


RangeOfValues = Annotated[
    tuple[float, float],
    ArgumentType(_read_values, {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2}),
]
"""The least and the largest number of an image."""
