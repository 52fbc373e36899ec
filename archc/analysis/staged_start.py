"""The layers of a network that begin with weights of another, as the documents of some networks say."""

from __future__ import annotations

from archc.collector import Collector
from archc.diagnostics import Related, SpecError, did_you_mean, shortened
from archc.ir.graph import Graph, Node, layer_calls
from archc.ir.shape import shape_text
from archc.language.document import Initialize, Reference


def staged_start(initialize: Initialize, own: Graph, other: Graph, collector: Collector) -> dict[Node, Node]:
    """The layers that begin with weights of another network; a name or a layer that does not fit is reported.

    Args:
        initialize: names the layers.
        own: the network that begins with the weights, at the values in its files.
        other: the network whose weights they are, at the values in its files.
        collector: gets the errors.

    Returns:
        The first call of each of these layers, with the first call of its layer in the other network.
    """
    found: dict[Node, Node] = {}
    own_layers, other_layers = _layers(own), _layers(other)
    whose = f"`{shortened(initialize.other.name)}`"
    for here, there in initialize.layers:
        with collector.reporting(here.at):
            target = _layer(here, own, own_layers, "the network")
            source = _layer(there, other, other_layers, whose)
            if [weight[:2] for weight in target.weights] == [weight[:2] for weight in source.weights]:
                found[target] = source
            else:
                message = f"`{here.name}` has {_weights(target)}, but `{there.name}` of {whose} has {_weights(source)}"
                related = [Related("the layer here", target.at), Related("the layer there", source.at)]
                collector.add("initialize", message, here.at, about=here.name, related=related)
    return found


def _layers(graph: Graph) -> dict[str, Node]:
    return {node.name: node for node in layer_calls(graph.nodes) if node.first is None}


def _layer(reference: Reference, graph: Graph, layers: dict[str, Node], whose: str) -> Node:
    """The layer of a name.

    Raises:
        SpecError: there is none, or it has no weights.
    """
    name, at = reference
    weighted = [layer.name for layer in layers.values() if layer.weights]
    if name in graph.regions and name not in layers:
        inside = [node.name for node in graph.within(name) if node.weights]
        message = f"`{name}` of {whose} is a part, not a layer"
        raise SpecError.of("unknown-layer", message, at, _listed(inside), about=name)
    if name not in layers:
        hint = did_you_mean(name, weighted) or _listed(weighted)
        raise SpecError.of("unknown-layer", f"{whose} has no layer `{name}`", at, hint, about=name)
    if not layers[name].weights:
        message = f"`{name}` of {whose} has no weights: it is {layers[name].op.op_name}"
        raise SpecError.of("initialize", message, at, _listed(weighted), about=name)
    return layers[name]


_MOST = 10  # names in a hint


def _listed(names: list[str]) -> str:
    shown = ", ".join(dict.fromkeys(names[:_MOST])) or "none"
    return f"layers with weights: {shown}{', …' if len(names) > _MOST else ''}"


def _weights(layer: Node) -> str:
    return ", ".join(f"{weight.name} {shape_text(weight.shape)}" for weight in layer.weights)
