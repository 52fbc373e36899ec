"""A plan of a transplant whose weights of other shapes are fitted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from archc.ir.graph import Node, Tensor
from archc.weights.fit import Fit, Method, leading
from archc.weights.transplant import TransplantPlan, kind_of, transplant_plan
from archc.weights.widening import widened


def fitted_plan(plan: TransplantPlan, method: Method, counterparts: Mapping[Tensor, Tensor]) -> TransplantPlan:
    """A plan in which layers with weights of other shapes take them too, where the method fits all that differ.

    Args:
        plan: without fits.
        method: how weights are fitted.
        counterparts: the tensors of the new network by those of the old one.
    """
    if method == "tile":
        found = widened(plan, counterparts)
        return _with_fits(plan, found.fits)._replace(lost=found.lost)
    if method == "inflate" and not plan.is_staged:
        plan = transplant_plan(plan.old, plan.new, _inflated(plan), plan.start)
    fits: dict[tuple[Node, str], Fit] = {}
    for planned in plan.weights:
        if planned.why == "other-shape" and planned.counterpart is not None:
            fit = leading(planned.counterpart.weight.shape, planned.weight.shape, method)
            if fit is not None:
                fits[planned.layer, planned.weight.name] = fit
    return _with_fits(plan, fits)


def _with_fits(plan: TransplantPlan, fits: Mapping[tuple[Node, str], Fit]) -> TransplantPlan:
    """The plan with these fits, of the layers of which all differing weights have one."""
    left = {one.layer for one in plan.weights if one.why == "other-shape" and (one.layer, one.weight.name) not in fits}
    return plan._replace(
        weights=tuple(
            one._replace(why=None, fit=fits.get((one.layer, one.weight.name)))
            if one.layer not in left and one.why in ("beside", "other-shape")
            else one
            for one in plan.weights
        )
    )


def _inflated(plan: TransplantPlan) -> dict[Node, Node]:
    """The pairing, with the layers that the diff cannot pair because they have another rank.

    Layers of one kind that are left are paired in order, where both networks have as many.
    """
    here: defaultdict[str, list[Node]] = defaultdict(list)
    there: defaultdict[str, list[Node]] = defaultdict(list)
    paired = {*plan.pairing, *plan.pairing.values()}
    for graph, found in ((plan.new, here), (plan.old, there)):
        for node in graph.nodes:
            if node.first is None and node.weights and node not in paired:
                found[kind_of(node.op)].append(node)
    more = {
        layer: source
        for kind, layers in here.items()
        if len(layers) == len(there[kind])
        for layer, source in zip(layers, there[kind], strict=True)
    }
    return {**plan.pairing, **more}
