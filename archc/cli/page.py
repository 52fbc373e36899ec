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
from archc.diagnostics import SpecError, printable

if TYPE_CHECKING:
    from archc.pictures.page.page import Page


@click.command(
    "page",
    epilog="""\b
Examples:
  archc page resnet50 -o resnet50.html
  archc page resnet50 se_resnet50 -o both.html
  archc page nasnet_a_large --levels 1 -o cells.html
""",
)
@click.argument("spec", shell_complete=complete_spec)
@click.argument("other", required=False, shell_complete=complete_spec)
@settings_options
@click.option("-o", "file", metavar="FILE", required=True, help="The file to write.")
@click.option(
    "--levels",
    type=click.IntRange(0),
    metavar="N",
    help="How many parts inside one another open; what is inside of others is left out. [default: all]",
)
@click.option("--force", is_flag=True, help="Replace a file that exists.")
def page_command(
    spec: str, other: str | None, given: SettingOptions, file: str, levels: int | None, force: bool
) -> None:
    """Write a network as a page for a browser, or two that are compared: one file, which loads nothing else.

    The parts of the picture open at a click or by the keyboard. Beside it stand the parts and layers as a tree, and
    what is told of each: op, shapes, costs, documented facts with source and verdict, and the line of the spec.
    `FILE#NAME` leads to a layer.

    Of two networks, what corresponds stands in the same row; unchanged parts are closed. Each may have settings of its
    own, as `archc diff` has them: `resnet50?classes=10`.
    """
    from archc.atomic_file import check_writable

    with spec_errors(False):
        path = Path(file)
        check_not_read(path, spec, other)
        check_writable(path, force)
        page = _page(spec, given, levels) if other is None else _page_of_two(spec, other, given, levels)
        page.write(path, force=force)
        click.echo(f"wrote {printable(str(path))}: {len(page.html.encode()) / 1000:,.0f} kB")


def _page(spec: str, given: SettingOptions, levels: int | None) -> Page:
    from archc.network import load_network

    network = load_network(spec, given.settings())
    print_diagnostics(network.warnings)
    return network.page(levels=levels)


def _page_of_two(left: str, right: str, given: SettingOptions, levels: int | None) -> Page:
    from archc.cli.side import parse_side
    from archc.network import load_network

    if any(given):
        message = "`--set`, `--input` and `--output` are for one network"
        raise SpecError.of("usage", message, None, "each of two may have its own: `resnet50?classes=10`")
    one, other = (load_network(*parse_side(text), allow_unused=True) for text in (left, right))
    return one.page(other, levels=levels)
