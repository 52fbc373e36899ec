"""From a spec to its facts in a warm process, a layer."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import archc
from benchmarks.timing import seconds_of

STEP = "  - Conv2D: {filters: 8, kernel_size: 3, padding: same, activation: relu}\n"


def chain(length: int) -> str:
    """A spec of one layer after another, each written out."""
    return f"archc: 1\nname: Chain of {length}\ninput: [32, 32, 8]\nlayers:\n{STEP * length}"


def _facts(spec: str) -> int:
    network = archc.load(spec)
    network.check()
    return len(network.graph.nodes) + network.params * 0 + (network.macs or 0) * 0 + network.depth * 0


def report() -> Iterator[str]:
    """Microseconds a layer from the text to the graph, its counts and its verdicts."""
    yield "from text to facts in a warm process, microseconds a layer (median)"
    with tempfile.TemporaryDirectory() as folder:
        specs = {"ResNet-152": "resnet152"}
        for length in (100, 1_000, 20_000):
            path = Path(folder) / f"chain_{length}.yaml"
            path.write_text(chain(length), encoding="utf-8")
            specs[f"a chain of {length:,}, written out"] = str(path)
        for title, spec in specs.items():
            layers = _facts(spec)
            rounds = max(3, min(21, 20_000 // layers))
            taken = median(seconds_of(lambda spec=spec: _facts(spec)) for _ in range(rounds))  # type: ignore[misc]
            yield f"  {title:34} {1e6 * taken / layers:6.1f}"
