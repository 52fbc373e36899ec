"""The places of boxes and lines."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from time import process_time

from hypothesis import given, settings

from archc.pictures.item import IN, OUT
from archc.pictures.order import order
from archc.pictures.place import place
from archc.pictures.plan import Box, Placed
from tests.cases import generated_cases
from tests.pictures.generated import Case, Link, faults
from tests.pictures.generated import cases as generated


def case_of(
    count: int, links: Sequence[Link], joins: Sequence[int] = (), main: int | None = None, width: int = 100
) -> Case:
    """An item of equal closed boxes."""
    outputs: list[dict[int, int]] = [{} for _ in range(count)]
    for net, start, _ in links:
        if start != IN:
            outputs[start][net] = width // 2
    nets = tuple(range(max((net for net, _, _ in links), default=-1) + 1))
    boxes = tuple(Box(width, 40, ports) for ports in outputs)
    return Case(tuple(links), boxes, frozenset(joins), (1,) * count, main, nets, 0)


def placed_of(case: Case) -> Placed:
    placed = place(case.plan(), case.boxes, case.least_width)
    assert not faults(case, placed)
    return placed


def chain(count: int) -> list[Link]:
    return [(0, IN, 0), *((child + 1, child, child + 1) for child in range(count - 1)), (count, count - 1, OUT)]


def middles(placed: Placed, case: Case, children: Sequence[int]) -> list[int]:
    return [placed.corners[child][0] + case.boxes[child].width // 2 for child in children]


@generated_cases(few=100, many=10_000)
def test_generated_items(cases: int) -> None:
    @settings(max_examples=cases)
    @given(generated())
    def check(case: Case) -> None:
        placed = place(case.plan(), case.boxes, case.least_width)
        assert not faults(case, placed)
        assert placed.width >= case.least_width
        assert placed == place(case.plan(), case.boxes, case.least_width)

    check()


def test_a_chain_is_one_axis() -> None:
    case = case_of(5, chain(5), main=4)
    placed = placed_of(case)
    assert set(middles(placed, case, range(5))) == {50}
    assert placed.inputs == {0: 50}
    assert placed.outputs == {5: 50}
    assert len(placed.lines) == 6


def test_a_chain_of_boxes_of_different_widths_is_one_axis() -> None:
    boxes = tuple(Box(width, 30, {child + 1: width // 2}) for child, width in enumerate((71, 180, 96, 133)))
    plan = order(4, chain(4), frozenset(), [1] * 4, 3)
    placed = place(plan, boxes)
    assert {corner[0] + box.width // 2 for corner, box in zip(placed.corners, boxes, strict=True)} == {90}


def test_a_narrow_item_stands_in_the_middle() -> None:
    case = case_of(1, chain(1))
    placed = place(case.plan(), case.boxes, 301)
    assert (placed.width, placed.corners[0][0]) == (301, 100)


def test_an_empty_item() -> None:
    assert place(order(0, [], frozenset(), [], None), ()).lines == ()


def test_branches_are_symmetric_about_the_axis() -> None:
    links = [(0, IN, child) for child in range(4)] + [(1 + child, child, 4) for child in range(4)] + [(5, 4, OUT)]
    case = case_of(5, links, joins=[4], main=4)
    placed = placed_of(case)
    assert middles(placed, case, range(5)) == [50, 172, 294, 416, 233]
    assert placed.inputs[0] == placed.outputs[5] == 233


def test_nested_skips_leave_the_axis_straight() -> None:
    depth = 5
    links = [(child, child, child + 1) for child in range(2 * depth)]
    links += [(level, level, 2 * depth - level) for level in range(depth)]
    case = case_of(2 * depth + 1, links, joins=range(depth + 1, 2 * depth + 1), main=2 * depth)
    placed = placed_of(case)
    assert len(set(middles(placed, case, range(2 * depth + 1)))) == 1
    assert middles(placed, case, [0]) == [50]


def test_parts_that_bend_their_axis_do_not_walk_away() -> None:
    """Open parts where the tensor enters at 30 and leaves at 200: what leaves stays on one axis."""
    boxes = tuple(Box(230, 100, {child + 1: 200}, {child: 30}) for child in range(10))
    placed = place(order(10, chain(10), frozenset(), [1] * 10, 9), boxes)
    assert len({x + 200 for x, _ in placed.corners}) == 1
    assert placed.width == 230


def test_a_stack_is_entered_and_left_in_the_middle_of_its_front() -> None:
    boxes = (Box(106, 46, {1: 50}, front=100), Box(100, 40, {2: 50}))
    placed = place(order(2, chain(2), frozenset(), [1, 1], 1), boxes)
    assert [x for x, _ in placed.corners] == [0, 0]
    assert placed.inputs[0] == placed.outputs[2] == 50


def test_a_merge_takes_a_bar_with_one_arrow() -> None:
    links = [(child, child, 3) for child in range(3)]
    arrows = {joins: arrows_of(placed_of(case_of(4, links, joins=joins))) for joins in ((), (3,))}
    assert arrows == {(): 3, (3,): 1}


def test_more_tensors_than_a_box_has_room_for_are_one_bar() -> None:
    placed = placed_of(case_of(41, [(child, child, 40) for child in range(40)]))
    assert arrows_of(placed) == 1


def arrows_of(placed: Placed) -> int:
    return sum(segment.arrow for line in placed.lines for segment in line.segments)


def test_lines_that_change_places_do_not_lie_on_one_another() -> None:
    """Two tensors that leave at 20 and 60 enter the next box at 60 and 20."""
    boxes = (Box(80, 20, {0: 20, 1: 60}), Box(80, 20, {}, {0: 60, 1: 20}))
    links = ((0, 0, 1), (1, 0, 1))
    placed_of(Case(links, boxes, frozenset(), (1, 1), None, (0, 1), 0))


def test_nets_of_one_tensor_leave_at_one_port() -> None:
    boxes = (Box(80, 20, {0: 40, 1: 40}), Box(80, 20, {}), Box(80, 20, {}))
    links = ((0, 0, 1), (1, 0, 2))
    placed = placed_of(Case(links, boxes, frozenset(), (1, 1, 1), None, (0, 0), 0))
    starts = {line.segments[0][:2] for line in placed.lines}
    assert starts == {(placed.corners[0][0] + 40, placed.corners[0][1] + 20)}


def test_layers_that_one_network_alone_has_leave_the_axis_straight() -> None:
    """Each second box was added: the one before is connected with it, and in the other network with the next."""
    stages, links = 8, []
    for stage in range(stages):
        links += [(3 * stage, 2 * stage, 2 * stage + 1), (3 * stage + 1, 2 * stage, 2 * stage + 2)]
        links += [(3 * stage + 2, 2 * stage + 1, 2 * stage + 2)]
    case = case_of(2 * stages + 1, links, main=2 * stages)
    tensors = tuple(net - (net % 3 == 1) for net in case.tensors)
    case = replace(case, tensors=tensors)
    placed = placed_of(case)
    assert set(middles(placed, case, range(2 * stages + 1))) == {50}


def test_a_chain_of_20_000() -> None:
    case = case_of(20_000, chain(20_000), main=19_999)
    placed = place(case.plan(), case.boxes)
    assert placed.width == 100
    assert {x for x, _ in placed.corners} == {0}


def seconds(case: Case) -> float:
    start = process_time()
    place(case.plan(), case.boxes)
    return process_time() - start


def test_rows_of_hundreds_of_lines_take_no_square_of_the_time() -> None:
    """Ten times the lines would take a hundred times as long."""
    least = {}
    for count in (100, 1000):
        shuffled = random.Random(0).sample(range(count), count)
        links = [(child, child, count + shuffled[child]) for child in range(count)]
        links += [(child, child, count + shuffled[child - 1]) for child in range(count)]
        case = case_of(2 * count, links)
        least[count] = min(seconds(case) for _ in range(3))
    assert least[1000] < 40 * least[100]
