"""The JSON text of a configuration, read within bounds."""

from __future__ import annotations

import json
from typing import Any

from archc import limits
from archc.diagnostics import Position, SpecError, shortened

MOST_BYTES = 16 << 20
_MOST_CONTAINERS = 500_000  # lists and mappings, in text that no string of an honest file has
_MOST_VALUES = 4_000_000
TOO_LARGE = f"archc reads models of up to {limits.LAYERS:,} layers"


def fault(file: str, message: str, hint: str | None = None, layer: str = "") -> SpecError:
    """The error of a model file, at the file or at one of its layers."""
    return SpecError.of("model-file", message, Position(file, 1, 1, layer), hint)


def parse(content: bytes | str, file: str) -> Any:
    """The value of a JSON text.

    Raises:
        SpecError: the text is too large, or no JSON.
    """
    if len(content) > MOST_BYTES:
        raise fault(file, f"the configuration is larger than {MOST_BYTES >> 20} MiB", TOO_LARGE)
    marks: tuple[Any, ...] = (b"[", b"{", b",") if isinstance(content, bytes) else ("[", "{", ",")
    lists, maps, commas = (content.count(mark) for mark in marks)
    if lists + maps > _MOST_CONTAINERS or commas > _MOST_VALUES:
        raise fault(file, "the configuration has more values than that of any network that archc reads", TOO_LARGE)
    try:
        return json.loads(content)
    except RecursionError:
        raise fault(file, "the configuration is nested too deep") from None
    except ValueError as error:  # also for text that is no UTF-8, and for numbers of thousands of digits
        reason = shortened(str(error), 100)
        raise fault(file, f"the configuration is not JSON: {reason}", "is it a model that Keras saved?") from None
