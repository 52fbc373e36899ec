"""A network as a tree of parts: stages, blocks, branches and layers, in canonical order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from archc.diff.order import Ordered
from archc.ir.graph import Node, Region


@dataclass(slots=True, eq=False)
class Part:
    """A layer, or a part of the network with its children.

    Attributes:
        node: the layer; None for a part.
        is_branch: whether it is a branch of a merge.
        children: in canonical order.
        exact: of a layer, with what matters in training alone; 0 for a part.
        digest: of its ops in their order, with their arguments.
        names: of its layers.
        form: of its ops in their order, without their widths.
        size: the number of its layers.
        ops: the number of layers of each op.
    """

    node: Node | None
    is_branch: bool = False
    children: list[Part] = field(default_factory=list)
    digest: int = 0
    exact: int = 0
    names: frozenset[str] = frozenset()
    form: int = 0
    size: int = 1
    ops: dict[str, int] = field(default_factory=dict)

    def layers(self) -> list[Node]:
        """Its layers, in canonical order of the parts."""
        if self.node is not None:
            return [self.node]
        return [node for child in self.children for node in child.layers()]


def tree(leaves: Iterable[Part]) -> Part:
    """Layers of a network, in canonical order, as one part."""
    whole = Part(None)
    parts: dict[Region, Part] = {}
    for part in leaves:
        assert part.node is not None
        owner = whole
        for region in reversed(list(part.node.region.chain())):
            if region not in parts:
                parts[region] = Part(None, region.kind == "branch")
                owner.children.append(parts[region])
            owner = parts[region]
        owner.children.append(part)
    _summarize(whole)
    return whole


def leaves(ordered: Ordered) -> list[Part]:
    """Each layer of a network as a part, in canonical order."""
    found = []
    for node in ordered.nodes:
        form, content, exact = ordered.signatures[node]
        names = frozenset((node.name,))
        found.append(Part(node, digest=content, exact=exact, names=names, form=form, ops={node.op.op_name: 1}))
    return found


def sequence(layers: Sequence[Part]) -> Part:
    """Layers of a network as one part without other parts."""
    whole = Part(None, children=[*layers])
    _summarize(whole)
    return whole


def _summarize(part: Part) -> None:
    """Computes what depends on the children."""
    for child in part.children:
        if child.node is None:
            _summarize(child)
    part.digest = hash(tuple([child.digest for child in part.children]))
    part.names = frozenset().union(*[child.names for child in part.children])
    part.form = hash(tuple([child.form for child in part.children]))
    part.size = sum(child.size for child in part.children)
    for child in part.children:
        for name, count in child.ops.items():
            part.ops[name] = part.ops.get(name, 0) + count
