"""`archc summary`."""

from __future__ import annotations

import click

from archc.cli.options import (
    SettingOptions,
    complete_spec,
    json_option,
    print_diagnostics,
    print_json,
    settings_options,
    spec_errors,
)
from archc.report.messages import diagnostic_json
from archc.report.table import show_table


@click.command("summary", epilog="Example: archc summary resnet50 --set classes=10 --input 256,256,3")
@click.argument("spec", shell_complete=complete_spec)
@settings_options
@click.option("--full", is_flag=True, help="A row for every layer.")
@json_option
def summary_command(spec: str, given: SettingOptions, full: bool, as_json: bool) -> None:
    """Show a network's layers, shapes and costs.

    Repeated parts are one row (×6), with parameters and MACs of one part and the shares of all; a bracket holds the
    rows of a repeated round. `field` is the receptive field in input pixels, `memory` that of all outputs for one
    image in float32.
    """
    from archc.network import load_network
    from archc.report.summary import summary_heading, summary_json, summary_table, summary_totals

    with spec_errors(as_json):
        network = load_network(spec, given.settings())
        if as_json:
            document = summary_json(spec, network.spec, network.graph, network.features.values())
            warnings = [diagnostic_json(warning) for warning in network.warnings]
            print_json({**document, "warnings": warnings} if warnings else document)
            return
        print_diagnostics(network.warnings)
        click.echo("\n".join(summary_heading(network.spec, network.values, network.settings.params)) + "\n")
        show_table(summary_table(network.graph, full))
        click.echo()
        show_table(summary_totals(network.graph))
