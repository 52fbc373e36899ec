"""A network as a tree of parts: stages, blocks, branches and layers, in canonical order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from archc.diff.order import Ordered
from archc.ir.graph import Node, Region


@dataclass(slots=True, eq=False)
class Part:
    """A layer, or a part of the network with its children.

    Attributes:
        node: the layer; None for a part.
        region: the part; None for a layer.
        children: in canonical order.
        digest: of its ops in their order, with their arguments.
        form: of its ops in their order, without their widths.
        size: the number of its layers.
        ops: the number of layers of each op.
    """

    node: Node | None
    region: Region | None
    children: list[Part] = field(default_factory=list)
    digest: int = 0
    form: int = 0
    size: int = 1
    ops: Counter[str] = field(default_factory=Counter)

    @property
    def is_branch(self) -> bool:
        """Whether it is a branch of a merge."""
        return self.region is not None and self.region.kind == "branch"

    def layers(self) -> list[Node]:
        """Its layers, in canonical order of the parts."""
        found: list[Node] = []
        pending = [self]
        while pending:
            part = pending.pop()
            if part.node is not None:
                found.append(part.node)
            pending.extend(reversed(part.children))
        return found


def tree(ordered: Ordered) -> Part:
    """The network as one part."""
    whole = Part(None, None)
    parts: dict[Region, Part] = {}
    for node in ordered.nodes:
        form, digest = ordered.signatures[node]
        leaf = Part(node, None, [], digest, form, 1, Counter([node.op.op_name]))
        _part(node.region, parts, whole).children.append(leaf)
    _summarize(whole)
    return whole


def _part(region: Region, parts: dict[Region, Part], whole: Part) -> Part:
    """The part of a region; it is added to the parts of the enclosing regions."""
    chain = list(region.chain())
    owner = whole
    for around in reversed(chain):
        found = parts.get(around)
        if found is None:
            found = parts[around] = Part(None, around)
            owner.children.append(found)
        owner = found
    return owner


def _summarize(part: Part) -> None:
    """Computes what depends on the children."""
    for child in part.children:
        if child.node is None:
            _summarize(child)
    part.digest = hash(tuple([child.digest for child in part.children]))
    part.form = hash(tuple([child.form for child in part.children]))
    part.size = sum(child.size for child in part.children)
    for child in part.children:
        part.ops += child.ops
