"""What the commands have in common: the spec and its settings, JSON, and how errors and warnings end a command."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from archc.diagnostics import Diagnostic, SpecError
from archc.report.messages import diagnostic_json, diagnostic_text, diagnostics_json

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from archc.elaborate.expand import Settings
    from archc.ir.shape import Shape


def complete_spec(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names of the library, and files."""
    from click.shell_completion import CompletionItem

    from archc.library.paths import library_paths

    names = [CompletionItem(name) for name in library_paths() if name.startswith(incomplete)]
    return [*names, CompletionItem(incomplete, type="file")]


class SettingOptions(NamedTuple):
    """The texts of the options that set parameters, inputs and outputs."""

    params: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def settings(self) -> Settings:
        """The settings that the texts stand for.

        Raises:
            SpecError: an option cannot be parsed.
        """
        from archc.elaborate.expand import Settings

        values = {}
        for text in self.params:
            name, equals, value = text.partition("=")
            if not equals or not name:
                raise SpecError.of("usage", f"`--set {text}` is not `name=value`", None, "`--set name=value`")
            values[name.strip()] = yaml_value(value, f"--set {name}")
        shapes: dict[str | None, Shape] = {}
        for text in self.inputs:
            name, equals, sizes = text.rpartition("=")
            shapes[name.strip() if equals else None] = _shape(sizes, text)
        return Settings(values, shapes, self.outputs)


_SETTINGS = (
    ("--output", "outputs", "NAME", "End the network at this layer or part. Repeatable."),
    ("--input", "inputs", "SIZES", "The input without the batch: 299,299,3, or NAME=299,299,3; null for an open size."),
    ("--set", "params", "NAME=VALUE", "Set a parameter; the value is YAML: depths=[2,2,4,4,4]. Repeatable."),
)


def settings_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that set parameters, inputs and outputs; the command gets them as `given`."""

    @wraps(command)
    def with_given(params: tuple[str, ...], inputs: tuple[str, ...], outputs: tuple[str, ...], **rest: Any) -> Any:
        return command(given=SettingOptions(params, inputs, outputs), **rest)

    wrapped: Callable[..., Any] = with_given
    for flag, name, metavar, help_ in _SETTINGS:
        wrapped = click.option(flag, name, multiple=True, metavar=metavar, help=help_)(wrapped)
    return wrapped


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document, diagnostics too.")
"""The option for one JSON document on standard output."""
strict_option = click.option("--strict", is_flag=True, help="Status 1 if there is a warning.")
"""The option of every command that can warn."""


def yaml_value(text: str, option: str) -> Any:
    """The value of a YAML text.

    Raises:
        SpecError: the text is not YAML, or a spec could not have this value.
    """
    from pathlib import Path

    from archc.collector import Collector
    from archc.language.sources import Source
    from archc.language.yaml_reader import read

    collector = Collector()
    try:
        value = read(Source(option, text, Path(), None), collector)
    except SpecError as error:
        raise SpecError.of(error.first.code, f"`{option}`: {error.first.message}", None, error.first.hint) from None
    collector.raise_any()
    return _without_positions(value)


def _without_positions(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_positions(item) for key, item in value.items()}
    return [_without_positions(item) for item in value] if isinstance(value, list) else value


def _shape(text: str, option: str) -> Shape:
    text, sizes = text.strip(), None
    with suppress(SpecError):
        sizes = yaml_value(text if text.startswith("[") else f"[{text}]", f"--input {option}")
    if (
        not sizes
        or not isinstance(sizes, list)
        or not all(size is None or (type(size) is int and size > 0) for size in sizes)
    ):
        raise SpecError.of(
            "usage", f"`--input {option}` is not a shape", None, "`--input 299,299,3`, or `--input image=299,299,3`"
        )
    return tuple(sizes)


def has_blocks_alone(error: SpecError) -> bool:
    """Whether the error says that a file has only blocks for other specs."""
    return any((found.code, found.about) == ("no-layers", "blocks") for found in error.diagnostics)


def print_json(document: dict[str, Any]) -> None:
    """Prints a JSON document."""
    import json

    click.echo(json.dumps(document, indent=2, ensure_ascii=True))


def print_diagnostics(diagnostics: Sequence[Diagnostic]) -> None:
    """Prints errors or warnings to standard error."""
    color = sys.stderr.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    with suppress(OSError):  # a stream that refuses: the status tells
        for diagnostic in diagnostics:
            print(diagnostic_text(diagnostic, color), file=sys.stderr)


@contextmanager
def spec_errors(as_json: bool) -> Iterator[None]:
    """Ends the command with status 2 at a `SpecError`, and prints its diagnostics."""
    try:
        yield
    except SpecError as error:
        if as_json:
            print_json(diagnostics_json(error.diagnostics))
        else:
            print_diagnostics(error.diagnostics)
        sys.exit(2)


class Warned(NamedTuple):
    """The exit status of a command that found nothing but warnings, and the `warnings` of its JSON document."""

    status: int
    entries: list[dict[str, Any]]


def warn(warnings: Sequence[Diagnostic], *, as_json: bool, strict: bool) -> Warned:
    """Prints warnings to standard error, but for a command that prints JSON."""
    if not as_json:
        print_diagnostics(warnings)
    return Warned(1 if strict and warnings else 0, [diagnostic_json(warning) for warning in warnings])
