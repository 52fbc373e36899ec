"""`archc page`."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
from archc.diagnostics import SpecError, printable

if TYPE_CHECKING:
    from pathlib import Path

    from archc.network import Network

_ENDINGS = (".html", ".htm")


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
@click.option(
    "-o", "file", metavar="FILE", required=True, help="The file to write, which ends in .html; `-` prints the page."
)
@click.option(
    "--levels",
    type=click.IntRange(0),
    metavar="N",
    help="How many parts inside one another open; what is inside of others is left out. [default: all]",
)
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@json_option
def page_command(
    spec: str,
    other: str | None,
    given: SettingOptions,
    file: str,
    levels: int | None,
    force: bool,
    as_json: bool,
) -> None:
    """Write a network as a page for a browser, or two that are compared: one file, which loads nothing else.

    The parts of the picture open at a click or by the keyboard. Beside it stand the parts and layers as a tree, and
    what is told of each: op, shapes, costs, documented facts with source and verdict, and the line of the spec.
    `FILE#NAME` leads to a layer.

    Of two networks, what corresponds stands in the same row; unchanged parts are closed. Each may have settings of its
    own, as `archc diff` has them: `resnet50?classes=10`.
    """
    from archc.atomic_file import check_writable

    with spec_errors(as_json):
        path = output_path(file)
        if path is not None:
            check_not_read(path, spec, other)
            _check_ending(path)
            check_writable(path, force)
        networks = _networks(spec, other, given)
        page = networks[0].page(*networks[1:], levels=levels)
        if path is not None:
            page.write(path, force=force)
        size = len(page.html.encode())
        warned = warn([warning for one in networks for warning in one.warnings], as_json=as_json, strict=False)
        if as_json:
            written = None if path is None else str(path)
            html = page.html if path is None else None
            sides = {"spec": spec, "other": other, "file": written, "bytes": size, "html": html}
            print_json({"format": "archc-page", "version": 1, **sides, "warnings": warned.entries})
        elif path is None:
            click.echo(page.html, nl=False)
        else:
            click.echo(f"wrote {printable(str(path))}: {size / 1000:,.0f} kB")


def _check_ending(path: Path) -> None:
    """Keeps a page from being written under the name of another kind of file.

    Raises:
        SpecError: the file ends in something else.
    """
    if path.suffix.lower() not in _ENDINGS:
        message = f"a page is not written to `{printable(str(path)[:200])}`"
        raise SpecError.of("usage", message, None, f"the file ends in {' or '.join(_ENDINGS)}")


def _networks(spec: str, other: str | None, given: SettingOptions) -> list[Network]:
    """The network that a page shows, or the two that it compares."""
    from archc.cli.side import parse_side
    from archc.network import load_network

    if other is None:
        return [load_network(spec, given.settings())]
    if any(given):
        message = "`--set`, `--input` and `--output` are for one network"
        raise SpecError.of("usage", message, None, "each of two may have its own: `resnet50?classes=10`")
    return [load_network(*parse_side(text), allow_unused=True) for text in (spec, other)]
