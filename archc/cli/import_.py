"""`archc import`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from archc.cli.options import SettingOptions, check_not_read, complete_spec, output_path, settings_options, spec_errors
from archc.cli.progress import progress
from archc.diagnostics import SpecError, printable

if TYPE_CHECKING:
    from pathlib import Path

    from archc.network import Network


@click.command(
    "import",
    epilog="""\b
Examples:
  archc import resnet50 --set classes=10 -o mine.yaml
  archc import mine.keras --like resnet
  archc import mine.yaml --flat
""",
)
@click.argument("spec", shell_complete=complete_spec)
@settings_options
@click.option("-o", "file", metavar="FILE", help="The file to write. [default: the spec is printed]")
@click.option("--flat", is_flag=True, help="Write a step for each layer, and fold nothing.")
@click.option(
    "--like",
    "family",
    metavar="FAMILY",
    shell_complete=complete_spec,
    help="Extend the network of this family of the library that is most like it, or this network.",
)
@click.option("--force", is_flag=True, help="Replace a file that exists.")
def import_command(
    spec: str, given: SettingOptions, file: str | None, flat: bool, family: str | None, force: bool
) -> None:
    """Write a network as a new spec, from its layers alone.

    What repeats is folded into blocks and loops, and what varies becomes parameters. The new spec is expanded again and
    compared with the network: layers, arguments, connections, names and outputs. Only an equal one is written; where
    none is found that is folded, it has a step for each layer. A line on standard error says which.

    With --like, the new spec extends a network of the library, at the depths, widths, classes and input that bring it
    nearest. What still differs is printed, and is a comment in the spec. Where the folded spec has fewer steps than
    there are differences, it is written.
    """
    from archc.atomic_file import check_writable, write_text
    from archc.network import load_network

    with spec_errors(as_json=False):
        if flat and family is not None:
            raise SpecError.of("usage", "`--like` is not for `--flat`", None, "leave out one of them")
        path = output_path(file)
        if path is not None:
            check_not_read(path, spec)
            check_writable(path, force)
        network = load_network(spec, given.settings())
        made = _folded(network, spec, flat=flat) if family is None else _like(network, spec, family, path)
        if path is None:
            click.echo(made.text, nl=False)
        else:
            write_text(path, made.text, force)
        where = "" if path is None else f"{printable(str(path))}: "
        for number, line in enumerate(made.said):
            click.echo(f"{where if not number else ''}{line}", err=True)


class _Made(NamedTuple):
    """A new spec, and what is said of it: a line, and more where something differs."""

    text: str
    said: list[str]


def _folded(network: Network, spec: str, *, flat: bool) -> _Made:
    from archc.folding.automatic_names import counted_from_zero
    from archc.folding.write import write
    from archc.keras_files.operations import operation_words

    layers = _layer_count(network)
    with progress(None, f"folding {layers:,} layers") as tell:
        graph = counted_from_zero(network.graph, operation_words())
        written = write(graph, network.name, flat=flat, progress=lambda doing: tell(0, doing))
    heading = f"# {layers} layers of `{printable(spec)}`, {'folded' if written.folded else 'a step for each'}.\n"
    what = "folded" if written.folded else "a step for each layer"
    said = f"{layers} layers in {_lines(written.text)} lines, {what}; expands to the same network"
    return _Made(heading + written.text, [said])


def _layer_count(network: Network) -> int:
    from archc.ir.graph import layer_calls

    return len(layer_calls(network.graph.nodes))


def _like(network: Network, spec: str, family: str, path: Path | None) -> _Made:
    """The network as one of a family; folded, where that is shorter than what differs."""
    from archc.likeness.write import write_like
    from archc.report.likeness import remaining, renamed

    found = write_like(network, family, path)
    if found is None:
        own = _folded(network, spec, flat=False)
        return own._replace(said=[f"no network of `{family}` takes this input; {own.said[0]}"])
    differs, names = remaining(found.diff), renamed(found.diff)
    layers, also = f"{_layer_count(network)} layers", f"; {names}" if names else ""
    lines = f"{layers} as `{found.extended}` in {_lines(found.text)} lines"
    if not differs.number:
        heading = f"# {layers} of `{printable(spec)}`, as `{found.extended}`{also}.\n"
        return _Made(heading + found.text, [f"{lines}; expands to the same network{also}"])
    many = f"{differs.number} difference{'' if differs.number == 1 else 's'}"
    shorter = _shorter(network, spec, differs.number)
    if shorter is not None:
        said = f"`{found.extended}` is nearest, with {many}; written is the network itself: {shorter.said[0]}"
        return shorter._replace(said=[said])
    but = f"but for {many} from the spec to the network{also}:"
    heading = f"# {layers} of `{printable(spec)}`, as `{found.extended}`, {but}\n"
    comments = "".join(f"{f'#   {printable(line)}'.rstrip()}\n" for line in differs.lines)
    return _Made(
        heading + comments + found.text, [f"{lines}, {but}", *(f"  {printable(line)}" for line in differs.lines)]
    )


def _shorter(network: Network, spec: str, differences: int) -> _Made | None:
    """The network folded, where it has fewer steps than there are differences; None for one that no spec can be."""
    if len({node.op.op_name for node in network.graph.nodes}) >= differences:  # each op needs a step
        return None
    try:
        folded = _folded(network, spec, flat=False)
    except SpecError:
        return None
    steps = sum(line.lstrip().startswith("- ") for line in folded.text.splitlines())
    return folded if steps < differences else None


def _lines(text: str) -> int:
    return len([line for line in text.splitlines() if line])
