"""The masks that layers make, pass on and use: which positions of a tensor count, by the rules of Keras 3.15.

A mask is no tensor of the network. An `Embedding` with `mask_zero` and a `Masking` make one, and Keras hands it from
layer to layer beside the tensor. It has the axes of the tensor without the channels, or the first of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

from archc.ir.graph import Graph, Node, Tensor


class LayerCall(Protocol):
    """A call of a layer, in a graph or before there is one."""

    @property
    def op(self) -> Any:
        """The `Op`."""

    @property
    def inputs(self) -> tuple[Any, ...]:
        """The tensors that it takes."""


@dataclass(frozen=True, slots=True, eq=False)
class MadeMask:
    """The mask that a layer makes."""

    node: LayerCall


@dataclass(frozen=True, slots=True)
class EitherMask:
    """What one of several masks counts."""

    masks: tuple[MadeMask | JoinedMask, ...]


@dataclass(frozen=True, slots=True, eq=False)
class JoinedMask:
    """The masks of the inputs of a `Concatenate`, joined as these are; all of an input without one counts."""

    node: LayerCall
    masks: tuple[Mask | None, ...]


Mask = MadeMask | EitherMask | JoinedMask
Use = Literal["always", "training"]


def masks(graph: Graph) -> dict[Tensor, Mask]:
    """The masks of the tensors that have one."""
    found: dict[Tensor, Mask] = {}
    for node in graph.nodes:
        if not found and node.op.masking != "makes":
            continue
        mask = mask_after(node, tuple([found.get(tensor) for tensor in node.op.split_inputs(node.inputs)[0]]))
        if mask is not None:
            found[node] = mask
    return found


def mask_after(node: LayerCall, given: tuple[Mask | None, ...]) -> Mask | None:
    """The mask of what a layer leaves, whose inputs have these masks; without those that are arguments."""
    match node.op.masking:
        case "makes":
            return MadeMask(node)
        case "keeps":
            return given[0]
        case "merges":
            return None if None in given else _either(given)
        case "joins" if len(given) > 1:
            return None if set(given) == {None} else JoinedMask(node, given)
        case "joins":
            return given[0]
    return None


def _either(given: tuple[Mask | None, ...]) -> Mask:
    alone: dict[MadeMask | JoinedMask, None] = {}
    for mask in given:
        if mask is not None:
            alone |= dict.fromkeys(mask.masks if isinstance(mask, EitherMask) else (mask,))
    return next(iter(alone)) if len(alone) == 1 else EitherMask(tuple(alone))


def makers(mask: Mask | None) -> Iterator[LayerCall]:
    """The layers that a mask comes from."""
    pending: list[Mask | None] = [mask]
    seen: set[Mask | None] = set()
    while pending:
        one = pending.pop()
        if one in seen:
            continue
        seen.add(one)
        match one:
            case MadeMask(node):
                yield node
            case EitherMask(several) | JoinedMask(_, several):
                pending += several


class MaskUses(NamedTuple):
    """What the masks in a network change.

    Attributes:
        uses: for the layers whose masks are used, whether always or in training alone, as by a loss or a batch's mean.
        changing: the layers that do not pass on the mask of their inputs as it is, or compute by it.
    """

    uses: Mapping[LayerCall, Use]
    changing: frozenset[Node]


def mask_uses(graph: Graph) -> MaskUses:
    """Which layers make masks that others use."""
    found, uses, changing = masks(graph), dict[LayerCall, Use](), set[Node]()
    for node in graph.nodes if found else ():
        given = [found[tensor] for tensor in node.op.split_inputs(node.inputs)[0] if tensor in found]
        if given and (given != [found.get(node)] or node.op.mask_use == "always"):
            changing.add(node)
        for mask in given:
            if node.op.mask_use != "never":
                _note(uses, mask, node.op.mask_use)
    for tensor in graph.outputs.values():
        _note(uses, found.get(tensor), "training")
    return MaskUses(uses, frozenset(changing))


def _note(uses: dict[LayerCall, Use], mask: Mask | None, use: Use) -> None:
    for maker in makers(mask):
        if uses.get(maker) != "always":
            uses[maker] = use


def users_of_cleared_masks(graph: Graph, found: Mapping[Tensor, Mask]) -> set[Node]:
    """The layers that take a mask which another layer may take off the tensor before, when Keras runs the model.

    A layer whose mask is an input of its call has the mask all the same.
    """
    clearing: defaultdict[Tensor, set[Node]] = defaultdict(set)
    for node in graph.nodes:
        if node.op.clears_masks:
            for tensor in node.inputs:
                clearing[tensor].add(node)
    cleared, users = set[Tensor](), set[Node]()
    for node in graph.nodes:
        given = [tensor for tensor in node.op.split_inputs(node.inputs)[0] if tensor in found]
        if not node.op.mask_is_input and any(tensor in cleared or clearing[tensor] - {node} for tensor in given):
            cleared.add(node)
            if node.op.mask_use == "always":
                users.add(node)
    return users
