"""`archc schema`."""

from __future__ import annotations

import click

from archc.cli.options import print_json


@click.command("schema", epilog="Example: archc schema > archc.schema.json")
def schema_command() -> None:
    """Print the JSON Schema of the language, for editors.

    Draft 7. With it an editor completes the keys of a spec, the ops, and each op's arguments. In a spec:
    `# yaml-language-server: $schema=archc.schema.json`.
    """
    from archc.report.schema import json_schema

    print_json(json_schema())
