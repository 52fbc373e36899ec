"""Values of weights that are not finite: they are loaded as they are, with a warning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from archc.codes import CODES
from archc.diagnostics import Diagnostic, shortened
from archc.weights.file_errors import named_layers


def assign(variable: Any, values: Any) -> str | None:
    """Gives a variable its values; what is wrong with them, or None."""
    import numpy as np

    with np.errstate(over="ignore"):
        variable.assign(values)
    if values.dtype.kind != "f":
        return None
    if np.isnan(values).any():
        return "NaN"
    if np.isinf(values).any():
        return "infinite numbers"
    dtype = str(variable.dtype)
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
