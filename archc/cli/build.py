"""`archc build`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archc.cli.options import SPEC, Given, faults, json_option, print_json, settings_options
from archc.diagnostics import Diagnostic, SpecError, printable

if TYPE_CHECKING:
    from archc.network import Network
    from archc.targets.keras_model import Progress
    from archc.targets.weight_loading import Loaded


@click.command(
    epilog="""\b
Examples:
  archc build vgg16 --set classes=10 -o vgg16_10.keras
  archc build vgg16 --weights vgg16_weights_tf_dim_ordering_tf_kernels.h5
"""
)
@click.argument("spec", type=SPEC)
@settings_options
@click.option(
    "-o", "file", metavar="FILE", help="The file to write, *.keras. [default: SPEC.keras, in the current folder]"
)
@click.option("--weights", metavar="FILE", help="Load the weights of a *.weights.h5, *.keras or *.h5 file of Keras's.")
@click.option("--dry-run", is_flag=True, help="Build and verify, and write nothing.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@json_option
def command(
    spec: str, given: Given, file: str | None, weights: str | None, dry_run: bool, force: bool, as_json: bool
) -> None:
    """Build a network in Keras and write it to a file.

    The documented facts are told first; one that differs does not stop the build. Each layer's shape and weights are
    verified against what was inferred. The file loads where archc is not installed.

    Weights are loaded layer by layer, each shape verified: a file fits whole or is refused.
    """
    from archc.network import load_network
    from archc.targets.files import check_writable

    with faults(as_json):
        path = None if dry_run else _path(spec, file)
        if path is not None:
            check_writable(path, force)
        network = load_network(spec, given.settings())
        if not as_json:
            _tell_facts(network)
        with _progress(len(network.graph.nodes)) as progress:
            model, loaded = _built(network, weights, progress)
        from archc.targets import keras_model

        if path is not None:
            keras_model.save(model, path, force)
        layers = len({node.name for node in network.graph.nodes})
        if as_json:
            written = None if path is None else str(path)
            counts = {"params": network.params, "total_params": network.total_params, "layers": layers}
            print_json({"format": "archc-build", "version": 1, "spec": spec, "file": written, **counts})
            return
        shown = "built and verified" if path is None else f"wrote {printable(str(path))}"
        click.echo(f"{shown}: {layers:,} layers, {network.total_params:,} parameters, each layer as inferred")
        if weights is not None and loaded is not None:
            how = "each under its name" if not loaded.by_order else f"{loaded.by_name:,} by name, the others by order"
            how = "by order" if not loaded.by_name else how
            click.echo(f"loaded the weights of {loaded.layers:,} layers from {printable(weights)}, {how}")


def _built(network: Network, weights: str | None, progress: Progress) -> tuple[Any, Loaded | None]:
    """The model, with weights of a file where one is given; a file that is none is told of before the build."""
    from archc.targets import keras_model

    if weights is None:
        return keras_model.build(network.graph, network.name, progress), None
    from archc.targets import weight_file, weight_loading

    with weight_file.opened(Path(weights)) as file:
        model = keras_model.build(network.graph, network.name, progress, initialized=False)
        return model, weight_loading.load(model, file, network.whole)


def _path(spec: str, file: str | None) -> Path:
    if file is None:
        stem = "network" if spec == "-" else Path(spec).stem
        return Path(f"{stem}.keras")
    path = Path(file)
    if path.suffix != ".keras":
        message = f"`{printable(file)}` is no kind of file that archc writes"
        raise SpecError([Diagnostic("usage", message, None, "a Keras model is `*.keras`")])
    return path


def _tell_facts(network: Network) -> None:
    """What the documents say, before the build: the sum, and each fact that differs."""
    from archc.analysis.check import counts
    from archc.report import facts

    checked = network.check()
    if not checked:
        return
    click.echo(f"{printable(network.name)}: {facts.counted(counts(checked))}")
    for remark in facts.remarks([fact for fact in checked if fact.verdict == "differs"]):
        click.echo(f"  {printable(remark)}", err=True)


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
