"""The cache that a package comes with: what is known of the whole library, so that the first run finds it."""

from __future__ import annotations

from pathlib import Path

from archc.cache.digests import write_digests
from archc.cache.networks import networks
from archc.cache.new_checks import new_check
from archc.cache.schema import schema_text
from archc.elaborate.expand import Settings
from archc.library.paths import library_paths


def fill(folder: Path) -> None:
    """Fills a folder with what the commands that use the cache find of the library without settings.

    Raises:
        SpecError: a spec of the library cannot be compiled.
    """
    for label in library_paths():
        new_check(folder, label, Settings(), {})
    networks(folder)
    schema_text(folder)
    write_digests(folder)
