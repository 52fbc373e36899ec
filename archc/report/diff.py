"""The report of a diff: its cause, the layers, the totals, and a verdict for each class of change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from archc.analysis import cost
from archc.analysis.receptive_field import receptive_fields
from archc.diff.classes import CLASSES, Class
from archc.diff.compare import Diff
from archc.diff.reason import is_unrelated, kept_weights
from archc.ir.graph import Graph, Node
from archc.report import figures
from archc.report.diff_full import every_row
from archc.report.diff_row import DiffRow
from archc.report.diff_rows import diff_rows
from archc.report.diff_stages import stages_table
from archc.report.diff_text import rewired_text
from archc.report.table import Column, Table
from archc.report.values import parameter_changes
from archc.weights.forecast import build_outcomes


class DiffSide(NamedTuple):
    """One of the two networks: what the user called it, its name, and the values of its parameters."""

    label: str
    name: str
    values: Mapping[str, Any]


class CostBudget(NamedTuple):
    """How much a cost may grow.

    Attributes:
        measure: `params` or `macs`.
        share: the largest growth, as a share of the left network's cost.
        text: as the user wrote it.
    """

    measure: str
    share: Fraction
    text: str


_COLUMNS = (
    Column(),
    Column("layer"),
    Column("what"),
    Column("output", drop_order=1),
    Column("params", right=True),
)
_LEAST = 3  # columns that are never left out
MARK_STYLES = {"+": "green", "-": "red", "~": "yellow", ">": "cyan", "!": "magenta", "": "dim"}


def diff_heading(left: DiffSide, right: DiffSide, diff: Diff) -> list[str]:
    """The names of both networks, why they differ, what differs in parameters, inputs, outputs, and how many layers."""
    title = f"{left.label} -> {right.label}"
    if (left.name, right.name) != (left.label, right.label):
        title += f": {left.name}" if left.name == right.name else f": {left.name} -> {right.name}"
    lines = [title, diff.reason]
    lines += [f"  {text}" for text in (*parameter_changes(left.values, right.values), *diff.signature)]
    return [*lines, *_layer_counts(diff)]


def _layer_counts(diff: Diff) -> list[str]:
    """The number of layers of each kind of change, and of those with other names."""
    renamed = _renamed_text(diff)
    if not diff.has_changes:
        return [renamed] if renamed else []
    counts = diff.counts
    parts = [f"{counts[kind]:,} {kind}" for kind in ("added", "removed", "changed", "moved") if counts[kind]]
    parts += [f"{len(diff.rewired):,} rewired"] if diff.rewired else []
    parts += [f"{len(diff.consequences):,} with other weights as a consequence"] if diff.consequences else []
    parts += [f"{counts['unchanged'] - len(diff.consequences):,} unchanged"]
    return [f"layers: {', '.join(parts)}{f'; {renamed}' if renamed else ''}"]


def _renamed_text(diff: Diff) -> str:
    """How many layers have other names; empty for none."""
    count = len(diff.renamed)
    if not count:
        return "names alone tell equal layers apart" if diff.by_names_only else ""
    text = f"{count:,} {'layer has' if count == 1 else 'layers have'} other names"
    return f"{text}, which alone tell equal layers apart" if diff.by_names_only else text


_LONGEST = 20  # rows of two unrelated networks
_READABLE = 150  # rows of two networks that have nearly no weights in common
_FEW = 0.1  # of the weights


def diff_table(diff: Diff, context: int, *, full: bool) -> Table:
    """The layers that differ, with the layers around them; of two networks with little in common the stages."""
    rows = every_row(diff) if full else diff_rows(diff, context)
    if not full and len(rows) > _LONGEST and (is_unrelated(diff) or (len(rows) > _READABLE and _keeps_few(diff))):
        return stages_table(diff)
    ends = [found for found in diff.rewired if found.right is None]
    rows += [DiffRow("!", 0, "outputs", rewired_text(end, diff.counterparts)) for end in ends]
    cells = [[row.mark or " ", f"{'  ' * row.depth}{row.name}", row.what, row.shape, row.params] for row in rows]
    used = [index for index, _ in enumerate(_COLUMNS) if index < _LEAST or any(row[index] for row in cells)]
    columns = [_COLUMNS[index] for index in used]
    return Table(columns, [[row[index] for index in used] for row in cells], [MARK_STYLES[row.mark] for row in rows])


def _keeps_few(diff: Diff) -> bool:
    kept, of, _ = kept_weights(diff)
    return kept < _FEW * of


# --- totals ---


def diff_totals(diff: Diff) -> Table:
    """Parameters, MACs, memory and receptive field of both networks."""
    graphs = diff.left, diff.right
    memory = [cost.activation_bytes([*graph.inputs, *graph.nodes]) for graph in graphs]
    rows = [
        _total("parameters", [cost.params(graph.nodes) for graph in graphs], figures.exact),
        _total("MACs", [cost.macs(graph.nodes) for graph in graphs], figures.short),
        _total("activations", memory, figures.memory),
    ]
    had, has = map(_last_field, graphs)
    rows.append(["receptive field", had, "->", has, "" if had != has else "same"])
    return Table((Column(), Column(right=True), Column(), Column(right=True), Column(right=True)), rows)


def _total(name: str, measured: list[int | None], shown: Callable[[int | None], str]) -> list[str]:
    had, has = measured
    return [name, shown(had), "->", shown(has), _growth_text(had, has)]


def _last_field(graph: Graph) -> str:
    """The receptive field of the last feature map along its first axis; `all` where it is the whole input."""
    fields = receptive_fields(graph)
    maps = [node for node in graph.nodes if len(node.shape) > 1 and node.shape[0] != 1]
    axes = fields[maps[-1]] if maps else ()
    return f"{axes[0].reach:g}" if axes and axes[0].reach is not None else "all"


def _growth_text(had: int | None, has: int | None) -> str:
    """The growth in percent."""
    if had is None or has is None or not had:
        return "?"
    return "same" if had == has else f"{100 * (has - had) / had:+.1f}%"


# --- verdicts ---


def exceeded_budgets(diff: Diff, budgets: Sequence[CostBudget]) -> list[str]:
    """The costs that grow beyond their budget, in words."""
    exceeded = []
    for budget in budgets:
        measure = cost.params if budget.measure == "params" else cost.macs
        had, has = measure(diff.left.nodes), measure(diff.right.nodes)
        if had is None or has is None:
            exceeded.append(f"{budget.measure} unknown, though {budget.text} is allowed")
        elif has > had * (1 + budget.share):
            exceeded.append(f"{budget.measure} {_growth_text(had, has)}, more than {budget.text}")
    return exceeded


def classes_of(diff: Diff, budgets: Sequence[CostBudget]) -> list[Class]:
    """The classes of all differences."""
    found = {*diff.classes, *(["cost"] if exceeded_budgets(diff, budgets) else [])}
    return [each for each in CLASSES if each in found]


def class_verdicts(diff: Diff, budgets: Sequence[CostBudget]) -> Table:
    """A row for each class: what the differences mean for it."""
    found = classes_of(diff, budgets)
    differs = {
        "io": "; ".join(diff.signature),
        "weights": weights_text(diff),
        "numerics": _numerics_text(diff),
        "training": _training_text(diff),
        "cost": "; ".join(exceeded_budgets(diff, budgets)),
        "cosmetic": _cosmetic_text(diff),
    }
    equal = {
        "io": "the same inputs and outputs",
        "weights": "an old checkpoint loads completely",
        "numerics": "the corresponding layers compute the same",
    }
    rows = [[each, differs[each] if each in found else equal[each]] for each in CLASSES if each in {*found, *equal}]
    return Table((Column(), Column()), rows)


def weights_text(diff: Diff) -> str:
    """What becomes of an old checkpoint in each format of Keras's weight files."""
    parts = []
    if failing := diff.loading.formats("fails"):
        parts.append(f"`load_weights` fails for {_listed(failing)}")
    if misplaced := diff.loading.formats("misplaced"):
        parts.append(f"{_listed(misplaced)} {'load' if len(misplaced) > 1 else 'loads'} into other layers:")
        parts[-1] += f" {_misplaced_text(diff.loading.misplaced)}"
    kept, of, new = kept_weights(diff)
    if kept == of and (loaded := _loaded_by_build(diff)):
        parts.append(f"`archc build --weights` loads {_listed(loaded)} right")
    share = figures.percent(kept, of) if kept else "none"
    fitting = f"all {of:,} weights match" if kept == of else f"{kept:,} of the {of:,} weights ({share}) match"
    return "; ".join([*parts, f"{fitting}, {new:,} are new" if new else fitting])


def _loaded_by_build(diff: Diff) -> list[str]:
    """The formats that `archc build --weights` loads right, though Keras's `load_weights` does not."""
    if diff.loading.is_right:
        return []
    outcomes = build_outcomes(diff.left, diff.right, diff.counterparts)
    right = diff.loading.formats("right")
    return [name for name, outcome in outcomes.items() if outcome == "right" and name not in right]


_NAMED = 3  # misplaced layers that are named


def _misplaced_text(pairs: Sequence[tuple[Node, Node]]) -> str:
    """The layers that get the weights of another layer: the first few, and how many more."""
    named = [
        f"{layer.name} gets those of {source.name}"
        if _array_names(layer) == _array_names(source)
        else f"{layer.name} gets {_array_names(source)} of {source.name} as {_array_names(layer)}"
        for layer, source in pairs[:_NAMED]
    ]
    return ", ".join([*named, *([f"{len(pairs) - _NAMED:,} more"] if len(pairs) > _NAMED else [])])


def _array_names(node: Node) -> str:
    return ", ".join(weight.name for weight in node.weights)


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _cosmetic_text(diff: Diff) -> str:
    """Other names, and layers that pass their inputs on."""
    count = sum(change.classes == ("cosmetic",) for change in diff.changes)
    passing = f"{count:,} {'layers pass their' if count > 1 else 'layer passes its'} input on, and no more"
    return "; ".join(text for text in (_renamed_text(diff), passing if count else "") if text)


def _training_text(diff: Diff) -> str:
    count = sum(change.classes == ("training",) for change in diff.changes)
    return f"{count:,} {'layers differ' if count > 1 else 'layer differs'} while training alone"


def _numerics_text(diff: Diff) -> str:
    numerics = [change for change in diff.changes if change.classes == ("numerics",)]
    sharing = sum("share" in change.fields for change in numerics)
    parts = []
    if silent := len(numerics) - sharing:
        parts.append(f"{silent:,} {'layers change' if silent > 1 else 'layer changes'} the function and no weight")
    if sharing:
        parts.append(f"{sharing:,} {'layers share' if sharing > 1 else 'layer shares'} weights otherwise")
    if rewired := sum("numerics" in found.classes for found in diff.rewired):
        parts.append(f"{rewired:,} rewired")
    return "; ".join(parts)
