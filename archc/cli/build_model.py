"""`archc build` of a Keras model."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from archc.cli.options import Given, print_json, tell_facts
from archc.diagnostics import printable

if TYPE_CHECKING:
    from archc.network import Network
    from archc.targets.keras.model import Progress
    from archc.weights.loading import Loaded


class Request(NamedTuple):
    """What a user asks for."""

    spec: str
    given: Given
    file: str | None
    weights: str | None
    dry_run: bool
    force: bool


def run(request: Request, as_json: bool) -> None:
    """Builds the model, and writes it.

    Raises:
        SpecError: the spec has faults, Keras refuses a layer, or a file cannot be read or written.
    """
    from archc.atomic_file import check_writable
    from archc.network import load_network

    path = None if request.dry_run else _path(request)
    if path is not None:
        check_writable(path, request.force)
    network = load_network(request.spec, request.given.settings())
    if not as_json:
        tell_facts(network)
    with _progress(len(network.graph.nodes)) as progress:
        model, loaded = _built(network, request.weights, progress)
    from archc.targets.keras import model as keras_model

    if path is not None:
        keras_model.save(model, path, request.force)
    layers = len({node.name for node in network.graph.nodes})
    if as_json:
        written = None if path is None else str(path)
        counts = {"params": network.params, "total_params": network.total_params, "layers": layers}
        print_json({"format": "archc-build", "version": 1, "spec": request.spec, "file": written, **counts})
        return
    shown = "built and verified" if path is None else f"wrote {printable(str(path))}"
    click.echo(f"{shown}: {layers:,} layers, {network.total_params:,} parameters, each layer as inferred")
    if request.weights is not None and loaded is not None:
        how = "each under its name" if not loaded.by_order else f"{loaded.by_name:,} by name, the others by order"
        how = "by order" if not loaded.by_name else how
        click.echo(f"loaded the weights of {sum(loaded):,} layers from {printable(request.weights)}, {how}")


def _built(network: Network, weights: str | None, progress: Progress) -> tuple[Any, Loaded | None]:
    """The model, with weights of a file where one is given; a file that is none is told of before the build."""
    from archc.targets.keras import model as keras_model

    if weights is None:
        return keras_model.build(network.graph, network.name, progress), None
    from archc.weights.loading import build_with_weights

    return build_with_weights(network.graph, network.name, Path(weights), network.whole, progress)


def _path(request: Request) -> Path:
    if request.file is not None:
        return Path(request.file)
    from archc.library.revision import path_in

    stem = "network" if request.spec == "-" else Path(path_in(request.spec)).stem
    return Path(f"{stem}.keras")


@contextmanager
def _progress(layers: int) -> Iterator[Progress]:
    """Shows on a terminal how many layers are built."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("starting Keras", total=layers)
        yield lambda done: shown.update(task, completed=done, description="building")
