"""The options of `archc classify` that have a choice of values."""

from __future__ import annotations

from typing import Literal

Resize = Literal["spec", "keras"]
"""How an image is brought to the size of the input: as the spec says, or as Keras's `load_img` does."""
RESIZES: tuple[Resize, ...] = ("spec", "keras")
"""The values, the default first."""
