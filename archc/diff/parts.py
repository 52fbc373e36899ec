"""A network as a tree of parts: stages, blocks, branches and layers, in canonical order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from archc.diff.canonical import Layer
from archc.ir.graph import Region
from archc.ir.op import Op


class Part:
    """A layer, or a part of the network with its children.

    Attributes:
        layer: None for a part.
        kind: the class of the layer's op; None for a part.
        is_branch: whether it is a branch of a merge.
        children: in canonical order.
        exact: of a layer, with what matters in training alone; 0 for a part.
        digest: of its ops in their order, with their arguments.
        form: of its ops in their order, without their widths.
        inner_forms: the forms of the parts among its children.
        size: the number of its layers.
        ops: the number of layers of each op.
    """

    __slots__ = (
        "_names", "children", "digest", "exact", "form", "inner_forms", "is_branch", "kind", "layer", "ops", "size",
    )  # fmt: skip

    def __init__(self, layer: Layer | None, children: Sequence[Part] = (), *, is_branch: bool = False) -> None:
        self.layer, self.is_branch = layer, is_branch
        self.inner_forms: frozenset[int] = frozenset()
        self._names: frozenset[str] | None = None
        self.kind: type[Op] | None = None
        self.children = [*children]
        self.ops: Mapping[str, int]
        if layer is None:
            self.digest, self.exact, self.form, self.size = 0, 0, 0, 0
            self.ops = {}
        else:
            op = layer.canonical
            self.digest, self.exact, self.form, self.size = op.content, op.exact, op.form, 1
            self.kind, self.ops = type(op.op), op.once

    @property
    def names(self) -> frozenset[str]:
        """The names of its layers."""
        if self._names is None:
            self._names = frozenset([layer.name for layer in self.layers()])
        return self._names

    def layers(self) -> list[Layer]:
        """Its layers, in canonical order of the parts."""
        if self.layer is not None:
            return [self.layer]
        return [layer for child in self.children for layer in child.layers()]


def tree(leaves: Iterable[Part]) -> Part:
    """Layers of a network, in canonical order, as one part."""
    whole = Part(None)
    parts: dict[Region, Part] = {}

    def owner(region: Region) -> Part:
        if region.parent is None:
            return whole
        if region not in parts:
            parts[region] = Part(None, is_branch=region.kind == "branch")
            owner(region.parent).children.append(parts[region])
        return parts[region]

    for leaf in leaves:
        assert leaf.layer is not None
        owner(leaf.layer.written.region).children.append(leaf)
    _summarize(whole)
    return whole


def sequence(leaves: Sequence[Part]) -> Part:
    """Layers of a network as one part without other parts."""
    whole = Part(None, leaves)
    _summarize(whole)
    return whole


def _summarize(part: Part) -> None:
    """Computes what depends on the children."""
    for child in part.children:
        if child.layer is None:
            _summarize(child)
    part.digest = hash(tuple([child.digest for child in part.children]))
    part.form = hash(tuple([child.form for child in part.children]))
    part.inner_forms = frozenset([child.form for child in part.children if child.layer is None])
    part.size = sum([child.size for child in part.children])
    ops: dict[str, int] = {}
    for child in part.children:
        for name, count in child.ops.items():
            ops[name] = ops.get(name, 0) + count
    part.ops = ops
