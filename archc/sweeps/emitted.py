"""Rows of a sweep as specs: each a few lines that extend the family."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from archc.atomic_file import unwritable, write_text
from archc.diagnostics import SpecError, shortened
from archc.families import Family
from archc.language.document import TYPES
from archc.language.sources import DISK, Source
from archc.language.value import Value
from archc.library.paths import LIBRARY
from archc.network import Network
from archc.sweeps.record import Heading, varied
from archc.sweeps.variants import Row, settings_text

_DIGITS = 12  # of an identity, in the name of a file
_TITLE = 200
_WORD = re.compile(r"[A-Za-z.][A-Za-z0-9_./-]*")


def check_folder(folder: Path, force: bool) -> None:
    """Checks, before long work, that specs can be written into a folder.

    Raises:
        SpecError: it is a file, or it has files and they may not be replaced.
    """
    shown = shortened(str(folder), 200)
    if folder.exists() and not folder.is_dir():
        raise SpecError.of("unwritable", f"`{shown}` is a file", None, "name a folder")
    if not folder.parent.is_dir():
        raise SpecError.of("unwritable", f"there is no folder `{shortened(str(folder.parent), 200)}`")
    if not force and folder.is_dir() and any(folder.iterdir()):
        raise SpecError.of("file-exists", f"the folder `{shown}` is not empty", None, "`--force` writes into it")


def write_specs(folder: Path, family: Family, heading: Heading, rows: Sequence[Row], force: bool) -> None:
    """Writes a spec for each row; of a family that is not in the library, its own files too, which they extend.

    Raises:
        SpecError: a file cannot be written, or the family is no longer that of the sweep.
    """
    extended, files = _extended(family)
    for row in rows:
        params = {**heading.params, **varied(heading, row)}
        network = family(inputs=heading.shapes, **params)
        if network.id != row.identity:
            shown = shortened(family.spec.label)
            raise SpecError.of("sweep-record", f"`{shown}` is no longer the spec of the sweep", None, "sweep it again")
        text = _text(family, extended, heading, params, network)
        files[Path(f"{Path(extended).stem}_{row.identity[:_DIGITS]}.yaml")] = text
    for name, text in files.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(path, error) from None
        write_text(path, text, force)


def _extended(family: Family) -> tuple[str, dict[Path, str]]:
    """The name of the family in `extends`, and the files that have to stand beside."""
    own = family.spec.document.source
    if _of_library(own):
        return Path(own.file).stem, {}
    files = {_beside(source, own): source.text for source in family.spec.sources if not _of_library(source)}
    return f"./{_beside(own, own)}", files


def _of_library(source: Source) -> bool:
    """Whether a file is one of the library, and not one of another revision of it."""
    return source.files is DISK and source.path is not None and source.path.is_relative_to(LIBRARY)


def _beside(source: Source, own: Source) -> Path:
    """The path of a file from the folder of the family, in which all are that it is made of."""
    if source.path is None or own.path is None:
        return Path("family.yaml")
    return source.path.relative_to(own.path.parent)


def _text(family: Family, extended: str, heading: Heading, params: Mapping[str, Value], network: Network) -> str:
    title = f"{family.name} ({settings_text(params)})"
    title = title if len(title) <= _TITLE else f"{title[: _TITLE - 2]}…)"
    lines = [
        "archc: 1",
        f"name: {json.dumps(title, ensure_ascii=False)}",
        f"extends: {extended if _WORD.fullmatch(extended) else _plain(extended)}",
        *_inputs(heading, network),
    ]
    lines += ["", "params:", *(f"  {name}: {_default(value)}" for name, value in params.items())]
    return "\n".join(lines) + "\n"


def _inputs(heading: Heading, network: Network) -> list[str]:
    """The section of the inputs, where they are not those of the family."""
    if not heading.inputs:
        return []
    made: dict[str, Any] = {
        tensor.name: list(tensor.shape)
        if tensor.dtype == "float32"
        else {"shape": list(tensor.shape), "dtype": tensor.dtype}
        for tensor in network.graph.inputs
    }
    if [*made] == ["input_layer"]:
        return [f"input: {_plain(made['input_layer'])}"]
    return [f"inputs: {_plain(made)}"]


def _default(value: Value) -> str:
    """The declaration of a parameter with this default."""
    is_type = isinstance(value, str) and value in TYPES
    return f"{{default: {_plain(value)}}}" if is_type or isinstance(value, dict) else _plain(value)


def _plain(value: Value) -> str:
    """A value in YAML that is no expression; JSON is YAML."""
    return json.dumps(value, ensure_ascii=False).replace("$", "$$")
