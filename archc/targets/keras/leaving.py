"""What steps leave in generated source: the variables that take it, and the outputs of the network."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archc.codegen.expressions import text
from archc.codegen.layout import Code, call, flat, index
from archc.codegen.statements import Assign, Do, Statement
from archc.language.steps import Step, names_given, steps_within
from archc.language.template import ParsedValue, Template
from archc.targets.keras.path import Flow
from archc.targets.keras.reads import reads_any
from archc.targets.keras.refusals import refused
from archc.targets.keras.structure import tensors_left

if TYPE_CHECKING:
    from archc.targets.keras.function_writer import FunctionWriter


def assign(
    writer: FunctionWriter,
    step: Step,
    head: object,
    left: Code,
    taken: list[Code],
    flow: Flow,
    out: list[Statement],
) -> None:
    """Names what a layer or a block leaves; its own variable takes what goes on, where it has one.

    Args:
        writer: of the function.
        step: what is written.
        head: the step's, or the one that its parameter chooses.
        left: the code of what it leaves.
        taken: the tensors that reached it.
        flow: the path.
        out: gets the statements.
    """
    scope = writer.scope(taken[0])
    last = variable(writer, step, flow)
    if len(step.as_) > 1:
        others = [flat(writer.tensor(name, scope)) for name in step.as_[:-1]]
        out.append(Assign((*others, last), left))
        if isinstance(name := step.as_[-1], Template):
            if reads_any(name, {"x", *(other for other in step.as_ if isinstance(other, str))}):
                raise refused("this name is computed from what the step names itself", step.place("as"))
            out.append(Assign((flat(writer.item(name, scope)),), last))
        return
    several = ("*_", last) if tensors_left(head, writer.section) > 1 else (last,)
    item = step.as_[0] if step.as_ else None
    if isinstance(item, Template) and len(several) == 1:
        out.append(Assign((flat(writer.item(item, scope)),), left, several))
    else:
        out.append(Assign(several, left))
        if isinstance(item, Template):
            out.append(Assign((flat(writer.item(item, scope)),), last))


def variable(writer: FunctionWriter, step: Step, flow: Flow) -> str:
    """The variable that takes what goes on from a step."""
    if step.as_ and step.as_[-1] in writer.read:
        return flat(writer.codes[step.as_[-1]])
    return output_variable(writer, step.output) if step.output is not None and not step.as_ else flow.target


def own_variable(writer: FunctionWriter, step: Step) -> str | None:
    """The variable that takes what steps leave, where nothing else gives it a value, nor reads it before."""
    if not step.as_:
        return output_variable(writer, step.output) if step.output is not None else None
    name = step.as_[-1]
    given = [name for name, _, _ in names_given(writer.section.layers)]
    alone = name in writer.read and given.count(name) == 1 and name not in writer.section.inputs and not writer.depth
    return flat(writer.codes[name]) if alone else None


def named_after(writer: FunctionWriter, step: Step, flow: Flow, out: list[Statement]) -> None:
    """Names what the path holds after several steps."""
    if not step.as_ and step.output is None:
        return
    target = variable(writer, step, flow)
    if target != flow.current:
        last = out[-1] if out else None
        if isinstance(last, Assign) and last.targets == (flow.current,) == (flow.target,):
            out[-1] = last._replace(targets=(target,))
        else:
            out.append(Assign((target,), flow.current))
    flow.current = target
    if step.as_ and isinstance(step.as_[-1], Template):
        out.append(Assign((flat(writer.item(step.as_[-1], writer.scope(target))),), target))


# --- outputs ---


def output_variable(writer: FunctionWriter, name: ParsedValue) -> str:
    """The variable of an output."""
    word = name if isinstance(name, str) else str(name.parts[0] if isinstance(name.parts[0], str) else "output")
    key = f"output:{word}"
    if key not in writer.codes:
        word = word.rstrip("_")
        writer.codes[key] = writer.names.give(f"{word}_output" if word in writer.names.taken else word)
    return flat(writer.codes[key])


def mark(writer: FunctionWriter, step: Step, tensor: Code, x: Code, out: list[Statement]) -> None:
    """Keeps an output of the network.

    Args:
        writer: of the function.
        step: that marks it.
        tensor: what it is.
        x: what reached the step.
        out: gets the statements.
    """
    if step.output is None:
        return
    if writer.gathered is not None:
        out.append(Do(call(f"{writer.gathered}.append", [tensor])))
    elif not isinstance(step.output, str):
        if reads_any(step.output, {"x"}):
            raise refused("the name of this output is computed from a tensor", step.place("output"))
        out.append(Assign((flat(index(_table(writer), text(step.output, writer.scope(x)))),), tensor))
    else:
        kept = output_variable(writer, step.output) if _is_given_anew(writer, step) else tensor
        if kept != tensor:
            out.append(Assign((flat(kept),), tensor))
        writer.outputs[step.output] = kept


def _table(writer: FunctionWriter) -> str:
    """The variable for outputs with computed names."""
    if "outputs" not in writer.tables:
        writer.tables["outputs"] = writer.names.give("outputs")
        writer.opening.append(Assign((writer.tables["outputs"],), "{}"))
    return writer.tables["outputs"]


def _is_given_anew(writer: FunctionWriter, step: Step) -> bool:
    """Whether another step gives the name of what a step leaves, or marks the same output."""
    names = [name for name, _, _ in names_given(writer.section.layers)]
    marks = [other.output for other in steps_within(writer.section.layers)]
    return marks.count(step.output) > 1 or any(names.count(name) > 1 for name in step.as_ if isinstance(name, str))


def output(writer: FunctionWriter, name: ParsedValue, x: Code) -> Code:
    """The tensor that a name under `outputs` stands for: one that is marked, else one that `as` names."""
    scope = writer.scope(x)
    if not isinstance(name, str):
        return writer.tensor(name, scope)
    marks = [step for step in steps_within(writer.section.layers) if step.output is not None]
    computed = [step for step in marks if isinstance(step.output, Template) and _may_be(step.output, name)]
    marked = [step for step in marks if step.output == name]
    if (computed or any(step.when is not None for step in marked)) and name in writer.codes:
        raise refused(f"`{name}` may be one of two tensors, as the parameters are", (computed or marked)[0].at)
    if marked:
        return writer.outputs[name]
    return flat(index(_table(writer), text(name, scope))) if computed else writer.tensor(name, scope)


def _may_be(template: Template, name: str) -> bool:
    """Whether a text with expressions may give a name."""
    pattern = "".join(re.escape(part) if isinstance(part, str) else ".*" for part in template.parts)
    return re.fullmatch(pattern, name) is not None
