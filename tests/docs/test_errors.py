"""The codes of diagnostics: every code has a way to get it, and the page of codes is what the records say."""

from __future__ import annotations

from pathlib import Path

import pytest

from archc import codes
from archc.codes import CODES
from archc.diagnostics import SpecError
from archc.elaborate.expand import Settings
from archc.network import load_network
from tests.docs.reported import REPORTED
from tests.docs.sources import reported_codes

SETTINGS = {
    "unknown-feature": Settings(features=("C5",)),
    "unknown-input": Settings(inputs={"b": (8,)}),
    "unknown-parameter": Settings(params={"unit": 5}),
    "unknown-layer": Settings(outputs=("conv",)),
}
FAMILY = "archc: 1\nname: a\ninput: [8]\nparams: {width: 4}\nlayers:\n  - Dense: $width\n"


def test_the_records_are_in_order_and_each_code_is_declared_once() -> None:
    names = [code.name for code in codes._DECLARED]
    assert names == sorted(set(names))
    assert [*CODES] == names


@pytest.mark.parametrize("name", CODES)
def test_a_record_is_complete(name: str) -> None:
    code = CODES[name]
    assert code.spec or code.setting
    assert code.summary.endswith(".")
    assert code.summary[0] == code.summary[0].upper()
    assert code.advice[0] == code.advice[0].lower()
    assert not code.advice.endswith(".")


@pytest.mark.parametrize("name", [code.name for code in CODES.values() if code.spec])
def test_the_spec_of_a_record_gets_its_code(tmp_path: Path, name: str) -> None:
    (tmp_path / "family.yaml").write_text(FAMILY, encoding="utf-8")
    path = tmp_path / "this.yaml"
    path.write_text(CODES[name].spec.replace("⇥", "\t"), encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        load_network(str(path), SETTINGS.get(name, Settings())).source()
    assert {found.code for found in caught.value.diagnostics} == {name}


def test_each_code_without_a_spec_is_reported_by_a_test() -> None:
    assert set(REPORTED) == {code.name for code in CODES.values() if not code.spec}


@pytest.mark.parametrize("name", REPORTED)
def test_a_code_without_a_spec_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert name in REPORTED[name](tmp_path, monkeypatch)


def test_every_code_in_the_sources_is_declared_and_every_declared_code_is_reported() -> None:
    assert reported_codes() == set(CODES)


@pytest.mark.parametrize("hint", [None, "a hint"])
def test_a_code_that_is_not_declared_cannot_be_reported(hint: str | None) -> None:
    from archc.collector import Collector

    with pytest.raises(KeyError):
        SpecError.of("no-such-code", "a message", None, hint)
    with pytest.raises(KeyError):
        Collector().add("no-such-code", "a message", None, hint)
