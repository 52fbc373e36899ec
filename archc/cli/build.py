"""`archc build`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from archc.cli.options import (
    STDOUT,
    SettingOptions,
    Warned,
    check_not_read,
    complete_output,
    complete_spec,
    json_option,
    output_path,
    print_json,
    settings_options,
    spec_errors,
    strict_option,
    warn,
)
from archc.cli.progress import progress
from archc.diagnostics import SpecError, printable
from archc.targets.registry import TARGETS, Target, target_named

if TYPE_CHECKING:
    from archc.analysis.facts import CheckedFact
    from archc.network import Network
    from archc.weights.loading import Loaded

_DEFAULT, *_ = TARGETS.values()


class BuildRequest(NamedTuple):
    """The target, the file, and the options of the command by their names.

    Attributes:
        path: the file to write; None for the default.
        given: the settings of the network.
    """

    target: Target
    path: Path | None
    spec: str
    given: SettingOptions
    flat: bool
    check: bool
    weights: str | None
    reinitialize: tuple[str, ...]
    dry_run: bool
    force: bool
    strict: bool
    as_json: bool


@click.command(
    epilog="""\b
Examples:
  archc build vgg16 --set classes=10 -o vgg16_10.keras
  archc build vgg16 --weights vgg16_weights_tf_dim_ordering_tf_kernels.h5
  archc build vgg16 --set classes=10 --weights vgg16.keras --reinitialize predictions -o vgg16_10.keras
  archc build vgg16 -o vgg16.py
  archc build vgg16 --to python --flat
"""
)
@click.argument("spec", shell_complete=complete_spec)
@settings_options
@click.option(
    "--to",
    "target",
    type=click.Choice([*TARGETS]),
    help=f"{'; '.join(f'{target.name}: {target.what}' for target in TARGETS.values())}. "
    f"[default: by the ending of FILE, else {_DEFAULT.name}]",
)
@click.option(
    "-o",
    "file",
    metavar="FILE",
    help=f"The file to write; `-` prints source. [default: SPEC{_DEFAULT.ending} here; source is printed]",
)
@click.option("--flat", is_flag=True, help="Source with a line a layer, its output's shape beside it.")
@click.option("--check", is_flag=True, help="Write nothing; status 1 if FILE is not the source that would be written.")
@click.option("--weights", metavar="FILE", help="Load the weights of a *.weights.h5, *.keras or *.h5 file of Keras's.")
@click.option(
    "--reinitialize",
    metavar="NAME",
    multiple=True,
    shell_complete=complete_output,
    help="Do not load this layer or part: it begins new. A pattern (conv5_*) names several. Repeatable.",
)
@click.option("--dry-run", is_flag=True, help="Build and verify, and write nothing.")
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@strict_option
@json_option
def build_command(target: str | None, file: str | None, as_json: bool, **options: Any) -> None:
    """Build a network in Keras, or write source of it.

    A documented fact that differs is a warning and does not stop the build. Each layer's shape and weights are
    verified against what was inferred. The file loads where archc is not installed.

    Weights are loaded layer by layer, each shape verified: a file fits whole, but for the layers of --reinitialize, or
    is refused.

    Source has the structure of the spec: blocks are functions, loops are loops, parameters are arguments. It needs
    Keras (or PyTorch) alone.
    """
    with spec_errors(as_json):
        path = output_path(file)
        request = BuildRequest(_target(target, file), path, as_json=as_json, **options)
        _check_files(request)
        refused = {
            "--flat": request.flat,
            "--check": request.check,
            "--weights": request.weights is not None,
            "--reinitialize": bool(request.reinitialize),
            "--dry-run": request.dry_run,
        }
        for option in [option for option, is_given in refused.items() if is_given]:
            request.target.check_option(option)
        sys.exit(_build_model(request) if request.target.writer is None else _write_source(request))


def _check_files(request: BuildRequest) -> None:
    """Keeps a file that is read from being written.

    Raises:
        SpecError: no file is named for a model, or the file is the model's own, or that of the weights.
    """
    from archc.keras_files.kinds import is_model

    if is_model(request.spec) and request.path is None and request.target.writer is None and not request.dry_run:
        message = f"`{printable(request.spec[:200])}` is a model: name the file to write"
        raise SpecError.of("usage", message, None, f"`-o FILE{request.target.ending}`")
    if request.path is not None and not request.check:
        check_not_read(request.path, request.spec, request.weights)


def _target(name: str | None, file: str | None) -> Target:
    """What to make: as asked for, else by the ending of the file.

    Raises:
        SpecError: the target does not write such a file.
    """
    endings = {target.ending: target for target in [*TARGETS.values()][::-1]}
    path = output_path(file)
    suffix = None if path is None else path.suffix
    chosen = target_named(name) if name is not None else endings.get(suffix or _DEFAULT.ending)
    if chosen is None or suffix not in (None, chosen.ending):
        subject = f"`--to {name}` writes `*{chosen.ending}`, not" if chosen is not None else "no target writes"
        hint = ", ".join(f"`*{ending}` is {target.what}" for ending, target in reversed(endings.items()))
        raise SpecError.of("usage", f"{subject} `{printable(file or '')}`", None, hint)
    if file == STDOUT and chosen.writer is None:
        hint = f"`-o FILE{chosen.ending}`, or another target with `--to`"
        raise SpecError.of("usage", f"{chosen.what} cannot be written to standard output", None, hint)
    return chosen


def _print_fact_counts(name: str, checked: list[CheckedFact]) -> None:
    """Prints how many documented facts of a network got each verdict; nothing where it has none."""
    from archc.analysis.facts import counts
    from archc.report.check import verdict_counts

    if checked:
        click.echo(f"{printable(name)}: {verdict_counts(counts(checked))}")


# --- a model ---


def _build_model(request: BuildRequest) -> int:
    """Builds the model, verifies it, and writes it; the exit status."""
    from archc.atomic_file import check_writable
    from archc.ir.opaque import refuse_opaque
    from archc.network import load_network
    from archc.report.check import fact_warnings

    path = None if request.dry_run else request.path or _default_path(request.spec)
    if path is not None:
        check_writable(path, request.force)
    network = load_network(request.spec, request.given.settings())
    refuse_opaque(network.graph.nodes)
    _check_reinitialized(request, network)
    checked = network.check(conditions=False)
    if not request.as_json:
        _print_fact_counts(network.name, checked)
    warned = warn([*network.warnings, *fact_warnings(checked)], as_json=request.as_json, strict=request.strict)
    with progress(len(network.graph.nodes), "starting Keras") as tell:
        from archc.targets.keras import model as keras_model

        def built(layers: int) -> None:
            tell(layers, "building")

        weights = None if request.weights is None else Path(request.weights)
        model, loaded = network.build_loaded(weights, built, reinitialize=request.reinitialize)
    if loaded is not None:
        more = warn(loaded.warnings, as_json=request.as_json, strict=request.strict)
        warned = Warned(max(warned.status, more.status), warned.entries + more.entries)
    if path is not None:
        keras_model.save(model, path, request.force)
    document = _document(request, path, network)
    if request.as_json:
        print_json({**document, "warnings": warned.entries})
        return warned.status
    done = "built and verified" if path is None else f"wrote {printable(str(path))}"
    layers, parameters = document["layers"], document["total_params"]
    click.echo(f"{done}: {layers:,} layers, {parameters:,} parameters, each layer as inferred")
    for line in _weights_lines(request, loaded, is_model=network.model_text is not None):
        click.echo(line)
    return warned.status


def _check_reinitialized(request: BuildRequest, network: Network) -> None:
    """Refuses to let layers begin new where all do, or where a name says nothing.

    Raises:
        SpecError: no weights are loaded, or a name is of no layer with weights.
    """
    from archc.analysis.selection import weighted_within

    weighted_within(network.graph, request.reinitialize, "reinitialize")
    if request.reinitialize and request.weights is None and not network.has_weights:
        raise SpecError.of("usage", "`--reinitialize` is for weights that are loaded", None, "`--weights FILE`")


def _weights_lines(request: BuildRequest, loaded: Loaded | None, *, is_model: bool) -> Iterator[str]:
    """What is said of the weights of the model that was built."""
    from archc.weights.file_errors import named_layers

    if loaded is None:
        if is_model:
            yield f"{printable(request.spec)} has no weights: those of the model are new"
        return
    count = loaded.by_name + loaded.by_order
    if request.weights is None:
        yield f"kept the weights of {count:,} layers of {printable(request.spec)}"
    else:
        yield f"loaded the weights of {count:,} layers from {printable(request.weights)}, {_matched(loaded)}"
    if loaded.new:
        yield f"new: {named_layers(loaded.new)}"


def _document(request: BuildRequest, path: Path | None, network: Network) -> dict[str, Any]:
    """What the JSON documents of all targets have."""
    from archc.analysis import cost

    return {
        "format": "archc-build",
        "version": 1,
        "spec": request.spec,
        "file": None if path is None else str(path),
        "params": network.params,
        "total_params": network.total_params,
        "layers": cost.layer_count(network.graph.nodes),
    }


def _matched(loaded: Loaded) -> str:
    """How the layers of a file of weights were matched."""
    if not loaded.by_name:
        return "by order"
    return "each under its name" if not loaded.by_order else f"{loaded.by_name:,} by name, the others by order"


def _default_path(spec: str) -> Path:
    from archc.library.revision import path_in

    stem = "network" if spec == "-" else Path(path_in(spec)).stem
    return Path(f"{stem}{TARGETS['keras'].ending}")


# --- source ---


def _write_source(request: BuildRequest) -> int:
    """Prints the source, writes it, or compares it with a file; the exit status."""
    from archc.atomic_file import check_writable, read_text, write_text
    from archc.network import load_network
    from archc.report.check import fact_warnings

    path, check = request.path, request.check
    if check and path is None:
        raise SpecError.of("usage", "`--check` needs the file to compare", None, f"`-o FILE{request.target.ending}`")
    if path is not None and not check:
        check_writable(path, request.force)
    network = load_network(request.spec, request.given.settings())
    source = network.source(request.target.name, flat=request.flat)
    checked = network.check(conditions=False)
    warned = warn([*network.warnings, *fact_warnings(checked)], as_json=request.as_json, strict=request.strict)
    found = read_text(path) if path is not None and check else None
    current = found == source if check else None
    if path is not None and not check:
        write_text(path, source, request.force)
    if request.as_json:
        made = {"current": current, "source": source if path is None else None, "warnings": warned.entries}
        print_json({**_document(request, path, network), **made})
    elif path is None:
        click.echo(source, nl=False)
    elif check:
        click.echo(f"{printable(str(path))} {_compared(found, source)}")
    else:
        _print_fact_counts(network.name, checked)
        click.echo(f"wrote {printable(str(path))}: {len(source.splitlines()):,} lines")
    return 1 if current is False else warned.status


def _compared(text: str | None, source: str) -> str:
    """Whether a file has the source that would be written, else from where on it differs."""
    hint = "the same command with `--force` and without `--check` writes it"
    if text is None:
        return f"is not there; {hint}"
    if text == source:
        return f"is what would be written: {len(source.splitlines()):,} lines"
    pairs = list(zip_longest(text.splitlines(), source.splitlines()))
    line = next((number for number, (old, new) in enumerate(pairs, start=1) if old != new), len(pairs) + 1)
    return f"is not what would be written, from line {line:,} on; {hint}"
