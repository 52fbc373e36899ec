"""The networks of the tests of targets: those of the library by name, expanded once in a process, and texts."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

import archc
from archc.collector import Collector
from archc.elaborate.expand import Settings
from archc.language.sources import Source
from archc.library.paths import library_paths
from archc.library.specs import resolve
from archc.network import Network, from_spec

TESTS = Path(__file__).parents[1]
FEATURES = sorted(TESTS.glob("elaborate/networks/*.yaml"))

TEXTS = {name: path.read_text(encoding="utf-8") for name, path in library_paths().items()}
SPECS = tuple(TEXTS)
"""Every spec of the library."""
NETWORKS = tuple(name for name, text in TEXTS.items() if "\nexpect:" in text)
"""The networks of the library, without the specs that only others extend."""
IN_PYTORCH = tuple(name for name in NETWORKS if name != "wide_deep")
"""The networks that PyTorch can say: it has no hashes of categories."""
WITH_LAYERS = tuple(name for name, text in TEXTS.items() if "\nlayers:" in text)
"""The specs of the library that extend no other."""
CHOSEN = ("lenet5_1998", "squeezenet1_1", "resnet20_cifar", "shufflenet_v2_x0_5")
"""Small networks that have between them what the library has: the others are left to `pytest -m slow`."""


@cache
def library(name: str) -> Network:
    """A network of the library."""
    return archc.load(name)


def marked(names: Iterable[str], chosen: Iterable[str] = CHOSEN) -> list[Any]:
    """Names as parameters of a test; those that are not chosen run under `pytest -m slow`."""
    kept = set(chosen)
    return [pytest.param(name, marks=[] if name in kept else pytest.mark.slow) for name in names]


def random_pairs(count: int, seed: int) -> list[tuple[str, str]]:
    """Pairs of networks of the library that have nothing to do with one another, but by chance."""
    choose = Random(seed)
    return [(choose.choice(NETWORKS), choose.choice(NETWORKS)) for _ in range(count)]


def network(text: str, **params: Any) -> Network:
    """A network from a text."""
    collector = Collector()
    spec = resolve(Source("test.yaml", text, Path(), None), "test", collector)
    collector.raise_any()
    assert spec is not None
    return from_spec(spec, Settings(params))


SIAMESE = """
archc: 1
name: Siamese
inputs: {left: [12, 12, 1], right: [12, 12, 1]}
blocks:
  tower:
    params: {filters: int}
    layers:
      - Conv2D: {$filters, kernel_size: 3}
        name: conv
      - BatchNormalization:
        name: bn
      - GlobalAveragePooling2D:
layers:
  - tower: {filters: 5}
    from: left
    share: tower
    as: a
  - tower: {filters: 5}
    from: right
    share: tower
    as: b
  - Subtract: [a, b]
  - Dense: 1
"""

PYRAMID = """
archc: 1
name: Pyramid
input: [32, 32, 3]
blocks:
  head:
    params: {classes: int}
    layers:
      - Conv2D: {filters: 8, kernel_size: 3, padding: same, activation: relu}
      - Conv2D: {filters: $classes, kernel_size: 3, padding: same}
layers:
  - Conv2D: {filters: 4, kernel_size: 3, padding: same}
  - side:
      head: {classes: 2}
      share: head
    output: fine
  - MaxPooling2D: 2
  - head: {classes: 2}
    share: head
    output: coarse
"""

SHARED_SCALE = """
archc: 1
name: Shared scale
input: [6, 6, 4]
layers:
  - Scale: {center: true}
    share: scale
  - Activation: tanh
  - Scale: {center: true}
    share: scale
"""

CLASS_TOKEN = """
archc: 1
name: Class token
inputs: {ids: {shape: [5], dtype: int32}}
layers:
  - Embedding: {input_dim: 11, output_dim: 6}
    as: words
  - Learned: {shape: [1, 6]}
    as: token
  - Concatenate: {branches: [token, words], axis: 1}
  - MultiHeadAttention: {num_heads: 2, key_dim: 3}
  - Bidirectional: {layer: {LSTM: 3}}
"""
