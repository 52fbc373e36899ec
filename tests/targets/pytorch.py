"""Networks in both frameworks, with the same weights on the same numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import keras
import numpy as np

from archc.codegen.heading import Heading
from archc.codegen.module import SourceRequest
from archc.diagnostics import Position
from archc.elaborate.expand import Settings
from archc.ir.builder import Builder
from archc.ir.graph import Graph, Input, Node, Region, Tensor
from archc.ir.op import Op
from archc.ir.shape import Shape
from archc.ops.arithmetic import Absolute
from archc.targets.keras import model as keras_model
from archc.targets.torch.source import source
from archc.targets.torch.state_dict import state_dict
from tests.targets.networks import network
from tests.weights.saved import difference, randomize

HEADING = Heading("net", ("A module.",), ("A network.",))


def source_of(graph: Graph, name: str = "Net") -> str:
    """The source of a graph; the spec that a request has is not read."""
    spec = network("archc: 1\nname: Any\ninput: [3]\nlayers: [ReLU]").spec
    return source(SourceRequest(name, graph, spec, Settings(), HEADING))


def module_of(graph: Graph) -> Any:
    """The module that the source of a network makes, at inference."""
    names: dict[str, Any] = {}
    exec(compile(source_of(graph), "net.py", "exec"), names)
    return names["Net"]().eval()


def laid(array: Any) -> Any:
    """An array as PyTorch takes it: an image has its channels first."""
    return array.transpose(0, 3, 1, 2) if array.ndim == 4 else array


def numbers(shape: Shape, dtype: str, batch: int, seed: int) -> Any:
    """What enters a network."""
    sizes = (batch, *(7 if size is None else size for size in shape))
    random = np.random.default_rng(seed)
    return random.integers(0, 2, sizes) if "int" in dtype else random.normal(size=sizes).astype("float32")


def logits(graph: Graph) -> Graph:
    """The network without the activations that its outputs end in, where small numbers hide."""
    outputs: dict[str, Tensor] = {}
    changed: dict[Node, Node] = {}
    for name, tensor in graph.outputs.items():
        outputs[name] = tensor
        if isinstance(tensor, Node) and tensor.op.op_name in {"Softmax", "Activation"}:
            outputs[name] = tensor.inputs[0]
        elif isinstance(tensor, Node) and getattr(tensor.op, "activation", None) == "softmax":
            outputs[name] = changed[tensor] = replace(tensor, op=tensor.op.model_copy(update={"activation": None}))
    nodes = tuple(changed.get(node, node) for node in graph.nodes)
    return replace(graph, nodes=nodes, outputs=outputs).ending_at(outputs)


@contextmanager
def computing_in(dtype: str) -> Iterator[None]:
    """Lets both frameworks compute in another type of floats than float32."""
    keras.config.set_dtype_policy(dtype)
    try:
        yield
    finally:
        keras.config.set_dtype_policy("float32")


def differences(graph: Graph, batch: int = 2) -> list[float]:
    """How far apart the two frameworks are, an output each, in parts of the output's range."""
    import torch

    model = randomize(keras_model.build(graph, "net"))
    floats = getattr(torch, keras.config.dtype_policy().name)
    net = module_of(graph).to(floats)
    net.load_state_dict(state_dict(graph, model), strict=True)
    given = [numbers(made.shape, made.dtype, batch, seed) for seed, made in enumerate(graph.inputs)]
    wanted = model(given[0] if len(given) == 1 else given, training=False)
    tensors = [torch.tensor(laid(array)) for array in given]
    with torch.no_grad():
        found = net(*(tensor.to(floats) if tensor.is_floating_point() else tensor for tensor in tensors))
    wanted, found = (left if isinstance(left, list | tuple) else [left] for left in (wanted, found))
    assert all(np.isfinite(left).all() for left in wanted)
    pairs = list(zip(found, wanted, strict=True))
    assert all(left.shape == laid(np.asarray(right)).shape for left, right in pairs)
    return [difference(left.detach().numpy(), laid(np.asarray(right))) for left, right in pairs]


HERE = Position("test.yaml", 1, 1)
NETWORK = Region("network", "", None, None, HERE)


def one_layer(op: Op, shapes: tuple[Shape, ...]) -> Graph:
    """A network of one layer."""
    builder = Builder()
    of_indices = op.op_name in ("CategoryEncoding", "Embedding") or getattr(op, "reverse", None) is False
    dtype = "int32" if of_indices else "float32"
    taken = len(op.split_inputs(shapes)[0])  # the others are masks
    kinds = [dtype if place < taken or not shapes else "int32" for place in range(len(shapes) or 1)]
    entered = [Input(f"input_{place}", *made) for place, made in enumerate(zip(shapes or ((4,),), kinds, strict=True))]
    for made in entered:
        builder.add_input(made, HERE)
    reached: list[Tensor] = [*entered] if shapes else []
    if op.op_name in ("Log", "Sqrt"):  # of positive numbers
        reached = [builder.add(Absolute(), tuple(entered), "positive", NETWORK, HERE)]
    node = builder.add(op, tuple(reached), "case", NETWORK, HERE)
    return builder.graph({"case": node}, "case")
