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


@generated_cases(few=200, many=5000)
def test_the_same_places(page: Any, cases: int) -> None:
    items: list[Case] = []

    @settings(max_examples=cases)
    @given(generated())
    def collect(case: Case) -> None:
        items.append(case)

    collect()
    arguments = [[plan_data(one.plan()), [box_data(box) for box in one.boxes], one.least_width] for one in items]
    found = page.evaluate("items => items.map(item => place(...item))", arguments)
    for item, one in zip(items, found, strict=True):
        assert one == placed_data(place(item.plan(), item.boxes, item.least_width)), item
