"""The masks that Keras passes on, in PyTorch: the lines that compute them, and the layers that compute by them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from functools import singledispatch
from typing import NamedTuple

from archc.codegen.tree import call, code, list_of, literal, variable
from archc.ir.graph import Graph, Node, Tensor
from archc.ir.masks import EitherMask, JoinedMask, MadeMask, Mask
from archc.ir.op import Op
from archc.ir.shape import axis_index
from archc.ops.core import Masking
from archc.ops.pooling import GlobalAveragePooling1D
from archc.targets.torch.translation import Translation, Untranslated, X, input_tensor, number, translate

Places = frozenset[int]
"""The numbers of the inputs of a layer that have masks."""


class MaskLine(NamedTuple):
    """A line that computes a mask, before that of the layer which the mask comes from.

    Attributes:
        mask: what it computes.
        value: the expression; `x`, `x_1` are the inputs of the layer, and `mask`, `mask_1` the masks of `parts`.
        parts: the masks that it is computed from.
    """

    mask: Mask
    value: ast.expr
    parts: tuple[Mask | None, ...] = ()


def mask_tensor(number: int) -> ast.Name:
    """The placeholder of the mask of an input in the output of a translation."""
    return variable(f"mask_{number}") if number else variable("mask")


def masks_used(graph: Graph, found: Mapping[Tensor, Mask]) -> dict[Node, dict[int, Mask]]:
    """For each layer that computes by masks, those of its inputs by their numbers."""
    used: dict[Node, dict[int, Mask]] = {}
    for node in graph.nodes:
        if node.op.mask_use == "always":
            taken, _ = node.op.split_inputs(node.inputs)
            given = {place: found[tensor] for place, tensor in enumerate(taken) if tensor in found}
            if given:
                used[node] = given
    return used


def mask_lines(found: Mapping[Tensor, Mask], wanted: Iterable[Mask]) -> dict[Node, MaskLine | Untranslated]:
    """The lines that compute these masks, by the layers before whose lines they stand, or why there is none."""
    needed: set[Mask] = set()
    pending: list[Mask | None] = [*wanted]
    while pending:
        mask = pending.pop()
        if mask is not None and mask not in needed:
            needed.add(mask)
            pending += mask.masks if isinstance(mask, EitherMask | JoinedMask) else ()
    lines: dict[Node, MaskLine | Untranslated] = {}
    for node, mask in found.items():
        if mask in needed and isinstance(node, Node):
            needed.remove(mask)
            try:
                lines[node] = _line(node, mask)
            except Untranslated as reason:
                lines[node] = reason
    return lines


def _line(node: Node, mask: Mask) -> MaskLine:
    """The line of a mask at the first layer that leaves it."""
    match mask:
        case MadeMask():
            if isinstance(node.op, Masking):
                value = code("(x != value).any(-1)", x=X, value=number(node.op.mask_value))
                return MaskLine(mask, value)
            return MaskLine(mask, code("x != 0", x=X))
        case EitherMask(several):
            either: ast.expr = mask_tensor(0)
            for place in range(1, len(several)):
                either = call("torch.logical_or", [either, mask_tensor(place)])
            return MaskLine(mask, either, several)
        case JoinedMask(_, several):
            return MaskLine(mask, _joined(node, several), several)


def _joined(node: Node, several: tuple[Mask | None, ...]) -> ast.expr:
    """The masks of sequences one after another; along the channels, what one of them counts.

    Raises:
        Untranslated: the tensors are no sequences.
    """
    if len(node.shape) != 2:
        raise Untranslated("the mask of a Concatenate of other tensors than sequences")
    parts: list[ast.expr] = [
        code("torch.ones_like(x[..., 0], dtype=torch.bool)", x=input_tensor(place))
        if mask is None
        else mask_tensor(place)
        for place, mask in enumerate(several)
    ]
    if axis_index(getattr(node.op, "axis", -1), node.shape) == 0:
        return call("torch.cat", [list_of(parts), literal(1)])
    return code("masks.any(0)", masks=call("torch.stack", [list_of(parts)]))


# --- the layers that compute by masks ---


@singledispatch
def translate_masked(op: Op, node: Node, _: Places) -> Translation:
    """The call of a layer some of whose inputs have masks.

    Raises:
        Untranslated: the op has no translation, or not with masks.
    """
    translate(op, node)  # what has none without masks says so
    raise Untranslated(f"{op.op_name} of a tensor with a mask")


def check_sequences(node: Node, places: Places) -> None:
    """Checks that the tensors with masks are sequences.

    Raises:
        Untranslated: one is none.
    """
    if any(len(node.inputs[place].shape) != 2 for place in places):
        raise Untranslated(f"{node.op.op_name} with the mask of another tensor than a sequence")


@translate_masked.register
def _global_average_pooling(op: GlobalAveragePooling1D, node: Node, places: Places) -> Translation:
    check_sequences(node, places)
    kept = ", True" if op.keepdims else ""
    counted = code(f"torch.where(mask[..., None], x, 0.0).sum(1{kept})", x=X, mask=mask_tensor(0))
    count = "mask[..., None].sum(1, True)" if op.keepdims else "mask.sum(1, True)"
    return Translation(code(f"x / {count}", x=counted, mask=mask_tensor(0)))
