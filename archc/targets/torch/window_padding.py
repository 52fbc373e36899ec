"""The padding of windows that slide over one to three axes, in PyTorch.

TensorFlow's `same` leaves out no position: it pads so that the last window still fits, the odd row at the end. Where
both sides get alike, PyTorch's layers pad; where not, the tensor is padded before.
"""

from __future__ import annotations

import ast
from typing import NamedTuple

from archc.codegen.tree import code
from archc.ir.op import Op
from archc.ir.shape import Shape
from archc.targets.torch.translation import Untranslated, X, sizes, torch_call

Sizes = tuple[int, ...]
"""A size for each spatial axis."""


class Sides(NamedTuple):
    """What is padded before and after each axis."""

    before: Sizes
    after: Sizes

    @property
    def alike(self) -> bool:
        """Whether PyTorch's layers can pad so."""
        return self.before == self.after

    @property
    def padding(self) -> ast.expr | None:
        """The argument of a layer; None where there is none, or the tensor is padded before."""
        return sizes(self.before) if self.alike and any(self.before) else None

    @property
    def listed(self) -> Sizes:
        """As `F.pad` takes it, the last axis first."""
        pairs = zip(reversed(self.before), reversed(self.after), strict=True)
        return tuple(side for pair in pairs for side in pair)

    def around(self, tensor: ast.expr, value: ast.expr | None = None) -> ast.expr:
        """The tensor, padded where a layer cannot."""
        return tensor if self.alike else torch_call("F.pad", tensor, self.listed, value=value)


def window_sides(op: Op, padding: str, shape: Shape, window: Sizes, strides: Sizes, rates: Sizes) -> Sides:
    """What `padding` adds to a tensor of this shape.

    Raises:
        Untranslated: that depends on a size known only at run time.
    """
    totals = []
    for size, width, stride, rate in zip(shape[:-1], window, strides, rates, strict=True):
        reach = rate * (width - 1) + 1
        if padding == "valid" or reach == 1:
            totals.append(0)
        elif stride == 1 or padding == "causal":
            totals.append(reach - 1)
        elif size is None:
            raise Untranslated(f"{op.op_name} with strides and padding `same` over an unknown size")
        else:
            totals.append(max((-(-size // stride) - 1) * stride + reach - size, 0))
    before = tuple(total if padding == "causal" else total // 2 for total in totals)
    return Sides(before, tuple(total - first for total, first in zip(totals, before, strict=True)))


def channels_first(axes: int) -> ast.expr:
    """The input of a layer over one to three axes: images have their channels first already."""
    return X if axes == 2 else code("x.movedim(-1, 1)")


def channels_back(output: ast.expr, axes: int) -> ast.expr:
    """The output of such a layer with its channels where the others are."""
    return output if axes == 2 else code("x.movedim(1, -1)", x=output)
