"""Networks in NumPy whose layers are explicit matrices, projected back by their transposes.

A network is a list of steps: `(op, arguments)`, or `(merge, branches)` with a list of steps for each branch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import numpy as np

Array = Any
Back = Callable[[Array], Array]
Masks = frozenset[str]
Weights = Mapping[str, list[Array]]
"""The arrays of each layer by its name."""


def positions(size: int, window: int, stride: int, padding: str) -> list[list[int]]:
    """The positions that a window covers along an axis, by output position; one in the padding is -1."""
    if padding == "valid":
        count, before = (size - window) // stride + 1, 0
    else:
        count = -(-size // stride)
        before = max((count - 1) * stride + window - size, 0) // 2
    covered = [range(place * stride - before, place * stride - before + window) for place in range(count)]
    return [[index if 0 <= index < size else -1 for index in window] for window in covered]


def windows(shape: tuple[int, ...], size: Any, strides: Any, padding: str) -> list[list[list[tuple[int, int]]]]:
    """The cells that each output position covers; (-1, -1) for padding."""
    rows = positions(shape[0], size[0], strides[0], padding)
    columns = positions(shape[1], size[1], strides[1], padding)
    return [
        [[(a, b) if min(a, b) >= 0 else (-1, -1) for a, b in product(row, column)] for column in columns]
        for row in rows
    ]


def index(shape: tuple[int, ...], *place: int) -> int:
    return int(np.ravel_multi_index(place, shape))


class Layer:
    """A layer at one input: its output and its matrix."""

    def __init__(self, matrix: Array, x: Array, shape: tuple[int, ...], bias: Array = 0.0) -> None:
        self.matrix, self.entered = matrix, x.shape
        self.output = (matrix @ x.reshape(-1)).reshape(shape) + bias

    def back(self, signal: Array) -> Array:
        return (self.matrix.T @ signal.reshape(-1)).reshape(self.entered)


def convolution(x: Array, kernel: Array, bias: Array, strides: Any, padding: str) -> Layer:
    cells = windows(x.shape, kernel.shape[:2], strides, padding)
    shape = (len(cells), len(cells[0]), kernel.shape[3])
    matrix = np.zeros((*shape, *x.shape))
    taps = [*product(range(kernel.shape[0]), range(kernel.shape[1]))]
    for row, column in product(range(shape[0]), range(shape[1])):
        for (a, b), (i, j) in zip(cells[row][column], taps, strict=True):
            if a >= 0:
                matrix[row, column, :, a, b, :] += kernel[i, j].T
    return Layer(matrix.reshape(int(np.prod(shape)), -1), x, shape, bias)


def pooling(x: Array, size: Any, strides: Any, padding: str, largest: bool) -> Layer:
    """Each output is the mean of its window, or one of its cells: the switch."""
    cells = windows(x.shape, size, strides, padding)
    shape = (len(cells), len(cells[0]), x.shape[2])
    matrix = np.zeros((*shape, *x.shape))
    for row, column, channel in product(*map(range, shape)):
        inside = [cell for cell in cells[row][column] if cell[0] >= 0]
        if largest:
            inside = [max(inside, key=lambda cell: x[cell][channel])]  # the first of equal ones
        for a, b in inside:
            matrix[row, column, channel, a, b, channel] = 1 / len(inside)
    return Layer(matrix.reshape(int(np.prod(shape)), -1), x, shape)


FORWARD, SIGNAL = frozenset({"forward"}), frozenset({"signal"})
MASKS = {"gradient": FORWARD, "deconv": SIGNAL, "guided": FORWARD | SIGNAL}
"""What masks a signal at a rectifier: whether it was passed on the way forward, whether the signal is positive."""


def rectified(x: Array, masks: Masks, slope: Any = 0.0, most: float = np.inf) -> tuple[Array, Back]:
    """A rectifier is one of the number, and where it has a slope another of its negative."""

    def half(signal: Array, passed: Array) -> Array:
        given = signal
        if "forward" in masks:
            signal = signal * passed
        return signal * (given > 0) if "signal" in masks else signal

    def back(signal: Array) -> Array:
        return half(signal, x > 0) * (x < most) - half(-slope * signal, x < 0)

    return np.minimum(np.maximum(x, 0), most) - slope * np.maximum(-x, 0), back


def run(steps: list[Any], x: Array, weights: Weights, masks: Masks) -> tuple[Array, Back]:
    """The output of a network, and what takes a signal back to its input."""
    backs: list[Back] = []
    for step in steps:
        x, back = run_step(step, x, weights, masks)
        backs.append(back)

    def through(signal: Array) -> Array:
        for back in reversed(backs):
            signal = back(signal)
        return signal

    return x, through


def run_step(step: Any, x: Array, weights: Weights, masks: Masks) -> tuple[Array, Back]:
    op, arguments = step
    if op in {"Add", "Concatenate"}:
        return merged(op, [run(branch, x, weights, masks) for branch in arguments], x)
    if op in {"ReLU", "LeakyReLU"}:
        return rectified(x, masks, arguments.get("negative_slope", 0.0), arguments.get("max_value", np.inf))
    if op == "PReLU":
        return rectified(x, masks, weights[arguments["name"]][0])
    if op == "Flatten":
        return x.reshape(-1), lambda signal: signal.reshape(x.shape)
    if op == "ZeroPadding2D":
        padded = np.pad(x, ((1, 1), (1, 1), (0, 0)))
        return padded, lambda signal: signal[1:-1, 1:-1]
    if op == "BatchNormalization":
        gamma, beta, mean, variance = weights[arguments["name"]]
        factor = gamma / np.sqrt(variance + 1e-3)
        return (x - mean) * factor + beta, lambda signal: signal * factor
    layer = linear(op, arguments, x, weights)
    if arguments.get("activation") != "relu":
        return layer.output, layer.back
    output, back = rectified(layer.output, masks)
    return output, lambda signal: layer.back(back(signal))


def linear(op: str, arguments: Any, x: Array, weights: Weights) -> Layer:
    if op == "Dense":
        kernel, bias = weights[arguments["name"]]
        return Layer(kernel.T, x, bias.shape, bias)
    strides, padding = arguments["strides"], arguments["padding"]
    if op == "Conv2D":
        kernel, bias = weights[arguments["name"]]
        return convolution(x, kernel, bias, strides, padding)
    return pooling(x, arguments["pool_size"], strides, padding, op == "MaxPooling2D")


def merged(op: str, branches: list[tuple[Array, Back]], x: Array) -> tuple[Array, Back]:
    outputs = [output for output, _ in branches]
    if op == "Add":
        return sum(outputs), lambda signal: sum((back(signal) for _, back in branches), np.zeros(x.shape))
    ends = np.cumsum([output.shape[-1] for output in outputs])[:-1]

    def back(signal: Array) -> Array:
        parts = np.split(signal, ends, axis=-1)
        return sum((back(part) for (_, back), part in zip(branches, parts, strict=True)), np.zeros(x.shape))

    return np.concatenate(outputs, axis=-1), back
