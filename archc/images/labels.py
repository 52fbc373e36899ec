"""The names of classes: of a file, or those of ImageNet that Keras has in its cache."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from archc import limits
from archc.diagnostics import SpecError, printable, shortened
from archc.open_file import open_file

_IMAGENET = 1000
_INDEX = Path("models") / "imagenet_class_index.json"


def class_names(path: Path | None, classes: int) -> Sequence[str] | None:
    """The names of all classes, in the order of the output.

    Args:
        path: a file with a name a line, or with JSON: a list of names, or the index of Keras,
            `{"0": ["n01440764", "tench"], …}`. If None, Keras's index where it was downloaded and there are as many
            classes.
        classes: their number.

    Returns:
        The names; None where no file has them.

    Raises:
        SpecError: the file cannot be read, or has names for other classes.
    """
    if path is None:
        path = _keras_home() / _INDEX
        if classes != _IMAGENET or not path.is_file():
            return None
    names = _names(path)
    if len(names) != classes:
        what = f"has {len(names):,} names, and the network {classes:,} classes"
        raise _fault(path, what, "a line for each class, in the order of the output")
    return names


def _keras_home() -> Path:
    """The folder in which Keras keeps its files, by Keras's own rule."""
    if "KERAS_HOME" in os.environ:
        return Path(os.environ["KERAS_HOME"])
    home = os.path.expanduser("~")
    return Path(home if os.access(home, os.W_OK) else "/tmp") / ".keras"


def _names(path: Path) -> list[str]:
    with open_file(path) as file:
        content = file.read(limits.FILE_BYTES + 1)
    if len(content) > limits.FILE_BYTES:
        raise _fault(path, f"has more than {limits.FILE_BYTES >> 20} MiB")
    try:
        text = content.decode("utf-8-sig").strip()
        if not text.startswith(("{", "[")):
            return [line.strip() for line in text.splitlines()]
        return [_name(value) for value in _in_order(json.loads(text))]
    except UnicodeDecodeError:
        raise _fault(path, "is no text in UTF-8") from None
    except (ValueError, TypeError, RecursionError) as error:
        raise _fault(path, f"is neither a list of names nor Keras's index: {shortened(str(error), 100)}") from None


def _in_order(value: Any) -> list[Any]:
    """The values of Keras's index, or the items of a list."""
    if isinstance(value, list):
        return value
    lacking = next((place for place in range(len(value)) if str(place) not in value), None)
    if lacking is not None:
        raise ValueError(f"there is no class {lacking}")
    return [value[str(place)] for place in range(len(value))]


def _name(value: Any) -> str:
    """The name of a class, which Keras's index has behind its id in WordNet."""
    name = value[-1] if isinstance(value, list) and value else value
    if not isinstance(name, str):
        raise TypeError(f"{shortened(repr(value), 60)} is no name")
    return name


def _fault(path: Path, what: str, hint: str | None = None) -> SpecError:
    return SpecError.of("labels", f"`{printable(str(path)[:200])}` {what}", None, hint)
