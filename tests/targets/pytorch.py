"""Networks in both frameworks, with the same weights on the same numbers."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from archc.ir.graph import Graph, Node, Tensor
from archc.ir.shape import Shape
from archc.targets import keras_model, torch_source, torch_weights
from tests.targets.saved import difference, randomize


def module_of(graph: Graph) -> Any:
    """The module that the source of a network makes, at inference."""
    text = torch_source.module(graph, "Net")
    names: dict[str, Any] = {}
    exec(compile(text, "net.py", "exec"), names)
    return names["Net"]().eval()


def laid(array: Any) -> Any:
    """An array as PyTorch takes it: an image has its channels first."""
    return array.transpose(0, 3, 1, 2) if array.ndim == 4 else array


def numbers(shape: Shape, dtype: str, batch: int) -> Any:
    sizes = (batch, *(7 if size is None else size for size in shape))
    random = np.random.default_rng(1)
    return random.integers(0, 3, sizes) if "int" in dtype else random.normal(size=sizes).astype("float32")


def logits(graph: Graph) -> Graph:
    """The network without the activations that its outputs end in, where small numbers hide."""
    outputs: dict[str, Tensor] = {}
    changed: dict[Node, Node] = {}
    for name, tensor in graph.outputs.items():
        op: Any = tensor.op if isinstance(tensor, Node) else None
        if isinstance(tensor, Node) and getattr(op, "activation", None) == "softmax" and op.op_name == "Dense":
            changed[tensor] = replace(tensor, op=op.model_copy(update={"activation": None}))
        ends = isinstance(tensor, Node) and (op.op_name == "Softmax" or op.op_name == "Activation")
        outputs[name] = tensor.inputs[0] if ends and isinstance(tensor, Node) else changed.get(tensor, tensor)  # type: ignore[arg-type]
    nodes = tuple(changed.get(node, node) for node in graph.nodes)
    return replace(graph, nodes=nodes, outputs=outputs).ending_at(outputs)


def differences(graph: Graph, batch: int = 2) -> list[float]:
    """How far apart the two frameworks are, an output each, in parts of the output's range."""
    import torch

    model = randomize(keras_model.build(graph, "net"))
    net = module_of(graph)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        state = torch_weights.state_dict(graph, model)
    net.load_state_dict(state, strict=True)
    given = [numbers(made.shape, made.dtype, batch) for made in graph.inputs]
    wanted = model(given[0] if len(given) == 1 else given, training=False)
    with torch.no_grad():
        found = net(*(torch.tensor(laid(array)) for array in given))
    wanted, found = (left if isinstance(left, list | tuple) else [left] for left in (wanted, found))
    assert all(np.isfinite(left).all() for left in wanted)
    pairs = list(zip(found, wanted, strict=True))
    assert all(left.shape == laid(np.asarray(right)).shape for left, right in pairs)
    return [difference(left.numpy(), laid(np.asarray(right))) for left, right in pairs]
