"""Networks of any length: one layer after another, written out or in a loop; and residual units."""

from __future__ import annotations

from pathlib import Path

STEP = "  - Conv2D: {filters: 8, kernel_size: 3, padding: same, activation: relu}\n"


def chain(length: int) -> str:
    """A spec of one layer after another, each written out."""
    return f"archc: 1\nname: Chain of {length}\ninput: [32, 32, 8]\nlayers:\n{STEP * length}"


def loop(length: int) -> str:
    """A spec of as many layers in a loop."""
    step = "      - " + STEP.lstrip(" -")
    return (
        f"archc: 1\nname: Loop of {length}\ninput: [32, 32, 8]\nlayers:\n  - for: i in range({length})\n    do:\n{step}"
    )


def written(folder: Path, text: str) -> str:
    """The path of a new file with a spec."""
    path = folder / f"{len(list(folder.iterdir()))}.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)
