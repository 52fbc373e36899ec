"""`archc list`."""

from __future__ import annotations

import click

from archc.cli.options import json_option, print_json, spec_errors
from archc.report.table import show_table


@click.command("list", epilog="Example: archc list --json")
@json_option
def list_command(as_json: bool) -> None:
    """List the networks of the library by family."""
    from archc.report.list import by_family, families_table, library_networks, list_json

    with spec_errors(as_json):
        families = by_family(entry for entry, _, _ in library_networks())
    if as_json:
        print_json(list_json(families))
    else:
        show_table(families_table(families))
