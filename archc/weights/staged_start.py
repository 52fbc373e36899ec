"""The pairing of a transplant that follows `initialize` of a spec."""

from __future__ import annotations

from collections.abc import Mapping

from archc.diff.changed_arguments import training_alone
from archc.diff.differences import Change, Differences
from archc.ir.graph import Node
from archc.weights.transplant import Pairing


def staged_pairing(layers: Mapping[Node, Node], found: Differences) -> Pairing | None:
    """Which layer takes from which in a staged start; None where the old network is not the one that the spec names.

    The old network may have other widths than that one, such as other classes, and another input size. A layer whose
    weights differ in shape then begins new, as in any transplant.

    Args:
        layers: the layers of the new network, with those of the network that `initialize` names.
        found: the comparison of that network with the old one.
    """
    if not _are_alike(found):
        return None
    held: dict[Node, Node] = {}
    for named, old in found.counterparts.items():
        if isinstance(named, Node) and isinstance(old, Node):
            held.setdefault(named.first or named, old.first or old)
    return {layer: held[named] for layer, named in layers.items() if named in held}


def _are_alike(found: Differences) -> bool:
    """Whether two networks have the same layers and connections, but for widths and for what acts in training alone."""
    connections = {each for rewired in found.rewired for each in rewired.classes}
    return connections <= {"cosmetic"} and all(map(_keeps_the_form, found.changes))


def _keeps_the_form(change: Change) -> bool:
    if {*change.classes} <= {"training", "cosmetic"}:
        return True
    op = change.node.op
    return change.kind == "changed" and all(name in op.widths or training_alone(op, name) for name in change.fields)
