"""The functions of generated source that keeps the structure of a spec."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from archc.codegen.expressions import Unwritable, value
from archc.codegen.kinds import TENSOR, kind_of
from archc.codegen.layout import Code, call, conditional, display, flat, joined, unpacked
from archc.codegen.literals import literal, quoted
from archc.codegen.module import deepened
from archc.codegen.statements import Assign, Do, Function, If, Return, Statement
from archc.codegen.tidy import needed, tidied
from archc.elaborate.expand import Settings
from archc.ir.graph import Graph
from archc.language.document import ParameterDeclaration
from archc.language.steps import Let, NoHead, SideGroup, Step, StepGroup, Steps, UseBlock, UseMerge, UseOp, steps_within
from archc.language.template import ParsedValue, is_constant
from archc.library.specs import Spec
from archc.targets.keras import leaving
from archc.targets.keras.function_writer import FunctionWriter
from archc.targets.keras.model import model_name
from archc.targets.keras.page import Page
from archc.targets.keras.path import Flow
from archc.targets.keras.refusals import refused
from archc.targets.keras.structure import Section, sections


def functions(
    spec: Spec, graph: Graph, settings: Settings, name: str, docstring: tuple[str, ...]
) -> tuple[list[Function], Page]:
    """The functions, each behind those that it calls, and what they need.

    Args:
        spec: the network.
        graph: it, at its own values.
        settings: what a user set, which become defaults.
        name: of the network's function.
        docstring: of the network's function.
    """
    ordered = sections(spec)
    page = Page(ordered, name, graph)
    written = [
        _network(section, page, spec, settings, docstring) if section.block is None else _block(section, page)
        for section in reversed(ordered)  # callers first: they tell what is handed to those that they call
    ]
    return written[::-1], page


def _block(section: Section, page: Page) -> Function:
    """The function of a block."""
    defaults = {name: parameter.default for name, parameter in section.params.items() if not parameter.required}
    for name, default in defaults.items():
        page.tell(section, name, kind_of(default, page.kinds[section]))
    writer = FunctionWriter(section, page)
    inputs = [writer.codes[name] for name in section.inputs] or ["x"]
    parameters, opening = _parameters(writer, section.params.values(), defaults)
    parameters += [name for name in (writer.counter, writer.batch) if name]
    if writer.handed:
        parameters.append(f'{writer.handed}=""' if section.handed == "prefix" else writer.handed)
    body: list[Statement] = []
    flow = Flow(inputs[0], "x")
    outputs = section.block.outputs if section.block is not None else ()
    writer.steps(section.layers, flow, writer.prefix(), body, after=not outputs)
    scope = writer.scope(flow.current)
    left = unpacked([writer.tensor(name, scope) for name, _ in outputs]) if outputs else flow.current
    whole = (*opening, *writer.opening, *body, Return(left))
    star = ["*"] if parameters else []
    return Function(page.functions[section], (*inputs, *star, *parameters), None, (), tidied(needed(tidied(whole))))


def _parameters(
    writer: FunctionWriter, params: Iterable[ParameterDeclaration], defaults: dict[str, ParsedValue]
) -> tuple[list[Code], list[Statement]]:
    """The parameters as they stand in the signature, and the statements that fill what could not stand there."""
    written: list[Code] = []
    opening: list[Statement] = []
    for parameter in params:
        variable = flat(writer.codes[parameter.name])
        default = defaults.get(parameter.name, ...)
        if default is ...:
            written.append(variable)
        elif is_constant(default) and not isinstance(default, dict):
            written.append(joined(f"{variable}=", literal(default)))
        else:
            written.append(f"{variable}=None")
            try:
                given = value(default, writer.scope(""))
            except Unwritable as error:
                raise refused(str(error), parameter.at) from None
            opening.append(If(f"{variable} is None", (Assign((variable,), given),)))
    return written, opening


# --- the network ---


def _network(section: Section, page: Page, spec: Spec, settings: Settings, docstring: tuple[str, ...]) -> Function:
    """The function that makes the model."""
    defaults = {name: settings.params.get(name, parameter.default) for name, parameter in section.params.items()}
    for name, default in defaults.items():
        page.tell(section, name, kind_of(default, page.kinds[section]))
    writer = FunctionWriter(section, page)
    parameters, opening = _parameters(writer, section.params.values(), defaults)
    shapes, entering = _inputs(writer, spec, settings)
    opening += entering
    if section.numbered:
        page.use("automatic_name")
        page.use("Counter")
        writer.opening.insert(0, Assign((f"{writer.counter}: Counter[str]",), "Counter()"))
    body: list[Statement] = []
    flow = Flow(page.inputs[0], "x")
    end = _end(spec.layers, section)
    marked = any(step.output is not None for step in steps_within(spec.layers))
    if spec.outputs is None and marked and (end is None or not _certain(spec.layers)):
        writer.gathered = writer.names.give("outputs")
        writer.opening.append(Assign((writer.gathered,), "[]"))
    writer.steps(
        spec.layers, flow, (), body, after=spec.outputs is None or any(name == "x" for name, _ in spec.outputs)
    )
    if deep := deepened(len(page.graph.nodes)):
        page.use("sys")
    body += [*deep, *_model(writer, spec, flow.current, end)]
    star = ["*"] if parameters else []
    whole = tidied(needed(tidied((*opening, *writer.opening, *body))))
    return Function(page.functions[section], (*shapes, *star, *parameters), "keras.Model", docstring, whole)


def _inputs(writer: FunctionWriter, spec: Spec, settings: Settings) -> tuple[list[Code], list[Statement]]:
    """The shapes as parameters, and the statements that make the inputs."""
    shapes: list[Code] = []
    opening: list[Statement] = []
    for declared in spec.inputs:
        alone = len(spec.inputs) == 1
        given = settings.inputs.get(declared.name, settings.inputs.get(None) if alone else None)
        shape = list(given) if given is not None else declared.shape
        parameter = writer.names.give("input_shape" if alone else f"{declared.name}_shape")
        if is_constant(shape):
            shapes.append(joined(f"{parameter}=", literal(shape)))
        else:
            shapes.append(f"{parameter}=None")
            sizes = value(shape, writer.scope(""))
            opening.append(If(f"{parameter} is None", (Assign((parameter,), sizes),)))
        anew = declared.name in writer.codes
        variable = "inputs" if alone else writer.names.give(f"{declared.name}_input" if anew else declared.name)
        dtype = [] if declared.dtype == "float32" else [("dtype", quoted(declared.dtype))]
        made = call("keras.Input", [parameter], [("name", quoted(declared.name)), *dtype])
        opening.append(Assign((variable,), made))
        if anew:
            opening.append(Assign((flat(writer.codes[declared.name]),), variable))
        writer.codes.setdefault(declared.name, variable)
        writer.kinds[declared.name] = TENSOR
        writer.page.inputs.append(variable)
    return shapes, opening


def _certain(steps: Steps) -> bool:
    """Whether all outputs are there once, whatever the parameters are."""
    return _certain_marks(steps) == sum(step.output is not None for step in steps_within(steps))


def _certain_marks(steps: Steps) -> int:
    count = 0
    for step in steps:
        if step.when is None:
            count += isinstance(step.output, str)
            count += _certain_marks(step.head.body) if isinstance(step.head, StepGroup | SideGroup) else 0
    return count


def _end(steps: Steps, section: Section) -> Literal["new", "marked"] | None:
    """Whether what steps leave is marked as an output, or is a tensor that nothing marks; None where that depends."""
    for step in reversed(steps):
        if isinstance(step.head, SideGroup) and not _marks_new(step):
            return None
        if isinstance(step.head, SideGroup | Let):
            continue
        if step.when is not None:
            return None
        if step.output is not None:
            return "marked"
        match step.head:
            case UseOp() | UseMerge():
                return "new"
            case UseBlock(word) if not section.blocks[word][0].outputs:
                return _end(section.blocks[word][0].layers, section.uses[word])
            case StepGroup(body) if body and step.from_ is None:
                return _end(body, section)
        if not isinstance(step.head, NoHead) or step.from_ is not None:
            return None
    return None


def _marks_new(side: Step) -> bool:
    """Whether what a side marks as outputs are tensors that its layers leave, and none that the path holds."""
    marking = [step for step in steps_within((side,)) if step.output is not None and step is not side]
    own = side.head.body if isinstance(side.head, SideGroup) else ()
    new = side.output is None or (bool(own) and own[-1].when is None and isinstance(own[-1].head, UseOp | UseMerge))
    return new and all(isinstance(step.head, UseOp | UseMerge) for step in marking)


def _model(writer: FunctionWriter, spec: Spec, last: Code, end: str | None) -> list[Statement]:
    """The model between the inputs and the outputs."""
    entered = writer.page.inputs
    inputs = entered[0] if len(entered) == 1 else display("[", entered, "]")
    statements: list[Statement] = []
    if spec.outputs is not None:
        found = [leaving.output(writer, name, last) for name, _ in spec.outputs]
    else:
        marked = list(writer.outputs.values())
        found = marked if end == "marked" else [*marked, last]
    outputs = found[0] if len(found) == 1 else display("[", found, "]")
    if writer.gathered is not None:
        add = Do(call(f"{writer.gathered}.append", [last]))
        if end is None:
            condition = call("all", [joined(last, f" is not output for output in {writer.gathered}")])
            statements.append(If(condition, (add,)))
        elif end == "new":
            statements.append(add)
        outputs = conditional([(f"len({writer.gathered}) > 1", writer.gathered)], f"{writer.gathered}[0]")
    model = call("keras.Model", [inputs, outputs], [("name", quoted(model_name(spec.name)))])
    return [*statements, Return(model)]
