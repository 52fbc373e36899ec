"""`archc view`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from archc.cli.options import (
    SettingOptions,
    check_not_read,
    complete_output,
    json_option,
    output_path,
    print_json,
    spec_errors,
    strict_option,
    warn,
)
from archc.cli.progress import progress
from archc.cli.trained import image_paths, trained_model, trained_options
from archc.diagnostics import SpecError, printable
from archc.images.options import RESIZES
from archc.projection.options import METHODS

if TYPE_CHECKING:
    from PIL.Image import Image  # noqa: TID251 - for its types alone

    from archc.cli.options import Warned
    from archc.images.options import Resize
    from archc.images.preprocessing import Preparation
    from archc.network import Network
    from archc.report.table import Table


class ViewRequest(NamedTuple):
    """What to show, by the names of the options.

    Attributes:
        given: the settings of the network.
        path: the file to write; None for none.
    """

    spec: str
    images: tuple[str, ...]
    given: SettingOptions
    layer: str
    path: Path | None
    weights: str | None
    allow_random: bool
    unit: int | None
    top: int
    method: str
    occlude: bool
    square: int | None
    stride: int | None
    maps: bool
    preprocess: str | None
    resize: Resize
    force: bool
    strict: bool
    as_json: bool


class Seen(NamedTuple):
    """The images, as the network takes them and as a person sees them, and the network that ends at the layer."""

    network: Network
    model: Any
    preparation: Preparation
    entered: list[Any]
    shown: list[Any]


class View(NamedTuple):
    """What is printed, and the sheet, which is only drawn where it is written.

    Attributes:
        units: for the JSON document.
        by_gradient: what a projection passes by its gradient.
    """

    table: Table
    units: list[dict[str, Any]]
    sheet: Image | None
    by_gradient: tuple[str, ...] = ()


@click.command(
    "view",
    epilog="""\b
Examples:
  archc view vgg16 cat.jpg --layer block3_conv3 --weights imagenet -o sheet.png
  archc view vgg16 *.jpg --layer block5_conv3 --unit 12 --weights imagenet -o unit12.png
  archc view vgg16 cat.jpg --layer predictions --top 3 --occlude --weights imagenet -o map.png
  archc view digits.keras 7.png --layer C1 --maps --preprocess digits.yaml -o maps.png
""",
)
@trained_options
@click.option("--layer", required=True, metavar="NAME", shell_complete=complete_output, help="A layer or part.")
@click.option("-o", "file", metavar="FILE", help="The sheet to write, .png. [default: none; the table is printed]")
@click.option("--allow-random", is_flag=True, help="Without weights, view new ones, which show nothing but noise.")
@click.option(
    "--unit",
    type=click.IntRange(0),
    metavar="N",
    help="One channel: its strongest positions, or the strongest of each of several images. [default: the strongest "
    "channels, each where it is strongest]",
)
@click.option("--top", type=click.IntRange(1), default=9, show_default=True, metavar="N", help="How many are shown.")
@click.option(
    "--method",
    type=click.Choice([*METHODS]),
    default=next(iter(METHODS)),
    show_default=True,
    help=f"At a rectifier, {'; '.join(f'{name}: {what}' for name, what in METHODS.items())}.",
)
@click.option("--occlude", is_flag=True, help="Maps of how the units respond while a grey square covers the image.")
@click.option(
    "--square", type=click.IntRange(1), metavar="N", help="Its side in pixels. [default: 1/8 of the shorter side]"
)
@click.option("--stride", type=click.IntRange(1), metavar="N", help="How far it moves. [default: half of its side]")
@click.option("--maps", is_flag=True, help="The feature maps of the layer.")
@click.option(
    "--resize", type=click.Choice(RESIZES), default=RESIZES[0], show_default=True, help="As for `archc classify`."
)
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@strict_option
@json_option
def view_command(file: str | None, as_json: bool, **options: Any) -> None:
    """Show what the units of a layer respond to.

    The strongest activations of the layer for an image are projected back to it, as by the deconvolutional network of
    Zeiler and Fergus: by the switches of max pooling, rectified, through the transposed filters. The sheet has the
    projections on the left, and the patches of the image on the right. The table has its tiles, row by row.
    """
    with spec_errors(as_json):
        request = ViewRequest(path=output_path(file), as_json=as_json, **options)
        _check(request)
        seen, warned = _seen(request)
        view = _occlusion(request, seen) if request.occlude else _maps(request, seen) if request.maps else None
        view = view or _projections(request, seen)
        if request.path is not None and view.sheet is not None:
            from archc.projection.sheet import write_sheet

            write_sheet(view.sheet, request.path, force=request.force)
        _print(request, view, warned)
        sys.exit(warned.status)


def _check(request: ViewRequest) -> None:
    """Refuses, before long work, what cannot be shown or written.

    Raises:
        SpecError: options exclude each other, Pillow or a file is not there, or the sheet may not be written.
    """
    from archc.atomic_file import check_writable

    if request.given.outputs:
        raise SpecError.of("usage", "`--layer` says where the network ends, not `--output`", None, "leave it out")
    if request.occlude and request.maps:
        raise SpecError.of("usage", "`--occlude` and `--maps` exclude each other", None, "give one of them")
    if (request.square or request.stride) and not request.occlude:
        raise SpecError.of("usage", "`--square` and `--stride` are of an occlusion map", None, "add `--occlude`")
    if len(request.images) > 1 and (request.occlude or request.maps):
        what = "--occlude" if request.occlude else "--maps"
        raise SpecError.of("usage", f"`{what}` is of one image, not of {len(request.images)}", None, "name one image")
    image_paths(request.images)
    if request.path is not None:
        if request.path.suffix.lower() != ".png":
            message = f"a sheet is a PNG, and `{printable(str(request.path)[:200])}` does not end in .png"
            raise SpecError.of("usage", message, None, "`-o SHEET.png`")
        check_not_read(request.path, request.spec, request.weights, *request.images)
        check_writable(request.path, request.force)


def _seen(request: ViewRequest) -> tuple[Seen, Warned]:
    """Reads the images, and builds the network up to the layer with its weights.

    Raises:
        SpecError: an image cannot be read, there is no such layer, or the weights do not fit.
    """
    from archc.images.documented import documented_preprocess
    from archc.images.imagenet import trained_weights
    from archc.images.preprocessing import preparation_of
    from archc.network import load_network

    network = load_network(request.spec, request.given.settings())
    preparation = preparation_of(network.graph, documented_preprocess(network.spec, request.preprocess), request.resize)
    ended = network.ending_at(request.layer)
    has_own = request.allow_random or network.has_weights
    weights = trained_weights(request.spec, request.weights, has_own=has_own)
    shown = [preparation.shown(Path(image)) for image in request.images]
    model, found = trained_model(ended, weights)
    seen = Seen(network, model, preparation, [preparation.values(image) for image in shown], shown)
    return seen, warn([*network.warnings, *found], as_json=request.as_json, strict=request.strict)


def _projections(request: ViewRequest, seen: Seen) -> View:
    from archc.projection.sheet import projection_sheet
    from archc.report.projection import projections_json, projections_table

    with progress(None, "projecting") as tell:
        found = seen.network.view(
            seen.model,
            seen.entered,
            layer=request.layer,
            unit=request.unit,
            top=request.top,
            method=request.method,
            progress=lambda done: tell(done, "projecting"),
        )
    is_bgr = seen.preparation.scale.is_bgr
    sheet = None if request.path is None else projection_sheet(found, seen.shown, is_bgr=is_bgr)
    table, units = projections_table(found, request.images), projections_json(found, request.images)
    return View(table, units, sheet, found.by_gradient)


def _occlusion(request: ViewRequest, seen: Seen) -> View:
    from archc.projection.sheet import occlusion_sheet
    from archc.report.projection import occlusion_json, occlusion_table

    with progress(None, "covering") as tell:
        found = seen.network.occlude(
            seen.model,
            seen.entered[0],
            layer=request.layer,
            unit=request.unit,
            top=request.top,
            square=request.square,
            stride=request.stride,
            fill=seen.preparation.grey(),
            progress=lambda done: tell(done, f"covering: {done:,} places done"),
        )
    sheet = None if request.path is None else occlusion_sheet(found, seen.shown[0])
    return View(occlusion_table(found), occlusion_json(found), sheet)


def _maps(request: ViewRequest, seen: Seen) -> View:
    from archc.projection.projection import feature_maps
    from archc.projection.sheet import feature_map_sheet
    from archc.projection.units import strongest
    from archc.report.projection import maps_json, maps_table

    graph = seen.network.ending_at(request.layer).graph
    found = feature_maps(seen.model, graph, seen.entered[0], layer=request.layer)
    sheet = None if request.path is None else feature_map_sheet(found)
    units = strongest([found[None]], None, found.shape[-1], request.layer)
    return View(maps_table(units), maps_json(units), sheet)


def _print(request: ViewRequest, view: View, warned: Warned) -> None:
    """Prints the table, or the JSON document."""
    if request.as_json:
        document = {
            "format": "archc-view",
            "version": 1,
            "spec": request.spec,
            "layer": request.layer,
            "shows": "occlusion" if request.occlude else "maps" if request.maps else request.method,
            "file": request.path and str(request.path),
            "units": view.units,
            "by_gradient": [*view.by_gradient],
        }
        print_json({**document, "warnings": warned.entries})
        return
    from archc.report.table import show_table

    show_table(view.table)
    if view.by_gradient:
        names = ", ".join(f"`{name}`" for name in view.by_gradient)
        click.echo(f"passed by the gradient, as neither linear nor a rectifier: {names}", err=True)
    if request.path is not None:
        click.echo(f"wrote {printable(str(request.path))}")
