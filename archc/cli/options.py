"""What the commands have in common: the spec and its settings, JSON, and how errors and warnings end a command."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from archc.diagnostics import Diagnostic, SpecError, printable
from archc.report.messages import diagnostic_json, diagnostic_text, diagnostics_json, json_text

if TYPE_CHECKING:
    from pathlib import Path

    from click.shell_completion import CompletionItem

    from archc.elaborate.expand import Settings
    from archc.ir.shape import Shape
    from archc.library.specs import Spec


def complete_spec(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names of the library, and files."""
    from click.shell_completion import CompletionItem

    from archc.library.paths import library_paths

    names = [CompletionItem(name) for name in library_paths() if name.startswith(incomplete)]
    return [*names, CompletionItem(incomplete, type="file")]


def complete_setting(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The parameters of the spec on the command line; after `NAME=` the values that it may have."""
    from click.shell_completion import CompletionItem

    spec, _ = _given_spec(context)
    name, equals, value = incomplete.partition("=")
    if not equals:
        names = {} if spec is None else spec.params
        return [
            CompletionItem(f"{each}=", help=declared.help) for each, declared in names.items() if each.startswith(name)
        ]
    declared = spec.params.get(name) if spec is not None else None
    if declared is None:
        return []
    choices = ["true", "false"] if declared.type == "bool" else map(str, declared.choices or ())
    return [CompletionItem(f"{name}={choice}") for choice in choices if choice.startswith(value)]


def complete_feature(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The features of the spec on the command line, behind those that are named already."""
    from click.shell_completion import CompletionItem

    from archc.analysis.features import features
    from archc.collector import Collector
    from archc.elaborate.expand import expand

    spec, settings = _given_spec(context)
    expansion = None if spec is None else expand(spec, settings, Collector())
    before, comma, begun = incomplete.rpartition(",")
    names = () if expansion is None else features(expansion.graph, expansion.features)
    return [CompletionItem(f"{before}{comma}{name}") for name in names if name.startswith(begun)]


def complete_output(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The layers and named parts of the spec on the command line."""
    from click.shell_completion import CompletionItem

    from archc.analysis.layer_view import Layers
    from archc.collector import Collector
    from archc.elaborate.expand import expand

    spec, settings = _given_spec(context)
    expansion = None if spec is None else expand(spec, settings, Collector())
    names = [] if expansion is None else [name for name in Layers(expansion.graph) if name.startswith(incomplete)]
    return [CompletionItem(name) for name in names[:_MOST_COMPLETED]]


def _given_spec(context: click.Context) -> tuple[Spec | None, Settings]:
    """The first spec on the command line, and what is set before; None where there is none, or it is wrong."""
    from archc.collector import Collector
    from archc.elaborate.expand import Settings
    from archc.library.specs import load_spec

    # click does not assign arguments while the last option has no value: the first of the others is the spec
    found = [context.params.get("spec"), *(context.params.get("specs") or ()), *context.args]
    given = next((text for text in found if text), None)
    params, inputs = (context.params.get(name) or () for name in ("params", "inputs"))
    try:
        settings = SettingOptions(params, inputs).settings()
    except SpecError:
        settings = Settings()
    return (None if given in (None, "-") else load_spec(str(given), Collector())), settings


class SettingOptions(NamedTuple):
    """The texts of the options that set parameters, inputs, outputs, features and what is frozen."""

    params: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    freeze: tuple[str, ...] = ()

    def texts(self) -> dict[str, tuple[str, ...]]:
        """The texts of the options that are given."""
        return {name: texts for name, texts in self._asdict().items() if texts}

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
        features = tuple(dict.fromkeys(name.strip() for text in self.features for name in text.split(",")))
        if features and self.outputs:
            message = "`--features` and `--output` both say where the network ends"
            raise SpecError.of("usage", message, None, "keep one of the two")
        return Settings(values, shapes, self.outputs, features, self.freeze)


_MOST_COMPLETED = 1_000
_SETTINGS: tuple[tuple[str, str, str, Any, str], ...] = (
    (
        "--freeze", "freeze", "PATTERN", complete_output,
        "Freeze the layers and parts of this name: conv1, 'block[12]*'. Repeatable.",
    ),
    (
        "--features", "features", "NAMES", complete_feature,
        "End the network at features, C3,C4,C5: Cn is the last tensor at stride 2^n. Repeatable.",
    ),
    ("--output", "outputs", "NAME", complete_output, "End the network at this layer or part. Repeatable."),
    (
        "--input", "inputs", "SIZES", None,
        "The input without the batch: 299,299,3, or NAME=299,299,3; null for an open size.",
    ),
    (
        "--set", "params", "NAME=VALUE", complete_setting,
        "Set a parameter; the value is YAML: depths=[2,2,4,4,4]. Repeatable.",
    ),
)  # fmt: skip


def settings_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of `SettingOptions`; the command gets them as `given`."""

    @wraps(command)
    def with_given(**options: Any) -> Any:
        given = SettingOptions(**{name: options.pop(name) for name in SettingOptions._fields})
        return command(given=given, **options)

    wrapped: Callable[..., Any] = with_given
    for flag, name, metavar, complete, help_ in _SETTINGS:
        option = click.option(flag, name, multiple=True, metavar=metavar, shell_complete=complete, help=help_)
        wrapped = option(wrapped)
    return wrapped


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document, diagnostics too.")
"""The option for one JSON document on standard output."""
cache_option = click.option("--no-cache", is_flag=True, help="Compute all anew, and keep nothing (`archc cache`).")
"""The option of every command that keeps what it found."""
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


STDOUT = "-"
"""What stands for standard output in the place of a file."""


def output_path(file: str | None) -> Path | None:
    """The file that `-o` names; None for standard output.

    Raises:
        SpecError: it names none.
    """
    from pathlib import Path

    if file == "":
        raise SpecError.of("usage", "`-o` names no file", None, "`-o FILE`")
    return None if file is None or file == STDOUT else Path(file)


def check_not_read(written: Path, *read: str | None) -> None:
    """Keeps a file that is read, or the file of a function that is called, from being written; also by links.

    Raises:
        SpecError: it is the file to write.
    """
    from archc.keras_files.kinds import python_function

    for named in read:
        with suppress(OSError, ValueError):
            code, _ = python_function(named or "") or (named, "")
            if code is not None and os.path.samefile(written, code):
                message = f"`{printable(str(written)[:200])}` is the file that is read"
                raise SpecError.of("usage", message, None, "name another file with `-o`")


def cache_of(no_cache: bool) -> Path | None:
    """The folder of the cache; None where it is turned off."""
    from archc.cache.folder import cache_folder

    return None if no_cache else cache_folder()


def print_json(document: dict[str, Any]) -> None:
    """Prints a JSON document."""
    click.echo(json_text(document))


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
