"""`archc check`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from archc.cli.options import (
    SettingOptions,
    cache_of,
    cache_option,
    complete_spec,
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
    from archc.analysis.facts import CheckedFact, CheckedSpec
    from archc.diff.counterpart_facts import HeldFacts
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
@cache_option
@json_option
def check_command(
    specs: tuple[str, ...],
    given: SettingOptions,
    full: bool,
    require_facts: bool,
    described: str | None,
    no_cache: bool,
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
    from archc.report.check import verdict_counts

    found: list[_Checked] = []
    errors: list[Diagnostic] = []
    labels = _labels(specs)
    cache = cache_of(no_cache) if described is None else None
    known = {} if cache is None else _known(cache, labels, given)
    paper = None
    with spec_errors(as_json):
        if described is not None:
            paper = _paper(described, given)
        elif len(known) < len({*labels}):
            given.settings()  # for its errors, before anything else is read
    for label in labels:
        try:
            one = known.get(label) or (_checked(label, given, cache) if paper is None else _held(label, given, paper))
        except SpecError as error:
            errors.extend(error.diagnostics)
            if not as_json:
                print_diagnostics(error.diagnostics)
            continue
        if one.spec.name is None:
            continue
        found.append(one)
        if as_json:
            continue
        print_diagnostics(one.spec.warnings)
        if one.held is not None and paper is not None:
            _show_held(one, one.held, paper, _side(str(described), given), full=full)
            if len(labels) > 1 and one.differs:
                click.echo()
        else:
            _show(one, full or len(labels) == 1)
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
    import shlex

    return shlex.quote(f"{described}?{'&'.join(given.params)}" if given.params else described)


class _Checked(NamedTuple):
    """A network with its facts, or with those of another that it is held to."""

    label: str
    spec: CheckedSpec
    held: HeldFacts | None = None

    @property
    def facts(self) -> Sequence[CheckedFact]:
        """With their verdicts."""
        return self.spec.facts

    @property
    def differs(self) -> bool:
        """Whether a fact differs."""
        return any(fact.verdict == "differs" for fact in self.facts)


def _known(cache: Path, labels: list[str], given: SettingOptions) -> dict[str, _Checked]:
    """What earlier runs found of specs that have not changed since."""
    from archc.cache.checks import known_check

    known = {label: known_check(cache, label, given.texts()) for label in dict.fromkeys(labels)}
    return {label: _Checked(label, checked) for label, checked in known.items() if checked is not None}


def _checked(label: str, given: SettingOptions, cache: Path | None) -> _Checked:
    from archc.cache.new_checks import new_check

    return _Checked(label, new_check(cache, label, given.settings(), given.texts()))


def _paper(described: str, given: SettingOptions) -> Network:
    from archc.network import load_network

    return load_network(described, given.settings())


def _held(label: str, given: SettingOptions, paper: Network) -> _Checked:
    """A network that is held to the facts of the paper's network, which has all settings but the inputs to itself.

    Raises:
        SpecError: it cannot be compiled, or a fact is wrong.
    """
    from archc.analysis.facts import CheckedSpec
    from archc.cache.new_checks import network_of
    from archc.elaborate.expand import Settings
    from archc.library.specs import Spec

    read = network_of(label, Settings(inputs=given.settings().inputs))
    if isinstance(read, Spec):
        return _Checked(label, CheckedSpec(None))
    held = read.check_as(paper)
    return _Checked(label, CheckedSpec(read.name, read.warnings, [one.fact for one in held.facts]), held)


def _json(found: list[_Checked], described: str | None, errors: list[Diagnostic]) -> dict[str, Any]:
    if described is None:
        from archc.report.check import check_json

        document = check_json([(one.label, one.facts) for one in found])
    else:
        from archc.report.check_as import held_json

        document = held_json([(one.label, one.held) for one in found if one.held is not None], described)
    if warnings := [diagnostic_json(warning) for one in found for warning in one.spec.warnings]:
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


def _show(one: _Checked, full: bool) -> None:
    from archc.analysis.facts import counts
    from archc.report.check import fact_remarks, facts_table, verdict_counts

    if full:
        click.echo(f"{printable(str(one.spec.name))} ({printable(one.label)})")
        if one.facts:
            show_table(facts_table(one.facts))
    if not one.facts:
        click.echo("no fact: the spec documents nothing to check" if full else f"no fact {printable(one.label)}")
        return
    summary = verdict_counts(counts(one.facts))
    click.echo(summary if full else f"{'differs' if one.differs else 'ok':8}{printable(one.label)}: {summary}")
    shown = one.facts if full else [fact for fact in one.facts if fact.verdict == "differs"]
    for remark in fact_remarks(shown):
        click.echo(f"  {printable(remark)}")


def _show_held(one: _Checked, held: HeldFacts, paper: Network, asked: str, *, full: bool) -> None:
    """Prints what is to mend in a network, and the facts that differ; `asked` is the paper's side of `archc diff`."""
    import shlex
    import shutil

    from archc.analysis.facts import counts
    from archc.diff.reason import is_unrelated
    from archc.report.check import verdict_counts
    from archc.report.check_as import held_remarks, held_tables
    from archc.report.mends import mends_of

    width = shutil.get_terminal_size((120, 24)).columns
    mends = mends_of(held)
    summary = verdict_counts(counts(one.facts)) if one.facts else f"{paper.spec.label} documents nothing to check"
    remarks = held_remarks(held, mends, asked, shlex.quote(one.label))
    heading = f"{one.spec.name} ({one.label}) as {paper.name} ({paper.spec.label})"
    for text in (heading, *([held.diff.reason] if is_unrelated(held.diff) else []), summary):
        click.echo("\n".join(wrapped(printable(text), width)))
    for table in held_tables(held, mends, full=full):
        click.echo()
        show_table(table, width)
    for text in ["", *remarks] if remarks else []:
        click.echo("\n".join(wrapped(printable(text), width)))
