"""`archc weights`."""

from __future__ import annotations

from pathlib import Path

import click

from archc.cli.options import json_option, print_json, spec_errors
from archc.cli.progress import progress
from archc.report.table import show_table

_LAYERS = 5_000  # of the largest network whose file is read


@click.command(
    "weights",
    epilog="""\b
Examples:
  archc weights vgg16_weights_tf_dim_ordering_tf_kernels.h5
  archc weights model.keras --networks 0
""",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--networks",
    "most",
    type=click.IntRange(0, 200),
    metavar="N",
    default=5,
    show_default=True,
    help="Name the N networks of the library that fit best; 0 for none, which is faster.",
)
@json_option
def weights_command(file: Path, most: int, as_json: bool) -> None:
    """List the arrays of a file of weights, and the networks of the library that it fits.

    FILE is a *.weights.h5, *.keras or *.h5 file of Keras's. Mean and deviation are of the finite numbers.

    A network fits whole where `archc build NETWORK --weights FILE` loads it. `of network` and `of file` are the shares
    of their weights that are in arrays of equal shapes, `of names` the share of the file's weights that are in layers
    which the network has under the same names.
    """
    from archc.likeness.weight_files import networks_of
    from archc.report.weights import array_rows, networks_table, weights_json, weights_table, weights_totals
    from archc.weights.saved_file import open_weights

    with spec_errors(as_json), open_weights(file, _LAYERS) as opened, progress(None, "reading") as tell:
        rows = []
        for number, row in enumerate(array_rows(opened)):
            tell(number, f"reading {row.layer.label}")
            rows.append(row)
        networks = networks_of(opened, most, lambda name: tell(0, f"comparing {name}")) if most else None
        document = weights_json(opened, rows, networks)
        table, totals = weights_table(rows), weights_totals(opened, rows)
    if as_json:
        print_json(document)
        return
    show_table(table)
    click.echo()
    for line in totals:
        click.echo(line)
    if networks is not None:
        click.echo()
        if networks:
            show_table(networks_table(networks))
        else:
            click.echo("no network of the library has arrays of these shapes")
