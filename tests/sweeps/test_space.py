"""The values of parameters in a sweep: the texts of ranges, and which values come together."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archc.diagnostics import SpecError
from archc.language.parameter_ranges import Choices, Interval, ParameterRange, parameter_range
from archc.sweeps.space import space_of
from tests.sweeps.families import small, work

WHOLE = st.integers(-1000, 1000)
DECIMAL = st.decimals(-1000, 1000, places=3, allow_nan=False)


@given(WHOLE, st.integers(0, 300), st.integers(1, 40))
def test_a_range_of_whole_numbers_has_its_end(low: int, length: int, step: int) -> None:
    found = parameter_range("a", f"{low}..{low + length}:{step}")
    assert found == Choices(tuple(range(low, low + length + 1, step)))
    assert parameter_range("a", f"{low}..{low + length}") == Choices(tuple(range(low, low + length + 1)))


@given(DECIMAL, st.integers(0, 200), st.decimals("0.001", 10, places=3))
def test_the_steps_of_a_range_do_not_add_up_errors(low: Any, count: int, step: Any) -> None:
    found = parameter_range("a", f"{low:.3f}..{low + count * step:.3f}:{step:.3f}")
    assert isinstance(found, Choices)
    assert list(found.values) == [float(Fraction(low) + place * Fraction(step)) for place in range(count + 1)]
    assert {*map(type, found.values)} == {float}


@given(st.text("0123456789.:-+eElog_ ", max_size=12) | st.text(max_size=8))
def test_a_text_is_a_range_or_refused(text: str) -> None:
    code = None
    try:
        found = parameter_range("a", text)
    except SpecError as error:
        code = error.first.code
    assert code in (None, "sweep", "too-large")
    assert code is not None or (".." in text and found.examples)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("5..4", "sweep"),
        ("1..4:0", "sweep"),
        ("1..4:-1", "sweep"),
        ("0..4:log", "sweep"),
        ("-1..4:log", "sweep"),
        ("1...4", "sweep"),
        ("4", "sweep"),
        ("a..b", "sweep"),
        ("1..1e999", "too-large"),
        ("1..9007199254740992", "too-large"),
        ("0..1:0.000001", "too-large"),
    ],
)
def test_a_range_that_is_none(text: str, code: str) -> None:
    with pytest.raises(SpecError) as caught:
        parameter_range("a", text)
    assert caught.value.first.code == code


@given(st.integers(1, 9), st.integers(0, 90), st.booleans(), st.floats(0, 1, exclude_max=True))
def test_a_sampled_number_is_in_its_interval(low: int, length: int, whole: bool, share: float) -> None:
    high = low + length
    texts = (str(low), str(high)) if whole else (f"{low}.0", f"{high}.0")
    for form in ("{}..{}:log", "{}..{}"):
        value = parameter_range("a", form.format(*texts)).at(share)
        assert low <= value <= high
        assert type(value) is (int if whole else float)


def test_each_whole_number_of_a_logarithmic_interval_has_its_part() -> None:
    values = [Interval(1, 3, log=True).at(place / 9999) for place in range(9999)]
    shares = [values.count(number) / 9999 for number in (1, 2, 3)]
    assert shares == pytest.approx([0.5, 0.2925, 0.2075], abs=0.001)  # log(2, 3/2, 4/3) / log(4)


LISTS = st.dictionaries(st.sampled_from("abcd"), st.lists(st.integers(), min_size=1, max_size=4), min_size=1)


@given(LISTS)
def test_a_grid_is_a_product_and_its_last_parameter_is_the_fastest(lists: dict[str, list[int]]) -> None:
    space = space_of({name: Choices(tuple(values)) for name, values in lists.items()})
    expected = [dict(zip(lists, values, strict=True)) for values in product(*lists.values())]
    assert [space.values(number) for number in range(space.count)] == expected


@given(st.lists(st.tuples(st.integers(), st.text()), min_size=1, max_size=5))
def test_zip_takes_the_first_values_then_the_second(rows: list[tuple[int, str]]) -> None:
    first, second = zip(*rows, strict=True)
    space = space_of({"a": Choices(first), "b": Choices(second)}, zipped=True)
    assert [tuple(space.values(number).values()) for number in range(space.count)] == rows


def test_lists_of_other_lengths_are_not_zipped() -> None:
    with pytest.raises(SpecError, match="lists of one length"):
        space_of({"a": Choices((1, 2)), "b": Choices((1,))}, zipped=True)


def test_an_interval_needs_a_sample() -> None:
    with pytest.raises(SpecError, match="no step"):
        space_of({"a": Interval(0.5, 1.5, log=False)})


def test_a_sampled_variant_follows_from_its_number_and_the_seed() -> None:
    ranges: dict[str, ParameterRange] = {"a": Interval(0.5, 1.5, log=False), "b": Choices(tuple(range(50)))}
    one, again, other = (space_of(ranges, sample=200, seed=seed) for seed in (7, 7, 8))
    values = [one.values(number) for number in range(200)]
    assert [again.values(number) for number in reversed(range(200))] == values[::-1]
    assert sum(values[number] == other.values(number) for number in range(200)) < 20
    assert sum(value["a"] for value in values) / 200 == pytest.approx(1, abs=0.1)
    assert len({value["b"] for value in values}) > 40


# --- what a spec and a user say together ---

SWEEP = "sweep: {width: 8..16:8, depth: [1, 2]}\n"


def sweeping(vary: dict[str, Any], text: str = SWEEP) -> dict[str, Any]:
    from tests.sweeps.families import TEXT

    made = work(vary, text=TEXT + text)
    return {name: list(found.examples) for name, found in made.space.ranges.items()}


def test_the_ranges_of_a_spec_are_replaced_one_by_one() -> None:
    assert sweeping({}) == {"width": [8, 16], "depth": [1, 2]}
    assert sweeping({"depth": [3]}) == {"width": [8, 16], "depth": [3]}


@pytest.mark.parametrize(
    ("vary", "code", "message"),
    [
        ({"width": [1.5]}, "parameter", "must be a whole number"),
        ({"width": "-1..4"}, "parameter", "at least 0"),
        ({"depth": ["deep"]}, "parameter", "must be a whole number"),
        ({"bias": [True, 1]}, "parameter", "must be a boolean"),
        ({"witdh": [1]}, "unknown-parameter", "`witdh`"),
        ({"width": 64}, "sweep", "a list of values or a range"),
        ({"width": []}, "sweep", "list"),
    ],
)
def test_a_value_that_a_parameter_cannot_have_is_refused_at_once(vary: dict[str, Any], code: str, message: str) -> None:
    with pytest.raises(SpecError, match=message) as caught:
        work(vary)
    assert caught.value.first.code == code


def test_a_value_in_the_spec_has_its_position() -> None:
    with pytest.raises(SpecError) as caught:
        sweeping({}, "sweep:\n  width: [4, wide]\n  depth: [x]\n")
    assert [(found.code, found.position and found.position[1:3]) for found in caught.value.diagnostics] == [
        ("parameter", (14, 10)),
        ("parameter", (15, 10)),
    ]


def test_a_parameter_that_has_the_name_of_the_inputs_is_refused() -> None:
    from tests.sweeps.families import TEXT

    with pytest.raises(SpecError, match="the shapes of inputs"):
        work({"inputs": [1]}, text=TEXT.replace("depth", "inputs"))


def test_a_parameter_is_not_both_varied_and_set() -> None:
    from archc.sweeps.space import checked_ranges

    with pytest.raises(SpecError, match="varied and set"):
        checked_ranges(small().spec, {"width": [1]}, {"width": 2})
