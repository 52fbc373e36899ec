"""The arithmetic of windows: output sizes, and what an output position sees of the input."""

from archc.ir.op import SEES_ALL, Window
from archc.ir.shape import SPATIAL, Shape, ShapeError, Size


def sliding_size(size: Size, window: int, stride: int, padding: str, dilation: int) -> Size:
    """How many positions a window, given undilated, has over `size`; below 1 where it does not fit."""
    if size is None:
        return None
    if padding != "valid":
        return -(-size // stride)
    return (size - _reach(window, dilation)) // stride + 1


def sliding_sizes(
    spatial: Shape,
    window: tuple[int, ...],
    strides: tuple[int, ...],
    padding: str,
    dilation: tuple[int, ...],
    argument: str,
) -> Shape:
    """How many positions a sliding window has along each spatial axis.

    Raises:
        ShapeError: the window is larger than the input; the error is about `argument`, which has the window's sizes.
    """
    sizes = []
    for name, size, width, stride, rate in zip(SPATIAL[len(window)], spatial, window, strides, dilation, strict=True):
        output = sliding_size(size, width, stride, padding, rate)
        if output is not None and output < 1:
            dilated = f" (dilated to {_reach(width, rate)})" if rate > 1 else ""
            raise ShapeError(f"a window of {width}{dilated} does not fit into {name} {size}", arguments=(argument,))
        sizes.append(output)
    return tuple(sizes)


def canonical_padding(padding: str, window: tuple[int, ...]) -> str:
    """The padding; `valid` for a window of 1, which needs none."""
    return "valid" if set(window) == {1} else padding


def transposed_size(
    size: Size, window: int, stride: int, padding: str, dilation: int, output_padding: int | None
) -> Size:
    """The output size of a transposed convolution, by Keras's rule (`compute_conv_transpose_output_length`)."""
    if size is None:
        return None
    reach = _reach(window, dilation)
    if output_padding is None:
        return size * stride + max(reach - stride, 0) if padding == "valid" else size * stride
    pad = reach // 2 if padding == "same" else 0
    return (size - 1) * stride + reach - 2 * pad + output_padding


def sliding_windows(
    kernel_size: tuple[int, ...], strides: tuple[int, ...], dilation_rate: tuple[int, ...]
) -> tuple[Window, ...]:
    """What an output position sees through a sliding window."""
    axes = zip(kernel_size, strides, dilation_rate, strict=True)
    return tuple(Window(_reach(width, rate), stride) for width, stride, rate in axes)


def sees_all_along(indices: tuple[int, ...], x: Shape) -> tuple[Window, ...]:
    """The windows of an op that sees all of these axes, and its own position along the others."""
    return tuple(SEES_ALL if index in indices else Window() for index in range(len(x) - 1))


def _reach(window: int, dilation: int) -> int:
    """The width of a dilated window."""
    return dilation * (window - 1) + 1
