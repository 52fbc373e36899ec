"""Builds wheels with a filled cache: what is known of the library (`archc/cache/fill.py`)."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FilledCache(BuildHookInterface):
    """Fills a folder before a wheel is built, and removes it afterwards."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fills the folder; an editable install computes all anew, as its sources change."""
        self._folder = TemporaryDirectory()
        if version != "editable":
            sys.path.insert(0, self.root)
            from archc.cache.fill import fill

            fill(Path(self._folder.name))
            build_data["force_include"][self._folder.name] = "archc/cache/filled"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Removes the folder."""
        self._folder.cleanup()
