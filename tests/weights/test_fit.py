"""Weights that are fitted to other shapes: arrays, and what wider networks compute."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import archc
from archc.network import Network
from archc.weights.fit import METHODS, Fit, Method, Repeated, fitted, leading, tiled
from archc.weights.transplant import TransplantPlan
from tests.targets.networks import network
from tests.weights.saved import difference, randomize
from tests.weights.test_transplant import arrays

# Arrays

sizes = st.lists(st.integers(1, 4), min_size=1, max_size=4)


def counted(shape: tuple[int, ...]) -> Any:
    return np.arange(1, 1 + np.prod(shape), dtype="float32").reshape(shape)


@given(sizes, st.data())
def test_crop_and_pad_are_inverse(shape: list[int], data: st.DataObject) -> None:
    small = tuple(data.draw(st.integers(1, size)) for size in shape)
    large, old = tuple(shape), counted(small)
    pad, crop = leading(small, large, "pad"), leading(large, small, "crop")
    assert pad is not None
    assert crop is not None
    initial = -counted(large)
    made = fitted(old, pad, initial)
    assert np.array_equal(fitted(made, crop, None), old)
    outside = np.ones(large, bool)
    outside[tuple(map(slice, small))] = False
    assert np.array_equal(made[outside], initial[outside])
    assert np.array_equal(initial, -counted(large))
    if small != large:
        assert leading(large, small, "pad") is None
        assert leading(small, large, "crop") is None


@given(sizes, st.integers(1, 5))
def test_an_inflated_kernel_sums_to_the_old_one(shape: list[int], depth: int) -> None:
    fit = leading(shape, (depth, *shape), "inflate")
    assert fit is not None
    made = fitted(counted(tuple(shape)), fit, None)
    assert made.shape == (depth, *shape)
    np.testing.assert_allclose(made.sum(0), counted(tuple(shape)), rtol=1e-5)
    assert leading(shape, (*shape, depth + 7), "inflate") is None


@given(st.lists(st.integers(0, 3), min_size=1, max_size=8), st.integers(1, 3))
def test_a_divided_kernel_sums_over_repeated_channels_to_the_same(indices: list[int], units: int) -> None:
    kernel, x = counted((4, units)), counted((4,))
    fit = tiled((4, units), (len(indices), units), [Repeated(-2, tuple(indices), divided=True)])
    assert fit is not None
    there = np.isin(np.arange(4), indices)
    np.testing.assert_allclose(x[indices] @ fitted(kernel, fit, None), (x * there) @ kernel, rtol=1e-4)


def test_channels_that_are_not_those_of_the_shapes_are_not_tiled() -> None:
    assert tiled((2, 3), (4, 3), [Repeated(-2, (0, 1, 0, 2))]) is None
    assert tiled((2, 3), (4, 3), [Repeated(-2, (0, 1, 0))]) is None
    assert tiled((3,), (4, 3), [Repeated(-2, (0, 1))]) is None
    assert tiled((2, 3), (2, 3), []) == Fit("tile", (2, 3))


# Wider networks

HEAD = "archc: 1\nname: W\nparams: {a: 4, b: 6, c: 5}\ninput: [10, 9, 3]\nlayers:\n"
CNN = (
    HEAD
    + """\
  - Conv2D: {filters: $a, kernel_size: 3, padding: same, use_bias: false}
  - BatchNormalization
  - ReLU
  - MaxPooling2D: 2
  - Conv2D: {filters: $b, kernel_size: 3, strides: 2, activation: relu}
  - Dropout: 0.5
  - Conv2D: {filters: $c, kernel_size: 1, activation: elu}
  - GlobalAveragePooling2D
  - Dense: {units: 7, activation: softmax}
"""
)
FLAT = (
    HEAD
    + """\
  - Conv2D: {filters: $a, kernel_size: 3}
  - LeakyReLU
  - Conv2DTranspose: {filters: $b, kernel_size: 2}
  - AveragePooling2D: 2
  - Flatten
  - Dense: {units: $c, activation: tanh}
  - Dense: 3
"""
)
MERGED = (
    HEAD
    + """\
  - Conv2D: {filters: $a, kernel_size: 3, padding: same}
  - Add:
      - - Conv2D: {filters: $a, kernel_size: 3, padding: same, activation: relu}
        - BatchNormalization
      - - Identity
  - ReLU
  - Concatenate:
      - Conv2D: {filters: $b, kernel_size: 1}
      - Conv2D: {filters: $c, kernel_size: 3, padding: same}
      - MaxPooling2D: {pool_size: 3, strides: 1, padding: same}
  - BatchNormalization
  - Conv2D: {filters: 4, kernel_size: 3}
  - Flatten
  - Dense: 3
"""
)
DEPTHWISE = (
    HEAD
    + """\
  - Conv2D: {filters: $a, kernel_size: 3}
  - DepthwiseConv2D: {kernel_size: 3, depth_multiplier: 2, padding: same}
  - PReLU: {shared_axes: [1, 2]}
  - SeparableConv2D: {filters: $b, kernel_size: 3, depth_multiplier: 3, activation: sigmoid}
  - ZeroPadding2D: 1
  - UpSampling2D: 2
  - Conv2D: {filters: $c, kernel_size: 1}
  - Conv2D: {filters: 6, kernel_size: 3, groups: 1}
  - Conv2D: {filters: 6, kernel_size: 3, groups: 2}
  - GlobalMaxPooling2D
  - Dense: 2
"""
)
KEPT = {"cnn": CNN, "flat": FLAT, "merged": MERGED, "depthwise": DEPTHWISE}


def images(net: Network) -> Any:
    shape: Any = net.graph.inputs[0].shape
    return np.random.default_rng(4).normal(size=(3, *shape)).astype("float32")


def made(old: Network, new: Network, fit: Method | None = "tile") -> tuple[TransplantPlan, keras.Model, keras.Model]:
    """The plan, the old model with random weights, and the new one with those."""
    source = randomize(old.build())
    return old.transplant_plan(new, fit), source, old.transplant(source, new, fit=fit)


def check_kept(old: Network, new: Network) -> None:
    """A wider network computes what the old one does, and the plan says so."""
    plan, source, built = made(old, new)
    assert plan.lost == ()
    assert not plan.begun_new
    assert plan.share == 1
    assert any(planned.fit is not None for planned in plan.taken)
    assert difference(built(images(old)), source(images(old))) < 1e-5


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize("widths", [(8, 12, 10), (5, 6, 5), (4, 7, 13)])
def test_a_wider_network_computes_the_same(name: str, widths: tuple[int, int, int]) -> None:
    text = KEPT[name]
    check_kept(network(text), network(text, **dict(zip("abc", widths, strict=True))))


@given(st.integers(4, 12), st.integers(6, 14), st.integers(5, 11), st.sampled_from(sorted(KEPT)))
@settings(max_examples=6)
def test_any_widths_are_kept(a: int, b: int, c: int, name: str) -> None:
    if (a, b, c) != (4, 6, 5):
        check_kept(network(KEPT[name]), network(KEPT[name], a=a, b=b, c=c))


def test_without_a_division_the_function_would_be_another() -> None:
    """What is compared tells a wrong kernel."""
    old, new = network(CNN), network(CNN, a=8)
    _, source, built = made(old, new)
    convolution = [layer for layer in built.layers if isinstance(layer, keras.layers.Conv2D)][1]
    kernel, bias = convolution.get_weights()
    convolution.set_weights([kernel * 2, bias])
    assert difference(built(images(old)), source(images(old))) > 1e-3


ADDED = (
    "  - BatchNormalization\n  - Conv2D: {filters: 4",
    "  - Add:\n      - - Identity\n      - Conv2D: {filters: $(a + b + c), kernel_size: 1}\n  - Conv2D: {filters: 4",
)
LOST = {
    "other classes": (CNN, CNN.replace("units: 7", "units: 9"), ["dense"]),
    "softmax inside": (CNN.replace("activation: elu", "activation: softmax"), None, ["conv2d_2"]),
    "layer normalization": (CNN.replace("BatchNormalization", "LayerNormalization"), None, ["layer_normalization"]),
    "another stride": (CNN, CNN.replace("strides: 2, ", ""), ["conv2d_1"]),
    "another activation": (CNN, CNN.replace("activation: elu", "activation: selu"), ["conv2d_2"]),
    "an added layer": (FLAT, FLAT.replace("  - LeakyReLU\n", "  - LeakyReLU\n  - ReLU\n"), ["re_lu"]),
    "concatenated, then added": (MERGED.replace(*ADDED), None, ["add_1"]),
}


@pytest.mark.parametrize("case", LOST)
def test_where_the_function_is_lost_is_told(case: str) -> None:
    text, other, lost = LOST[case]
    old, new = network(text), network(other or text, a=7, b=8, c=9)
    plan, source, built = made(old, new)
    assert plan.lost is not None
    assert [tensor.name for tensor in plan.lost] == lost
    same = built.output_shape == source.output_shape
    assert not same or difference(built(images(old)), source(images(old))) > 1e-4


def test_fewer_channels_are_not_tiled() -> None:
    old, new = network(CNN, a=8), network(CNN)
    plan = old.transplant_plan(new, "tile")
    assert [planned.layer.name for planned in plan.begun_new][:1] == ["conv2d"]
    assert plan.lost


def test_a_shared_layer_is_widened_for_all_its_calls() -> None:
    text = HEAD.replace("a: 4, b: 6, c: 5", "a: 4") + (
        "  - Conv2D: {filters: $a, kernel_size: 1}\n"
        "  - Conv2D: {filters: $a, kernel_size: 3, padding: same, activation: relu}\n    share: s\n"
        "  - Conv2D: {filters: $a, kernel_size: 3, padding: same, activation: relu}\n    share: s\n"
        "  - GlobalAveragePooling2D\n  - Dense: 3\n"
    )
    check_kept(network(text), network(text, a=7))


@pytest.mark.parametrize(
    ("name", "change"),
    [("resnet20_cifar", {}), ("vgg11", {"input": (32, 32, 3)})],
)
def test_networks_of_the_library_take_themselves_whole(name: str, change: dict[str, Any]) -> None:
    net = archc.load(name, inputs=change.get("input"))
    plan = net.transplant_plan(net, "tile")
    assert plan.lost == ()
    assert not plan.begun_new
    assert not any(planned.fit for planned in plan.weights)


@pytest.mark.slow
def test_a_mobilenet_of_half_the_width_is_kept_in_one_of_the_whole() -> None:
    check_kept(archc.load("mobilenet_v1_050", inputs=(64, 64, 3)), archc.load("mobilenet_v1", inputs=(64, 64, 3)))


# The other methods


@pytest.mark.parametrize(("fit", "old", "new"), [("crop", {"a": 9, "b": 7}, {}), ("pad", {}, {"a": 9, "b": 7})])
def test_crop_and_pad_keep_the_leading_part(fit: Method, old: dict[str, int], new: dict[str, int]) -> None:
    left, right = network(CNN, **old), network(CNN, **new)
    plan, source, built = made(left, right, fit)
    assert not plan.begun_new
    theirs, ours = arrays(source), arrays(built)
    for key, values in ours.items():
        common = tuple(slice(min(sizes)) for sizes in zip(values.shape, theirs[key].shape, strict=True))
        assert np.array_equal(values[common], theirs[key][common])
    kernel = ours["conv2d_1", 0]
    assert kernel.std(axis=(0, 1, 2)).min() > 0
    covered = sum(np.minimum(values.shape, theirs[key].shape).prod() for key, values in ours.items())
    assert plan.taken_sums.total_params == covered
    assert plan.taken_sums.total_params + plan.new_sums.total_params == right.total_params
    assert (plan.share == 1) == (fit == "crop")


VOLUME = HEAD.replace("[10, 9, 3]", "[6, 10, 9, 3]")


def test_inflated_kernels_give_an_image_in_each_frame_the_same() -> None:
    """Away from the first and last frames, which a padding makes others; here there is none."""
    flat = CNN.replace("padding: same", "padding: valid").replace("  - MaxPooling2D: 2\n", "")
    deep = flat.replace(HEAD, VOLUME).replace("2D", "3D").replace("strides: 2", "strides: [1, 2, 2]")
    old, new = network(flat), network(deep)
    plan, source, built = made(old, new, "inflate")
    assert not plan.begun_new
    frames = np.repeat(images(old)[:, None], 6, axis=1)
    assert difference(built(frames), source(images(old))) < 1e-5
    assert plan.lost is None


def test_a_method_that_does_not_fit_lets_the_layer_begin_new() -> None:
    plan = network(CNN).transplant_plan(network(CNN, a=2, b=9), "crop")
    new = {planned.layer.name for planned in plan.begun_new}
    assert new == {"conv2d_1", "conv2d_2"}
    assert {planned.why for planned in plan.begun_new} == {"other-shape", "beside"}


def test_a_file_is_fitted_as_a_model_is(tmp_path: Path) -> None:
    old, new = network(CNN), network(CNN, a=8, b=12)
    source = randomize(old.build())
    source.save_weights(tmp_path / "old.weights.h5")
    built = old.transplant(tmp_path / "old.weights.h5", new, fit="tile")
    assert difference(built(images(old)), source(images(old))) < 1e-5


def test_every_method_is_tested() -> None:
    assert METHODS == ("crop", "pad", "tile", "inflate")
