"""The names that Keras gives."""

from __future__ import annotations

import re
from functools import cache


@cache
def snake_case(name: str) -> str:
    """The name that Keras derives from a class: `Conv2D` is `conv2d`, `ReLU` is `re_lu`."""
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()
