"""YAML 1.2 with positions, and nothing but diagnostics for what is wrong."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import archc
from archc import limits
from archc.collector import Collector
from archc.diagnostics import SpecError
from archc.language.sources import Source, decode
from archc.language.yaml_data import Map, Seq, scalar
from archc.language.yaml_reader import read
from archc.library.specs import resolve
from tests.elaborate.specs import codes, spec


def data_of(text: str) -> Any:
    collector = Collector()
    data = read(Source("a.yaml", text, Path(), None), collector)
    collector.raise_any()
    return data


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-5", 1e-5), ("1E5", 1e5), (".5", 0.5), ("5.", 5.0), ("-1.5", -1.5), ("010", 10), ("0o10", 8), ("0x1F", 31),
        ("1_000", 1000), ("25_610_152", 25_610_152), ("+3", 3), ("on", "on"), ("off", "off"), ("yes", "yes"), ("no", "no"),
        ("y", "y"), ("12:30", "12:30"), ("2024-01-01", "2024-01-01"), ("true", True), ("False", False), ("null", None),
        ("~", None), ("", None), ("1_", "1_"), ("_1", "_1"), ("1__0", "1__0"), ("0b1", "0b1"), ("1_0.5", "1_0.5"), ("-", "-"),
        (".", "."), ("1e", "1e"), ("tRue", "tRue"), ("=", "="), ("<", "<"),
    ],
)  # fmt: skip
def test_scalars_are_those_of_yaml_1_2(text: str, value: object) -> None:
    found = scalar(text)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "text", [".inf", "-.inf", ".nan", "1e999", "9007199254740992", "-9007199254740992", "0x20000000000000"]
)
def test_numbers_are_finite_and_below_2_to_the_53(text: str) -> None:
    with pytest.raises(SpecError):
        scalar(text)


def test_positions_count_from_one() -> None:
    data = data_of("a: 1\nb:\n  - c\n  - {d: e}\n")
    assert isinstance(data, Map)
    assert (data.at.line, data.at.column) == (1, 1)
    assert tuple(data.keys_at["b"])[1:3] == (2, 1)
    items = data["b"]
    assert isinstance(items, Seq)
    assert [tuple(at)[1:3] for at in items.items_at] == [(3, 5), (4, 5)]
    assert tuple(items[1].values_at["d"])[1:3] == (4, 9)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: 1\na: 2\n", "duplicate-key"), ("a: {b: 1, b: 2}\n", "duplicate-key"), ("a: !!int 5\n", "tag"), ("a: !b 5\n", "tag"),
        ("<<: {a: 1}\n", "merge-key"), ("a: 1\n---\nb: 1\n", "several-documents"), ("a: *b\n", "alias"), ("a: &a [*a]\n", "alias"),
        ("? [a]\n: 1\n", "key"), ("&a b: 1\n", "key"), ("a:\n\t- b\n", "tab"), ("\ta: 1\n", "tab"), ("a: [1\n", "yaml"), ("a: 'b\n", "yaml"),
        ("a: {b: $(min(1, 2))}\n", "unclosed-expression"), ("a: [$(b[0])]\n", "unclosed-expression"), ("a: $(b\n", "unclosed-expression"),
        (f"a: [{'1,' * 100_001}]\n", "too-large"),
    ],
)  # fmt: skip
def test_what_is_refused(text: str, code: str) -> None:
    collector = Collector()
    try:
        read(Source("a.yaml", text, Path(), None), collector)
    except SpecError as error:
        collector.report(error)
    assert [found.code for found in collector.error().diagnostics] == [code]


@pytest.mark.parametrize("text", ["a:\n  b b\n  $(c: {}\n", "name: a b\n  $if\n"])
def test_a_position_after_the_first_line_of_a_text_is_at_the_end_of_this_line(text: str) -> None:
    with pytest.raises(SpecError) as caught:
        archc.loads(text)
    lines = text.splitlines()
    places = [found.position for found in caught.value.diagnostics if found.position is not None]
    assert places
    assert all(place.column <= len(lines[place.line - 1]) + 1 for place in places)


def test_an_alias_is_what_it_stands_for() -> None:
    assert data_of("a: &a [1, 2]\nb: *a\n") == {"a": [1, 2], "b": [1, 2]}


def test_lines_end_as_they_may() -> None:
    for text in (spec("- ReLU").replace("\n", "\r\n"), "\ufeff" + spec("- ReLU")):
        assert codes(decode(text.encode(), "a.yaml")) == []


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-limits.INTEGER, limits.INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20).filter(
        lambda text: "$(" not in text
    ),
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text("abcdefg_ ", min_size=1, max_size=8), inner, max_size=5)
    ),
    max_leaves=20,
)


@settings(max_examples=300)
@given(PLAIN, st.booleans())
def test_what_yaml_writes_is_read_back(value: Any, flow: bool) -> None:
    text = yaml.safe_dump({"value": value}, allow_unicode=True, default_flow_style=flow, sort_keys=False)
    found = data_of(text)["value"]
    assert same(found, value), text


def same(found: Any, value: Any) -> bool:
    """Equal, where YAML 1.2 and the 1.1 that wrote the text mean the same."""
    if isinstance(value, list):
        return isinstance(found, list) and len(found) == len(value) and all(map(same, found, value))
    if isinstance(value, dict):
        return (
            isinstance(found, dict)
            and len(found) == len(value)
            and all(same(a, b) for a, b in zip(found.values(), value.values(), strict=True))
        )
    if isinstance(value, float):
        return isinstance(found, float | int) and math.isclose(found, value, rel_tol=1e-15)
    if isinstance(value, str) and re.fullmatch(r"[-+]?0\d+", value, re.ASCII):
        return bool(found in (value, int(value)))  # `08` is a text in 1.1, where 0 begins octal digits, and 8 in 1.2
    return type(found) is type(value) and bool(found == value)


YAMLISH = st.text("abc: -[]{}$(),'\"\n\t#&*!|>%@`?0123456789.\x00\x85\u2028\ud800é", max_size=80)


@settings(max_examples=500)
@given(YAMLISH | st.text(max_size=60) | st.binary(max_size=60))
def test_any_text_gives_diagnostics_and_nothing_else(content: str | bytes) -> None:
    collector = Collector()
    try:
        text = decode(content, "a.yaml") if isinstance(content, bytes) else content
        resolve(Source("a.yaml", text, Path("/nowhere"), None), "a", collector)
    except SpecError as error:
        collector.report(error)
    assert collector
    assert all(found.hint for found in collector.error().diagnostics)


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            [
                "{",
                "}",
                "[",
                "]",
                ":",
                ",",
                " ",
                "\n",
                "  ",
                "- ",
                "a",
                "ReLU",
                "Dense",
                "5",
                "$(",
                ")",
                "$a",
                "for",
                "do",
                "when",
                "as",
                "Add",
                "let",
                "side",
                "i in [1]",
                "'",
                '"',
                "\t",
                "output",
                "share",
                "from",
                "shape",
            ]
        ),
        max_size=40,
    )
)
def test_any_steps_give_diagnostics_and_nothing_else(words: list[str]) -> None:
    from tests.elaborate.specs import wrong

    wrong("archc: 1\nname: a\ninput: [8, 8, 3]\nlayers:\n  - " + "".join(words))
