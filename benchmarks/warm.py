"""From a spec to its facts in a warm process, a layer."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median

import archc
from benchmarks.timing import seconds_of

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


def _facts(spec: str) -> int:
    """Loads a network, asks it for its every count and verdict, and gives the number of its layers."""
    network = archc.load(spec)
    network.check()
    assert network.params
    assert network.macs
    assert network.depth
    return len(network.graph.nodes)


def report() -> Iterator[str]:
    """Microseconds a layer from the text to the graph, its counts and its verdicts."""
    yield "from text to facts in a warm process, microseconds a layer (median)"
    with tempfile.TemporaryDirectory() as folder:
        specs = {"ResNet-152": "resnet152"}
        for length in (100, 1_000, 20_000):
            for title, text in (
                (f"a chain of {length:,} in a loop", loop),
                (f"a chain of {length:,} written out", chain),
            ):
                path = Path(folder) / f"{text.__name__}_{length}.yaml"
                path.write_text(text(length), encoding="utf-8")
                specs[title] = str(path)
        for title, spec in specs.items():
            layers = _facts(spec)
            rounds = max(3, min(21, 20_000 // layers))
            taken = median(seconds_of(partial(_facts, spec)) for _ in range(rounds))
            yield f"  {title:34} {1e6 * taken / layers:6.1f}"
