"""Values of weights that are not finite: they are loaded as they are, with a warning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from archc.codes import CODES
from archc.diagnostics import Diagnostic, shortened
from archc.targets.keras.array_memory import tensor_of
from archc.weights.file_errors import named_layers


def assign(variable: Any, values: Any, *, given_away: bool = False) -> str | None:
    """Gives a variable its values; what is wrong with them, or None.

    Args:
        variable: of a layer.
        values: of its shape.
        given_away: whether nothing else has the array, so that its memory can become that of the variable.
    """
    import numpy as np

    dtype = str(variable.dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        variable.assign(tensor_of(values) if given_away and dtype == values.dtype.name else values)
        if values.dtype.kind != "f":
            return None
        is_finite = np.isfinite(values.sum())  # read once; a sum with a NaN or an infinite number is not finite
    if not is_finite and np.isnan(values).any():
        return "NaN"
    if not is_finite and np.isinf(values).any():
        return "infinite numbers"
    if dtype != values.dtype.name and not np.isfinite(variable.value.__array__()).all():
        return f"numbers too large for {dtype}"
    return None


def value_warnings(found: Mapping[str, Mapping[str, None]]) -> Iterator[Diagnostic]:
    """A warning for each kind of values, with its layers.

    Args:
        found: the names of layers by what `assign` found in them.
    """
    for what, layers in found.items():
        count = f"{len(layers):,} layer{'' if len(layers) == 1 else 's'}"
        message = f"the file has {what} for {count}: {named_layers([*map(shortened, layers)])}"
        yield Diagnostic("weights-not-finite", message, hint=CODES["weights-not-finite"].advice, about=what)
