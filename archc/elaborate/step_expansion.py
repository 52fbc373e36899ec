"""Expands steps: each step reads its modifiers and its head, and gives a new current tensor.

Specs ask for shapes (`$(x.channels // 16)`), so the builder infers each shape as soon as a layer is added. A step that
fails is reported. Its output is then its documented `shape` if it has one, else an estimate, else poison; what depends
on poison reports nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal

from archc.diagnostics import Poisoned, Related, SpecError
from archc.elaborate.add_layer import add_layer
from archc.elaborate.blocks import expand_block, expand_choice
from archc.elaborate.control_flow import expand_group, expand_let, expand_loop, expand_merge, expand_nothing
from archc.elaborate.documented_shape import DocumentedShape
from archc.elaborate.elaboration import Frame, MaybeTensor, Outputs, current_of
from archc.elaborate.recovery import completed, stand_in
from archc.elaborate.shared_weights import expand_shared
from archc.elaborate.step_context import StepContext, block_uses
from archc.ir.graph import Region, Tensor
from archc.ir.op import Op
from archc.language import steps as syntax
from archc.language.name_rules import layer_label
from archc.language.template import Formula, ParsedValue, Template, evaluate, is_constant
from archc.language.value import POISON, Value, describe

_FATAL = ("too-many-steps", "too-many-layers")


def _expand_unreadable(_head: syntax.Unreadable, _context: StepContext) -> Outputs:
    raise Poisoned


_EXPAND: dict[type[syntax.Head], Callable[[Any, StepContext], Outputs]] = {
    syntax.Let: expand_let,
    syntax.Loop: expand_loop,
    syntax.NoHead: expand_nothing,
    syntax.SideGroup: expand_group,
    syntax.StepGroup: expand_group,
    syntax.Unreadable: _expand_unreadable,
    syntax.UseBlock: expand_block,
    syntax.UseMerge: expand_merge,
    syntax.UseOp: add_layer,
    syntax.UseChoice: expand_choice,
}


def expand_steps(steps: syntax.Steps, current: MaybeTensor, frame: Frame, region: Region) -> MaybeTensor:
    """Expands steps; returns the new current tensor."""
    for step in steps:
        current = _expand_step(step, current, frame, region)
    return current


def _expand_step(step: syntax.Step, current: MaybeTensor, frame: Frame, region: Region) -> MaybeTensor:
    frame["x"] = current
    frame.spend(1)
    inputs: tuple[MaybeTensor, ...] = (current,)
    try:
        head, name, prefix = step.head, None, None
        if step.modified:
            if step.from_ is not None:
                inputs = _inputs(step, current, frame)
                frame["x"] = inputs[0]
            if step.when is not None and not _is_present(step, frame):
                if step.otherwise is None:
                    _note_absent(step, frame)
                    frame["x"] = current
                    return current
                head = syntax.StepGroup(step.otherwise)
            name = _text(step.name, step, "name", frame)
            prefix = _text(step.prefix, step, "prefix", frame)
            if len(inputs) > 1 and not _takes_several(head):
                hint = "`from` names one tensor here; branches name theirs themselves"
                raise SpecError.of("inputs", "only a block or an op takes several inputs", step.place("from"), hint)
        context = StepContext(step, inputs, frame, region, name, prefix)
        expand = _EXPAND[type(head)] if step.share is None else expand_shared
        outputs = expand(head, context)
        output = current_of(outputs)
        if frame.run.nested:
            context.record(output)
        if not step.modified:
            return output if head.moves else current
        output = _apply_modifiers(outputs, context)
        frame["x"] = output if head.moves else current
        return output if head.moves else current
    except SpecError as error:
        if error.first.code in _FATAL:
            frame.run.collector.stop(error, step.at)
        frame.run.collector.report(error, step.at, related=block_uses(region))
    except Poisoned:
        pass
    _record_failed(step, frame, region)
    return _recover(step, current, inputs, frame)


# --- before the head ---


def _inputs(step: syntax.Step, current: MaybeTensor, frame: Frame) -> tuple[MaybeTensor, ...]:
    """The tensors that `from` names; unknown ones where one has an error, which is reported."""
    at, names = step.place("from"), step.from_ or ()
    if step.when is not None and _is_absent_without(names, step, frame):
        return (current,)
    found: list[list[MaybeTensor]] = []
    for name in names:
        with frame.run.collector.reporting(at):
            found.append(frame.tensors(name, at))
    if len(found) == len(names):
        if not any(found):
            raise SpecError.of("inputs", "`from` takes a tensor, but this list has none", at, "name one, or add `when`")
        return tuple(tensor for tensors in found for tensor in tensors)
    frame.run.has_unknowns = True
    unknown = stand_in((None,) * len(current.shape)) if isinstance(current, Tensor) else POISON
    return (unknown,) * len(names)


def _takes_several(head: syntax.Head) -> bool:
    return isinstance(head, syntax.UseOp | syntax.UseBlock | syntax.UseChoice) or (
        isinstance(head, syntax.UseMerge) and not head.branches
    )


def _is_absent_without(names: tuple[ParsedValue, ...], step: syntax.Step, frame: Frame) -> bool:
    """Whether a step is absent although one of its inputs is unknown: then it needs none."""
    with suppress(SpecError, Poisoned):
        if all(frame.bound(name) is not None for name in names if isinstance(name, str | Template)):
            return False
    frame["x"] = POISON
    with suppress(SpecError, Poisoned):
        return not _is_present(step, frame)
    return False


def _is_present(step: syntax.Step, frame: Frame) -> bool:
    value = evaluate(step.when, frame)
    check_condition(value, step)
    return bool(value)


def check_condition(value: Value, step: syntax.Step) -> None:
    """Checks that the value of `when` is a boolean.

    Raises:
        SpecError: it is none.
    """
    if type(value) is not bool:
        message = f"`when` must be a boolean, but is {describe(value)}"
        raise SpecError.of("type", message, step.place("when"), "compare it: `$(depth > 0)`")


def _note_absent(step: syntax.Step, frame: Frame) -> None:
    """Notes the names that an absent step does not give."""
    text = step.when.text if isinstance(step.when, Formula) else "false"
    for name, _, _ in syntax.names_given((step,)):
        if name not in frame:
            frame.absent.setdefault(name, text)


def _text(label: ParsedValue, step: syntax.Step, modifier: Literal["name", "prefix"], frame: Frame) -> str | None:
    """The value of a `name` or a `prefix`; None where there is none, empty for the name of the part around."""
    if label is None or type(label) is str:  # which is checked as it is read
        return label
    what = "name of a layer" if modifier == "name" else "beginning of names"
    return layer_label(evaluate(label, frame), what, step.place(modifier))


# --- after the head ---


def _apply_modifiers(outputs: Outputs, context: StepContext) -> MaybeTensor:
    """Applies `shape`, `as` and `output` to the outputs of a step; gives the one that becomes the current tensor."""
    step, output = context.step, current_of(outputs)
    if step.shape is not None and not context.run.nested:
        documented = _document(output, context)
        outputs = type(outputs)(documented if tensor is output else tensor for tensor in outputs)
        output = documented
    if len(step.as_) == 1:
        _bind_names((output,), context)
    elif step.as_:
        _bind_names(outputs, context)
    if step.output is not None:
        _mark_output(output, context)
    return output


def _document(output: MaybeTensor, context: StepContext) -> MaybeTensor:
    """Records a documented shape, which stands for sizes that are unknown because of an error."""
    run, step = context.run, context.step
    at = step.place("shape")
    with context.reporting(at):
        documented = evaluate(step.shape, context.frame)
        if run.has_unknowns:
            return completed(output if isinstance(output, Tensor) else None, documented) or output
        if isinstance(output, Tensor):
            always = not is_constant(step.shape)
            run.shapes.append(DocumentedShape(context.full_name, documented, output.shape, at, always, output))
    return output


def _bind_names(outputs: Outputs, context: StepContext) -> None:
    check_output_count(context.step, len(outputs))
    for name, tensor in zip(context.step.as_, outputs, strict=True):
        if isinstance(name, str | Template):
            context.frame.bind(name, tensor)


def check_output_count(step: syntax.Step, made: int) -> None:
    """Checks that a step has as many outputs as `as` gives names; one name is that of the current tensor.

    Raises:
        SpecError: it has another number of them.
    """
    if len(step.as_) > 1 and made != len(step.as_):
        count = "one output" if made == 1 else f"{made} outputs"
        message = f"`as` gives {len(step.as_)} names, but the step has {count}"
        is_stateless = made == 1 and isinstance(step.head, syntax.UseOp) and step.head.op.states is not Op.states
        hint = "with `return_state: true` it leaves its states after its output" if is_stateless else None
        raise SpecError.of("outputs", message, step.place("as"), hint)


def _mark_output(output: MaybeTensor, context: StepContext) -> None:
    run, at = context.run, context.step.place("output")
    marks = context.frame.outputs
    if marks is None:
        raise SpecError.of("output", "a step in a block cannot mark an output", at)
    name = layer_label(evaluate(context.step.output, context.frame), "name of an output", at)
    if name in marks:
        hint = "mark one of the two, or compute the name"
        error = SpecError.of("name-taken", f"the output `{name}` is marked twice", at, hint)
        run.collector.report(error, related=[Related("first here", marks[name][1])])
        return
    marks[name] = output, at


# --- after an error ---


def _record_failed(step: syntax.Step, frame: Frame, region: Region) -> None:
    """Records that a step of a network failed, and its name, so that it is not unknown there."""
    for nested in frame.run.nested:
        nested.failed = True
    if step.name is None:
        return
    with suppress(SpecError, Poisoned):
        name = _text(step.name, step, "name", frame)
        StepContext(step, (), frame, region, name).record(POISON)


def _recover(step: syntax.Step, current: MaybeTensor, inputs: tuple[MaybeTensor, ...], frame: Frame) -> MaybeTensor:
    """The current tensor after a step that failed; the names that the step gives are known."""
    frame.run.has_unknowns = True
    output = _documented_tensor(step, frame)
    for name, _, _ in syntax.names_given((step._replace(as_=()),)):
        if isinstance(name, str):
            frame.setdefault(name, POISON)
        else:
            frame.failed.add(name)
    for written in step.as_:
        try:
            if isinstance(written, str | Template):
                frame.bind(written, output)
        except (SpecError, Poisoned):
            frame.failed.add(written.pattern)
    if not step.head.moves:
        output = current
    elif not step.head.adds_layers and inputs[0] is not POISON:
        output = inputs[0]
    if isinstance(step.output, str) and frame.outputs is not None:
        frame.outputs.setdefault(step.output, (output, step.place("output")))
    frame["x"] = output
    return output


def _documented_tensor(step: syntax.Step, frame: Frame) -> MaybeTensor:
    """A tensor with the documented shape of a step; poison where there is none."""
    with suppress(SpecError, Poisoned):
        if not frame.run.nested:
            return completed(None, evaluate(step.shape, frame)) or POISON
    return POISON
