"""The features of networks: which tensors they are, their strides in Keras, and models that end at them."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

import archc
from archc.analysis.features import main_path
from archc.cli import main
from archc.ir.graph import Graph, Node, Tensor
from archc.library.paths import library_paths
from tests.cases import every_or_few
from tests.elaborate.specs import spec
from tests.targets.networks import network
from tests.weights.saved import randomize

KNOWN = {
    # torchvision, `resnet_fpn_backbone`: layer1 to layer4; timm, `features_only`: the stem before them
    "resnet18": [64, 64, 128, 256, 512],
    "resnet34": [64, 64, 128, 256, 512],
    "resnet50": [64, 256, 512, 1024, 2048],
    "resnet50_v1_5": [64, 256, 512, 1024, 2048],
    "resnet101": [64, 256, 512, 1024, 2048],
    "resnet152_keras": [64, 256, 512, 1024, 2048],
    "resnet50_v2": [64, 256, 512, 1024, 2048],
    "resnet50_v2_keras": [64, 256, 512, 1024, 2048],
    "resnext50_32x4d": [64, 256, 512, 1024, 2048],
    "wide_resnet50_2": [64, 256, 512, 1024, 2048],
    "se_resnet50": [64, 256, 512, 1024, 2048],
    "senet154": [128, 256, 512, 1024, 2048],
    # timm, `features_only` of vgg16: strides 1, 2, 4, 8, 16 and 32
    "vgg16": [64, 128, 256, 512, 512, 512],
    "vgg11": [64, 128, 256, 512, 512, 512],
    "vgg19_bn": [64, 128, 256, 512, 512, 512],
    # segmentation_models.pytorch: the dense blocks, before the transitions
    "densenet121": [64, 256, 512, 1024, 1024],
    "densenet161": [96, 384, 768, 2112, 2208],
    "densenet169": [64, 256, 512, 1280, 1664],
    # segmentation_models of Keras
    "inception_v3": [64, 192, 288, 768, 2048],
    "inception_resnet_v2_keras": [64, 192, 320, 1088, 1536],
    # TensorFlow's tutorial of segmentation: the expansions before each stride; then the last layer
    "mobilenet_v2": [96, 144, 192, 576, 1280],
    "mobilenet_v1": [64, 128, 256, 512, 1024],
    # timm
    "xception": [64, 128, 256, 728, 2048],
    "nasnet_a_large": [96, 168, 1008, 2016, 4032],
    "inception_v4": [64, 192, 384, 1024, 1536],
}


@pytest.mark.parametrize("name", KNOWN)
def test_channels_are_those_that_people_take(name: str) -> None:
    found = archc.load(name).features
    first = 6 - len(KNOWN[name])
    assert [*found] == [f"C{number}" for number in range(first, 6)]
    assert [feature.channels for feature in found.values()] == KNOWN[name]
    assert [feature.stride for feature in found.values()] == [2**number for number in range(first, 6)]


def test_names_of_layers() -> None:
    layers = {name: feature.layer for name, feature in archc.load("resnet50").features.items()}
    assert layers == {
        "C1": "conv1_relu",
        "C2": "conv2_block3_out",
        "C3": "conv3_block4_out",
        "C4": "conv4_block6_out",
        "C5": "conv5_block3_out",
    }
    layers = {name: feature.layer for name, feature in archc.load("inception_v3").features.items()}
    assert [*layers.values()][2:] == ["mixed2", "mixed7", "mixed10"]


@pytest.mark.parametrize(
    ("name", "layers"),
    [
        ("vgg16", ["block5_conv3", "block4_conv3", "block3_conv3", "block2_conv2", "block1_conv2"]),
        ("vgg19", ["block5_conv4", "block4_conv4", "block3_conv4", "block2_conv2", "block1_conv2"]),
        ("mobilenet_v1", ["conv_pw_11_relu", "conv_pw_5_relu", "conv_pw_3_relu", "conv_pw_1_relu"]),
        (
            "mobilenet_v2",
            ["block_13_expand_relu", "block_6_expand_relu", "block_3_expand_relu", "block_1_expand_relu"],
        ),
    ],
)
def test_layers_are_those_that_segmentation_models_takes_from_stride_16_on(name: str, layers: list[str]) -> None:
    """Its `backbones_factory` names these layers of Keras's networks, the last stride first."""
    found = {feature.layer: feature.stride for feature in archc.load(name).features.values()}
    assert [found[layer] for layer in layers] == [16, 8, 4, 2, 1][: len(layers)]


NO_STRIDES = {"bert_base", "gpt2_small", "siamese_omniglot", "transformer_base", "wavenet", "wide_deep"}
"""Networks of text, sound and categories, and one whose layers are in a shared block."""


@pytest.mark.parametrize("name", every_or_few([name for name in library_paths() if name not in NO_STRIDES], 20))
def test_networks_of_the_library_have_features_down_to_their_last_stride(name: str) -> None:
    """Whoever adds a network sees here what it lacks; classifiers are no features."""
    loaded = archc.load(name)
    found = loaded.features
    strides = [float(feature.stride or 0) for feature in found.values()]
    assert len(found) >= 3
    assert all(after == 2 * before for before, after in pairwise(strides))
    assert strides == [2 ** int(feature[1:]) for feature in found]
    assert all(feature.channels != loaded.values.get("classes") for feature in found.values())
    assert set(loaded.spec.features) <= set(found)


# Against Keras

RUN = ["mobilenet_v1_025", "shufflenet_v2_x0_5", "squeezenet1_1", "resnet18", "vgg11", "densenet121", "inception_v3"]
QUICK = RUN[2:4]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in QUICK else [pytest.mark.slow]) for name in RUN]
)
def test_strides_are_those_of_a_keras_model(name: str) -> None:
    """An input that is larger by 64 gives features that are larger by 64 / 2^n."""
    sizes: list[list[int]] = []
    for size in (96, 160) if name in QUICK else (299, 363):
        ended = archc.load(name, inputs=(size, size, 3))
        wanted = [*ended.features]
        model = ended.build(features=wanted)
        assert model.output_names == wanted
        outputs = model.predict(np.zeros((1, size, size, 3), "float32"), verbose=0)
        assert [outputs[i].shape[1:] for i in range(len(wanted))] == [ended.features[one].shape for one in wanted]
        sizes.append([output.shape[1] for output in outputs])
    grown = [large - small for small, large in zip(*sizes, strict=True)]
    assert grown == [64 // 2 ** int(one[1:]) for one in wanted]


SMALL = """
archc: 1
name: Small
input: [16, 16, 3]
features: {low: stem, C2: second}
layers:
  - do:
      - Conv2D: {filters: 4, kernel_size: 3, padding: same}
        name: conv
      - BatchNormalization:
        name: bn
    name: stem
  - ZeroPadding2D: 1
  - MaxPooling2D: {pool_size: 3, strides: 2}
    name: pool
  - Add:
      - Conv2D: {filters: 4, kernel_size: 3, padding: same}
        name: branch
      - []
    name: sum
  - MaxPooling2D: 2
  - Conv2D: {filters: 8, kernel_size: 3, padding: same}
    name: second
  - ReLU:
    name: relu
  - GlobalAveragePooling2D: {keepdims: true}
  - Conv2D: {filters: 5, kernel_size: 1}
    name: classifier
  - Flatten
"""


def test_a_model_that_ends_at_features_computes_what_the_whole_computes_there(tmp_path: Path) -> None:
    whole = network(SMALL)
    model = randomize(whole.build())
    model.save(tmp_path / "whole.keras")
    for file in (tmp_path / "whole.keras", None):
        source = whole if file is not None else archc.load(tmp_path / "whole.keras")
        wanted = ["C1", "C0", *(["low", "C2"] if file is not None else [])]
        ended = source.build(features=wanted, weights=file)
        assert ended.output_names == wanted
        image = np.random.default_rng(0).normal(size=(2, 16, 16, 3)).astype("float32")
        for name, found in zip(wanted, ended.predict(image, verbose=0), strict=True):
            layer = source.features[name].layer
            inside = type(model)(model.inputs, model.get_layer(layer).output)
            np.testing.assert_allclose(found, inside.predict(image, verbose=0), rtol=1e-6)


def test_the_rule_and_what_a_spec_names() -> None:
    found = network(SMALL).features
    assert [(name, feature.layer, feature.stride) for name, feature in found.items()] == [
        ("C0", "stem_bn", 1),  # not the padding, which is at stride 1 too
        ("C1", "sum", 2),
        ("C2", "second", 4),  # relu without the spec's own
        ("low", "stem_bn", 1),
    ]
    assert repr(found["C1"]) == "<C1: sum, 8x8x4, stride 2>"
    assert "C2: relu" in repr(network(SMALL.replace("{low: stem, C2: second}", "{}")).features)
    assert [*network(SMALL).ending_at_features("low", "C0").features] == ["low", "C0"]
    assert [*network(SMALL).ending_at("sum").features] == ["C0", "C1", "low"]


def test_open_sizes_and_other_ranks() -> None:
    found = archc.load("shufflenet_v2_x0_5", inputs=(None, None, 3)).features
    assert [feature.stride for feature in found.values()] == [2, 4, 8, 16, 32]
    steps = "- {Conv1D: {filters: 4, kernel_size: 3, strides: 2}, name: a}\n- {Conv1D: {filters: 5, kernel_size: 3}}"
    assert {name: one.shape for name, one in network(spec(steps, input="[32, 3]")).features.items()} == {"C1": (13, 5)}
    uneven = "- {Conv2D: {filters: 4, kernel_size: 3, strides: [2, 1]}, name: a}\n- ReLU"
    assert network(spec(uneven, input="[32, 32, 3]")).features == {}
    named = network(spec(uneven, input="[32, 32, 3]", features="{low: a}")).features["low"]
    assert (named.strides, named.stride, repr(named)) == ((2, 1), None, "<low: a, 15x30x4, stride 2 and 1>")
    assert network(spec("- Dense: 3", input="[8]")).features == {}


@pytest.mark.parametrize(
    ("section", "code", "words"),
    [
        ("{C2: secnd}", "unknown-layer", "did you mean `second`?"),
        ("{C2: 7}", "type", "the name of a layer or part"),
        ("[C2]", "type", "`features: {C2: conv2}`"),
        ("{C2: []}", "type", "the name of a layer or part"),
        ("{if: second}", "name", "`if`"),
        ("{C2: $nothing}", "unknown-name", "nothing"),
    ],
)
def test_a_wrong_section_is_reported_at_its_place(section: str, code: str, words: str) -> None:
    with pytest.raises(archc.SpecError) as caught:
        network(SMALL.replace("{low: stem, C2: second}", section))
    (found,) = caught.value.diagnostics
    assert (found.code, found.position.line if found.position else 0) == (code, 5)
    assert words in f"{found.message}; {found.hint}"


def test_the_section_is_inherited_whole(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    for section, expected in (("", "second"), ("features: {C3: stem}\n", "relu"), ("features: {}\n", "relu")):
        text = f"archc: 1\nname: Child\nextends: small.yaml\n{section}"
        (tmp_path / "child.yaml").write_text(text, encoding="utf-8")
        found = archc.load(str(tmp_path / "child.yaml")).features
        assert found["C2"].layer == expected
        assert ("C3" in found, "low" in found) == ("C3" in section, not section)


def test_names_follow_parameters_and_may_be_absent_at_a_users_values() -> None:
    text = """
archc: 1
name: Deep
params: {depth: 2, top: true}
input: [16, 16, 3]
features: {deep: conv$(depth), top: top}
layers:
  - for: i in range(1, depth + 1)
    do: [{Conv2D: {filters: $i, kernel_size: 3}, name: conv$(i)}]
  - Conv2D: {filters: 9, kernel_size: 1}
    name: top
    when: $top
"""
    assert network(text).features["deep"].layer == "conv2"
    assert network(text, depth=4).features["deep"].layer == "conv4"
    assert [*network(text, top=False).features] == ["C0", "deep"]


# Which layers are on the main path


def _passes(graph: Graph, node: Node) -> bool:
    """Whether no path from an input to the main output is without a layer, found by leaving it out."""
    pending: list[Tensor] = [graph.outputs[graph.main]]
    seen: set[Tensor] = {node}
    while pending:
        tensor = pending.pop()
        if tensor in seen:
            continue
        seen.add(tensor)
        if not isinstance(tensor, Node):
            return False
        pending += tensor.inputs
    return True


@st.composite
def graphs(draw: st.DrawFn) -> str:
    inputs = draw(st.integers(1, 2))
    names = [f"i{number}" for number in range(inputs)]
    lines = []
    for number in range(draw(st.integers(1, 12))):
        taken = draw(st.lists(st.sampled_from(names[-4:]), min_size=1, max_size=3, unique=True))
        head = "ReLU" if len(taken) == 1 else "Add"
        if draw(st.integers(0, 9)) == 0:
            lines.append(f"- {{Learned: {{shape: [4]}}, name: l{number}}}")
            taken, head = [*taken, f"l{number}"], "Add"
            lines[-1] = lines[-1].replace("name:", f"as: l{number}, name:")
        taken = taken[0] if len(taken) == 1 else f"[{', '.join(taken)}]"  # type: ignore[assignment]
        lines.append(f"- {{{head}: , from: {taken}, name: n{number}, as: t{number}}}")
        names.append(f"t{number}")
    shapes = "\n".join(f"  i{number}: [4]" for number in range(inputs))
    steps = "\n".join(f"  {line}" for line in lines)
    return f"archc: 1\nname: Random\nunused: warn\ninputs:\n{shapes}\nlayers:\n{steps}\n"


@settings(max_examples=60)
@given(graphs())
def test_the_main_path_is_what_every_path_passes(text: str) -> None:
    graph = network(text).graph
    needed: set[Tensor] = graph.needed((graph.outputs[graph.main],))
    reached: set[Tensor] = {tensor for tensor in graph.inputs if tensor in needed}
    for node in graph.nodes:
        if node in needed and reached.intersection(node.inputs):
            reached.add(node)
    expected = [node for node in graph.nodes if node in reached and _passes(graph, node)]
    assert main_path(graph) == expected


# The command line


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments])


def test_summary_tells_features_as_json() -> None:
    document = json.loads(run("summary", "resnet50", "--json").stdout)
    assert document["features"][1] == {
        "name": "C2",
        "layer": "conv2_block3_out",
        "shape": [56, 56, 256],
        "strides": [4, 4],
    }
    ended = json.loads(run("summary", "resnet50", "--features", "C3, C4", "--features", "C5", "--json").stdout)
    assert ended["outputs"] == {"C3": [28, 28, 512], "C4": [14, 14, 1024], "C5": [7, 7, 2048]}
    assert [feature["name"] for feature in ended["features"]] == ["C3", "C4", "C5"]
    assert ended["depth"] == document["depth"] - 1  # without the classifier


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["resnet50", "--features", "C6"],
            ["unknown-feature", "there is no feature `C6`", "C5 (conv5_block3_out, 7x7x2048)"],
        ),
        (["resnet50", "--features", "C3,,C4"], ["there is no feature ``"]),
        (["resnet50", "--features", "C3", "--output", "conv1"], ["usage", "keep one of the two"]),
        (["lenet5", "--features", "C1"], ["name-taken", "another layer is called `C1`", "`--output C3` ends there"]),
    ],
)
def test_what_cannot_be_a_feature_is_an_error(arguments: list[str], words: list[str]) -> None:
    result = run("summary", *arguments)
    assert result.exit_code == 2
    assert all(word in result.stderr for word in words), result.stderr


def test_outputs_and_features_of_a_build_exclude_each_other() -> None:
    with pytest.raises(archc.SpecError, match="both say where the model ends"):
        network(SMALL).build(outputs=["sum"], features=["C1"])


def test_features_are_completed() -> None:
    def completed(word: str) -> list[str]:
        complete = ShellComplete(main, {}, "archc", "_ARCHC_COMPLETE")
        return [item.value for item in complete.get_completions(["build", "resnet50", "--features"], word)]

    assert completed("") == ["C1", "C2", "C3", "C4", "C5"]
    assert completed("C3,C5") == ["C3,C5"]


def test_flat_source_ends_at_features(tmp_path: Path) -> None:
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    arguments = ["build", str(tmp_path / "small.yaml"), "--to", "python", "--features", "C1,C2", "--freeze", "stem"]
    text = run(*arguments, "--flat").stdout
    assert re.search(r"--features C1,C2\s+--freeze\s+stem", text)
    names: dict[str, Any] = {}
    exec(compile(text, "small.py", "exec"), names)
    made = names["small"]()
    assert made.output_names == ["C1", "C2"]
    assert made.get_layer("stem_conv").trainable is False
    assert run(*arguments).exit_code == 2
