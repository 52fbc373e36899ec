"""Finds blocks that use themselves."""

from __future__ import annotations

from collections.abc import Iterator

from archc.collector import Collector
from archc.language.document import Block
from archc.language.steps import Step, UseBlock, UseChoice, steps_within
from archc.library.specs import Namespace


def check_circles(blocks: Namespace, collector: Collector) -> None:
    """Reports blocks that use themselves, where elaboration did not."""
    finished: set[Block] = set()
    for block, namespace in blocks.values():
        trail = [block]
        pending = [_used_by(block, namespace, finished)]
        while pending:
            step, used, seen = next(pending[-1], (None, None, None))
            if step is None or used is None or seen is None:
                pending.pop()
                finished.add(trail.pop())
            elif used in trail:
                _report_circle(trail[trail.index(used) :], step, used, collector)
            elif used not in finished:
                trail.append(used)
                pending.append(_used_by(used, seen, finished))


def _used_by(block: Block, namespace: Namespace, finished: set[Block]) -> Iterator[tuple[Step, Block, Namespace]]:
    """The blocks that a block may use, with the step; none if the block is finished."""
    if block in finished:
        return
    for step in steps_within(block.layers):
        for word in _words(step, block):
            if word in namespace:
                yield step, *namespace[word]


def _report_circle(circle: list[Block], step: Step, used: Block, collector: Collector) -> None:
    places = [inner.at for block in circle for inner in steps_within(block.layers)]
    if any(collector.reported("recursion", at) for at in places):
        return
    names = " > ".join([*(block.name for block in circle), used.name])
    collector.add("recursion", f"the block `{used.name}` uses itself: {names}", step.at)


def _words(step: Step, block: Block) -> tuple[str, ...]:
    """The names of the blocks that a step may use."""
    if isinstance(step.head, UseBlock):
        return (step.head.block,)
    if isinstance(step.head, UseChoice):
        parameter = block.params.get(step.head.parameter or "")
        return tuple(str(choice) for choice in (parameter.choices or ())) if parameter else ()
    return ()
