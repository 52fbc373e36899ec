"""Attention over sequences, in PyTorch."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from archc.codegen.tree import call, code, literal
from archc.ir.graph import Node
from archc.ir.shape import Shape
from archc.ops.attention import AdditiveAttention, Attention, GroupQueryAttention, MultiHeadAttention, attention_inputs
from archc.targets.torch.masks import Places, check_sequences, mask_tensor, translate_masked
from archc.targets.torch.translation import (
    Module,
    ModuleParameter,
    Translation,
    Untranslated,
    image,
    in_keras_order,
    in_torch_order,
    input_tensor,
    number,
    one_module,
    torch_call,
    translate,
)

NO_MASKS = Places()


def _tensors(node: Node) -> dict[str, ast.expr]:
    """The query, the value and the key, which is the value where there is no other."""
    return {"query": input_tensor(0), "value": input_tensor(1), "key": input_tensor(len(node.inputs) - 1)}


@translate.register
def _attention(op: Attention, node: Node) -> Translation:
    return _of_lists(op, node, NO_MASKS)


@translate_masked.register
def _attention_masked(op: Attention, node: Node, places: Places) -> Translation:
    return _of_lists(op, node, places)


def _of_lists(op: Attention, node: Node, places: Places) -> Translation:
    if op.score_mode != "dot":
        raise Untranslated(f"Attention with `score_mode: {op.score_mode}`")
    if op.dropout:
        raise Untranslated("Attention with `dropout`")
    if not op.use_scale and not places:
        tensors = _tensors(node)
        named = {"is_causal": literal(True)} if op.use_causal_mask else {}
        given = [tensors["query"], tensors["key"], tensors["value"]]
        return Translation(call("F.scaled_dot_product_attention", given, {**named, "scale": literal(1)}))
    if not op.use_scale:
        return Translation(_means("query @ key.mT", node, places))
    return _weighted("layer(query @ key.mT)", node, (), places)


@translate.register
def _additive_attention(op: AdditiveAttention, node: Node) -> Translation:
    return _additive(op, node, NO_MASKS)


@translate_masked.register
def _additive_attention_masked(op: AdditiveAttention, node: Node, places: Places) -> Translation:
    return _additive(op, node, places)


def _additive(op: AdditiveAttention, node: Node, places: Places) -> Translation:
    if op.dropout:
        raise Untranslated("AdditiveAttention with `dropout`")
    if not op.use_scale:
        scores = "torch.tanh(query[:, :, None] + key[:, None]).sum(-1)"
        return Translation(_means(scores, node, places))
    channels = node.inputs[0].shape[-1]
    scores = "layer(torch.tanh(query[:, :, None] + key[:, None])).sum(-1)"
    return _weighted(scores, node, (channels or 0,), places)


def _weighted(scores: str, node: Node, shape: tuple[int, ...], places: Places) -> Translation:
    """Attention whose scores a learned factor of this shape is in."""
    weight = ModuleParameter("weight", "scale", tuple(range(len(shape))))
    return one_module(torch_call("Scale", *shape), weight, output=_means(scores, node, places))


def _means(scores: str, node: Node, places: Places) -> ast.expr:
    """The means of the values, weighted by the scores of each query; zeros where the query's mask is false."""
    check_sequences(node, places)
    tensors = _tensors(node)
    masks = [code("band(query, value, None, 0)", **tensors)] if getattr(node.op, "use_causal_mask", False) else []
    if 1 in places:
        masks.append(code("mask[:, None]", mask=mask_tensor(1)))
    weighed = code(scores, **tensors)
    for mask in masks[:1]:
        both = mask if len(masks) == 1 else call("torch.logical_and", masks)
        weighed = code("left_out(scores, mask)", scores=weighed, mask=both)
    means = code("torch.softmax(scores, -1) @ value", scores=weighed, value=tensors["value"])
    return means if 0 not in places else code("torch.where(mask[..., None], x, 0.0)", x=means, mask=mask_tensor(0))


@translate.register
def _group_query_attention(op: GroupQueryAttention, node: Node) -> Translation:
    """Projections to heads that share keys and values in groups, and attention in them."""
    return _in_heads(op, node, _axes(2), _repeated(op))


@translate_masked.register
def _group_query_attention_masked(op: GroupQueryAttention, node: Node, places: Places) -> Translation:
    return _in_heads(op, node, _axes(2), _repeated(op), places=places)


def _repeated(op: GroupQueryAttention) -> str:
    groups = op.num_query_heads // op.num_key_value_heads
    return f".repeat_interleave({groups}, 1)" if groups > 1 else ""


@translate_masked.register
def _multi_head_attention_masked(op: MultiHeadAttention, node: Node, places: Places) -> Translation:
    check_sequences(node, places)
    return _in_heads(op, node, _axes(2), "", places=places)


@translate.register
def _multi_head_attention(op: MultiHeadAttention, node: Node) -> Translation:
    """Projections to heads, attention in them along the last axis of positions, or along all as one axis."""
    query = node.inputs[0].shape
    rank = len(query)
    attended = sorted(op.attended(query))
    if attended not in ([rank - 2], list(range(rank - 1))):
        raise Untranslated("MultiHeadAttention along these `attention_axes`")
    if rank > 2 and (op.use_causal_mask or op.sliding_window):
        raise Untranslated("MultiHeadAttention of more than one axis of positions, some of which are left out")
    if attended == [rank - 2]:
        return _in_heads(op, node, _axes(rank), "")
    if op.attention_mask or None in query:
        raise Untranslated("MultiHeadAttention along several axes of an open size or with a mask")
    return _in_heads(op, node, _axes(2), "", flat=query[:-1])


_Heads = GroupQueryAttention | MultiHeadAttention


def _axes(rank: int) -> str:
    """Letters for the axes of positions of a tensor, in the equations of projections."""
    return "pqrstvwxyz"[: rank - 1]


def _in_heads(
    op: _Heads, node: Node, axes: str, repeated: str, flat: Shape = (), places: Places = NO_MASKS
) -> Translation:
    """Projections to heads, `F.scaled_dot_product_attention`, and the projection of the heads to channels.

    Args:
        op: the layer.
        node: its call.
        axes: letters for the axes of positions.
        repeated: what repeats heads that are shared.
        flat: the sizes of the axes of positions, where these become one.
        places: the inputs that have masks.
    """
    inputs = attention_inputs(op, range(len(node.inputs)))
    tensors = {
        f"of_{name}": _positions(input_tensor(place), node.inputs[place].shape, flat=bool(flat))
        for name, place in zip(("query", "value", "key"), inputs, strict=True)
    }
    swapped = ".transpose(1, 2)" if len(axes) == 1 else ".transpose(-3, -2)"
    heads = [
        code(f"query(of_query){swapped}", **tensors),
        *(code(f"{name}(of_{name}){swapped}{repeated}", **tensors) for name in ("key", "value")),
    ]
    attended = code(f"heads{swapped}", heads=_attended(op, node, heads, _masks(op, node, tensors, places)))
    if op.use_gate:
        attended = code("heads * torch.sigmoid(gate(of_query))", heads=attended, **tensors)
    output = code("attention_output(heads)", heads=attended)
    if flat:
        output = code("x.unflatten(1, sizes)", x=output, sizes=literal(flat))
    kept = node.weights[-1 - op.use_bias].shape[2:]
    channels = "cdef"[: len(kept)]
    if len(channels) != len(kept):
        raise Untranslated(f"{op.op_name} with an `output_shape` of {len(kept)} axes")
    equations = {"attention_output": f"b{axes}uh,uh{channels}->b{axes}{channels}"}
    modules = [
        _einsum_module(node, name, equations.get(name, f"b{axes}m,muh->b{axes}uh"))
        for name in dict.fromkeys(weight.name.partition("/")[0] for weight in node.weights)
    ]
    return Translation(in_torch_order(output, node.shape), tuple(modules))


def _positions(tensor: ast.expr, shape: Shape, *, flat: bool) -> ast.expr:
    """A tensor with its axes in Keras's order, those of positions as one where `flat`."""
    if image(shape) and flat:
        return code("x.flatten(2).mT", x=tensor)
    ordered = in_keras_order(tensor, shape)
    return code("x.flatten(1, -2)", x=ordered) if flat else ordered


def _attended(op: _Heads, node: Node, heads: list[ast.expr], masks: list[ast.expr]) -> ast.expr:
    """The means of the values of each head.

    Where all positions are left out, a mean is that of all; it is 0 where Keras computes the scores itself.
    """
    named = {"dropout_p": code("rate * self.training", rate=number(op.dropout))} if op.dropout else {}
    if masks and _computes_scores(op, node):
        return call("masked_attention", [*heads, *masks], named)
    if masks:
        named = {"attn_mask": call("score_bias", masks)}
    elif op.use_causal_mask:
        named["is_causal"] = literal(True)
    return call("F.scaled_dot_product_attention", heads, named)


def _computes_scores(op: _Heads, node: Node) -> bool:
    """Whether Keras computes the scores itself, as its attention function has no dropout and one axis of positions."""
    return bool(op.dropout) or len(node.inputs[0].shape) != 2


def _masks(op: _Heads, node: Node, tensors: Mapping[str, ast.expr], places: Places) -> list[ast.expr]:
    """What leaves positions out beside `is_causal`, as booleans with an axis for the heads, or without axes before."""
    masks: list[ast.expr] = []
    if op.sliding_window is not None:
        size = op.sliding_window
        masks.append(code(f"band(of_query, of_value, {1 - size}, {0 if op.use_causal_mask else size - 1})", **tensors))
    elif op.use_causal_mask and (op.attention_mask or places):
        masks.append(code("band(of_query, of_value, None, 0)", **tensors))
    for place in sorted(places):
        axes = "[:, None, None, :]" if place else "[:, None, :, None]"
        masks.append(code(f"mask{axes}", mask=mask_tensor(place)))
    if op.attention_mask:
        masks.append(_attention_mask(op, node, alone=not masks))
    return masks


def _attention_mask(op: _Heads, node: Node, *, alone: bool) -> ast.expr:
    """The mask that is an argument as booleans, with an axis for the heads.

    Where Keras computes the scores itself, and no other mask is there, a number up to 0.5 leaves out, else 0 alone.
    """
    tensor, rank = node.inputs[-1], len(node.inputs[0].shape)
    mask = in_keras_order(input_tensor(len(node.inputs) - 1), tensor.shape)
    missing = rank + 1 - len(tensor.shape)
    if missing:
        alone_in_front = len(tensor.shape) == 2
        places = ", ".join(["None"] * missing)
        mask = code(f"mask[:, {places}]" if alone_in_front else f"mask[..., {places}, :, :]", mask=mask)
    if tensor.dtype == "bool":
        return mask
    by_half = alone and _computes_scores(op, node)
    return code("(mask > 0.5)" if by_half else "mask.bool()", mask=mask)


def _einsum_module(node: Node, part: str, equation: str) -> Module:
    """A part of the layer, with the weights that are below its name in Keras."""
    weights = [weight for weight in node.weights if weight.name.partition("/")[0] == part]
    parameters = tuple(
        ModuleParameter(name, weight.name, tuple(range(len(weight.shape))))
        for name, weight in zip(("weight", "bias"), weights, strict=False)
    )
    shapes = [list(weight.shape) for weight in weights]
    return Module(torch_call("EinsumDense", equation, *shapes), parameters, part)
