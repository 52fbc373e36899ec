"""Dropout and noise, which act in training alone, in PyTorch."""

from __future__ import annotations

from archc.codegen.tree import code
from archc.ir.graph import Node
from archc.ops.regularization import AlphaDropout, Dropout, GaussianDropout, GaussianNoise, _SpatialDropout
from archc.targets.torch.translation import (
    Module,
    Translation,
    Untranslated,
    Value,
    dimension,
    image,
    number,
    torch_call,
    translates,
)


def _module(called: str, *arguments: Value) -> Translation:
    return Translation(code("layer(x)"), (Module(torch_call(called, *arguments)),))


@translates(Dropout)
def _dropout(node: Node, op: Dropout) -> Translation:
    if op.noise_shape is None:
        return _module("nn.Dropout", number(op.rate))
    if op.noise_shape[0] is not None:
        raise Untranslated("Dropout with one mask for the batch")
    rank = len(node.shape)
    whole = sorted(dimension(index, rank) for index, size in enumerate(op.noise_shape[1:]) if size == 1)
    return _module("SharedDropout", number(op.rate), *whole)


@translates(_SpatialDropout)
def _spatial_dropout(node: Node, op: _SpatialDropout) -> Translation:
    if image(node.shape):
        return _module("nn.Dropout2d", number(op.rate))
    return _module("SharedDropout", number(op.rate), *range(1, len(node.shape)))


@translates(AlphaDropout)
def _alpha_dropout(_: Node, op: AlphaDropout) -> Translation:
    if op.noise_shape is not None:
        raise Untranslated("AlphaDropout with `noise_shape`")
    return _module("nn.AlphaDropout", number(op.rate))


@translates(GaussianNoise)
def _gaussian_noise(_: Node, op: GaussianNoise) -> Translation:
    return _module("GaussianNoise", number(op.stddev))


@translates(GaussianDropout)
def _gaussian_dropout(_: Node, op: GaussianDropout) -> Translation:
    return _module("GaussianDropout", number(op.rate))
