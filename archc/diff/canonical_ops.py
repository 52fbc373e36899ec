"""Ops in canonical spelling, in which equal computations are equal ops however they are written, and their digests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b
from typing import Any

from archc.ir.graph import Node, Tensor
from archc.ir.op import Dtype, Op
from archc.ir.shape import Shape
from archc.ops import registry
from archc.ops.activation_arguments import canonical_activation


@dataclass(frozen=True, slots=True, eq=False)
class CanonicalOp:
    """An op in canonical spelling, over inputs of some shapes. The digests are whole numbers.

    Attributes:
        once: the numbers of ops of each name, which is one op.
        form: a digest without its widths, and without arguments that matter in training alone.
        content: a digest without arguments that matter in training alone.
        exact: a digest with all arguments; the first three are the same in each process.
        equal: a digest that equal ops have, and no others.
        alone: form and content of a layer that has one input, and so nothing between this and its dominator.
        commutes: whether the order of its inputs makes no difference.
        passes_on: whether it passes its input on in inference.
        makes_mask: whether it makes a mask.
    """

    op: Op
    name: str
    once: Mapping[str, int]
    form: int
    content: int
    exact: int
    equal: int
    alone: tuple[int, int]
    commutes: bool
    passes_on: bool
    makes_mask: bool


Spelled = tuple[CanonicalOp, CanonicalOp | None]
"""An op without the activation that it ends with, and that activation."""


@lru_cache(maxsize=10_000)
def spelled(op: Op, inputs: tuple[Shape, ...]) -> Spelled:
    """An op in canonical spelling.

    Args:
        op: as it is written.
        inputs: the shapes that it is called on.
    """
    body, activation = canonical_ops(op, inputs)
    if activation is None:
        return _digested(body, inputs), None
    return _digested(body, inputs), _digested(activation, (body.infer(*inputs),))


def canonical_ops(op: Op, inputs: tuple[Shape, ...]) -> tuple[Op, Op | None]:
    """The op in canonical spelling without the activation that it ends with, and that activation.

    Args:
        op: as it is written.
        inputs: the shapes that it is called on.
    """
    spelled = op.canonical(inputs)
    if spelled.as_activation is not None:
        return _activation(spelled.as_activation, spelled.dtype, len(inputs[0])), None
    if not spelled.ends_in_activation or (held := getattr(spelled, "activation", None)) is None:
        return spelled, None
    activation = _activation(held, spelled.dtype, len(spelled.infer(*inputs)))
    return spelled.model_copy(update={"activation": None}), activation


def canonical_inputs(node: Node) -> tuple[Tensor, ...]:
    """The inputs of a call of a layer, without a key of attention that is the value."""
    if len(node.inputs) < 2 or not node.op.repeats_input:
        return node.inputs
    taken, arguments = node.op.split_inputs(node.inputs)
    return (*node.op.without_repeated_key(taken), *arguments.values())


@cache
def _activation(held: Any, dtype: Dtype | None, axes: int) -> Op:
    """The layer that computes an activation of a tensor with this number of axes."""
    activation = canonical_activation(held, axes)
    return registry()["Activation"].model_validate({"activation": activation, "dtype": dtype})


# --- digests ---


def _digested(op: Op, inputs: tuple[Shape, ...]) -> CanonicalOp:
    """An op in canonical spelling with its digests."""
    given = op.arguments()
    arguments = _in_inference(op, given)
    narrow = {name: value for name, value in arguments.items() if name not in op.widths}
    form, content, exact = (_digest(op.op_name, values) for values in (narrow, arguments, given))
    return CanonicalOp(
        op=op,
        name=op.op_name,
        once={op.op_name: 1},
        form=form,
        content=content,
        exact=exact,
        equal=mix(exact, hash(op)),
        alone=(mix(form, 0), mix(content, 0)),
        commutes=op.commutes,
        passes_on=len(inputs) == 1 and op.passes_on(inputs),
        makes_mask=op.masking == "makes",
    )


def _in_inference(op: Op, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments that matter in inference; an op among them by its name and its own arguments."""
    left_out = op.training_arguments()
    return {name: _value_in_inference(value) for name, value in arguments.items() if name not in left_out}


def _value_in_inference(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_value_in_inference, value))
    return (value.op_name, _in_inference(value, value.arguments())) if isinstance(value, Op) else value


def _digest(*parts: object) -> int:
    return int.from_bytes(blake2b(repr(parts).encode(), digest_size=7).digest(), "big")


def mix(*parts: int) -> int:
    """A digest of whole numbers, the same in each process."""
    return hash(parts)
