"""The source of a PyTorch module, as text: PyTorch itself is not needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import archc
from archc.diagnostics import Diagnostic
from archc.ir.builder import Builder
from archc.ir.graph import Graph, Input, Tensor
from archc.ops import registry
from archc.targets.torch.names import class_name, identifiers
from archc.targets.torch.state_dict import state_dict
from archc.targets.torch.translation import is_translated
from tests.hash_seeds import printed
from tests.targets.networks import CHOSEN, CLASS_TOKEN, IN_PYTORCH, SIAMESE, library, marked, network
from tests.targets.pytorch import HERE, NETWORK, source_of

HOSTILE = [
    "forward", "training", "to", "float", "type", "add_module", "class", "match", "print", "self", "x", "F", "nn",
    "torch", "Scale", "without", "1x1", "a/b", "a_b", "a b", "größe", "網", "", "_", "__init__", "__dict__", "_modules",
    "x_", "bn", "bn_depthwise", '"""', "'); import os; os.abort() #", "line\nbreak", "{0}", "{layer}", "\\",
    "long" * 60, "long" * 60 + "er",
]  # fmt: skip


def refused(graph: Graph) -> Diagnostic:
    with pytest.raises(archc.SpecError) as caught:
        source_of(graph)
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


def hostile() -> Graph:
    """A network whose layers have names that mean harm, each with weights and used twice."""
    builder = Builder()
    image = Input("forward", (8, 8, 4))
    builder.add_input(image, HERE)
    tensors: list[Tensor] = [image]
    for name in HOSTILE[1:]:
        kind = registry()["SeparableConv2D" if name == "bn" else "Conv2D"]
        op = kind.model_validate({"filters": 4, "kernel_size": 3, "padding": "same"})
        tensors.append(builder.add(op, (tensors[-1],), name, NETWORK, HERE))
    joined = builder.add(registry()["Add"](), tuple(tensors), "joined", NETWORK, HERE)
    listed = builder.add(registry()["Concatenate"](), tuple(tensors), "listed", NETWORK, HERE)
    return builder.graph({"forward": joined, 'a\'"""\\': listed, "training": tensors[3]}, "forward")


def mixed(length: int) -> Graph:
    """A network of an image and a sequence, of what breaks into lines in its own way.

    Args:
        length: of the names, at least.
    """
    builder = Builder()
    image, sequence = Input("image", (16, 16, 8)), Input("sequence", (16, 8))
    builder.add_input(image, HERE)
    builder.add_input(sequence, HERE)

    def add(op: str, *inputs: Tensor, **arguments: Any) -> Tensor:
        name = "n" * (length + len(builder.nodes))
        return builder.add(registry()[op].model_validate(arguments), inputs, name, NETWORK, HERE)

    fixed = {"filters": 8, "kernel_size": 2, "padding": "same", "trainable": False, "activation": "softmax"}
    side = add("Conv2D", image, **fixed)
    x = add("Add", image, side)
    for merge in ("Average", "Maximum", "Multiply"):
        x = add(merge, x, side, image)
    x = add("Rescaling", x, scale=[1, 2, 3, 4, 5, 6, 7, 8], offset=-3)
    x = add("BatchNormalization", x, axis=1, scale=False)
    x = add("BatchNormalization", x, center=False, epsilon=1e-7, momentum=0.12345)
    x = add("LayerNormalization", x)
    x = add("ReLU", x, threshold=0.5, max_value=3, negative_slope=0.1)
    x = add("SeparableConv2D", x, filters=8, kernel_size=2, padding="same", activation="relu")
    x = add("Slice", add("Concatenate", x, side, image), stop=8)
    x = add("MaxPooling2D", x, pool_size=2, padding="same", strides=1)
    x = add("AveragePooling2D", x, pool_size=2, padding="same", strides=1)
    steps = add("Conv1D", sequence, filters=8, kernel_size=3, padding="causal", activation="relu")
    steps = add("BatchNormalization", add("Subtract", sequence, steps))
    joined = add("Add", x, steps)
    return builder.graph({"joined": joined, "side": side, "steps": steps}, "joined")


def dead(text: str) -> list[str]:
    """The names that `forward` gives to what nothing takes."""
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    forward = [function for function in functions if function.name == "forward"][-1]
    waiting, found = set[str](), []
    for statement in forward.body:
        names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
        waiting -= {node.id for node in names if isinstance(node.ctx, ast.Load)}
        given = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        found += sorted(given & waiting)
        waiting |= given
    return found + sorted(waiting)


@pytest.mark.parametrize(
    "label", marked(IN_PYTORCH, (*CHOSEN, "googlenet", "inception_v3_keras", "resnet110_stochastic_cifar"))
)
def test_every_network_of_the_library_has_a_source(label: str) -> None:
    net = library(label)
    text = source_of(net.graph, net.name)
    compile(text, label, "exec")
    assert dead(text) == []


def test_the_source_hangs_on_the_network_alone() -> None:
    program = "import archc; print(archc.load('inception_v3_keras').source('torch'))"
    assert len(printed(program)) == 1


@pytest.mark.parametrize(
    "labels", [pytest.param(CHOSEN, id="chosen"), pytest.param(IN_PYTORCH, id="all", marks=pytest.mark.slow)]
)
def test_the_sources_are_formatted_and_without_faults(labels: tuple[str, ...], tmp_path: Path) -> None:
    graphs = {label: library(label).graph for label in labels}
    graphs |= {"hostile": hostile(), **{f"mixed{length}": mixed(length) for length in range(5, 65, 5)}}
    for name, graph in graphs.items():
        (tmp_path / f"{name}.py").write_text(source_of(graph), encoding="utf-8")
    given = ["--isolated", "--no-cache", "--line-length=120", str(tmp_path)]
    for command in (["check", "--extend-select=I,UP"], ["format", "--check", "--diff"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, *given], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[:3000]


def test_the_sources_have_right_types(tmp_path: Path) -> None:
    for label in ("lenet5_1998", "googlenet", "shufflenet_v1_g3"):
        net = library(label)
        (tmp_path / f"{label}.py").write_text(source_of(net.graph, net.name), encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file=", f"--cache-dir={tmp_path / 'cache'}"]
    command += ["--ignore-missing-imports", "--follow-imports=skip", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_a_small_network_reads_as_a_person_would_write_it() -> None:
    net = archc.load("lenet5")
    assert (
        source_of(net.graph, net.name)
        == '''\
"""A module."""

import torch
from torch import nn
from torch.nn import functional as F


class LeNet5(nn.Module):
    """A network.

    Takes `x` (N, 1, 32, 32) and leaves (N, 10).
    """

    def __init__(self) -> None:
        super().__init__()
        self.C1 = nn.Conv2d(1, 6, kernel_size=5)
        self.S2 = nn.AvgPool2d(2)
        self.C3 = nn.Conv2d(6, 16, kernel_size=5)
        self.S4 = nn.AvgPool2d(2)
        self.C5 = nn.Conv2d(16, 120, kernel_size=5)
        self.F6 = nn.Linear(120, 84)
        self.output = nn.Linear(84, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.tanh(self.C1(x))
        x = self.S2(x)
        x = torch.tanh(self.C3(x))
        x = self.S4(x)
        x = torch.tanh(self.C5(x))
        x = torch.flatten(x, 1)
        x = torch.tanh(self.F6(x))
        return F.softmax(self.output(x), dim=1)


if __name__ == "__main__":
    print(LeNet5())
'''
    )


UNTRANSLATED = {
    "ContrastLimitedAdaptiveHistogramEqualization", "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D", "Dot", "RNN",
    "Resizing", "TimeDistributed",
}  # fmt: skip
"""The ops that have no translation, whatever their arguments."""

OF_TEXTS = {"HashedCrossing", "Hashing", "IntegerLookup", "StringLookup", "TextVectorization"}
"""Ops that no module of PyTorch's can compute: it has no tensors of texts, and not TensorFlow's hashes and tables."""


def test_every_other_op_has_a_translation() -> None:
    assert {name for name, op in registry().items() if not is_translated(op)} == UNTRANSLATED | OF_TEXTS
    assert len(UNTRANSLATED) <= 10


def test_a_refusal_names_all_that_has_no_translation() -> None:
    refused_steps = (
        "  - RNN: {cell: {GRUCell: 6}, return_sequences: true}\n" + "  - TimeDistributed: {layer: {Dense: 6}}\n" * 2
    )
    text = CLASS_TOKEN.replace("  - Bidirectional", refused_steps + "  - Bidirectional")
    found = refused(network(text).graph)
    assert found.code == "torch"
    assert found.message == "PyTorch has no translation here for: RNN, TimeDistributed (2 layers)"


@pytest.mark.parametrize(
    ("layer", "what"),
    [
        ("Dense: {units: 2, dtype: float16}", "Dense with `dtype`"),
        ("Dense: {units: 2, activation: sparsemax}", "the activation `sparsemax`"),
        ("BatchNormalization: {renorm: true}", "BatchNormalization with `renorm`"),
        ("BatchNormalization: {trainable: false}", "BatchNormalization with `trainable: false`"),
        ("Softmax: {axis: [1, 2]}", "Softmax along several axes"),
        ("PReLU", "PReLU with a slope a position"),
        ("UpSampling2D: {interpolation: bicubic}", "UpSampling2D with `interpolation: bicubic`"),
        ("Dropout: {rate: 0.5, noise_shape: [1, null, 1, 1]}", "Dropout with one mask for the batch"),
        ("Conv2DTranspose: {filters: 2, kernel_size: 2, dilation_rate: 2}", "Conv2DTranspose with `dilation_rate`"),
    ],
)
def test_what_differs_between_the_frameworks_is_refused(layer: str, what: str) -> None:
    net = network(f"archc: 1\nname: Refused\ninput: [8, 9, 4]\nlayers: [{{{layer}}}]")
    assert refused(net.graph).message.endswith(f"for: {what}")


@pytest.mark.parametrize(("op", "count"), [("Add", 2000), ("Average", 2000), ("Maximum", 50)])
def test_a_merge_of_many_tensors_is_written(op: str, count: int) -> None:
    net = network(f"archc: 1\nname: Many\ninput: [4]\nlayers: [{{{op}: [{', '.join(['[]'] * count)}]}}]")
    compile(source_of(net.graph), "many", "exec")


def test_calls_that_are_nested_too_deep_for_python_are_refused() -> None:
    net = network(f"archc: 1\nname: Many\ninput: [4]\nlayers: [{{Minimum: [{', '.join(['[]'] * 51)}]}}]")
    assert refused(net.graph).message.endswith("for: Minimum of more than 50 tensors")


@pytest.mark.parametrize(
    ("layer", "what"),
    [
        ("LSTM: {units: 2, activation: relu}", "LSTM with `activation: relu`"),
        ("LSTM: {units: 2, recurrent_activation: hard_sigmoid}", "LSTM with `recurrent_activation: hard_sigmoid`"),
        ("LSTM: {units: 2, dtype: float16}", "LSTM with `dtype`"),
        ("GRU: {units: 2, reset_after: false}", "GRU with `reset_after: false`"),
        ("GRU: {units: 2, recurrent_dropout: 0.1}", "GRU with `recurrent_dropout`"),
        ("SimpleRNN: {units: 2, activation: sigmoid}", "SimpleRNN with `activation: sigmoid`"),
        ("Bidirectional: {layer: {LSTM: {units: 2, dropout: 0.1}}}", "Bidirectional with `dropout` of LSTM"),
    ],
)
def test_recurrent_layers_that_pytorch_computes_in_another_way_are_refused(layer: str, what: str) -> None:
    net = network(f"archc: 1\nname: Refused\ninput: [8, 4]\nlayers: [{{{layer}}}]")
    assert refused(net.graph).message.endswith(f"for: {what}")


def test_a_padding_that_depends_on_an_unknown_size_is_refused() -> None:
    layers = "Conv2D: {filters: 2, kernel_size: 3, padding: same, strides: 2}"
    text = "archc: 1\nname: Open\ninput: [{}, 9, 4]\nlayers: [{{{}}}]"
    assert "an unknown size" in refused(network(text.format("null", layers)).graph).message
    assert "padding=1" in source_of(network(text.format("9", layers)).graph)
    assert "F.pad(x, (1, 1, 0, 1))" in source_of(network(text.format("8", layers)).graph)


def test_a_layer_shared_by_tensors_that_need_different_modules_is_refused() -> None:
    text = """
archc: 1
name: Shared
input: [4, 4, 3]
layers:
  - Dense: 3
    share: dense
  - GlobalAveragePooling2D:
  - Dense: 3
    share: dense
"""
    assert refused(network(text).graph).message.endswith("Dense shared by tensors of several kinds")


def test_a_network_that_ends_at_the_second_use_of_a_block_has_its_layers() -> None:
    net = network(SIAMESE).ending_at("b")
    text = source_of(net.graph)
    assert text.count("nn.Conv2d") == text.count("(x)") - 1 == 1
    assert dead(text) == []


def test_hostile_names_reach_the_source_as_identifiers_alone() -> None:
    text = source_of(hostile(), "print('no')")
    compile(text, "hostile", "exec")
    assert dead(text) == []
    made = [line for line in text.splitlines() if " = nn.Conv2d(" in line]
    assert len({line.split(" = ")[0] for line in made}) == len(HOSTILE)  # one has two modules, one is the input
    assert all(name not in text for name in ("import os", "網", "größe", "abort()"))


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["conv", "conv", "conv_2"], ["conv", "conv_2", "conv_2_2"]),
        (["forward", "forward_", "Forward"], ["forward_", "forward_2", "Forward"]),
        (["1x1", "", "__a", "a-b", "a b"], ["layer_1x1", "layer", "a", "a_b", "a_b_2"]),
        (["class", "list", "x", "F", "state_dict"], ["class_", "list_", "x_", "F_", "state_dict_"]),
    ],
)
def test_names_become_identifiers(names: list[str], found: list[str]) -> None:
    assert identifiers(names) == found


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("ResNet-50", "ResNet50"),
        ("LeNet-5 (1998)", "LeNet5_1998"),
        ("3-layer net", "Net3LayerNet"),
        ("網", "Network"),
        ("F", "F_"),
        ("none", "None_"),
        ("Value error", "ValueError_"),
    ],
)
def test_a_name_becomes_that_of_a_class(name: str, found: str) -> None:
    assert class_name(name) == found


def test_without_pytorch_its_weights_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(archc.SpecError, match="no-torch"):
        state_dict(archc.load("lenet5").graph, None)
