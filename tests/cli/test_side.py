"""One side of a comparison, as a text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archc.cli.side import parse_side
from archc.diagnostics import SpecError


@pytest.mark.parametrize(
    ("text", "label", "params"),
    [
        ("vgg16", "vgg16", {}),
        ("-", "-", {}),
        ("resnet50?classes=10&depths=[3,4,23,3]", "resnet50", {"classes": 10, "depths": [3, 4, 23, 3]}),
        ("git:HEAD~1:a.yaml?classes=10", "git:HEAD~1:a.yaml", {"classes": 10}),
        ('a?unit={a: [1, \'b&c=2\'], d: "e\\"&f"}&g=1.5', "a", {"unit": {"a": [1, "b&c=2"], "d": 'e"&f'}, "g": 1.5}),
        ("a?name='it''s&more'&b=it's&c=x==y", "a", {"name": "it's&more", "b": "it's", "c": "x==y"}),
        ("a?top=&lrn=false", "a", {"top": None, "lrn": False}),
        ("a?why=what?", "a", {"why": "what?"}),
    ],
)
def test_a_side_is_a_spec_and_what_is_set(text: str, label: str, params: dict[str, Any]) -> None:
    found, settings = parse_side(text)
    assert (found, settings.params, settings.inputs, settings.outputs) == (label, params, {}, ())


def test_a_file_with_a_question_mark_in_its_name_is_found(tmp_path: Path) -> None:
    path = tmp_path / "what?b=1.yaml"
    path.write_text("archc: 1\n", encoding="utf-8")
    assert parse_side(str(path)) == (str(path), parse_side("a")[1])
    label, settings = parse_side(f"{path}?classes=10")
    assert (label, settings.params) == (str(path), {"classes": 10})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("vgg16?", "usage"),
        ("vgg16?classes", "usage"),
        ("vgg16?=10", "usage"),
        ("vgg16?classes=10&", "usage"),
        ("vgg16?classes=10&classes=5", "usage"),
        ("?classes=10", "usage"),
        ("", "usage"),
        ("vgg16?depths=[1,2&classes=10", "yaml"),
    ],
)
def test_a_side_that_cannot_be_parsed_is_reported(text: str, code: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_side(text)
    (found,) = caught.value.diagnostics
    assert found.code == code
    assert found.hint or code == "yaml"
