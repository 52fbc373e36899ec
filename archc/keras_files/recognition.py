"""Ops of archc's that Keras has as several operations, recognised by what they are computed from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from archc.ir.op import Op
from archc.ir.opaque import Opaque
from archc.keras_files.flat import FlatNode, FlatTensor
from archc.ops import registry
from archc.ops.weight_arguments import Initializer

_LEARNED = re.compile(r"a,([b-z]+)->a\1")


class Found(NamedTuple):
    """The op that stands for several operations, and what it is called on."""

    op: Op
    inputs: list[FlatTensor]


def recognized(last: Op | str, inputs: Sequence[FlatTensor]) -> Found | None:
    """The op whose last operation this is; None where it is no other than itself.

    Args:
        last: an op, or the name of an operation.
        inputs: what it is called on.
    """
    if isinstance(last, Op):
        return _of_einsum(last, inputs) if last.op_name == "EinsumDense" else None
    if last in ("Divide", "TrueDivide") and len(inputs) == 2:
        return _local_response_normalization(*inputs)
    if last == "Add" and len(inputs) == 2:
        return _sampling(*inputs)
    return None


def _sampling(mean: FlatTensor, scaled: FlatTensor) -> Found | None:
    """`mean + exp(log_variance / 2) * noise`, where the noise is added to zeros."""
    if not isinstance(scaled, FlatNode) or scaled.op.op_name != "Multiply" or len(scaled.inputs) != 2:
        return None
    deviation, noise = scaled.inputs
    halved = _before(deviation, "Exp")
    log_variance, zeros = _before(halved, "Rescaling"), _before(noise, "GaussianNoise")
    if log_variance is None or not isinstance(halved, FlatNode) or not isinstance(noise, FlatNode):
        return None
    is_half = (getattr(halved.op, "scale", None), getattr(halved.op, "offset", None)) == (0.5, 0.0)
    is_noise = getattr(noise.op, "stddev", None) == 1 and _is_like(zeros, "ZerosLike")
    if not is_half or not is_noise or mean.shape != log_variance.shape:
        return None
    return Found(_made("Sampling", {"seed": getattr(noise.op, "seed", None)}), [mean, log_variance])


def _of_einsum(op: Op, inputs: Sequence[FlatTensor]) -> Found | None:
    """A scale of each channel, or a learned tensor."""
    equation, bias = getattr(op, "equation", ""), getattr(op, "bias_axes", None)
    given, initializer = inputs[0], getattr(op, "kernel_initializer", None)
    common = {"trainable": op.trainable, "dtype": op.dtype}
    defaults = ("equation", "output_shape", "bias_axes", "kernel_initializer", "trainable", "dtype")
    if any(name not in defaults for name in op.arguments()):
        return None
    rest = equation.partition(",")[0]
    sizes = getattr(op, "output_shape", ())
    sizes = (sizes,) if isinstance(sizes, int) else tuple(sizes)
    if _LEARNED.fullmatch(equation) and bias is None and _is_like(given, "OnesLike"):
        return Found(_made("Learned", {"shape": list(sizes), "initializer": initializer, **common}), [])
    scales = len(rest) == len(given.shape) + 1 and equation == f"{rest},{rest[-1:]}->{rest}" and sizes == given.shape
    if scales and rest.isalpha() and bias in (None, rest[-1]):
        value = {"ones": 1.0, "zeros": 0.0}.get(initializer) if isinstance(initializer, str) else None
        if isinstance(initializer, Initializer) and initializer.configured_name == "Constant":
            given_value = getattr(initializer, "value", None)
            value = given_value if isinstance(given_value, float) else None
        if value is not None:
            return Found(_made("Scale", {"center": bias is not None, "initial": value, **common}), [given])
    return None


def _made(name: str, arguments: Mapping[str, Any]) -> Op:
    return registry()[name](**arguments)


def _is_like(tensor: FlatTensor | None, operation: str) -> bool:
    """Whether a tensor is what an operation makes of the shape of another: `OnesLike`, `ZerosLike`."""
    return isinstance(tensor, FlatNode) and isinstance(tensor.op, Opaque) and tensor.op.layer_class == operation


def _local_response_normalization(x: FlatTensor, divisor: FlatTensor) -> Found | None:
    """`x / (bias + alpha * sum of squares of the neighbour channels) ** beta`."""
    if not isinstance(divisor, FlatNode) or divisor.op.op_name != "Power":
        return None
    beta = getattr(divisor.op, "exponent", None)
    shifted = divisor.inputs[0]
    scaled = _before(shifted, "Rescaling")
    total = _before(scaled, "Rescaling")
    if beta is None or not isinstance(shifted, FlatNode) or not isinstance(scaled, FlatNode) or total is None:
        return None
    bias, alpha = getattr(shifted.op, "offset", None), getattr(scaled.op, "scale", None)
    if getattr(shifted.op, "scale", None) != 1.0 or getattr(scaled.op, "offset", None) != 0.0:
        return None
    neighbours: list[FlatTensor] = []
    while isinstance(total, FlatNode) and total.op.op_name == "Add" and len(total.inputs) == 2:
        neighbours.append(total.inputs[1])
        total = total.inputs[0]
    neighbours.append(total)
    neighbours.reverse()
    if not _are_neighbours(neighbours, x):
        return None
    arguments = {"size": len(neighbours), "bias": bias, "alpha": alpha, "beta": beta}
    return Found(_made("LocalResponseNormalization", arguments), [x])


def _before(tensor: FlatTensor | None, op: str) -> FlatTensor | None:
    """The input of a layer of this op; None for any other tensor."""
    return tensor.inputs[0] if isinstance(tensor, FlatNode) and tensor.op.op_name == op else None


def _are_neighbours(found: list[FlatTensor], x: FlatTensor) -> bool:
    """Whether these are the squares of `x`, shifted along the channels to one place after another."""
    size, channels = len(found), x.shape[-1] if x.shape else None
    sources = {_before(one, "Slice" if size > 1 else "Identity") for one in found}
    padded = next(iter(sources))
    if channels is None or size % 2 == 0 or len(sources) > 1 or not isinstance(padded, FlatNode):
        return False
    wanted = [(place, None if place == size - 1 else place + channels) for place in range(size)]
    given = [(getattr(one.op, "start", 0), _stop(one)) for one in found if isinstance(one, FlatNode)]
    sides = getattr(padded.op, "before", None), getattr(padded.op, "after", None)
    square = _before(padded, "Pad")
    is_square = isinstance(square, FlatNode) and square.op.op_name == "Square" and square.inputs == (x,)
    return is_square and given == wanted and sides == (size // 2, size // 2)


def _stop(node: FlatNode) -> int | None:
    """Where a slice ends, counted from the start; None at the end."""
    stop, size = getattr(node.op, "stop", None), node.inputs[0].shape[-1]
    stop = stop + size if isinstance(stop, int) and stop < 0 and size is not None else stop
    return None if stop == size else stop
