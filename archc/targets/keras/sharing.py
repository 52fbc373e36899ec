"""Shared weights in generated source: a layer or a model that is made at its first use, and called again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archc.codegen.expressions import Part, formatted, parts_of, text
from archc.codegen.layout import Code, call, display, flat, index, joined
from archc.codegen.literals import quoted
from archc.codegen.statements import Assign, If, Statement
from archc.ir.graph import Input, SharedCall
from archc.ir.naming import snake_case
from archc.ir.op import Op
from archc.ir.shape import Shape
from archc.language.steps import Step, UseOp, UseParameter, steps_within
from archc.targets.keras import calls, layers, leaving
from archc.targets.keras import nested_models as shares
from archc.targets.keras.path import Flow
from archc.targets.keras.refusals import refused
from archc.targets.keras.structure import called, chosen, has_own_weights, holds_own_weights, is_called_again

if TYPE_CHECKING:
    from archc.targets.keras.function_writer import FunctionWriter
    from archc.targets.keras.layers import Used


def used(
    writer: FunctionWriter,
    step: Step,
    head: Used,
    taken: list[Code],
    flow: Flow,
    prefix: tuple[Part, ...],
    out: list[Statement],
) -> None:
    """Writes the call of a shared layer or model, which is made before it where this use is the first."""
    if isinstance(head, UseParameter) and layers.is_split(head, writer.section):
        out.append(_one_of(writer, step, head, taken, flow, prefix))
        return
    _check(writer, step, head)
    if isinstance(head, UseOp) and head.op.function is not None:
        if not (has_own_weights(head.op) and is_called_again(writer.section, step.share)):
            layers.used(writer, step, head, taken, flow, prefix, out)
            return
        taken = taken if head.op.arity[0] else [layers.batch_tensor(writer)]
    held = _held(writer, step, head, taken, prefix, out)
    several = len(taken) > 1 and not isinstance(head, UseOp)
    left = call(held, [display("[", taken, "]")] if several else _reaching(head, taken))
    leaving.assign(writer, step, head, left, taken, flow, out)


def _check(writer: FunctionWriter, step: Step, head: Used) -> None:
    """Refuses what is a model inside the model only where it is called again, if that depends on the parameters."""
    again = is_called_again(writer.section, step.share)
    if isinstance(head, UseOp):
        unclear = has_own_weights(head.op) and again is None
    else:
        unclear = again is not False and any(map(holds_own_weights, called(head, writer.section)))
    if unclear:
        raise refused("Scale and Learned are made in another way where they are called again", step.place("share"))


def _reaching(head: Used, taken: list[Code]) -> list[Code]:
    keras_layer = isinstance(head, UseOp) and head.op.function is None
    return layers.reaching(head.op, taken) if keras_layer and isinstance(head, UseOp) else taken


def _one_of(
    writer: FunctionWriter, step: Step, head: UseParameter, taken: list[Code], flow: Flow, prefix: tuple[Part, ...]
) -> Statement:
    """Writes a shared head by parameter as a case for each choice."""
    cases: tuple[Statement, ...] = ()
    writer.depth += 1
    for choice in reversed(chosen(head, writer.section)):
        own: list[Statement] = []
        used(writer, step, layers.as_chosen(head, choice), taken, flow, prefix, own)
        cases = (If(layers.is_choice(writer, head, choice), tuple(own), cases),)
    writer.depth -= 1
    return cases[0]


def _held(
    writer: FunctionWriter, step: Step, head: Used, taken: list[Code], prefix: tuple[Part, ...], out: list[Statement]
) -> str:
    """The variable, or the item of the table, of what is shared."""
    key = flat(text(step.share, writer.scope(taken[0])))
    held = writer.shared.get(key)
    computed = any(other.share is not None and not isinstance(other.share, str) for other in _steps(writer))
    if held is None and writer.depth == 0 and isinstance(step.share, str) and not computed:
        held = writer.shared[key] = writer.names.give(step.share)
        out.extend(_made(writer, step, head, held, taken, prefix))
    elif held is None or held.endswith("]"):
        table = _table(writer)
        held = writer.shared[key] = flat(index(table, key))
        made = _made(writer, step, head, held, taken, prefix)
        out.append(If(joined(key, f" not in {table}"), tuple(made)))
    return held


def _steps(writer: FunctionWriter) -> tuple[Step, ...]:
    return tuple(steps_within(writer.section.layers))


def _table(writer: FunctionWriter) -> str:
    """The variable for what is made in loops and under conditions."""
    if "shared" not in writer.tables:
        writer.tables["shared"] = writer.names.give("shared")
        writer.opening.append(Assign((writer.tables["shared"],), "{}"))
    return writer.tables["shared"]


def _made(
    writer: FunctionWriter, step: Step, head: Used, held: str, taken: list[Code], prefix: tuple[Part, ...]
) -> list[Statement]:
    """The statements that make a shared layer, or a model of a shared block."""
    scope = writer.scope(taken[0])
    if not isinstance(head, UseOp):
        own = [*prefix, *parts_of(step.share if step.name is None else step.name, scope)]
        return _model(writer, step, head, held, taken, prefix, own)
    if head.op.function is not None:
        return _function(writer, step, head, held, taken, prefix)
    given = calls.written_arguments(head.op, head.arguments, scope)
    name = layers.layer_name(writer, head.op, step, prefix, scope)
    return [Assign((held,), calls.layer(head.op, given, name))]


def _function(
    writer: FunctionWriter, step: Step, head: UseOp, held: str, taken: list[Code], prefix: tuple[Part, ...]
) -> list[Statement]:
    """The statements that make a model of a function with weights."""
    scope = writer.scope(taken[0])
    statements: list[Statement] = []
    own = [*prefix, *parts_of(step.name, scope)] if step.name is not None else _automatic(writer, head.op, statements)
    variable = writer.names.give("entered")
    statements.append(_entered(variable, joined(taken[0], ".shape[1:]"), [*own, ("_input", False)]))
    writer.page.use(head.op.function or "")
    given = calls.written_arguments(head.op, head.arguments, scope)
    inside = calls.function(head.op, [variable], given, layers.named(writer, own))
    name = layers.named(writer, [*own, ("_shared", False)])
    writer.names.release(variable)
    return [*statements, Assign((held,), call("keras.Model", [variable, inside], [("name", name)]))]


def _automatic(writer: FunctionWriter, op: type[Op], statements: list[Statement]) -> list[Part]:
    """The name that Keras gives to the next layer of a kind, which stands in a variable."""
    variable = writer.names.give("name")
    statements.append(Assign((variable,), writer.page.automatic_name(snake_case(op.__name__), writer.counter)))
    return [(variable, True)]


def _model(
    writer: FunctionWriter,
    step: Step,
    head: Used,
    held: str,
    taken: list[Code],
    prefix: tuple[Part, ...],
    own: list[Part],
) -> list[Statement]:
    """The statements that make a model of a block."""
    entered: list[Code] = []
    statements: list[Statement] = []
    first = _first(writer, step)
    for number, tensor in enumerate(taken):
        variable = writer.names.give("entered")
        suffix = f"_input_{number}" if number else "_input"
        shape = _shape(tensor, shares.entering(writer.page.graph, first)[number] if first is not None else ())
        source = first.inputs[number] if first is not None else None
        dtype = source.dtype if isinstance(source, Input) else "float32"
        statements.append(_entered(variable, shape, [*own, (suffix, False)], dtype))
        entered.append(variable)
    inside = layers.block(writer, head, step, taken, prefix, entered)  # type: ignore[arg-type]
    inputs = entered[0] if len(entered) == 1 else display("[", entered, "]")
    name = layers.named(writer, own)
    for code in entered:
        writer.names.release(flat(code))
    return [*statements, Assign((held,), call("keras.Model", [inputs, inside], [("name", name)]))]


def _entered(variable: str, shape: Code, name: list[Part], dtype: str = "float32") -> Statement:
    """What enters a model inside the model."""
    typed = [] if dtype == "float32" else [("dtype", quoted(dtype))]
    return Assign((variable,), call("keras.Input", [shape], [("name", formatted(name)), *typed]))


def _shape(tensor: Code, known: Shape) -> Code:
    """The shape of what a model takes; a size that differs between its uses is left open."""
    if None not in known:
        return joined(tensor, ".shape[1:]")
    sizes = ["None" if size is None else f"{flat(tensor)}.shape[{axis}]" for axis, size in enumerate(known, start=1)]
    return display("(", sizes, ")")


def _first(writer: FunctionWriter, step: Step) -> SharedCall | None:
    """The use of a shared block that makes its layers, as the network is at its own values."""
    graph = writer.page.graph
    found = [call for call in graph.calls if call.first is None and _is_use(call, step)]
    opened = {tuple(size is None for shape in shares.entering(graph, one) for size in shape) for one in found}
    if len(opened) > 1:
        raise refused("the sizes that reach this shared block differ in one use of the steps, but not in all", step.at)
    return found[0] if found else None


def _is_use(call_: SharedCall, step: Step) -> bool:
    return any(part.at == step.at for node in call_.nodes[:1] for part in node.region.chain())
