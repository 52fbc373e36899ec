"""Programs whose output must not hang on the order of a set."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_SEEDS = ("1", "2")


def printed(program: str, *arguments: str) -> set[str]:
    """What a program prints, under two seeds of the hashes of texts: one text where it hangs on the input alone."""
    return {
        subprocess.run(
            [sys.executable, "-c", program, *arguments],
            capture_output=True,
            text=True,
            check=True,
            cwd=_ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in _SEEDS
    }
