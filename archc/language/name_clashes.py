"""Parameters, inputs, tensors, values and blocks share one namespace in each scope."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from archc.collector import Collector
from archc.diagnostics import Position
from archc.language.document import Block, Document, ParameterDeclaration
from archc.language.steps import Steps, names_given


def check_document_names(document: Document, collector: Collector) -> None:
    """Reports the names of a file that two things have."""
    inputs = [declared.name for declared in document.inputs or () if declared.name != "input_layer"]
    _check_declared(document.params, inputs, document.blocks, document.at, collector)
    check_given_names(document.layers or (), document.params, document.blocks, collector)
    for block in document.blocks.values():
        for name in [name for name in block.params if name in block.inputs]:
            message = f"`{name}` is both a parameter and an input of the block"
            collector.add("name", message, block.at, "give one of the two another name", about=name)
        _check_declared(block.params, block.inputs, document.blocks, block.at, collector)
        check_given_names(block.layers, block.params, document.blocks, collector)


def _check_declared(
    params: Mapping[str, ParameterDeclaration],
    inputs: Iterable[str],
    blocks: Mapping[str, Block],
    at: Position,
    collector: Collector,
) -> None:
    for name in (*params, *inputs):
        if name in blocks:
            place = params[name].at if name in params else at
            collector.add("name", f"`{name}` is also the name of a block", place, about=name)


def check_given_names(steps: Steps, params: Container[object], blocks: Container[object], collector: Collector) -> None:
    """Reports the names that steps give and a parameter or a block has."""
    for name, at, _ in names_given(steps):
        owner = "parameter" if name in params else "block" if name in blocks else None
        if owner:
            collector.add("name", f"`{name}` is also the name of a {owner}", at, "choose another name", about=str(name))
