"""Small networks, and the files of their weights, each made once in a process."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import keras
import pytest

import archc
from archc.diagnostics import Diagnostic
from tests.targets.networks import CLASS_TOKEN, SIAMESE
from tests.targets.networks import network as uncached_network
from tests.weights.saved import randomize, write

SMALL = """
archc: 1
name: Small
params: {classes: 10}
input: [8, 8, 3]
layers:
  - Conv2D: {filters: 4, kernel_size: 3}
    name: first
  - BatchNormalization:
    name: bn
  - Conv2D: {filters: 4, kernel_size: 3, padding: same}
    name: second
  - Conv2D: {filters: 4, kernel_size: 3, padding: same}
    name: third
  - GlobalAveragePooling2D:
  - Dense: $classes
    name: predictions
"""
UNNAMED = "\n".join(line for line in SMALL.splitlines() if not line.startswith("    name:"))
TRAINED_ALONE = SMALL.replace("- Dense: $classes", "- Dense: {units: $classes, trainable: false}")

MIXED = """
archc: 1
name: Mixed
input: [8, 8, 3]
blocks:
  conv_bn:
    params: {size: int}
    layers:
      - Conv2D: {filters: 4, kernel_size: $size, padding: same, use_bias: false}
      - BatchNormalization: {scale: false}
  mixed:
    layers:
      - Concatenate:
          - conv_bn: {size: 1}
          - - conv_bn: {size: 1}
            - conv_bn: {size: 3}
          - - conv_bn: {size: 1}
            - conv_bn: {size: 3}
            - conv_bn: {size: 3}
layers:
  - conv_bn: {size: 3}
  - mixed:
  - mixed:
  - GlobalAveragePooling2D:
  - Dense: 10
"""
"""Branches of several depths: the order of creation is not that of `model.layers`."""

FROZEN = SIAMESE.replace("- BatchNormalization:\n", "- BatchNormalization: {trainable: false}\n")

WORDS = f"{CLASS_TOKEN}  - Dropout: 0.5\n  - Dense: 3\n"

network = cache(uncached_network)
"""A network from a text."""


@cache
def model_of(text: str) -> keras.Model:
    """The model of a text with random weights, for tests that do not change it."""
    return randomize(network(text).build())


@cache
def _saved(text: str, file: str) -> bytes:
    with TemporaryDirectory() as folder:
        return write(model_of(text), Path(folder), file).read_bytes()


def saved(text: str, folder: Path, file: str = "net.h5") -> Path:
    """The file of the weights of `model_of(text)`, of one of `FORMATS`."""
    path = folder / file
    path.write_bytes(_saved(text, file))
    return path


def refused(path: Path, text: str = SMALL, outputs: list[str] | None = None, **params: Any) -> tuple[Diagnostic, ...]:
    """Why a file does not load into a network."""
    with pytest.raises(archc.SpecError) as caught:
        network(text, **params).build(outputs, weights=path)
    return caught.value.diagnostics


def codes(diagnostics: tuple[Diagnostic, ...]) -> list[str]:
    """The codes of diagnostics, in order."""
    return [diagnostic.code for diagnostic in diagnostics]
