"""`archc plot`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from archc.cli.options import (
    SettingOptions,
    check_not_read,
    complete_spec,
    print_diagnostics,
    settings_options,
    spec_errors,
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
@click.option(
    "--style",
    type=click.Choice(STYLES),
    default="blocks",
    show_default=True,
    help="blocks: boxes and lines; volumes: the main path as prisms, as papers have it.",
)
@click.option(
    "--levels",
    type=click.IntRange(0),
    metavar="N",
    help="Open the parts that have fewer than N parts around them. [default: as many as fit 1000x1500 pixels]",
)
@click.option(
    "--direction",
    type=click.Choice(DIRECTIONS),
    default="tb",
    show_default=True,
    help="From top to bottom, or from left to right.",
)
@click.option(
    "--theme",
    type=click.Choice(THEMES),
    default="auto",
    show_default=True,
    help="Colours; auto: those of the page that shows the SVG.",
)
@click.option(
    "--show",
    metavar="LIST",
    default="",
    shell_complete=complete_shown,
    help=f"What boxes tell too: {', '.join(SHOWN)}, with commas between.",
)
@click.option("--force", is_flag=True, help="Replace a file that exists.")
def plot_command(
    spec: str,
    given: SettingOptions,
    file: str | None,
    style: str,
    levels: int | None,
    direction: str,
    theme: str,
    show: str,
    force: bool,
) -> None:
    """Draw a network.

    The parts of the spec are boxes that --levels opens. What repeats is one box (×6). Slim layers, such as
    normalization and activation, are strips of the box of the layer before them. Lines that cross have no dot.
    """
    from archc.atomic_file import check_writable
    from archc.network import load_network
    from archc.pictures.plot import check_suffix

    with spec_errors(False):
        path = None if file in (None, "-") else Path(str(file))
        if path is not None:
            check_not_read(path, spec)
            check_suffix(path)
            check_writable(path, force)
        shown = tuple(name.strip() for name in show.split(",") if name.strip())
        network = load_network(spec, given.settings())
        print_diagnostics(network.warnings)
        picture = network.plot(style=style, levels=levels, direction=direction, theme=theme, show=shown)
        if path is None:
            click.echo(picture.svg, nl=False)
        else:
            picture.write(path, force=force)
            click.echo(f"wrote {printable(str(path))}")
