"""Rectifiers of TensorFlow with the gradients of a method of projection in the place of their own.

A rectifier is linear but for its sign. The deconvolutional network of Zeiler and Fergus (2014, section 2.1) rectifies
the signal where the gradient has the mask of the way forward; guided backpropagation (Springenberg et al., 2015) has
both. An upper bound stops the signal in all methods, as a switch. A leaky rectifier is two: of the input, and of its
negative.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any

import tensorflow as tf

_KINDS = ("Relu", "Relu6", "LeakyRelu")
"""The operations that every rectifier of Keras consists of."""


def _relu(guided: bool) -> Callable[[Any, Any], Any]:
    def gradient(op: Any, signal: Any) -> Any:
        passed = tf.nn.relu(signal)
        return tf.where(op.outputs[0] > 0, passed, tf.zeros_like(passed)) if guided else passed

    return gradient


def _relu6(guided: bool) -> Callable[[Any, Any], Any]:
    def gradient(op: Any, signal: Any) -> Any:
        passed, given = tf.nn.relu(signal), op.outputs[0]
        open_ = (given > 0) & (given < 6) if guided else given < 6
        return tf.where(open_, passed, tf.zeros_like(passed))

    return gradient


def _leaky_relu(guided: bool) -> Callable[[Any, Any], Any]:
    def gradient(op: Any, signal: Any) -> Any:
        upper, lower = tf.nn.relu(signal), -op.get_attr("alpha") * tf.nn.relu(-signal)
        return tf.where(op.inputs[0] > 0, upper, lower) if guided else upper + lower

    return gradient


_GRADIENTS = {"Relu": _relu, "Relu6": _relu6, "LeakyRelu": _leaky_relu}
for _kind in _KINDS:
    for _method in ("deconv", "guided"):
        tf.RegisterGradient(f"Archc_{_method}_{_kind}")(_GRADIENTS[_kind](_method == "guided"))


@contextmanager
def rectifying(layers: Iterable[Any], method: str) -> Iterator[None]:
    """While this lasts, a graph that TensorFlow traces gets the gradients of a method in the calls of these layers.

    Args:
        layers: of Keras; each has its own call again afterwards.
        method: `gradient` changes nothing.
    """
    with ExitStack() as restored:
        for layer in layers if method != "gradient" else ():
            vars(layer)["call"] = _overridden(layer.call, method)
            restored.callback(vars(layer).pop, "call")
        yield


def _overridden(call: Callable[..., Any], method: str) -> Callable[..., Any]:
    """The call of a layer under other gradients."""
    replaced = {kind: f"Archc_{method}_{kind}" for kind in _KINDS}

    @wraps(call)
    def with_gradients(*arguments: Any, **named: Any) -> Any:
        with tf.compat.v1.get_default_graph().gradient_override_map(replaced):
            return call(*arguments, **named)

    return with_gradients
