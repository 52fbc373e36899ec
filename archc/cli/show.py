"""`archc show`."""

from __future__ import annotations

import click

from archc.cli.options import SPEC, json_option, print_json, spec_errors


@click.command("show", epilog="Example: archc show vgg16 > mine.yaml")
@click.argument("name", type=SPEC)
@json_option
def show_command(name: str, as_json: bool) -> None:
    """Print a spec of the library, as a start for your own."""
    from archc.library.find import find_source

    with spec_errors(as_json):
        source = find_source(name)
        if as_json:
            print_json({"format": "archc-spec", "version": 1, "spec": name, "file": source.file, "text": source.text})
        else:
            click.echo(source.text, nl=not source.text.endswith("\n"))
