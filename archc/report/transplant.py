"""The report of a transplant: what each part of the new network begins with, and what of the old one is left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from math import prod
from typing import Any, NamedTuple

from archc.ir.graph import Node, Region
from archc.ir.shape import shape_text
from archc.report import figures
from archc.report.table import Column, Table
from archc.weights.fit import Method
from archc.weights.transplant import Origin, PlannedWeight, TransplantPlan, sums_of, weights_of

_COLUMNS = (Column("layer"), Column("params", right=True), Column("from"), Column("what"))
_TAKEN = "taken"
_UNPAIRED = {"no-counterpart": "no counterpart", "staged-start": "not in `initialize`"}
"""Why a layer takes from none, in words."""
_MOST_NAMED = 5
_FEW = 3  # layers that have a row each, where the same becomes of all
_FITTED: Mapping[Method, str] = {"crop": "cropped", "pad": "padded", "tile": "widened", "inflate": "inflated"}


class _Leaf(NamedTuple):
    """A layer with weights.

    Attributes:
        params: its learned weights.
        source: the layer that it takes from; None where it takes nothing.
        what: what becomes of it, in words.
        kind: the same in words that many layers have in common; empty where some of its weights are taken.
    """

    layer: Node
    params: int
    source: Node | None
    what: str
    kind: str


class _Part:
    """A part of a network with the layers and parts in it, in order."""

    def __init__(self, region: Region | None) -> None:
        self.region = region
        self.children: list[_Part | _Leaf] = []

    @property
    def title(self) -> str:
        """Its name in the report."""
        return "" if self.region is None else self.region.title

    def leaves(self) -> Iterator[_Leaf]:
        """All layers in it."""
        for child in self.children:
            if isinstance(child, _Part):
                yield from child.leaves()
            else:
                yield child


def transplant_table(plan: TransplantPlan) -> Table:
    """A row for each part of the new network that takes all or nothing, else for each layer; then what is left out.

    What is left out because its counterpart begins new is in the row of that.
    """
    rows = [*_rows(_tree(_new_leaves(plan)), 0)]
    left = [row for row in _rows(_tree(_old_leaves(plan)), 1) if row[3] != _TAKEN]
    if left:
        rows += [["", "", "", ""], ["left out of the old network", "", "", ""], *left]
    styles = ["green" if row[3] == _TAKEN else "yellow" if row[3] else "" for row in rows]
    return Table(_COLUMNS, rows, styles)


def transplant_lines(plan: TransplantPlan, *, has_optimizer: bool) -> list[str]:
    """What decides what is taken, and the sums, a line each."""
    taken, new, left = plan.taken_sums, plan.new_sums, sums_of(plan.left_out)
    every, old = sums_of(plan.weights), sums_of(weights_of(plan.old))
    layers = len(plan.whole_layers)
    partly = taken.layers - layers
    in_part = f", in part in {partly:,} more" if partly else ""
    lines = [
        *_start_line(plan),
        f"taken: {taken.params:,} of {every.params:,} learned weights ({share_text(taken.params, every.params)}), "
        f"all of {layers:,} of {_count(every.layers)}{in_part}",
        f"new: {new.params:,} in {_count(new.layers)}" if new.total_params else "new: none",
        f"left out: {left.params:,} of the {old.params:,} learned weights of the old network"
        if left.total_params
        else "left out: none",
    ]
    fitted = len({planned.layer for planned in plan.taken if planned.fit is not None})
    if fitted:
        lines.append(f"fitted: {_count(fitted)}")
    if plan.lost is not None:
        lines.append(_function_text(plan))
    if has_optimizer:
        lines.append("the state of the optimizer is dropped: compile the model anew")
    return lines


def _start_line(plan: TransplantPlan) -> Iterator[str]:
    """Whether `initialize` of the new network's spec is followed."""
    if plan.start is not None and plan.start.followed:
        yield f"staged start from {plan.start.spec}, as `initialize` says; `--all` takes every counterpart"
    elif plan.start is not None:
        yield f"every counterpart: the old network is not {plan.start.spec}, which `initialize` names"


def _function_text(plan: TransplantPlan) -> str:
    """Whether a wider network computes what the old one does."""
    if not plan.lost:
        return "the function is that of the old network"
    names = [f"`{tensor.name}`" for tensor in plan.lost]
    more = f" and {len(names) - _MOST_NAMED:,} more" if len(names) > _MOST_NAMED else ""
    return f"the function is another from here on: {', '.join(names[:_MOST_NAMED])}{more}"


def share_text(part: int, whole: int) -> str:
    """The share of a part in percent; never all where it is not."""
    text = figures.percent(part, whole)
    return ">99.9%" if text == "100.0%" and part < whole else "0%" if text == "–" else text


def _count(layers: int) -> str:
    return f"{layers:,} layer{'' if layers == 1 else 's'}"


# --- layers and parts ---


def _by_layer(weights: Iterable[PlannedWeight]) -> dict[Node, list[PlannedWeight]]:
    found: defaultdict[Node, list[PlannedWeight]] = defaultdict(list)
    for planned in weights:
        found[planned.layer].append(planned)
    return found


def _new_leaves(plan: TransplantPlan) -> Iterator[_Leaf]:
    for layer, weights in _by_layer(plan.weights).items():
        source = next((planned.source.layer for planned in weights if planned.source), None)
        yield _Leaf(layer, _params(layer), source, *_new_words(weights, plan.pairing.get(layer)))


def _new_words(weights: Sequence[PlannedWeight], counterpart: Node | None) -> tuple[str, str]:
    """What becomes of a layer of the new network: `what` and `kind` of its leaf."""
    why = {planned.why for planned in weights}
    if why == {None}:
        fit = next((planned.fit for planned in weights if planned.fit is not None), None)
        return (_TAKEN, _TAKEN) if fit is None else (f"taken: {_FITTED[fit.method]}", _FITTED[fit.method])
    if counterpart is None:
        words = next(words for reason, words in _UNPAIRED.items() if reason in why)
        return f"new: {words}", words
    if "other-kind" in why:
        return f"new: `{counterpart.name}` is {counterpart.op.op_name}", "other kinds of layers"
    reasons = [_reason(planned, counterpart) for planned in weights if planned.why not in (None, "beside")]
    kept = [planned.weight.name for planned in weights if planned.why is None]
    if kept:
        return f"taken: {', '.join(kept)}; new: {'; '.join(reasons)}", ""
    return f"new: {reasons[0]}", "other shapes" if "other-shape" in why else "other weights"


def _reason(planned: PlannedWeight, counterpart: Node) -> str:
    """Why a weight of a layer begins new, beside others of it."""
    name = planned.weight.name
    if planned.why == "other-shape" and planned.counterpart:
        shapes = [shape_text(weight.shape) for weight in (planned.counterpart.weight, planned.weight)]
        return f"{name} is {shapes[0]} in `{counterpart.name}`, {shapes[1]} here"
    return f"`{counterpart.name}` has no {name}" if planned.why == "no-weight" else f"{name} has another type"


def _old_leaves(plan: TransplantPlan) -> Iterator[_Leaf]:
    """The layers of the old network, but those whose counterparts begin new."""
    left: defaultdict[Node, list[Origin]] = defaultdict(list)
    for one in plan.left_out:
        left[one.layer].append(one)
    takers = {source: layer for layer, source in plan.pairing.items()}
    unpaired = _UNPAIRED["staged-start" if plan.is_staged else "no-counterpart"]
    for layer in dict.fromkeys(one.layer for one in weights_of(plan.old)):
        if layer not in left:
            yield _Leaf(layer, _params(layer), None, _TAKEN, _TAKEN)
        elif layer not in takers:
            yield _Leaf(layer, _params(layer), None, unpaired, unpaired)
        elif len(left[layer]) < len(layer.weights):
            names = ", ".join(one.weight.name for one in left[layer])
            params = sum(prod(one.weight.shape) for one in left[layer] if one.weight.trainable)
            yield _Leaf(layer, params, None, f"{names}: `{takers[layer].name}` has none", "")


def _params(layer: Node) -> int:
    return sum(prod(weight.shape) for weight in layer.weights if weight.trainable)


def _tree(leaves: Iterable[_Leaf]) -> _Part:
    """The layers in the parts that they are in; a part of one layer is that layer, one of one part has its parts."""
    whole = _Part(None)
    parts: dict[Region, _Part] = {}
    for leaf in leaves:
        owner = whole
        for region in reversed([region for region in leaf.layer.region.chain() if region.title]):
            if region not in parts:
                parts[region] = _Part(region)
                owner.children.append(parts[region])
            owner = parts[region]
        owner.children.append(leaf)
    for part in [*reversed(parts.values()), whole]:
        if len(part.children) == 1 and isinstance(part.children[0], _Part):
            part.children = part.children[0].children
        for place, child in enumerate(part.children):
            inside = [child] if isinstance(child, _Leaf) else [*child.leaves()]
            part.children[place] = inside[0] if len(inside) == 1 else child
    return whole


def _rows(part: _Part, depth: int) -> Iterator[list[str]]:
    """The rows of what is in a part. Parts in a row of which the same becomes are one row, and so are many layers."""
    for (what, are_layers), group in groupby(part.children, lambda child: (_common(child), isinstance(child, _Leaf))):
        children = list(group)
        if what is None:
            for child in children:
                assert isinstance(child, _Part)
                yield _row(depth, [child], "")
                yield from _rows(child, depth + 1)
        elif are_layers and len(children) <= _FEW:
            yield from (_row(depth, [child], what) for child in children)
        else:
            yield _row(depth, children, what)


def _common(child: _Part | _Leaf) -> str | None:
    """What becomes of a layer, or of all layers of a part; None where some of them take weights, and others none."""
    if isinstance(child, _Leaf):
        return child.what
    leaves = [*child.leaves()]
    if len({leaf.what for leaf in leaves}) == 1:
        return leaves[0].what
    kinds = sorted({leaf.kind for leaf in leaves})
    return None if {_TAKEN, "", *_FITTED.values()} & {*kinds} else f"new: {', '.join(kinds)}"


def _row(depth: int, children: Sequence[_Part | _Leaf], what: str) -> list[str]:
    leaves = [leaf for child in children for leaf in (child.leaves() if isinstance(child, _Part) else [child])]
    names = [child.layer.name if isinstance(child, _Leaf) else child.title for child in children]
    kind = "layers" if isinstance(children[0], _Leaf) else "parts"
    name = names[0] if len(names) == 1 else f"{names[0]} … {names[-1]} ({len(names):,} {kind})"
    params = sum(leaf.params for leaf in leaves)
    source = _source(leaves) if what and any(leaf.source for leaf in leaves) else ""
    return [f"{'  ' * depth}{name}", f"{params:,}", source, what]


def _source(leaves: Sequence[_Leaf]) -> str:
    """The layer that is taken from, or the first and the last of several."""
    names = list(dict.fromkeys(leaf.source.name for leaf in leaves if leaf.source is not None))
    return names[0] if len(names) == 1 else f"{names[0]} … {names[-1]}"


# --- JSON ---


def transplant_json(plan: TransplantPlan) -> dict[str, Any]:
    """The sums, the layers of the new network, and what is left out of the old one."""
    sums = {"taken": plan.taken_sums, "new": plan.new_sums, "left_out": sums_of(plan.left_out)}
    left: defaultdict[Node, list[str]] = defaultdict(list)
    for one in plan.left_out:
        left[one.layer].append(one.weight.name)
    return {
        **{name: found._asdict() for name, found in sums.items()},
        "share": float(plan.share),
        "initialize": None if plan.start is None else plan.start._asdict(),
        "function_lost": None if plan.lost is None else [tensor.name for tensor in plan.lost],
        "layers": [
            {
                "layer": layer.name,
                "counterpart": plan.pairing[layer].name if layer in plan.pairing else None,
                "weights": [_weight_json(planned) for planned in weights],
            }
            for layer, weights in _by_layer(plan.weights).items()
        ],
        "unused": [{"layer": layer.name, "names": names} for layer, names in left.items()],
    }


def _weight_json(planned: PlannedWeight) -> dict[str, Any]:
    counterpart = planned.counterpart
    return {
        "name": planned.weight.name,
        "shape": [*planned.weight.shape],
        "trainable": planned.weight.trainable,
        "counterpart": counterpart and {"name": counterpart.weight.name, "shape": [*counterpart.weight.shape]},
        "why": planned.why,
        "fit": planned.fit and planned.fit.method,
    }
