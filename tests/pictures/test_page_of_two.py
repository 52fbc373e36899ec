"""Pages of two networks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

import archc
from archc.pictures.comparison import Comparison, compared
from archc.pictures.drawn import DrawnLayer, Sides
from archc.pictures.sides import is_on, seen_from
from archc.report.diff import class_verdicts
from tests.cases import every_or_few
from tests.pictures.browser import AXE, opened_tab
from tests.pictures.hostile import NAMES, STEERING, hostile_model
from tests.pictures.scenes import sets_of_open_items
from tests.pictures.test_page import data_of
from tests.pictures.test_page_browser import check_same_places, check_with_axe, pieces

ALIGNED = (
    ("vgg16", "vgg19"),
    ("vgg19", "vgg16"),
    ("resnet50", "se_resnet50"),
    ("resnet50", "resnet50_v1_5"),
    ("inception_v3", "inception_resnet_v2"),
    ("lenet5", "lenet5"),
)
APART = ("resnet50", "nasnet_a_mobile")
CUT = ("inception_v3", "inception_resnet_v2")
Pair = tuple[str, str]


@cache
def network(name: str) -> archc.Network:
    return archc.load(name)


@cache
def html_of(left: str, right: str) -> str:
    return network(left).page(network(right)).html


@cache
def comparison_of(left: str, right: str) -> Comparison:
    return compared(network(left).diff(network(right)))


# --- what the pictures show ---


@pytest.mark.parametrize("pair", ALIGNED, ids="-".join)
def test_each_side_has_the_layers_of_its_network(pair: Pair) -> None:
    found = network(pair[0]).diff(network(pair[1]))
    tree = comparison_of(*pair).tree
    for side, graph in ((Sides.LEFT, found.left), (Sides.RIGHT, found.right)):
        items = seen_from(tree, found, side).items
        assert {layer.node for layer in items[0].layers} == {*graph.nodes}
        for item, seen in zip(tree.items, items, strict=True):
            assert is_on(item, side) == bool(seen.layers or (seen.port is not None and side in seen.port.sides))
            for layer in (*seen.padding, *seen.strips, *([seen.layer] if seen.layer else [])):
                assert layer.node in graph.nodes


def test_parts_that_differ_are_open_and_those_that_do_not_are_closed() -> None:
    both = comparison_of("resnet50", "se_resnet50")
    shown = {both.tree.items[number].name for number in both.opened}
    assert shown == {"conv2", "conv2_block1", "conv3", "conv4", "conv5"}
    assert not comparison_of("lenet5", "lenet5").opened


@pytest.mark.parametrize("pair", ALIGNED, ids="-".join)
def test_marks_tell_how_layers_differ(pair: Pair) -> None:
    found, data = network(pair[0]).diff(network(pair[1])), data_of(html_of(*pair))
    marks = Counter((change.node.name, change.kind) for change in found.changes)
    told = Counter((layer[0], layer[7]) for layer in data["layers"] if len(layer) > 7)
    rewired = {one.right.name for one in found.rewired if one.right is not None}
    assert not marks - told
    assert {name for name, mark in told - marks if mark == "rewired"} == {name for name, _ in told - marks} <= rewired
    marked = [item["mark"] for item in data["items"] if item.get("mark")]
    assert bool(marked) == bool(found)


@pytest.mark.parametrize("pair", ALIGNED, ids="-".join)
def test_a_network_has_no_box_for_what_it_lacks(pair: Pair) -> None:
    for item in data_of(html_of(*pair))["items"]:
        if "cards" in item:
            left, right = item["cards"]
            assert (left is None) == (item.get("mark") == "added")
            assert (right is None) == (item.get("mark") == "removed")


def test_a_connection_that_would_close_a_circle_is_a_stub_with_the_name_of_its_source() -> None:
    both = comparison_of(*CUT)
    assert both.graph.cut
    data = data_of(html_of(*CUT))
    for net, taker in both.graph.cut:
        inside = [
            item
            for item in both.tree.items
            if taker.name in [layer.name for layer in item.layers]
            and net.source.name not in [layer.name for layer in item.layers]
        ]
        boxes = [item for item in inside if item.kind != "lane"]
        assert boxes
        for item in boxes:
            card = both.card(item, Sides.LEFT)
            assert card is not None
            assert re.match(rf"↘ from ({net.source.name}|.* more)\b", card.above)
            right = both.card(item, Sides.RIGHT)
            assert right is None or "from" not in right.above
        leaf = data["items"][boxes[-1].number]
        assert any(term == "takes before" and net.source.name in text for term, text in leaf["told"])


def test_the_verdicts_are_those_of_the_diff() -> None:
    html = html_of("resnet50", "resnet50_v1_5")
    (table,) = re.findall(r'<table id="verdicts">(.*?)</table>', html, re.DOTALL)
    rows = re.findall(r"<tr><th scope=\"row\">(\w+)</th><td>(.*?)</td></tr>", table)
    expected = class_verdicts(network("resnet50").diff(network("resnet50_v1_5")), ()).rows
    assert [name for name, _ in rows] == [name for name, _ in expected]
    assert "same weights, another function" in html


def test_networks_with_little_in_common_are_drawn_apart() -> None:
    html, data = html_of(*APART), data_of(html_of(*APART))
    assert "too little corresponds" in html
    assert "sides" not in data
    left, right = data["roots"]
    assert (left, data["items"][right]["kind"]) == (0, "network")
    assert not any(item.get("mark") for item in data["items"])
    names = [layer[0] for layer in data["layers"]]
    nodes = [node.name for name in APART for node in network(name).graph.nodes]
    assert names == nodes


def test_levels_leave_out_what_is_inside() -> None:
    pair = network("resnet50"), network("se_resnet50")
    closed, whole = (data_of(pair[0].page(pair[1], levels=levels).html) for levels in (0, None))
    assert closed["open"] == []
    assert [item["name"] for item in closed["items"] if item.get("mark") == "inside"] == [
        f"conv{n}" for n in range(2, 6)
    ]
    assert len(closed["layers"]) < len(whole["layers"])
    assert sum(item.get("params", 0) for item in closed["items"]) == pair[1].params


def test_names_before_are_told() -> None:
    pairs = [("lenet5", "lenet5"), ("inception_v3", "inception_resnet_v2")]
    same, other = (data_of(html_of(*pair))["items"] for pair in pairs)
    told = [text for item in other for term, text in item.get("told", ()) if term == "name before"]
    names = {node.name for node in network("inception_v3").graph.nodes} | {*network("inception_v3").layers}
    assert told
    assert {*told} <= names
    assert not any(term == "name before" for item in same for term, _ in item.get("told", ()))


# --- in Chromium ---


@pytest.mark.parametrize("pair", ALIGNED[::2], ids="-".join)
def test_the_script_places_everything_as_the_compiler_does(chromium: Any, pair: Pair, tmp_path: Path) -> None:
    both = comparison_of(*pair)
    drawing = both.drawing
    with opened_tab(chromium, html_of(*pair), tmp_path) as tab:
        assert tab.open == sorted(both.opened)
        for opened in (frozenset(tab.open), *sets_of_open_items(drawing.view, Random("-".join(pair)), 3)):
            check_same_places(tab, drawing, opened)


@pytest.mark.parametrize("pair", [ALIGNED[0], ALIGNED[2], CUT], ids="-".join)
def test_both_pictures_have_the_same_rows(chromium: Any, pair: Pair, tmp_path: Path) -> None:
    places = """() => [...document.querySelectorAll('.pane')].map(pane => Object.fromEntries(
      [...pane.querySelectorAll('[data-item]')].map(group => [group.dataset.item, group.getAttribute('transform')])))"""
    with opened_tab(chromium, html_of(*pair), tmp_path) as tab:
        for _ in range(2):
            left, right = tab.run(places)
            common = {*left} & {*right}
            assert len(common) > 5
            assert all(left[item] == right[item] for item in common)
            tab.press("]")


@pytest.mark.parametrize("pair", [ALIGNED[2], APART], ids="-".join)
def test_the_script_draws_what_is_there_without_it(chromium: Any, pair: Pair, tmp_path: Path) -> None:
    shown = """() => [...document.querySelectorAll('.pane')].map(pane => [
      [...pane.querySelectorAll('[data-item]')].filter(group => !group.querySelector('.bar, .g')).map(group => {
        const copy = group.cloneNode(true);
        for (const extra of copy.querySelectorAll('title, .outline')) extra.remove();
        return [group.dataset.item, group.getAttribute('transform'), copy.innerHTML];
      }),
      [...pane.querySelectorAll('.g')].map(gap => [gap.getAttribute('width'), gap.getAttribute('height')]),
      ['e', 'a'].map(look => pane.querySelector(`svg > g > path.${look}`).getAttribute('d'))])"""
    with opened_tab(chromium, html_of(*pair), tmp_path, java_script_enabled=False) as still:
        without = still.run(shown)
    with opened_tab(chromium, html_of(*pair), tmp_path) as tab:
        for (boxes, gaps, lines), (still_boxes, still_gaps, still_lines) in zip(tab.run(shown), without, strict=True):
            if pair != APART:  # whose second tree is numbered from the end of the first
                assert boxes == still_boxes
            assert len(boxes) == len(still_boxes) > 5
            assert gaps == still_gaps
            assert pieces(lines) == pieces(still_lines)


def test_keys_lead_from_difference_to_difference(chromium: Any, tmp_path: Path) -> None:
    with opened_tab(chromium, html_of("vgg16", "vgg19"), tmp_path) as tab:
        seen = []
        for key in "nnnnpp":
            tab.press(key)
            assert tab.selected == tab.focused
            seen.append(tab.selected)
        assert seen == [f"block{number}_conv4" for number in (3, 4, 5, 3, 5, 4)]
        assert tab.page.locator("#picture .selected").count() == 2
        assert re.search(r"added\s+block4_conv4", tab.page.inner_text("#details"))
        tab.page.click("#next")
        assert tab.selected == "block5_conv4"


def test_keys_find_differences_inside_of_closed_parts(chromium: Any, tmp_path: Path) -> None:
    with opened_tab(chromium, html_of("resnet50", "se_resnet50"), tmp_path) as tab:
        data = data_of(html_of("resnet50", "se_resnet50"))
        tab.press("[", "[", "[")
        assert tab.open == []
        tab.press("n", "n")
        number = tab.run("page.state.selected")
        assert data["items"][number]["mark"] == "added"
        assert tab.page.locator(f"#picture [data-item='{number}']").count() == 2


def test_what_differs_is_told_not_by_colour_alone(chromium: Any, tmp_path: Path) -> None:
    with opened_tab(chromium, html_of("vgg16", "vgg19"), tmp_path) as tab:
        left, right = tab.page.locator(".pane").all()
        assert (left.locator(".g").count(), right.locator(".g").count()) == (3, 0)
        assert (left.locator(".d-added").count(), right.locator(".d-added").count()) == (0, 3)
        assert right.locator("[data-item] path.f").count() == 3  # the sign of what is added
        assert tab.page.locator("#tree .sign").all_inner_texts() == ["+"] * 3


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_no_violation(chromium: Any, theme: str, width: int, tmp_path: Path) -> None:
    if not (AXE and Path(AXE).is_file()):
        pytest.skip("pages are held to axe-core where AXE_JS names `axe.min.js`, as in .ci/run")
    context: Mapping[str, Any] = {
        "color_scheme": theme,
        "viewport": {"width": width, "height": 900},
        "bypass_csp": True,
    }
    for pair in (("resnet50", "resnet50_v1_5"), APART):
        with opened_tab(chromium, html_of(*pair), tmp_path, **context) as tab:
            tab.page.add_script_tag(content=Path(AXE).read_text(encoding="utf-8"))
            for keys in ((), ("n", "n", "ArrowDown")):
                tab.press(*keys)
                check_with_axe(tab)


def test_two_networks_apart_open_and_fold_each(chromium: Any, tmp_path: Path) -> None:
    with opened_tab(chromium, html_of(*APART), tmp_path) as tab:
        assert "too little corresponds" in tab.page.inner_text("header")
        assert tab.page.locator("#tree .network").all_inner_texts() == [network(name).name for name in APART]
        tab.run("() => { location.hash = 'conv3'; }")
        tab.page.wait_for_function("page.state.selected > 0")
        tab.press("Enter")
        tab.page.locator("#tree [data-item]").get_by_text("normal_cell ×3").first.click()
        opened = [tab.run("number => page.data.items[number].name", number) for number in tab.open]
        assert opened == ["conv3", "normal_cell"]
        panes = [pane.locator("[data-item]").count() for pane in tab.page.locator(".pane").all()]
        assert min(panes) > 11


@pytest.mark.parametrize("name", every_or_few(NAMES, 4))
def test_hostile_names_of_both_networks_are_texts(chromium: Any, name: str, tmp_path: Path) -> None:
    right = archc.load(hostile_model(tmp_path, NAMES[name]))
    (tmp_path / "left").mkdir()
    left = archc.load(hostile_model(tmp_path / "left", f"{NAMES[name]} before"))
    with opened_tab(chromium, left.page(right).html, tmp_path) as tab:
        tab.press("]", "ArrowDown", "ArrowDown")
        assert tab.page.title() == tab.page.text_content("h1")
        assert tab.page.text_content("#details h2")
        assert tab.page.locator("script").count() == 2
        assert tab.page.locator("img").count() == 0
        assert not STEERING.search(tab.page.content())


def test_what_the_union_shows_is_the_layer_of_a_network() -> None:
    both = comparison_of("resnet50", "resnet50_v1_5")
    item = next(item for item in both.tree.items if item.name == "pool1_pad" and isinstance(item.layer, DrawnLayer))
    left, right = (both.card(item, side) for side in (Sides.LEFT, Sides.RIGHT))
    assert left is not None
    assert right is not None
    assert (left.lines[1], right.lines[1]) == ("113×113×64", "114×114×64")
