"""What a diff means: the cause, the layers, the totals, and a verdict for each class of change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from archc.analysis import cost
from archc.analysis.receptive_field import receptive_fields
from archc.diff.changes import CLASSES, Class, Diff
from archc.diff.wiring import Rewired
from archc.ir.graph import Graph, Node
from archc.report import figures
from archc.report.diff_rows import Row, rows
from archc.report.diff_words import takes
from archc.report.table import Column, Table


class Side(NamedTuple):
    """One of the two networks.

    Attributes:
        label: what the user called it.
        name: of the network.
        values: of its parameters.
    """

    label: str
    name: str
    values: Mapping[str, Any]


class Budget(NamedTuple):
    """How much a cost may grow.

    Attributes:
        measure: `params` or `macs`.
        share: of the left, as a fraction; 0 for not at all.
        text: as it was written.
    """

    measure: str
    share: Fraction
    text: str


COLUMNS = (
    Column(),
    Column("layer"),
    Column("what", needed=0),
    Column("output", needed=1),
    Column("params", right=True, needed=0),
)
STYLES = {"+": "green", "-": "red", "~": "yellow", ">": "cyan", "!": "magenta", "": "dim"}


def heading(left: Side, right: Side, diff: Diff) -> list[str]:
    """The two networks, what was set otherwise, and how many layers differ."""
    title = f"{left.label} -> {right.label}"
    if (left.name, right.name) != (left.label, right.label):
        title += f": {left.name} -> {right.name}"
    lines = [title]
    for name in {**left.values, **right.values}:
        had, has = (_value(side.values[name]) if name in side.values else "absent" for side in (left, right))
        if had != has:
            lines.append(f"  {name} {had} -> {has}")
    lines += [f"  {text}" for text in diff.signature]
    return [*lines, _counted(diff)]


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _counted(diff: Diff) -> str:
    """The sum of all that differs, and what is not shown as a change."""
    if not diff:
        return "no difference" if not diff.renamed else f"no difference but {_named(diff)}"
    counts = diff.counts
    told = [f"{counts[kind]:,} {kind}" for kind in ("added", "removed", "changed", "moved") if counts[kind]]
    told += [f"{len(diff.rewired):,} rewired"] if diff.rewired else []
    told += [f"{len(diff.consequences):,} with other weights as a consequence"] if diff.consequences else []
    told += [f"{counts['unchanged'] - len(diff.consequences):,} unchanged"]
    return f"layers: {', '.join(told)}{f'; {_named(diff)}' if diff.renamed else ''}"


def _named(diff: Diff) -> str:
    count = len(diff.renamed)
    return f"{count:,} {'layer has' if count == 1 else 'layers have'} other names"


def table(diff: Diff, context: int, *, full: bool) -> Table:
    """The layers that differ, with what is around them."""
    found = rows(diff, context, full=full)
    ends = [row for row in diff.rewired if row.right is None]
    found += [Row("!", 0, "outputs", takes(end.before, end.after)) for end in ends]
    cells = [[row.mark or " ", f"{'  ' * row.depth}{row.name}", row.what, row.shape, row.params] for row in found]
    return Table(COLUMNS, cells, [STYLES[row.mark] for row in found])


# --- totals ---


def totals(diff: Diff) -> Table:
    """Parameters, MACs, memory and receptive field on both sides."""
    lines = [
        _total("parameters", [cost.params(graph.nodes) for graph in _sides(diff)], figures.exact),
        _total("MACs", [cost.macs(graph.nodes) for graph in _sides(diff)], figures.short),
        _total("activations", [_activations(graph) for graph in _sides(diff)], figures.memory),
    ]
    fields = [_field(graph) for graph in _sides(diff)]
    lines.append(["receptive field", fields[0], "->", fields[1], "" if fields[0] != fields[1] else "same"])
    return Table((Column(), Column(right=True), Column(), Column(right=True), Column(right=True)), lines)


def _total(name: str, measured: list[int | None], shown: Callable[[int | None], str]) -> list[str]:
    had, has = measured
    return [name, shown(had), "->", shown(has), growth(had, has)]


def _sides(diff: Diff) -> tuple[Graph, Graph]:
    return diff.left, diff.right


def _activations(graph: Graph) -> int | None:
    return cost.activation_bytes([*graph.inputs, *graph.nodes])


def _field(graph: Graph) -> str:
    """What the last map sees of the input, along its first axis; `all` where that is all of it."""
    found = receptive_fields(graph)
    maps = [node for node in graph.nodes if len(node.shape) > 1 and node.shape[0] != 1]
    axes = found[maps[-1]] if maps else ()
    return f"{axes[0].reach:g}" if axes and axes[0].reach is not None else "all"


def growth(had: int | None, has: int | None) -> str:
    """How much more there is, in percent."""
    if had is None or has is None or not had:
        return "?"
    return "same" if had == has else f"{100 * (has - had) / had:+.1f}%"


# --- the verdict ---


def exceeded(diff: Diff, budgets: Sequence[Budget]) -> list[str]:
    """The costs that grow beyond their budget, in words."""
    told = []
    for budget in budgets:
        measure = cost.params if budget.measure == "params" else cost.macs
        had, has = (measure(graph.nodes) for graph in _sides(diff))
        if had is None or has is None:
            told.append(f"{budget.measure} unknown, though {budget.text} is allowed")
        elif has > had * (1 + budget.share):
            told.append(f"{budget.measure} {growth(had, has)}, more than {budget.text}")
    return told


def classes(diff: Diff, budgets: Sequence[Budget]) -> list[Class]:
    """The classes of all differences."""
    found = {*diff.classes, *(["cost"] if exceeded(diff, budgets) else [])}
    return [each for each in CLASSES if each in found]


def verdict(diff: Diff, budgets: Sequence[Budget]) -> Table:
    """A line for each class: what it means here."""
    found = classes(diff, budgets)
    said = {
        "io": "; ".join(diff.signature),
        "weights": _weights(diff),
        "numerics": _numerics(diff),
        "cost": "; ".join(exceeded(diff, budgets)),
        "cosmetic": _named(diff),
    }
    none = {
        "io": "the same inputs and outputs",
        "weights": "an old checkpoint loads whole",
        "numerics": "the layers that stay compute the same",
    }
    lines = [[each, said[each] if each in found else none[each]] for each in CLASSES if each in found or each in none]
    return Table((Column(), Column()), lines)


def _weights(diff: Diff) -> str:
    kept, of = diff.carried()
    total = cost.total_params(diff.right.nodes)
    share = figures.percent(kept, of) if kept else "none"
    return (
        f"an old checkpoint no longer loads whole: {kept:,} of its {of:,} weights ({share}) have a place,"
        f" {total - kept:,} begin anew"
    )


def _numerics(diff: Diff) -> str:
    silent = [change for change in diff.changes if change.classes == ("numerics",)]
    told = (
        [f"{len(silent):,} {'layers change' if len(silent) > 1 else 'layer changes'} the function and no weight"]
        if silent
        else []
    )
    told += [f"{len(diff.rewired):,} rewired"] if diff.rewired else []
    return "; ".join(told)


# --- JSON ---


def as_json(left: Side, right: Side, diff: Diff, budgets: Sequence[Budget]) -> dict[str, Any]:
    """The diff as data."""
    return {
        "format": "archc-diff",
        "version": 1,
        "left": left.label,
        "right": right.label,
        "counts": diff.counts,
        "changes": [
            {
                "kind": change.kind,
                "layer": (change.left or change.right).name,  # type: ignore[union-attr]
                "counterpart": change.right.name if change.left is not None and change.right is not None else None,
                "fields": {name: [_plain(old), _plain(new)] for name, (old, new) in change.fields.items()},
                "classes": list(change.classes),
                "at": _at(change.right or change.left),
            }
            for change in diff.changes
        ],
        "rewired": [_rewired(found) for found in diff.rewired],
        "params": [cost.params(graph.nodes) for graph in _sides(diff)],
        "macs": [cost.macs(graph.nodes) for graph in _sides(diff)],
        "classes": classes(diff, budgets),
    }


def _rewired(found: Rewired) -> dict[str, Any]:
    return {
        "layer": None if found.left is None else found.left.name,
        "counterpart": None if found.right is None else found.right.name,
        "before": [tensor.name for tensor in found.before],
        "after": [tensor.name for tensor in found.after],
    }


def _at(node: Node | None) -> str | None:
    return None if node is None else f"{node.at.file}:{node.at.line}:{node.at.column}"


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
