"""One change as text: an op with its arguments, changed arguments, other inputs, and a change that many layers have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archc.analysis import cost
from archc.diff.outline import OutlineLayer
from archc.ir.op import Op
from archc.report import figures

_UNSHOWN = ("_initializer", "_regularizer", "_constraint")


def op_with_arguments(op: Op) -> str:
    """An op with the arguments that differ from Keras's defaults, without initializers and the like."""
    shown = [f"{name} {argument_text(value)}" for name, value in op.arguments().items() if not name.endswith(_UNSHOWN)]
    return f"{op.op_name}  {', '.join(shown)}".rstrip()


def argument_text(value: Any) -> str:
    """The value of an argument: `3x3`, `same`."""
    if isinstance(value, tuple):
        if value and all(isinstance(item, int) for item in value):
            return "x".join(map(str, value))
        return ", ".join(
            f"({', '.join(map(str, item))})" if isinstance(item, tuple) else argument_text(item) for item in value
        )
    if value is None:
        return "none"
    if isinstance(value, Op):
        return op_with_arguments(value)
    if isinstance(value, float):
        return figures.setting_text(value).replace("e-0", "e-")
    return figures.setting_text(value)


def changed_text(changed: Mapping[str, Sequence[Any]]) -> str:
    """Changed arguments with both values: `kernel_size 3x3 -> 1x1`."""
    return ", ".join(f"{name} {argument_text(old)} -> {argument_text(new)}" for name, (old, new) in changed.items())


def rewired_text(before: Sequence[Any], after: Sequence[Any]) -> str:
    """The other inputs of a layer."""
    had, has = (", ".join(tensor.name for tensor in tensors) for tensors in (before, after))
    if not before:
        return f"takes {has} too"
    return f"takes {has} instead of {had}" if after else f"no longer takes {had}"


def layer_text(layer: OutlineLayer) -> str:
    """How one layer differs; the op alone where it is unchanged."""
    op = layer.node.op
    if layer.change is not None and layer.mark in ("~", ">"):
        return f"{op.op_name}  {changed_text(layer.change.fields) or 'moved'}"
    if layer.rewired is not None and layer.mark == "!":
        return rewired_text(layer.rewired.before, layer.rewired.after)
    return op_with_arguments(op) if layer.mark else op.op_name


def layers_text(layers: Sequence[OutlineLayer]) -> str:
    """A change that many layers have, with the range of its values."""
    first, last = layers[0], layers[-1]
    if first.change is not None and first.change.fields:
        changes = [layer.change.fields for layer in layers if layer.change is not None]
        ranges = [_range_text(name, [change[name] for change in changes]) for name in first.change.fields]
        return f"{first.node.op.op_name}  {', '.join(ranges)}"
    texts = {layer_text(layer) for layer in layers}
    if len(texts) == 1 or first.mark in (">", "!"):
        return layer_text(first)
    return f"{layer_text(first)} … {layer_text(last)}"


def _range_text(name: str, pairs: Sequence[Sequence[Any]]) -> str:
    """A changed argument of many layers: its values where they are equal, else the ratio, and the first and last."""
    if all(pair == pairs[0] for pair in pairs):
        return changed_text({name: pairs[0]})
    ends = " … ".join(f"{argument_text(old)} -> {argument_text(new)}" for old, new in (pairs[0], pairs[-1]))
    ratios = {new / old for old, new in pairs if type(old) is int and type(new) is int and old}
    return f"{name} × {ratios.pop():g} ({ends})" if len(ratios) == 1 else f"{name} {ends}"


def params_text(layers: Sequence[OutlineLayer]) -> str:
    """The learned weights that layers add or remove: `+590,080`; empty where their number is the same."""
    changes = [layer.change for layer in layers if layer.change is not None]
    added = cost.params(change.right for change in changes if change.right is not None)
    removed = cost.params(change.left for change in changes if change.left is not None)
    return f"{added - removed:+,}" if added != removed else ""
