"""`archc schema`."""

from __future__ import annotations

import click

from archc.cli.options import print_json


@click.command(epilog="Example: archc schema > archc.schema.json")
def command() -> None:
    """Print the JSON Schema of the language, for editors.

    Draft 7. With it an editor offers the keys of a spec, the ops, and each op's own arguments. In a spec:
    `# yaml-language-server: $schema=archc.schema.json`.
    """
    from archc.report.schema import schema

    print_json(schema())
