"""`archc git`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from archc.cli.options import json_option, print_json, spec_errors, strict_option, warn
from archc.diagnostics import SpecError, printable
from archc.open_file import open_file


@click.group(
    "git",
    epilog="""\b
Examples:
  archc git enable
  archc git enable 'specs/**/*.yaml'
  archc git enable --undo
""",
)
def git_command() -> None:
    """Let git compare specs layer by layer.

    Once enabled, `git diff`, `git log -p`, `git show` and `git blame` compare the layers of a spec, with their shapes
    and parameters, rather than its text.
    """


@git_command.command("enable", epilog="Example: archc git enable 'specs/**/*.yaml'")
@click.argument("patterns", nargs=-1, metavar="[PATTERN…]")
@click.option("--undo", is_flag=True, help="Undo what was enabled, and nothing else.")
@strict_option
@json_option
def enable_command(patterns: tuple[str, ...], undo: bool, strict: bool, as_json: bool) -> None:
    """Set git up, in the repository of this folder.

    PATTERN is one of `.gitattributes`. By default each folder with a tracked spec gets one. The repository's own config
    gets the driver, which is the same for all patterns.
    """
    from archc.library import git_driver

    with spec_errors(as_json):
        if undo and patterns:
            raise SpecError.of(
                "usage", "`--undo` takes no patterns", None, "leave the patterns out; `--undo` undoes all of them"
            )
        done = git_driver.disable() if undo else git_driver.enable(patterns)
    warned = warn(done.warnings, as_json=as_json, strict=strict)
    if as_json:
        changes = [line._asdict() for line in done.lines]
        document = {"format": "archc-git", "version": 1, "root": str(done.root), "changes": changes}
        print_json({**document, "warnings": warned.entries})
    elif not done.lines:
        click.echo("nothing to undo" if undo else "nothing to change: git compares these files by their layers")
    for line in () if as_json else done.lines:
        click.echo(f"{line.file}: {'+' if line.added else '-'} {printable(line.line)}")
    sys.exit(warned.status)


@git_command.command("text", epilog="Example: archc git text specs/vgg/vgg16.yaml")
@click.argument("file")
def text_command(file: str) -> None:
    """Print a spec as git compares it, a line a layer.

    What it extends and uses is that of the library. A file that is not a network is printed unchanged, after a line
    that says why.
    """
    from archc.cli.git_text import layer_lines

    with spec_errors(as_json=False), open_file(Path(file)) as opened:
        content = opened.read()
    click.echo(layer_lines(content), nl=False)
