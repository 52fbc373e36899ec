"""Where the cache is."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "ARCHC_CACHE"
FILLED = Path(__file__).parent / "filled"
"""The entries that an installed package comes with; a checkout has none."""
FORMAT = "1"
"""The folder of the entries, by the form that they have."""


def cache_folder() -> Path | None:
    """The folder that `ARCHC_CACHE` names, else that of the platform; None where the cache is turned off."""
    given = os.environ.get(VARIABLE)
    if given is not None:
        return None if given in ("", "off") else Path(given)
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        place = os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    elif sys.platform == "darwin":
        place = os.path.join(home, "Library", "Caches")
    else:
        place = os.environ.get("XDG_CACHE_HOME", "")
        place = place if os.path.isabs(place) else os.path.join(home, ".cache")
    return Path(place, "archc") if os.path.isabs(place) else None
