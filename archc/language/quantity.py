"""Figures as documents print them: exact, to some digits, or as a bound."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from archc.language.value import describe

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_PRINTED = re.compile(r"([<>]?)\s*([0-9]+(?:_[0-9]+)*)(?:\.([0-9]+))?\s*([KMGT]?)")


class Quantity(NamedTuple):
    """A documented figure.

    Attributes:
        text: as it was written.
        low: `scale` times the least value that agrees; None without a lower bound.
        high: `scale` times the largest value that agrees; None without an upper bound.
        scale: what makes both bounds whole numbers.
        open: whether the bounds themselves are left out.
    """

    text: str
    low: int | None
    high: int | None
    scale: int = 1
    open: bool = False

    def within(self, tolerance: Fraction) -> Quantity:
        """The figure with the values that differ from it by this part of it at most; a bound stays one."""
        if self.low is None or self.high is None:
            return self
        middle = Fraction(self.low + self.high, 2)
        low = min(middle * (1 - tolerance), Fraction(self.low))
        high = max(middle * (1 + tolerance), Fraction(self.high))
        scale = low.denominator * high.denominator
        return self._replace(low=int(low * scale), high=int(high * scale), scale=self.scale * scale)

    def agrees(self, value: int) -> bool:
        """Whether a computed figure is what the document says."""
        scaled = value * self.scale
        if self.open:
            return (self.low is None or scaled > self.low) and (self.high is None or scaled < self.high)
        return (self.low is None or scaled >= self.low) and (self.high is None or scaled <= self.high)


def quantity(value: object) -> Quantity:
    """Reads a documented figure: `138_357_544`, `25.6M`, `<25M`.

    Digits alone are exact. Digits with a unit are as printed: right within half a unit of the last digit.

    Raises:
        ValueError: it is none, or a fraction without a unit.
    """
    if type(value) is int and value >= 0:
        return Quantity(f"{value:,}", value, value)
    match = _PRINTED.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        fraction = " A fraction needs a unit (25.6M)." if isinstance(value, float) else ""
        raise ValueError(
            f"must be a figure such as `138_357_544`, `25.6M` or `<25M`, but is {describe(value)}.{fraction}"
        )
    bound, whole, fraction_, unit = match.groups()
    if fraction_ and not unit:
        raise ValueError(f"must have a unit, for it is a fraction (25.6M), but is {describe(value)}")
    scale = 2 * 10 ** len(fraction_ or "")
    figure = 2 * int(whole.replace("_", "") + (fraction_ or "")) * _UNITS[unit]
    text = str(value).strip()
    if bound:
        return Quantity(text, figure if bound == ">" else None, figure if bound == "<" else None, scale, open=True)
    half = _UNITS[unit] if unit else 0
    return Quantity(text, figure - half, figure + half, scale)
