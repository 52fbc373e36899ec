"""What the commands have in common that run a trained network on images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archc.cli.options import complete_spec, settings_options
from archc.cli.progress import progress

if TYPE_CHECKING:
    from archc.diagnostics import Diagnostic
    from archc.network import Network


def trained_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The network, the images, and where its weights and the way of an image to its input come from."""
    options = (
        click.argument("spec", shell_complete=complete_spec),
        click.argument("images", metavar="IMAGE...", nargs=-1, required=True, type=click.Path()),
        settings_options,
        click.option(
            "--weights",
            metavar="FILE",
            help="As for `archc build`; `imagenet`: the file that Keras publishes. [default: a model file's own]",
        ),
        click.option("--preprocess", metavar="SPEC", help="Take `preprocess` from another spec, or from keras:NAME."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def image_paths(images: Sequence[str]) -> list[Path]:
    """The files of images, which are checked before long work.

    Raises:
        SpecError: Pillow is not installed, or a file cannot be opened.
    """
    from archc.images.reading import check_openable, check_pillow

    check_pillow()
    paths = [Path(image) for image in images]
    check_openable(paths)
    return paths


def trained_model(network: Network, weights: Path | None) -> tuple[Any, tuple[Diagnostic, ...]]:
    """The model of a network with its weights, and the warnings of these.

    Args:
        network: what is built.
        weights: a file; if None, a model file's own.

    Raises:
        SpecError: the weights do not fit.
    """
    with progress(len(network.graph.nodes), "starting Keras") as tell:
        model, loaded = network.build_loaded(weights, lambda layers: tell(layers, "building"))
    return model, loaded.warnings if loaded is not None else ()
