"""`archc build` of source."""

from __future__ import annotations

from pathlib import Path

import click

from archc.cli.options import Given, print_json, tell_facts
from archc.diagnostics import printable


def write_source(
    spec: str, given: Given, path: Path | None, target: str, *, flat: bool, check: bool, force: bool, as_json: bool
) -> int:
    """Prints the source, writes it, or compares it with a file.

    Args:
        spec: the name or path of the network.
        given: its settings.
        path: the file; None to print the source.
        target: the name of the target.
        flat: whether it has a line a layer.
        check: whether the file is compared and not written.
        force: whether a file that exists is replaced.
        as_json: whether one JSON document is printed.

    Returns:
        The exit status.

    Raises:
        SpecError: the spec has errors, the target does not know an op, or a file cannot be read or written.
    """
    from archc.atomic_file import check_writable, read_text, write_text
    from archc.network import load_network

    if path is not None and not check:
        check_writable(path, force)
    network = load_network(spec, given.settings())
    source = network.source(target, flat=flat)
    lines = source.count("\n")
    current: bool | None = None
    if path is not None and check:
        current = read_text(path) == source
    elif path is not None:
        write_text(path, source, force)
    if as_json:
        layers = len({node.name for node in network.graph.nodes})
        counts = {"params": network.params, "total_params": network.total_params, "layers": layers}
        file = None if path is None else str(path)
        written = {"file": file, **counts, "current": current, "source": source if path is None else None}
        print_json({"format": "archc-build", "version": 1, "spec": spec, **written})
    elif path is None:
        click.echo(source, nl=False)
    elif current is None:
        tell_facts(network)
        click.echo(f"wrote {printable(str(path))}: {lines:,} lines")
    elif current:
        click.echo(f"{printable(str(path))} is what would be written: {lines:,} lines")
    else:
        click.echo(f"{printable(str(path))} {_difference(read_text(path), source)}")
    return 1 if current is False else 0


def _difference(text: str | None, source: str) -> str:
    """Where a file differs from what would be written."""
    hint = "the same command with `--force` and without `--check` writes it"
    if text is None:
        return f"is not there; {hint}"
    had, wanted = text.splitlines(), source.splitlines()
    pairs = zip(had, wanted, strict=False)
    line = next(
        (number for number, (old, new) in enumerate(pairs, start=1) if old != new), min(len(had), len(wanted)) + 1
    )
    return f"is not what would be written, from line {line:,} on; {hint}"
