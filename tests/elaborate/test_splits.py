"""A step with several outputs: `Split`, whose parts are slices of the network."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

import archc
from archc.diagnostics import SpecError
from archc.network import Network
from tests.keras_names import numbered_anew
from tests.targets.made import config, executed
from tests.targets.networks import network
from tests.targets.pytorch import differences

HEAD = "archc: 1\nname: Net\ninput: [6, 5, 12]\nlayers:\n"
WHOLE = """archc: 1
name: Net
params: {n: 3}
input: [6, 5, 12]
blocks:
  halve:
    layers:
      - Split: 2
        as: [a, b]
      - Multiply: [a, b]
layers:
  - Split: 2
    name: halves
    as: [a, b]
  - Concatenate: [b, a]
  - Split: {indices_or_sections: [2, 5], axis: -1}
    as: [part$(0), part$(1), part$(2)]
  - Concatenate: $(part)
  - halve:
    name: named
  - Dense: 12
  - halve:
  - Dense: {units: 12}
  - Split: {indices_or_sections: $n, axis: 1}
    as: [c, d, e]
  - Add: [c, d, e]
  - Split: 2
    as: [f, g]
    output: second
  - Subtract: [f, g]
    output: y
"""


def parts_of(keras_arguments: dict[str, Any], x: Any) -> list[Any]:
    return [np.asarray(part) for part in keras.ops.split(x, **keras_arguments)]


@pytest.mark.parametrize(
    ("written", "given"),
    [
        ("2", {"indices_or_sections": 2, "axis": -1}),
        ("[1, 5, 11]", {"indices_or_sections": [1, 5, 11], "axis": -1}),
        ("{indices_or_sections: 3, axis: 1}", {"indices_or_sections": 3, "axis": 1}),
        ("{indices_or_sections: [1], axis: -2}", {"indices_or_sections": [1], "axis": -2}),
        ("1", {"indices_or_sections": 1, "axis": -1}),
    ],
)
def test_the_parts_are_those_of_keras(written: str, given: dict[str, Any]) -> None:
    x = np.random.default_rng(0).normal(size=(2, 6, 5, 12)).astype("float32")
    wanted = parts_of(given, x)
    names = [f"part_{place}" for place in range(len(wanted))]
    outputs = f"outputs: [{', '.join(names)}]\n"
    made = network(f"{outputs}{HEAD}  - Split: {written}\n    as: [{', '.join(names)}]\n")
    left = made.build()(x)
    for part, other in zip(left if len(wanted) > 1 else [left], wanted, strict=True):
        np.testing.assert_array_equal(part, other)


def test_a_split_with_a_name_is_a_part_whose_slices_are_called_after_it() -> None:
    graph = network(WHOLE).graph
    assert [node.name for node in graph.nodes if node.op.op_name == "Slice"] == [
        "halves_0", "halves_1", "split_0", "split_1", "split_2", "split_1_0", "split_1_1",
        "split_2_0", "split_2_1", "split_3_0", "split_3_1", "split_3_2", "split_4_0", "split_4_1",
    ]  # fmt: skip
    assert graph.regions["halves"][1].name == "halves_1"


@pytest.mark.parametrize("flat", [False, True])
def test_the_source_makes_the_model_that_is_built(flat: bool) -> None:
    net = network(WHOLE)
    assert config(executed(net.source(flat=flat))()) == config(net.build())


def test_pytorch_computes_the_same() -> None:
    pytest.importorskip("torch")
    assert max(differences(network(WHOLE).graph)) < 1e-5


def test_what_is_built_is_read_again(tmp_path: Any) -> None:
    made = network(WHOLE)
    made.build().save(tmp_path / "net.keras")
    assert not made.diff(archc.load(str(tmp_path / "net.keras")))


def test_a_split_of_keras_is_read_as_slices() -> None:
    numbered_anew()  # an output of a model has the name of its layer, which Keras numbers
    entered = keras.Input((6, 5, 12))
    first, second, third = keras.ops.split(entered, [3, 6], axis=-1)
    model = keras.Model(entered, keras.layers.Concatenate()([keras.layers.Add()([first, second]), third]))
    spec = "  - Split: [3, 6]\n    as: [a, b, c]\n  - Concatenate: [{Add: [a, b]}, c]\n"
    assert not network(HEAD + spec).diff(archc.load(model))


def test_it_is_the_slices_that_it_stands_for() -> None:
    split = network(HEAD + "  - Split: [3]\n    as: [a, b]\n  - Concatenate: [b, a]\n")
    slices = "  - as: whole\n  - Slice: {stop: 3}\n    as: a\n  - Slice: {start: 3}\n    as: b\n    from: whole\n"
    assert not split.diff(network(HEAD + slices + "  - Concatenate: [b, a]\n"))


def test_the_last_part_goes_on_and_a_part_that_nothing_needs_is_told() -> None:
    with pytest.raises(SpecError) as caught:
        network(HEAD + "  - Split: 2\n  - Dense: 3\n")
    assert [found.code for found in caught.value.diagnostics] == ["unneeded"]
    whole: Network = network("unused: warn\n" + HEAD + "  - Split: 3\n  - Dense: 3\n")
    assert [node.name for node in whole.graph.nodes] == ["split_2", "dense"]


@pytest.mark.parametrize(
    ("steps", "codes"),
    [
        ("  - Split: 5\n    as: [a, b, c, d, e]\n  - Add: [a, b, c, d, e]\n", ["shape"]),
        ("  - Split: 2\n    as: [a, b, c]\n  - Add: [a, b, c]\n", ["outputs"]),
        ("  - Split: [4, 12]\n    as: [a, b, c]\n  - Add: [a, b, c]\n", ["shape"]),
        ("  - Split: [4, 4]\n    as: [a, b, c]\n  - Add: [a, b, c]\n", ["argument"]),
        ("  - Split: []\n    as: [a, b]\n  - Add: [a, b]\n", ["argument"]),
        ("  - Split: 0\n    as: [a, b]\n  - Add: [a, b]\n", ["argument"]),
        ("  - Split:\n    as: [a, b]\n  - Add: [a, b]\n", ["missing-argument"]),
        ("  - Split: {indices_or_sections: 2, axis: 0}\n    as: [a, b]\n  - Add: [a, b]\n", ["argument"]),
        ("  - Split: {indices_or_sections: 2, axis: 4}\n    as: [a, b]\n  - Add: [a, b]\n", ["shape"]),
        ("  - Split: {sections: 2}\n    as: [a, b]\n  - Add: [a, b]\n", ["missing-argument", "unknown-argument"]),
        ("  - as: c\n  - Split: 2\n    from: [c, c]\n    as: [a, b]\n  - Add: [a, b]\n", ["inputs"]),
        ("  - Split: {indices_or_sections: 2, dtype: float16}\n    as: [a, b]\n  - Add: [a, b]\n", ["argument"]),
        ("  - Split: 2\n    as: [a, b, c]\n    when: false\n  - ReLU\n", ["outputs"]),
        ("  - Split: 2\n    name: \"\"\n    as: [a, b]\n  - Add: [a, b]\n", ["name"]),
    ],
)  # fmt: skip
def test_wrong_uses_have_one_error(steps: str, codes: list[str]) -> None:
    with pytest.raises(SpecError) as caught:
        network(HEAD + steps)
    assert sorted(found.code for found in caught.value.diagnostics) == codes


def test_equal_parts_of_an_open_size_are_refused() -> None:
    head = HEAD.replace("[6, 5, 12]", "[null, 12]")
    with pytest.raises(SpecError) as caught:
        network(head + "  - Split: {indices_or_sections: 2, axis: 1}\n    as: [a, b]\n  - Add: [a, b]\n")
    assert [found.code for found in caught.value.diagnostics] == ["unknown-size"]
    parts = network(head + "  - Split: {indices_or_sections: [2], axis: 1}\n    as: [a, b]\n  - Concatenate: [a, b]\n")
    assert [node.shape for node in parts.graph.nodes] == [(None, 12), (None, 12), (None, 24)]
