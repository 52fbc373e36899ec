"""Two networks compared in a warm process."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import archc
from archc.diff.compare import diff
from archc.ir.graph import Graph
from benchmarks.chains import written
from benchmarks.large_networks import LARGE
from benchmarks.row import Row, Side
from benchmarks.timing import loop_seconds, seconds_of

BLOCKS = """\
archc: 1
name: Blocks
params: {blocks: 1, every: 1000000, width: 8}
input: [16, 16, $width]
blocks:
  unit:
    params: {kernel_size: 3, width: int}
    layers:
      - Add:
          - []
          - - Conv2D: {filters: $width, kernel_size: 1}
            - BatchNormalization
            - ReLU
            - Conv2D: {filters: $width, kernel_size: $kernel_size, padding: same}
            - BatchNormalization
            - ReLU
            - Conv2D: {filters: $width, kernel_size: 1}
            - BatchNormalization
      - ReLU
layers:
  - for: i in range(blocks)
    do:
      - unit: {kernel_size: $(5 if i % every == 0 else 3), $width}
"""
Settings = dict[str, Any]
PAIRS = {
    ("vgg16", "vgg19"): 0.0017,
    ("resnet50", "resnet101"): 0.0006,
    ("resnet50", "se_resnet50"): 0.0015,
    ("densenet121", "densenet169"): 0.0008,
    ("inception_v3", "inception_v4"): 0.005,
    ("nasnet_a_mobile", "nasnet_a_large"): 0.003,
}
"""Networks of the library, and the goals."""
LONG: dict[str, tuple[Settings, Settings]] = {
    "18,000 layers and a tenth more": ({"blocks": 1_800}, {"blocks": 1_980}),
    "18,000 layers, every seventh block changed": ({"blocks": 1_800}, {"blocks": 1_800, "every": 7}),
    "18,000 layers, all changed": ({"blocks": 1_800}, {"blocks": 1_800, "width": 16}),
}
"""Pairs of chains of blocks."""


def _compared(left: Graph, right: Graph, layers: int = 1) -> Side:
    """The seconds of a comparison; for each of so many layers."""
    return lambda: seconds_of(partial(diff, left, right)) / layers


def _library_pair(left: str, right: str, _: Path) -> tuple[Side, Side]:
    one, other = archc.load(left).graph, archc.load(right).graph
    return _compared(one, other, len(one.nodes) + len(other.nodes)), loop_seconds


def _blocks(left: Settings, right: Settings, folder: Path) -> tuple[Side, Side]:
    spec = written(folder, BLOCKS)
    return _compared(archc.load(spec, **left).graph, archc.load(spec, **right).graph), loop_seconds


def _large(kind: str, size: int) -> Side:
    return _compared(LARGE[kind](size, 1), LARGE[kind](size, 2))


def _long(kind: str, size: int, _: Path) -> tuple[Side, Side]:
    return _large(kind, size), loop_seconds


def _grown(kind: str, size: int, _: Path) -> tuple[Side, Side]:
    return _large(kind, size), _large(kind, size // 2)


def rows() -> Iterator[Row]:
    for (left, right), goal in PAIRS.items():
        yield Row(f"{left}, {right}, a layer of both", "a loop", partial(_library_pair, left, right), goal)
    long = partial(Row, against="a loop", goal=85, rounds=2, warm_up=False)
    for title, settings in LONG.items():
        yield long(title, sides=partial(_blocks, *settings))
    for kind in LARGE:
        yield long(f"random {kind}, 5,000", sides=partial(_long, kind, 5_000))
        yield Row(f"random {kind}, 2,000", "1,000", partial(_grown, kind, 2_000), goal=3, rounds=3)
