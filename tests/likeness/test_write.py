"""The text of a spec that extends one of the library."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import archc
from archc.diagnostics import Position
from archc.folding.write import write
from archc.ir.graph import Graph, Input, Node, Region
from archc.ir.opaque import Opaque
from archc.likeness.census import census, distance, kinds_apart
from archc.likeness.members import members_like
from archc.likeness.write import Likeness, write_like
from archc.network import Network


def like(network: Network, family: str, path: Path | None = None) -> Likeness:
    found = write_like(network, family, path)
    assert found is not None
    return found


def test_a_member_is_a_line() -> None:
    found = like(archc.load("resnet50"), "resnet")
    assert found.text == "archc: 1\nname: ResNet-50\nextends: resnet50\n"


def test_what_makes_a_member_is_not_changed_in_it() -> None:
    assert like(archc.load("resnet50", depths=[3, 4, 6, 2]), "resnet").text == (
        "archc: 1\nname: ResNet-50\nextends: resnet\nparams:\n  depths: [3, 4, 6, 2]\n"
    )
    assert like(archc.load("resnet50", classes=10), "resnet").text.endswith(
        "extends: resnet50\nparams: {classes: 10}\n"
    )


def test_a_value_that_follows_from_another_is_not_written() -> None:
    network = archc.load("densenet_cifar", growth=20, bottleneck=True, compression=0.5)
    assert network.values["stem"] == 40
    assert "stem" not in like(network, "densenet").text


def test_names_of_layers_may_be_others() -> None:
    found = like(archc.load("docs/gallery/vgg19.yaml"), "vgg")
    assert found.extended == "vgg19"
    assert not found.diff.has_changes
    assert len(found.diff.renamed) == 24


@pytest.mark.parametrize(("name", "family"), [("resnet18", "resnet"), ("googlenet", "inception"), ("vgg11_bn", "vgg")])
def test_blocks_and_names_are_not_needed(name: str, family: str) -> None:
    flat = write(archc.load(name).graph, "Flat", flat=True).text
    bare = re.sub(r"^ +name: .*\n", "", flat, flags=re.MULTILINE)
    found = like(archc.loads(bare), family)
    assert found.extended == name
    assert not found.diff.has_changes


def test_what_matters_while_training_alone_is_a_difference() -> None:
    flat = write(archc.load("resnet18").graph, "Flat", flat=True).text
    assert flat.count(", kernel_initializer: he_normal") == 20
    found = like(archc.loads(flat.replace(", kernel_initializer: he_normal", "")), "resnet")
    assert found.extended == "resnet18"
    assert {tuple(change.fields) for change in found.diff.changes} == {("kernel_initializer",)}


def test_an_input_of_other_sizes_is_kept_where_a_parameter_cannot_have_it() -> None:
    square = like(archc.load("mobilenet_v2", resolution=96), "mobilenet")
    other = like(archc.load("mobilenet_v2", inputs=(96, 128, 3)), "mobilenet")
    assert square.text.endswith("extends: mobilenet_v2\nparams: {resolution: 96}\n")
    assert other.text.endswith("extends: mobilenet_v2\ninput: [96, 128, 3]\n")
    assert not square.diff.has_changes
    assert not other.diff.has_changes


def test_an_input_that_has_a_name_keeps_it() -> None:
    lenet = archc.loads({"archc": 1, "name": "Mine", "extends": "lenet5", "inputs": {"image": [32, 32, 1]}})
    found = like(lenet, "lenet")
    assert "inputs:\n  image: [32, 32, 1]\n" in found.text
    assert not found.diff.has_changes


def test_what_remains_is_what_the_text_lacks() -> None:
    network = archc.load("docs/gallery/vgg16_3x2.yaml")
    found = like(network, "vgg")
    assert found.extended == "vgg16"
    (change,) = found.diff.changes
    assert change.fields == {"kernel_size": [(3, 3), (3, 2)]}
    (same,) = archc.loads(found.text).diff(network).changes
    assert same.fields == change.fields


def test_a_network_is_held_to_a_member_alone() -> None:
    assert {member.name for member in members_like("resnet50")} == {"resnet50"}
    found = like(archc.load("resnet34"), "resnet50")
    assert found.extended == "resnet50"


def test_a_family_is_a_folder_and_what_extends_its_network() -> None:
    names = {member.name for member in members_like("resnet")}
    assert {"resnet", "resnet50", "resnet50_keras", "resnet20_cifar"} <= names
    assert "vgg16" not in names
    assert {member.name for member in members_like("lenet")} == {"lenet5", "lenet5_1998"}


def test_the_name_of_a_family_is_corrected() -> None:
    with pytest.raises(archc.SpecError) as caught:
        members_like("resnt")
    assert caught.value.first.code == "unknown-spec"
    assert caught.value.first.hint == "did you mean `resnet`?"


def test_a_file_beside_the_new_one_does_not_take_the_place_of_the_library(tmp_path: Path) -> None:
    network = archc.load("lenet5")
    (tmp_path / "lenet5.yaml").write_text("archc: 1\nname: Other\ninput: [8]\nlayers: [Dense: 3]\n", encoding="utf-8")
    assert write_like(network, "lenet5", tmp_path / "mine.yaml") is None
    assert like(network, "lenet5", tmp_path / "lenet5.yaml").extended == "lenet5"  # a file never finds itself


def test_layers_that_archc_has_no_op_for_are_counted() -> None:
    made, at = Input("x", (4,)), Position("mine.keras", 1, 1)
    region = Region("network", "", None, None, at)

    def graph(config: object) -> Graph:
        op = Opaque(layer_class="Odd", reason="a class of its author's", config=(("sizes", config),), output=(4,))
        node = Node("odd", op, (made,), (4,), (), 0, region, at)
        return Graph((made,), (node,), {"odd": node}, "odd")

    one, other = census(graph([1, 2])), census(graph([1, 3]))
    assert distance(one, one) == (0, 0, 0)
    assert distance(one, other) == (0, 0, 2)
    assert kinds_apart(one, other) == 2
