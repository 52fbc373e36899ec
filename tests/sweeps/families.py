"""A small family, and its sweeps."""

from __future__ import annotations

from typing import Any

from archc.families import Family
from archc.library.texts import source_of
from archc.sweeps import run
from archc.sweeps.variants import Work

TEXT = """archc: 1
name: Small
input: [8]
params:
  width: {type: int, default: 4, min: 0}
  depth: 1
  bias: true
layers:
  - Flatten
  - for: i in range(depth)
    do:
      - Dense: {units: $width, use_bias: $bias}
"""


def small(text: str = TEXT) -> Family:
    """A family of dense layers; of width 0 there is no layer, and of depth 0 all are one network."""
    from archc.families import _from_source

    return _from_source(source_of(text, None), "small")


VARY = {"width": "0..4", "depth": [1, 2, 0], "bias": [True, False]}


def work(vary: dict[str, Any] | None = None, where: str | None = None, text: str = TEXT, **order: Any) -> Work:
    """A sweep of the small family."""
    return run.work_of(small(text), VARY if vary is None else vary, params={}, inputs={}, where=where, **order)
