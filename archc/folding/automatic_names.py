"""Names that Keras generated, counted anew.

Keras counts the layers of a class over the whole process: the first convolution of a second model is `conv2d_94`. In a
spec such a name is left out where the number is that of a new model, so numbers begin at 0 here. Nothing finds an
operation by its name (`multiply_3`), so it gets the name of its op.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from archc.folding.order import creation_order
from archc.ir.graph import Graph, Node, Tensor, state_name
from archc.ir.naming import automatic_name, snake_case, word_and_number
from archc.ir.state import State
from archc.ops import registry

_INPUT = "input_layer"


def counted_from_zero(graph: Graph, operations: Collection[str] = ()) -> Graph:
    """The network with the names that Keras would give in a new model, where Keras gave the names.

    Args:
        graph: the network.
        operations: the words that Keras calls operations after, `multiply`.
    """
    graph = _renamed(graph, _numbers_from_zero(graph))
    return _renamed(graph, _names_of_operations(graph, operations))


def _numbers_from_zero(graph: Graph) -> dict[str, str]:
    """The new names of layers that are called after their class, in the order of their numbers, and of inputs."""
    found: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    firsts = [node for node in graph.nodes if node.first is None]
    for name, kind in [*((node.name, node.op.automatic_word()) for node in firsts), *_inputs(graph)]:
        word, number = word_and_number(name)
        if word == kind:
            found[word].append((number, name))
    taken = {node.name for node in firsts} | {made.name for made in graph.inputs}
    return _numbered(((word, [name for _, name in sorted(names)]) for word, names in found.items()), taken)


def _inputs(graph: Graph) -> Iterable[tuple[str, str]]:
    return ((made.name, _INPUT) for made in graph.inputs)


def _names_of_operations(graph: Graph, operations: Collection[str]) -> dict[str, str]:
    """The new names of layers that are called after an operation, numbered together with those of their class."""
    kinds = {*map(snake_case, registry()), *operations}
    found: defaultdict[str, list[str]] = defaultdict(list)
    renamed = set()
    firsts = [node for node in creation_order(graph) if node.first is None]
    for node in firsts:
        own, (word, _) = node.op.automatic_word(), word_and_number(node.name)
        if word in kinds:
            found[own].append(node.name)
            if word != own:
                renamed.add(own)
    taken = {node.name for node in firsts} | {made.name for made in graph.inputs}
    return _numbered(((word, names) for word, names in found.items() if word in renamed), taken)


def _numbered(groups: Iterable[tuple[str, list[str]]], taken: set[str]) -> dict[str, str]:
    """The names of each group, counted from 0; a group stays as it is where another layer has one of these names."""
    new: dict[str, str] = {}
    for word, names in groups:
        counter: Counter[str] = Counter()
        wanted = [automatic_name(counter, word) for _ in names]
        if not taken.difference(names).intersection(wanted) and not set(new.values()).intersection(wanted):
            new |= {old: name for old, name in zip(names, wanted, strict=True) if old != name}
    return new


def _renamed(graph: Graph, names: Mapping[str, str]) -> Graph:
    """The network with other names of layers and inputs."""
    if not names:
        return graph
    new: dict[Tensor, Tensor] = {made: replace(made, name=names.get(made.name, made.name)) for made in graph.inputs}
    for node in graph.nodes:
        inputs = tuple(new[tensor] for tensor in node.inputs)
        first = None if node.first is None else new[node.first]
        assert first is None or isinstance(first, Node)
        name = state_name(inputs[0], node.op) if isinstance(node.op, State) else names.get(node.name, node.name)
        new[node] = replace(node, name=name, inputs=inputs, first=first)
    made = graph.with_tensors(new)
    outputs = {_output_name(graph, name, names): tensor for name, tensor in made.outputs.items()}
    return replace(made, outputs=outputs, main=_output_name(graph, graph.main, names), keras_model=None)


def _output_name(graph: Graph, name: str, names: Mapping[str, str]) -> str:
    """The name of an output, which is that of its layer where its author gave none."""
    own = name not in graph.named_outputs and graph.outputs[name].name == name
    return names.get(name, name) if own else name
