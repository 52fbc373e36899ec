"""What a network has and costs in all."""

from __future__ import annotations

from typing import NamedTuple

from archc.analysis import cost
from archc.analysis.receptive_field import receptive_fields
from archc.ir.graph import Graph


class Totals(NamedTuple):
    """The figures of a whole network, as `archc summary` shows them.

    Attributes:
        params: learned weights.
        total_params: learned weights, and those that Keras counts as not trainable.
        macs: multiply-adds of the kernels for one image; None where a size is unknown.
        depth: the most weighted layers on any path to the main output.
        activation_bytes: the memory of the inputs and of all outputs of layers for one image in float32; None where a
            size is unknown.
        receptive_field: what one position of the main output sees along each spatial axis, in input positions; None for
            a whole axis, and nothing at all where it sees all.
    """

    params: int
    total_params: int
    macs: int | None
    depth: int
    activation_bytes: int | None
    receptive_field: tuple[float | None, ...]


def totals(graph: Graph) -> Totals:
    """The totals of a network."""
    return Totals(
        cost.params(graph.nodes),
        cost.total_params(graph.nodes),
        cost.macs(graph.nodes),
        cost.depth(graph),
        cost.activation_bytes([*graph.inputs, *graph.nodes]),
        tuple(axis.reach for axis in receptive_fields(graph)[graph.outputs[graph.main]]),
    )
