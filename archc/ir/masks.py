"""The masks that layers make, pass on and use: which positions of a tensor count, by the rules of Keras 3.15.

A mask is no tensor of the network. An `Embedding` with `mask_zero` and a `Masking` make one, and Keras hands it from
layer to layer beside the tensor. It has the axes of the tensor without the channels, or the first of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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


class MadeMask(NamedTuple):
    """The mask that a layer makes."""

    node: LayerCall


class EitherMask(NamedTuple):
    """What one of several masks counts, in the order of the inputs of a merge."""

    masks: tuple[Mask, ...]


class JoinedMask(NamedTuple):
    """The masks of the inputs of a `Concatenate`, joined as these are; all of an input without one counts."""

    node: LayerCall
    masks: tuple[Mask | None, ...]


Mask = MadeMask | EitherMask | JoinedMask
Use = Literal["always", "training"]


def masks(graph: Graph) -> dict[Tensor, Mask]:
    """The masks of the tensors that have one."""
    found: dict[Tensor, Mask] = {}
    for node in graph.nodes:
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
            known = tuple([mask for mask in given if mask is not None])
            if len(known) < len(given):
                return None
            return known[0] if len(known) == 1 else EitherMask(known)
        case "joins":
            return JoinedMask(node, given) if any(given) else None
    return None


def makers(mask: Mask | None) -> Iterator[LayerCall]:
    """The layers that a mask comes from."""
    pending = [mask]
    while pending:
        match pending.pop():
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
    for node in graph.nodes:
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
