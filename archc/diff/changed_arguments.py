"""The arguments of two ops, compared."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from archc.ir.op import Op
from archc.ops.configured import Configured
from archc.ops.weight_arguments import Initializer, canonical_value, is_drawn


def changed_arguments(left: Op, right: Op) -> dict[str, list[Any]]:
    """The arguments that differ between two ops of one kind, with both values; those of an inner layer by their path.

    Two spellings of one initializer do not differ.
    """
    found: dict[str, list[Any]] = {}
    ours, theirs = left.values(), right.values()
    for name in {**ours, **theirs}:
        had, has = ours.get(name), theirs.get(name)
        if had == has:
            continue
        if isinstance(had, Op) and isinstance(has, Op) and type(had) is type(has):
            found |= {f"{name}.{inner}": pair for inner, pair in changed_arguments(had, has).items()}
        elif not _same_configured(had, has):
            found[name] = [had, has]
    return found


@lru_cache(maxsize=10_000)
def number_of_changes(left: Op, right: Op) -> int:
    """The number of arguments that differ between two ops of one kind."""
    return len(changed_arguments(left, right))


def training_alone(op: Op, argument: str) -> bool:
    """Whether an argument, named by its path, matters while training alone."""
    own, _, inner = argument.partition(".")
    value = getattr(op, own, None)
    return training_alone(value, inner) if inner and isinstance(value, Op) else own in op.training_arguments()


def is_constant_weight(op: Op, argument: str, *, trained: bool = True) -> bool:
    """Whether an argument, named by its path, gives a weight the numbers that it always has.

    They are given and not drawn, and the layer, or one around it, is not trained.
    """
    own, _, inner = argument.partition(".")
    value, trained = getattr(op, own, None), trained and op.trainable
    if inner and isinstance(value, Op):
        return is_constant_weight(value, inner, trained=trained)
    if own.endswith("initializer") and isinstance(value, str | Initializer):
        return not trained and not is_drawn(value)
    return not trained and own == "initial"


def _same_configured(had: Any, has: Any) -> bool:
    """Whether both are the same initializer, regularizer or constraint."""
    both = all(isinstance(value, str | Configured) for value in (had, has))
    return both and canonical_value(had) == canonical_value(has)
