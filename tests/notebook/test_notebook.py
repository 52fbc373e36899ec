"""What a notebook shows: well-formed, harmless whatever names there are, and several on one page do not meet."""

from __future__ import annotations

import copy
import pickle
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

import archc
from archc.diff.compare import diff
from archc.notebook.facts import Facts
from archc.notebook.markup import table_markup
from archc.report.table import Column, Table
from tests.hash_seeds import printed
from tests.pictures.hostile import NAMES, STEERING, hostile_model
from tests.pictures.scenes import ROOT
from tests.targets.networks import library

SVG = "{http://www.w3.org/2000/svg}"
TAGS = {
    "div", "h4", "p", "br", "table", "thead", "tbody", "tr", "th", "td", "details", "summary",
    *(f"{SVG}{tag}" for tag in ("svg", "title", "desc", "style", "g", "rect", "path", "text", "circle")),
}  # fmt: skip
ATTRIBUTES = {
    "anchor", "aria-label", "class", "cx", "cy", "d", "data-item", "fill", "fill-opacity", "height", "points", "r",
    "role", "rx", "stroke-dasharray", "style", "text-anchor", "transform", "viewBox", "width", "x", "y",
}  # fmt: skip


class Tags(HTMLParser):
    """The elements of a page as HTML reads them: which are open, and which ids there are."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id"]
        if tag != "br":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag != "br":
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"{tag} ends what is not open")


def faults(html: str) -> list[str]:
    """What is wrong with what a notebook shows; empty where nothing is."""
    root = ET.fromstring(html)
    tags = Tags()
    tags.feed(html)
    tags.close()
    found = [*tags.faults, *(f"{tag} is open" for tag in tags.open)]
    for element in root.iter():
        found += [] if element.tag in TAGS else [f"there is a {element.tag}"]
        found += [f"{element.tag} has {name}" for name in element.attrib if name not in ATTRIBUTES]
    if re.search(r"url\(|@import|javascript:|https?://(?!www\.w3\.org/2000/svg)", html):
        found.append("it asks for something")
    if STEERING.search(html.replace("\n", "")):
        found.append("it has a character that steers")
    return found


def written(html: str) -> str:
    """All texts but those of styles."""
    root = ET.fromstring(html)
    for around in [*root.iter()]:
        for style in around.findall(f"{SVG}style"):
            around.remove(style)
    return "\n".join(root.itertext())


@pytest.mark.parametrize("name", ["lenet5", "resnet50", "googlenet", "nasnet_a_mobile"])
def test_a_network_is_a_picture_and_its_totals(name: str) -> None:
    html = library(name)._repr_html_()
    assert faults(html) == []
    text = written(html)
    assert library(name).name in text
    assert f"{library(name).params:,}" in text
    assert "<svg" in html
    assert len(html) < 100_000
    assert html == archc.load(name)._repr_html_()


PAIRS = [("vgg16", "vgg19"), ("resnet50", "se_resnet50"), ("resnet50", "nasnet_a_mobile"), ("vgg16", "vgg16")]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_a_diff_is_a_picture_a_verdict_and_the_changes(one: str, other: str) -> None:
    found = library(one).diff(library(other))
    html = found._repr_html_()
    assert faults(html) == []
    text = written(html)
    for word in (library(one).name, library(other).name, found.reason, "numerics"):
        assert word in text
    assert ("layers that differ" in text) is found.has_changes
    assert "<svg" in html


def test_facts_are_a_list_and_a_table() -> None:
    facts = library("googlenet").check()
    assert isinstance(facts, list)
    assert facts == [*facts]
    assert repr(facts) == repr([*facts])
    html = facts._repr_html_()
    assert faults(html) == []
    assert html.count("<tr>") == len(facts) + 1
    assert "53 facts: 36 agree, 17 explained" in written(html)
    assert "its filters give" in written(html)
    assert library("googlenet").check() is not facts
    facts.clear()
    assert library("googlenet").check()
    assert written(Facts()._repr_html_()) == "0 facts"
    assert pickle.loads(pickle.dumps(facts)) == copy.copy(facts) == facts


def test_a_fact_that_differs_is_in_bold() -> None:
    spec = {"archc": 1, "name": "a", "input": [8], "layers": [{"Dense": 4}], "expect": {"params": 37}}
    html = archc.loads(spec).check()._repr_html_()
    assert faults(html) == []
    assert html.count("font-weight:600") == html.count("<td")
    assert "documented 37, computed 36" in written(html)


def test_a_terminal_has_text() -> None:
    assert repr(library("vgg16")) == "<VGG-16: 24 layers, 138,357,544 parameters>"
    found = library("vgg16").diff(library("vgg19"))
    assert repr(found) == "<Diff: new layers, all old weights kept; weights>"
    assert repr(found.plot()) == "<picture of VGG-16 → VGG-19: blocks>"
    assert repr(library("vgg16").plot()) == "<picture of VGG-16: blocks>"


def test_a_diff_of_networks_is_the_diff_of_their_graphs() -> None:
    one, other = library("vgg16"), library("vgg19")
    found = one.diff(other)
    assert found == diff(one.graph, other.graph, preprocess=(one.spec.preprocess, other.spec.preprocess))
    assert found
    assert not one.diff(one)
    assert copy.copy(found).plot().svg == found.plot().svg


def test_a_picture_of_a_diff_is_written(tmp_path: Path) -> None:
    picture = library("vgg16").diff("vgg19").plot(theme="dark")
    picture.write(tmp_path / "both.svg")
    svg = (tmp_path / "both.svg").read_text(encoding="utf-8")
    assert svg == picture.svg
    assert "@media" not in svg
    assert type(picture) is type(library("vgg16").plot())
    with pytest.raises(archc.SpecError, match="`theme` cannot be `dork`"):
        library("vgg16").diff("vgg19").plot(theme="dork")


# --- names, and several on one page ---


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_are_harmless(name: str, tmp_path: Path) -> None:
    network = archc.load(hostile_model(tmp_path, NAMES[name]))
    other = archc.loads({"archc": 1, "name": "a", "input": [8], "layers": [{"Dense": 4}, {"Dense": 2}]})
    for shown in (network, network.diff(other), other.diff(network)):
        assert faults(shown._repr_html_()) == []


def test_a_fault_is_found() -> None:
    assert faults("<div><script>alert(1)</script></div>")
    assert faults('<div onclick="alert(1)"/>')
    assert faults('<div id="a"/>')
    assert faults('<div style="background:url(a.png)"/>')
    assert faults("<div>\u202e</div>")


def test_several_on_one_page_do_not_meet() -> None:
    """One is there twice."""
    network = library("lenet5")
    found = library("vgg16").diff(library("vgg19"))
    shown = [network._repr_html_()] * 2 + [network.plot(theme="dark")._repr_svg_(), found._repr_html_()]
    page = f"<div>{''.join(shown)}</div>"
    assert faults(page) == []
    tags = Tags()
    tags.feed(page)
    assert tags.ids == []
    owners = re.findall(r'<svg [^>]*class="([^"]+)"', page)
    assert len(owners) == 4
    assert len(set(owners)) == 3
    rules = "".join(re.findall(r"<style>(.*?)</style>", page, re.DOTALL))
    assert {selector.split(" ")[0] for selector in re.findall(r"[^{}\n,]+ \.\w+(?=[,{])", rules)} == {
        f".{owner}" for owner in owners
    }


def test_it_is_the_same_each_time() -> None:
    program = (
        "import archc\n"
        "network = archc.load('resnet50')\n"
        "print(network._repr_html_(), network.diff('se_resnet50')._repr_html_(), network.check()._repr_html_())\n"
    )
    assert len(printed(program)) == 1


def test_nothing_is_loaded_until_it_is_shown() -> None:
    program = (
        "import sys, archc\n"
        "network = archc.load('lenet5')\n"
        "facts = network.check()\n"
        "found = network.diff('alexnet')\n"
        "repr(facts), repr(found), repr(network)\n"
        "heavy = ('archc.pictures', 'archc.notebook.markup', 'keras', 'jinja2', 'numpy')\n"
        "assert not [name for name in heavy if name in sys.modules]\n"
        "facts._repr_html_(), found._repr_html_(), network._repr_html_()\n"
        "assert 'archc.pictures' in sys.modules\n"
        "assert not [name for name in ('keras', 'jinja2', 'numpy') if name in sys.modules]\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT)


def test_a_long_table_is_closed_at_first() -> None:
    columns = (Column("a"), Column("b", right=True))
    short, long = (Table(columns, [["  <b>", "1"]] * count) for count in (3, 300))
    assert "<details>" not in table_markup(short, "rows") + table_markup(long)
    html = table_markup(long, "rows")
    assert faults(html) == []
    assert "rows (300 rows)" in written(html)
    assert "\u00a0\u00a0&lt;b&gt;" in html
