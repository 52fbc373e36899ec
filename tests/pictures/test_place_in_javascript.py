"""`page/place.js` gives the same integers as `place`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, settings

from archc.pictures.place import place
from archc.pictures.plan import Box, Placed, Plan
from tests.cases import generated_cases
from tests.pictures.generated import Case
from tests.pictures.generated import cases as generated


@pytest.fixture(scope="module")
def page(chromium: Any) -> Iterator[Any]:
    tab = chromium.new_page()
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.add_script_tag(content=(files("archc.pictures") / "page" / "place.js").read_text(encoding="utf-8"))
    yield tab
    tab.close()
    assert not faults


def plan_data(plan: Plan) -> dict[str, Any]:
    """As the page has it."""
    return {
        "rows": plan.rows,
        "links": plan.links,
        "straight": [{str(bottom): top for bottom, top in one.items()} for one in plan.straight],
        "spine": plan.spine,
        "joins": sorted(plan.joins),
    }


def box_data(box: Box) -> dict[str, Any]:
    return {
        "width": box.width,
        "height": box.height,
        "front": box.front,
        "outputs": {str(net): x for net, x in box.outputs.items()},
        "inputs": {str(net): x for net, x in box.inputs.items()},
    }


def placed_data(placed: Placed) -> dict[str, Any]:
    return {
        "width": placed.width,
        "height": placed.height,
        "corners": [list(corner) for corner in placed.corners],
        "inputs": {str(net): x for net, x in placed.inputs.items()},
        "outputs": {str(net): x for net, x in placed.outputs.items()},
        "lines": [{"nets": list(line.nets), "segments": [list(one) for one in line.segments]} for line in placed.lines],
    }


def in_javascript(page: Any, case: Case) -> Any:
    arguments = [plan_data(case.plan()), [box_data(box) for box in case.boxes], case.least_width]
    return page.evaluate("([plan, boxes, width]) => place(plan, boxes, width)", arguments)


@generated_cases(few=300, many=5000)
def test_the_same_places(page: Any, cases: int) -> None:
    @settings(max_examples=cases)
    @given(generated())
    def check(case: Case) -> None:
        assert in_javascript(page, case) == placed_data(place(case.plan(), case.boxes, case.least_width))

    check()
