"""`archc git`."""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from archc.cli.options import faults, json_option, print_json


@click.group(
    epilog="""\b
Examples:
  archc git enable
  archc git enable 'specs/**/*.yaml'
  archc git enable --undo
"""
)
def command() -> None:
    """Let git show specs layer by layer.

    Once enabled, `git diff`, `git log -p`, `git show` and `git blame` compare the layers of a spec, with their shapes
    and parameters, rather than its text.
    """


@command.command(epilog="Example: archc git enable 'specs/**/*.yaml'")
@click.argument("patterns", nargs=-1, metavar="[PATTERN…]")
@click.option("--undo", is_flag=True, help="Take back what was enabled, and nothing else.")
@json_option
def enable(patterns: tuple[str, ...], undo: bool, as_json: bool) -> None:
    """Set git up, in the repository around this folder.

    PATTERN is one of `.gitattributes`. By default each folder with a tracked spec gets one. The repository's own config
    gets the driver, which is the same for all patterns.
    """
    from archc.diagnostics import SpecError, printable
    from archc.library import git_driver

    with faults(as_json):
        if undo and patterns:
            hint = "leave the patterns out; all are taken back"
            raise SpecError.of("usage", "`--undo` takes no patterns", None, hint)
        root, changes = git_driver.undo() if undo else git_driver.enable(patterns)
    if as_json:
        told = [change._asdict() for change in changes]
        print_json({"format": "archc-git", "version": 1, "root": str(root), "changes": told})
    elif not changes:
        click.echo("nothing to take back" if undo else "nothing to change: git compares these files by their layers")
    for change in () if as_json else changes:
        click.echo(f"{change.file}: {'+' if change.added else '-'} {printable(change.line)}")
    if not undo and shutil.which("archc") is None:
        click.echo("git will not find `archc`: it must be on the PATH", err=True)


@command.command(epilog="Example: archc git text specs/vgg/vgg16.yaml")
@click.argument("file")
def text(file: str) -> None:
    """Print a spec as git compares it, a line a layer.

    What it extends and uses is that of the library. A file that is no network is printed as it stands, after a line
    that says why.
    """
    from archc.cli import git_text

    with faults(as_json=False):
        content = git_text.content(Path(file))
    click.echo(git_text.text(content), nl=False)
