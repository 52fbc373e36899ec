"""What stands in the pages of a built site."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_PLACES = ("src", "srcset", "href", "xlink:href", "data", "poster", "action", "background")
_IN_STYLE = re.compile(r"""(?:url\(\s*|@import\s+)["']?([^"')\s;]+)""")


class Element(NamedTuple):
    """An element of a page, with the text that is in it and in what it contains."""

    tag: str
    attributes: Mapping[str, str]
    text: str


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str], list[str]]] = []
        self.open: list[tuple[str, dict[str, str], list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = tag, {name: value or "" for name, value in attrs}, list[str]()
        self.found.append(made)
        if tag not in _VOID:
            self.open.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}, []))

    def handle_endtag(self, tag: str) -> None:
        if any(tag == each[0] for each in self.open):
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        for _, _, texts in self.open:
            texts.append(data)


def elements(html: str) -> list[Element]:
    """The elements of a page, in order."""
    parser = _Elements()
    parser.feed(html)
    parser.close()
    return [Element(tag, attributes, "".join(texts)) for tag, attributes, texts in parser.found]


@cache
def elements_of(path: Path) -> list[Element]:
    """The elements of a page or a picture in a file."""
    return elements(path.read_text(encoding="utf-8"))


def rows(page: Path) -> list[list[str]]:
    """The cells of all rows of all tables of a page."""
    found: list[list[str]] = []
    for element in elements_of(page):
        if element.tag == "tr":
            found.append([])
        elif element.tag in ("td", "th"):
            found[-1].append(element.text)
    return found


def assets(html: str) -> Iterator[str]:
    """What a page loads: all that its elements name, but for links in the text."""
    for element in elements(html):
        if element.tag != "a":
            yield from (element.attributes[place] for place in _PLACES if place in element.attributes)
        yield from assets_of_style(element.attributes.get("style", ""))
        if element.tag == "style":
            yield from assets_of_style(element.text)


def assets_of_style(style: str) -> list[str]:
    """What a style loads."""
    return _IN_STYLE.findall(style)


def is_foreign(link: str) -> bool:
    """Whether a link leads out of the site."""
    parts = urlsplit(link)
    return bool(parts.netloc) or parts.scheme not in ("", "data")


def broken_links(site: Path, page: Path) -> list[str]:
    """The links of a page into the site that lead nowhere, or to a place that their page does not have."""
    return [
        link
        for element in elements_of(page)
        for place in ("href", "src")
        if (link := element.attributes.get(place)) is not None and not is_foreign(link) and not link.startswith("data:")
        if not _leads_somewhere(site, page, link)
    ]


def _leads_somewhere(site: Path, page: Path, link: str) -> bool:
    parts = urlsplit(link)
    path = unquote(parts.path)
    target = site / path.lstrip("/") if path.startswith("/") else page.parent / path if path else page
    target = target / "index.html" if target.is_dir() else target
    if not target.is_file():
        return False
    return target.suffix != ".html" or not parts.fragment or unquote(parts.fragment) in _anchors(target.resolve())


@cache
def _anchors(page: Path) -> set[str]:
    return {
        element.attributes[key] for element in elements_of(page) for key in ("id", "name") if key in element.attributes
    }
