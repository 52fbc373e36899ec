"""The site of the documentation, built of the whole library (slow) or of some networks and one with hostile texts."""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from archc.docs.repository import site_markdown
from archc.library import find
from archc.library.paths import library_paths
from archc.network import Network, load
from archc.report import list as library
from archc.report.check import facts_table
from archc.report.list import LibraryEntry, by_family, library_networks
from tests.docs.built_pages import assets, assets_of_style, broken_links, elements_of, is_foreign, rows

pytest.importorskip("material", reason="needs mkdocs-material: pip install -e '.[docs]'")

from mkdocs.commands.build import build
from mkdocs.config import load_config

ROOT = Path(__file__).parents[2]
FAMILIES = ("alexnet", "lenet", "zfnet")

HOSTILE = (
    "a|b `c` </title></h1><script>alert(1)</script> <img src=x onerror=alert(1)> &lt;b&gt; *d* "
    "[e](javascript:alert(1)) {{ f }} " + "\\"
)
QUOTED = json.dumps(HOSTILE)
SPEC = f"""archc: 1
name: {QUOTED}
summary: {QUOTED}
extends: lenet5
paper: {{title: {QUOTED}, authors: {QUOTED}, year: 1998, arxiv: '1"><b onclick=a>', source: {QUOTED}}}
# ```
# </code></pre><script>alert(1)</script>
# ````
expect:
  - source: {QUOTED}
    params: {{value: 1, computed: 61_706, because: {QUOTED}}}
    depth: 1
"""


class Site(NamedTuple):
    """A built site, and the networks that it is of."""

    folder: Path
    networks: dict[LibraryEntry, Network]

    def page(self, entry: LibraryEntry) -> Path:
        return self.folder / "networks" / f"{entry.spec}.html"

    @property
    def pages(self) -> list[Path]:
        return sorted(self.folder.rglob("*.html"))


@pytest.fixture(
    scope="module", params=[pytest.param(FAMILIES, id="few"), pytest.param(None, id="library", marks=pytest.mark.slow)]
)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site, built with `--strict`, in which a warning ends the build."""
    folder = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        set_library(patch, request.param, tmp_path_factory.mktemp("hostile"))
        built(folder)
        yield Site(folder, {entry: load(entry.spec) for entry, _, _ in library_networks()})


def set_library(patch: pytest.MonkeyPatch, families: Container[str] | None, folder: Path) -> None:
    """Makes a library of some families, or of all, and of a network with hostile texts, in a folder."""
    hostile = folder / "hostile.yaml"
    hostile.write_text(SPEC, encoding="utf-8")
    paths = {name: path for name, path in library_paths().items() if families is None or path.parent.name in families}
    for module in (find, library):
        patch.setattr(module, "library_paths", lambda: {**paths, "hostile": hostile})


def built(folder: Path) -> None:
    build(load_config(str(ROOT / "mkdocs.yml"), strict=True, site_dir=str(folder)))


def test_nothing_is_loaded_from_another_place(site: Site) -> None:
    for page in site.pages:
        html = page.read_text(encoding="utf-8")
        found = [*assets(html)]
        assert len(found) > 3
        assert [*filter(is_foreign, found)] == [], page
        policies = [each.attributes["content"] for each in elements_of(page) if "http-equiv" in each.attributes]
        assert len(policies) == 1
        assert policies[0].startswith("default-src 'self';")
        assert "http" not in policies[0]
    for style in site.folder.rglob("*.css"):
        assert [*filter(is_foreign, assets_of_style(style.read_text(encoding="utf-8")))] == [], style
    for picture in site.folder.rglob("networks/*.svg"):
        assert [*filter(is_foreign, assets(picture.read_text(encoding="utf-8")))] == [], picture


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://cdn.example/a.js"></script>',
        '<link rel="stylesheet" href="//cdn.example/a.css">',
        '<img alt="" src=http://cdn.example/a.png>',
        "<style>@import 'https://cdn.example/a.css';</style>",
        "<style>a { background: url( //cdn.example/a.png ) }</style>",
        '<p style="background: url(https://cdn.example/a.png)">a</p>',
        '<svg><image xlink:href="https://cdn.example/a.png"/></svg>',
    ],
)
def test_what_is_loaded_from_another_place_is_found(html: str) -> None:
    assert [*filter(is_foreign, assets(f"<p>a</p>{html}"))]
    assert not [*filter(is_foreign, assets('<a href="https://arxiv.org/abs/1"><img src="a.svg#b"></a>'))]


def test_links_lead_to_pages_and_places_that_are_there(site: Site) -> None:
    for page in site.pages:
        assert broken_links(site.folder, page) == [], page


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "b.html").write_text('<p id="c"></p>', encoding="utf-8")
    page = tmp_path / "a.html"
    page.write_text('<a href="b.html#c"><a href="b.html#d"><a href="c.html"><a href="#e"><img src="f.svg">')
    assert broken_links(tmp_path, page) == ["b.html#d", "c.html", "#e", "f.svg"]


def test_each_network_has_a_page_with_each_of_its_facts(site: Site) -> None:
    for entry, network in site.networks.items():
        shown = rows(site.page(entry))
        facts = network.check()
        for cells, fact in zip(facts_table(facts).rows, facts, strict=True):
            assert [*cells, fact.because or ""] in shown, (entry.spec, cells)
        assert len(facts) > 1


def test_each_network_is_compared_with_what_it_extends_and_with_the_next_of_its_family(site: Site) -> None:
    compared = 0
    for members in by_family(site.networks).values():
        for place, entry in enumerate(members):
            titles = [each.text for each in elements_of(site.page(entry)) if each.tag == "h3"]
            pairs = [tuple(title.partition(":")[0].split(" -> ")) for title in titles]
            extends = site.networks[entry].spec.document.extends
            base = extends.name if extends is not None else ""
            later = {each.spec for each in members[place + 1 :]} - {base}
            assert (base, entry.spec) in pairs or base not in {each.spec for each in site.networks}
            assert any(left == entry.spec and right in later for left, right in pairs) == bool(later)
            compared += len(pairs)
    assert compared > 3


def test_each_network_has_its_picture_for_each_scheme_and_its_text(site: Site) -> None:
    for entry, network in site.networks.items():
        shown = elements_of(site.page(entry))
        pictures = [each.attributes["src"] for each in shown if each.tag == "img"]
        assert pictures == [f"{entry.spec}-{theme}.svg#only-{theme}" for theme in ("light", "dark")]
        text = network.spec.document.source.text.rstrip("\n")
        assert text in [each.text.rstrip("\n") for each in shown if each.tag == "code"]


def test_the_list_links_to_each_network(site: Site) -> None:
    links = [each.attributes.get("href") for each in elements_of(site.folder / "networks.html") if each.tag == "a"]
    for members in by_family(site.networks).values():
        for entry in members:
            assert f"networks/{entry.spec}.html" in links


def test_no_markup_is_left_in_paragraphs(site: Site) -> None:
    for page in site.pages:
        for each in elements_of(page):
            if each.tag == "p" and HOSTILE not in each.text:
                assert not any(mark in each.text for mark in ("```", "\n- ", "\n* ", "|--", "](", "**")), (
                    page,
                    each.text,
                )


def test_texts_of_a_spec_are_no_markup(site: Site) -> None:
    for page in site.pages:
        for each in elements_of(page):
            assert not {"onerror", "onclick"} & each.attributes.keys(), page
            assert "alert(1)" not in each.attributes.get("href", ""), page
            assert each.tag != "script" or "alert(1)" not in each.text, page


def test_texts_of_a_spec_are_shown_as_they_are(site: Site) -> None:
    page = site.folder / "networks" / "hostile.html"
    shown = elements_of(page)
    assert [each.text.removesuffix("¶") for each in shown if each.tag == "h1"] == [HOSTILE]
    assert HOSTILE in [each.text for each in shown if each.tag == "p"]
    assert HOSTILE in [each.text for each in shown if each.tag == "em"]
    assert [row for row in rows(page) if row[1] == "params"] == [
        ["explained", "params", "", "1", "61,706", HOSTILE, HOSTILE]
    ]


def test_a_site_is_built_the_same_again(site: Site, tmp_path: Path) -> None:
    built(tmp_path)
    files = sorted(path.relative_to(site.folder) for path in site.folder.rglob("*") if path.is_file())
    assert files == sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file())
    for file in files:
        assert (tmp_path / file).read_bytes() == (site.folder / file).read_bytes(), file


def test_the_search_has_the_networks_and_no_files(site: Site) -> None:
    index = json.loads((site.folder / "search" / "search_index.json").read_text(encoding="utf-8"))
    places = {found["location"] for found in index["docs"]}
    assert {f"networks/{entry.spec}.html" for entry in site.networks} <= places
    assert not [place for place in places if place.startswith("files/")]


def test_links_to_files_become_links_to_their_pages() -> None:
    links = "[a](../README.md#start) [b](diff.md) [c](gallery) [d](https://e.org/f.md) [g](#h)"
    assert site_markdown(f"{links}\n```yaml wrong=x\n[i](j.md)\n```", "facts.md") == (
        "[a](index.md#start) [b](diff.md) [c](files/docs/gallery/index.md) [d](https://e.org/f.md) [g](#h)\n"
        "```yaml\n[i](j.md)\n```"
    )
    assert site_markdown("[a](docs/diff.md)", "index.md") == "[a](diff.md)"
    assert site_markdown("[a](../../specs/vgg/vgg.yaml)", "networks/vgg16.md") == "[a](../files/specs/vgg/vgg.yaml.md)"
