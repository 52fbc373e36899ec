"""The types of tensors."""

from __future__ import annotations

FLOATS = frozenset({"bfloat16", "float16", "float32", "float64"})
_RANKS = {"bool": 0, "int8": 1, "uint8": 1, "int16": 2, "int32": 3, "int64": 4}
INTEGERS = frozenset(_RANKS.keys() - {"bool"})
NUMBERS = FLOATS | INTEGERS
NUMBERS_AND_BOOLEANS = FLOATS | _RANKS.keys()
ANY = NUMBERS_AND_BOOLEANS | {"string"}


class DtypeError(ValueError):
    """A type of a tensor that an op cannot take, with the type in the message."""


def common_dtype(dtypes: tuple[str, ...]) -> str:
    """The type of what is computed from tensors of these types, by Keras's rule.

    Floats of different types do not come together, as a layer casts them to one.
    """
    kinds = dict.fromkeys(dtypes)
    if len(kinds) == 1:
        return dtypes[0]
    if floats := FLOATS.intersection(kinds):
        return next(iter(floats))
    widest = max(kinds, key=_RANKS.__getitem__)
    return "int16" if {"int8", "uint8"} <= kinds.keys() and _RANKS[widest] == 1 else widest


def kinds_text(dtypes: frozenset[str]) -> str:
    """What tensors of these types hold: `floats`, `whole numbers or texts`, `floats, int32, int64 or booleans`."""
    whole = ["whole numbers"] if dtypes >= INTEGERS else sorted(dtypes & INTEGERS)
    kinds = [*["floats"][: bool(dtypes & FLOATS)], *whole]
    kinds += [word for word, dtype in (("booleans", "bool"), ("texts", "string")) if dtype in dtypes]
    return " or ".join([", ".join(kinds[:-1]), kinds[-1]] if len(kinds) > 1 else kinds)
