"""Files of weights that load, and files that do not fit the network."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

import archc
from archc.ir.op import Op
from archc.ops import registry
from tests.keras_names import numbered_anew
from tests.targets.networks import PYRAMID, SHARED_SCALE, SIAMESE
from tests.weights.networks import (
    FROZEN,
    MIXED,
    SMALL,
    TRAINED_ALONE,
    UNNAMED,
    WORDS,
    codes,
    model_of,
    network,
    refused,
    saved,
)
from tests.weights.saved import FORMATS, difference, randomize, write, write_legacy


def equal(left: keras.Model, right: keras.Model) -> bool:
    pairs = list(zip(left.get_weights(), right.get_weights(), strict=True))
    return all(np.array_equal(a, b) for a, b in pairs)


def without_names(path: Path) -> Path:
    """The file as an early Keras 3 wrote it, without the names of layers."""
    with h5py.File(path, "a") as file:
        file.visititems(lambda _, item: item.attrs.clear())
    return path


# What loads


@pytest.mark.parametrize("file", FORMATS)
@pytest.mark.parametrize("text", [SMALL, UNNAMED, SIAMESE, FROZEN, PYRAMID, SHARED_SCALE, WORDS, TRAINED_ALONE, MIXED])
def test_what_a_network_saves_loads_into_it_again(text: str, file: str, tmp_path: Path) -> None:
    assert equal(network(text).build(weights=saved(text, tmp_path, file)), model_of(text))


TWO_HEADS = """
archc: 1
name: Two heads
input: [8]
blocks:
  head: {layers: [{Dense: 3}]}
layers:
  - Dense: {units: 3, activation: relu}
    as: t
  - side: {Dense: 3}
    output: species
  - head:
    from: t
    output: weight
"""


def two_heads() -> keras.Model:
    """The model of these layers without what names its outputs, as archc 0.1 built it."""
    x = keras.Input((8,), name="input_layer")
    t = keras.layers.Dense(3, activation="relu", name="dense")(x)
    heads = [keras.layers.Dense(3, name=name)(t) for name in ("dense_1", "dense_2")]
    return randomize(keras.Model(x, heads))


@pytest.mark.parametrize("file", FORMATS)
def test_a_file_from_before_outputs_were_named_loads(file: str, tmp_path: Path) -> None:
    """In the model, an `Identity` after the second head moves it before the first."""
    old, net = two_heads(), network(TWO_HEADS)
    built = net.build(weights=write(old, tmp_path, file))
    assert built.output_names == ["species", "weight"]
    assert [layer.name for layer in built.layers if layer.weights] == ["dense", "dense_1", "species"]
    numbers = np.random.default_rng(0).normal(size=(2, 8))
    for ours, theirs in zip(built(numbers), old(numbers), strict=True):
        assert np.array_equal(ours, theirs)
    again = net.build(weights=write(built, tmp_path, f"again_{file}"))
    for ours, theirs in zip(again(numbers), old(numbers), strict=True):
        assert np.array_equal(ours, theirs)


def first_with_weights(name: str) -> str:
    """A network of the first example of an op that has weights and that a spec can write."""
    for example in registry()[name].examples:
        inputs = {f"in{place}": {"shape": list(shape)} for place, shape in enumerate(example.inputs)}
        names = list(inputs)
        layer = {name: example.arguments, "from": names if len(names) > 1 else names[0]}
        text = json.dumps({"archc": 1, "name": "Op", "inputs": inputs, "layers": [layer]})
        try:
            if network(text).total_params:
                return text
        except archc.SpecError:  # arguments that no spec can write
            continue
    raise AssertionError(f"no example of {name} has weights")


WITH_WEIGHTS = [name for name, op in registry().items() if op.weights is not Op.weights and op.examples[0].inputs]


@pytest.mark.parametrize("name", WITH_WEIGHTS)
def test_every_op_with_weights_saves_and_loads(name: str, tmp_path: Path) -> None:
    text = first_with_weights(name)
    for file in ("net.weights.h5", "net.h5"):
        assert equal(network(text).build(weights=saved(text, tmp_path, file)), model_of(text))


def chain(x: Any) -> Any:
    x = keras.layers.BatchNormalization()(keras.layers.Conv2D(4, 3)(x))
    for _ in range(2):
        x = keras.layers.Conv2D(4, 3, padding="same")(x)
    return keras.layers.Dense(10, name="predictions")(keras.layers.GlobalAveragePooling2D()(x))


def conv_bn(x: Any, *kernel_sizes: int) -> Any:
    for kernel_size in kernel_sizes:
        x = keras.layers.Conv2D(4, kernel_size, padding="same", use_bias=False)(x)
        x = keras.layers.BatchNormalization(scale=False)(x)
    return x


def mixed(x: Any) -> Any:
    x = conv_bn(x, 3)
    for _ in range(2):
        x = keras.layers.Concatenate()([conv_bn(x, 1), conv_bn(x, 1, 3), conv_bn(x, 1, 3, 3)])
    return keras.layers.Dense(10)(keras.layers.GlobalAveragePooling2D()(x))


@pytest.mark.parametrize(("text", "function"), [(UNNAMED, chain), (MIXED, mixed)])
def test_generated_names_may_count_from_any_number(text: str, function: Any, tmp_path: Path) -> None:
    numbered_anew()
    for _ in range(3):
        keras.layers.Conv2D(2, 3)
        keras.layers.BatchNormalization()
    entered = keras.Input((8, 8, 3))
    theirs = randomize(keras.Model(entered, function(entered)))
    assert theirs.layers[1].name == "conv2d_3"
    for file in FORMATS:
        assert equal(network(text).build(weights=write(theirs, tmp_path, file)), theirs)


def test_the_order_of_creation_is_not_that_of_the_layers() -> None:
    names = [layer.name for layer in model_of(MIXED).layers if layer.name.startswith("conv2d")]
    assert names != sorted(names, key=lambda name: int(name.removeprefix("conv2d").removeprefix("_") or 0))


def of_keras_1(name: str) -> str:
    """`convolution2d_5`, as Keras 1 generated names."""
    match = re.fullmatch(r"(conv2d|batch_normalization|dense)(?:_(\d+))?", name)
    kinds = {"conv2d": "convolution2d", "batch_normalization": "batchnormalization", "dense": "dense"}
    return f"{kinds[match[1]]}_{int(match[2] or 0) + 5}" if match else name


FORMER_NAMES = {"first": "block/first", "predictions": "fc1000"}


def test_a_layer_may_have_another_name_where_no_other_has_its_shapes(tmp_path: Path) -> None:
    path = write_legacy(model_of(SMALL), tmp_path / "net.h5", name=lambda name: FORMER_NAMES.get(name, name))
    assert equal(network(SMALL).build(weights=path), model_of(SMALL))


def test_given_names_count_where_the_order_is_another(tmp_path: Path) -> None:
    path = saved(SMALL, tmp_path)
    with h5py.File(path, "a") as file:
        file.attrs["layer_names"] = list(file.attrs["layer_names"])[::-1]
    assert equal(network(SMALL).build(weights=path), model_of(SMALL))


@pytest.mark.parametrize("text", [SMALL, MIXED])
def test_a_file_without_names_loads_by_class_and_order(text: str, tmp_path: Path) -> None:
    path = without_names(saved(text, tmp_path, "net.weights.h5"))
    assert equal(network(text).build(weights=path), model_of(text))


def test_the_names_in_a_configuration_serve_where_the_weights_have_none(tmp_path: Path) -> None:
    with zipfile.ZipFile(saved(SMALL, tmp_path, "net.keras")) as archive:
        (tmp_path / "w.h5").write_bytes(archive.read("model.weights.h5"))
        config = json.loads(archive.read("config.json"))
    without_names(tmp_path / "w.h5")
    for layer in config["config"]["layers"]:
        layer["config"]["name"] = {"second": "third", "third": "second"}.get(layer["name"], layer["name"])
    with zipfile.ZipFile(tmp_path / "swapped.keras", "w") as archive:
        archive.writestr("config.json", json.dumps(config))
        archive.write(tmp_path / "w.h5", "model.weights.h5")
    loaded = network(SMALL).build(weights=tmp_path / "swapped.keras")
    np.testing.assert_array_equal(loaded.get_layer("second").kernel, model_of(SMALL).get_layer("third").kernel)


def write_keras_1(model: keras.Model, path: Path) -> Path:
    """Writes the names of Keras 1, of layers and of weights."""
    former = {"kernel": "W", "bias": "b", "moving_mean": "running_mean", "moving_variance": "running_std"}
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [of_keras_1(layer.name).encode() for layer in model.layers]
        for layer in model.layers:
            group = file.create_group(of_keras_1(layer.name))
            names = [f"{of_keras_1(layer.name)}_{former.get(weight.name, weight.name)}_1:0" for weight in layer.weights]
            group.attrs["weight_names"] = np.array([name.encode() for name in names], dtype="S")
            for name, weight in zip(names, layer.weights, strict=True):
                group[name] = np.asarray(weight)
    return path


@pytest.mark.parametrize("text", [SMALL, UNNAMED, MIXED])
def test_the_names_of_keras_1_are_known(text: str, tmp_path: Path) -> None:
    path = write_keras_1(model_of(text), tmp_path / "net.h5")
    assert equal(network(text).build(weights=path), model_of(text))


@pytest.mark.parametrize("options", [{"compression": "gzip"}, {"dtype": "float16"}, {"dtype": ">f8"}])
def test_other_ways_to_hold_floats_are_read(options: dict[str, Any], tmp_path: Path) -> None:
    path = saved(SMALL, tmp_path)
    with h5py.File(path, "a") as file:
        values = file["first/first/kernel:0"][()]
        del file["first/first/kernel:0"]
        file["first"].create_dataset("first/kernel:0", data=values, **options)
    kernel = network(SMALL).build(weights=path).get_layer("first").kernel
    np.testing.assert_allclose(kernel, values, rtol=1e-3)


@pytest.mark.parametrize("text", [SMALL, WORDS])
def test_the_configuration_is_that_of_a_model_with_new_weights(text: str, tmp_path: Path) -> None:
    net = network(text)
    assert net.build(weights=saved(text, tmp_path)).get_config() == net.build().get_config()


def test_a_difference_is_measured(tmp_path: Path) -> None:
    image = np.random.default_rng(0).normal(size=(2, 8, 8, 3)).astype("float32")
    loaded = network(SMALL).build(weights=saved(SMALL, tmp_path))
    assert difference(loaded(image), model_of(SMALL)(image)) == 0


# A part of a network


def part_of(text: str, end: str) -> keras.Model:
    model = model_of(text)
    return keras.Model(model.inputs, model.get_layer(end).output)


@pytest.mark.parametrize("text", [SMALL, UNNAMED, MIXED])
def test_a_network_that_ends_earlier_takes_its_layers_alone(text: str, tmp_path: Path) -> None:
    end = model_of(text).layers[-3].name
    files = [saved(text, tmp_path, file) for file in FORMATS]
    files += [without_names(saved(text, tmp_path, "nameless.weights.h5"))]
    files += [write_keras_1(model_of(text), tmp_path / "keras_1.h5")]
    for path in files:
        assert equal(network(text).build([end], weights=path), part_of(text, end))


def test_a_network_that_ends_in_a_branch_takes_its_layers_alone(tmp_path: Path) -> None:
    end = "batch_normalization_9"
    for file in ("net.weights.h5", "net.h5"):
        assert equal(network(MIXED).build([end], weights=saved(MIXED, tmp_path, file)), part_of(MIXED, end))


def test_a_file_without_the_classifier_is_one_of_the_network_without_it(tmp_path: Path) -> None:
    top = part_of(SMALL, "third")
    for file in FORMATS:
        path = write(top, tmp_path, file)
        assert equal(network(SMALL).build(["third"], weights=path), top)
        assert "no weights for `predictions`" in refused(path)[1].message


@pytest.mark.parametrize("text", [SMALL, MIXED])
def test_a_file_without_the_classifier_serves_a_network_that_ends_still_earlier(text: str, tmp_path: Path) -> None:
    layers = [layer.name for layer in model_of(text).layers]
    top, end = part_of(text, layers[-3]), "second" if text == SMALL else "concatenate"
    for file in FORMATS:
        assert equal(network(text).build([end], weights=write(top, tmp_path, file)), part_of(text, end))


def test_a_network_without_its_classifier_takes_a_file_of_other_classes(tmp_path: Path) -> None:
    model = randomize(network(SMALL, classes=7).build())
    top = keras.Model(model.inputs, model.get_layer("third").output)
    for file in FORMATS:
        path = write(model, tmp_path, file)
        assert equal(network(SMALL).build(["third"], weights=path), top)
        assert codes(refused(path)) == ["weights", "weights-shape", "weights-shape"]


# What is refused


def test_layers_of_one_shape_with_other_names_are_refused(tmp_path: Path) -> None:
    other = {"second": "left", "third": "right"}
    path = write_legacy(model_of(SMALL), tmp_path / "net.h5", name=lambda name: other.get(name, name))
    assert codes(refused(path)) == ["weights", "weights-name", "weights-name"]


def with_a_layer(name: str) -> str:
    layer = f"- Conv2D: {{filters: 4, kernel_size: 1}}\n    name: {name}\n  - GlobalAverage"
    return SMALL.replace("- GlobalAverage", layer)


def test_another_network_is_told_apart_at_its_first_layer(tmp_path: Path) -> None:
    deeper = with_a_layer("fourth")
    for file in FORMATS:
        found = refused(saved(SMALL, tmp_path, file), deeper)
        assert codes(found) == ["weights", "weights-missing"]
        assert "has 6 layers with weights and the file 5" in (found[0].hint or "")
        assert found[1].message == "the file has no weights for `fourth` (kernel 1x1x4x4, bias 4)"
        more = refused(saved(deeper, tmp_path, file))
        assert codes(more) == ["weights", "weights-extra"]
        assert "`fourth`" in more[1].message


def test_a_missing_layer_is_reported_with_the_closest_name_of_the_file(tmp_path: Path) -> None:
    found = refused(saved(SMALL, tmp_path), with_a_layer("thirds"))
    assert codes(found) == ["weights", "weights-missing"]
    assert found[1].hint == "the file has `third`"


def test_a_classifier_of_another_width_is_refused_with_what_to_do(tmp_path: Path) -> None:
    for file in FORMATS:
        found = refused(saved(SMALL, tmp_path, file), classes=7)
        assert codes(found) == ["weights", "weights-shape", "weights-shape"]
        assert found[1].message == "`predictions`: kernel: expected 4x7, the file has 4x10"
        assert "let it begin new with `--reinitialize`, or end the network before" in (found[1].hint or "")


def test_a_layer_of_another_class_is_refused(tmp_path: Path) -> None:
    other = SMALL.replace("- Conv2D: {filters: 4, kernel_size: 3, padding: same}", "- LayerNormalization:")
    found = refused(saved(other, tmp_path, "net.weights.h5"))
    assert codes(found) == ["weights", "weights-kind", "weights-kind"]
    assert found[1].message == "`second`: expected the weights of a conv2d, the file has those of a layer_normalization"


def test_the_order_of_a_normalization_is_held_to_the_names(tmp_path: Path) -> None:
    path = saved(SMALL, tmp_path)
    with h5py.File(path, "a") as file:
        names = list(file["bn"].attrs["weight_names"])
        file["bn"].attrs["weight_names"] = [names[0], names[2], names[1], names[3]]
    found = refused(path)
    assert codes(found) == ["weights", "weights-order", "weights-order"]
    assert found[1].message == "`bn`: expected beta at place 2, the file has moving_mean"


def swap_names(path: Path, *swapped: str) -> Path:
    """Changes the order in which a legacy file lists two layers."""
    with h5py.File(path, "a") as file:
        names = [name.decode() if isinstance(name, bytes) else name for name in file.attrs["layer_names"]]
        first, second = (names.index(name) for name in swapped)
        names[first], names[second] = names[second], names[first]
        file.attrs["layer_names"] = names
    return path


def test_a_network_made_in_another_order_is_refused_where_shapes_cannot_tell(tmp_path: Path) -> None:
    path = swap_names(saved(UNNAMED, tmp_path), "conv2d_1", "conv2d_2")
    for outputs in (None, ["conv2d_1"]):
        found = refused(path, UNNAMED, outputs)
        assert set(codes(found)[1:]) == {"weights-order"}
        assert "`conv2d_1` may be `conv2d_1` of the file, by its number, or `conv2d_2`" in found[1].message


def test_a_network_made_in_another_order_is_refused_where_shapes_differ(tmp_path: Path) -> None:
    path = swap_names(saved(UNNAMED, tmp_path), "conv2d", "conv2d_2")
    assert codes(refused(path, UNNAMED)) == ["weights", "weights-shape", "weights-shape"]


def test_the_layers_inside_a_shared_block_are_held_to_their_names(tmp_path: Path) -> None:
    path = saved(SIAMESE, tmp_path, "net.weights.h5")
    found = refused(path, SIAMESE.replace("name: bn", "name: norm"))
    assert set(codes(found)[1:]) == {"weights-name"}
    assert found[1].message == "`tower`: expected `norm` inside, the file has `bn`"


def test_many_differences_are_told_up_to_a_bound(tmp_path: Path) -> None:
    layers = "".join(f"  - Dense: 5\n    name: d{place}\n" for place in range(30))
    found = refused(saved(SMALL, tmp_path), f"archc: 1\nname: Wide\ninput: [5]\nlayers:\n{layers}")
    assert len(found) == 13
    assert "of 35 differences, the first 12" in found[0].message


NORMALIZED = """archc: 1
name: Normalized
input: [6, 4]
blocks: {unit: {layers: [Dense: 4, %s]}}
layers:
  - %s
  - {unit: {}, share: unit, name: unit}
  - ReLU:
  - {unit: {}, share: unit}
"""
SCALED = (
    "{BatchNormalization: {center: false}}",
    "{LayerNormalization: {center: false}}",
    "{GroupNormalization: {groups: 2, center: false}}",
    "{TimeDistributed: {layer: {BatchNormalization: {center: false}}}}",
)


@pytest.mark.parametrize("file", ["net.keras", "net.h5"])
@pytest.mark.parametrize("layer", SCALED)
@pytest.mark.parametrize("place", ["alone", "in a shared block"])
def test_center_exchanged_for_scale_is_refused(layer: str, file: str, place: str, tmp_path: Path) -> None:
    def text(normalization: str) -> str:
        return NORMALIZED % ((normalization, "ReLU") if place == "in a shared block" else ("ReLU", normalization))

    centered = layer.replace("center: false", "scale: false")
    found = refused(saved(text(layer), tmp_path, file), text(centered))
    assert codes(found)[1:] == ["weights-order"]
    assert "expected beta at place" in found[1].message
    assert found[1].message.endswith("the file has gamma")
    assert found[1].hint == "the layer in the file has a gamma, this one has none: compare their `center` and `scale`"
    assert equal(network(text(layer)).build(weights=saved(text(layer), tmp_path, file)), model_of(text(layer)))
