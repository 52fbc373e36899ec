"""Layers that change the range, the size or the content of an image, in PyTorch."""

from __future__ import annotations

from archc.codegen.tree import code
from archc.ir.graph import Node
from archc.ir.shape import known_size
from archc.ops.augmentation import _Augmentation
from archc.ops.preprocessing import AutoContrast, CenterCrop
from archc.targets.torch.reshapes import sliced
from archc.targets.torch.translation import UNCHANGED, Translation, Untranslated, number, translate


@translate.register
def _augmentation(_: _Augmentation, __: Node) -> Translation:
    """Nothing, as in inference: in PyTorch images are augmented before they reach a module."""
    return UNCHANGED


@translate.register
def _center_crop(op: CenterCrop, node: Node) -> Translation:
    before = node.inputs[0].shape
    if not op.crops(before):
        raise Untranslated("CenterCrop of a smaller image")
    parts: dict[int, tuple[int | None, int | None]] = {}
    for index, to in enumerate((op.height, op.width)):
        size = known_size(before[index], "the size of an image")
        start = (size - to) // 2
        parts[index] = (start or None, start + to if start + to < size else None)
    return sliced(3, parts)


@translate.register
def _auto_contrast(op: AutoContrast, _: Node) -> Translation:
    low, high = map(number, op.value_range)
    if op.value_range == (0.0, 255.0):
        return Translation(code("auto_contrast(x)"))
    return Translation(code("auto_contrast(x, low, high)", low=low, high=high))
