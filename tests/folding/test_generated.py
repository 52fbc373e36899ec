"""Generated specs: written from their layers alone, folded and flat, and expanded again."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given, settings

from archc.diagnostics import SpecError
from archc.folding.write import write
from tests.cases import generated_cases
from tests.elaborate.specs import compile_text
from tests.folding.equality import is_equal
from tests.targets.generated_specs import specs


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
            is_equal(graph, write(graph, "Generated", flat=flat).text)
            written += 1

    check()
    assert written > cases
