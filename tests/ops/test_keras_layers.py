"""What Keras exports as layers is an op, the second name of one, or in the list of what is none, with its reason."""

from __future__ import annotations

import re
from collections.abc import Collection

import keras
import pytest

from archc.ops import registry
from archc.ops.cells import CELLS
from archc.ops.keras_layers import CELL_NAMES, EXPORTED_AS, NOT_IN_VOCABULARY, SECOND_NAMES, VERSIONS

CLASSES = {name: one for name, one in vars(keras.layers).items() if isinstance(one, type)}
OPS = {name for name, op in registry().items() if op.function is None}


def differences(exported: Collection[str], version: str) -> tuple[list[str], list[str]]:
    """The exports that are in no list, which a version that is not named may have; and what is listed without need."""
    listed = OPS | set(SECOND_NAMES) | set(NOT_IN_VOCABULARY)
    missing = sorted(set(exported) - listed)
    if not any(version.startswith(f"{named}.") for named in VERSIONS):
        print(f"Keras {version} has classes that are in no list: {', '.join(missing) or 'none'}")
        return [], []
    return missing, sorted(listed - set(exported))


def test_the_lists_are_the_exports_of_keras() -> None:
    assert differences(CLASSES, keras.__version__) == ([], [])


def test_a_version_that_is_named_is_held_to_the_lists_and_another_is_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    exported = {*CLASSES, "NewLayer"} - {"Dense"}
    assert differences(exported, f"{VERSIONS[0]}.9") == (["NewLayer"], ["Dense"])
    assert differences(exported, "99.0.0") == ([], [])
    assert capsys.readouterr().out == "Keras 99.0.0 has classes that are in no list: NewLayer\n"


def test_no_class_is_in_two_lists() -> None:
    listed = [*OPS, *SECOND_NAMES, *NOT_IN_VOCABULARY]
    assert len(listed) == len(set(listed))
    assert not set(NOT_IN_VOCABULARY) & set(registry())


@pytest.mark.parametrize("name", SECOND_NAMES)
def test_a_second_name_is_the_class_of_an_op(name: str) -> None:
    assert CLASSES[name] is CLASSES[SECOND_NAMES[name]]
    assert SECOND_NAMES[name] in OPS


@pytest.mark.parametrize("name", NOT_IN_VOCABULARY)
def test_a_reason_is_a_sentence_part(name: str) -> None:
    assert re.fullmatch(r"[a-z`K].*[^.]", NOT_IN_VOCABULARY[name])


def test_names_that_are_known_without_the_ops_are_those_of_the_ops() -> None:
    assert {name: op.keras_class for name, op in registry().items() if op.keras_class is not None} == EXPORTED_AS
    assert set(CELL_NAMES) == set(CELLS)
