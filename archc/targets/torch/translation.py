"""What a layer is in PyTorch, and where the axes of a tensor are.

A tensor of three axes is an image and has its channels first in PyTorch: HxWxC is (N, C, H, W). Every other tensor has
its axes in Keras's order: features last.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from archc.ir.shape import Shape


class Parameter(NamedTuple):
    """A tensor in the state of a module, and the weight of Keras's layer that it is.

    Attributes:
        name: in the module.
        weight: Keras's name.
        order: of the axes of Keras's weight.
        shape: what the reordered weight is reshaped to; empty where it has its shape.
    """

    name: str
    weight: str
    order: tuple[int, ...]
    shape: tuple[int, ...]


class Module(NamedTuple):
    """A module that a layer holds.

    Attributes:
        made: the expression that makes it.
        parameters: its state, but for the count of batches.
        part: what its name ends in, where the layer holds several.
        counts: whether its state has a count of batches.
    """

    made: str
    parameters: tuple[Parameter, ...] = ()
    part: str = ""
    counts: bool = False


class Translation(NamedTuple):
    """A layer in PyTorch.

    Attributes:
        computed: the expression, with `{0}` for the first tensor, `{layer}` for the module, and the part's name for a
            module that is a part; None where the layer changes nothing.
        modules: what the layer holds.
        functions: the names of the functions that it uses, of those in `torch_functions.py`.
    """

    computed: str | None
    modules: tuple[Module, ...] = ()
    functions: tuple[str, ...] = ()


class Untranslated(Exception):
    """A layer that has no translation; the message is what it is, such as `Conv2D with dtype`."""


NOTHING = Translation(None)


def image(shape: Shape) -> bool:
    """Whether a tensor of this shape has its channels first in PyTorch."""
    return len(shape) == 3


def dimension(index: int, rank: int) -> int:
    """PyTorch's dimension of an axis, which is counted from 0 without the batch."""
    return (2, 3, 1)[index] if rank == 3 else index + 1


def channels_dimension(rank: int) -> int:
    """PyTorch's dimension of the last axis, from the end where that reads better."""
    return 1 if rank in (1, 3) else -1


def channels_last(tensor: str, shape: Shape) -> str:
    """The tensor with its axes in Keras's order, if its numbers would be in another order without."""
    if not image(shape) or shape[2] == 1 or shape[:2] == (1, 1):
        return tensor
    return f"{tensor}.permute(0, 2, 3, 1)"


def as_wide(tensor: str, shape: Shape, rank: int) -> str:
    """The tensor as arithmetic with tensors of `rank` axes takes it, aligned at the channels."""
    if len(shape) == rank:
        return tensor
    missing = ", ".join(["None"] * (rank - len(shape)))
    if rank == 3:
        return f"{tensor}[:, :, {missing}]" if len(shape) == 1 else f"{tensor}.transpose(1, 2)[:, :, {missing}]"
    return f"{tensor}[:, {missing}]"


def number(value: float) -> str:
    """A number as people write it: `0.01` for what floats make of 1 - 0.99."""
    rounded = float(f"{value:.12g}")
    return str(int(rounded)) if rounded == int(rounded) and abs(rounded) < 1e15 else repr(rounded)


def sizes(values: Iterable[Any]) -> str:
    """The sizes along the axes as PyTorch takes them: one number where all are alike."""
    listed = tuple(values)
    return str(listed[0]) if len(set(listed)) == 1 else str(listed)


def arguments(*plain: Any, **named: Any) -> str:
    """The arguments of a call; a named one of None is left out."""
    return ", ".join(
        [*(str(value) for value in plain), *(f"{name}={value}" for name, value in named.items() if value is not None)]
    )
