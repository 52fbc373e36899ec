"""The weights that a model file has for its layers, by their places in the file."""

from __future__ import annotations

from collections.abc import Mapping

from archc.ir.op import Weight

WeightsHeld = Mapping[str, tuple[Weight, ...]]
"""The weights of layers by the places of the layers: the models around each, and its name."""
