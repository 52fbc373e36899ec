"""`archc build` of Python source."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple, cast

import click

from archc.cli.options import SettingOptions, print_fact_counts, print_json, warn
from archc.diagnostics import printable


class Request(NamedTuple):
    """What a user asks for."""

    spec: str
    given: SettingOptions
    target: str
    file: str | None
    flat: bool
    check: bool
    force: bool
    strict: bool


def run(request: Request, as_json: bool) -> int:
    """Prints the source, writes it, or compares it with what is written; gives the exit status.

    Raises:
        SpecError: the spec has faults, the target does not know an op, or a file cannot be read or written.
    """
    from archc.atomic_file import check_writable, read_text, write_text
    from archc.network import load_network
    from archc.report.check import fact_warnings

    path = None if request.file is None else Path(request.file)
    if path is not None and not request.check:
        check_writable(path, request.force)
    network = load_network(request.spec, request.given.settings())
    source = network.source(cast(Literal["python", "torch"], request.target), flat=request.flat)
    checked = network.check()
    warned = warn(fact_warnings(checked), as_json=as_json, strict=request.strict)
    lines = source.count("\n")
    current: bool | None = None
    if path is not None and request.check:
        current = read_text(path) == source
    elif path is not None:
        write_text(path, source, request.force)
    if as_json:
        layers = len({node.name for node in network.graph.nodes})
        counts = {"params": network.params, "total_params": network.total_params, "layers": layers}
        written = {"file": request.file, **counts, "current": current, "source": source if path is None else None}
        document = {"format": "archc-build", "version": 1, "spec": request.spec, **written}
        print_json({**document, "warnings": warned.entries})
    elif path is None:
        click.echo(source, nl=False)
    elif current is None:
        print_fact_counts(network.name, checked)
        click.echo(f"wrote {printable(str(path))}: {lines:,} lines")
    elif current:
        click.echo(f"{printable(str(path))} is what would be written: {lines:,} lines")
    else:
        click.echo(f"{printable(str(path))} {_difference(read_text(path), source)}")
    return 1 if current is False else warned.status


def _difference(text: str | None, source: str) -> str:
    """What a person is told of a file that is not what would be written."""
    hint = "the same command with `--force` and without `--check` writes it"
    if text is None:
        return f"is not there; {hint}"
    had, wanted = text.splitlines(), source.splitlines()
    pairs = zip(had, wanted, strict=False)
    line = next(
        (number for number, (old, new) in enumerate(pairs, start=1) if old != new), min(len(had), len(wanted)) + 1
    )
    return f"is not what would be written, from line {line:,} on; {hint}"
