"""`net.transplant` of VGG-16's file to VGG-19's against Keras loading the one and saving the other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import archc
from archc.targets.keras import model as keras_model
from benchmarks.row import Row, Side
from benchmarks.timing import seconds_of

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

OLD, NEW = "vgg16", "vgg19"


def transplanted(old: Path, new: Path) -> None:
    """From file to file; both networks are read and compared anew."""
    archc.load(old).transplant(old, archc.load(NEW)).save(new)


def loaded_and_saved(old: Path, new: Path, other: Any) -> None:
    """What any way from file to file has to do: `other` is built already."""
    from keras import models

    models.load_model(old)
    other.save(new)


def _sides(folder: Path) -> tuple[Side, Side]:
    old, new = folder / "old.keras", folder / "new.keras"
    keras_model.save(archc.load(OLD).build(), old, force=True)
    other = archc.load(NEW).build()
    return (
        partial(seconds_of, partial(transplanted, old, new)),
        partial(seconds_of, partial(loaded_and_saved, old, new, other)),
    )


def rows() -> Iterator[Row]:
    yield Row(f"{OLD} transplanted to {NEW}", "loaded and saved by Keras", _sides, rounds=2, warm_up=False)
