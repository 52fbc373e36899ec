"""Layers that number categories, in PyTorch; texts and hashes have no translation."""

from __future__ import annotations

import ast

from archc.codegen.tree import code, list_of, literal
from archc.ir.graph import Node
from archc.ops.categories import CategoryEncoding, Discretization
from archc.targets.torch.translation import Translation, X, image, in_keras_order, in_torch_order, number, translate


@translate.register
def _discretization(op: Discretization, node: Node) -> Translation:
    """The number of boundaries that are not above each number."""
    bins = code("torch.tensor(bins, device=x.device)", bins=list_of(map(number, op.bin_boundaries)))
    shape = node.inputs[0].shape
    x = code("x.contiguous()") if image(shape) else X  # whose channels may have been moved
    if op.output_mode == "int":
        return Translation(code("torch.bucketize(x.float(), bins, right=True, out_int32=True)", x=x, bins=bins))
    places = in_keras_order(code("torch.bucketize(x, bins, right=True)", x=x, bins=bins), shape)
    return _encoded(places, len(op.bin_boundaries) + 1, op.output_mode, node)


@translate.register
def _category_encoding(op: CategoryEncoding, node: Node) -> Translation:
    """A row that marks or counts whole numbers; those that are no category are left out."""
    whole = code("x.long()", x=in_keras_order(X, node.inputs[0].shape))
    return _encoded(whole, op.num_tokens, op.output_mode, node)


def _encoded(categories: ast.expr, depth: int, output_mode: str, node: Node) -> Translation:
    """Numbers of categories in an output mode of Keras's, with their axes in Keras's order."""
    if len(node.shape) > len(node.inputs[0].shape) or output_mode != "one_hot":
        categories = code("x[..., None]", x=categories)
    rows = code("x == torch.arange(depth, device=x.device)", x=categories, depth=literal(depth))
    over = {"one_hot": "(rows).float()", "multi_hot": "(rows).any(1).float()", "count": "(rows).sum(1).float()"}
    return Translation(in_torch_order(code(over[output_mode], rows=rows), node.shape))
