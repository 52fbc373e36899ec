"""Two folders of specs, compared pair by pair."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from archc.cli.progress import progress
from archc.collector import Collector
from archc.diagnostics import Diagnostic, SpecError, shortened
from archc.elaborate.expand import Settings
from archc.library.paths import library_paths
from archc.library.revision import open_revision
from archc.library.specs import load_spec
from archc.network import Network, from_spec, has_blocks_alone
from archc.report.diff import DiffSide
from archc.report.diff_set import DiffSet, Pair


class Folder(NamedTuple):
    """A folder of specs.

    Attributes:
        label: as the user wrote it.
        specs: the label of each spec, by its path below the folder.
    """

    label: str
    specs: Mapping[str, str]


def folders(left: str, right: str) -> tuple[Folder, Folder] | None:
    """The two folders that two sides name; None for two networks.

    Raises:
        SpecError: one side alone is a folder, or a folder has no spec.
    """
    sides = [_folder(label) for label in (left, right)]
    one, other = sides
    if one is not None and other is not None:
        for found in (one, other):
            if not found.specs:
                message = f"the folder `{shortened(found.label, 200)}` has no spec"
                raise SpecError.of("usage", message, None, "a spec is a `*.yaml` file in it or in its folders")
        return one, other
    for alone, label in ((one, right), (other, left)):
        if alone is not None and alone.label not in library_paths():
            message = f"`{shortened(alone.label, 200)}` is a folder, `{shortened(label, 200)}` is not"
            raise SpecError.of("usage", message, None, "compare two folders, or two networks")
    return None


def _folder(label: str) -> Folder | None:
    """The folder that a side names; None for any other side."""
    if label.startswith("git:"):
        return _folder_of_revision(label)
    if not os.path.isdir(label):
        folder, question, _ = label.partition("?")
        if question and os.path.isdir(folder) and folder not in library_paths():
            raise SpecError.of(
                "usage", f"the folder `{shortened(folder, 200)}` takes no parameters", None, "name one spec to set them"
            )
        return None
    paths = sorted(path.relative_to(label).as_posix() for path in Path(label).rglob("*.yaml") if path.is_file())
    return Folder(label, {path: os.path.join(label, path) for path in paths})


def _folder_of_revision(label: str) -> Folder | None:
    revision, folder = open_revision(label)
    specs = revision.specs_below(folder)
    if specs is None:
        return None
    base = os.path.normpath(folder)
    paths = {Path(os.path.relpath(spec, base)).as_posix(): f"git:{revision.name}:{spec}" for spec in specs}
    return Folder(label, dict(sorted(paths.items())))


# --- comparison ---


class _Loaded(NamedTuple):
    """A spec of one folder.

    Attributes:
        network: None where the file has only blocks, or is wrong.
        faults: what is wrong with it.
        texts: of all files that it is made of.
    """

    network: Network | None
    faults: Sequence[Diagnostic] = ()
    texts: Sequence[str] = ()


def compare_folders(left: Folder, right: Folder) -> DiffSet:
    """Compares the networks of two folders that have the same path."""
    paths = sorted({*left.specs, *right.specs})
    pairs: list[Pair] = []
    added: list[str] = []
    removed: list[str] = []
    skipped: list[str] = []
    faulty: dict[str, list[Diagnostic]] = {}
    with progress(len(paths), "") as tell:
        for number, path in enumerate(paths):
            tell(number, shortened(path, 60))
            one = _loaded(left.specs[path]) if path in left.specs else None
            other = _loaded(right.specs[path], one) if path in right.specs else None
            wrong = [fault for each in (one, other) if each is not None for fault in each.faults]
            networks = [None if each is None else each.network for each in (one, other)]
            had, has = networks
            if wrong:
                faulty[path] = wrong
            elif had is not None and has is not None:
                sides = (
                    DiffSide(left.specs[path], had.name, had.values),
                    DiffSide(right.specs[path], has.name, has.values),
                )
                pairs.append(Pair(path, sides, had.diff(has)))
            else:
                (skipped if had is has else added if had is None else removed).append(path)
    return DiffSet(left.label, right.label, pairs, added, removed, skipped, faulty)


def _loaded(label: str, other: _Loaded | None = None) -> _Loaded:
    """A spec of a folder; where its texts are those of `other`, it is the same network."""
    collector = Collector()
    spec = load_spec(label, collector)
    texts = [] if spec is None else [source.text for source in spec.sources]
    if texts and other is not None and other.texts == texts and not collector:
        return other
    try:
        if spec is None:
            raise collector.error()
        return _Loaded(from_spec(spec, Settings(), collector, allow_unused=True), (), texts)
    except SpecError as error:
        return _Loaded(None, () if has_blocks_alone(error) else error.diagnostics, texts)
