"""The text of the JSON Schema, kept for the next time: it is long, and depends on the code alone."""

from __future__ import annotations

from pathlib import Path

from archc.cache.answers import keep, known
from archc.cache.entries import typed

_SUBJECT = ["schema"]


def schema_text(folder: Path | None) -> str:
    """The JSON Schema of the language as a text; kept in a cache if it is given a folder."""
    text = None if folder is None else known(folder, _SUBJECT, lambda kept: typed(kept, str))
    if text is None:
        from archc.report.messages import json_text
        from archc.report.schema import json_schema

        text = json_text(json_schema())
        if folder is not None:
            keep(folder, _SUBJECT, text)
    return text
