"""Models with layers that Keras adapts to data, or whose types it notes otherwise than it computes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import archc
from archc.ir.opaque import Opaque
from archc.ops.categories import Discretization
from tests.elaborate.specs import compile_text, ops, spec

Layers = keras.layers


def words(size: int = 3) -> Any:
    return keras.Input((size,), dtype="string", name="words")


def read(entered: Any, output: Any) -> archc.Network:
    return archc.load(keras.Model(entered, output))


def adapted(layer: Any, data: Any) -> Any:
    layer.adapt(data)
    return layer


LEARNED: dict[str, Callable[[], tuple[Any, Any]]] = {
    "StringLookup": lambda: (words(), adapted(Layers.StringLookup(), ["a", "b"])),
    "IntegerLookup": lambda: (keras.Input((3,), dtype="int64"), adapted(Layers.IntegerLookup(), [3, 5])),
    "TextVectorization": lambda: (words(1), adapted(Layers.TextVectorization(), ["a b", "c"])),
}


@pytest.mark.parametrize("name", LEARNED)
def test_a_vocabulary_that_was_learned_makes_a_layer_opaque(name: str) -> None:
    entered, layer = LEARNED[name]()
    (node, _) = read(entered, Layers.Embedding(9, 4)(layer(entered))).graph.nodes
    assert isinstance(node.op, Opaque)
    assert node.op.reason == "its vocabulary was learned from data, and is not in the configuration"


def test_boundaries_that_were_learned_are_in_the_configuration() -> None:
    entered = keras.Input((4,))
    layer = adapted(Layers.Discretization(num_bins=3), np.arange(10.0))
    (node,) = read(entered, layer(entered)).graph.nodes
    assert isinstance(node.op, Discretization)
    assert np.allclose(node.op.bin_boundaries, layer.bin_boundaries)


OPAQUE: dict[str, tuple[Callable[[Any], Any], str]] = {
    "another type": (Layers.Hashing(4, dtype="int32"), "it gives int32, and archc's Hashing gives int64"),
    "sparse": (
        Layers.StringLookup(vocabulary=["a"], output_mode="count", sparse=True),
        "archc has no argument `sparse` of StringLookup",
    ),
    "ragged": (
        Layers.TextVectorization(vocabulary=["a"], split=None, ragged=True),
        "archc has no argument `ragged` of TextVectorization",
    ),
}


@pytest.mark.parametrize("name", OPAQUE)
def test_what_gives_another_tensor_is_opaque(name: str) -> None:
    layer, reason = OPAQUE[name]
    entered = words()
    (node,) = read(entered, layer(entered)).graph.nodes
    assert isinstance(node.op, Opaque)
    assert node.op.reason == reason


def test_layers_behind_a_lookup_are_read_although_keras_notes_another_type() -> None:
    entered = words()
    rows = Layers.StringLookup(vocabulary=["a", "b"], output_mode="one_hot")(entered)
    rows = Layers.Concatenate()([Layers.Reshape((9,))(rows), Layers.Flatten()(rows)])
    network = read(entered, Layers.Dense(2)(rows))
    assert rows.dtype == "float32"  # as Keras notes it, while it computes int64
    assert ops(network) == ["StringLookup", "Reshape", "Flatten", "Concatenate", "Dense"]
    assert [node.dtype for node in network.graph.nodes] == ["int64"] * 4 + ["float32"]


WEIGHED = """
- StringLookup: {vocabulary: [a, b], output_mode: tf_idf, idf_weights: [0.5, 0.25]}
- Dense: 2
"""


@pytest.mark.parametrize("file", ["net.keras", "net.weights.h5"])
def test_weights_beside_weights_of_tokens_are_loaded(file: str, tmp_path: Path) -> None:
    network = compile_text(spec(WEIGHED, input="{shape: [4], dtype: string}"))
    model = network.build()
    (model.save if file.endswith(".keras") else model.save_weights)(tmp_path / file)
    loaded = network.build(weights=tmp_path / file)
    given = np.array([["a", "b", "b", "x"]])
    np.testing.assert_array_equal(loaded(given), model(given))


def test_a_saved_model_loads_where_archc_is_not_installed(tmp_path: Path) -> None:
    network = archc.load(Path(__file__).parents[1] / "elaborate/networks/wide_and_deep.yaml")
    network.build().save(tmp_path / "net.keras")
    program = (
        "import sys; sys.modules['archc'] = None; import keras; "
        f"print(keras.models.load_model({str(tmp_path / 'net.keras')!r}).count_params())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["1113467"], done.stderr[-500:]
