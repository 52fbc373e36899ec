"""Layers that several uses of a block share, as in RetinaNet's heads: against a model that is built by hand."""

from __future__ import annotations

from typing import Any

import keras
import pytest
from keras import layers

import archc
from archc.folding.write import write
from archc.targets.torch.state_dict import state_dict
from tests.folding.equality import is_equal
from tests.keras_files.comparison import assert_equal_outputs
from tests.keras_names import numbered_anew
from tests.targets.networks import network
from tests.targets.pytorch import differences as torch_differences
from tests.weights.saved import randomize

HEADS = """
archc: 1
name: Heads
inputs: {p3: [16, 16, 8], p4: [8, 8, 8], p5: [4, 4, 8]}
params: {classes: 5}
blocks:
  head:
    params: {depth: 2, outputs: int, level: int}
    layers:
      - for: i in range(depth)
        do:
          - Conv2D: {filters: 8, kernel_size: 3, padding: same, use_bias: false}
            name: conv$(i)
            share: conv$(i)
          - BatchNormalization:
            name: norm$(i)_$(level)
          - ReLU
      - Conv2D: {filters: $outputs, kernel_size: 3, padding: same}
        name: predict
        share: predict
layers:
  - for: what, outputs in [("class", classes), ("box", 4)]
    do:
      - for: level, p in [(3, p3), (4, p4), (5, p5)]
        do:
          - head: {$outputs, $level}
            from: $(p)
            prefix: $(what)
            share_inside: $(what)
            output: $(what)_out$(level)
"""


def by_hand() -> keras.Model:
    """The heads as people write them in Keras: the convolutions are made before the loop over the levels."""
    levels = {level: keras.Input((128 // 2**level, 128 // 2**level, 8), name=f"p{level}") for level in (3, 4, 5)}
    outputs = []
    for what, filters in (("class", 5), ("box", 4)):
        options: dict[str, Any] = {"padding": "same"}
        convs = [layers.Conv2D(8, 3, use_bias=False, name=f"{what}_conv{i}", **options) for i in range(2)]
        predict = layers.Conv2D(filters, 3, name=f"{what}_predict", **options)
        for level, entered in levels.items():
            x = entered
            for i, conv in enumerate(convs):
                x = layers.BatchNormalization(name=f"{what}_norm{i}_{level}")(conv(x))
                x = layers.ReLU()(x)
            outputs.append(predict(x))
    return keras.Model(list(levels.values()), outputs, name="heads")


def test_the_heads_compute_what_the_model_by_hand_computes() -> None:
    numbered_anew()
    wanted, net = randomize(by_hand()), network(HEADS)
    built = net.build()
    assert net.total_params == built.count_params() == wanted.count_params()
    for layer in wanted.layers:
        if layer.weights:
            built.get_layer(layer.name).set_weights(layer.get_weights())
    assert_equal_outputs(wanted, built, tolerance=0)


def test_a_model_by_hand_is_the_same_network_as_the_spec() -> None:
    numbered_anew()
    read = archc.load(by_hand())
    found = read.diff(network(HEADS))
    assert not found.changes
    assert not found.renamed
    is_equal(read.graph, write(read.graph, "Heads", flat=True).text)


def test_pytorch_has_one_module_for_each_shared_layer() -> None:
    pytest.importorskip("torch")
    graph = network(HEADS).graph
    assert max(torch_differences(graph)) < 1e-5
    names = {key.rpartition(".")[0] for key in state_dict(graph, network(HEADS).build())}
    assert len(names) == 2 * (2 + 1 + 2 * 3)


def test_weights_of_its_own_at_each_level_are_named_in_a_diff() -> None:
    own = HEADS.replace("            share_inside: $(what)\n", "").replace("prefix: $(what)", "prefix: $(what)$(level)")
    found = network(HEADS).diff(network(own))
    assert {tuple(change.fields) for change in found.changes} == {("share",)}
    assert len(found.changes) == 2 * 3 * 2
    assert found.reason == "same layers, weights are shared otherwise"


def test_the_macs_count_at_each_level_and_the_weights_once() -> None:
    net = network(HEADS)
    positions = 16 * 16 + 8 * 8 + 4 * 4
    assert net.macs == sum(positions * 9 * (8 * 8 + 8 * 8 + 8 * outputs) for outputs in (5, 4))
    assert net.params == sum(9 * 8 * (8 + 8 + outputs) + outputs + 3 * 2 * 16 for outputs in (5, 4))
