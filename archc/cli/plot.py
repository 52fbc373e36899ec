"""`archc plot`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from archc.cli.options import (
    SettingOptions,
    check_not_read,
    complete_spec,
    json_option,
    output_path,
    print_json,
    settings_options,
    spec_errors,
    warn,
)
from archc.diagnostics import printable
from archc.pictures.options import DIRECTIONS, SHOWN, STYLES, THEMES

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def complete_shown(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What boxes can show, behind what is given already."""
    from click.shell_completion import CompletionItem

    before, comma, start = incomplete.rpartition(",")
    given = before.split(",")
    names = [name for name in SHOWN if name.startswith(start) and name not in given]
    return [CompletionItem(f"{before}{comma}{name}") for name in names]


def _choice(option: str, values: Sequence[str], what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An option with one of some values, the first if it is not given."""
    return click.option(option, type=click.Choice(values), default=values[0], show_default=True, help=what)


@click.command(
    "plot",
    epilog="""\b
Examples:
  archc plot vgg16 > vgg16.svg
  archc plot resnet50 --levels 2 --show params,facts -o resnet50.svg
  archc plot vgg16 --style volumes --theme light -o vgg16.pdf
""",
)
@click.argument("spec", shell_complete=complete_spec)
@settings_options
@click.option("-o", "file", metavar="FILE", help="The file to write, .svg, .png or .pdf. [default: SVG is printed]")
@_choice("--style", STYLES, "blocks: boxes and lines; volumes: the main path as prisms, as papers have it.")
@click.option(
    "--levels",
    type=click.IntRange(0),
    metavar="N",
    help="Open the parts that have fewer than N parts around them. [default: as many as fit 1000x1500 pixels]",
)
@_choice("--direction", DIRECTIONS, "From top to bottom, or from left to right.")
@_choice("--theme", THEMES, "Colours; auto: those of the page that shows the SVG.")
@click.option(
    "--show",
    metavar="LIST",
    shell_complete=complete_shown,
    help=f"What boxes tell too: {', '.join(SHOWN)}, with commas between; '' for nothing. [default: facts]",
)
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@json_option
def plot_command(
    spec: str,
    given: SettingOptions,
    file: str | None,
    show: str | None,
    force: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Draw a network.

    The parts of the spec are boxes that --levels opens. What repeats is one box (×6). Slim layers, such as
    normalization and activation, are strips of the box of the layer before them. Lines that cross have no dot.
    """
    from archc.atomic_file import check_writable
    from archc.network import load_network
    from archc.pictures.plot import check_suffix

    with spec_errors(as_json):
        path = output_path(file)
        if path is not None:
            check_suffix(path)
            check_not_read(path, spec)
            check_writable(path, force)
        shown = None if show is None else [name.strip() for name in show.split(",") if name.strip()]
        network = load_network(spec, given.settings())
        picture = network.plot(show=shown, **options)
        svg = picture.svg if path is None else None
        if path is not None:
            picture.write(path, force=force)
        warned = warn(network.warnings, as_json=as_json, strict=False)
        if as_json:
            document = {"format": "archc-plot", "version": 1, "spec": spec, "file": path and str(path), "svg": svg}
            print_json({**document, "warnings": warned.entries})
        elif svg is not None:
            click.echo(svg, nl=False)
        else:
            click.echo(f"wrote {printable(str(path))}")
