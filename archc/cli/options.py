"""What the commands have in common: the spec and its settings, JSON, how faults end a command."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.shell_completion import CompletionItem

from archc.collector import Collector
from archc.diagnostics import SpecError, printable
from archc.elaborate.expand import Settings
from archc.ir.shape import Shape
from archc.language.sources import Source
from archc.language.yaml_reader import read
from archc.report import messages as diagnostics

if TYPE_CHECKING:
    from archc.network import Network


class SpecName(click.ParamType[str]):
    """A name of the library, a path, `git:REV:path`, or `-`."""

    name = "spec"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The names of the library, and files."""
        from archc.library.paths import library_paths

        names = [CompletionItem(name) for name in library_paths() if name.startswith(incomplete)]
        return [*names, CompletionItem(incomplete, type="file")]


SPEC = SpecName()


class Given(NamedTuple):
    """The texts of the options that set parameters, inputs and outputs."""

    params: tuple[str, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def settings(self) -> Settings:
        """What they say.

        Raises:
            SpecError: an option cannot be read.
        """
        values = {}
        for text in self.params:
            name, equals, value = text.partition("=")
            if not equals or not name:
                raise _usage(f"`--set {text}` sets nothing", "`--set name=value`")
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
        return command(given=Given(params, inputs, outputs), **rest)

    wrapped: Callable[..., Any] = with_given
    for flag, name, metavar, help_ in _SETTINGS:
        wrapped = click.option(flag, name, multiple=True, metavar=metavar, help=help_)(wrapped)
    return wrapped


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """The option for one JSON document on standard output."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document, diagnostics too.")(command)


def yaml_value(text: str, option: str) -> Any:
    """The value of a YAML text.

    Raises:
        SpecError: it is none.
    """
    collector = Collector()
    try:
        value = read(Source(option, text, Path(), None), collector)
    except SpecError as error:
        raise SpecError.of(error.first.code, f"`{option}`: {error.first.message}", None, error.first.hint) from None
    collector.raise_any()
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _shape(text: str, option: str) -> Shape:
    sizes = yaml_value(f"[{text.strip('[] ')}]", f"--input {option}")
    if not sizes or not all(size is None or (type(size) is int and size > 0) for size in sizes):
        raise _usage(f"`--input {option}` is no size", "`--input 299,299,3`, or `--input image=299,299,3`")
    return tuple(sizes)


def _usage(message: str, hint: str) -> SpecError:
    return SpecError.of("usage", message, None, hint)


def use_color(stream: Any) -> bool:
    """Whether a stream is a terminal that is to be coloured."""
    return bool(stream.isatty()) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def print_json(document: dict[str, Any]) -> None:
    """Prints a JSON document."""
    click.echo(json.dumps(document, indent=2, ensure_ascii=True))


@contextmanager
def faults(as_json: bool) -> Iterator[None]:
    """Ends the command with status 2 where a spec has faults, and tells them."""
    try:
        yield
    except SpecError as error:
        if as_json:
            print_json(diagnostics.as_json(error.diagnostics))
        else:
            diagnostics.show(error.diagnostics, use_color(sys.stderr))
        sys.exit(2)


def tell_facts(network: Network) -> None:
    """What the documents say, before the build: the sum, and each fact that differs."""
    from archc.analysis.fact_check import counts
    from archc.report import check as facts

    checked = network.check()
    if not checked:
        return
    click.echo(f"{printable(network.name)}: {facts.counted(counts(checked))}")
    for remark in facts.remarks([fact for fact in checked if fact.verdict == "differs"]):
        click.echo(f"  {printable(remark)}", err=True)
