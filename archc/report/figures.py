"""Numbers and sizes as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from archc.ir.shape import shape_text

if TYPE_CHECKING:
    from archc.analysis.receptive_field import Field


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
    power = min(max(size.bit_length() - 1, 0) // 10, 4)
    amount = size / 1024**power
    return f"{amount:.{0 if power == 0 or amount >= 100 else 1}f} {('B', 'KiB', 'MiB', 'GiB', 'TiB')[power]}"


def field_text(field: tuple[Field, ...]) -> str:
    """`7` for a square, else `7x1`; `all` for the whole input."""
    return reaches_text([axis.reach for axis in field])


def reaches_text(reaches: Sequence[float | None]) -> str:
    """The text of a receptive field, from its reach along each axis."""
    if not reaches:
        return "all"
    texts = ["all" if reach is None else f"{reach:g}" for reach in reaches]
    return texts[0] if len(set(texts)) == 1 else "x".join(texts)


def percent(part: int | None, whole: int | None) -> str:
    """The share of a part, `–` where it has none."""
    if not part or not whole:
        return "?" if part is None or whole is None else "–"
    share = 100 * part / whole
    return "<0.1%" if share < 0.1 else f"{share:.1f}%"


def setting_text(value: Any) -> str:
    """A value as a spec writes it: `[3, 4]`, `{a: 1}`, `true`, `0.001`."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(setting_text, value))}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {setting_text(item)}" for key, item in value.items()) + "}"
    if value is None or isinstance(value, bool):
        return "null" if value is None else str(value).lower()
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def fact_value(value: Any) -> str:
    """A documented or computed value: a shape, an exact number, or a figure as it is written in the spec."""
    if isinstance(value, list | tuple):
        return shape_text(value)
    if type(value) is int:
        return exact(value)
    return "?" if value is None else str(value)
