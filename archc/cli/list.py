"""`archc list`."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

import click

from archc.cli.options import cache_of, cache_option, json_option, print_diagnostics, print_json, spec_errors
from archc.report.messages import diagnostic_json
from archc.report.table import show_table

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from archc.diagnostics import Diagnostic


def complete_family(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The families of the library, and folders."""
    from click.shell_completion import CompletionItem

    from archc.library.paths import library_families

    names = [CompletionItem(name) for name in library_families() if name.startswith(incomplete)]
    return [*names, CompletionItem(incomplete, type="dir")]


@click.command("list", epilog="Example: archc list resnet, or archc list ./specs --json")
@click.argument("place", metavar="[FAMILY|FOLDER]", required=False, shell_complete=complete_family)
@cache_option
@json_option
def list_command(place: str | None, no_cache: bool, as_json: bool) -> None:
    """List networks by family.

    Without FAMILY or FOLDER, all networks of the library. A bare word is a family of the library; a folder has a `/`,
    as `./specs`, and stands for the networks in all specs below it.
    """
    from archc.cache.networks import networks
    from archc.report.list import by_family, families_table, folder_networks, list_json

    errors: list[Diagnostic] = []
    with spec_errors(as_json):
        if place is not None and ("/" in place or os.sep in place or place in (".", "..")):
            entries, errors = folder_networks(place)
        else:
            entries = networks(cache_of(no_cache), place)
    families = by_family(entries)
    if as_json:
        found: dict[str, Any] = {"diagnostics": [diagnostic_json(error) for error in errors]} if errors else {}
        print_json(list_json(families) | found)
    else:
        show_table(families_table(families))
        print_diagnostics(errors)
    sys.exit(2 if errors else 0)
