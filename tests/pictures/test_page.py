"""Pages of one network, without a browser."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from time import process_time
from typing import Any

import pytest

import archc
from archc import limits
from archc.library.paths import library_paths
from archc.pictures.page import data as page_data_module
from archc.pictures.page.page import script_json
from tests.cases import every_or_few
from tests.hash_seeds import printed
from tests.pictures.scenes import ROOT

KEYS = {"format", "version", "items", "plans", "cards", "layers", "ops", "shapes", "places", "open"}


@cache
def page_of(name: str, levels: int | None = None) -> str:
    return archc.load(name).page(levels=levels).html


def data_of(html: str) -> dict[str, Any]:
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.mark.parametrize("name", ["lenet5", "googlenet", "densenet121", "shufflenet_v1", "xception"])
def test_the_data_have_every_layer_and_what_adds_up(name: str) -> None:
    network, data = archc.load(name), data_of(page_of(name))
    assert (data["format"], data["version"], {*data}) == ("archc-page-data", 1, KEYS)
    assert [layer[0] for layer in data["layers"]] == [node.name for node in network.graph.nodes]
    top = [data["items"][number] for number in data["items"][0]["children"]]
    boxes = [item for item in top if item["kind"] not in ("input", "output")]
    assert sum(item["params"] for item in boxes) == network.params
    assert sum(item["macs"] for item in boxes) == network.macs
    assert sum(item["count"] for item in boxes) == len(network.graph.nodes)


def test_keys_of_items_are_documented() -> None:
    text = page_data_module.__doc__ or ""
    found = {key for name in ("googlenet", "densenet121") for item in data_of(page_of(name))["items"] for key in item}
    assert {key for key in found | KEYS if f"`{key}`" not in text} == set()


def test_every_index_of_the_data_leads_somewhere() -> None:
    data = data_of(page_of("nasnet_a_mobile"))
    for item in data["items"]:
        for number in item.get("cards", ()):
            assert data["cards"][number].startswith("<rect")
        if "children" in item:
            assert len(data["plans"][item["plan"]]["rows"]) > 1
        for first, last in item.get("layers", ()):
            assert 0 <= first <= last < len(data["layers"])
    for _, op, shape, _, _, _, place, *_ in data["layers"]:
        assert data["ops"][op]
        assert data["shapes"][shape]
        assert re.fullmatch(r"[\w.]+\.yaml:\d+", data["places"][place][0])


@pytest.mark.parametrize("name", ["vgg16", "resnet50"])
def test_lines_of_the_spec_are_those_of_the_layers(name: str) -> None:
    data = data_of(page_of(name))
    texts = {path.name: path.read_text(encoding="utf-8").splitlines() for path in (ROOT / "specs").rglob("*.yaml")}
    for where, line in data["places"]:
        file, number = where.split(":")
        assert texts[file][int(number) - 1].strip().startswith(line.partition("…")[0])


def test_levels_leave_out_what_is_inside() -> None:
    network = archc.load("nasnet_a_mobile")
    whole, cells, closed = (data_of(page_of("nasnet_a_mobile", levels)) for levels in (None, 1, 0))
    assert len(whole["items"]) > len(cells["items"]) > len(closed["items"])
    assert len(network.graph.nodes) == len(whole["layers"]) > len(cells["layers"]) > len(closed["layers"]) > 0
    for data in (cells, closed):
        top = [data["items"][number] for number in data["items"][0]["children"]]
        assert sum(item.get("params", 0) for item in top) == network.params
        for item in data["items"]:
            if item["kind"] == "part" and "children" not in item:
                assert "M0 0h7" not in data["cards"][item["cards"][0]]
    assert all(item["kind"] != "part" or "children" not in item for item in closed["items"])
    signs = [re.search(r"h7m-3.5-3.5v7", card) for card in closed["cards"]]
    assert not any(signs)


@pytest.mark.parametrize(("levels", "is_open"), [(None, True), (1, True), (0, False)])
def test_the_picture_without_a_script_has_no_more_levels(levels: int | None, is_open: bool) -> None:
    layers: list[Any] = [{"do": [{"Dense": 3}, {"Dense": 4}], "name": "part"}, {"Dense": 5}]
    html = archc.loads({"archc": 1, "name": "Small", "input": [8], "layers": layers}).page(levels=levels).html
    assert ('class="bar"' in html.partition("<script")[0]) == is_open == bool(data_of(html)["open"])


def test_pages_are_small_and_fast() -> None:
    assert len(page_of("nasnet_a_large").encode()) < 350_000
    started = process_time()
    size = len(archc.load("resnet1202_cifar").page().html.encode())
    assert process_time() - started < 4  # 0.9 on a machine at rest
    assert size < 1_000_000


def test_a_page_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert limits.PAGE_BYTES == 3_000_000
    network, size = archc.load("resnet50"), len(page_of("resnet50").encode())
    monkeypatch.setattr(limits, "PAGE_BYTES", size)
    assert network.page().html == page_of("resnet50")
    monkeypatch.setattr(limits, "PAGE_BYTES", size - 1)
    with pytest.raises(archc.SpecError) as caught:
        network.page()
    assert caught.value.first.code == "page-too-large"
    assert "--levels" in (caught.value.first.hint or "")
    assert len(network.page(levels=0).html.encode()) < size


def test_the_same_network_gives_the_same_bytes() -> None:
    code = "import archc, hashlib; print(hashlib.sha256(archc.load('googlenet').page().html.encode()).hexdigest())"
    assert len(printed(code)) == 1


@pytest.mark.parametrize("text", ["</script>", "<!--", "\u2028", "\u2029", "\\u003c", '"', "&"])
def test_json_in_a_page_is_the_same_json(text: str) -> None:
    written = script_json({text: [text]})
    assert json.loads(written) == {text: [text]}
    assert not re.search("[<\u2028\u2029]", written)


def test_a_model_has_a_page(tmp_path: Path) -> None:
    file = tmp_path / "model.json"
    dense = {"module": "keras.layers", "class_name": "Dense", "config": {"name": "last", "units": 3}}
    first = {
        "module": "keras.layers",
        "class_name": "InputLayer",
        "config": {"name": "first", "batch_shape": [None, 4]},
    }
    config = {"name": "small", "layers": [first, dense]}
    file.write_text(json.dumps({"module": "keras", "class_name": "Sequential", "config": config}), encoding="utf-8")
    data = data_of(archc.load(file).page().html)
    assert [layer[0] for layer in data["layers"]] == ["last"]
    assert data["places"] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", every_or_few(library_paths(), 25))
def test_every_network_of_the_library_has_a_page(name: str) -> None:
    network = archc.load(name)
    assert [layer[0] for layer in data_of(network.page().html)["layers"]] == [node.name for node in network.graph.nodes]
