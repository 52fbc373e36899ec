"""The command line: one file a command; parses, calls one function, prints."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from archc import __version__

COMMANDS = ("list", "summary", "check", "build", "show", "schema")


class LazyGroup(click.Group):
    """Commands that are imported when they are used, so that each starts as fast as it can."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands, in the order of the help."""
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"archc.cli.{cmd_name}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """The command that the arguments name; a misspelt one is told what was meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from archc.diagnostics import did_you_mean, printable

            hint = did_you_mean(args[0], COMMANDS) or f"there are: {', '.join(COMMANDS)}"
            message = f"`{printable(args[0][:60])}` is no command; {hint}"
            raise click.UsageError(message, ctx) from error


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Examples:
  archc check vgg16
  archc summary resnet50 --set classes=10
  archc build specs/vgg/vgg16.yaml
  archc build vgg16 -o vgg16.py

Exit status: 0 fine; 1 a documented fact, or a file that --check looks at, differs; 2 it could not run.
""",
)
@click.version_option(__version__, prog_name="archc")
def main() -> None:
    """A compiler for neural-network architectures.

    A network is a YAML spec that reads like its paper's table. archc infers its every shape, holds it to what its paper
    documents, builds it in Keras, and writes Python source of it. SPEC is a name of the library (`archc list`), a path,
    or `-` for standard input.
    """
