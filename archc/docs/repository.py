"""Links between files of the repository, as pages of the site."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Literal

from archc.docs import FOLDER
from archc.report.markdown import fenced

ROOT = FOLDER.parent.resolve()
"""The checkout."""

FILES = "files"
"""The folder of the site with the files that its pages link to, a page each."""

PAGES = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
"""The pages of the site that are not in the folder of the documentation: its page by the path of the file."""

_LINK = re.compile(r"(?<!\\)\]\((?!\w+:|#)(?P<path>[^)#\s]+)(?P<anchor>#[^)\s]*)?\)")
_FENCE = re.compile(r" *(?P<fence>`{3,}|~{3,})\w*")
_LANGUAGES = {".py": "python", ".yaml": "yaml", ".toml": "toml"}


def path_of(page: str) -> str:
    """The path in the repository of the file that a page of the site is made from."""
    made = {page: path for path, page in PAGES.items()}
    return made.get(page, f"{FOLDER.name}/{page}")


def page_of(path: str) -> str:
    """The place on the site of a file or a folder of the repository: a page, or a picture."""
    if path in PAGES:
        return PAGES[path]
    folder, _, name = path.partition("/")
    if folder == FOLDER.name and name.endswith((".md", ".svg", ".png")):
        return name
    return f"{FILES}/{path}/index.md" if (ROOT / path).is_dir() else f"{FILES}/{path}.md"


def site_markdown(markdown: str, page: str) -> str:
    """The text of a page as the site has it.

    Links to files of the repository become links to pages of the site. What follows the language of a block of code,
    which is for the tests, is left out.
    """

    def link_on_site(link: re.Match[str]) -> str:
        target = posixpath.relpath(page_of(_linked(link, page)), posixpath.dirname(page) or ".")
        return f"]({target}{link['anchor'] or ''})"

    lines = []
    for line, place in _lines(markdown):
        fence = _FENCE.match(line) if place == "opening" else None
        lines.append(_LINK.sub(link_on_site, line) if place == "text" else fence[0] if fence else line)
    return "\n".join(lines)


def linked_paths(markdown: str, page: str) -> list[str]:
    """The paths in the repository that a page links to."""
    texts = [line for line, place in _lines(markdown) if place == "text"]
    return [_linked(link, page) for line in texts for link in _LINK.finditer(line)]


def _linked(link: re.Match[str], page: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(path_of(page)), link["path"]))


def _lines(markdown: str) -> Iterator[tuple[str, Literal["text", "opening", "code"]]]:
    """The lines of a text, and where each stands: in the text, or as the first or another line of a block of code."""
    fence = ""
    for line in markdown.split("\n"):
        found = _FENCE.match(line)
        if fence:
            yield line, "code"
            fence = "" if line.strip() == fence else fence
        elif found is not None:
            yield line, "opening"
            fence = found["fence"]
        else:
            yield line, "text"


def file_markdown(path: str) -> str:
    """The page of a file, or of a folder with links to its files; neither is in the search."""
    place = ROOT / path
    head = f"---\nsearch:\n  exclude: true\n---\n\n# {place.name}\n\n`{path}`\n\n"
    if place.is_dir():
        return head + "".join(f"- [{name}]({name}.md)\n" for name in names_in(path))
    return f"{head}{fenced(place.read_text(encoding='utf-8').rstrip(), _LANGUAGES.get(place.suffix, 'text'))}\n"


def names_in(path: str) -> list[str]:
    """The names of the files in a folder of the repository."""
    return sorted(found.name for found in (ROOT / path).iterdir() if found.is_file())
