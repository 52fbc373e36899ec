"""`archc build` of a Keras model."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archc.cli.options import SettingOptions, print_fact_counts, print_json, warn
from archc.diagnostics import printable
from archc.targets.registry import TARGETS

if TYPE_CHECKING:
    from archc.network import Network
    from archc.targets.keras.model import Progress
    from archc.weights.loading import Loaded


def build_model(
    spec: str,
    given: SettingOptions,
    path: Path | None,
    *,
    weights: str | None,
    dry_run: bool,
    force: bool,
    strict: bool,
    as_json: bool,
) -> int:
    """Builds the model, verifies it, and writes it.

    Args:
        spec: the name or path of the network.
        given: its settings.
        path: the file to write; None for one in the current folder that is named after the spec.
        weights: a file of weights to load.
        dry_run: whether nothing is written.
        force: whether a file that exists is replaced.
        strict: whether a warning makes the exit status 1.
        as_json: whether one JSON document is printed.

    Returns:
        The exit status.

    Raises:
        SpecError: the spec has errors, Keras refuses a layer, or a file cannot be read or written.
    """
    from archc.atomic_file import check_writable
    from archc.network import load_network
    from archc.report.check import fact_warnings

    written = None if dry_run else path or _default_path(spec)
    if written is not None:
        check_writable(written, force)
    network = load_network(spec, given.settings())
    checked = network.check()
    if not as_json:
        print_fact_counts(network.name, checked)
    warned = warn(fact_warnings(checked), as_json=as_json, strict=strict)
    with _progress(len(network.graph.nodes)) as progress:
        model, loaded = _built(network, weights, progress)
    from archc.targets.keras.model import save

    if written is not None:
        save(model, written, force)
    counted = built_counts(network)
    if as_json:
        file = None if written is None else str(written)
        document = {"format": "archc-build", "version": 1, "spec": spec, "file": file, **counted}
        print_json({**document, "warnings": warned.entries})
        return warned.status
    done = "built and verified" if written is None else f"wrote {printable(str(written))}"
    layers, parameters = counted["layers"], counted["total_params"]
    click.echo(f"{done}: {layers:,} layers, {parameters:,} parameters, each layer as inferred")
    if weights is not None and loaded is not None:
        click.echo(f"loaded the weights of {sum(loaded):,} layers from {printable(weights)}, {_matched(loaded)}")
    return warned.status


def built_counts(network: Network) -> dict[str, int]:
    """The counts of a network that is built or written, by their keys in JSON."""
    layers = len({node.name for node in network.graph.nodes})
    return {"params": network.params, "total_params": network.total_params, "layers": layers}


def _matched(loaded: Loaded) -> str:
    """How the layers of a file of weights were matched."""
    if not loaded.by_name:
        return "by order"
    return "each under its name" if not loaded.by_order else f"{loaded.by_name:,} by name, the others by order"


def _built(network: Network, weights: str | None, progress: Progress) -> tuple[Any, Loaded | None]:
    """The model, with the weights of a file where one is given, which is opened before the build."""
    from archc.targets.keras import model as keras_model

    if weights is None:
        return keras_model.build(network.graph, network.name, progress), None
    from archc.weights.loading import build_with_weights

    return build_with_weights(network.graph, network.name, Path(weights), network.whole, progress)


def _default_path(spec: str) -> Path:
    from archc.library.revision import path_in

    stem = "network" if spec == "-" else Path(path_in(spec)).stem
    return Path(f"{stem}{TARGETS['keras'].ending}")


@contextmanager
def _progress(layers: int) -> Iterator[Progress]:
    """Shows how many layers are built, on a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("starting Keras", total=layers)
        yield lambda done: shown.update(task, completed=done, description="building")
