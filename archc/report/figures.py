"""Numbers and sizes as text."""

from __future__ import annotations

from typing import Any

from archc.ir.shape import shape_text


def exact(value: int | None) -> str:
    """`25,557,032`; `?` for what is unknown."""
    return "?" if value is None else f"{value:,}"


def short(value: int | None) -> str:
    """Three digits and a unit of 1,000s: `3.86G`."""
    if value is None:
        return "?"
    for unit, scale in (("T", 10**12), ("G", 10**9), ("M", 10**6), ("K", 10**3)):
        if value >= scale:
            return f"{value / scale:.3g}{unit}" if value < 1000 * scale else f"{value // scale:,}{unit}"
    return str(value)


def memory(size: int | None) -> str:
    """Bytes in binary units: `10.7 MiB`."""
    if size is None:
        return "?"
    amount, unit = float(size), "B"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if amount < 1024 or unit == "TiB":
            break
        amount /= 1024
    return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"


def percent(part: int | None, whole: int | None) -> str:
    """The share of a part, `–` where it has none."""
    if not part or not whole:
        return "?" if part is None or whole is None else "–"
    share = 100 * part / whole
    return "<0.1%" if share < 0.1 else f"{share:.1f}%"


def fact_value(value: Any) -> str:
    """A documented or computed value: a shape, an exact number, or a figure as it is written in the spec."""
    if isinstance(value, list | tuple):
        return shape_text(value)
    if type(value) is int:
        return exact(value)
    return "?" if value is None else str(value)
