"""Pages of one network in Chromium."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

import archc
from archc.diagnostics import one_line
from archc.pictures.network_drawing import network_drawing
from archc.pictures.options import PlotOptions
from archc.pictures.page.page import MOST
from archc.pictures.picture import MARGIN, Drawing, Scene
from tests.cases import every_or_few
from tests.pictures.browser import AXE, Tab, opened_tab
from tests.pictures.hostile import NAMES, STEERING, hostile_model
from tests.pictures.scenes import ROOT, sets_of_open_items

NETWORKS = (
    "vgg16",
    "resnet50",
    "googlenet",
    "densenet121",
    "nasnet_a_mobile",
    "inception_v3",
    "tests/pictures/networks/unet.yaml",
    "tests/elaborate/networks/two_inputs.yaml",
)
SETS = 5


@cache
def network_of(name: str) -> archc.Network:
    return archc.load(ROOT / name if name.endswith(".yaml") else name)


@cache
def html_of(name: str) -> str:
    return network_of(name).page().html


def drawing_of(name: str) -> Drawing:
    network = network_of(name)
    return network_drawing(network.graph, PlotOptions(), network.check())


# --- the same picture ---


def boxes_of(scene: Scene) -> list[list[Any]]:
    return [[box.item.number, box.x, box.y, box.width, box.height, box.is_open] for box in scene.boxes]


def lines_of(scene: Scene) -> list[list[Any]]:
    return sorted([line.x1, line.y1, line.x2, line.y2, line.arrow] for line in scene.lines)


def check_same_places(tab: Tab, drawing: Drawing, opened: frozenset[int]) -> None:
    found = tab.run(
        """open => {
          const {width, height, boxes, lines} = sceneOf(page.data, new Set(open));
          return {size: [width, height], boxes: boxes.map(box => Object.values(box)),
            lines: lines.map(({x1, y1, x2, y2, arrow}) => [x1, y1, x2, y2, arrow])};
        }""",
        sorted(opened),
    )
    scene = drawing.scene(opened)
    assert found["size"] == [scene.width, scene.height]
    assert found["boxes"] == boxes_of(scene)
    assert sorted(found["lines"]) == lines_of(scene)


@pytest.mark.parametrize("name", every_or_few(NETWORKS, 4))
def test_the_script_places_everything_as_the_compiler_does(chromium: Any, name: str, tmp_path: Path) -> None:
    drawing = drawing_of(name)
    with opened_tab(chromium, html_of(name), tmp_path) as tab:
        for opened in sets_of_open_items(drawing.view, Random(name), SETS):
            check_same_places(tab, drawing, opened)


def test_places_that_are_kept_are_those_of_a_new_layout(chromium: Any, tmp_path: Path) -> None:
    drawing = drawing_of("resnet50")
    sets = [sorted(opened) for opened in sets_of_open_items(drawing.view, Random(0), 12)]
    with opened_tab(chromium, html_of("resnet50"), tmp_path) as tab:
        assert tab.run(
            """sets => {
              const scene = (open, known) => JSON.stringify(sceneOf(page.data, new Set(open), known));
              const known = new Map();
              return [...sets, ...sets].every(open => scene(open, known) === scene(open, new Map()));
            }""",
            sets,
        )


@pytest.mark.parametrize("name", ["resnet50", "googlenet", "tests/pictures/networks/unet.yaml"])
def test_the_script_draws_what_is_there_without_it(chromium: Any, name: str, tmp_path: Path) -> None:
    shown = """() => [...document.querySelectorAll('.pane svg [data-item]')].map(group => {
      const copy = group.cloneNode(true);
      for (const extra of copy.querySelectorAll('title, .outline, .e')) extra.remove();
      return [group.dataset.item, group.getAttribute('transform'), copy.innerHTML];
    })"""
    lines = "() => ['e', 'a'].map(look => document.querySelector(`.pane svg > g > path.${look}`).getAttribute('d'))"
    with opened_tab(chromium, html_of(name), tmp_path, java_script_enabled=False) as still:
        without, lines_without = still.run(shown), still.run(lines)
    with opened_tab(chromium, html_of(name), tmp_path) as tab:
        closed = [entry for entry in tab.run(shown) if 'class="bar"' not in entry[2]]
        assert closed == [entry for entry in without if 'class="bar"' not in entry[2]]
        assert [entry[:2] for entry in tab.run(shown)] == [entry[:2] for entry in without]
        assert pieces(tab.run(lines)) == pieces(lines_without)


def pieces(paths: list[str]) -> list[list[str]]:
    return [sorted(re.findall(r"M[^M]*", path)) for path in paths]


@pytest.mark.parametrize("name", ["vgg16", "resnet50", "nasnet_a_large", "inception_v3", "googlenet"])
def test_a_page_begins_with_what_has_room(chromium: Any, name: str, tmp_path: Path) -> None:
    with opened_tab(chromium, html_of(name), tmp_path) as tab:
        width, height = tab.run(
            "() => ['width', 'height'].map(side => +document.querySelector('.pane svg').getAttribute(side))"
        )
        closed = drawing_of(name).scene(frozenset())
        assert width <= max(MOST[0], closed.width + 2 * MARGIN)
        assert height <= max(MOST[1], closed.height + 2 * MARGIN)


def test_tree_picture_and_details_stand_beside_one_another(chromium: Any, tmp_path: Path) -> None:
    with opened_tab(chromium, html_of("resnet50"), tmp_path) as tab:
        boxes = [tab.page.locator(place).bounding_box() for place in ("header", "nav", "main", "aside")]
        top, *columns = boxes
        assert (top["x"], top["y"], top["width"]) == (0, 0, 1280)
        assert [box["y"] for box in columns] == [top["height"]] * 3
        assert [box["y"] + box["height"] for box in columns] == [900] * 3
        ends = [box["x"] + box["width"] for box in columns]
        assert [0, *ends[:2]] == [box["x"] for box in columns]
        assert (ends[2], columns[1]["width"] > 500) == (1280, True)


# --- folding and finding ---


def test_parts_open_and_fold_at_clicks(chromium: Any, tmp_path: Path) -> None:
    with opened_tab(chromium, html_of("resnet50"), tmp_path) as tab:
        before = tab.open
        conv3 = tab.run("page.data.items.findIndex(item => item.name === 'conv3')")
        box = f"#picture [data-item='{conv3}']"
        tab.page.click(box)
        assert tab.open == sorted([*before, conv3])
        assert tab.selected == "conv3"
        assert "28×28×512" in tab.page.inner_text("#details")
        tab.page.click(f"{box} > .outline")
        assert tab.open == before
        tab.page.click("#tree >> text=conv4")
        assert (tab.selected, tab.focused, len(tab.open)) == ("conv4", "conv4", len(before) + 1)
        tab.page.click(f"#tree [data-item='{conv3}']")
        assert (tab.selected, len(tab.open)) == ("conv3", len(before) + 2)


def test_search_shows_what_it_finds_and_escape_restores_what_was_open(chromium: Any, tmp_path: Path) -> None:
    with opened_tab(chromium, html_of("resnet50"), tmp_path) as tab:
        tab.press("]")
        before = tab.open
        tab.press("/")
        tab.page.keyboard.type("conv4_block1_2")
        assert tab.open != before
        assert tab.page.inner_text("#found") == "1 found"
        assert tab.page.locator("#picture .hit").count() == 1
        tab.page.keyboard.type("nothing")
        assert tab.page.inner_text("#found") == "0 found"
        assert tab.open == before
        tab.press("Escape")
        assert tab.open == before
        assert tab.page.locator("#picture .hit").count() == 0
        assert tab.page.input_value("#search") == ""


def test_search_finds_layers_inside_repeats_and_strips_and_by_ops(chromium: Any, tmp_path: Path) -> None:
    with opened_tab(chromium, html_of("resnet50"), tmp_path) as tab:
        tab.press("/")
        tab.page.keyboard.type("conv2_block3_1_relu")
        assert tab.page.inner_text("#found") == "1 found"
        tab.press("Enter")
        assert tab.selected == "conv2_block2…3"
        tab.page.fill("#search", "globalaveragepooling")
        tab.press("Enter")
        assert tab.selected == "avg_pool"


@pytest.mark.parametrize(
    ("link", "selected"),
    [
        ("conv3", "conv3"),
        ("conv3_block1_2_conv", "conv3_block1_2_conv"),
        ("conv3_block1_2_bn", "conv3_block1_2_conv"),
        ("conv2_block3_2_conv", "conv2_block2…3"),
        ("nothing_of_that_name", ""),
        ("%E0%A4%A", ""),
    ],
)
def test_a_link_leads_to_a_layer(chromium: Any, link: str, selected: str, tmp_path: Path) -> None:
    with opened_tab(chromium, html_of("resnet50"), tmp_path, f"#{link}") as tab:
        assert tab.selected == selected
        assert tab.page.locator("#picture .selected").count() == bool(selected)
        if link != selected and selected:
            row = tab.page.locator("#details tr[aria-current] bdi")
            assert link in row.inner_text()
            assert 0 < row.bounding_box()["y"] < 900


def test_every_item_has_a_link_that_leads_back(chromium: Any, tmp_path: Path) -> None:
    with opened_tab(chromium, html_of("nasnet_a_mobile"), tmp_path) as tab:
        numbers = tab.run("page.data.items.flatMap((item, number) => number && item.kind !== 'lane' ? [number] : [])")
        for number in numbers[::40]:
            tab.run("number => { location.hash = encodeURIComponent(page.linkOf(number)); }", number)
            tab.page.wait_for_function("number => page.state.selected === number", arg=number)


def test_repeats_and_sums_are_told(chromium: Any, tmp_path: Path) -> None:
    with opened_tab(chromium, html_of("densenet121"), tmp_path, "#conv2") as tab:
        params = archc.load("densenet121").layers["conv2"].params
        assert f"{params:,}" in tab.page.inner_text("#details")
        tab.press("Enter", "ArrowRight")
        assert re.search(r"in each\n[\d,]+ to [\d,]+\n", tab.page.inner_text("#details"))


def test_facts_and_lines_of_the_spec_are_told(chromium: Any, tmp_path: Path) -> None:
    with opened_tab(chromium, html_of("vgg16"), tmp_path) as tab:
        assert re.search(r"depth.*\n.*explained|agrees", tab.page.inner_text("#about"))
        tab.run("() => { location.hash = 'fc1'; }")
        tab.page.wait_for_function("page.state.selected > 0")
        assert re.search(r"vgg\w*\.yaml:\d+ .*Dense", tab.page.inner_text("#details"))
        assert "Dense units 4096, activation relu" in tab.page.inner_text("#details")


# --- without a mouse, for everyone ---


def test_everything_works_by_keys_alone(chromium: Any, tmp_path: Path) -> None:
    with opened_tab(chromium, html_of("resnet50"), tmp_path) as tab:
        begin = tab.open
        tab.press("ArrowDown")
        assert (tab.selected, tab.focused) == ("input_layer", "input_layer")
        tab.press(*["ArrowDown"] * 3)
        assert tab.selected == tab.focused == "conv2"
        tab.press("Enter")
        assert len(tab.open) == len(begin) + 1
        tab.press("ArrowRight")
        assert tab.selected == tab.focused == "conv2_block1"
        tab.press("ArrowRight", "ArrowRight")
        assert tab.selected == tab.focused == "conv2_block1_1_conv"
        tab.press("ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowLeft")
        assert (tab.selected, tab.open) == ("conv2", begin)
        tab.press("End")
        assert tab.focused == "predictions"
        tab.press("Home", "j", "k")
        assert tab.focused == "input_layer"
        tab.press("]")
        assert len(tab.open) == len(begin) + 4
        tab.press("[", "[")
        assert tab.open == begin == []
        tab.press("f")
        assert tab.page.get_attribute("#fit", "aria-pressed") == "true"
        tab.press("f", "/")
        assert tab.run("document.activeElement.id") == "search"
        tab.press("f", "[", "j")
        assert tab.page.input_value("#search") == "f[j"
        assert tab.page.get_attribute("#fit", "aria-pressed") == "false"
        tab.press("Escape")
        assert tab.focused == "input_layer"


def test_one_line_of_the_tree_is_in_the_order_of_tab(chromium: Any, tmp_path: Path) -> None:
    with opened_tab(chromium, html_of("resnet50"), tmp_path) as tab:
        for _ in range(3):
            tab.press("ArrowDown", "Enter")
            assert tab.page.locator("#tree [tabindex='0']").count() == 1
        ids = []
        tab.run("document.body.focus(), document.activeElement.blur()")
        for _ in range(8):
            tab.press("Tab")
            ids.append(tab.run("document.activeElement.id || document.activeElement.localName"))
        assert set(ids) >= {"search", "fit", "less", "more", "li", "picture", "aside"}


STATES: tuple[tuple[str, ...], ...] = (
    (),
    ("]", "]"),
    (*["ArrowDown"] * 4, "Enter"),
    ("/", "c", "o", "n", "v", "3", "_"),
)
"""Keys, and what they lead to is looked at: the page as it begins, opened, with details, with what is found."""


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_no_violation(chromium: Any, theme: str, width: int, tmp_path: Path) -> None:
    if not (AXE and Path(AXE).is_file()):
        pytest.skip("pages are held to axe-core where AXE_JS names `axe.min.js`, as in .ci/run")
    context: dict[str, Any] = {"color_scheme": theme, "viewport": {"width": width, "height": 900}, "bypass_csp": True}
    with opened_tab(chromium, html_of("resnet50"), tmp_path, **context) as tab:
        tab.page.add_script_tag(content=Path(AXE).read_text(encoding="utf-8"))
        for keys in STATES:
            tab.press(*keys)
            check_with_axe(tab)


def check_with_axe(tab: Tab) -> None:
    found = tab.run("axe.run(document, {resultTypes: ['violations']})")
    assert [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found["violations"]] == []
    assert len(found["passes"]) > 15


@pytest.mark.parametrize("width", [1280, 700, 390])
def test_nothing_is_wider_than_the_window(chromium: Any, width: int, tmp_path: Path) -> None:
    with opened_tab(chromium, html_of("inception_v3"), tmp_path, viewport={"width": width, "height": 800}) as tab:
        tab.press("]", "]", *["ArrowDown"] * 6)
        assert tab.run("document.documentElement.scrollWidth") <= width


# --- what could go wrong ---


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_are_texts(chromium: Any, name: str, tmp_path: Path) -> None:
    network = archc.load(hostile_model(tmp_path, NAMES[name]))
    with opened_tab(chromium, network.page().html, tmp_path) as tab:
        tab.press("]", "]", "ArrowDown", "ArrowDown")
        shown = one_line(network.graph.nodes[0].name).replace("\uffff", "\ufffd").replace("\ufffe", "\ufffd")
        assert tab.page.text_content("#details h2") == shown
        assert tab.page.title() == tab.page.text_content("h1")
        assert tab.page.locator("img").count() == 0
        assert tab.page.locator("script").count() == 2
        assert not STEERING.search(tab.page.content())
        assert tab.run("document.documentElement.scrollWidth") <= 1280


def test_hostile_texts_of_a_spec_are_texts(chromium: Any, tmp_path: Path) -> None:
    hostile = "</style></script><img src=x onerror=document.title='taken'>&amp;\"'"
    facts = {"params": 27, "source": hostile}
    spec = {"archc": 1, "name": hostile, "summary": hostile, "paper": {"title": hostile}, "expect": facts}
    network = archc.loads({**spec, "input": [8], "layers": [{"Dense": 3}]})
    with opened_tab(chromium, network.page().html, tmp_path) as tab:
        assert tab.page.title() == tab.page.text_content("h1") == hostile
        assert tab.page.text_content("#about").count(hostile) == 4  # name, summary, paper, source
        assert tab.page.locator("img").count() == 0


def test_the_policy_keeps_other_scripts_and_requests_out(chromium: Any, tmp_path: Path) -> None:
    html = html_of("vgg16").replace("</body>", "<script>document.title = 'taken'</script><img src='other.png'></body>")
    file = tmp_path / "page.html"
    file.write_text(html, encoding="utf-8")
    tab = chromium.new_page()
    messages: list[str] = []
    tab.on("console", lambda message: messages.append(message.text))
    tab.goto(file.as_uri())
    assert tab.title() == "VGG-16"
    assert len(messages) == 2
    assert all("Content Security Policy" in message for message in messages)
    tab.close()


def test_without_scripts_the_picture_and_the_facts_are_there(chromium: Any, tmp_path: Path) -> None:
    with opened_tab(chromium, html_of("resnet50"), tmp_path, java_script_enabled=False) as tab:
        assert tab.page.locator(".pane svg [data-item]").count() > 8
        assert tab.page.locator(".pane svg").bounding_box()["height"] > 400
        assert tab.page.locator("#facts tr").count() > 5
        assert not tab.page.locator(".controls").is_visible()
        assert not tab.page.locator("nav").is_visible()


def test_the_picture_alone_is_printed_in_light_colours(chromium: Any, tmp_path: Path) -> None:
    with opened_tab(chromium, html_of("resnet50"), tmp_path, color_scheme="dark") as tab:
        tab.press("ArrowDown")
        assert tab.run("getComputedStyle(document.body).backgroundColor") == "rgb(15, 18, 20)"
        tab.page.emulate_media(media="print")
        assert not tab.page.locator("nav, aside, .controls").filter(visible=True).count()
        assert tab.page.locator(".pane svg").is_visible()
        assert tab.run("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert tab.run("getComputedStyle(document.querySelector('.pane text')).fill") == "rgb(27, 31, 35)"
        assert tab.page.pdf().startswith(b"%PDF")
