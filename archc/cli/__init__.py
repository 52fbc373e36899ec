"""The command line: one file a command; it parses the arguments, calls one function and prints."""

from __future__ import annotations

import sys
from importlib import import_module
from keyword import iskeyword
from typing import Any

import click

from archc.version import __version__

COMMANDS = (
    "list", "summary", "check", "diff", "sweep", "build", "transplant", "weights", "classify", "view", "plot", "page",
    "render", "show", "import", "schema", "git", "cache",
)  # fmt: skip


_ARGUMENTS = "archc.arguments"


class LazyGroup(click.Group):
    """Commands that are imported when they are used, so that each starts as fast as it can.

    The command `NAME` is `NAME_command` in the module of its name; `import_` is that of a name that Python keeps.
    """

    def main(self, *args: Any, **extra: Any) -> Any:
        """Runs a command as a program; an exception that it does not expect gives a status of its own."""
        from archc.cli.streams import standard_streams
        from archc.garbage_collection import collect_seldom

        collect_seldom()
        with standard_streams():
            try:
                if sys.stdout is not None:
                    return super().main(*args, **extra)
            except Exception as error:
                from archc.cli.faults import end_at
                from archc.cli.formats import wants_json

                given = args[0] if args else extra.get("args")
                sys.exit(end_at(error, as_json=wants_json(sys.argv if given is None else given)))
            from archc.cli.faults import end_without_output

            sys.exit(end_without_output("it is closed"))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parses the arguments of all commands, and notes whether they ask for JSON."""
        ctx.meta[_ARGUMENTS] = tuple(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command of a context; an interrupt has the status that shells give it."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            from archc.cli.formats import wants_json

            if not wants_json(ctx.meta[_ARGUMENTS]):
                raise
            from archc.cli.faults import end_at_usage

            sys.exit(end_at_usage(error))
        except KeyboardInterrupt:
            sys.exit(130)
        finally:
            sys.stdout.flush()

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands, in the order of the help."""
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name."""
        if cmd_name not in COMMANDS:
            return None
        module = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command: click.Command = getattr(import_module(f"archc.cli.{module}"), f"{cmd_name}_command")
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """The command that the arguments name; for an unknown one the error suggests the closest."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from archc.diagnostics import did_you_mean, printable

            hint = did_you_mean(args[0], COMMANDS) or f"the commands are: {', '.join(COMMANDS)}"
            message = f"there is no command `{printable(args[0][:60])}`; {hint}"
            raise click.UsageError(message, ctx) from error


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Examples:
  archc check vgg16
  archc summary resnet50 --set classes=10
  archc diff vgg16 vgg19
  archc build specs/vgg/vgg16.yaml
  archc build vgg16 -o vgg16.py
  archc import vgg16 --set classes=10 -o mine.yaml

Exit status: 0 success; 1 a documented fact, a network or a file that --check compares differs, or a warning with
--strict; 2 the command could not run; 3 a fault of archc: ARCHC_DEBUG=1 in the environment shows its traceback;
130 an interrupt; 143 a request to end.
""",
)
@click.version_option(__version__, prog_name="archc")
def main() -> None:
    """A compiler for neural-network architectures.

    A network is a YAML spec that reads like its paper's table. archc infers every shape, checks the network against its
    paper, builds it in Keras, writes Python source of it, and compares it with other networks. SPEC is a name of the
    library (`archc list`), a path, `git:REV:path` for the file in a revision, or `-` for standard input.
    """
