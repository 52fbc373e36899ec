"""A network in PyTorch, before it is source: the translation of each layer, the names of modules and tensors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from archc.codegen.expression_layout import one_line
from archc.diagnostics import SpecError
from archc.ir.graph import Graph, Node, Tensor, layer_calls, plain_name
from archc.ir.masks import Mask, masks, users_of_cleared_masks
from archc.ir.state import State
from archc.targets.torch import (
    activations,
    arithmetic,
    attention,
    categories,
    convolutions,
    images,
    merges,
    normalizations,
    poolings,
    recurrence,
    reshapes,
    spectrograms,
)
from archc.targets.torch.masks import MaskLine, Places, mask_lines, masks_used, translate_masked
from archc.targets.torch.names import identifiers
from archc.targets.torch.translation import Module, Translation, Untranslated, check_types, translated

FAMILIES = (
    activations,
    arithmetic,
    attention,
    categories,
    convolutions,
    images,
    merges,
    normalizations,
    poolings,
    recurrence,
    reshapes,
    spectrograms,
)
"""The modules whose functions are registered as translations when they are imported."""


class HeldModule(NamedTuple):
    """A module of the network, the attribute that holds it, and the first call of its layer."""

    name: str
    node: Node
    module: Module


class Plan(NamedTuple):
    """A network in PyTorch, before it is source.

    Attributes:
        nodes: the calls of layers that an output depends on, without their states, which are outputs of these.
        called: the modules that each of them calls.
        variables: the names of the tensors of inputs and layers.
        masks: the masks that layers compute by, by the numbers of their inputs.
        mask_lines: the lines that compute them, by the layers before whose lines they stand.
        mask_names: their variables.
    """

    nodes: tuple[Node, ...]
    translations: Mapping[Node, Translation]
    called: Mapping[Node, tuple[HeldModule, ...]]
    variables: Mapping[Tensor, str]
    masks: Mapping[Node, Mapping[int, Mask]]
    mask_lines: Mapping[Node, MaskLine]
    mask_names: Mapping[Mask, str]

    @property
    def modules(self) -> list[HeldModule]:
        """The modules of the network, in the order of the layers."""
        return [held for node, modules in self.called.items() for held in modules if held.node is node]


def plan_module(graph: Graph) -> Plan:
    """Translates and names every layer.

    Raises:
        SpecError: some have no translation; the message names them all.
    """
    if texts := [made.name for made in graph.inputs if made.dtype == "string"]:
        hint = "turn texts into numbers before the network"
        raise SpecError.of("torch", f"PyTorch has no tensor of texts, as the input `{texts[0]}` is", None, hint)
    needed = graph.needed(tuple(graph.outputs.values()))
    nodes = tuple(node for node in layer_calls(graph.nodes) if node in needed)
    states = [node for node in graph.nodes if isinstance(node.op, State) and node in needed]
    owners: dict[Node, Node] = {}  # of each layer, its first call that is needed
    for node in nodes:
        owners.setdefault(node.first or node, node)
    found = masks(graph)
    used = masks_used(graph, found)
    lines = mask_lines(found, [mask for node in nodes for mask in used.get(node, {}).values()])
    refused = dict.fromkeys(users_of_cleared_masks(graph, found), _CLEARED) | dict.fromkeys(
        _across_models(graph, found), "a shared block with a mask that enters or leaves it"
    )
    translations = _translations(nodes, owners, used, lines, refused)
    written = {node: line for node, line in lines.items() if isinstance(line, MaskLine)}
    parts = [(node, module.part) for node in owners.values() for module in translations[node].modules if module.part]
    tensors: tuple[Tensor, ...] = (
        *graph.inputs,
        *owners.values(),
        *(node for node in nodes if owners[node.first or node] is not node),
        *states,
    )
    wanted = [*map(plain_name, tensors), *(f"{node.name}_{part}" for node, part in parts)]
    names = identifiers([*wanted, *(f"{node.name}_mask" for node in written)])
    variables = dict(zip(tensors, names, strict=False))
    named = dict(zip(parts, names[len(tensors) : len(wanted)], strict=True))
    mask_names = {line.mask: name for line, name in zip(written.values(), names[len(wanted) :], strict=True)}
    held = {
        node: tuple(
            HeldModule(named.get((node, module.part), variables[node]), node, module)
            for module in translations[node].modules
        )
        for node in owners.values()
    }
    called = {node: held[owners[node.first or node]] for node in nodes}
    return Plan(nodes, translations, called, variables, used, written, mask_names)


_CLEARED = (
    "a mask that MultiHeadAttention takes off its input in Keras before another layer uses it (`attention_mask` stays)"
)


def _across_models(graph: Graph, found: Mapping[Tensor, Mask]) -> set[Node]:
    """The layers that take a tensor with a mask into a shared block, or out of one."""
    return {
        node
        for call in graph.calls
        for node in graph.nodes
        if any(tensor in found and (tensor in call.nodes) != (node in call.nodes) for tensor in node.inputs)
    }


def _translations(
    nodes: tuple[Node, ...],
    owners: Mapping[Node, Node],
    used: Mapping[Node, Mapping[int, Mask]],
    lines: Mapping[Node, MaskLine | Untranslated],
    refused: Mapping[Node, str],
) -> dict[Node, Translation]:
    """The translation of each call; the calls of a shared layer have one module.

    Raises:
        SpecError: some have none.
    """
    found: dict[Node, Translation] = {}
    missing: list[tuple[str, Node]] = []
    for node in nodes:
        try:
            if node in refused:
                raise Untranslated(refused[node])
            line = lines.get(node)
            if isinstance(line, Untranslated):
                raise line
            found[node] = _translation(node, frozenset(used.get(node, ())))
            owner = owners[node.first or node]
            if owner in found and _comparable(found[owner].modules) != _comparable(found[node].modules):
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


def _translation(node: Node, places: Places) -> Translation:
    """A layer in PyTorch, some of whose inputs have masks that it computes by."""
    if not places:
        return translated(node)
    check_types(node)
    return translate_masked(node.op, node, places)


def _comparable(modules: tuple[Module, ...]) -> list[tuple[object, ...]]:
    """Modules as data that is equal where they are the same; trees are not."""
    return [(one_line(module.constructor), *module[1:]) for module in modules]
