"""`archc weights`: the arrays of a file beside NumPy's figures of them, and the networks that it fits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from click.testing import CliRunner, Result
from ml_dtypes import bfloat16

import archc
from archc.cli import main
from archc.library.paths import library_paths
from archc.weights.overlap import file_contents, fits, overlap
from archc.weights.saved_file import open_weights
from tests.weights.networks import SMALL, model_of, saved
from tests.weights.saved import FORMATS, randomize, write


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["weights", *arguments])


def listed(path: Path, *arguments: str) -> dict[str, Any]:
    result = run(str(path), "--json", *arguments)
    assert result.exit_code == 0, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def arrays(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [array for layer in document["layers"] for array in layer["arrays"]]


def holding(tmp_path: Path, **held: Any) -> Path:
    """A file in the layout of Keras 3, whose one layer has these arrays; a function makes one itself."""
    path = tmp_path / "made.weights.h5"
    with h5py.File(path, "w") as file:
        holder = file.create_group("layers/dense/vars")
        for number, values in enumerate(held.values()):
            if callable(values):
                values(holder, str(number))
            else:
                holder[str(number)] = values
    return path


# Arrays


@pytest.mark.parametrize("file", FORMATS)
def test_lists_every_array_of_a_file_with_its_figures(file: str, tmp_path: Path) -> None:
    document = listed(saved(SMALL, tmp_path, file), "--networks", "0")
    wanted = {layer.name: layer.get_weights() for layer in model_of(SMALL).layers if layer.weights}
    assert {layer["name"] for layer in document["layers"]} == set(wanted)
    assert document["networks"] is None
    for layer in document["layers"]:
        for array, values in zip(layer["arrays"], wanted[layer["name"]], strict=True):
            assert (array["shape"], array["dtype"]) == ([*values.shape], "float32")
            found = array["statistics"]
            assert found["mean"] == pytest.approx(values.astype("f8").mean(), rel=1e-9, abs=1e-12)
            assert found["deviation"] == pytest.approx(values.astype("f8").std(), rel=1e-9)
            assert (found["zeros"], found["nan"], found["infinite"]) == (int((values == 0).sum()), 0, 0)
    text = run(str(tmp_path / file), "--networks", "0").stdout
    assert all(name in text for name in wanted)
    assert f"5 layers with 12 arrays, {model_of(SMALL).count_params():,} numbers" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f4", "int8", "int64", "uint8"])
def test_numbers_of_any_type(dtype: str, tmp_path: Path) -> None:
    values = np.arange(-6, 90).reshape(8, 12)
    values = (values if np.dtype(dtype).kind != "u" else abs(values)).astype(dtype)
    (found,) = arrays(listed(holding(tmp_path, values=values), "--networks", "0"))
    assert found["dtype"] == str(np.dtype(dtype))
    assert found["statistics"]["mean"] == pytest.approx(values.astype("f8").mean())
    assert found["statistics"]["deviation"] == pytest.approx(values.astype("f8").std())
    assert found["statistics"]["zeros"] == 1


def test_bfloat16_as_keras_writes_it(tmp_path: Path) -> None:
    layer = keras.layers.Dense(7, dtype="bfloat16", name="d")
    model = keras.Sequential([keras.Input((5,)), layer])
    values = np.random.default_rng(0).normal(size=(5, 7)).astype(bfloat16)
    layer.set_weights([values, np.zeros(7)])
    model.save_weights(tmp_path / "net.weights.h5")
    kernel, bias = arrays(listed(tmp_path / "net.weights.h5", "--networks", "0"))
    assert kernel["dtype"] == bias["dtype"] == "bfloat16"
    assert kernel["statistics"]["mean"] == pytest.approx(float(values.astype("f8").mean()))
    assert bias["statistics"]["zeros"] == 7


def test_what_is_not_finite_is_counted_and_left_out_of_the_mean(tmp_path: Path) -> None:
    some = np.array([1, np.nan, 3, np.inf, -np.inf, np.nan, 0], "f4")
    path = holding(tmp_path, some=some, none=np.full(3, np.nan, "f4"), empty=np.zeros((0, 4), "f4"), one=np.float32(2))
    document = listed(path, "--networks", "0")
    found = [array["statistics"] for array in arrays(document)]
    assert found[0] == {
        "mean": pytest.approx(4 / 3),
        "deviation": pytest.approx(np.std([1, 3, 0])),
        "zeros": 1,
        "nan": 2,
        "infinite": 2,
    }
    assert (found[1]["mean"], found[1]["deviation"], found[1]["nan"]) == (None, None, 3)
    assert found[2] == {"mean": None, "deviation": None, "zeros": 0, "nan": 0, "infinite": 0}
    assert (found[3]["mean"], found[3]["deviation"], arrays(document)[3]["shape"]) == (2, 0, [])
    text = run(str(path), "--networks", "0").stdout
    assert "2 NaN, 2 infinite" in text
    assert "2 arrays have numbers that are not finite" in text


def test_large_arrays_and_large_numbers(tmp_path: Path) -> None:
    """More numbers than are converted at a time; their means differ from part to part."""
    random = np.random.default_rng(0)
    large = (random.normal(size=(3, 1 << 20)) + np.array([[1000], [0], [-7]])).astype("f4")
    path = holding(tmp_path, large=large, huge=np.full(4, 1.7e308), tiny=np.full(4, 5e-324))
    found = [array["statistics"] for array in arrays(listed(path, "--networks", "0"))]
    assert found[0]["mean"] == pytest.approx(large.astype("f8").mean(), rel=1e-9)
    assert found[0]["deviation"] == pytest.approx(large.astype("f8").std(), rel=1e-9)
    assert found[1]["mean"] in (None, pytest.approx(1.7e308))
    assert found[2]["mean"] == 5e-324


def _texts(holder: h5py.Group, name: str) -> None:
    holder.create_dataset(name, data=["a", "b"], dtype=h5py.string_dtype())


def _bomb(holder: h5py.Group, name: str) -> None:
    holder.create_dataset(name, (17_000, 1_000), "f4", chunks=(17_000, 1_000), compression="gzip", fillvalue=0)
    holder[name][...] = 0


def _undeclared(holder: h5py.Group, name: str) -> None:
    holder.create_dataset(name, (1 << 40, 1 << 10), "f4", chunks=(1, 1 << 10), compression="gzip")


def _not_there(holder: h5py.Group, name: str) -> None:
    holder.create_dataset(name, (30, 40), "f4")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_texts, "neither floats nor integers"),
        (_bomb, "it declares 68,000,000 bytes"),
        (_undeclared, "it declares 4,503,599,627,370,496 bytes"),
        (_not_there, "does not hold its values"),
        (lambda holder, name: holder.create_dataset(name, data=np.zeros(3, "c8")), "neither floats nor integers"),
    ],
)
def test_an_array_that_is_not_read_is_listed_with_the_reason(
    make: Callable[..., Any], words: str, tmp_path: Path
) -> None:
    path = holding(tmp_path, made=make, good=np.ones(3, "f4"))
    first, second = arrays(listed(path, "--networks", "0"))
    assert words in first["problem"]
    assert (first["statistics"], second["problem"], second["statistics"]["mean"]) == (None, None, 1)
    text = run(str(path), "--networks", "0").stdout
    assert "not read" in text
    assert words in text


@pytest.mark.parametrize("content", [b"", b"not a file of weights", b"PK\x03\x04", b"\x89HDF\r\n\x1a\n" + bytes(100)])
def test_a_damaged_file_is_one_clear_error(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "net.h5"
    path.write_bytes(content)
    result = run(str(path))
    assert result.exit_code == 2
    assert result.stderr.count("not-weights") == 1
    assert run(str(tmp_path / "nothing.h5")).exit_code == run(str(tmp_path)).exit_code == 2
    assert json.loads(run(str(path), "--json").stdout)["diagnostics"][0]["code"] == "not-weights"


def test_links_out_of_the_file_are_not_followed(tmp_path: Path) -> None:
    def external(holder: h5py.Group, name: str) -> None:
        holder[name] = h5py.ExternalLink("/nowhere.h5", "/second")

    result = run(str(holding(tmp_path, made=external)))
    assert (result.exit_code, "weights-link" in result.stderr) == (2, True)


def test_a_pipe_that_closes_and_a_narrow_terminal(tmp_path: Path) -> None:
    path = saved(SMALL, tmp_path)
    command = f"{sys.executable} -m archc weights {path} --networks 0 | head -1"
    root = Path(__file__).parents[2]
    made = subprocess.run(
        command, shell=True, capture_output=True, text=True, cwd=root, env={**os.environ}, check=False
    )
    assert (made.returncode, made.stderr) == (0, "")
    assert made.stdout.startswith("layer")


# Networks


@pytest.fixture
def two_families(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library of two families, so that reading all of it is quick."""
    paths = {name: path for name, path in library_paths().items() if path.parent.name in ("lenet", "vgg")}
    monkeypatch.setattr("archc.report.list.library_paths", lambda: paths)


@pytest.mark.usefixtures("two_families")
@pytest.mark.parametrize("file", FORMATS)
def test_the_network_of_a_file_is_first_and_fits_whole(file: str, tmp_path: Path) -> None:
    path = write(randomize(archc.load("lenet5").build()), tmp_path, file)
    first, *others = listed(path)["networks"]
    assert first == {"spec": "lenet5", "is_whole": True, "of_network": 1, "of_file": 1, "of_names": 1}
    assert len(others) <= 4
    assert not any(other["is_whole"] for other in others)
    assert "lenet5" in run(str(path)).stdout.rpartition("of names")[2].splitlines()[1]


@pytest.mark.usefixtures("two_families")
def test_a_file_without_the_classifier_finds_its_network_by_names(tmp_path: Path) -> None:
    path = tmp_path / "top.weights.h5"
    archc.load("vgg11").ending_at("block5_pool").build().save_weights(path)
    networks = listed(path, "--networks", "20")["networks"]
    assert networks[0]["spec"] == "vgg11"
    assert (networks[0]["is_whole"], networks[0]["of_file"], networks[0]["of_names"]) == (False, 1, 1)
    assert networks[0]["of_network"] == pytest.approx(9_220_480 / 132_863_336, abs=1e-6)
    assert len(networks) == 10


@pytest.mark.usefixtures("two_families")
def test_a_file_of_nothing_in_the_library_says_so(tmp_path: Path) -> None:
    path = holding(tmp_path, odd=np.ones((7, 11, 13), "f4"))
    assert listed(path)["networks"] == []
    assert "no network of the library" in run(str(path)).stdout


@pytest.mark.parametrize("file", FORMATS)
def test_a_whole_fit_is_what_a_build_loads(file: str, tmp_path: Path) -> None:
    model = randomize(archc.load("resnet20_cifar").build())
    path = write(model, tmp_path, file)
    specs = ["resnet20_cifar", "resnet32_cifar", "resnet20_cifar?", "lenet5"]
    with open_weights(path, 1_000) as opened:
        held = file_contents(opened)
        for name in specs:
            network = archc.load(name.rstrip("?"), classes=7) if name.endswith("?") else archc.load(name)
            shared, is_whole = overlap(network.graph, held), fits(opened, network.graph)
            assert is_whole == (name == "resnet20_cifar")
            assert is_whole == (shared == (1, 1, 1))
            if is_whole:
                loaded = network.build(weights=path)
                assert all(map(np.array_equal, loaded.get_weights(), model.get_weights()))
            else:
                with pytest.raises(archc.SpecError):
                    network.build(weights=path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["densenet121", "inception_v3", "resnet50", "xception", "mobilenet_v2", "nasnet_a_mobile"]
)
def test_networks_of_the_library_are_found(name: str, tmp_path: Path) -> None:
    path = tmp_path / "net.weights.h5"
    archc.load(name).build().save_weights(path)
    networks = listed(path)["networks"]
    assert name in [one["spec"] for one in networks if one["is_whole"]]
