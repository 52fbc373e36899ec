"""The functions of TensorFlow in a model of Keras 2, as operations of Keras 3."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archc.keras_files.call_arguments import Call
from archc.keras_files.op_of_layer import NoOp

_OF_TENSORFLOW = {
    "__operators__.add": "Add", "math.add": "Add", "add": "Add", "math.subtract": "Subtract", "subtract": "Subtract",
    "math.multiply": "Multiply", "multiply": "Multiply", "math.divide": "Divide", "math.truediv": "Divide",
    "truediv": "Divide", "math.maximum": "Maximum", "maximum": "Maximum", "math.minimum": "Minimum",
    "minimum": "Minimum", "math.negative": "Negative", "math.square": "Square", "nn.relu": "Relu", "nn.relu6": "Relu6",
    "nn.silu": "Silu", "nn.swish": "Silu", "math.sigmoid": "Sigmoid", "nn.sigmoid": "Sigmoid", "math.tanh": "Tanh",
    "nn.tanh": "Tanh", "nn.gelu": "Gelu", "nn.softplus": "Softplus", "math.softplus": "Softplus", "nn.elu": "Elu",
    "nn.selu": "Selu", "nn.leaky_relu": "LeakyRelu", "math.exp": "Exp", "nn.softmax": "Softmax",
    "compat.v1.nn.softmax": "Softmax", "reshape": "Reshape", "concat": "Concatenate", "transpose": "Transpose",
    "compat.v1.transpose": "Transpose", "expand_dims": "ExpandDims", "squeeze": "Squeeze", "split": "Split",
    "math.reduce_mean": "Mean", "math.reduce_max": "Max", "identity": "StopGradient", "stop_gradient": "StopGradient",
    "__operators__.getitem": "GetItem", "compat.v1.pad": "Pad", "pad": "Pad",
}  # fmt: skip
_RENAMED = {
    "slice_spec": "key", "perm": "axes", "paddings": "pad_width", "num_or_size_splits": "indices_or_sections",
    "alpha": "negative_slope", "keep_dims": "keepdims",
}  # fmt: skip


def operation_of_tensorflow(config: Mapping[str, Any], call: Call, class_name: str) -> tuple[str, Call]:
    """The operation of Keras 3 that a function of TensorFlow is, and its call.

    Raises:
        NoOp: archc knows none.
    """
    function = "__operators__.getitem" if class_name == "SlicingOpLambda" else config.get("function")
    name = _OF_TENSORFLOW.get(function) if isinstance(function, str) else None
    if name is None:
        raise NoOp("archc has no op for this function of TensorFlow")
    kwargs = {
        _RENAMED.get(key, key): value for key, value in call.kwargs.items() if key != "name" and value is not None
    }
    if name == "Elu" and "negative_slope" in kwargs:
        kwargs["alpha"] = kwargs.pop("negative_slope")
    if name == "Split" and isinstance(sizes := kwargs.get("indices_or_sections"), list):
        if not all(type(size) is int and size > 0 for size in sizes):
            raise NoOp("archc has no op for this split")
        kwargs["indices_or_sections"] = [sum(sizes[:end]) for end in range(1, len(sizes))]
    return name, Call(call.args, kwargs)
