"""Generated specs: written from their layers alone, folded and flat, and expanded again."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given, settings

from archc.diagnostics import SpecError
from archc.folding.check import expanded
from archc.folding.write import write
from archc.ir.graph import Graph
from tests.cases import generated_cases
from tests.elaborate.specs import compile_text
from tests.targets.generated_specs import specs


def _calls(graph: Graph) -> list[tuple[object, ...]]:
    return sorted(
        (node.name, repr(node.op), node.shape, tuple(tensor.name for tensor in node.inputs)) for node in graph.nodes
    )


@generated_cases(few=60, many=300)
def test_any_network_is_written_and_equal(cases: int) -> None:
    written = 0

    @settings(max_examples=cases)
    @given(specs())
    def check(made: tuple[dict[str, Any], dict[str, Any]]) -> None:
        nonlocal written
        try:
            graph = compile_text(yaml.safe_dump(made[0], sort_keys=False, width=200)).graph
        except SpecError:
            return
        for flat in (True, False):
            again = expanded(write(graph, "Generated", flat=flat).text)
            written += 1
            assert _calls(again) == _calls(graph)
            assert [(name, tensor.name) for name, tensor in again.outputs.items()] == [
                (name, tensor.name) for name, tensor in graph.outputs.items()
            ]
            assert again.main == graph.main

    check()
    assert written > cases
