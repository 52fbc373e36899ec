"""The classes of images: lines for a terminal, and JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from archc.diagnostics import printable
from archc.images.classification import ClassifiedImage, Values

_WIDTH = 11  # of `probability`


def heading(values: Values) -> str:
    """The line over the numbers."""
    return f"{values:>{_WIDTH}}  class"


def image_lines(image: ClassifiedImage, values: Values) -> Iterator[str]:
    """The path of an image, and a line for each of its classes."""
    yield printable(str(image.path))
    places = max(len(str(ranked.index)) for ranked in image.classes)
    for ranked in image.classes:
        number = f"{ranked.value:.6f}" if values == "probability" else f"{ranked.value:.6g}"
        name = "" if ranked.name is None else f"  {printable(ranked.name)}"
        yield f"{number:>{_WIDTH}}  {ranked.index:>{places}}{name}"


def image_json(image: ClassifiedImage) -> dict[str, Any]:
    """An image for programs."""
    return {"image": str(image.path), "classes": [asdict(ranked) for ranked in image.classes]}
