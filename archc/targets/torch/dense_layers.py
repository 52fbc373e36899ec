"""Dense layers and embeddings in PyTorch."""

from __future__ import annotations

from archc.codegen.tree import code
from archc.ir.graph import Node
from archc.ir.shape import channels_of
from archc.ops.core import Dense, Embedding
from archc.targets.torch.activations import activated
from archc.targets.torch.translation import (
    Module,
    ModuleParameter,
    Translation,
    Untranslated,
    image,
    torch_call,
    translates,
)


@translates(Dense)
def _dense(node: Node, op: Dense) -> Translation:
    """`nn.Linear`; over the channels of an image, the convolution of size 1 that it is."""
    shape = node.inputs[0].shape
    made = torch_call(
        "nn.Conv2d" if image(shape) else "nn.Linear",
        channels_of(shape),
        op.units,
        kernel_size=1 if image(shape) else None,
        bias=None if op.use_bias else False,
    )
    kernel = ModuleParameter("weight", "kernel", (1, 0), (op.units, -1, 1, 1) if image(shape) else ())
    bias = (ModuleParameter("bias", "bias", (0,), (-1,)),) if op.use_bias else ()
    return Translation(activated(code("layer(x)"), op.activation, len(shape)), (Module(made, (kernel, *bias)),))


@translates(Embedding)
def _embedding(node: Node, op: Embedding) -> Translation:
    if op.mask_zero:
        raise Untranslated("Embedding with `mask_zero`")
    if image(node.shape) or image(node.inputs[0].shape):
        raise Untranslated(f"Embedding of {len(node.inputs[0].shape)} axes")
    made = torch_call("nn.Embedding", op.input_dim, op.output_dim)
    return Translation(code("layer(x)"), (Module(made, (ModuleParameter("weight", "embeddings", (0, 1)),)),))
