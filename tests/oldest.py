"""Prints the oldest versions that `pyproject.toml` allows, as requirements: `python -m tests.oldest`."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


def oldest() -> list[str]:
    """A requirement such as `click==8.2.1` for each dependency of the package and of the extras that are tested."""
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["tensorflow"], *extras["images"]]
    return [re.sub(r">=([\d.]+).*", r"==\1", requirement) for requirement in wanted]


if __name__ == "__main__":
    print("\n".join(oldest()))
