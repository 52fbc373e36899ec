"""Convolutions and poolings in PyTorch.

TensorFlow's `same` leaves out no position: it pads so that the last window still fits, the odd row at the end. Where
both sides get alike, PyTorch's layers pad; where not, the tensor is padded before.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from archc.ir.graph import Node
from archc.ir.shape import Shape, channels_of
from archc.ops.windows import transposed_size
from archc.targets.torch.activation_functions import activated
from archc.targets.torch.translation import Module, Parameter, Translation, Untranslated, arguments, sizes


class Sides(NamedTuple):
    """What is padded before and after each axis."""

    before: tuple[int, ...]
    after: tuple[int, ...]

    @property
    def alike(self) -> bool:
        """Whether PyTorch's layers can pad so."""
        return self.before == self.after

    @property
    def padding(self) -> str | None:
        """The argument of a layer; None where there is none, or the tensor is padded before."""
        return sizes(self.before) if self.alike and any(self.before) else None

    @property
    def listed(self) -> tuple[int, ...]:
        """As `F.pad` takes it, the last axis first."""
        pairs = zip(reversed(self.before), reversed(self.after), strict=True)
        return tuple(side for pair in pairs for side in pair)

    def around(self, tensor: str, value: str = "") -> str:
        """The tensor, padded where a layer cannot."""
        return tensor if self.alike else f"F.pad({tensor}, {self.listed}{value})"


def sides(op: Any, shape: Shape, window: tuple[int, ...], strides: tuple[int, ...], rates: tuple[int, ...]) -> Sides:
    """What `padding` adds to a tensor of this shape.

    Raises:
        Untranslated: that depends on a size known only at run time.
    """
    totals = []
    for size, width, stride, rate in zip(shape[:-1], window, strides, rates, strict=True):
        reach = rate * (width - 1) + 1
        if op.padding == "valid" or reach == 1:
            totals.append(0)
        elif stride == 1 or op.padding == "causal":
            totals.append(reach - 1)
        elif size is None:
            raise Untranslated(f"{op.op_name} with strides and padding `same` over an unknown size")
        else:
            totals.append(max((-(-size // stride) - 1) * stride + reach - size, 0))
    before = tuple(total if op.padding == "causal" else total // 2 for total in totals)
    return Sides(before, tuple(total - first for total, first in zip(totals, before, strict=True)))


def _channels_first(tensor: str, axes: int) -> str:
    """What reaches a layer over one to three axes: images have their channels first already."""
    return tensor if axes == 2 else f"{tensor}.movedim(-1, 1)"


def _back(computed: str, axes: int) -> str:
    return computed if axes == 2 else f"{computed}.movedim(1, -1)"


def _strides(op: Any) -> str | None:
    return None if set(op.strides) == {1} else sizes(op.strides)


def _dilation(op: Any) -> str | None:
    return None if set(op.dilation_rate) == {1} else sizes(op.dilation_rate)


def _bias(op: Any) -> tuple[Parameter, ...]:
    return (Parameter("bias", "bias", (0,), (-1,)),) if op.use_bias else ()


def _bias_argument(op: Any) -> bool | None:
    return None if op.use_bias else False


def _kernel(axes: int) -> Parameter:
    """A kernel of Keras's, whose output channels are last and its input channels before them."""
    return Parameter("weight", "kernel", (axes + 1, axes, *range(axes)), ())


def convolution(node: Node) -> Translation:
    """Kernels that slide over an image, a sequence or a volume."""
    op: Any = node.op
    shape, axes = node.inputs[0].shape, len(op.kernel_size)
    padded = sides(op, shape, op.kernel_size, op.strides, op.dilation_rate)
    made = arguments(
        channels_of(shape),
        op.filters,
        kernel_size=sizes(op.kernel_size),
        stride=_strides(op),
        padding=padded.padding,
        dilation=_dilation(op),
        groups=None if op.groups == 1 else op.groups,
        bias=_bias_argument(op),
    )
    called = f"{{layer}}({padded.around(_channels_first('{0}', axes))})"
    module = Module(f"nn.Conv{axes}d({made})", (_kernel(axes), *_bias(op)))
    return Translation(activated(_back(called, axes), op.activation, len(shape)), (module,))


def _depthwise_module(op: Any, channels: int, padded: Sides, weight: str, part: str, bias: bool) -> Module:
    axes = len(op.kernel_size)
    made = arguments(
        channels,
        channels * op.depth_multiplier,
        kernel_size=sizes(op.kernel_size),
        stride=_strides(op),
        padding=padded.padding,
        dilation=_dilation(op),
        groups=channels,
        bias=None if bias else False,
    )
    kernel = Parameter("weight", weight, (axes, axes + 1, *range(axes)), (-1, 1, *op.kernel_size))
    return Module(f"nn.Conv{axes}d({made})", (kernel, *(_bias(op) if bias else ())), part)


def depthwise_convolution(node: Node) -> Translation:
    """A convolution with as many groups as channels."""
    op: Any = node.op
    shape, axes = node.inputs[0].shape, len(op.kernel_size)
    padded = sides(op, shape, op.kernel_size, op.strides, op.dilation_rate)
    module = _depthwise_module(op, channels_of(shape), padded, "kernel", "", op.use_bias)
    called = f"{{layer}}({padded.around(_channels_first('{0}', axes))})"
    return Translation(activated(_back(called, axes), op.activation, len(shape)), (module,))


def separable_convolution(node: Node) -> Translation:
    """A depthwise convolution, then one of size 1."""
    op: Any = node.op
    shape, axes = node.inputs[0].shape, len(op.kernel_size)
    padded = sides(op, shape, op.kernel_size, op.strides, op.dilation_rate)
    depthwise = _depthwise_module(op, channels_of(shape), padded, "depthwise_kernel", "depthwise", bias=False)
    between = channels_of(shape) * op.depth_multiplier
    made = arguments(between, op.filters, kernel_size=1, bias=_bias_argument(op))
    kernel = _kernel(axes)._replace(weight="pointwise_kernel")
    pointwise = Module(f"nn.Conv{axes}d({made})", (kernel, *_bias(op)), "pointwise")
    called = f"{{pointwise}}({{depthwise}}({padded.around(_channels_first('{0}', axes))}))"
    return Translation(activated(_back(called, axes), op.activation, len(shape)), (depthwise, pointwise))


def transposed_convolution(node: Node) -> Translation:
    """A transposed convolution; what `same` leaves over is cut, the odd row at the end."""
    op: Any = node.op
    if max(op.dilation_rate) > 1:
        raise Untranslated(f"{op.op_name} with `dilation_rate`")
    shape, axes = node.inputs[0].shape, len(op.kernel_size)
    each = zip(op.kernel_size, op.strides, op.output_padding or (None,) * axes, strict=True)
    # what is left over is the same for every size, so that of 1 tells
    cut = [width - (transposed_size(1, width, stride, op.padding, 1, extra) or 0) for width, stride, extra in each]
    before = tuple(max(total, 0) // 2 for total in cut)
    rest = tuple(max(total, 0) % 2 for total in cut)
    made = arguments(
        channels_of(shape),
        op.filters,
        kernel_size=sizes(op.kernel_size),
        stride=_strides(op),
        padding=sizes(before) if any(before) else None,
        output_padding=sizes(max(-total, 0) for total in cut) if min(cut) < 0 else None,
        bias=_bias_argument(op),
    )
    called = f"{{layer}}({_channels_first('{0}', axes)})"
    if any(rest):
        called += f"[:, :, {', '.join(':-1' if odd else ':' for odd in rest)}]"
    module = Module(f"nn.ConvTranspose{axes}d({made})", (_kernel(axes), *_bias(op)))
    return Translation(activated(_back(called, axes), op.activation, len(shape)), (module,))


def _pooled(node: Node) -> tuple[Any, tuple[int, ...], Sides]:
    op: Any = node.op
    strides = op.strides or op.pool_size
    return op, strides, sides(op, node.inputs[0].shape, op.pool_size, strides, (1,) * len(strides))


def max_pooling(node: Node) -> Translation:
    """The largest values of windows, where what is padded is never the largest."""
    op, strides, padded = _pooled(node)
    axes = len(strides)
    stride = None if strides == op.pool_size else sizes(strides)
    made = f"nn.MaxPool{axes}d({arguments(sizes(op.pool_size), stride=stride, padding=padded.padding)})"
    tensor = padded.around(_channels_first("{0}", axes), ", value=-torch.inf")
    return Translation(_back(f"{{layer}}({tensor})", axes), (Module(made),))


def average_pooling(node: Node) -> Translation:
    """The means of windows, without what is padded."""
    op, strides, padded = _pooled(node)
    axes = len(strides)
    if not padded.alike:
        if axes != 2:
            raise Untranslated(f"{op.op_name} with padding `same` that differs between the sides")
        given = arguments("{0}", list(op.pool_size), list(strides), list(padded.listed))
        return Translation(f"average_pool({given})", functions=("average_pool",))
    made = arguments(
        sizes(op.pool_size),
        stride=None if strides == op.pool_size else sizes(strides),
        padding=padded.padding,
        count_include_pad=False if padded.padding else None,
    )
    called = f"{{layer}}({_channels_first('{0}', axes)})"
    return Translation(_back(called, axes), (Module(f"nn.AvgPool{axes}d({made})"),))


def adaptive_pooling(node: Node) -> Translation:
    """A grid of fixed size, whatever the size of what reaches it."""
    op: Any = node.op
    axes = len(op.output_size)
    kind = "Avg" if "Average" in op.op_name else "Max"
    made = f"nn.Adaptive{kind}Pool{axes}d({sizes(op.output_size)})"
    return Translation(_back(f"{{layer}}({_channels_first('{0}', axes)})", axes), (Module(made),))


def global_pooling(node: Node) -> Translation:
    """One value a channel."""
    op: Any = node.op
    method = "mean" if "Average" in op.op_name else "amax"
    dimensions = {1: "1", 2: "(2, 3)", 3: "(1, 2, 3)"}[op.rank]
    return Translation(f"{{0}}.{method}({arguments(dimensions, keepdim=True if op.keepdims else None)})")
