"""`archc list`."""

from __future__ import annotations

import click

from archc.cli.options import faults, json_option, print_json


@click.command(epilog="Example: archc list --json")
@json_option
def command(as_json: bool) -> None:
    """List the networks of the library by family."""
    from archc.report import list as catalogue

    with faults(as_json):
        families = catalogue.families()
    if as_json:
        print_json(catalogue.as_json(families))
    else:
        catalogue.show_families(families)
