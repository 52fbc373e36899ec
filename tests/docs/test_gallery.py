"""The gallery of mistakes: its page is current, and each spec is the mistake that it is shown for."""

from __future__ import annotations

import pytest

import archc
from archc.analysis import cost
from archc.diff.counterpart_facts import HeldFact
from archc.docs import FOLDER
from archc.docs.gallery_page import EXHIBITS, Exhibit, gallery_markdown
from archc.library.paths import library_paths

BY_NAME = {exhibit.spec: exhibit for exhibit in EXHIBITS}


def held(exhibit: Exhibit) -> list[HeldFact]:
    mistake = archc.load(FOLDER / "gallery" / f"{exhibit.spec}.yaml")
    return mistake.check_as(archc.load(exhibit.paper)).facts


def differing(name: str) -> list[str]:
    return [
        f"{one.fact.fact} {one.fact.of or ''}".strip() for one in held(BY_NAME[name]) if one.fact.verdict == "differs"
    ]


def test_the_page_is_current() -> None:
    assert (FOLDER / "gallery.md").read_text(encoding="utf-8") == gallery_markdown()


def test_every_spec_of_the_folder_is_shown() -> None:
    assert sorted(path.stem for path in (FOLDER / "gallery").iterdir()) == sorted(BY_NAME)


def test_the_specs_are_not_of_the_library() -> None:
    gallery = (FOLDER / "gallery").resolve()
    assert not any(path.resolve().is_relative_to(gallery) for path in library_paths().values())


@pytest.mark.parametrize("name", [name for name in BY_NAME if name != "vgg19"])
def test_a_mistake_differs_and_has_causes(name: str) -> None:
    facts = [one for one in held(BY_NAME[name]) if one.fact.verdict == "differs"]
    assert facts
    # a layer that learns nothing is absent for no reason of its own
    assert all(one.causes or one.absent for one in facts)


def test_the_network_as_it_should_be_has_nothing() -> None:
    assert differing("vgg19") == []
    assert not archc.load("vgg19").diff(FOLDER / "gallery" / "vgg19.yaml")


def test_three_sizes_of_zfnet_are_wrong_and_no_count() -> None:
    assert differing("zfnet_same") == ["shape conv1", "shape pool1", "shape conv2"]


@pytest.mark.parametrize("name", ["alexnet_plain", "vgg16_3x2", "googlenet_one_width", "resnet50_3x3_projections"])
def test_the_sizes_are_right_and_counts_are_wrong(name: str) -> None:
    assert {fact.split()[0] for fact in differing(name)} <= {"params", "macs"}


def test_the_wide_branches_of_googlenet_have_the_weights() -> None:
    network = archc.load(FOLDER / "gallery" / "googlenet_one_width.yaml")
    modules = [node for node in network.graph.nodes if any(part.word == "inception" for part in node.region.chain())]
    weights = {node: cost.node_params(node) for node in modules}
    wide = sum(count for node, count in weights.items() if getattr(node.op, "kernel_size", None) == (5, 5))
    assert wide > sum(weights.values()) / 2
