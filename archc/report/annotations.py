"""Annotations of a pull request: the causes of a diff as workflow commands of GitHub."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from archc.diagnostics import Diagnostic, Position, printable
from archc.diff.changes import Change, Diff
from archc.diff.classes import CLASSES, Class
from archc.ir.graph import Graph, Node, Region
from archc.ir.shape import shape_text
from archc.library.revision import path_in
from archc.report.diff import class_verdicts, exceeded_budgets, weights_text
from archc.report.diff_text import changed_text, op_with_arguments, rewired_text
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


class _Unit(NamedTuple):
    """One layer that differs, or one part that is added or removed as a whole."""

    kind: str
    node: Node
    part: Region | None
    layers: tuple[Node, ...]
    fields: tuple[str, ...]
    text: str
    findings: tuple[Finding, ...]

    @property
    def at(self) -> Position:
        return self.node.at if self.part is None else self.part.at

    @property
    def around(self) -> Region | None:
        """The part that it stands in."""
        return self.node.region if self.part is None else self.part.parent

    @property
    def edit(self) -> object:
        """How it differs, without values."""
        return self.kind, tuple(node.op.op_name for node in self.layers), self.fields

    @property
    def name(self) -> str:
        return self.node.name if self.part is None else self.part.name or self.part.title or self.node.name

    @property
    def what(self) -> str:
        if len(self.layers) == 1 or self.part is None:
            return self.text
        return f"{self.part.word or self.part.kind}, {len(self.layers)} layers"


def diff_annotations(diff: Diff, policy: Policy) -> list[Annotation]:
    """The causes of a diff; each class that fails the run has one at least."""
    found = [_of_units(units, policy) for units in _causes([*_changed(diff), *_rewired(diff)])]
    found += _of_consequences(diff, policy)
    end = diff.right.outputs[diff.right.main]
    ends = end.at if isinstance(end, Node) else None
    found += [_of_network("io", text, policy, ends if text.startswith("output") else None) for text in diff.signature]
    if any(each.right is None for each in diff.rewired):
        found += [_of_network("numerics", "the outputs are computed from other layers", policy, ends)]
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


def _of_units(units: Sequence[_Unit], policy: Policy) -> Annotation:
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


def in_all(found: Iterable[tuple[str, Sequence[Annotation]]]) -> list[Annotation]:
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
        properties = {"file": path_in(one.at.file), "line": one.at.line, "col": one.at.column, **properties}
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    text = f"{one.what} {one.text}" if one.at is not None and one.classes else one.text
    return f"::{'error' if one.is_error else 'notice'} {listed}::{_data(text)}"


def _data(text: str) -> str:
    return printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


# --- causes ---


def _changed(diff: Diff) -> Iterator[_Unit]:
    """The changed and moved layers, and the largest parts that are added or removed as a whole."""
    whole = {**_whole_parts(diff, "added", diff.right), **_whole_parts(diff, "removed", diff.left)}
    units: dict[Node | Region, list[Change]] = {}
    for change in diff.changes:
        units.setdefault(whole.get(change.node, change.node), []).append(change)
    for unit, changes in units.items():
        yield _unit(unit if isinstance(unit, Region) else None, changes)


def _unit(part: Region | None, changes: Sequence[Change]) -> _Unit:
    first = changes[0]
    text = _fields_text(first) or op_with_arguments(first.node.op)
    found = [Finding(each, names(change.left, change.right)) for change in changes for each in change.classes]
    return _Unit(
        first.kind, first.node, part, tuple(change.node for change in changes), (*first.fields,), text, tuple(found)
    )


def _fields_text(change: Change) -> str:
    """The arguments that differ, and whose weights the layer has."""
    shared = ["own weights" if name is None else f"the weights of {name}" for name in change.fields.get("share", ())]
    arguments = changed_text({name: pair for name, pair in change.fields.items() if name != "share"})
    return ", ".join(text for text in (arguments, " -> ".join(shared)) if text)


def _whole_parts(diff: Diff, kind: str, graph: Graph) -> dict[Node, Region]:
    """For each layer that is added (or removed), the largest part with all its layers added, where there is one.

    Of parts with the same layers, it is the innermost that has a name.
    """
    of_kind = [change.node for change in diff.changes if change.kind == kind]
    here = Counter(region for node in of_kind for region in node.region.chain())
    there = Counter(region for node in graph.nodes for region in node.region.chain()) if of_kind else here
    whole: dict[Node, Region] = {}
    for node in of_kind:
        for region in node.region.chain():
            if here[region] == there[region]:
                inner = whole.get(node, region)
                named = inner.name is None and region.name is not None
                whole[node] = region if here[region] > here[inner] or named else inner
    return whole


def _rewired(diff: Diff) -> Iterator[_Unit]:
    for each in diff.rewired:
        node = each.right or each.left
        if node is not None:
            text = rewired_text(each.before, each.after)
            yield _Unit("rewired", node, None, (node,), (), text, (Finding("numerics", names(each.left, each.right)),))


def _causes(units: Iterable[_Unit]) -> Iterable[list[_Unit]]:
    """The units by their cause: those of one step of equal blocks, and equal edits of layers with one name in them."""
    causes: list[list[_Unit]] = []
    by_key: dict[object, list[_Unit]] = {}
    for unit in units:
        keys = (_step(unit), _place(unit))
        cause = next((by_key[key] for key in keys if key in by_key), None)
        if cause is None:
            cause = []
            causes.append(cause)
        cause.append(unit)
        by_key |= dict.fromkeys(keys, cause)
    return causes


def _step(unit: _Unit) -> object:
    """The step of a spec that a unit comes from, and the steps around it in the outermost block."""
    chain = [*unit.around.chain()] if unit.around is not None else []
    blocks = [number for number, region in enumerate(chain) if region.kind == "block"]
    inside, word = (chain[: blocks[-1]], chain[blocks[-1]].word) if blocks else (chain, "")
    return unit.edit, word, unit.at, *(region.at for region in inside)


def _place(unit: _Unit) -> object:
    """The name of a unit inside its block, with how it differs; outside blocks, the unit itself."""
    around = unit.around
    if around is None or around.kind not in ("block", "round") or not around.prefix:
        return unit
    return unit.edit, unit.text, around.word, unit.name.removeprefix(around.prefix)
