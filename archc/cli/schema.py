"""`archc schema`."""

from __future__ import annotations

import click

from archc.cli.options import cache_of, cache_option


@click.command("schema", epilog="Example: archc schema > archc.schema.json")
@cache_option
def schema_command(no_cache: bool) -> None:
    """Print the JSON Schema of the language, for editors.

    Draft 7. With it an editor completes the keys of a spec, the ops, and each op's arguments. In a spec:
    `# yaml-language-server: $schema=archc.schema.json`.
    """
    from archc.cache.schema import schema_text

    click.echo(schema_text(cache_of(no_cache)))
