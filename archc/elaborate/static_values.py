"""Checks what is constant in steps that elaboration may not reach: arguments, expressions, and the form of the step."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import ValidationError

from archc.collector import Collector
from archc.elaborate.add_layer import check_input_count
from archc.elaborate.blocks import check_argument, check_block_inputs, not_by_name
from archc.elaborate.control_flow import no_branch
from archc.elaborate.nested_networks import output_list
from archc.elaborate.op_arguments import argument_error, first_argument, not_a_tensor
from archc.elaborate.step_expansion import check_condition, check_output_count
from archc.ir.op import Op, SeveralOutputs
from archc.language import steps as syntax
from archc.language.arguments import Arguments
from archc.language.document import Block, NestedNetwork
from archc.language.template import Formula, ParsedValue, Template, evaluate, is_constant, names_in
from archc.language.validation import explain
from archc.language.value import Scope, StepLimit
from archc.language.yaml_data import BROKEN, Map, Seq
from archc.library.specs import Namespace


def _constant(value: ParsedValue) -> object:
    return evaluate(value, Scope({}, StepLimit()))


def check_formulas(value: ParsedValue, collector: Collector) -> None:
    """Evaluates the expressions in a value that read no name, and reports those that have no value."""
    for formula in _formulas(value):
        if next(names_in(formula), None) is None:
            with collector.reporting(formula.at):
                formula.evaluate(Scope({}, StepLimit()))


def _formulas(value: ParsedValue) -> Iterator[Formula]:
    if isinstance(value, Formula):
        yield value
    elif isinstance(value, Map | list | tuple):  # a template is a tuple
        for item in value.values() if isinstance(value, Map) else value:
            yield from _formulas(item)


def check_op_constants(op: type[Op], arguments: Arguments, collector: Collector) -> None:
    """Reports the constant arguments that an op refuses whatever the others are."""
    named = arguments.named
    if arguments.first is not None:
        if not is_constant(arguments.first.value):
            return
        known = first_argument(_constant(arguments.first.value), op, arguments, collector.report)
        if op.first_argument() is None:
            return
    else:
        known = {name: _constant(value) for name, value in named.items() if is_constant(value)}
    for name in op.tensor_arguments:
        if known.get(name) is not None:
            collector.report(not_a_tensor(name, known.pop(name), op, arguments.place(name)))
    try:
        op(**{name: value for name, value in known.items() if name in op.model_fields})
    except ValidationError as error:
        for found in explain(error, op):
            if found.missing or any(name in named and name not in known for name in found.arguments):
                continue
            written = [name for name in found.arguments if name in named]
            at = arguments.place(written[0]) if written else arguments.at
            collector.report(argument_error(found, op, at))


def check_block_constants(block: Block, arguments: Arguments, collector: Collector) -> None:
    """Reports the constant arguments that a block refuses."""
    if arguments.first is not None and is_constant(arguments.first.value):
        collector.report(not_by_name(block, arguments.first.value, _constant(arguments.first.value), arguments.at))
    for name, value in arguments.named.items():
        if name in block.params and is_constant(value):
            with collector.reporting(arguments.place(name)):
                check_argument(block, block.params[name], _constant(value))
    if isinstance(block, NestedNetwork) and is_constant(arguments.named.get("outputs", BROKEN)):
        with collector.reporting(arguments.place("outputs")):
            output_list(block, _constant(arguments.named["outputs"]), arguments.place("outputs"))


def _output_count(block: Block, arguments: Arguments) -> int | None:
    """The number of tensors that a use of a block leaves; None where that is computed."""
    if not isinstance(block, NestedNetwork):
        return max(len(block.outputs), 1)
    wanted = arguments.named.get("outputs", "") if arguments.first is None else None
    if isinstance(wanted, Seq):
        return len(wanted)
    return 1 if isinstance(wanted, str) else None


def _part_count(arguments: Arguments) -> int | None:
    """The number of tensors that a `Split` leaves; None where that is computed, or wrong."""
    given = arguments.named.get("indices_or_sections") if arguments.first is None else arguments.first.value
    if isinstance(given, Seq) and given:
        return len(given) + 1
    return given if type(given) is int and given > 0 else None


def check_form(step: syntax.Step, blocks: Namespace, collector: Collector) -> None:
    """Reports a constant `when` that is no boolean, and a step with another number of inputs or outputs than it has."""
    given, outputs = len(step.from_ or ("x",)), 1
    counted = all(isinstance(name, str | Template) for name in step.from_ or ())  # others may be lists of tensors
    with collector.reporting(step.at):
        if step.when is not None and is_constant(step.when):
            check_condition(step.when, step)
    with collector.reporting(step.at):
        match step.head:
            case syntax.UseOp(guessed=True) | syntax.UseMerge(guessed=True):
                return
            case syntax.UseMerge(branches=()) if given == 1 and counted:
                raise no_branch(step.head, step)
            case syntax.UseOp(op, arguments):
                if counted:
                    check_input_count(op, step, given)
                if op.states is not Op.states:  # their number follows from the arguments
                    return
                if issubclass(op, SeveralOutputs):
                    outputs = _part_count(arguments) or max(len(step.as_), 1)
            case syntax.UseBlock(word) if word in blocks and blocks[word][0].readable:
                if counted:
                    check_block_inputs(blocks[word][0], step, given)
                count = _output_count(blocks[word][0], step.head.arguments)
                if count is None:
                    return
                outputs = count
            case syntax.UseBlock() | syntax.UseChoice() | syntax.Unreadable():
                return
        check_output_count(step, outputs)
