"""`archc check`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from archc.cli.options import (
    SettingOptions,
    complete_spec,
    has_blocks_alone,
    json_option,
    print_diagnostics,
    print_json,
    settings_options,
    spec_errors,
)
from archc.diagnostics import Diagnostic, SpecError, printable
from archc.report.messages import diagnostic_json
from archc.report.table import show_table

if TYPE_CHECKING:
    from archc.analysis.fact_check import CheckedFact
    from archc.network import Network


@click.command("check", epilog="Example: archc check vgg16 resnet50, or archc check specs")
@click.argument("specs", shell_complete=complete_spec, nargs=-1, required=True, metavar="SPEC…")
@settings_options
@click.option("--full", is_flag=True, help="Show every fact, also of several specs.")
@click.option("--require-facts", is_flag=True, help="Status 1 if a network has no documented fact.")
@click.option(
    "--as",
    "described",
    metavar="SPEC",
    shell_complete=complete_spec,
    help="Hold the networks to the facts of this one, layer by layer; settings are then of this one.",
)
@json_option
def check_command(
    specs: tuple[str, ...],
    given: SettingOptions,
    full: bool,
    require_facts: bool,
    described: str | None,
    as_json: bool,
) -> None:
    """Check networks against their papers.

    A folder stands for all specs in it. Each fact agrees, is explained (the network differs from the document, and the
    spec says why) or differs. With settings, a fact can be not applicable. A network without documented facts has
    nothing to check: `no fact`. Status 1 if a fact differs, 2 if a spec has errors; the other specs are still checked.

    A model that Keras saved has no facts: `archc check mine.keras --as resnet50` holds it to those of `resnet50`, each
    fact at the layer that corresponds, and shows the line of the diff that makes a fact differ.
    """
    if described is not None:
        _check_as(specs, described, given, as_json)
    from archc.report.check import check_json, counts_of_all, verdict_counts

    found: list[tuple[str, list[CheckedFact]]] = []
    errors: list[Diagnostic] = []
    labels = _labels(specs)
    for label in labels:
        try:
            network = _network(label, given)
            if network is None:
                continue
            checked = network.check()
        except SpecError as error:
            errors.extend(error.diagnostics)
            if not as_json:
                print_diagnostics(error.diagnostics)
            continue
        found.append((label, checked))
        if not as_json:
            _show(label, network, checked, full or len(labels) == 1)
    if as_json:
        document: dict[str, Any] = check_json(found)
        if errors:
            document["diagnostics"] = [diagnostic_json(error) for error in errors]
        print_json(document)
    elif len(found) > 1:
        without = sum(not checked for _, checked in found)
        more = f"; {without} without a fact" if without else ""
        click.echo(f"{len(found)} specs, {verdict_counts(counts_of_all(found))}{more}")
    differs = any(fact.verdict == "differs" for _, checked in found for fact in checked)
    lacking = require_facts and any(not checked for _, checked in found)
    sys.exit(2 if errors else 1 if differs or lacking else 0)


def _check_as(specs: tuple[str, ...], described: str, given: SettingOptions, as_json: bool) -> NoReturn:
    """Holds networks to the facts of another, and ends the command."""
    from archc.analysis.fact_check import counts
    from archc.elaborate.expand import Settings
    from archc.network import load_network
    from archc.report.check import facts_table, verdict_counts
    from archc.report.check_as import held_json, held_remarks

    with spec_errors(as_json):
        settings = given.settings()
        paper = load_network(described, settings)
        networks = [(label, load_network(label, Settings({}, settings.inputs))) for label in _labels(specs)]
        found = [(label, network, network.check_as(paper)) for label, network in networks]
    facts = [one.fact for _, _, held in found for one in held.facts]
    if as_json:
        print_json(held_json([(label, held) for label, _, held in found], described))
    else:
        for label, network, held in found:
            checked = [one.fact for one in held.facts]
            click.echo(f"{printable(network.name)} ({printable(label)}) as {paper.name} ({printable(described)})")
            if checked:
                show_table(facts_table(checked))
            click.echo(verdict_counts(counts(checked)) if checked else f"{printable(described)} has no documented fact")
            for remark in held_remarks(held):
                click.echo(f"  {printable(remark)}")
    sys.exit(1 if any(fact.verdict == "differs" for fact in facts) else 0)


def _labels(specs: tuple[str, ...]) -> list[str]:
    """The specs that arguments stand for; a folder stands for all specs in it."""
    labels: list[str] = []
    for label in specs:
        if label != "-" and os.path.isdir(label):
            labels += sorted(str(path) for path in Path(label).rglob("*.yaml")) or [label]
        else:
            labels.append(label)
    return labels


def _network(label: str, given: SettingOptions) -> Network | None:
    """The network of a spec; None where the file has only blocks for other specs."""
    from archc.network import load_network

    try:
        return load_network(label, given.settings())
    except SpecError as error:
        if has_blocks_alone(error):
            return None
        raise


def _show(label: str, network: Network, checked: list[CheckedFact], full: bool) -> None:
    from archc.analysis.fact_check import counts
    from archc.report.check import fact_remarks, facts_table, verdict_counts

    if full:
        click.echo(f"{printable(network.name)} ({printable(label)})")
        if checked:
            show_table(facts_table(checked))
    if not checked:
        click.echo("no fact: the spec documents nothing to check" if full else f"no fact {printable(label)}")
        return
    mark = "differs" if any(fact.verdict == "differs" for fact in checked) else "ok"
    summary = verdict_counts(counts(checked))
    click.echo(summary if full else f"{mark:8}{printable(label)}: {summary}")
    shown = checked if full else [fact for fact in checked if fact.verdict == "differs"]
    for remark in fact_remarks(shown):
        click.echo(f"  {printable(remark)}")
