"""Annotations of a pull request: the causes of a diff as workflow commands of GitHub."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from archc.diagnostics import Diagnostic, Position, printable
from archc.diff.classes import CLASSES, Class
from archc.diff.compare import Diff
from archc.ir.graph import Node
from archc.ir.shape import shape_text
from archc.library.revision import path_in
from archc.report.causes import Unit, causes_of
from archc.report.diff import class_verdicts, exceeded_budgets, weights_text
from archc.report.policy import Finding, Policy, failed_classes, findings, names

_MOST = 10  # annotations: GitHub shows ten of a step


class Annotation(NamedTuple):
    """One cause of differences.

    Attributes:
        is_error: whether it fails the run.
        classes: what it affects.
        at: its place in a spec; None where it has none.
        what: the layer, or what else differs.
        text: how it differs.
    """

    is_error: bool
    classes: tuple[Class, ...]
    at: Position | None
    what: str
    text: str


def diff_annotations(diff: Diff, policy: Policy) -> list[Annotation]:
    """The causes of a diff; each class that fails the run has one at least."""
    found = [_of_units(units, policy) for units in causes_of(diff)]
    found += _of_consequences(diff, policy)
    end = diff.right.outputs[diff.right.main]
    ends = end.at if isinstance(end, Node) else None
    found += [_of_network("io", text, policy, ends if text.startswith("output") else None) for text in diff.signature]
    for each in diff.rewired:
        if each.right is None:
            affected = each.classes[0]
            found.append(_of_network(affected, "the outputs are computed from other layers", policy, ends))
    if "weights" in diff.classes and (
        diff.loading.formats("misplaced") or not any("weights" in each.classes for each in found)
    ):
        failing = any(policy.fails(each) for each in findings(diff, ()) if each.affected == "weights")
        found.append(Annotation(failing, ("weights",), None, "", weights_text(diff)))
    found += [_of_network("cost", text, policy) for text in exceeded_budgets(diff, policy.budgets)]
    verdicts = {row[0]: row[1] for row in class_verdicts(diff, policy.budgets).rows}
    shown = {each for one in found if one.is_error for each in one.classes}
    return [
        *found,
        *(
            Annotation(True, (each,), None, "", verdicts[each])
            for each in failed_classes(diff, policy)
            if each not in shown
        ),
    ]


def _of_network(affected: Class, text: str, policy: Policy, at: Position | None = None) -> Annotation:
    """The annotation of what is not about one layer."""
    what = "" if at is None else "the network:"
    return Annotation(policy.fails(Finding(affected)), (affected,), at, what, text)


def _of_consequences(diff: Diff, policy: Policy) -> list[Annotation]:
    """One annotation for all layers whose weights only follow from a change."""
    if not diff.consequences:
        return []
    (left, right), *more = diff.consequences
    had, has = next((had, has) for had, has in zip(left.weights, right.weights, strict=True) if had.shape != has.shape)
    text = f"follows: {has.name} {shape_text(had.shape)} -> {shape_text(has.shape)}"
    text += f", and {len(more):,} more layers have other weights" if more else ""
    affected: Class = "numerics" if diff.loading.is_right else "weights"
    failing = any(policy.fails(Finding(affected, names(*pair))) for pair in diff.consequences)
    return [Annotation(failing, (affected,), right.at, right.name, text)]


def _of_units(units: Sequence[Unit], policy: Policy) -> Annotation:
    """The annotation of one cause."""
    first, last = units[0], units[-1]
    name = first.name if len(units) == 1 else f"{first.name} … {last.name} ({len(units):,} times)"
    what = first.what if len({unit.what for unit in units}) == 1 else f"{first.what} … {last.what}"
    found = [finding for unit in units for finding in unit.findings]
    classes = tuple(each for each in CLASSES if any(finding.affected == each for finding in found))
    return Annotation(any(map(policy.fails, found)), classes, first.at, name, f"{first.kind}: {what}")


def of_fault(fault: Diagnostic) -> Annotation:
    """The annotation of an error of a spec."""
    return Annotation(True, (), fault.position, fault.code, fault.message)


def of_all_pairs(found: Iterable[tuple[str, Sequence[Annotation]]]) -> list[Annotation]:
    """The annotations of several comparisons; a cause that several have is one.

    Args:
        found: the annotations of each, with what the user calls it.
    """
    same: dict[object, dict[str, Annotation]] = {}
    for name, each in found:
        for one in each:
            same.setdefault((one.classes, one.at, one.text), {}).setdefault(name, one)
    merged = []
    for cause in same.values():
        (name, first), *_ = cause.items()
        where = name if len(cause) == 1 else f"in {len(cause)} networks, as in {name}"
        failing = any(one.is_error for one in cause.values())
        merged.append(first._replace(is_error=failing, text=f"{first.text} ({where})"))
    return merged


def workflow_commands(found: Sequence[Annotation]) -> str:
    """A line for each annotation, ten at most: the last sums up the rest.

    Errors come before notices where there are more; each class that fails has one among them.
    """
    errors = [one for one in found if one.is_error]
    one_each = {each: one for one in reversed(errors) for each in one.classes or ("",)}.values()
    ranked = [*dict.fromkeys([*one_each, *errors, *found])]
    shown = set(ranked if len(ranked) <= _MOST else ranked[: _MOST - 1])
    rest = [one for one in ranked if one not in shown]
    lines = [_command(one) for one in dict.fromkeys(found) if one in shown]
    if rest:
        classes = ", ".join(dict.fromkeys(each for one in rest for each in one.classes))
        text = f"{len(rest)} more causes; `archc diff` shows all"
        lines.append(_command(Annotation(any(one.is_error for one in rest), (), None, classes or "more", text)))
    return "".join(f"{line}\n" for line in lines)


def _command(one: Annotation) -> str:
    """The workflow command of an annotation, at its file where it has one."""
    properties: dict[str, str | int] = {"title": ", ".join(one.classes) or one.what}
    if one.at is not None:
        lines: dict[str, str | int] = {} if one.at.layer else {"line": one.at.line, "col": one.at.column}
        properties = {"file": path_in(one.at.file), **lines, **properties}
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    text = f"{one.what} {one.text}" if one.at is not None and one.classes else one.text
    return f"::{'error' if one.is_error else 'notice'} {listed}::{_data(text)}"


def _data(text: str) -> str:
    return printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
