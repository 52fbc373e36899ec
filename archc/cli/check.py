"""`archc check`."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archc.cli.options import SPEC, Given, json_option, print_json, settings_options, use_color
from archc.diagnostics import Diagnostic, SpecError, printable

if TYPE_CHECKING:
    from archc.analysis.fact_check import CheckedFact
    from archc.network import Network


@click.command(epilog="Example: archc check vgg16 resnet50, or archc check specs")
@click.argument("specs", type=SPEC, nargs=-1, required=True, metavar="SPEC…")
@settings_options
@click.option("--full", is_flag=True, help="Show every fact, also of several specs.")
@json_option
def command(specs: tuple[str, ...], given: Given, full: bool, as_json: bool) -> None:
    """Hold networks to what their papers document.

    A folder stands for all the specs in it. Each fact agrees, is explained (the network rightly differs, and the spec
    says why) or differs. With settings, a fact that no longer applies is set aside. Status 1 if a fact differs, 2 if a
    spec has errors; the others are checked all the same.
    """
    from archc.analysis.fact_check import VERDICTS, counts
    from archc.report import check as facts
    from archc.report import messages as diagnostics

    found: list[dict[str, Any]] = []
    wrong: list[Diagnostic] = []
    totals: Counter[Any] = Counter()
    labels = _labels(specs)
    for label in labels:
        try:
            network, checked = _check(label, given)
        except SpecError as error:
            wrong.extend(error.diagnostics)
            if not as_json:
                diagnostics.show(error.diagnostics, use_color(sys.stderr))
            continue
        if network is None:
            continue
        totals.update(counts(checked))
        found.append({"spec": label, "facts": [facts.entry(fact) for fact in checked]})
        if not as_json:
            _show(label, network, checked, full or len(labels) == 1)
    if as_json:
        document: dict[str, Any] = {"format": "archc-check", "version": 1, "specs": found}
        document["counts"] = {verdict: totals[verdict] for verdict in VERDICTS}
        if wrong:
            document["diagnostics"] = [diagnostics.entry(diagnostic) for diagnostic in wrong]
        print_json(document)
    elif len(found) > 1:
        click.echo(f"{len(found)} specs, {facts.counted({verdict: totals[verdict] for verdict in VERDICTS})}")
    sys.exit(2 if wrong else 1 if totals["differs"] else 0)


def _labels(specs: tuple[str, ...]) -> list[str]:
    """The specs that arguments stand for; a folder stands for all in it."""
    labels: list[str] = []
    for label in specs:
        folder = Path(label)
        if label != "-" and folder.is_dir():
            labels += sorted(str(path) for path in folder.rglob("*.yaml")) or [label]
        else:
            labels.append(label)
    return labels


def _check(label: str, given: Given) -> tuple[Network | None, list[CheckedFact]]:
    """A network and its facts; no network where the file only has blocks for others.

    Raises:
        SpecError: it cannot be checked.
    """
    from archc.collector import Collector
    from archc.library.specs import load_spec
    from archc.network import from_spec

    collector = Collector()
    spec = load_spec(label, collector)
    if spec is None:
        raise collector.error()
    if not spec.layers and not collector:
        return None, []
    network = from_spec(spec, given.settings(), collector)
    return network, network.check()


def _show(label: str, network: Network, checked: list[CheckedFact], full: bool) -> None:
    from archc.analysis.fact_check import counts
    from archc.report import check as facts
    from archc.report.table import show

    name = printable(network.name)
    if full:
        click.echo(f"{name} ({printable(label)})")
        if checked:
            show(facts.table(checked))
    mark = "differs" if any(fact.verdict == "differs" for fact in checked) else "ok"
    summary = facts.counted(counts(checked)) if checked else "no documented fact"
    click.echo(summary if full else f"{mark:8}{printable(label)}: {summary}")
    told = checked if full else [fact for fact in checked if fact.verdict == "differs"]
    for remark in facts.remarks(told):
        click.echo(f"  {printable(remark)}")
