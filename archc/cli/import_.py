"""`archc import`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from archc.cli.options import SettingOptions, complete_spec, settings_options, spec_errors
from archc.diagnostics import SpecError, printable


@click.command(
    "import",
    epilog="""\b
Examples:
  archc import resnet50 --set classes=10 -o mine.yaml
  archc import mine.yaml --flat
""",
)
@click.argument("spec", shell_complete=complete_spec)
@settings_options
@click.option("-o", "file", metavar="FILE", help="The file to write. [default: the spec is printed]")
@click.option("--flat", is_flag=True, help="Write a step for each layer, and fold nothing.")
@click.option("--force", is_flag=True, help="Replace a file that exists.")
def import_command(spec: str, given: SettingOptions, file: str | None, flat: bool, force: bool) -> None:
    """Write a network as a new spec, from its layers alone.

    What repeats is folded into blocks and loops, and what varies becomes parameters. The new spec is expanded again and
    compared with the network: layers, arguments, connections, names and outputs. Only an equal one is written; where
    none is found that is folded, it has a step for each layer. A line on standard error says which.
    """
    from archc.atomic_file import check_writable, write_text
    from archc.folding.write import write
    from archc.network import load_network

    with spec_errors(as_json=False):
        path = None if file in (None, "-") else Path(str(file))
        if path is not None:
            if os.path.exists(path) and os.path.exists(spec) and os.path.samefile(path, spec):
                hint = "name another file with `-o`"
                raise SpecError.of("usage", f"`{printable(spec)}` is the file that is read", None, hint)
            check_writable(path, force)
        network = load_network(spec, given.settings())
        on_terminal = sys.stderr.isatty()
        try:
            written = write(network.graph, network.name, flat=flat, progress=_show if on_terminal else None)
        finally:
            if on_terminal:
                _show("")
        layers = len(network.graph.nodes)
        heading = f"# {layers} layers of `{printable(spec)}`, {'folded' if written.folded else 'a step for each'}.\n"
        if path is None:
            click.echo(heading + written.text, nl=False)
        else:
            write_text(path, heading + written.text, force)
        what = "folded" if written.folded else "a step for each layer"
        lines = len([line for line in written.text.splitlines() if line])
        where = "" if path is None else f"{printable(str(path))}: "
        click.echo(f"{where}{layers} layers in {lines} lines, {what}; expands to the same network", err=True)


def _show(text: str) -> None:
    """Shows on a terminal what is done next, in place of what was shown before."""
    click.echo(f"\r\x1b[K{text}", nl=False, err=True)
