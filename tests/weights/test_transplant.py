"""Networks built with the weights of others: files, models, the command, and what Keras does instead."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from click.testing import CliRunner, Result

import archc
from archc.cli import main
from archc.network import Network
from archc.targets.keras import model as keras_model
from archc.weights.loading import innermost_layers
from archc.weights.saved_layers import SavedArray
from tests.keras_files.test_applications import SHARED
from tests.targets.networks import PYRAMID, SHARED_SCALE, SIAMESE
from tests.weights.networks import FROZEN, MIXED, SMALL, UNNAMED, WORDS, codes, model_of, network, saved
from tests.weights.saved import FORMATS, randomize, write
from tests.weights.test_other_files import nested
from tests.weights.test_transplant_plan import SHARED_TWICE, TWO

VGG = """
archc: 1
name: VGG
params: {classes: 10}
input: [32, 32, 3]
layers:
  - for: block, depth, filters in zip(range(1, 6), [2, 2, 3, 3, 3], [2, 3, 4, 5, 5])
    do:
      - for: i in range(1, depth + 1)
        do:
          - Conv2D: {filters: $filters, kernel_size: 3, padding: same, activation: relu}
            name: block$(block)_conv$(i)
      - MaxPooling2D: 2
  - Flatten
  - Dense: {units: 8, activation: relu}
    name: fc1
  - Dense: $classes
    name: predictions
"""
"""VGG-16 of reduced width."""
DEEP = VGG.replace("[2, 2, 3, 3, 3]", "[2, 2, 4, 4, 4]")
"""VGG-19 likewise."""


def arrays(model: Any) -> dict[tuple[str, int], Any]:
    """The arrays of a model, by the names of the layers and their places."""
    return {
        (layer.name, place): values
        for layer in innermost_layers(model)
        for place, values in enumerate(layer.get_weights())
    }


def check_taken(old: Network, source: Any, new: Network, built: Any) -> None:
    """Every weight that the plan takes is that of its counterpart, and no other is."""
    theirs, ours = arrays(source), arrays(built)
    plan = old.transplant_plan(new)
    assert set(ours) == {(planned.layer.name, planned.layer.weights.index(planned.weight)) for planned in plan.weights}
    for planned in plan.weights:
        values = ours[planned.layer.name, planned.layer.weights.index(planned.weight)]
        if planned.source is None:
            assert not any(np.array_equal(values, other) and values.std() > 0 for other in theirs.values())
        else:
            place = planned.source.layer.weights.index(planned.source.weight)
            assert np.array_equal(values, theirs[planned.source.layer.name, place])


# Files


@pytest.mark.parametrize("file", FORMATS)
@pytest.mark.parametrize("text", [SMALL, UNNAMED, SIAMESE, FROZEN, PYRAMID, SHARED_SCALE, WORDS, MIXED])
def test_a_transplant_to_itself_is_the_identity(text: str, file: str, tmp_path: Path) -> None:
    net = network(text)
    built = net.transplant(saved(text, tmp_path, file), net)
    assert all(map(np.array_equal, built.get_weights(), model_of(text).get_weights()))


@pytest.mark.parametrize("file", FORMATS)
def test_each_paired_weight_is_where_the_pairing_says(file: str, tmp_path: Path) -> None:
    old, new = network(VGG), network(DEEP, classes=3)
    source = randomize(old.build())
    built = old.transplant(write(source, tmp_path, file), new)
    check_taken(old, source, new, built)
    assert built.output_shape == (None, 3)


@pytest.mark.filterwarnings("ignore:.*HDF5")
@pytest.mark.parametrize("file", ["net.keras", "net.h5"])
def test_a_model_file_tells_its_own_network(file: str, tmp_path: Path) -> None:
    """A model in the model, whose layers have a row of layers as counterparts."""
    model = nested()
    model.save(tmp_path / file)
    old = archc.load(tmp_path / file)
    flat = archc.loads("archc: 1\nname: F\ninput: [8, 8, 3]\nlayers:\n  - Conv2D: {filters: 4, kernel_size: 3}\n"
                       "    name: one\n  - BatchNormalization\n  - GlobalAveragePooling2D\n  - Dense: 5\n")  # fmt: skip
    built = old.transplant(tmp_path / file, flat)
    batch = np.random.default_rng(1).normal(size=(2, 8, 8, 3)).astype("float32")
    np.testing.assert_array_equal(model(batch), built(batch))
    again = flat.transplant(built, old)
    np.testing.assert_array_equal(model(batch), again(batch))


def test_a_model_gives_its_weights_too() -> None:
    old, new = network(VGG), network(DEEP)
    source = randomize(old.build())
    check_taken(old, source, new, old.transplant(source, new))
    with pytest.raises(archc.SpecError) as caught:
        old.transplant(model_of(SMALL), new)
    assert codes(caught.value.diagnostics) == ["weights"]


def kernels_from(model: Any, source: Any) -> dict[str, str]:
    """The layers of a source whose kernels the layers of a model have."""
    found = {}
    for name, kernel in [(name, values) for (name, place), values in arrays(model).items() if place == 0]:
        for (other, place), values in arrays(source).items():
            if place == 0 and np.array_equal(kernel, values):
                found[name] = other
    return found


@pytest.mark.filterwarnings("ignore::UserWarning")  # what Keras says of the layers that it skips
def test_where_keras_is_silently_wrong_the_transplant_is_right(tmp_path: Path) -> None:
    """`skip_mismatch` puts the n-th convolution into the n-th, wherever the shapes allow it: four layers are wrong."""
    old, new = network(VGG), network(DEEP)
    source, theirs = randomize(old.build()), new.build()
    path = write(source, tmp_path, "vgg16.weights.h5")
    theirs.load_weights(path, skip_mismatch=True)
    wrong = {name: other for name, other in kernels_from(theirs, source).items() if name != other}
    assert wrong == {
        "block4_conv2": "block4_conv3",
        "block4_conv3": "block5_conv1",
        "block4_conv4": "block5_conv2",
        "block5_conv1": "block5_conv3",
    }
    ours = kernels_from(old.transplant(path, new), source)
    assert ours == {layer.name: layer.name for layer in source.layers if layer.weights}


def counted_reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each array of a file is read from here on."""
    reads: Counter[str] = Counter()
    read = SavedArray.read

    def counted(array: SavedArray) -> Any:
        reads[array.dataset.name] += 1
        return read(array)

    monkeypatch.setattr(SavedArray, "read", counted)
    return reads


def test_each_array_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = counted_reads(monkeypatch)
    old, new = network(VGG), network(DEEP, classes=3)
    path = write(old.build(), tmp_path, "net.weights.h5")
    old.transplant(path, new)
    assert set(reads.values()) == {1}
    assert len(reads) == len(old.transplant_plan(new).taken)


def test_one_array_that_two_layers_take_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = counted_reads(monkeypatch)
    old = network(SHARED_TWICE)
    built = old.transplant(write(randomize(old.build()), tmp_path, "net.keras"), network(TWO))
    assert [*reads.values()] == [1, 1]
    one, two = (built.get_layer(name).get_weights() for name in ("one", "two"))
    assert all(map(np.array_equal, one, two))


def test_new_layers_alone_get_initial_values(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is loaded next begins with zeros: no random numbers are drawn for it."""
    made: list[Any] = []
    call = keras.initializers.GlorotUniform.__call__

    def counted(initializer: Any, shape: Any, dtype: Any = None) -> Any:
        made.append(shape)
        return call(initializer, shape, dtype)

    old, new, path = network(VGG), network(DEEP), saved(VGG, tmp_path)
    monkeypatch.setattr(keras.initializers.GlorotUniform, "__call__", counted)
    old.transplant(path, new)
    assert made == [(3, 3, 4, 4), (3, 3, 5, 5), (3, 3, 5, 5)]


def test_a_seed_makes_new_weights_repeatable_and_is_put_back(tmp_path: Path) -> None:
    old, new, path = network(SMALL), network(SMALL, classes=3), saved(SMALL, tmp_path)
    random.seed(5)
    following = [random.random() for _ in range(2)]
    random.seed(5)
    first = [random.random(), old.transplant(path, new, seed=1).get_weights(), random.random()]
    assert [first[0], first[2]] == following
    again, other, free = (old.transplant(path, new, seed=seed).get_weights() for seed in (1, 2, None))
    assert all(map(np.array_equal, first[1], again))
    assert not np.array_equal(first[1][-2], other[-2])
    assert not np.array_equal(first[1][-2], free[-2])


def test_a_normalization_computes_with_the_weights_that_it_takes(tmp_path: Path) -> None:
    text = "archc: 1\nname: N\nparams: {units: 2}\ninput: [3]\nlayers:\n  - Normalization\n  - Dense: $units\n"
    old = network(text)
    model = old.build()
    model.layers[1].adapt(np.random.default_rng(0).normal(3, 2, (50, 3)))
    built = old.transplant(write(model, tmp_path, "net.keras"), network(text, units=5))
    batch = np.random.default_rng(1).normal(size=(4, 3)).astype("float32")
    assert np.array_equal(built.layers[1](batch), model.layers[1](batch))


# The command


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs `archc transplant` in a folder with specs and files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    for name, text in (("small", SMALL), ("siamese", SIAMESE), ("vgg", VGG)):
        Path(f"{name}.yaml").write_text(text, encoding="utf-8")
    saved(SMALL, tmp_path, "net.keras")
    saved(SMALL, tmp_path, "net.weights.h5")
    saved(SMALL, tmp_path, "net.h5")
    return lambda *arguments: CliRunner().invoke(main, ["transplant", *arguments])


THREE = ("small.yaml", "--set", "classes=3")


def test_the_command_writes_a_model_and_tells_what_it_took(run: Callable[..., Result]) -> None:
    result = run("net.keras", *THREE, "-o", "new.keras", "--seed", "1")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[-4:] == [
        "taken: 416 of 431 learned weights (96.5%), all of 4 of 5 layers",
        "new: 15 in 1 layer",
        "left out: 50 of the 466 learned weights of the old network",
        "wrote new.keras",
    ]
    assert "new: kernel is 4x10 in `predictions`, 4x3 here" in " ".join(result.stdout.split())
    built = keras.models.load_model("new.keras")
    check_taken(network(SMALL), model_of(SMALL), network(SMALL, classes=3), built)
    assert run("net.keras", *THREE, "-o", "again.keras", "--seed", "1").exit_code == 0
    again = keras.models.load_model("again.keras")
    assert all(map(np.array_equal, built.get_weights(), again.get_weights()))


@pytest.mark.parametrize("old", ["net.weights.h5", "net.h5", "net.keras"])
def test_a_spec_tells_the_network_of_a_file(old: str, run: Callable[..., Result]) -> None:
    result = run(old, *THREE, "--from", "small.yaml", "-o", "new.weights.h5")
    assert result.exit_code == 0, result.stderr
    built = network(SMALL, classes=3).build(weights="new.weights.h5")
    check_taken(network(SMALL), model_of(SMALL), network(SMALL, classes=3), built)
    assert run(old, "small.yaml", "--from", "small.yaml?classes=7", "-o", "other.keras").exit_code == 2


@pytest.mark.parametrize("old", ["net.weights.h5", "net.h5"])
def test_weights_alone_need_a_spec(old: str, run: Callable[..., Result]) -> None:
    result = run(old, *THREE, "--dry-run", "--json")
    assert result.exit_code == 2
    (found,) = json.loads(result.stdout)["diagnostics"]
    assert found["code"] == "model-kind"
    assert found["hint"] == "`--from SPEC` says of which network they are"


def test_a_dry_run_writes_nothing_and_needs_no_keras(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keras_model, "build", None)
    before = sorted(Path().iterdir())
    result = run("net.keras", *THREE, "--dry-run", "-o", "new.keras")
    assert result.exit_code == 0
    assert sorted(Path().iterdir()) == before
    assert "wrote" not in result.stdout


@pytest.mark.parametrize(("share", "status"), [("96%", 0), ("96.5%", 0), ("96.6%", 1), ("100%", 1)])
def test_too_few_weights_are_status_1_and_nothing_is_written(
    share: str, status: int, run: Callable[..., Result]
) -> None:
    result = run("net.keras", *THREE, "-o", "new.keras", "--require", share)
    assert (result.exit_code, Path("new.keras").exists()) == (status, status == 0)
    assert ("nothing was written" in result.stdout) == bool(status)


def test_a_share_is_compared_exactly(run: Callable[..., Result]) -> None:
    """416 of 416 + 15 is a little more than 96.519721%."""
    assert run("net.keras", *THREE, "--dry-run", "--require", "96.519721%").exit_code == 0
    assert run("net.keras", *THREE, "--dry-run", "--require", "96.519722%").exit_code == 1


def test_nothing_taken_is_a_warning(run: Callable[..., Result]) -> None:
    Path("dense.yaml").write_text("archc: 1\nname: D\ninput: [4]\nlayers:\n  - Dense: 3\n", encoding="utf-8")
    result = run("net.keras", "dense.yaml", "-o", "new.keras")
    assert result.exit_code == 0
    assert "transplant-nothing" in result.stderr
    assert run("net.keras", "dense.yaml", "--dry-run", "--strict").exit_code == 1


def test_the_state_of_an_optimizer_is_dropped_and_told(run: Callable[..., Result]) -> None:
    model = network(SMALL).build()
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    model.save("trained.keras")
    result = run("trained.keras", *THREE, "-o", "new.keras")
    assert "the state of the optimizer is dropped: compile the model anew" in result.stdout
    assert not keras.models.load_model("new.keras").compiled
    assert "optimizer" not in run("net.keras", *THREE, "-o", "other.keras").stdout
    assert json.loads(run("trained.keras", *THREE, "-o", "new.keras", "--force", "--json").stdout)["optimizer_dropped"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("net.keras", "small.yaml"), "usage"),
        (("net.keras", "small.yaml", "-o", "net.keras", "--force"), "usage"),
        (("net.keras", "small.yaml", "-o", "new.h5"), "usage"),
        (("net.keras", "small.yaml", "-o", "net.weights.h5"), "file-exists"),
        (("net.keras", "small.yaml", "-o", "no/new.keras"), "unwritable"),
        (("net.keras", "small.yaml", "--dry-run", "--require", "95"), "usage"),
        (("net.keras", "small.yaml", "--dry-run", "--require", "101%"), "usage"),
        (("nowhere.keras", "small.yaml", "--dry-run"), "unreadable"),
        (("small.yaml", "small.yaml", "--dry-run"), "model-file"),
        (("net.keras", "smal.yaml", "--dry-run"), "unreadable"),
        (("net.h5", "small.yaml", "--from", "vgg.yaml", "-o", "new.keras"), "weights"),
    ],
)
def test_what_is_refused(arguments: tuple[str, ...], code: str, run: Callable[..., Result]) -> None:
    before = {path: path.read_bytes() for path in Path().iterdir()}
    result = run(*arguments, "--json")
    assert result.exit_code == 2
    assert json.loads(result.stdout)["diagnostics"][0]["code"] == code
    assert {path: path.read_bytes() for path in Path().iterdir()} == before


def test_an_interrupted_write_leaves_the_old_file(run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    Path("new.keras").write_bytes(b"old")

    def interrupted(_: Any, path: Path) -> None:
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(keras.Model, "save", interrupted)
    assert run("net.keras", *THREE, "-o", "new.keras", "--force").exit_code == 130
    assert Path("new.keras").read_bytes() == b"old"
    assert [path for path in Path().iterdir() if path.name.startswith(".archc")] == []


# Damaged files


def damages(path: Path) -> Iterator[bytes]:
    """The file cut short, and with bytes changed at many places."""
    content = path.read_bytes()
    choose = random.Random(1)
    yield content[: len(content) // 2]
    yield b""
    for _ in range(25):
        at = choose.randrange(len(content))
        yield content[:at] + bytes([content[at] ^ 0xFF]) * 4 + content[at + 4 :]


@pytest.mark.parametrize("file", FORMATS)
def test_a_damaged_file_gives_an_error_or_the_right_arrays(file: str, tmp_path: Path) -> None:
    old, path = network(SMALL), saved(SMALL, tmp_path, file)
    for content in damages(path):
        path.write_bytes(content)
        try:
            built = old.transplant(path, old)
        except archc.SpecError:
            continue
        assert [values.shape for values in built.get_weights()] == [v.shape for v in model_of(SMALL).get_weights()]


def test_a_link_to_another_file_is_not_followed(tmp_path: Path) -> None:
    old, path = network(SMALL), saved(SMALL, tmp_path, "net.weights.h5")
    with h5py.File(path, "a") as file:
        del file["layers/dense/vars/0"]
        file["layers/dense/vars/0"] = h5py.ExternalLink("other.h5", "/x")
    with pytest.raises(archc.SpecError) as caught:
        old.transplant(path, old)
    assert codes(caught.value.diagnostics) == ["weights-link"]


def test_values_that_are_not_finite_are_a_warning(run: Callable[..., Result]) -> None:
    with h5py.File("net.weights.h5", "a") as file:
        file["layers/conv2d/vars/0"][:] = np.nan
    result = run("net.weights.h5", *THREE, "--from", "small.yaml", "-o", "new.keras")
    assert result.exit_code == 0
    assert "weights-not-finite  the file has NaN for 1 layer: `first`" in result.stderr


# Full size


@pytest.mark.slow
@pytest.mark.parametrize(("old", "new"), [("vgg16", "vgg19"), ("resnet50", "resnet101"), ("resnet50", "se_resnet50"),
                                          ("densenet121", "densenet169")])  # fmt: skip
def test_full_size(old: str, new: str, tmp_path: Path) -> None:
    left, right = archc.load(old), archc.load(new)
    source = randomize(left.build())
    path = write(source, tmp_path, "old.weights.h5")
    check_taken(left, source, right, left.transplant(path, right))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vgg16", "resnet50"])
def test_full_size_of_other_classes(name: str, tmp_path: Path) -> None:
    left, right = archc.load(name), archc.load(name, classes=10)
    source = randomize(left.build())
    check_taken(left, source, right, left.transplant(write(source, tmp_path, "old.keras"), right))


def check_identity(net: Network, folder: Path) -> None:
    """What a network saves, in three formats, comes back to each of its weights; nothing begins new."""
    source = randomize(net.build())
    for file in ("net.weights.h5", "net.keras", "net.h5"):
        path = write(source, folder, file)
        built = net.transplant(path, net)
        path.unlink()
        assert all(map(np.array_equal, built.get_weights(), source.get_weights()))


@pytest.mark.slow
@pytest.mark.parametrize("name", SHARED)
def test_every_network_that_keras_has_too_comes_back_from_itself(name: str, tmp_path: Path) -> None:
    keras.backend.clear_session()
    check_identity(archc.load(name), tmp_path)


def test_a_small_network_of_the_library_comes_back_from_itself(tmp_path: Path) -> None:
    keras.backend.clear_session()
    check_identity(archc.load("resnet20_cifar"), tmp_path)
