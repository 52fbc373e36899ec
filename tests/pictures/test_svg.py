"""The file of a picture: well-formed, the same each time, harmless whatever names a network has."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

import archc
from archc.library.paths import library_paths
from archc.pictures.cards import DETAIL_SIZE, NAME_SIZE
from archc.pictures.svg import style
from archc.pictures.text_width import text_width
from tests.cases import every_or_few
from tests.hash_seeds import printed
from tests.pictures.hostile import NAMES, STEERING, hostile_model
from tests.pictures.scenes import ROOT, network_names

GOLDEN = Path(__file__).parent / "golden"
SVG = "{http://www.w3.org/2000/svg}"
SAMPLE = (
    "vgg16",
    "googlenet",
    "inception_v3",
    "nasnet_a_mobile",
    "densenet121",
    "tests/elaborate/networks/bert_base.yaml",
)


def picture(name: str, **options: Any) -> str:
    """The SVG of a network of the library or of a spec of the tests."""
    return archc.load(ROOT / name if name.endswith(".yaml") else name).plot(**options).svg


def texts(svg: str) -> list[tuple[ET.Element, str]]:
    """All elements that are text, with what a reader sees."""
    return [(element, element.text or "") for element in ET.fromstring(svg).iter(f"{SVG}text")]


def test_a_picture_that_a_person_has_looked_at() -> None:
    svg = picture("lenet5", show=["facts", "params"])
    path = GOLDEN / "lenet5.svg"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(svg, encoding="utf-8")
    assert svg == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", network_names())
def test_the_default_is_a_small_well_formed_file_that_fits_a_page(name: str) -> None:
    network = archc.load(ROOT / name if name.endswith(".yaml") else name)
    svg = network.plot().svg
    root = ET.fromstring(svg)
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert description is not None
    assert title.text == network.name
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert len(svg) < 200_000
    if name in library_paths():
        assert int(root.get("width", 0)) <= 1000
        assert int(root.get("height", 0)) <= 1500
    assert "var(" not in svg
    for element, written in texts(svg):
        assert written
        assert "\n" not in written, element.attrib


@pytest.mark.skipif(shutil.which("rsvg-convert") is None, reason="rsvg-convert is not installed")
@pytest.mark.parametrize("options", [{}, {"levels": 9}, {"style": "volumes"}], ids=str)
@pytest.mark.parametrize("name", ["vgg16", "googlenet", "resnet50"])
def test_a_picture_is_rendered(name: str, options: dict[str, Any]) -> None:
    done = subprocess.run(["rsvg-convert"], input=picture(name, **options).encode(), capture_output=True, check=True)
    assert done.stdout.startswith(b"\x89PNG")
    assert done.stderr == b""


def test_a_picture_is_the_same_each_time() -> None:
    program = (
        "import archc, sys\n"
        "for name in sys.argv[1:]:\n"
        "    network = archc.load(name)\n"
        "    print(network.plot().svg, network.plot(levels=9, direction='lr', show=['field', 'facts']).svg)\n"
    )
    names = [str(ROOT / name) if name.endswith(".yaml") else name for name in SAMPLE]
    (text,) = printed(program, *names)
    assert text.count("<svg") == 2 * len(SAMPLE)


# --- themes and pages ---


def test_a_picture_for_paper_has_no_other_colours() -> None:
    auto, light, dark = (picture("lenet5", theme=theme) for theme in ("auto", "light", "dark"))
    assert "@media (prefers-color-scheme:dark)" in auto
    assert "@media" not in light + dark
    drawn = [svg.partition("</style>")[2] for svg in (auto, light, dark)]
    assert drawn[0] == drawn[1] == drawn[2]
    assert "#0f1214" not in light
    assert "#ffffff" not in dark
    assert auto.partition("@media")[0] == light.partition("</style>")[0]


def test_pictures_on_one_page_do_not_meet() -> None:
    """They have no ids, so that one may be there twice."""
    shown = [
        archc.load(name).plot(theme=theme)._repr_svg_() for name, theme in (("lenet5", "dark"), ("vgg16", "light"))
    ]
    owners = [ET.fromstring(svg).get("class") for svg in shown]
    assert len(set(owners)) == 2
    for owner, svg in zip(owners, shown, strict=True):
        assert not re.search(r"""\s(id|aria-labelledby)=|url\(""", svg)
        rules = svg.partition("<style>")[2].partition("</style>")[0]
        selectors = [
            selector
            for selector in re.findall(r"([^{}\n]+)\{", rules)
            for selector in selector.split(",")
            if not selector.startswith("@")
        ]
        assert selectors
        assert all(selector.startswith(f".{owner} .") for selector in selectors)


def test_each_class_has_a_rule() -> None:
    """In the pictures of some networks with all that boxes show, so that nothing is black by mistake."""
    rules = style("light")
    for name in SAMPLE:
        for options in ({"show": ["params", "facts"], "levels": 9}, {"style": "volumes"}):
            try:
                svg = picture(name, theme="light", **options)
            except archc.SpecError:
                continue
            for used in {word for words in re.findall(r'class="([^"]*)"', svg) for word in words.split()}:
                assert re.search(rf"\.{re.escape(used)}[{{,]", rules), used


# --- names ---


@pytest.mark.parametrize("name", [name for name, text in NAMES.items() if not STEERING.search(text)])
def test_a_hostile_title_is_harmless(name: str) -> None:
    """The others are no titles of specs."""
    svg = archc.loads({"archc": 1, "name": NAMES[name], "input": [8], "layers": [{"Dense": 4}]}).plot().svg
    title = ET.fromstring(svg).find(f"{SVG}title")
    assert title is not None
    assert title.text == NAMES[name]
    assert no_other_elements(svg)


@pytest.mark.parametrize("name", NAMES)
def test_the_hostile_names_of_a_model_are_harmless(name: str, tmp_path: Path) -> None:
    svg = archc.load(hostile_model(tmp_path, NAMES[name])).plot().svg
    assert not STEERING.search(svg.replace("\n", ""))
    assert no_other_elements(svg)


def no_other_elements(svg: str) -> bool:
    """Whether a file has nothing but what pictures are made of."""
    allowed = {f"{SVG}{tag}" for tag in ("svg", "title", "desc", "style", "g", "rect", "path", "text", "circle")}
    return {element.tag for element in ET.fromstring(svg).iter()} <= allowed


# --- texts ---


@pytest.mark.parametrize("name", every_or_few(network_names(), 25))
def test_texts_are_in_their_boxes(name: str) -> None:
    """By the table of widths; a browser measures a sample of them."""
    for levels in (0, 9):
        root = ET.fromstring(picture(name, levels=levels, show=["params", "macs"]))
        for group in root.iter(f"{SVG}g"):
            rectangles = group.findall(f"{SVG}rect")
            if not rectangles:
                continue
            width = max(int(rectangle.get("width", 0)) for rectangle in rectangles)
            for element in group.findall(f"{SVG}text"):
                left, right = _extent(element)
                assert left >= 0, element.text
                assert right <= width, element.text


def _extent(element: ET.Element) -> tuple[float, float]:
    bold = "b" in element.get("class", "").split()
    width = text_width(element.text or "", NAME_SIZE if bold else DETAIL_SIZE, bold=bold)
    x = int(element.get("x", 0))
    start = {"middle": x - width / 2, "end": x - width}.get(element.get("text-anchor", ""), x)
    return start, start + width
