"""From a spec to its facts in a warm process."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import yaml

import archc
from benchmarks.chains import chain, loop, written
from benchmarks.row import Row, Side
from benchmarks.timing import loop_seconds, seconds_of

LONG = 20_000


def facts(spec: str) -> int:
    """Loads a network, asks it for its every count and verdict, and gives the number of its layers."""
    network = archc.load(spec)
    network.check()
    assert network.params
    assert network.macs
    assert network.depth
    return len(network.graph.nodes)


def _facts_a_layer(spec: str) -> Side:
    layers = facts(spec)
    return lambda: seconds_of(partial(facts, spec)) / layers


def _resnet152(folder: Path) -> tuple[Side, Side]:
    return _facts_a_layer("resnet152"), _facts_a_layer(written(folder, loop(LONG)))


def _in_loop(folder: Path) -> tuple[Side, Side]:
    return _facts_a_layer(written(folder, loop(LONG))), loop_seconds


def _written_out(folder: Path) -> tuple[Side, Side]:
    spec = chain(LONG)
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    def events() -> None:
        for _ in yaml.parse(spec, Loader=loader):
            pass

    return partial(seconds_of, partial(archc.load, written(folder, spec))), partial(seconds_of, events)


def rows() -> Iterator[Row]:
    yield Row("ResNet-152, text to facts, a layer", "20,000 layers in a loop, a layer", _resnet152, goal=2.5)
    yield Row("20,000 layers in a loop, text to facts, a layer", "a loop", _in_loop, rounds=3)
    yield Row("20,000 layers written out, text to graph", "events of PyYAML", _written_out, goal=5, rounds=3)
