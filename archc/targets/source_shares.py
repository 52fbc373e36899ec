"""Shared weights in generated source: a layer or a model that is made at its first use, and called again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archc.ir.graph import Graph, SharedCall
from archc.ir.shape import Shape
from archc.spec.steps import Step, UseOp
from archc.targets import keras_calls, shares
from archc.targets.python_expressions import Part, formatted, parts_of, text
from archc.targets.python_layout import Assign, Code, If, Statement, call, display, flat, index, joined

if TYPE_CHECKING:
    from archc.targets.source_function import FunctionWriter


def used(writer: FunctionWriter, step: Step, taken: list[Code], prefix: tuple[Part, ...], out: list[Statement]) -> Code:
    """The call of a shared layer or model, which is made before it where this use is the first."""
    head = step.head
    if isinstance(head, UseOp) and head.op.function is not None and head.op.arity[0]:
        return writer.layer(head.op, head.arguments, step, taken, prefix)
    scope = writer.scope(taken[0])
    key = flat(text(step.share, scope))
    held = writer.shared.get(key)
    if held is None and writer.depth == 0 and isinstance(step.share, str):
        held = writer.shared[key] = writer.names.give(step.share)
        out.extend(_made(writer, step, held, taken, prefix))
    elif held is None or held.startswith("shared["):
        held = writer.shared[key] = flat(index(_table(writer), key))
        made = _made(writer, step, held, taken, prefix)
        out.append(If(joined(key, f" not in {_table(writer)}"), tuple(made)))
    return call(held, [display("[", taken, "]")] if len(taken) > 1 and not isinstance(head, UseOp) else taken)


def _table(writer: FunctionWriter) -> str:
    """The variable for what is made in loops and under conditions."""
    if "shares" not in writer.codes:
        writer.codes["shares"] = writer.names.give("shared")
        writer.opening.append(Assign((flat(writer.codes["shares"]),), "{}"))
    return flat(writer.codes["shares"])


def _made(
    writer: FunctionWriter, step: Step, held: str, taken: list[Code], prefix: tuple[Part, ...]
) -> list[Statement]:
    """The statements that make a shared layer, or a model of a shared block."""
    scope, head = writer.scope(taken[0]), step.head
    if isinstance(head, UseOp) and head.op.function is None:
        given = keras_calls.written_arguments(head.op, head.arguments, scope)
        return [Assign((held,), keras_calls.layer(head.op, given, writer.layer_name(head.op, step, prefix, scope)))]
    own = [*prefix, *parts_of(step.share if step.name is None else step.name, scope)]
    entered, statements = [], list[Statement]()
    shapes = _open_shapes(writer.page.graph, step)
    for number, tensor in enumerate(taken):
        variable = writer.names.give("entered")
        suffix = f"_input_{number}" if number else "_input"
        shape = _shape(tensor, shapes[number] if number < len(shapes) else ())
        statements.append(
            Assign((variable,), call("keras.Input", [shape], [("name", formatted([*own, (suffix, False)]))]))
        )
        entered.append(variable)
    if isinstance(head, UseOp):
        inside = writer.layer(head.op, head.arguments, step, list(entered), prefix)
        own = [*own, ("_shared", False)]
    else:
        inside = writer.block(head, step, list(entered), prefix, entered[0])  # type: ignore[arg-type]
    inputs = entered[0] if len(entered) == 1 else display("[", entered, "]")
    statements.append(Assign((held,), call("keras.Model", [inputs, inside], [("name", writer.named(own))])))
    for variable in entered:
        writer.names.release(variable)
    return statements


def _shape(tensor: Code, known: Shape) -> Code:
    """The shape of what a model takes; a size that differs between its uses is left open."""
    if None not in known:
        return joined(tensor, ".shape[1:]")
    sizes = ["None" if size is None else f"{flat(tensor)}.shape[{axis}]" for axis, size in enumerate(known, start=1)]
    return display("(", sizes, ")")


def _open_shapes(graph: Graph, step: Step) -> list[Shape]:
    """The shapes that all uses of a shared block have in common, input by input."""
    firsts = [call for call in graph.calls if call.first is None and _is_use(call, step)]
    return shares.entering(graph, firsts[0]) if firsts else []


def _is_use(call_: SharedCall, step: Step) -> bool:
    return any(part.at == step.at for node in call_.nodes[:1] for part in node.region.chain())
