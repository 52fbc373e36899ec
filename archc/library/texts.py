"""Specs that are texts or mappings in Python, and no files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from archc.diagnostics import SpecError, printable, shortened
from archc.language.sources import Source, decode

_TEXT, _MAPPING = "<text>", "<mapping>"


class _NoFiles:
    """The files of a spec that can extend and use the library alone."""

    def content(self, path: Path) -> bytes:
        message = f"`{shortened(str(path), 200)}` cannot be read: this spec has no folder"
        raise SpecError.of("unreadable", message, None, "name a spec of the library; `archc.loads` takes a `base`")

    def has(self, _: Path) -> bool:
        return False

    def resolved(self, path: Path) -> Path:
        return Path(os.path.normpath(path))

    def shown(self, path: Path) -> str:
        return str(path)

    def specs(self, _: Path) -> list[Path]:
        return []


_NO_FILES = _NoFiles()


def alone(text: str, file: str) -> Source:
    """The source of a text that can extend and use the library alone.

    Args:
        text: of a spec.
        file: its name in messages.
    """
    return Source(file, text, Path("."), None, _NO_FILES)


def source_of(spec: str | Mapping[str, Any], base: str | PathLike[str] | None) -> Source:
    """The source of a text, or of a mapping, which becomes YAML.

    Args:
        spec: what a file would have.
        base: the folder where `extends` and `use` look first; None for the library alone.

    Raises:
        SpecError: there is no such folder, or a mapping has a value that YAML does not have.
    """
    file, text = (_TEXT, spec) if isinstance(spec, str) else (_MAPPING, _yaml(spec))
    text = decode(text.encode("utf-8", "surrogatepass"), file)
    if base is None:
        return alone(text, file)
    folder = Path(fspath(base))
    if not folder.is_dir():
        message = f"`base` is not a folder: `{printable(fspath(base)[:200])}`"
        raise SpecError.of("usage", message, None, "the folder where `extends` and `use` look first")
    return Source(file, text, folder, None)


def _yaml(spec: Mapping[str, Any]) -> str:
    import yaml

    try:
        return yaml.safe_dump(_plain(spec), sort_keys=False, allow_unicode=True)
    except yaml.representer.RepresenterError as error:
        kind = type(error.args[1]).__name__ if len(error.args) > 1 else "?"
        message = f"the mapping has a value that no spec has, of the type `{printable(kind)}`"
    except RecursionError:
        message = "the mapping has mappings or lists in one another without end"
    raise SpecError.of("type", message, None, "use mappings, lists, texts, numbers, booleans and None")


def _plain(value: Any) -> Any:
    """The value with mappings and sequences of YAML's own types."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
