"""`archc show`."""

from __future__ import annotations

import click

from archc.cli.options import complete_spec, json_option, print_json, spec_errors
from archc.diagnostics import SpecError, printable


@click.command("show", epilog="Example: archc show vgg16 > mine.yaml")
@click.argument("name", shell_complete=complete_spec)
@json_option
def show_command(name: str, as_json: bool) -> None:
    """Print a spec of the library, as a start for your own."""
    from archc.keras_files.kinds import is_model
    from archc.library.find import find_source

    with spec_errors(as_json):
        if is_model(name):
            message = f"`{printable(name[:200])}` is a model, and has no text of a spec"
            raise SpecError.of("usage", message, None, "`archc summary --full` shows its layers")
        source = find_source(name)
        if as_json:
            print_json({"format": "archc-spec", "version": 1, "spec": name, "file": source.file, "text": source.text})
        else:
            click.echo(source.text, nl=not source.text.endswith("\n"))
