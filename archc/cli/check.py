"""`archc check`."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

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
from archc.report.table import show_table, wrapped

if TYPE_CHECKING:
    from archc.analysis.facts import CheckedFact
    from archc.diff.counterpart_facts import HeldFacts
    from archc.elaborate.expand import Settings
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
    fact at the layer that corresponds. It shows what is to mend, and the facts that differ because of it.
    """
    from archc.analysis.facts import counts
    from archc.elaborate.expand import Settings
    from archc.report.check import verdict_counts

    found: list[_Checked] = []
    errors: list[Diagnostic] = []
    with spec_errors(as_json):
        settings = given.settings()
        paper = None if described is None else _load(described, settings)
    if paper is not None:
        settings = Settings(inputs=settings.inputs)  # the others are of the paper's network
    labels = _labels(specs)
    for label in labels:
        try:
            one = _checked(label, settings, paper)
        except SpecError as error:
            errors.extend(error.diagnostics)
            if not as_json:
                print_diagnostics(error.diagnostics)
            continue
        if one is None:
            continue
        found.append(one)
        if as_json:
            continue
        print_diagnostics(one.network.warnings)
        if one.held is not None and paper is not None:
            _show_held(one, one.held, paper, _side(str(described), given), full=full)
            if len(labels) > 1 and one.differs:
                click.echo()
        else:
            _show(label, one.network, one.facts, full or len(labels) == 1)
    if as_json:
        print_json(_json(found, described, errors))
    elif len(found) > 1:
        without = sum(not one.facts for one in found)
        more = f"; {without} without a fact" if without else ""
        click.echo(f"{len(found)} specs, {verdict_counts(counts([fact for one in found for fact in one.facts]))}{more}")
    lacking = require_facts and any(not one.facts for one in found)
    sys.exit(2 if errors else 1 if lacking or any(one.differs for one in found) else 0)


def _side(described: str, given: SettingOptions) -> str:
    """The spec with its settings, as an argument of `archc diff`."""
    return shlex.quote(f"{described}?{'&'.join(given.params)}" if given.params else described)


class _Checked(NamedTuple):
    """A network with its facts, or with those of another that it is held to."""

    label: str
    network: Network
    facts: list[CheckedFact]
    held: HeldFacts | None

    @property
    def differs(self) -> bool:
        """Whether a fact differs."""
        return any(fact.verdict == "differs" for fact in self.facts)


def _checked(label: str, settings: Settings, paper: Network | None) -> _Checked | None:
    """A network with its facts, or with those of the paper's network; None where the file has only blocks."""
    network = _network(label, settings)
    if network is None:
        return None
    if paper is None:
        network.staged_start()  # for its errors
    held = None if paper is None else network.check_as(paper)
    facts = network.check() if held is None else [one.fact for one in held.facts]
    return _Checked(label, network, facts, held)


def _json(found: list[_Checked], described: str | None, errors: list[Diagnostic]) -> dict[str, Any]:
    from archc.report.check import check_json
    from archc.report.check_as import held_json

    held = [(one.label, one.held) for one in found if one.held is not None]
    document = (
        check_json([(one.label, one.facts) for one in found]) if described is None else held_json(held, described)
    )
    if warnings := [diagnostic_json(warning) for one in found for warning in one.network.warnings]:
        document["warnings"] = warnings
    if errors:
        document["diagnostics"] = [diagnostic_json(error) for error in errors]
    return document


def _labels(specs: tuple[str, ...]) -> list[str]:
    """The specs that arguments stand for; a folder stands for all specs in it."""
    labels: list[str] = []
    for label in specs:
        if label != "-" and os.path.isdir(label):
            labels += sorted(str(path) for path in Path(label).rglob("*.yaml")) or [label]
        else:
            labels.append(label)
    return labels


def _load(label: str, settings: Settings) -> Network:
    from archc.network import load_network

    return load_network(label, settings)


def _network(label: str, settings: Settings) -> Network | None:
    """The network of a spec; None where the file has only blocks for other specs."""
    try:
        return _load(label, settings)
    except SpecError as error:
        if has_blocks_alone(error):
            return None
        raise


def _show(label: str, network: Network, checked: list[CheckedFact], full: bool) -> None:
    from archc.analysis.facts import counts
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


def _show_held(one: _Checked, held: HeldFacts, paper: Network, asked: str, *, full: bool) -> None:
    """Prints what is to mend in a network, and the facts that differ; `asked` is the paper's side of `archc diff`."""
    from archc.analysis.facts import counts
    from archc.diff.reason import is_unrelated
    from archc.report.check import verdict_counts
    from archc.report.check_as import held_remarks, held_tables
    from archc.report.mends import mends_of

    width = shutil.get_terminal_size((120, 24)).columns
    mends = mends_of(held)
    summary = verdict_counts(counts(one.facts)) if one.facts else f"{paper.spec.label} documents nothing to check"
    remarks = held_remarks(held, mends, asked, shlex.quote(one.label))
    heading = f"{one.network.name} ({one.label}) as {paper.name} ({paper.spec.label})"
    for text in (heading, *([held.diff.reason] if is_unrelated(held.diff) else []), summary):
        click.echo("\n".join(wrapped(printable(text), width)))
    for table in held_tables(held, mends, full=full):
        click.echo()
        show_table(table, width)
    for text in ["", *remarks] if remarks else []:
        click.echo("\n".join(wrapped(printable(text), width)))
