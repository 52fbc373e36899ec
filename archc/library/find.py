"""Finds the text of a spec: by name in the library, by path, in a revision, or from standard input."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from archc import limits
from archc.diagnostics import SpecError, did_you_mean, printable, unreadable
from archc.language.sources import DISK, Files, Source, decode
from archc.library.paths import library_paths
from archc.open_file import current_folder

if TYPE_CHECKING:
    from archc.language.document import Document, Reference


def find_source(label: str) -> Source:
    """The text of a name, a path, `git:REV:path` or `-`.

    Raises:
        SpecError: there is no such spec, or it cannot be read.
    """
    if not label.strip():
        raise SpecError.of("unknown-spec", "the name of the spec is empty", None, "`archc list` shows the library")
    if label == "-":
        if sys.stdin is None:
            raise unreadable("-", "standard input is closed")
        content = sys.stdin.buffer.read(limits.FILE_BYTES + 1)
        return Source("<stdin>", decode(content, "<stdin>"), current_folder() or Path(), None)
    if label.startswith("git:"):
        from archc.library.revision import open_revision

        return _read_file(*open_revision(label))
    found = spec_file(label)
    if found is None:
        hint = did_you_mean(label, library_paths())
        hint = hint or "`archc list` shows the library; a path has a `/` or ends in `.yaml`"
        raise SpecError.of("unknown-spec", f"the library has no spec `{printable(label[:60])}`", None, hint)
    return _read_file(DISK, *found)


def spec_file(label: str) -> tuple[Path, str | None] | None:
    """The file of a name or a path, and its name in messages if it is the user's.

    Returns:
        None for a name that nothing has, a revision, standard input.
    """
    if not label.strip() or label == "-" or label.startswith("git:"):
        return None
    path = None if is_path(label) else library_paths().get(label)
    if path is not None:
        return path, None
    return (Path(label), label) if is_path(label) or os.path.lexists(label) else None


def find_reference(document: Document, reference: Reference) -> Source:
    """The file that a reference in a document names: beside the document, else in the library.

    Raises:
        SpecError: there is no such file, or it cannot be read.
    """
    name, source = reference.name, document.source
    try:
        found = referenced_file(source.files, source.folder, source.path, name)
    except SpecError as error:
        raise error.at(reference.at) from None
    if found is None:
        beside = [path.stem for path in source.files.specs(source.folder) if source.files.resolved(path) != source.path]
        hint = did_you_mean(name, [*beside, *library_paths()])
        hint = hint or "a name is that of a file beside this one, or of the library"
        raise SpecError.of("unknown-spec", f"there is no spec `{printable(name[:60])}`", reference.at, hint)
    return _read_file(*found)


def referenced_file(files: Files, folder: Path, own: Path | None, name: str) -> tuple[Files, Path] | None:
    """Where the file is that a document names; None for a name that nothing has.

    Args:
        files: where the document is.
        folder: where it looks first.
        own: the document itself, resolved; a name never leads back to it.
        name: what it names.

    Raises:
        SpecError: the name is none of a file, or leads out of the folder.
    """
    if "\0" in name:
        raise SpecError.of("unknown-spec", f"there is no file `{printable(name[:60])}`")
    if is_path(name):
        path = folder / name
        if Path(name).is_absolute() or not files.resolved(path).is_relative_to(files.resolved(folder)):
            message = f"`{printable(name[:100])}` is outside the folder of this file"
            raise SpecError.of("outside", message, None, "a path stays in this file's folder or below")
        return files, path
    path = folder / f"{name}.yaml"
    resolved = files.resolved(path)
    if files.has(path) and resolved != own and resolved.parent == files.resolved(folder):
        return files, path
    library = library_paths().get(name)
    return (DISK, library) if library is not None and library.resolve() != own else None


def is_path(label: str) -> bool:
    """Whether a text is a path to a spec rather than a name."""
    return "/" in label or os.sep in label or label.endswith((".yaml", ".yml"))


_OTHER = {".py": "Python", ".ipynb": "a notebook", ".md": "Markdown", ".toml": "TOML"}
_WEIGHTS = (".h5", ".hdf5", ".keras", ".pt", ".pth", ".npz", ".safetensors", ".onnx", ".pb", ".tflite")
_HINTS = {
    **dict.fromkeys(_WEIGHTS, "`archc build SPEC --weights FILE` reads weights"),
    ".py": "a function in it that returns a Keras model is named after a colon: `FILE.py:FUNCTION`",
}


def _read_file(files: Files, path: Path, name: str | None = None) -> Source:
    """The text of a file; `name` is the file's name in messages, if the user gave one."""
    file = printable(files.shown(path) if name is None else name)
    suffix = path.suffix.lower()
    if (suffix in _OTHER or suffix in _WEIGHTS) and files.has(path):
        kind = _OTHER.get(suffix, "a model or its weights")
        hint = _HINTS.get(suffix, "a spec is a file in YAML")
        raise SpecError.of("not-a-spec", f"`{file}` is {kind}, not a spec", None, hint)
    if files is DISK and os.path.isdir(path):
        raise SpecError.of("not-a-spec", f"`{file}` is a folder, not a spec", None, "name a file in it")
    return Source(file, decode(files.content(path), file), path.parent, files.resolved(path), files)
