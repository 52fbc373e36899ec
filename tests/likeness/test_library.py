"""Every network of the library, and networks of its families at other settings, are found again from their layers."""

from __future__ import annotations

import pytest

import archc
from archc.cli.side import parse_side
from archc.library.paths import library_paths
from archc.likeness.write import write_like
from archc.network import Network, load_network, loads

SOME = ("alexnet_one_tower", "mobilenet_v2_035", "resnet34_c", "resnet50_keras", "squeezenet1_0_bypass", "vgg11_lrn")
SLOW = (
    "alexnet?groups=4&classes=9",
    "densenet?depths=[3,5,7,4]&growth=24",
    "densenet_cifar?depth=64&growth=16",
    "mobilenet_v1?alpha=0.6",
    "resnet34?depths=[1,2,1,1]&classes=5",
    "resnet50?classes=10",
    "resnet50_keras?classes=10&depths=[3,4,8,3]",
    "resnet_cifar?units=7&classes=100",
    "se_resnet50?depths=[2,2,2,2]&classes=4",
    "shufflenet_v2?widths=[32,64,128]&depths=[2,4,2]",
    "vgg?depths=[2,3,4,2,1]&bn=true",
    "wide_resnet50_2?widen=3",
    "wrn_cifar?units=5&widen=2&dropout=0.3&classes=100",
)


QUICK = (
    "mobilenet_v2?alpha=1.3&resolution=160",
    "resnet50?depths=[2,3,4,2]",
    "resnet_cifar?units=4&drop=0.3",
    "resnet_cifar?widths=[16,48,96]",
)


def found_again(network: Network, family: str) -> Network:
    """The network of the spec that is written, which has no difference."""
    found = write_like(network, family)
    assert found is not None
    assert not found.diff.has_changes, found.text
    made = loads(found.text)
    assert not network.diff(made).has_changes
    assert [node.name for node in made.graph.nodes] == [node.name for node in network.graph.nodes]
    return made


def check(label: str) -> None:
    network = load_network(*parse_side(label))
    made = found_again(network, library_paths()[label.partition("?")[0]].parent.name)
    assert made.values == network.values


@pytest.mark.parametrize("name", SOME)
def test_a_network_of_the_library_is_found_again(name: str) -> None:
    check(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*library_paths()} - {*SOME}))
def test_every_network_of_the_library_is_found_again(name: str) -> None:
    try:
        archc.load(name)
    except archc.SpecError:
        pytest.skip("blocks for other specs")
    check(name)


@pytest.mark.parametrize("label", QUICK)
def test_settings_are_found_again(label: str) -> None:
    check(label)


@pytest.mark.slow
@pytest.mark.parametrize("label", SLOW)
def test_more_settings_are_found_again(label: str) -> None:
    check(label)


@pytest.mark.parametrize("sizes", [(96, 128, 3), (224, 224, 1)])
def test_another_input_is_found_again(sizes: tuple[int, ...]) -> None:
    network = archc.load("resnet18", inputs=sizes, classes=7)
    made = found_again(network, "resnet")
    assert [tensor.shape for tensor in made.graph.inputs] == [sizes]
    assert made.values == network.values
