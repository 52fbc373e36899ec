"""`archc summary`."""

from __future__ import annotations

import click

from archc.cli.options import SPEC, Given, faults, json_option, print_json, settings_options


@click.command(epilog="Example: archc summary resnet50 --set classes=10 --input 256,256,3")
@click.argument("spec", type=SPEC)
@settings_options
@click.option("--full", is_flag=True, help="A row for every layer, nothing folded.")
@json_option
def command(spec: str, given: Given, full: bool, as_json: bool) -> None:
    """Show a network's layers, shapes and costs.

    Repeats are folded (×6). Parameters and MACs are those of one of them, shares those of all. `field` is the receptive
    field in input pixels, `memory` that of all outputs for one image in float32.
    """
    from archc.network import load_network
    from archc.report import summary
    from archc.report.table import show

    with faults(as_json):
        network = load_network(spec, given.settings())
        if as_json:
            print_json(summary.as_json(spec, network.spec, network.graph))
            return
        click.echo("\n".join(summary.heading(network.spec, network.values, network.settings.params)) + "\n")
        show(summary.table(network.graph, full))
        click.echo()
        show(summary.totals_table(network.graph))
