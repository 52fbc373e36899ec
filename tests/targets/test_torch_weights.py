"""The PyTorch module against the Keras model, with the same weights on the same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import archc
from archc.ir.graph import Graph
from archc.ir.shape import Shape
from archc.ops import registry
from archc.targets.keras import model as keras_model
from archc.targets.torch.activations import ACTIVATIONS
from archc.targets.torch.names import RESERVED
from archc.targets.torch.state_dict import state_dict
from tests.keras_names import numbered_anew
from tests.targets.networks import IN_PYTORCH, PYRAMID, SHARED_SCALE, SIAMESE, TESTS, library, marked, network
from tests.targets.pytorch import computing_in, differences, laid, logits, module_of, one_layer, source_of
from tests.targets.test_torch_source import OF_TEXTS, UNTRANSLATED, hostile, mixed
from tests.weights.saved import randomize

torch = pytest.importorskip("torch", reason="the PyTorch target is compared where PyTorch is installed")

CLOSE = 1e-5  # of the range of an output

# The examples of ops that stand for what the target refuses, by their places.
REFUSED = {
    "AdditiveAttention": [1],
    "AlphaDropout": [3],
    "Attention": [1],
    "AveragePooling1D": [1],
    "AveragePooling3D": [1],
    "BatchNormalization": [5, 6],
    "CategoryEncoding": [3],
    "CenterCrop": [2],
    "Constant": [3],
    "Conv1DTranspose": [2],
    "Conv2DTranspose": [4],
    "Dense": [4],
    "Discretization": [4],
    "Embedding": [1],
    "GroupNormalization": [3],
    "GRU": [1, 2, 5],
    "LSTM": [2, 3],
    "LocalResponseNormalization": [2, 3],
    "PReLU": [0, 2],
    "ReversibleEmbedding": [5],
    "Softmax": [2],
}

# What no example of an op shows.
MORE: list[tuple[str, dict[str, Any], tuple[Shape, ...]]] = [
    *(
        ("Conv2D", {"filters": 3, "kernel_size": kernel, "strides": stride, "padding": "same"}, ((size, 11, 2),))
        for kernel in (1, 2, 4, 5)
        for stride in (1, 2, 3)
        for size in (9, 10)
    ),
    *(
        (op, {"pool_size": pool, "strides": stride, "padding": "same"}, ((10, 11, 2),))
        for op in ("MaxPooling2D", "AveragePooling2D")
        for pool, stride in ((2, 1), (3, 1), (3, 3), (5, 2), (2, 3))
    ),
    *(
        ("Conv2DTranspose", {"filters": 3, "kernel_size": kernel, "strides": stride, "padding": padding}, ((4, 5, 2),))
        for kernel, stride in ((1, 2), (2, 3), (3, 2), (4, 1), (5, 2), (5, 3))
        for padding in ("same", "valid")
    ),
    ("Conv2D", {"filters": 6, "kernel_size": 3, "padding": "same", "dilation_rate": [1, 2], "groups": 2}, ((8, 9, 4),)),
    ("DepthwiseConv2D", {"kernel_size": 4, "strides": 2, "padding": "same", "depth_multiplier": 2}, ((8, 9, 3),)),
    ("SeparableConv2D", {"filters": 3, "kernel_size": 3, "padding": "same", "activation": "softmax"}, ((8, 9, 3),)),
    ("Dense", {"units": 3, "activation": "softmax"}, ((4, 5),)),
    ("Dense", {"units": 3, "activation": "softmax"}, ((1, 1, 5),)),
    ("BatchNormalization", {"axis": 2}, ((4, 5),)),
    ("BatchNormalization", {"scale": False, "center": False, "axis": 2}, ((4, 5, 3),)),
    ("BatchNormalization", {}, ((2, 3, 4, 5),)),
    ("ReLU", {"max_value": 0.5}, ((4, 5, 3),)),
    ("ReLU", {"max_value": 0.5, "negative_slope": 0.1}, ((4, 5, 3),)),
    ("ReLU", {"max_value": 0.5, "threshold": 0.2}, ((4, 5, 3),)),
    ("Softmax", {"axis": 2}, ((4, 5, 3),)),
    ("Concatenate", {"axis": 2}, ((4, 5, 3), (4, 2, 3))),
    ("Concatenate", {}, ((4, 5), (4, 2))),
    ("Add", {}, ((5, 3), (4, 1, 3))),
    ("Multiply", {}, ((3,), (4, 5, 3))),
    ("Subtract", {}, ((5, 3), (3,))),
    ("Maximum", {}, ((2, 4, 5, 3), (5, 3))),
    ("Flatten", {}, ((1, 1, 6),)),
    ("Flatten", {}, ((4, 5, 1),)),
    ("Flatten", {}, ((4, 5),)),
    ("Reshape", {"target_shape": [5, 4, 3]}, ((4, 5, 3),)),
    ("Reshape", {"target_shape": [6]}, ((1, 1, 6),)),
    ("Reshape", {"target_shape": [4, 5, 3]}, ((20, 3),)),
    ("Permute", {"dims": [3, 2, 1]}, ((4, 5, 3),)),
    ("Slice", {"axis": 2, "start": 1, "stop": 3}, ((4, 5, 3),)),
    ("Slice", {"start": -2}, ((4, 3),)),
    ("Pad", {"before": 2, "after": 1}, ((4, 5, 3),)),
    ("Pad", {"axis": 2, "after": 1}, ((4, 5, 3),)),
    ("ChannelShuffle", {"groups": 2}, ((4, 6),)),
    ("UpSampling2D", {"size": [3, 2], "interpolation": "bilinear"}, ((4, 5, 3),)),
    ("LayerNormalization", {"scale": False}, ((4, 5, 3),)),
    ("Scale", {"center": True}, ((4, 5, 3),)),
    ("Learned", {"shape": [4, 5, 3]}, ()),
    ("Dropout", {"rate": 0.5, "noise_shape": [None, None, 1, 3]}, ((4, 5, 3),)),
    ("Attention", {"use_scale": True}, ((6, 8), (9, 4), (9, 8))),
    ("AdditiveAttention", {"use_scale": False}, ((6, 8), (9, 8))),
    ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3, "output_shape": [4, 5]}, ((6, 8), (9, 10), (9, 4))),
    ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3, "value_dim": 5}, ((6, 5, 8), (6, 5, 4))),
    ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3, "attention_axes": 3}, ((2, 6, 5, 8), (2, 6, 7, 4))),
    ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3, "use_gate": True}, ((6, 5, 8), (6, 5, 8))),
    *(
        (op, {**arguments, **more}, ((6, 8), (9, 8), *masks))
        for op, arguments in (
            ("MultiHeadAttention", {"num_heads": 2, "key_dim": 3}),
            ("GroupQueryAttention", {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2}),
        )
        for more, masks in (
            ({"use_causal_mask": True, "dropout": 0.5}, ()),
            ({"sliding_window": 2}, ()),
            ({"sliding_window": 3, "use_causal_mask": True}, ()),
            ({"attention_mask": "tensor"}, ((1, 9),)),
            ({"attention_mask": "tensor", "dropout": 0.5}, ((6, 1),)),
            ({"attention_mask": "tensor", "use_causal_mask": True}, ((1, 6, 9),)),
            ({"attention_mask": "tensor", "sliding_window": 4}, ((1, 1, 9),)),
        )
    ),
    ("Embedding", {"input_dim": 5, "output_dim": 3}, ((),)),
    ("Discretization", {"bin_boundaries": [-0.5, 0, 0, 0.5]}, ((4, 5, 3),)),
    ("Discretization", {"bin_boundaries": [-0.5, 0.5], "output_mode": "one_hot"}, ((4, 5, 3),)),
    ("Discretization", {"bin_boundaries": [-0.5, 0.5], "output_mode": "one_hot"}, ((4, 5, 1),)),
    ("Discretization", {"bin_boundaries": [-0.5, 0.5], "output_mode": "count"}, ((7,),)),
    ("CategoryEncoding", {"num_tokens": 2, "output_mode": "one_hot"}, ((4, 5, 1),)),
    ("CategoryEncoding", {"num_tokens": 2, "output_mode": "one_hot"}, ((4, 5, 3),)),
    ("CategoryEncoding", {"num_tokens": 2, "output_mode": "count"}, ((7,),)),
    ("LSTM", {"units": 3, "return_sequences": True, "go_backwards": True}, ((4, 5), (3,), (3,))),
    ("GRU", {"units": 3, "use_bias": False, "return_sequences": True}, ((4, 5),)),
    ("Bidirectional", {"layer": {"GRU": 3}, "merge_mode": "mul"}, ((4, 5), (3,), (3,))),
    ("Rescaling", {"scale": 1, "offset": -2}, ((4, 5, 3),)),
    ("Rescaling", {"scale": [1, 2, 3], "offset": 2}, ((4, 3),)),
    ("Reshape", {"target_shape": [-1, 3]}, ((None, 6),)),
    ("Flatten", {}, ((None, 5, 3),)),
    ("Conv2D", {"filters": 3, "kernel_size": 4, "padding": "same"}, ((None, None, 3),)),
    ("Conv2D", {"filters": 3, "kernel_size": 1, "padding": "same", "strides": 2}, ((None, None, 3),)),
]


@pytest.fixture(autouse=True, scope="module")
def fresh_keras() -> None:
    numbered_anew()


@pytest.mark.parametrize("name", [name for name in registry() if name not in UNTRANSLATED | OF_TEXTS])
def test_every_op_of_the_table_computes_what_keras_computes(name: str) -> None:
    op = registry()[name]
    refused, compared = [], 0
    for place, (arguments, inputs) in enumerate(op.examples):
        if place in REFUSED.get(name, []):
            with pytest.raises(archc.SpecError):
                source_of(one_layer(op(**arguments), inputs))
            refused.append(place)
        else:
            smaller = tuple(tuple(min(size or 7, 64) for size in shape) for shape in inputs)
            (apart,) = differences(one_layer(op(**arguments), smaller if name == "Conv2D" else inputs))
            assert apart < CLOSE, arguments
            compared += 1
    assert compared
    assert refused == REFUSED.get(name, [])


@pytest.mark.parametrize(("name", "arguments", "inputs"), MORE)
def test_more_arguments_and_shapes(name: str, arguments: dict[str, Any], inputs: tuple[Shape, ...]) -> None:
    (apart,) = differences(one_layer(registry()[name](**arguments), inputs))
    assert apart < CLOSE


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_of_the_table(name: str) -> None:
    for shape in ((3, 4, 6), (4, 6), (6,)) if "softmax" in name else ((3, 4, 6),):
        (apart,) = differences(one_layer(registry()["Activation"].model_validate({"activation": name}), (shape,)))
        assert apart < CLOSE


SIDES = {
    "lenet5": None,
    "lenet5_1998": None,
    "alexnet": 67,
    "vgg11": 32,
    "googlenet": 80,
    "resnet18": 32,
    "resnet50_keras": 32,
    "densenet121": 32,
    "mobilenet_v1": 64,
    "squeezenet1_0": 64,
    "shufflenet_v1_g3": 32,
}
"""Networks with the side of the images that they run on; None for their own."""


@pytest.mark.parametrize("label", marked(SIDES, ("lenet5", "lenet5_1998", "mobilenet_v1", "shufflenet_v1_g3")))
def test_a_network_on_small_images_computes_what_keras_computes(label: str) -> None:
    side = SIDES[label]
    net = archc.load(label, inputs=None if side is None else (side, side, 3))
    graph = logits(net.graph)
    assert max(differences(graph)) < CLOSE
    module = module_of(graph)
    assert sum(parameter.numel() for parameter in module.parameters()) == net.params


BY_PLACES = {"segnet"}
"""Networks where the place of a maximum decides: of two nearly equal numbers rounding in float32 may choose another."""


@pytest.mark.slow
@pytest.mark.parametrize("label", IN_PYTORCH)
def test_every_network_of_the_library_computes_what_keras_computes(label: str) -> None:
    with computing_in("float64" if label in BY_PLACES else "float32"):
        assert max(differences(logits(library(label).graph), batch=1)) < CLOSE


@pytest.mark.parametrize("text", [SIAMESE, PYRAMID, SHARED_SCALE], ids=["siamese", "pyramid", "scale"])
def test_what_is_shared_has_its_weights_once(text: str) -> None:
    net = network(text)
    assert max(differences(net.graph)) < CLOSE
    assert sum(parameter.numel() for parameter in module_of(net.graph).parameters()) == net.params


@pytest.mark.parametrize("name", ["states", "states_of_all_kinds"])
def test_states_are_those_of_keras(name: str) -> None:
    net = archc.load(TESTS / "targets" / "specs" / f"{name}.yaml")
    assert max(differences(net.graph)) < CLOSE
    assert module_of(net.graph).output_names == tuple(net.graph.outputs)


def test_an_image_and_a_sequence_meet() -> None:
    assert max(differences(mixed(5))) < CLOSE


def test_hostile_names_compute() -> None:
    module = module_of(hostile())
    left = module(torch.zeros(2, 4, 8, 8))
    assert [tuple(tensor.shape) for tensor in left] == [(2, 4, 8, 8), (2, 38 * 4, 8, 8), (2, 4, 8, 8)]


def test_every_name_of_a_module_is_reserved() -> None:
    assert {name for name in dir(torch.nn.Module()) if not name.startswith("_")} <= RESERVED


def test_a_network_trains_a_step() -> None:
    net = archc.load("resnet20_cifar", inputs=(32, 32, 3))
    module = module_of(net.graph).train()
    left = module(torch.randn(2, 3, 32, 32))
    torch.nn.functional.nll_loss(torch.log(left), torch.tensor([0, 1])).backward()
    assert all(parameter.grad is not None and parameter.grad.isfinite().all() for parameter in module.parameters())


def test_moving_means_move_alike() -> None:
    text = "archc: 1\nname: Moving\ninput: [6, 7, 3]\nlayers: [{BatchNormalization: {momentum: 0.75}}]"
    net = network(text)
    model, module = randomize(net.build()), module_of(net.graph)
    module.load_state_dict(net.state_dict(model))
    images = np.random.default_rng(0).normal(2, 3, size=(4, 6, 7, 3)).astype("float32")
    wanted = np.asarray(model(images, training=True))
    found = module.train()(torch.tensor(laid(images))).detach().numpy()
    np.testing.assert_allclose(found, laid(wanted), atol=1e-5)
    layer = model.layers[-1]
    np.testing.assert_allclose(module.batch_normalization.running_mean, layer.moving_mean, rtol=1e-5)
    assert module.batch_normalization.num_batches_tracked == 1


def trained(layer: str, shape: Shape) -> Any:
    """What a layer leaves of ones, while training and at inference."""
    net = network(f"archc: 1\nname: Dropped\ninput: {list(shape)}\nlayers: [{{{layer}}}]")
    module = module_of(net.graph)
    ones = laid(np.ones((64, *shape), "float32"))
    torch.manual_seed(0)
    assert (module(torch.tensor(ones)).numpy() == ones).all()
    return module.train()(torch.tensor(ones)).numpy()


def test_a_shared_mask_drops_whole_examples() -> None:
    left = trained("Dropout: {rate: 0.75, noise_shape: [null, 1, 1, 1]}", (4, 5, 3)).reshape(64, -1)
    assert (left == left[:, :1]).all()
    assert set(left[:, 0]) == {0, 4}


def test_spatial_dropout_drops_whole_channels() -> None:
    images = trained("SpatialDropout2D: {rate: 0.5}", (4, 5, 3))
    sequences = trained("SpatialDropout1D: {rate: 0.5}", (6, 3))
    assert (images == images[:, :, :1, :1]).all()
    assert (sequences == sequences[:, :1]).all()
    assert set(images.ravel()) == set(sequences.ravel()) == {0, 2}


def test_noise_has_its_deviation() -> None:
    added = trained("GaussianNoise: {stddev: 0.5}", (10, 10))
    multiplied = trained("GaussianDropout: {rate: 0.2}", (10, 10))
    assert abs(added.mean() - 1) < 0.05 > abs(multiplied.mean() - 1)
    assert abs(added.std() - 0.5) < 0.05 > abs(multiplied.std() - 0.5)


def test_what_is_not_trainable_is_fixed() -> None:
    text = "archc: 1\nname: Fixed\ninput: [3]\nlayers: [{Dense: {units: 2, trainable: false}}, {Dense: 2}]"
    module = module_of(network(text).graph)
    assert [parameter.requires_grad for parameter in module.parameters()] == [False, False, True, True]


@pytest.mark.parametrize(
    "arguments",
    [
        {"window": None, "fft_length": 16},
        {"window": [0.1, 0.4, 1, 1, 0.4, 0.1]},
        {"window": [0.1, 0.4, 1, 1, 0.4, 0.1], "scaling": "spectrum"},
        {"window": [0.1, 0.4, 1, 1, 0.4, 0.1], "scaling": None},
    ],
)
def test_kernels_of_frequencies_begin_as_in_keras(arguments: dict[str, Any]) -> None:
    graph = one_layer(registry()["STFTSpectrogram"].model_validate({"frame_length": 6, **arguments}), ((20, 2),))
    fresh, loaded = module_of(graph).state_dict(), state_dict(graph, keras_model.build(graph, "net"))
    assert fresh.keys() == loaded.keys()
    assert all(torch.allclose(fresh[name], loaded[name], atol=1e-6) for name in fresh)


def test_another_model_is_refused() -> None:
    with pytest.raises(archc.SpecError, match="torch-model"):
        archc.load("lenet5").state_dict(archc.load("lenet5", classes=7).build())


def test_a_network_without_lines_leaves_what_enters() -> None:
    net: Graph = network("archc: 1\nname: Nothing\ninput: [3]\nlayers: [Identity, Flatten]").graph
    assert module_of(net)(torch.ones(1, 3)).tolist() == [[1, 1, 1]]
