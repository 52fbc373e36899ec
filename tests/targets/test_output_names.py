"""The outputs of models have the names that the spec gives them, in every form, so that losses go by these names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import archc
from tests.targets.made import config, executed
from tests.targets.networks import NETWORKS, library, marked, network

HEAD = "blocks: {head: {layers: [{Dense: 3}]}}\n"
CHOICE = "params: {op: {type: str, default: Dense, choices: [Dense, RepeatVector]}}\n"

# The steps after a `Dense` called `t`, the sections before them, the outputs, and the other layers of the model.
CASES: dict[str, tuple[str, str, list[str], list[str]]] = {
    "a layer without a name": ("[{Dense: 3, output: a}]", "", ["a"], ["a"]),
    "the layer of a side": ("[{side: {Dense: 3}, output: a}, {Dense: 1, output: b}]", "", ["a", "b"], ["a", "b"]),
    "the last layer of steps": ("[{do: [ReLU, {Dense: 3}], output: a}]", "", ["a"], ["re_lu", "a"]),
    "a layer with a name": ("[{Dense: 3, name: own, output: a}]", "", ["a"], ["own", "a"]),
    "a layer with the name": ("[{Dense: 3, name: a, output: a}]", "", ["a"], ["a"]),
    "a layer with a prefix": (
        "[{do: [{Dense: 3, name: own, output: a}], name: part}]", "", ["a"], ["part_own", "a"],
    ),
    "a part of the name": ("[{do: [{Dense: 3, output: a}], name: a}]", "", ["a"], ["a"]),
    "the layer of a block": ("[{head: {}, output: a}]", HEAD, ["a"], ["dense_1", "a"]),
    "an op by a parameter": ("[{$op: 3, output: a}]", CHOICE, ["a"], ["dense_1", "a"]),
    "a shared layer": (
        "[{Dense: 4, share: s, output: a}, {Dense: 4, share: s, output: b}]", "",
        ["a", "b"], ["dense_1", "a", "b"],
    ),
    "a shared block": (
        "[{head: {}, share: s, from: t, output: a}, {head: {}, share: s, from: t, output: b}]", HEAD, ["a", "b"],
        ["s", "a", "b"],
    ),
    "two names of one tensor": (
        "[{Dense: 3, as: b, output: a}]", "outputs: [a, b]\n", ["a", "b"], ["a", "b"],
    ),
    "an input": ("[{Dense: 3, as: a}]", "outputs: [a, t, input_layer]\n", ["a", "t", "input_layer"], ["a", "t"]),
    "names under outputs": (
        "[{Dense: 3, as: a}, {Dense: 3, from: t, as: b}]", "outputs: [b, a]\n", ["b", "a"], ["a", "b"],
    ),
    "a name that two steps give": (
        "[{Dense: 3, as: a}, {Dense: 2, as: a}]", "outputs: [a]\n", ["a"], ["dense_1", "dense_2", "a"],
    ),
    "names of a loop": (
        "[{for: i in range(2), do: [{Dense: 3, output: h_$(i)}]}]", "", ["h_0", "h_1"], ["h_0", "h_1"],
    ),
    "other names in a loop": (
        "[{for: i in range(2), do: [{Dense: 3, name: own_$(i), output: h_$(i)}]}]", "",
        ["h_0", "h_1"], ["own_0", "own_1", "h_0", "h_1"],
    ),
    "a merge": ("[{Add: [{Dense: 4}, t], output: a}]", "", ["a"], ["dense_1", "a"]),
    "an output where there is one": (
        "[{Dense: 3, name: own, output: a, when: $aux}, {Dense: 2}]", "params: {aux: true}\n",
        ["a", "dense_1"], ["own", "a", "dense_1"],
    ),
}  # fmt: skip


def text_of(steps: str, sections: str = "") -> str:
    return f"archc: 1\nname: Net\ninput: [4]\n{sections}layers: [{{Dense: 4, as: t}}, {steps[1:]}\n"


def net_of(case: str) -> archc.Network:
    return network(text_of(*CASES[case][:2]))


def models(net: archc.Network) -> dict[str, Any]:
    return {
        "built": net.build(),
        "structured": executed(net.source("python"))(),
        "flat": executed(net.source("python", flat=True))(),
    }


@pytest.mark.parametrize("case", CASES)
def test_the_names_of_outputs_are_those_of_the_spec(case: str) -> None:
    _, _, outputs, layers = CASES[case]
    net = net_of(case)
    assert list(net.graph.outputs) == outputs
    for form, model in models(net).items():
        assert model.output_names == outputs, form
        names = {layer.name for layer in model.layers} - {"input_layer", "dense"}
        assert names == {*layers}, form
        assert config(model) == config(net.build()), form


def test_an_output_without_a_name_has_that_of_keras() -> None:
    """The layer inside a shared block makes it, whose model Keras takes the name from."""
    model = network(text_of("[{head: {}, share: s}, {head: {}, share: s}]", HEAD.replace("3", "4"))).build()
    assert model.output_names == ["s"]
    assert [layer.name for layer in model.layers] == ["input_layer", "dense", "s"]


@pytest.mark.parametrize("case", CASES)
def test_what_names_an_output_is_no_layer_of_the_network(case: str) -> None:
    net = net_of(case)
    assert "Identity" not in {node.op.op_name for node in net.graph.nodes}
    assert not net.diff(net_of(case)).classes


def test_a_loss_goes_by_the_name_of_an_output() -> None:
    net = net_of("the layer of a side")
    for model in models(net).values():
        model.compile("sgd", loss={"a": "mse", "b": "mae"})
        found = model.fit(np.ones((2, 4)), {"a": np.ones((2, 3)), "b": np.ones((2, 1))}, verbose=0)
        assert {"a_loss", "b_loss"} <= set(found.history)


def test_a_pytorch_module_has_the_names() -> None:
    source = net_of("the layer of a side").source("torch")
    assert 'output_names = ("a", "b")' in source
    assert "output_names" not in archc.load("lenet5").source("torch")


@pytest.mark.parametrize("label", marked(NETWORKS, ("googlenet", "lenet5_1998", "alexnet")))
def test_the_networks_of_the_library_keep_their_names(label: str) -> None:
    net = library(label)
    assert net.build().output_names == [*net.graph.outputs]


def test_the_end_that_a_user_names_is_the_output() -> None:
    assert archc.load("resnet18").build(outputs=["conv4", "conv5"]).output_names == ["conv4", "conv5"]


@pytest.mark.parametrize(
    "steps",
    [
        "[{Dense: 3, name: a}, {Dense: 2, output: a}]",
        "[{Dense: 2, output: input_layer}]",
        "[{side: [{Dense: 3, output: a}]}, {Dense: 2, name: a}]",
        "[{Dense: 2, name: own, output: dense}]",
    ],
)
def test_another_layer_of_the_name_is_refused(steps: str) -> None:
    with pytest.raises(archc.SpecError, match="name-taken") as caught:
        network(text_of(steps))
    assert len(caught.value.diagnostics) == 1
