"""Multiply-adds, counted in the program that TensorFlow traces of a layer.

TensorFlow dilates a convolution by folding the image, and computes some positions more where the output does
not divide by the rate: examples of dilation have sizes that do.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import keras
import tensorflow as tf

from archc.ir.op import Example, Op
from tests.ops.oracle import called, input_type, keras_layer


def counted(op: type[Op], example: Example) -> int:
    """The multiply-adds of all products of matrices and of all convolutions, for one image."""
    arguments = dict(example.arguments)
    if "unroll" in op.model_fields or op.__name__.startswith("ConvLSTM"):  # which Keras documents for others alone
        arguments["unroll"] = True  # a loop's body is traced once
    arguments = {name: unrolled(value) for name, value in arguments.items()}
    layer = keras_layer(op.__name__, arguments)
    if op.__name__ == "RNN":
        layer._maybe_config_dropout_masks = lambda *_: None  # calls stacked cells once more, for the shapes alone
    symbolic = [keras.KerasTensor((1, *shape), dtype=input_type(op, arguments)) for shape in example.inputs]
    called(layer, op, symbolic, arguments, inference=True)
    specs = [tf.TensorSpec((1, *shape), input_type(op, arguments)) for shape in example.inputs]
    traced = tf.function(lambda *tensors: called(layer, op, list(tensors), arguments, inference=True), autograph=False)
    return within(traced.get_concrete_function(*specs).graph)


def within(graph: tf.Graph) -> int:
    """The multiply-adds of a graph."""
    return sum(products(operation) for operation in graph.get_operations())


def unrolled(value: Any) -> Any:
    """A wrapped recurrent layer with its steps written out."""
    if isinstance(value, dict) and next(iter(value)) in ("LSTM", "GRU", "SimpleRNN"):
        head, arguments = next(iter(value.items()))
        return {head: {**(arguments if isinstance(arguments, dict) else {"units": arguments}), "unroll": True}}
    return value


def products(operation: tf.Operation) -> int:
    """The multiply-adds of one operation."""
    if operation.type in ("PartitionedCall", "StatefulPartitionedCall"):  # a grouped convolution is compiled
        return within(operation.graph._get_function(operation.get_attr("f").name).graph)
    count = COUNTS.get(operation.type)
    return 0 if count is None else count(operation)


def shape_of(tensor: tf.Tensor) -> list[int]:
    return list(tensor.shape)


def size(tensor: tf.Tensor) -> int:
    return prod(shape_of(tensor))


def convolution(operation: tf.Operation) -> int:
    return size(operation.outputs[0]) * prod(shape_of(operation.inputs[1])[:-1])


def depthwise(operation: tf.Operation) -> int:
    return size(operation.outputs[0]) * prod(shape_of(operation.inputs[1])[:-2])


def transposed_convolution(operation: tf.Operation) -> int:
    """By input positions: `[sizes, kernel of (..., filters, channels), x]`."""
    return size(operation.inputs[2]) * prod(shape_of(operation.inputs[1])[:-1])


def matrix(operation: tf.Operation) -> int:
    flipped = operation.get_attr("transpose_a" if operation.type == "MatMul" else "adj_x")
    return size(operation.outputs[0]) * int(operation.inputs[0].shape[-2 if flipped else -1])


def einsum(operation: tf.Operation) -> int:
    terms = operation.get_attr("equation").decode().partition("->")[0].split(",")
    sizes: dict[str, int] = {}
    for letters, tensor in zip(terms, operation.inputs, strict=True):
        left, dots, right = letters.partition("...")
        shape = shape_of(tensor)
        elided = shape[len(left) : len(shape) - len(right)] if dots else []
        names = [*left, *(f"...{index - len(elided)}" for index in range(len(elided))), *right]
        sizes |= dict(zip(names, shape, strict=True))
    return prod(sizes.values())


COUNTS: dict[str, Callable[[tf.Operation], int]] = {
    "Conv2D": convolution,
    "Conv3D": convolution,
    "DepthwiseConv2dNative": depthwise,
    "Conv2DBackpropInput": transposed_convolution,
    "Conv3DBackpropInputV2": transposed_convolution,
    "MatMul": matrix,
    "BatchMatMulV2": matrix,
    "Einsum": einsum,
}
