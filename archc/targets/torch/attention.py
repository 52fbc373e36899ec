"""Attention over sequences, in PyTorch."""

from __future__ import annotations

import ast

from archc.codegen.tree import call, code, literal
from archc.ir.graph import Node
from archc.ops.attention import AdditiveAttention, Attention, GroupQueryAttention
from archc.targets.torch.translation import (
    Module,
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


@translate.register
def _group_query_attention(op: GroupQueryAttention, node: Node) -> Translation:
    """Projections to heads, `F.scaled_dot_product_attention`, and the projection of the heads to channels."""
    for argument in ("sliding_window", "dropout", "attention_mask"):
        if getattr(op, argument):
            raise Untranslated(f"GroupQueryAttention with `{argument}`")
    groups = op.num_query_heads // op.num_key_value_heads
    repeated = f".repeat_interleave({groups}, 1)" if groups > 1 else ""
    tensors = {f"of_{name}": tensor for name, tensor in _tensors(node).items()}
    heads = [
        code("query(of_query).transpose(1, 2)", **tensors),
        *(code(f"{name}(of_{name}).transpose(1, 2){repeated}", **tensors) for name in ("key", "value")),
    ]
    named = {"is_causal": literal(True)} if op.use_causal_mask else {}
    attended = code("heads.transpose(1, 2)", heads=call("F.scaled_dot_product_attention", heads, named))
    if op.use_gate:
        attended = code("heads * torch.sigmoid(gate(of_query))", heads=attended, **tensors)
    equations = {"attention_output": "bquh,uhm->bqm"}
    modules = [
        _einsum_module(node, name, equations.get(name, "bqm,muh->bquh"))
        for name in dict.fromkeys(weight.name.partition("/")[0] for weight in node.weights)
    ]
    return Translation(code("attention_output(heads)", heads=attended), tuple(modules))


def _einsum_module(node: Node, part: str, equation: str) -> Module:
    """A part of the layer, with the weights that are below its name in Keras."""
    weights = [weight for weight in node.weights if weight.name.partition("/")[0] == part]
    parameters = tuple(
        ModuleParameter(name, weight.name, tuple(range(len(weight.shape))))
        for name, weight in zip(("weight", "bias"), weights, strict=False)
    )
    shapes = [list(weight.shape) for weight in weights]
    return Module(torch_call("EinsumDense", equation, *shapes), parameters, part)
