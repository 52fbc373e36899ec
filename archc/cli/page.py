"""`archc page`."""

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

if TYPE_CHECKING:
    from archc.pictures.page.page import Page


@click.command(
    "page",
    epilog="""\b
Examples:
  archc page resnet50 -o resnet50.html
  archc page nasnet_a_large --levels 1 -o cells.html
""",
)
@click.argument("spec", shell_complete=complete_spec)
@settings_options
@click.option("-o", "file", metavar="FILE", required=True, help="The file to write.")
@click.option(
    "--levels",
    type=click.IntRange(0),
    metavar="N",
    help="How many parts inside one another open; what is inside of others is left out. [default: all]",
)
@click.option("--force", is_flag=True, help="Replace a file that exists.")
def page_command(spec: str, given: SettingOptions, file: str, levels: int | None, force: bool) -> None:
    """Write a network as a page for a browser: one file, which loads nothing else.

    The parts of the picture open at a click or by the keyboard. Beside it stand the parts and layers as a tree, and
    what is told of each: op, shapes, costs, documented facts with source and verdict, and the line of the spec.
    `FILE#NAME` leads to a layer.
    """
    from archc.atomic_file import check_writable
    from archc.network import load_network

    with spec_errors(False):
        path = Path(file)
        check_not_read(path, spec)
        check_writable(path, force)
        network = load_network(spec, given.settings())
        print_diagnostics(network.warnings)
        _write(network.page(levels=levels), path, force)


def _write(page: Page, path: Path, force: bool) -> None:
    page.write(path, force=force)
    click.echo(f"wrote {printable(str(path))}: {len(page.html.encode()) / 1000:,.0f} kB")
