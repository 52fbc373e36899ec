"""The graph as the source of a PyTorch module, which needs torch alone.

Tensors of three axes are images and have their channels first, (N, C, H, W); all others keep Keras's order, features
last. What the module computes is what the Keras model computes, training apart in two things: PyTorch's moving variance
is that of a sample, Keras's that of a population; and new weights begin as PyTorch's layers begin, whichever
initializers a spec names. Regularizers and constraints, which PyTorch leaves to the optimizer, are not translated.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from archc.diagnostics import Diagnostic, SpecError
from archc.ir.graph import Graph, Node, Tensor
from archc.ir.shape import Shape
from archc.targets.torch_functions import FUNCTIONS
from archc.targets.torch_layers import translated
from archc.targets.torch_layout import Module, Translation, Untranslated, image
from archc.targets.torch_names import WIDTH, class_name, identifiers, wrapped


class TorchSource(NamedTuple):
    """The parts of a module, in the order in which they stand.

    Attributes:
        imports: the lines, sorted.
        functions: the texts of the functions and classes that the network needs, without blank lines around them.
        network: the text of the network's class.
        class_name: the name of that class.
    """

    imports: tuple[str, ...]
    functions: tuple[str, ...]
    network: str
    class_name: str


class HeldModule(NamedTuple):
    """A module of the network.

    Attributes:
        name: the attribute that holds it.
        layer: the name of the layer.
        trainable: whether training changes its weights.
        module: what it is.
    """

    name: str
    layer: str
    trainable: bool
    module: Module


class Plan(NamedTuple):
    """A network in PyTorch, before it is text.

    Attributes:
        nodes: the calls of layers that an output needs.
        translations: of each of them.
        modules: what the network holds, in the order of the layers.
        attributes: for each call, by part, the names of the modules that it calls.
        variables: the names that the tensors of inputs and layers may have.
    """

    nodes: tuple[Node, ...]
    translations: Mapping[Node, Translation]
    modules: tuple[HeldModule, ...]
    attributes: Mapping[Node, Mapping[str, str]]
    variables: Mapping[Tensor, str]


def plan(graph: Graph) -> Plan:
    """Translates and names every layer.

    Raises:
        SpecError: some have no translation; it names them all.
    """
    needed = graph.needed(tuple(graph.outputs.values()))
    nodes = tuple(node for node in graph.nodes if node in needed)
    translations = _translations(nodes)
    owners = tuple(dict.fromkeys(node.first or node for node in nodes))
    parts = [(owner, module) for owner in owners for module in translations[owner].modules if module.part]
    tensors: tuple[Tensor, ...] = (*graph.inputs, *sorted(nodes, key=lambda node: node.first is not None))
    names = identifiers(
        [*(tensor.name for tensor in tensors), *(f"{owner.name}_{module.part}" for owner, module in parts)], FUNCTIONS
    )
    variables = dict(zip(tensors, names, strict=False))
    named = dict(zip(((owner, module.part) for owner, module in parts), names[len(tensors) :], strict=True))
    attributes = {
        owner: {module.part or "layer": named.get((owner, module.part), variables[owner]) for module in found}
        for owner in owners
        if (found := translations[owner].modules)
    }
    held = tuple(
        HeldModule(attributes[owner][module.part or "layer"], owner.name, owner.op.trainable, module)
        for owner in owners
        for module in translations[owner].modules
    )
    called = {node: attributes.get(node.first or node, {}) for node in nodes}
    return Plan(nodes, translations, held, called, variables)


def _translations(nodes: tuple[Node, ...]) -> dict[Node, Translation]:
    """The translation of each call; the calls of a shared layer have one module.

    Raises:
        SpecError: some have none.
    """
    found: dict[Node, Translation] = {}
    missing: list[tuple[str, Node]] = []
    for node in nodes:
        try:
            found[node] = translated(node)
            if node.first in found and found[node.first].modules != found[node].modules:
                raise Untranslated(f"{node.op.op_name} shared by tensors of several kinds")
        except Untranslated as reason:
            missing.append((str(reason), node))
    if missing:
        counts = Counter(what for what, _ in missing)
        listed = ", ".join(f"{what} ({count} layers)" if count > 1 else what for what, count in counts.items())
        hint = "end the network before them, or build it in Keras"
        message = f"PyTorch has no translation here for: {listed}"
        raise SpecError([Diagnostic("torch", message, missing[0][1].at, hint)])
    return found


def source(graph: Graph, name: str) -> TorchSource:
    """The source of a network.

    Args:
        graph: the network.
        name: what the class is named after; `ResNet-50` makes `ResNet50`.

    Raises:
        SpecError: some layers have no translation; it names them all.
    """
    planned = plan(graph)
    used = {function for translation in planned.translations.values() for function in translation.functions}
    functions = tuple(text.rstrip() for function, text in FUNCTIONS.items() if function in used)
    called = class_name(name, FUNCTIONS)
    path = _path(graph, planned)
    lines = [
        f"class {called}(nn.Module):",
        *_docstring(graph, _arguments(graph, path, planned)),
        "",
        "    def __init__(self) -> None:",
        "        super().__init__()",
        *(line for held in planned.modules for line in wrapped(_made(held), 8)),
        "",
        *_forward(graph, path, planned),
    ]
    network = "\n".join(lines)
    functional = re.search(r"\bF\.", "\n".join([*functions, network]))
    imports = (
        "import torch",
        "from torch import nn",
        *(["from torch.nn import functional as F"] if functional else []),
    )
    return TorchSource(imports, functions, network, called)


def module(graph: Graph, name: str) -> str:
    """The source of a network as a file, for those who need no more around it.

    Raises:
        SpecError: some layers have no translation; it names them all.
    """
    parts = source(graph, name)
    return "\n\n\n".join(["\n".join(parts.imports), *parts.functions, parts.network]) + "\n"


def _made(held: HeldModule) -> str:
    fixed = ".requires_grad_(False)" if held.module.parameters and not held.trainable else ""
    return f"self.{held.name} = {held.module.made}{fixed}"


def _docstring(graph: Graph, arguments: Mapping[Tensor, str]) -> list[str]:
    """What enters and leaves, with its shapes."""
    takes = [f"`{arguments[made]}` {_shape(made.shape)}" for made in graph.inputs]
    leaves = [_shape(tensor.shape) for tensor in graph.outputs.values()]
    if len(leaves) > 1:
        named = zip(identifiers(graph.outputs, FUNCTIONS), leaves, strict=True)
        leaves = [f"`{name}` {shape}" for name, shape in named]
    line = f'    """Takes {", ".join(takes)} and leaves {", ".join(leaves)}."""'
    if len(line) <= WIDTH:
        return [line]
    listed = ["Takes:", *(f"    {what}" for what in takes), "Leaves:", *(f"    {what}" for what in leaves)]
    return ['    """A network of several tensors.', "", *(f"    {text}" for text in listed), '    """']


def _shape(shape: Shape) -> str:
    """The shape in PyTorch, the batch before it."""
    ordered = (shape[2], *shape[:2]) if image(shape) else shape
    return f"({', '.join(['N', *('?' if size is None else str(size) for size in ordered)])})"


class _Path(NamedTuple):
    """The computation without the layers that change nothing.

    Attributes:
        steps: the calls that are lines.
        origin: for each tensor, the one that holds its numbers.
        users: for each tensor that holds numbers, the places of the steps that take it; the outputs come last.
    """

    steps: list[Node]
    origin: Mapping[Tensor, Tensor]
    users: Mapping[Tensor, set[int]]


def _path(graph: Graph, planned: Plan) -> _Path:
    origin: dict[Tensor, Tensor] = {made: made for made in graph.inputs}
    steps: list[Node] = []
    users: defaultdict[Tensor, set[int]] = defaultdict(set)
    for node in planned.nodes:
        if planned.translations[node].computed is None:
            origin[node] = origin[node.inputs[0]]
            continue
        origin[node] = node
        for tensor in node.inputs:
            users[origin[tensor]].add(len(steps))
        steps.append(node)
    for tensor in graph.outputs.values():
        users[origin[tensor]].add(len(steps))
    return _Path(steps, origin, users)


def _arguments(graph: Graph, path: _Path, planned: Plan) -> dict[Tensor, str]:
    """The names of the inputs: `x` where there is one, and the first line alone takes it."""
    alone = len(graph.inputs) == 1 and path.users[graph.inputs[0]] <= {0}
    return {made: "x" if alone else planned.variables[made] for made in graph.inputs}


def _forward(graph: Graph, path: _Path, planned: Plan) -> list[str]:
    """The method: a line a call; a tensor that the next line alone takes is `x`."""
    variables = _arguments(graph, path, planned)
    entered = ", ".join(["self", *(f"{variables[made]}: torch.Tensor" for made in graph.inputs)])
    returned = "torch.Tensor" if len(graph.outputs) == 1 else "tuple[torch.Tensor, ...]"
    lines = wrapped(f"def forward({entered}) -> {returned}:", 4)
    for place, node in enumerate(path.steps):
        taken = [variables[path.origin[tensor]] for tensor in node.inputs]
        modules = {part: f"self.{name}" for part, name in planned.attributes[node].items()}
        computed = (planned.translations[node].computed or "").format(*taken, **modules)
        variables[node] = "x" if path.users[node] == {place + 1} else planned.variables[node]
        if len(graph.outputs) == 1 and place == len(path.steps) - 1:
            return [*lines, *wrapped(f"return {computed}", 8)]
        lines += wrapped(f"{variables[node]} = {computed}", 8)
    left = [variables[path.origin[tensor]] for tensor in graph.outputs.values()]
    return [*lines, *wrapped(f"return {', '.join(left)}", 8)]
