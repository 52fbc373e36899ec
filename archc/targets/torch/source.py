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
from textwrap import wrap
from typing import NamedTuple

from archc.codegen.heading import Heading
from archc.codegen.layout import WIDTH, unpacked
from archc.codegen.module import SourceFile
from archc.codegen.parsed import parsed
from archc.codegen.statements import Assign, Do, Function, Return, Statement, docstring
from archc.diagnostics import SpecError
from archc.ir.graph import Graph, Node, Tensor
from archc.ir.shape import Shape
from archc.targets.torch.functions import FUNCTIONS
from archc.targets.torch.names import class_name, identifiers
from archc.targets.torch.table import translated
from archc.targets.torch.translation import Module, Translation, Untranslated, image


class HeldModule(NamedTuple):
    """A module of the network.

    Attributes:
        name: the attribute that holds it.
        node: the first call of the layer.
        module: what it is.
    """

    name: str
    node: Node
    module: Module


class Plan(NamedTuple):
    """A network in PyTorch, before it is text.

    Attributes:
        nodes: the calls of layers that an output needs.
        translations: of each of them.
        called: the modules that each of them calls.
        variables: the names that the tensors of inputs and layers may have.
    """

    nodes: tuple[Node, ...]
    translations: Mapping[Node, Translation]
    called: Mapping[Node, tuple[HeldModule, ...]]
    variables: Mapping[Tensor, str]

    @property
    def modules(self) -> list[HeldModule]:
        """What the network holds, in the order of the layers."""
        return [held for node, modules in self.called.items() for held in modules if held.node is node]


def plan(graph: Graph) -> Plan:
    """Translates and names every layer.

    Raises:
        SpecError: some have no translation; it names them all.
    """
    needed = graph.needed(tuple(graph.outputs.values()))
    nodes = tuple(node for node in graph.nodes if node in needed)
    owners: dict[Node, Node] = {}  # of each layer, its first call that is needed
    for node in nodes:
        owners.setdefault(node.first or node, node)
    translations = _translations(nodes, owners)
    parts = [(node, module.part) for node in owners.values() for module in translations[node].modules if module.part]
    tensors: tuple[Tensor, ...] = (
        *graph.inputs,
        *owners.values(),
        *(node for node in nodes if owners[node.first or node] is not node),
    )
    wanted = [*(tensor.name for tensor in tensors), *(f"{node.name}_{part}" for node, part in parts)]
    names = identifiers(wanted)
    variables = dict(zip(tensors, names, strict=False))
    named = dict(zip(parts, names[len(tensors) :], strict=True))
    held = {
        node: tuple(
            HeldModule(named.get((node, module.part), variables[node]), node, module)
            for module in translations[node].modules
        )
        for node in owners.values()
    }
    called = {node: held[owners[node.first or node]] for node in nodes}
    return Plan(nodes, translations, called, variables)


def _translations(nodes: tuple[Node, ...], owners: Mapping[Node, Node]) -> dict[Node, Translation]:
    """The translation of each call; the calls of a shared layer have one module.

    Raises:
        SpecError: some have none.
    """
    found: dict[Node, Translation] = {}
    missing: list[tuple[str, Node]] = []
    for node in nodes:
        try:
            found[node] = translated(node)
            owner = owners[node.first or node]
            if owner in found and found[owner].modules != found[node].modules:
                raise Untranslated(f"{node.op.op_name} shared by tensors of several kinds")
        except Untranslated as reason:
            missing.append((str(reason), node))
    if missing:
        counts = Counter(what for what, _ in missing)
        listed = ", ".join(f"{what} ({count} layers)" if count > 1 else what for what, count in counts.items())
        hint = "end the network before them, or build it in Keras"
        message = f"PyTorch has no translation here for: {listed}"
        raise SpecError.of("torch", message, missing[0][1].at, hint)
    return found


def module(graph: Graph, name: str, heading: Heading) -> str:
    """The source of a network.

    Args:
        graph: the network.
        name: what the class is named after; `ResNet-50` makes `ResNet50`.
        heading: what the source says of itself.

    Raises:
        SpecError: some layers have no translation; it names them all.
    """
    planned = plan(graph)
    used = {function for translation in planned.translations.values() for function in translation.functions}
    functions = [text.rstrip() for function, text in FUNCTIONS.items() if function in used]
    called = class_name(name)
    path = _path(graph, planned)
    lines = [
        f"class {called}(nn.Module):",
        *docstring((*heading.network, "", *_passing(graph, _arguments(graph, path, planned))), 4),
        "",
        *_init(planned).lines(4),
        "",
        *_forward(graph, path, planned).lines(4),
    ]
    network = "\n".join(lines)
    functional = re.search(r"\bF\.", "\n".join([*functions, network]))
    imports = (
        "import torch",
        "from torch import nn",
        *(["from torch.nn import functional as F"] if functional else []),
    )
    return SourceFile(heading.module, tuple(imports), frozenset(), (*functions, network), f"print({called}())").text()


def _init(planned: Plan) -> Function:
    """The method that makes the modules."""
    body: list[Statement] = [Do("super().__init__()")]
    for held in planned.modules:
        body.append(Assign((f"self.{held.name}",), parsed(held.module.made)))
        if held.module.parameters and not held.node.op.trainable:
            body.append(Do(parsed(f"self.{held.name}.requires_grad_(False)")))
    return Function("__init__", ("self",), "None", (), tuple(body))


def _passing(graph: Graph, arguments: Mapping[Tensor, str]) -> list[str]:
    """What enters and leaves, with its shapes."""
    takes = [f"`{arguments[made]}` {_shape(made.shape)}" for made in graph.inputs]
    leaves = [_shape(tensor.shape) for tensor in graph.outputs.values()]
    if len(leaves) > 1:
        named = zip(identifiers(graph.outputs), leaves, strict=True)
        leaves = [f"`{name}` {shape}" for name, shape in named]
    return wrap(f"Takes {', '.join(takes)} and leaves {', '.join(leaves)}.", WIDTH - 8)


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


def _forward(graph: Graph, path: _Path, planned: Plan) -> Function:
    """The method: a line a call; a tensor that the next line alone takes is `x`."""
    variables = _arguments(graph, path, planned)
    entered = ("self", *(f"{variables[made]}: torch.Tensor" for made in graph.inputs))
    alone = len(graph.outputs) == 1
    body: list[Statement] = []
    for place, node in enumerate(path.steps):
        taken = [variables[path.origin[tensor]] for tensor in node.inputs]
        modules = {held.module.part or "layer": f"self.{held.name}" for held in planned.called[node]}
        computed = parsed((planned.translations[node].computed or "").format(*taken, **modules))
        variables[node] = "x" if path.users[node] == {place + 1} else planned.variables[node]
        last = alone and place == len(path.steps) - 1
        body.append(Return(computed) if last else Assign((variables[node],), computed))
    left = [variables[path.origin[tensor]] for tensor in graph.outputs.values()]
    if not (alone and path.steps):
        body.append(Return(left[0] if alone else unpacked(left)))
    return Function("forward", entered, "torch.Tensor" if alone else "tuple[torch.Tensor, ...]", (), tuple(body))
