"""A browser measures texts in the widest of the usual fonts: each is in its box, and apart from the others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import archc
from archc.pictures.svg import FONTS
from tests.pictures.hostile import NAMES, hostile_model
from tests.pictures.scenes import ROOT

NETWORKS = (
    "vgg16", "googlenet", "resnet50", "densenet121", "inception_v3", "nasnet_a_mobile", "mobilenet_v2",
    "tests/elaborate/networks/bert_base.yaml", "tests/elaborate/networks/retinanet_resnet50.yaml",
    "tests/elaborate/networks/swin_t.yaml", "tests/elaborate/networks/wide_and_deep.yaml",
)  # fmt: skip
MEASURED = """() => {
  const faults = []; let count = 0;
  for (const group of document.querySelectorAll('g[data-item]')) {
    const boxes = [...group.querySelectorAll(':scope > rect')].map(one => one.getBBox());
    const box = boxes.find(one => one.x === 0);
    const texts = [...group.querySelectorAll(':scope > text')].map(one => [one.getBBox(), one.textContent]);
    count += texts.length;
    texts.forEach(([one, written], place) => {
      if (one.x < 0 || one.x + one.width > box.width) faults.push(written + ' leaves its box');
      for (const [other, before] of texts.slice(0, place))
        if (one.x < other.x + other.width && other.x < one.x + one.width
            && one.y + 3 < other.y + other.height && other.y + 3 < one.y + one.height)
          faults.push(written + ' lies on ' + before);
    });
  }
  return [count, faults];
}"""


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """An empty page of a browser."""
    made = chromium.new_page()
    yield made
    made.close()


@pytest.mark.parametrize("font", ["DejaVu Sans", "Liberation Sans"])
def test_texts_are_in_their_boxes(page: Any, font: str) -> None:
    total = 0
    for name in NETWORKS:
        network = archc.load(ROOT / name if name.endswith(".yaml") else name)
        for levels in (0, 9):
            svg = network.plot(levels=levels, show=["params", "macs", "field"]).svg
            assert FONTS in svg
            page.set_content(svg.replace(FONTS, f'"{font}"'))
            count, faults = page.evaluate(MEASURED)
            assert faults == [], name
            total += count
    assert total > 2_000


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_are_in_their_boxes(page: Any, tmp_path: Path, name: str) -> None:
    page.set_content(archc.load(hostile_model(tmp_path, NAMES[name])).plot().svg.replace(FONTS, '"DejaVu Sans"'))
    count, faults = page.evaluate(MEASURED)
    assert faults == []
    assert count > 5


def test_a_text_that_leaves_its_box_is_found(page: Any) -> None:
    svg = archc.load("lenet5").plot().svg.replace("flatten</text>", "flatten all that there is to flatten</text>")
    page.set_content(svg)
    _, faults = page.evaluate(MEASURED)
    assert faults == ["flatten all that there is to flatten leaves its box"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_notebook_shows_a_network_twice_and_a_diff(chromium: Any, scheme: str) -> None:
    page = chromium.new_page(color_scheme=scheme)
    messages: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("request", lambda request: requests.append(request.url))
    shown = archc.load("lenet5")._repr_html_()
    page.set_content(shown * 2 + archc.load("vgg16").diff("vgg19")._repr_html_())
    colours = page.eval_on_selector_all("svg .page", "all => all.map(one => getComputedStyle(one).fill)")
    assert colours == [{"light": "rgb(255, 255, 255)", "dark": "rgb(15, 18, 20)"}[scheme]] * 3
    assert page.locator("table").count() == 2 * 2 + 3
    assert messages == requests == []
    page.close()


def test_the_texts_of_two_networks_are_in_their_boxes(page: Any) -> None:
    for one, other in (("resnet50", "resnet50_keras"), ("densenet121", "densenet169"), ("lenet5", "alexnet")):
        svg = archc.load(one).diff(other).plot().svg
        page.set_content(svg.replace(FONTS, '"DejaVu Sans"'))
        count, faults = page.evaluate(MEASURED)
        assert faults == [], (one, other)
        assert count > 20
