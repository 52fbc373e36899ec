"""Attention over sequences, in PyTorch."""

from __future__ import annotations

import ast

from archc.codegen.tree import call, code, literal
from archc.ir.graph import Node
from archc.ops.attention import AdditiveAttention, Attention
from archc.targets.torch.translation import (
    ModuleParameter,
    Translation,
    Untranslated,
    input_tensor,
    one_module,
    torch_call,
    translate,
)


def _tensors(node: Node) -> dict[str, ast.expr]:
    """The query, the value and the key, which is the value where there is no other."""
    return {"query": input_tensor(0), "value": input_tensor(1), "key": input_tensor(len(node.inputs) - 1)}


@translate.register
def _attention(op: Attention, node: Node) -> Translation:
    if op.score_mode != "dot":
        raise Untranslated(f"Attention with `score_mode: {op.score_mode}`")
    if op.dropout:
        raise Untranslated("Attention with `dropout`")
    if not op.use_scale:
        tensors = _tensors(node)
        named = {"is_causal": literal(True)} if op.use_causal_mask else {}
        given = [tensors["query"], tensors["key"], tensors["value"]]
        return Translation(call("F.scaled_dot_product_attention", given, {**named, "scale": literal(1)}))
    return _weighted("layer(query @ key.mT)", op.use_causal_mask, node, ())


@translate.register
def _additive_attention(op: AdditiveAttention, node: Node) -> Translation:
    if op.dropout:
        raise Untranslated("AdditiveAttention with `dropout`")
    if not op.use_scale:
        scores = "torch.tanh(query[:, :, None] + key[:, None]).sum(-1)"
        return Translation(_means(scores, op.use_causal_mask, node))
    channels = node.inputs[0].shape[-1]
    scores = "layer(torch.tanh(query[:, :, None] + key[:, None])).sum(-1)"
    return _weighted(scores, op.use_causal_mask, node, (channels or 0,))


def _weighted(scores: str, causal: bool, node: Node, shape: tuple[int, ...]) -> Translation:
    """Attention whose scores a learned factor of this shape is in."""
    weight = ModuleParameter("weight", "scale", tuple(range(len(shape))))
    return one_module(torch_call("Scale", *shape), weight, output=_means(scores, causal, node))


def _means(scores: str, causal: bool, node: Node) -> ast.expr:
    """The means of the values, weighted by the scores of each query."""
    if causal:
        raise Untranslated(f"{node.op.op_name} with `use_causal_mask`")
    return code(f"torch.softmax({scores}, -1) @ value", **_tensors(node))
