"""Uses of blocks that come again: what one adds is remembered, and added at once where the same use comes later.

What a use adds follows from the block, the arguments, and the shapes and types of the inputs. Only names depend on
where the block is used. A use is remembered when it comes for the second time.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from archc import limits
from archc.elaborate.elaboration import Outputs
from archc.elaborate.memory import RememberedUse
from archc.elaborate.step_context import StepContext
from archc.ir.builder import NameTaken
from archc.ir.fragment import Extent, add_fragment, extent, fragment_since
from archc.ir.graph import Region, Tensor
from archc.language.document import Block
from archc.language.value import Value, value_key
from archc.library.specs import Namespace

_ITEMS = 16  # of a list that is compared by its items; a longer one is handed on, and seldom made again


class NotAsRemembered(Exception):
    """A use cannot add what it added before: the spec has an error, which an expansion without memory reports."""


class UseStart(NamedTuple):
    """How much a run had where a use of a block begins that is to be remembered under a key."""

    key: object
    builder: Extent
    shapes: int
    spent: int
    own_names: int


def use_key(block: Block, blocks: Namespace, given: Mapping[str, Value], context: StepContext) -> object:
    """What a use of a block has in common with others that add the same layers; None where there may be none."""
    run, inputs = context.run, context.inputs
    if run.memory is None or run.collector or run.has_unknowns or run.replayed is not None or run.nested:
        return None
    has_prefix = bool(context.region.prefix or context.name or context.prefix)
    marks: list[object] = [block, id(blocks), has_prefix]  # a spec keeps the first two
    for name, value in given.items():
        is_long = isinstance(value, list | tuple | dict) and len(value) > _ITEMS
        mark = _Same(value) if is_long else value_key(value)
        if mark is None:
            return None
        marks += (name, mark)
    for tensor in inputs:
        if not isinstance(tensor, Tensor):
            return None
        marks += (tensor.shape, tensor.dtype, inputs.index(tensor))
    return tuple(marks)


class _Same:
    """A long value, which is equal to itself alone."""

    def __init__(self, value: Value) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)


def added_again(use: RememberedUse, part: Region, context: StepContext) -> Outputs:
    """Adds what a use added before to a part of the network.

    Raises:
        NotAsRemembered: a name is taken, or there are too many layers.
        SpecError: the spec takes more steps than allowed.
    """
    run = context.run
    inputs: tuple[Any, ...] = context.inputs
    if len(run.builder.nodes) + len(use.fragment.nodes) > limits.LAYERS:
        raise NotAsRemembered
    try:
        tensors = add_fragment(use.fragment, run.builder, inputs, part)
    except NameTaken:
        raise NotAsRemembered from None
    context.frame.spend(use.spent)
    for name, place, shape in use.shapes:
        of = None if name is None else part.stem + name
        run.shapes.append(shape._replace(of=of, tensor=tensors[place]))
    return tuple([tensors[place] for place in use.fragment.outputs])


def begin_use(key: object, context: StepContext) -> UseStart | None:
    """Where a use begins that is to be remembered.

    None where it comes for the first time or has no key, and in a use that is remembered: no layer is remembered twice.
    """
    run = context.run
    if key is None or run.memory is None or run.memory.is_new(key) or run.remembers:
        return None
    run.remembers = True
    return UseStart(key, extent(run.builder), len(run.shapes), run.spent, len(run.own_names))


def end_use(start: UseStart, part: Region, outputs: Outputs, context: StepContext) -> None:
    """Remembers what a use added, if it can be added again."""
    run = context.run
    inputs: tuple[Any, ...] = context.inputs
    if run.memory is None or run.collector or run.has_unknowns or len(run.own_names) > start.own_names:
        return
    shapes = run.shapes[start.shapes :]
    ends = (*outputs, *(shape.tensor for shape in shapes))
    fragment = fragment_since(start.builder, run.builder, inputs, part, ends)
    if fragment is None:
        return
    names = [None if shape.of is None else shape.of.removeprefix(part.stem) for shape in shapes]
    documented = tuple(zip(names, fragment.outputs[len(outputs) :], shapes, strict=True))
    fragment = fragment._replace(outputs=fragment.outputs[: len(outputs)])
    run.memory.keep(start.key, RememberedUse(fragment, documented, run.spent - start.spent, len(run.stack)))
