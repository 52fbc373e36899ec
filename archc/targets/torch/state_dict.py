"""The weights of a Keras model as the state of the PyTorch module of the same network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archc.diagnostics import SpecError
from archc.ir.graph import Graph, Node
from archc.targets.torch.plan import plan_module
from archc.targets.torch.translation import ModuleParameter


def state_dict(graph: Graph, model: Any) -> dict[str, Any]:
    """The state that the module of `source` loads strictly, of a Keras model that was built from the graph.

    Raises:
        SpecError: PyTorch is not installed, a layer has no translation, or the model is not the network's.
    """
    plan = plan_module(graph)
    try:
        import torch
    except ImportError as error:
        message = f"weights for PyTorch need it, but there is no `{error.name}`"
        raise SpecError.of("no-torch", message) from None
    layers = {layer.name: layer for layer in _layers(model) if layer.weights}
    state = {}
    for held in plan.modules:
        for parameter in held.module.parameters:
            array = _of_parameter(parameter, held.node, layers)
            state[f"{held.name}.{parameter.name}"] = torch.tensor(array)
        if held.module.counts:
            state[f"{held.name}.num_batches_tracked"] = torch.tensor(0)
    return state


def _layers(model: Any) -> Iterator[Any]:
    """The layers of a model, with those of the models inside it."""
    for layer in model.layers:
        if hasattr(layer, "layers"):
            yield from _layers(layer)
        else:
            yield layer


def _of_parameter(parameter: ModuleParameter, node: Node, layers: dict[str, Any]) -> Any:
    """The array of a parameter of a module, from Keras's weight."""
    array = _array(node, parameter.weight, layers)
    array = (array if parameter.row is None else array[parameter.row]).transpose(parameter.order)
    if parameter.gates:
        parts = array.reshape(len(parameter.gates), -1, *array.shape[1:])
        array = parts[list(parameter.gates)].reshape(array.shape)
    array = array.reshape(parameter.shape) if parameter.shape else array
    return array if parameter.factor == 1 else array * parameter.factor


def _array(node: Node, name: str, layers: dict[str, Any]) -> Any:
    """A weight of a layer as an array.

    Raises:
        SpecError: the model has no such layer, or with other weights.
    """
    place = [weight.name for weight in node.weights].index(name)
    held = layers[node.name].weights if node.name in layers else []
    if [tuple(variable.shape) for variable in held] != [weight.shape for weight in node.weights]:
        message = f"the model has no `{node.name}` ({node.op.op_name}) as the network has it"
        raise SpecError.of("torch-model", message, node.at, "give the model that this network builds")
    return held[place].numpy()
