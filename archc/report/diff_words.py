"""What changed in a layer, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archc.ir.op import Op


def takes(before: Sequence[Any], after: Sequence[Any]) -> str:
    """What a layer takes instead of what."""
    had, has = (", ".join(tensor.name for tensor in tensors) for tensors in (before, after))
    if not before:
        return f"takes {has} too"
    return f"takes {has} instead of {had}" if after else f"no longer takes {had}"


def described(op: Op) -> str:
    """An op with the arguments that differ from Keras's defaults, but for how weights begin."""
    shown = {
        name: value
        for name, value in op.arguments().items()
        if not name.endswith(("_initializer", "_regularizer", "_constraint"))
    }
    return f"{op.op_name}  {', '.join(f'{name} {written(value)}' for name, value in shown.items())}".rstrip()


def written(value: Any) -> str:
    """An argument as people write it: `3x3`, `same`."""
    if isinstance(value, tuple):
        if value and all(isinstance(item, int) for item in value):
            return "x".join(map(str, value))
        return ", ".join(
            f"({', '.join(map(str, item))})" if isinstance(item, tuple) else written(item) for item in value
        )
    if value is None:
        return "none"
    if isinstance(value, Op):
        return described(value)
    if isinstance(value, float):
        return f"{value:g}".replace("e-0", "e-")
    return str(value).lower() if isinstance(value, bool) else str(value)


def fields(differing: dict[str, list[Any]]) -> str:
    """The arguments that differ: `kernel_size 3x3 -> 1x1`."""
    return ", ".join(f"{name} {written(old)} -> {written(new)}" for name, (old, new) in differing.items())
