"""Files of Keras 2, files with a model in the model, and names that look like others."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from click.testing import CliRunner

from archc.cli import main
from archc.diagnostics import Diagnostic
from archc.weights.keras_2 import changed_functions
from tests.weights.networks import SMALL, codes, network, refused, saved
from tests.weights.saved import FORMATS, randomize, write

GATE = "archc: 1\nname: Gate\ninput: [2]\nlayers:\n  - Dense: {units: 3, activation: hard_sigmoid}\n    name: gate\n"
SEQUENCE = "archc: 1\nname: Gate\ninput: [4, 4]\nlayers:\n  - %s\n    name: gate\n"


def said(text: str, version: str | None) -> list[Diagnostic]:
    return list(changed_functions(network(text).graph, version))


@pytest.mark.parametrize(
    ("layer", "what"),
    [
        ("{Dense: {units: 3, activation: hard_sigmoid}}", "hard_sigmoid"),
        ("{Activation: hard_sigmoid}", "hard_sigmoid"),
        ("{LSTM: {units: 3, recurrent_activation: hard_sigmoid}}", "hard_sigmoid"),
        ("{Bidirectional: {layer: {GRU: {units: 3, recurrent_activation: hard_sigmoid}}}}", "hard_sigmoid"),
        ("{LayerNormalization: {axis: [-1, -2]}}", "LayerNormalization"),
    ],
)
def test_a_function_that_changed_is_reported_for_files_of_keras_2(layer: str, what: str) -> None:
    text = SEQUENCE % layer[1:-1]
    for version in ("2.15.0", "2.2.4", "2.21.0", "1.2.2"):
        found = said(text, version)
        assert [diagnostic.code for diagnostic in found] == ["weights-version"]
        assert f"of Keras {version}: " in found[0].message
        assert what in found[0].message
        assert found[0].message.endswith("; `gate`")
    assert not [*said(text, "3.15.1"), *said(text, None)]


@pytest.mark.parametrize(
    "layer", ["{Dense: {units: 3, activation: sigmoid}}", "{LSTM: 3}", "{LayerNormalization: {axis: [-2, -1]}}"]
)
def test_other_functions_are_not_reported(layer: str) -> None:
    assert not said(SEQUENCE % layer[1:-1], "2.15.0")


def legacy_of_keras_2(path: Path) -> None:
    with h5py.File(path, "a") as file:
        holder = file.get("model_weights", file)
        holder.attrs["keras_version"] = b"2.15.0"


def archive_of_keras_2(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    metadata = {**json.loads(members["metadata.json"]), "keras_version": "2.15.0"}
    members["metadata.json"] = json.dumps(metadata).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)


@pytest.mark.parametrize(
    ("file", "age"), [("net.h5", legacy_of_keras_2), ("whole.h5", legacy_of_keras_2), ("net.keras", archive_of_keras_2)]
)
def test_each_format_says_its_version(file: str, age: Callable[[Path], None], tmp_path: Path) -> None:
    path = saved(GATE, tmp_path, file)
    age(path)
    with pytest.warns(UserWarning, match=r"of Keras 2\.15\.0: `hard_sigmoid`"):
        network(GATE).build(weights=path)


def test_the_command_prints_the_warning_and_strict_makes_it_status_1(tmp_path: Path) -> None:
    (tmp_path / "gate.yaml").write_text(GATE)
    path = saved(GATE, tmp_path)  # says that Keras 2.2.4 wrote it
    arguments = ["build", str(tmp_path / "gate.yaml"), "--weights", str(path), "--dry-run"]
    done = CliRunner().invoke(main, arguments)
    assert (done.exit_code, done.stderr.count("weights-version")) == (0, 1)
    done = CliRunner().invoke(main, [*arguments, "--strict", "--json"])
    assert done.exit_code == 1
    assert [warning["code"] for warning in json.loads(done.stdout)["warnings"]] == ["weights-version"]


def test_hard_sigmoid_is_another_function_in_keras_3() -> None:
    """0.2 x + 0.5 at 1 was 0.7."""
    assert float(keras.activations.hard_sigmoid(np.ones(1, "f4"))[0]) == pytest.approx(2 / 3, abs=1e-4)


# A model in the model

FLAT = """
archc: 1
name: Flat
input: [8, 8, 3]
layers:
  - Conv2D: {filters: 4, kernel_size: 3}
    name: stem
  - BatchNormalization:
    name: stem_bn
  - GlobalAveragePooling2D
  - Dense: 5
    name: head
"""


def nested() -> keras.Model:
    entered = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(4, 3, name="stem")(entered)
    x = keras.layers.BatchNormalization(name="stem_bn")(x)
    base = keras.Model(entered, keras.layers.GlobalAveragePooling2D()(x), name="base")
    entered = keras.Input((8, 8, 3))
    return randomize(keras.Model(entered, keras.layers.Dense(5, name="head")(base(entered))))


def test_the_message_names_a_model_in_the_model(tmp_path: Path) -> None:
    path = tmp_path / "net.weights.h5"
    nested().save_weights(path)
    found = refused(path, FLAT.replace("filters: 4", "filters: 6"))
    assert codes(found)[0] == "weights"
    hint = found[0].hint or ""
    assert hint.startswith("the file has layers inside `base`, a model in the model: give the whole model")
    assert "`share: base`" in hint


@pytest.mark.parametrize("file", FORMATS)
def test_layers_in_a_model_in_the_model_load_by_their_names(file: str, tmp_path: Path) -> None:
    model = nested()
    built = network(FLAT).build(weights=write(model, tmp_path, file))
    batch = np.random.default_rng(1).normal(size=(2, 8, 8, 3)).astype("float32")
    np.testing.assert_array_equal(model(batch), built(batch))


@pytest.mark.parametrize("file", ["net.weights.h5", "whole.h5"])
def test_layers_in_a_model_in_the_model_that_nobody_named_are_refused(file: str, tmp_path: Path) -> None:
    """Without the model's configuration, their order in it is not known."""
    entered = keras.Input((4,))
    base = keras.Sequential([keras.layers.Dense(4), keras.layers.Dense(4)], name="base")
    model = keras.Model(entered, base(entered))
    text = "archc: 1\nname: Two\ninput: [4]\nlayers: [Dense: 4, Dense: 4]"
    assert codes(refused(write(model, tmp_path, file), text))[0] == "weights"


IN_BLOCKS = """
archc: 1
name: Blocks
input: [8, 8, 3]
blocks:
  base:
    layers:
      - Conv2D: {filters: 4, kernel_size: 3}
        name: stem
      - BatchNormalization:
        name: stem_bn
      - GlobalAveragePooling2D
layers:
  - base:
    share: base
  - Dense: 5
    name: head
"""


@pytest.mark.filterwarnings("ignore::UserWarning")  # Keras warns of its old format
@pytest.mark.parametrize("text", [FLAT, FLAT.replace("name: stem", "name: first"), IN_BLOCKS])
@pytest.mark.parametrize("file", ["net.keras", "net.h5"])
def test_a_whole_model_with_a_model_in_it_loads(file: str, text: str, tmp_path: Path) -> None:
    model = nested()
    model.save(tmp_path / file)
    built = network(text).build(weights=tmp_path / file)
    batch = np.random.default_rng(1).normal(size=(2, 8, 8, 3)).astype("float32")
    np.testing.assert_array_equal(model(batch), built(batch))


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("file", ["net.keras", "net.h5"])
def test_a_part_takes_its_layers_from_a_model_in_the_model(file: str, tmp_path: Path) -> None:
    model = nested()
    model.save(tmp_path / file)
    built = network(FLAT).build(["stem_bn"], weights=tmp_path / file)
    base = model.get_layer("base")
    wanted = keras.Model(base.inputs, base.get_layer("stem_bn").output)
    batch = np.random.default_rng(1).normal(size=(2, 8, 8, 3)).astype("float32")
    np.testing.assert_array_equal(wanted(batch), built(batch))


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("file", ["net.keras", "net.h5"])
def test_what_differs_in_a_model_in_the_model_is_named(file: str, tmp_path: Path) -> None:
    nested().save(tmp_path / file)
    found = refused(tmp_path / file, FLAT.replace("filters: 4", "filters: 6"))
    assert codes(found)[0] == "weights"
    assert "`stem`" in found[1].message


@pytest.mark.parametrize("file", ["net.weights.h5", "net.keras", "net.h5"])
def test_a_file_of_another_network_has_no_model_in_the_model(file: str, tmp_path: Path) -> None:
    assert "a model in the model" not in str(refused(saved(SMALL, tmp_path, file), FLAT)[0].hint)


# Names

TWO = """
archc: 1
name: Two
input: [4]
layers:
  - Dense: 4
  - Dense: 4
"""


def renamed_group(path: Path, old: str, new: str) -> None:
    with h5py.File(path, "a") as file:
        file.move(f"layers/{old}", f"layers/{new}")


@pytest.mark.parametrize("name", ["dense_01", "dense_0", "dense_١", "dense_+1"])
def test_a_name_that_is_no_number_of_keras_is_a_layer_of_its_own(name: str, tmp_path: Path) -> None:
    path = saved(TWO, tmp_path, "net.weights.h5")
    with h5py.File(path, "a") as file:
        file.copy("layers/dense_1", f"layers/{name}")
    found = refused(path, TWO)
    assert codes(found) == ["weights", "weights-extra"]


def renamed_arrays(path: Path, layer: str, names: list[str]) -> None:
    with h5py.File(path, "a") as file:
        group = file[layer]
        for old, new in zip(list(group.attrs["weight_names"]), names, strict=True):
            group.move(old.decode(), new)
        group.attrs["weight_names"] = names


@pytest.mark.parametrize(
    "names",
    [["d/kernel:0", "d/gamma:0"], ["d/kernel:0", "d/alpha:0"], ["d/embeddings:0", "d/bias:0"], ["d/kernel", "d/mean"]],
)
def test_an_array_of_another_name_is_not_this_one(names: list[str], tmp_path: Path) -> None:
    path = saved(SMALL, tmp_path)
    renamed_arrays(path, "predictions", names)
    assert codes(refused(path)) == ["weights", "weights-order"]


@pytest.mark.parametrize("name", ["predictions/depthwise_kernel:0", "predictions/Variable:0", "predictions_W:0", "x"])
def test_a_kernel_has_had_other_names(name: str, tmp_path: Path) -> None:
    path = saved(SMALL, tmp_path)
    renamed_arrays(path, "predictions", [name, "predictions/bias:0"])
    kernel: Any = network(SMALL).build(weights=path).get_layer("predictions").kernel
    assert tuple(kernel.shape) == (4, 10)


def test_a_group_whose_name_is_not_utf_8_is_damage(tmp_path: Path) -> None:
    path = saved(SMALL, tmp_path, "net.weights.h5")
    with h5py.File(path, "a") as file:
        file["layers"].create_group(b"dense\xff")
    found = refused(path, SMALL)
    assert codes(found) == ["not-weights"]
    assert "not UTF-8" in found[0].message
