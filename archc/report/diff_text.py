"""One change as text: an op with its arguments, changed arguments, other inputs, and a change that many layers have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from archc.diff.outline import FOLLOWS, OutlineLayer, is_reordered
from archc.diff.wiring import Rewired
from archc.ir.graph import Node, Tensor
from archc.ir.op import Op
from archc.report.values import argument_in_op, argument_text, op_in_words, shown_arguments

_JOINED = 4  # inputs of a merge that are named
Counterparts = Mapping[Tensor, Tensor]


def op_with_arguments(op: Op) -> str:
    """An op with the arguments that differ from Keras's defaults, without initializers and the like."""
    return op_in_words(op, "  ")


def changed_text(changed: Mapping[str, Sequence[Any]]) -> str:
    """Changed arguments with both values: `kernel_size 3x3 -> 1x1`."""
    return ", ".join(_range_text(name, [pair]) for name, pair in changed.items())


def rewired_text(found: Rewired, counterparts: Counterparts, prefix: str = "") -> str:
    """The other inputs of a layer, by their names in the right network where they have one there.

    Args:
        found: the layer.
        counterparts: the tensors of the right by those of the left.
        prefix: of the names in the part that the layer is in, which are written without it.
    """
    had = _names([counterparts.get(tensor, tensor) for tensor in found.before], prefix)
    has = _names(found.after, prefix)
    if is_reordered(found, counterparts):
        what = "inputs" if found.right is not None else "tensors"
        return f"takes its {what} in another order: {had} -> {has}"
    if not found.before:
        return f"takes {has} too"
    return f"takes {has} instead of {had}" if found.after else f"no longer takes {had}"


def _names(tensors: Sequence[Tensor], prefix: str) -> str:
    return ", ".join(tensor.name.removeprefix(prefix) for tensor in tensors)


def layer_text(layer: OutlineLayer, counterparts: Counterparts, prefix: str = "") -> str:
    """How one layer differs; the op alone where it is unchanged."""
    if layer.mark in ("~", ">"):
        text = _changed_layer_text([layer])
        return f"{text}; {rewired_text(layer.rewired, counterparts, prefix)}" if layer.rewired is not None else text
    if layer.mark == "!" and layer.rewired is not None:
        return rewired_text(layer.rewired, counterparts, prefix)
    if layer.mark == FOLLOWS:
        return follows_text([layer])
    return added_text(layer.node, prefix) if layer.mark else layer.node.op.op_name


def added_text(node: Node, prefix: str = "") -> str:
    """An added or removed layer: the op with its arguments; of a merge, what it joins."""
    text = op_with_arguments(node.op)
    if not node.op.merges:
        return text
    more = [f"{len(node.inputs) - _JOINED:,} more"] if len(node.inputs) > _JOINED else []
    joined = ", ".join([_names(node.inputs[:_JOINED], prefix), *more])
    return f"{text} of {joined}" if "  " in text else f"{text}  of {joined}"


def layers_text(layers: Sequence[OutlineLayer], counterparts: Counterparts, prefix: str = "") -> str:
    """A change that many layers have, with the range of its values."""
    first = layers[0]
    if first.mark in ("~", ">"):
        return _changed_layer_text(layers)
    if first.mark == FOLLOWS:
        return follows_text(layers)
    if len({op_with_arguments(layer.node.op) for layer in layers}) == 1 or first.mark == "!":
        return layer_text(first, counterparts, prefix)
    return _ops_text([layer.node.op for layer in layers], "  ")


def _changed_layer_text(layers: Sequence[OutlineLayer]) -> str:
    """The changed arguments of layers of one op, or the op that replaces another."""
    changes = [layer.change for layer in layers if layer.change is not None]
    fields = dict(changes[0].fields)
    sharing = [share_text(fields.pop("share"))] if "share" in fields else []
    if "op" in fields:
        ops = [[node.op for node in side if node] for side in zip(*((c.left, c.right) for c in changes), strict=True)]
        return "; ".join([" -> ".join(_ops_text(side) for side in ops), *sharing])
    texts = [_range_text(name, [change.fields[name] for change in changes]) for name in fields] + sharing
    return f"{changes[0].node.op.op_name}  {', '.join(texts) or 'moved'}"


def _ops_text(ops: Sequence[Op], separator: str = " ") -> str:
    """Several ops of one kind, with the range of each argument."""
    if len({tuple(op.arguments()) for op in ops}) > 1:
        return ops[0].op_name
    values = {name: _series([getattr(op, name) for op in ops]) for name in shown_arguments(ops[0])}
    texts = [argument_in_op(ops[0], name, text) for name, text in values.items()]
    return f"{ops[0].op_name}{separator}{', '.join(texts)}".rstrip()


def share_text(share: Sequence[str | None]) -> str:
    """Whose weights a layer uses on both sides."""
    return " -> ".join("own weights" if name is None else f"share the weights of {name}" for name in share)


def follows_text(layers: Sequence[OutlineLayer]) -> str:
    """The weights of layers of one op whose shapes follow from a change: the first that differs."""
    pairs = []
    for layer in layers:
        assert layer.left is not None
        assert layer.right is not None
        weights = zip(layer.left.weights, layer.right.weights, strict=False)
        differing = next(((mine, theirs) for mine, theirs in weights if mine.shape != theirs.shape), None)
        if differing is not None:
            pairs.append((differing[1].name, [weight.shape for weight in differing]))
    if not pairs or len({name for name, _ in pairs}) > 1:
        return "other weights (follows)"
    return f"{_range_text(pairs[0][0], [shapes for _, shapes in pairs])} (follows)"


def _range_text(name: str, pairs: Sequence[Sequence[Any]]) -> str:
    """A changed argument of many layers: its values where they are equal, else the ratio and the series of both."""
    olds, news = ([pair[side] for pair in pairs] for side in (0, 1))
    texts = [f"{argument_text(old)} -> {argument_text(new)}" for old, new in pairs]
    if any(old == new for old, new in zip(map(argument_text, olds), map(argument_text, news), strict=True)):
        return f"{name} {_series(olds)} -> other numbers"  # those that are not shown
    if len(set(map(argument_text, olds))) == 1 or len(set(map(argument_text, news))) == 1:
        return f"{name} {_series(olds)} -> {_series(news)}"
    ratios = {Fraction(new, old) for old, new in pairs if type(old) is int and type(new) is int and old}
    if len(ratios) == 1 and all(type(new) is int for new in news):
        return f"{name} × {float(ratios.pop()):.4g} ({_ends(texts, news)})"
    return f"{name} {_ends(texts, news)}"


def _series(values: Sequence[Any]) -> str:
    """Several values: one where they are equal, else the first, where they turn, and the last: `64 … 1024 … 64`."""
    texts = [argument_text(value) for value in values]
    return texts[0] if len(set(texts)) == 1 else _ends(texts, values)


def _ends(texts: Sequence[str], values: Sequence[Any]) -> str:
    """The first and the last text; between them that of the largest or the smallest value, where it is neither."""
    last = len(texts) - 1
    turns = []
    if all(type(value) is int for value in values):
        ends = {values[0], values[last]}
        turns = [values.index(value) for value in (max(values), min(values)) if value not in ends]
    return " … ".join(texts[place] for place in (0, *turns[:1], last))


def growth_text(layers: Sequence[OutlineLayer]) -> str:
    """The learned weights that layers add or remove: `+590,080`; empty where their number is the same."""
    grown = sum(layer.growth for layer in layers)
    return f"{grown:+,}" if grown else ""
