"""`docs/render.md`: its tables are the docstrings of the data, its examples run."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from archc import limits
from archc.render.context import (
    Context,
    Fact,
    Layer,
    NetworkInput,
    NetworkOutput,
    Paper,
    Part,
    WholeNetwork,
)
from archc.render.filters import FILTERS
from archc.render.picture import Box, Line, Picture
from archc.render.shipped import shipped_templates
from tests.render.rendering import library_data, text_of

PAGE = (Path(__file__).parents[2] / "docs/render.md").read_text(encoding="utf-8")
TABLES: dict[str, type[Any]] = {
    "The variables": Context,
    "`network`": WholeNetwork,
    "`network.paper`": Paper,
    "An input": NetworkInput,
    "An output": NetworkOutput,
    "A layer": Layer,
    "A part": Part,
    "A fact": Fact,
    "A picture": Picture,
    "A box": Box,
    "A line": Line,
}


def described(made: type[Any]) -> list[tuple[str, str]]:
    """The attributes in the docstring of a class, each with what it says."""
    _, _, listed = inspect.getdoc(made).partition("Attributes:\n")  # type: ignore[union-attr]
    found = re.findall(r"^    (\w+): (.*?)(?=^    \w+: |\Z)", listed, re.MULTILINE | re.DOTALL)
    return [(name, " ".join(text.split())) for name, text in found]


def table(title: str) -> list[tuple[str, str]]:
    """The rows of the table under a title: a name and what it says."""
    section = PAGE.split(f"# {title}\n")[1].split("\n#")[0]
    return re.findall(r"^\| `(\w+)` \| (.*) \|$", section, re.MULTILINE)


@pytest.mark.parametrize("title", TABLES)
def test_a_table_is_what_the_data_has(title: str) -> None:
    made = TABLES[title]
    assert [name for name, _ in described(made)] == [field.name for field in fields(made)]
    assert table(title) == described(made)


def test_the_filters_are_listed() -> None:
    assert [name for name, _ in table("Filters")] == [*FILTERS]


def test_the_templates_are_listed() -> None:
    assert dict(table("Shipped templates")) == shipped_templates()


def test_the_limits_are_those_of_the_program() -> None:
    text = PAGE.split("## What a template cannot do")[1]
    for limit in (limits.ROUNDS, limits.TEMPLATE_TEXT, limits.TEMPLATE_WIDTH):
        assert f"{limit:,}" in text
    assert f"{limits.FILE_BYTES // 2**20} MiB" in " ".join(text.split())


def test_the_house_format_runs() -> None:
    (template,) = re.findall(r"```jinja\n(.*?)```", PAGE, re.DOTALL)
    (shown,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert len(template.splitlines()) <= 20
    made = text_of(template, library_data("resnet50"))
    assert made == shown
    card = yaml.safe_load(made)
    assert card["parameters"] == 25_557_032
    assert [stage["output"] for stage in card["stages"]][-2:] == ["7×7×2048", "1000"]
    assert card["facts"]["agree"] + card["facts"]["explained"] == 13
