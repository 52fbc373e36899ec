"""Files of weights: what loads, what is refused, and that nothing of a file is believed."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

import archc
from archc.diagnostics import Diagnostic
from archc.ops import registry
from tests.targets.networks import CLASS_TOKEN, PYRAMID, SHARED_SCALE, SIAMESE, network
from tests.weights.saved import FORMATS, difference, randomize, write, write_legacy

SMALL = """
archc: 1
name: Small
params: {classes: 10}
input: [8, 8, 3]
layers:
  - Conv2D: {filters: 4, kernel_size: 3}
    name: first
  - BatchNormalization:
    name: bn
  - Conv2D: {filters: 4, kernel_size: 3, padding: same}
    name: second
  - Conv2D: {filters: 4, kernel_size: 3, padding: same}
    name: third
  - GlobalAveragePooling2D:
  - Dense: $classes
    name: predictions
"""
UNNAMED = SMALL.replace("    name: first\n", "").replace("    name: bn\n", "").replace("    name: second\n", "")
UNNAMED = UNNAMED.replace("    name: third\n", "")


@pytest.fixture(autouse=True)
def fresh_keras() -> None:
    keras.backend.clear_session()


def small() -> keras.Model:
    return randomize(network(SMALL).build())


def refused(path: Path, text: str = SMALL, **params: Any) -> tuple[Diagnostic, ...]:
    with pytest.raises(archc.SpecError) as caught:
        network(text, **params).build(weights=path)
    return caught.value.diagnostics


def codes(diagnostics: tuple[Diagnostic, ...]) -> list[str]:
    return [diagnostic.code for diagnostic in diagnostics]


def equal(left: keras.Model, right: keras.Model) -> bool:
    pairs = list(zip(left.get_weights(), right.get_weights(), strict=True))
    return all(np.array_equal(a, b) for a, b in pairs)


# What loads


TRAINED_ALONE = SMALL.replace("- Dense: $classes", "- Dense: {units: $classes, trainable: false}")
WORDS = CLASS_TOKEN + "  - Dropout: 0.5\n  - Dense: 3\n"
FROZEN = SIAMESE.replace("- BatchNormalization:\n", "- BatchNormalization: {trainable: false}\n")


@pytest.mark.parametrize("file", FORMATS)
@pytest.mark.parametrize("text", [SMALL, UNNAMED, SIAMESE, FROZEN, PYRAMID, SHARED_SCALE, WORDS, TRAINED_ALONE])
def test_what_a_network_saves_loads_into_it_again(text: str, file: str, tmp_path: Path) -> None:
    net = network(text)
    model = randomize(net.build())
    assert equal(net.build(weights=write(model, tmp_path, file)), model)


def with_weights() -> list[Any]:
    """The first example of each op that has weights of its own."""
    found = []
    for name, op in registry().items():
        for example in (example for example in op.examples if example.inputs):
            inputs = [{"shape": list(shape)} for shape in example.inputs]
            names = [f"in{place}" for place in range(len(inputs))]
            text = json.dumps({
                "archc": 1, "name": "Op", "inputs": dict(zip(names, inputs, strict=True)),
                "layers": [{name: example.arguments, "from": names if len(names) > 1 else names[0]}],
            })  # fmt: skip
            try:
                weighted = network(text).total_params
            except archc.SpecError:  # arguments that no spec can write
                continue
            if weighted:
                found.append(pytest.param(text, id=name))
                break
    return found


@pytest.mark.parametrize("text", with_weights())
def test_every_op_with_weights_saves_and_loads(text: str, tmp_path: Path) -> None:
    net = network(text)
    model = randomize(net.build())
    for file in ("net.weights.h5", "net.h5"):
        assert equal(net.build(weights=write(model, tmp_path, file)), model)


def test_names_that_keras_made_up_say_the_order_alone(tmp_path: Path) -> None:
    net = network(UNNAMED)
    for _ in range(3):
        keras.layers.Conv2D(2, 3)
        keras.layers.BatchNormalization()
    entered = keras.Input((8, 8, 3))
    x = keras.layers.BatchNormalization()(keras.layers.Conv2D(4, 3)(entered))
    for _ in range(2):
        x = keras.layers.Conv2D(4, 3, padding="same")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    theirs = randomize(keras.Model(entered, keras.layers.Dense(10, name="predictions")(x)))
    assert theirs.layers[1].name == "conv2d_3"
    for file in FORMATS:
        assert equal(net.build(weights=write(theirs, tmp_path, file)), theirs)


FORMER_NAMES = {"first": "block/first", "predictions": "fc1000"}


def test_a_layer_may_have_another_name_where_no_other_has_its_shapes(tmp_path: Path) -> None:
    model = small()
    path = write_legacy(model, tmp_path / "net.h5", name=lambda name: FORMER_NAMES.get(name, name))
    assert equal(network(SMALL).build(weights=path), model)


def test_layers_of_one_shape_with_other_names_are_refused(tmp_path: Path) -> None:
    other = {"second": "left", "third": "right"}
    path = write_legacy(small(), tmp_path / "net.h5", name=lambda name: other.get(name, name))
    assert codes(refused(path)) == ["weights", "weights-name", "weights-name"]


def test_names_count_where_the_order_is_another(tmp_path: Path) -> None:
    model = small()
    path = write_legacy(model, tmp_path / "net.h5")
    with h5py.File(path, "a") as file:
        file.attrs["layer_names"] = list(file.attrs["layer_names"])[::-1]
    assert equal(network(SMALL).build(weights=path), model)


def test_a_file_without_names_loads_by_kind_and_order(tmp_path: Path) -> None:
    model = small()
    model.save_weights(tmp_path / "net.weights.h5")
    with h5py.File(tmp_path / "net.weights.h5", "a") as file:
        file.visititems(lambda _, item: item.attrs.clear())
    assert equal(network(SMALL).build(weights=tmp_path / "net.weights.h5"), model)


def test_the_names_in_a_configuration_serve_where_the_weights_have_none(tmp_path: Path) -> None:
    model = small()
    model.save(tmp_path / "net.keras")
    with zipfile.ZipFile(tmp_path / "net.keras") as archive:
        (tmp_path / "w.h5").write_bytes(archive.read("model.weights.h5"))
        config = json.loads(archive.read("config.json"))
    with h5py.File(tmp_path / "w.h5", "a") as file:
        file.visititems(lambda _, item: item.attrs.clear())
    for layer in config["config"]["layers"]:
        layer["config"]["name"] = {"second": "third", "third": "second"}.get(layer["name"], layer["name"])
    with zipfile.ZipFile(tmp_path / "swapped.keras", "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.write(tmp_path / "w.h5", "model.weights.h5")
    loaded = network(SMALL).build(weights=tmp_path / "swapped.keras")
    np.testing.assert_array_equal(loaded.get_layer("second").kernel, model.get_layer("third").kernel)


def test_the_former_names_of_weights_are_known(tmp_path: Path) -> None:
    model = small()
    former = {"kernel": "W", "bias": "b", "moving_mean": "running_mean", "moving_variance": "running_std"}
    with h5py.File(tmp_path / "net.h5", "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in model.layers]
        for layer in model.layers:
            group = file.create_group(layer.name)
            names = [f"{layer.name}_{former.get(weight.name, weight.name)}_1:0" for weight in layer.weights]
            group.attrs["weight_names"] = np.array([name.encode() for name in names], dtype="S")
            for name, weight in zip(names, layer.weights, strict=True):
                group[name] = np.asarray(weight)
    assert equal(network(SMALL).build(weights=tmp_path / "net.h5"), model)


@pytest.mark.parametrize("options", [{"compression": "gzip"}, {"dtype": "float16"}, {"dtype": ">f8"}])
def test_other_ways_to_hold_floats_are_read(options: dict[str, Any], tmp_path: Path) -> None:
    model = small()
    path = write_legacy(model, tmp_path / "net.h5")
    with h5py.File(path, "a") as file:
        values = file["first/first/kernel:0"][()]
        del file["first/first/kernel:0"]
        file["first"].create_dataset("first/kernel:0", data=values, **options)
    kernel = network(SMALL).build(weights=path).get_layer("first").kernel
    np.testing.assert_allclose(kernel, values, rtol=1e-3)


def test_a_network_that_ends_earlier_takes_its_layers_alone(tmp_path: Path) -> None:
    for text in (SMALL, UNNAMED):
        model = randomize(network(text).build())
        end = model.layers[-3].name
        for file in FORMATS:
            loaded = network(text).build([end], weights=write(model, tmp_path, file))
            assert equal(loaded, keras.Model(model.inputs, model.get_layer(end).output))


def test_a_file_without_the_classifier_is_one_of_the_network_without_it(tmp_path: Path) -> None:
    model = small()
    top = keras.Model(model.inputs, model.get_layer("third").output)
    for file in FORMATS:
        path = write(top, tmp_path, file)
        assert equal(network(SMALL).build(["third"], weights=path), top)
        assert "no weights for `predictions`" in refused(path)[1].message


def test_the_configuration_is_that_of_a_model_with_new_weights(tmp_path: Path) -> None:
    path = write_legacy(small(), tmp_path / "net.h5")
    net = network(SMALL)
    assert net.build(weights=path).get_config() == net.build().get_config()


# What is refused


def test_another_network_is_told_apart_at_its_first_layer(tmp_path: Path) -> None:
    fourth = "- Conv2D: {filters: 4, kernel_size: 1}\n    name: fourth\n  - GlobalAverage"
    deeper = SMALL.replace("- GlobalAverage", fourth)
    for file in FORMATS:
        path = write(small(), tmp_path, file)
        found = refused(path, deeper)
        assert codes(found) == ["weights", "weights-missing"]
        assert "has 6 layers with weights and the file 5" in (found[0].hint or "")
        assert found[1].message == "the file has no weights for `fourth` (kernel 1x1x4x4, bias 4)"
        more = refused(write(randomize(network(deeper).build()), tmp_path, file))
        assert codes(more) == ["weights", "weights-extra"]
        assert "`fourth`" in more[1].message


def test_a_classifier_of_another_width_is_refused_with_what_to_do(tmp_path: Path) -> None:
    for file in FORMATS:
        found = refused(write(small(), tmp_path, file), classes=7)
        assert codes(found) == ["weights", "weights-shape", "weights-shape"]
        assert found[1].message == "`predictions`: kernel: expected 4x7, the file has 4x10"
        assert "without `classes`, or end it before this layer with `--output`" in (found[1].hint or "")


def test_the_order_of_a_normalization_is_held_to_the_names(tmp_path: Path) -> None:
    path = write_legacy(small(), tmp_path / "net.h5")
    with h5py.File(path, "a") as file:
        names = list(file["bn"].attrs["weight_names"])
        file["bn"].attrs["weight_names"] = [names[0], names[2], names[1], names[3]]
    found = refused(path)
    assert codes(found) == ["weights", "weights-order", "weights-order"]
    assert found[1].message == "`bn`: expected beta at place 2, the file has moving_mean"


def test_a_network_made_in_another_order_is_refused_where_shapes_cannot_tell(tmp_path: Path) -> None:
    path = write_legacy(randomize(network(UNNAMED).build()), tmp_path / "net.h5")
    with h5py.File(path, "a") as file:
        names = [name.decode() if isinstance(name, bytes) else name for name in file.attrs["layer_names"]]
        first, second = names.index("conv2d_1"), names.index("conv2d_2")
        names[first], names[second] = names[second], names[first]
        file.attrs["layer_names"] = names
    assert "weights-order" in codes(refused(path, UNNAMED))


def test_many_differences_are_told_up_to_a_bound(tmp_path: Path) -> None:
    layers = "".join(f"  - Dense: 5\n    name: d{place}\n" for place in range(30))
    path = write_legacy(small(), tmp_path / "net.h5")
    found = refused(path, f"archc: 1\nname: Wide\ninput: [5]\nlayers:\n{layers}")
    assert len(found) == 13
    assert "of 35 differences, the first 12" in found[0].message


# Files that nobody means well with


def damaged(change: Callable[[h5py.File], None], tmp_path: Path) -> Path:
    path = write_legacy(small(), tmp_path / "net.h5")
    with h5py.File(path, "a") as file:
        change(file)
    return path


def replaced(file: h5py.File, **made: Any) -> None:
    del file["first/first/kernel:0"]
    file["first/first"].create_dataset("kernel:0", **made)


def test_a_shape_is_compared_before_anything_is_read(tmp_path: Path) -> None:
    def giant(file: h5py.File) -> None:
        replaced(file, shape=(1 << 40, 1 << 10), dtype="f4", chunks=(1, 1 << 10), compression="gzip")

    path = damaged(giant, tmp_path)
    assert path.stat().st_size < 1 << 20
    found = refused(path)
    assert found[1].message == "`first`: kernel: expected 3x3x3x4, the file has 1099511627776x1024"


def test_numbers_that_are_not_there_are_not_zeros(tmp_path: Path) -> None:
    compressed: dict[str, Any] = {"chunks": (3, 3, 1, 1), "compression": "gzip"}
    for made in ({}, compressed):
        path = damaged(partial(replaced, shape=(3, 3, 3, 4), dtype="f4", **made), tmp_path)
        found = refused(path)
        assert found[1].message == "`first`: kernel: the file declares it and does not hold its numbers"


def test_pieces_larger_than_the_array_are_refused(tmp_path: Path) -> None:
    def giant_pieces(file: h5py.File) -> None:
        values = np.zeros((3, 3, 3, 4), "f4")
        replaced(file, data=values, chunks=(64, 64, 64, 64), maxshape=(None,) * 4, compression="gzip")

    assert "pieces of 64x64x64x64" in refused(damaged(giant_pieces, tmp_path))[1].message


@pytest.mark.parametrize("dtype", ["int32", "complex64", "S8", h5py.string_dtype(), h5py.ref_dtype])
def test_what_is_no_float_is_refused(dtype: Any, tmp_path: Path) -> None:
    found = refused(damaged(lambda file: replaced(file, shape=(3, 3, 3, 4), dtype=dtype), tmp_path))
    assert (found[1].code, found[1].message[:40]) == ("weights-array", "`first`: kernel: expected floats, the fi")


def test_links_out_of_the_file_are_not_followed(tmp_path: Path) -> None:
    other = write_legacy(small(), tmp_path / "other.h5")

    def external(file: h5py.File) -> None:
        del file["second"]
        file["second"] = h5py.ExternalLink(str(other), "/second")

    def soft(file: h5py.File) -> None:
        del file["second/second/kernel:0"]
        file["second/second/kernel:0"] = h5py.SoftLink("/third/third/kernel:0")

    def nowhere(file: h5py.File) -> None:
        del file["second"]
        file["second"] = h5py.ExternalLink("/nowhere.h5", "/second")

    for change in (external, soft, nowhere):
        assert codes(refused(damaged(change, tmp_path))) == ["weights-link"]


def test_numbers_in_other_files_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(bytes(4 * 108))

    def raw(file: h5py.File) -> None:
        replaced(file, shape=(3, 3, 3, 4), dtype="f4", external=[(str(tmp_path / "raw"), 0, 432)])

    def virtual(file: h5py.File) -> None:
        del file["first/first/kernel:0"]
        layout = h5py.VirtualLayout((3, 3, 3, 4), "f4")
        layout[...] = h5py.VirtualSource(str(tmp_path / "other.h5"), "first/first/kernel:0", (3, 3, 3, 4))
        file["first/first"].create_virtual_dataset("kernel:0", layout)

    for change in (raw, virtual):
        assert refused(damaged(change, tmp_path))[1].message == "`first`: kernel: the numbers are in another file"


def test_groups_in_a_circle_end(tmp_path: Path) -> None:
    path = tmp_path / "net.weights.h5"
    small().save_weights(path)
    with h5py.File(path, "a") as file:
        file["layers/dense/again"] = file["layers/dense"]
    assert codes(refused(path)) == ["not-weights"]


def without(part: str) -> Callable[[h5py.File], None]:
    def delete(file: h5py.File) -> None:
        del file[part]

    return delete


@pytest.mark.parametrize("part", ["first", "first/first", "first/first/kernel:0"])
def test_what_is_listed_and_not_there_is_told(part: str, tmp_path: Path) -> None:
    assert codes(refused(damaged(without(part), tmp_path))) == ["not-weights"]


def test_a_group_in_the_place_of_an_array_is_told(tmp_path: Path) -> None:
    def group(file: h5py.File) -> None:
        del file["first/first/kernel:0"]
        file["first/first"].create_group("kernel:0")

    assert codes(refused(damaged(group, tmp_path))) == ["not-weights"]


def test_lists_of_names_are_texts(tmp_path: Path) -> None:
    for value in (np.zeros(3), [[1]], np.array([b"first", b"\xff\xfe"])):
        path = write_legacy(small(), tmp_path / "net.h5")
        with h5py.File(path, "a") as file:
            file.attrs["layer_names"] = value
        assert codes(refused(path)) == ["not-weights"]


def test_names_are_written_so_that_no_terminal_is_steered(tmp_path: Path) -> None:
    evil = "\x1b[31m" + "x" * 300
    path = write_legacy(small(), tmp_path / "net.h5", name=lambda name: evil if name == "predictions" else name)
    for diagnostic in refused(path, classes=7):
        for text in (diagnostic.message, diagnostic.hint or ""):
            assert "\x1b" not in text
            assert len(text) < 300


@pytest.mark.parametrize("file", FORMATS)
def test_a_file_that_is_cut_short_is_told(file: str, tmp_path: Path) -> None:
    path = write(small(), tmp_path, file)
    whole = path.read_bytes()
    for size in (0, 3, 40, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert codes(refused(path)) == ["not-weights"], size


@pytest.mark.parametrize("text", [b"hello", b"PK\x03\x04", b"\x89HDF\r\n\x1a\n", bytes(5000)])
def test_what_is_no_file_of_weights_is_told(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "net.h5").write_bytes(text)
    assert codes(refused(tmp_path / "net.h5")) == ["not-weights"]


def test_what_cannot_be_opened_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "nowhere.h5", tmp_path, tmp_path / "pipe"):
        assert codes(refused(path)) == ["unreadable"]


def test_an_hdf5_file_of_something_else_is_told(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "net.h5", "w") as file:
        file["data"] = np.zeros(3)
    assert "without the layers of a Keras model" in refused(tmp_path / "net.h5")[0].message


def test_an_archive_that_unfolds_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", bytes(200 << 20))
    assert path.stat().st_size < 1 << 20
    found = refused(path)
    assert (found[0].code, "compressed" in found[0].message) == ("not-weights", True)


def test_an_archive_that_claims_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    path = write(small(), tmp_path, "net.keras")
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"model.weights.h5") - 46
    data[entry + 20 : entry + 28] = (2 << 30).to_bytes(4, "little") * 2
    path.write_bytes(data)
    assert codes(refused(path)) == ["not-weights"]


def test_damage_in_an_archive_is_seen(tmp_path: Path) -> None:
    model = small()
    path = write(model, tmp_path, "net.keras")
    data, kernel = path.read_bytes(), np.asarray(model.get_layer("third").kernel).tobytes()
    path.write_bytes(data.replace(kernel[:8], bytes(8)))
    assert "checksum" in refused(path)[0].message


@pytest.mark.parametrize("config", ["[" * 100_000, "[]", "{", '{"config": {"layers": [1]}}', '{"config": []}'])
def test_a_configuration_is_data_and_may_be_anything(config: str, tmp_path: Path) -> None:
    small().save_weights(tmp_path / "w.weights.h5")
    with zipfile.ZipFile(tmp_path / "net.keras", "w") as archive:
        archive.writestr("config.json", config)
        archive.write(tmp_path / "w.weights.h5", "model.weights.h5")
    assert codes(refused(tmp_path / "net.keras")) == ["not-weights"]


def test_an_archive_without_weights_is_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "net.keras", "w") as archive:
        archive.writestr("model.weights.npz", b"")
    assert "without one `model.weights.h5`" in refused(tmp_path / "net.keras")[0].message


def test_a_difference_is_measured(tmp_path: Path) -> None:
    model = small()
    image = np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype("float32")
    path = write_legacy(model, tmp_path / "net.h5")
    assert difference(network(SMALL).build(weights=path)(image), model(image)) == 0
