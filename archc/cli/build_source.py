"""`archc build` of source."""

from __future__ import annotations

from pathlib import Path

import click

from archc.cli.build_model import built_counts
from archc.cli.options import SettingOptions, print_fact_counts, print_json, warn
from archc.diagnostics import printable


def write_source(
    spec: str,
    given: SettingOptions,
    path: Path | None,
    target: str,
    *,
    flat: bool,
    check: bool,
    force: bool,
    strict: bool,
    as_json: bool,
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
        strict: whether a warning makes the exit status 1.
        as_json: whether one JSON document is printed.

    Returns:
        The exit status.

    Raises:
        SpecError: the spec has errors, the target does not know an op, or a file cannot be read or written.
    """
    from archc.atomic_file import check_writable, read_text, write_text
    from archc.network import load_network
    from archc.report.check import fact_warnings

    if path is not None and not check:
        check_writable(path, force)
    network = load_network(spec, given.settings())
    source = network.source(target, flat=flat)
    checked = network.check()
    warned = warn(fact_warnings(checked), as_json=as_json, strict=strict)
    found = read_text(path) if path is not None and check else None
    current = found == source if check else None
    if path is not None and not check:
        write_text(path, source, force)
    if as_json:
        file = None if path is None else str(path)
        made = {"current": current, "source": source if path is None else None, "warnings": warned.entries}
        print_json({"format": "archc-build", "version": 1, "spec": spec, "file": file, **built_counts(network), **made})
    elif path is None:
        click.echo(source, nl=False)
    elif check:
        click.echo(f"{printable(str(path))} {_compared(found, source)}")
    else:
        print_fact_counts(network.name, checked)
        click.echo(f"wrote {printable(str(path))}: {_line_count(source)}")
    return 1 if current is False else warned.status


def _line_count(source: str) -> str:
    return f"{source.count(chr(10)):,} lines"


def _compared(text: str | None, source: str) -> str:
    """Whether a file has the source that would be written, else from where on it differs."""
    hint = "the same command with `--force` and without `--check` writes it"
    if text is None:
        return f"is not there; {hint}"
    if text == source:
        return f"is what would be written: {_line_count(source)}"
    had, wanted = text.splitlines(), source.splitlines()
    pairs = zip(had, wanted, strict=False)
    line = next(
        (number for number, (old, new) in enumerate(pairs, start=1) if old != new), min(len(had), len(wanted)) + 1
    )
    return f"is not what would be written, from line {line:,} on; {hint}"
