"""Wider layers that compute what the old ones do: Net2WiderNet, for whole graphs.

Chen, Goodfellow and Shlens, Net2Net (arXiv:1511.05641), section 2.2: a channel may be there several times, if kernels
that sum over the channels are divided by how often. Which channels of a tensor are which of the old network is followed
from the inputs on, so that each kernel is divided as its input needs it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

from archc.ir.graph import Node, Tensor
from archc.ir.op import Op
from archc.weights.fit import Fit, Repeated, tiled
from archc.weights.transplant import PlannedWeight, TransplantPlan

Channels = tuple[int, ...]

_ACROSS = ("softmax", "log_softmax", "sparsemax")  # activations of a number that depend on other channels
_KERNELS = ("Dense", "Conv1D", "Conv2D", "Conv3D")
_TRANSPOSED = ("Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose")
_DEPTHWISE = ("DepthwiseConv1D", "DepthwiseConv2D")
_SEPARABLE = ("SeparableConv1D", "SeparableConv2D")
_MERGES = ("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract")
_BY_CHANNEL = ("BatchNormalization", "Identity", "PReLU", "Rescaling")
_RESIZING = ("Pooling", "ZeroPadding", "Cropping", "UpSampling")  # what names of ops have that keep channels apart


class Widened(NamedTuple):
    """How a network is made wider.

    Attributes:
        fits: of the weights whose shape differs, by the layer and the name; of layers that can be fitted alone.
        lost: where the function is no longer that of the old network, in the order of the layers; empty where all
            outputs are those of the old network.
    """

    fits: Mapping[tuple[Node, str], Fit]
    lost: tuple[Tensor, ...]


class _Same(NamedTuple):
    """What a tensor of the new network has: in channel i what `old` has in channel `channels[i]`."""

    old: Tensor
    channels: Channels


def widened(plan: TransplantPlan, counterparts: Mapping[Tensor, Tensor]) -> Widened:
    """Fits the weights of a plan to wider layers.

    Args:
        plan: without fits.
        counterparts: the tensors of the new network by those of the old one.
    """
    found = _Widening(plan, counterparts)
    found.run()
    return Widened(found.fits, found.lost_at_the_end())


class _Widening:
    """Follows the channels from the inputs to the outputs."""

    def __init__(self, plan: TransplantPlan, counterparts: Mapping[Tensor, Tensor]) -> None:
        self.plan, self.back = plan, {new: old for old, new in counterparts.items()}
        self.weights: dict[Node, list[PlannedWeight]] = {}
        for planned in plan.weights:
            self.weights.setdefault(planned.layer, []).append(planned)
        self.same: dict[Tensor, _Same | None] = {}
        self.entered: dict[Node, Channels] = {}
        self.left: dict[Node, Channels | None] = {}
        self.fits: dict[tuple[Node, str], Fit] = {}
        self.lost: list[Tensor] = []

    def run(self) -> None:
        """Goes through all layers."""
        for made in self.plan.new.inputs:
            old = self.back.get(made)
            is_same = old is not None and old.shape == made.shape
            self.same[made] = _Same(old, _identity(made)) if is_same and old is not None else None
            if not is_same:
                self.lost.append(made)
        for node in self.plan.new.nodes:
            self.same[node] = self._of(node)

    def lost_at_the_end(self) -> tuple[Tensor, ...]:
        """Where the function is another; what no output depends on is not told."""
        ends = self.plan.new.outputs
        wrong = [tensor for name, tensor in ends.items() if not self._is_end(name, tensor)]
        behind = self.plan.new.needed(tuple(wrong))
        return tuple(tensor for tensor in self.lost if tensor in behind) or tuple(wrong)

    def _is_end(self, name: str, tensor: Tensor) -> bool:
        """Whether an output is that of the old network: of its name, or its counterpart."""
        found, outputs = self.same[tensor], self.plan.old.outputs
        if found is None or found.channels != _identity(tensor):
            return False
        wanted = [outputs[name]] if name in outputs else [*outputs.values()]
        return any(found.old is _computed(end) for end in wanted)

    def _of(self, node: Node) -> _Same | None:
        """What a layer leaves."""
        found = [self.same[tensor] for tensor in node.inputs]
        if node.op.passes_on(_shapes(node)):
            return found[0]
        first = node.first or node
        if node is first and node in self.weights:
            self._fit(node, found[0].channels if found and found[0] else None)
        known = [one for one in found if one is not None]
        if len(known) < len(found):
            return None
        old = self.back.get(node)
        channels = None
        if isinstance(old, Node) and self._is_alike(node, old, known) and self._is_taken(first, known):
            channels = self._leaves(node, first, known)
        if channels is None or old is None:
            self.lost.append(node)
            return None
        return _Same(old, channels)

    # --- weights ---

    def _fit(self, layer: Node, entered: Channels | None) -> None:
        """Fits the weights of a layer whose shapes differ, all of them or none."""
        source = self.plan.pairing.get(layer)
        if source is None or not source.inputs or not source.shape:
            return
        had, has = source.inputs[0].shape[-1:], layer.inputs[0].shape[-1:]
        if None in (*had, *has, source.shape[-1], layer.shape[-1]):
            return
        into = entered if entered is not None else _spread(had[0] if had else 1, has[0] if has else 1)
        out = _left_by(layer.op, into, _spread(source.shape[-1] or 0, layer.shape[-1] or 0))
        if into is None or out is None:
            return
        self.entered[layer], self.left[layer] = into, out
        fits = {}
        for planned in [one for one in self.weights[layer] if one.why == "other-shape"]:
            assert planned.counterpart is not None
            name = planned.weight.name
            fit = tiled(planned.counterpart.weight.shape, planned.weight.shape, _axes(layer.op, name, into, out))
            if fit is None:
                return
            fits[layer, name] = fit
        self.fits |= fits

    def _is_taken(self, layer: Node, known: Sequence[_Same]) -> bool:
        """Whether all weights of a layer are taken, for the channels that this call of it gets."""
        weights = self.weights.get(layer, ())
        if any(one.why not in (None, "beside", "other-shape") for one in weights):
            return False
        differing = [one for one in weights if one.why == "other-shape"]
        if not all((layer, one.weight.name) in self.fits for one in differing):
            return False
        return not weights or self.entered.get(layer, known[0].channels) == known[0].channels

    # --- channels ---

    def _is_alike(self, node: Node, old: Node, known: Sequence[_Same]) -> bool:
        """Whether a layer is the old one but for its width, and takes what the old one takes."""
        taken, wanted = [one.old for one in known], [_computed(tensor) for tensor in old.inputs]
        if node.op.commutes:
            taken, wanted = sorted(taken, key=id), sorted(wanted, key=id)
        if taken != wanted:
            return False
        op, other = node.op.canonical(_shapes(node)), old.op.canonical(_shapes(old))
        free = {*op.widths, *op.training_arguments()} - {"groups", "depth_multiplier"}
        fields = [name for name in type(op).model_fields if name not in free]
        return type(op) is type(other) and all(getattr(op, name) == getattr(other, name) for name in fields)

    def _leaves(self, node: Node, first: Node, known: Sequence[_Same]) -> Channels | None:
        """The channels that a layer leaves, of which each is that of the old one; None where they are not."""
        op, name = node.op, node.op.op_name
        channels = [one.channels for one in known]
        is_same = all(one.channels == _identity(tensor) for one, tensor in zip(known, node.inputs, strict=True))
        if is_same and not any((first, weight.name) in self.fits for weight in first.weights):
            return _identity(node)
        if name in (*_KERNELS, *_TRANSPOSED, *_DEPTHWISE, *_SEPARABLE):
            left = self.left.get(first)
            return None if _is_across(getattr(op, "activation", None)) and left != _identity(node) else left
        if name in _MERGES:
            shapes = {tensor.shape[-1:] for tensor in node.inputs}
            return channels[0] if len(shapes) == 1 and len(set(channels)) == 1 else None
        if name == "Concatenate":
            return _joined(node, known)
        if name == "Flatten":
            return _flattened(node, known[0])
        axis = getattr(op.canonical(_shapes(node)), "axis", -1)
        by_channel = name in _BY_CHANNEL and axis == -1
        elementwise = op.as_activation is not None and not _is_across(op.as_activation)
        return channels[0] if by_channel or elementwise or any(part in name for part in _RESIZING) else None


def _axes(op: Op, weight: str, into: Channels, out: Channels) -> list[Repeated]:
    """Which axes of a weight have which channels; none for a layer that is not known."""
    kernel_in, kernel_out, by_input, bias = (
        Repeated(-2, into, divided=True),
        Repeated(-1, out),
        Repeated(-1, into),
        Repeated(-1, out),
    )
    name, multiplier = op.op_name, getattr(op, "depth_multiplier", 1)
    if name in _KERNELS and getattr(op, "groups", 1) == 1:
        return {"kernel": [kernel_in, kernel_out], "bias": [bias]}.get(weight, [])
    if name in _TRANSPOSED:
        return {"kernel": [Repeated(-2, out), Repeated(-1, into, divided=True)], "bias": [bias]}.get(weight, [])
    if name in _DEPTHWISE:
        return {"kernel": [Repeated(-2, into)], "bias": [bias]}.get(weight, [])
    if name in _SEPARABLE:
        between = Repeated(-2, _multiplied(into, multiplier), divided=True)
        kernels = {"depthwise_kernel": [Repeated(-2, into)], "pointwise_kernel": [between, kernel_out]}
        return {**kernels, "bias": [bias]}.get(weight, [])
    return [by_input] if name in ("BatchNormalization", "PReLU") else []


def _left_by(op: Op, into: Channels | None, spread: Channels | None) -> Channels | None:
    """The channels that a layer with weights leaves."""
    if into is None or op.op_name not in _DEPTHWISE:
        return spread if op.op_name in (*_KERNELS, *_TRANSPOSED, *_SEPARABLE) else into
    return _multiplied(into, getattr(op, "depth_multiplier", 1))


def _multiplied(channels: Channels, multiplier: int) -> Channels:
    """The channels of a depthwise convolution, which makes several of each."""
    return tuple(channel * multiplier + number for channel in channels for number in range(multiplier))


def _spread(had: int | None, has: int | None) -> Channels | None:
    """The old channels in turn, as often as there is place; None where there is place for fewer."""
    return tuple(place % had for place in range(has)) if had and has and has >= had else None


def _joined(node: Node, known: Sequence[_Same]) -> Channels | None:
    """The channels of tensors one after another."""
    axis = getattr(node.op.canonical(_shapes(node)), "axis", None)
    if axis != -1:
        return known[0].channels if len({one.channels for one in known}) == 1 else None
    found: list[int] = []
    before = 0
    for one in known:
        found += [before + channel for channel in one.channels]
        before += one.old.shape[-1] or 0
    return tuple(found)


def _flattened(node: Node, known: _Same) -> Channels | None:
    """The numbers of all positions, one position after another."""
    shape = node.inputs[0].shape
    sizes = [size for size in shape[:-1] if size is not None]
    old = known.old.shape[-1]
    if len(sizes) < len(shape) - 1 or old is None:
        return None
    return tuple(position * old + channel for position in range(prod(sizes)) for channel in known.channels)


def _is_across(activation: Any) -> bool:
    """Whether an activation sees several channels at once."""
    return getattr(activation, "configured_name", activation) in _ACROSS


def _identity(tensor: Tensor) -> Channels:
    return tuple(range((tensor.shape[-1] or 0) if tensor.shape else 1))


def _computed(tensor: Tensor) -> Tensor:
    """The tensor without the layers that pass their input on."""
    while isinstance(tensor, Node) and tensor.op.passes_on(_shapes(tensor)):
        tensor = tensor.inputs[0]
    return tensor


def _shapes(node: Node) -> tuple[Any, ...]:
    return tuple(tensor.shape for tensor in node.inputs)
