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
    translate,
)


def _module(called: str, *arguments: Value) -> Translation:
    return Translation(code("layer(x)"), (Module(torch_call(called, *arguments)),))


@translate.register
def _dropout(op: Dropout, node: Node) -> Translation:
    if op.noise_shape is None:
        return _module("nn.Dropout", number(op.rate))
    if op.noise_shape[0] is not None:
        raise Untranslated("Dropout with one mask for the batch")
    rank = len(node.shape)
    whole = sorted(dimension(index, rank) for index, size in enumerate(op.noise_shape[1:]) if size == 1)
    return _module("SharedDropout", number(op.rate), *whole)


@translate.register
def _spatial_dropout(op: _SpatialDropout, node: Node) -> Translation:
    if image(node.shape):
        return _module("nn.Dropout2d", number(op.rate))
    return _module("SharedDropout", number(op.rate), *range(1, len(node.shape)))


@translate.register
def _alpha_dropout(op: AlphaDropout, _: Node) -> Translation:
    if op.noise_shape is not None:
        raise Untranslated("AlphaDropout with `noise_shape`")
    return _module("nn.AlphaDropout", number(op.rate))


@translate.register
def _gaussian_noise(op: GaussianNoise, _: Node) -> Translation:
    return _module("GaussianNoise", number(op.stddev))


@translate.register
def _gaussian_dropout(op: GaussianDropout, _: Node) -> Translation:
    return _module("GaussianDropout", number(op.rate))
