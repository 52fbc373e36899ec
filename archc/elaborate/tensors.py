"""Finds tensors by the names that steps gave them."""

from __future__ import annotations

from archc.diagnostics import Poisoned, Position, SpecError, closest, did_you_mean, printable
from archc.elaborate.elaboration import Elaboration
from archc.elaborate.scope import Frame, MaybeTensor
from archc.ir.graph import Tensor
from archc.language.template import ParsedValue, Template, evaluate
from archc.language.value import Poison, describe, describe_type
from archc.ops import registry


def find_tensor(name: ParsedValue, at: Position, frame: Frame, run: Elaboration) -> MaybeTensor:
    """The tensor of a name, or of an expression; for an unknown name, the tensor of the closest.

    Raises:
        SpecError: the name or the expression is a value, not a tensor.
        Poisoned: nothing has the name, which is reported.
    """
    if not isinstance(name, str | Template):
        value = evaluate(name, frame)
        if isinstance(value, Tensor):
            return value
        message = f"expected a tensor, got {describe(value)}"
        raise SpecError.of("type", message, at, "`$now` is a tensor named `now`", about=name.text)
    value = frame.bound(name)
    if isinstance(value, Tensor | Poison):
        return value
    shown = str(evaluate(name, frame))
    if value is not None:
        hint = "`as` names a tensor; `let` names a value, or a tensor with `$`"
        raise SpecError.of("type", f"`{shown}` is {describe_type(value)}, not a tensor", at, hint, about=shown)
    _report_unknown(name, shown, at, frame, run)
    meant = None if shown in frame.absent else closest(shown, frame.names())
    found = frame[meant] if meant is not None else None
    if not isinstance(found, Tensor):
        raise Poisoned
    return found


def unknown_tensor(name: str | Template, shown: str, at: Position, hint: str | None) -> SpecError:
    """The error for a tensor that there is not; `shown` is the name with its expressions evaluated."""
    about = name if isinstance(name, str) else str(name.pattern)
    return SpecError.of("unknown-tensor", f"there is no tensor `{printable(shown[:60])}` here", at, hint, about=about)


def _report_unknown(name: str | Template, shown: str, at: Position, frame: Frame, run: Elaboration) -> None:
    layers = [node.name for node in run.builder.nodes[-1000:]]
    if shown in layers or shown in run.builder.regions:
        hint = f"`{shown}` is the name of a layer; give its tensor a name with `as: {shown}`"
    elif shown in registry():
        hint = f"a step is written with a colon: `{shown}:`"
    elif shown in frame.blocks:
        hint = f"the block is used with a colon: `{shown}:`"
    else:
        near = did_you_mean(shown, layers)
        of_layer = f"{near} That is a layer; give its tensor a name with `as`" if near else None
        hint = frame.explain(name if isinstance(name, str) else name.pattern) or of_layer or frame.known()
    run.collector.report(unknown_tensor(name, shown, at, hint))
