"""`archc cache`."""

from __future__ import annotations

import click

from archc.cli.options import cache_of, spec_errors
from archc.diagnostics import printable


@click.group(
    "cache",
    invoke_without_command=True,
    epilog="""\b
Examples:
  archc cache
  archc cache clear
""",
)
@click.pass_context
def cache_command(context: click.Context) -> None:
    """Show what is kept of earlier runs, and where.

    `check`, `list` and `schema` keep what they find, so that the next run finds it at once while nothing that it
    depends on has changed. ARCHC_CACHE in the environment names another folder; empty or `off` turns the cache off.
    """
    if context.invoked_subcommand is not None:
        return
    from archc.cache.room import contents
    from archc.report import figures

    folder = cache_of(no_cache=False)
    if folder is None:
        click.echo("the cache is turned off")
        return
    held = contents(folder)
    click.echo(f"{printable(str(folder))}: {_entries(held.entries)}, {figures.memory(held.size)}")


@cache_command.command("clear", epilog="Example: archc cache clear")
def clear_command() -> None:
    """Remove what is kept."""
    from archc.atomic_file import unwritable
    from archc.cache.room import clear
    from archc.report import figures

    folder = cache_of(no_cache=False)
    if folder is None:
        click.echo("the cache is turned off")
        return
    with spec_errors(as_json=False):
        try:
            removed = clear(folder)
        except OSError as error:
            raise unwritable(folder, error) from None
    click.echo(f"removed {_entries(removed.entries)}, {figures.memory(removed.size)}")


def _entries(count: int) -> str:
    return f"{count:,} entr{'y' if count == 1 else 'ies'}"
