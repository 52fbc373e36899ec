"""The site of the documentation: what MkDocs calls while it builds. `mkdocs.yml` names this file.

Pages of the site that are no files in `docs/` are made here, and not committed: one for each network of the library,
and one for each file of the repository that a page links to.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from archc.docs import network_page
from archc.docs.network_page import Relatives, network_markdown
from archc.docs.networks_page import networks_markdown
from archc.docs.repository import FILES, PAGES, ROOT, file_markdown, linked_paths, names_in, page_of, site_markdown
from archc.elaborate.expand import Settings
from archc.network import Network, from_spec
from archc.report.list import LibraryEntry, by_family, library_networks

_NETWORKS = "networks.md"
_SITEMAP = "sitemap.xml"  # which needs the address of the site


@cache
def networks() -> Mapping[LibraryEntry, Network]:
    """The networks of the library."""
    return {
        entry: Network(spec, Settings(), expansion, partial(from_spec, spec))
        for entry, spec, expansion in library_networks()
    }


def relatives_of(entry: LibraryEntry) -> Relatives:
    """The network that one extends, and the next other one of its family; one with the same inputs comes first."""
    network, by_label = networks()[entry], {found.spec: each for found, each in networks().items()}
    extends = network.spec.document.extends
    base = by_label.get(extends.name) if extends is not None else None
    family = by_family(networks())[entry.family]
    later = [networks()[member] for member in family[family.index(entry) + 1 :] if networks()[member] is not base]
    shapes = _input_shapes(network)
    return Relatives(base, min(later, key=lambda each: _input_shapes(each) != shapes, default=None))


def _input_shapes(network: Network) -> list[tuple[int | None, ...]]:
    return [made.shape for made in network.graph.inputs]


@cache
def network_files() -> Mapping[str, str]:
    """The text of each network's page, and its pictures, by their places on the site."""
    texts = {}
    for entry, network in networks().items():
        place = f"{network_page.FOLDER}/{entry.spec}"
        texts[f"{place}.md"] = network_markdown(network, relatives_of(entry))
        picture = network.plot()
        for theme in network_page.THEMES:
            texts[f"{place}-{theme}.svg"] = picture.draw(theme, "")
    return texts


# --- what MkDocs calls ---


def on_config(config: MkDocsConfig) -> None:
    """Adds the networks to the navigation, by family."""
    for family, entries in by_family(networks()).items():
        _section(config, "Networks").append({family: [f"{network_page.FOLDER}/{entry.spec}.md" for entry in entries]})
    config.theme.static_templates.discard(_SITEMAP)


def _section(config: MkDocsConfig, title: str) -> list[object]:
    return next(item[title] for item in config.nav or () if title in item)


def on_files(files: Files, config: MkDocsConfig) -> None:
    """Adds the pages that are made; leaves out the map of the site."""
    if (sitemap := files.get_file_from_path(_SITEMAP)) is not None:
        files.remove(sitemap)
    for path, page in PAGES.items():
        files.append(File.generated(config, page, content=(ROOT / path).read_text(encoding="utf-8")))
    for place, text in network_files().items():
        files.append(File.generated(config, place, content=text))
    texts = {file.src_uri: file.content_string for file in files.documentation_pages()}
    paths = {path for page, text in texts.items() for path in linked_paths(text, page)}
    paths |= {f"{path}/{name}" for path in paths if (ROOT / path).is_dir() for name in names_in(path)}
    for path in sorted(paths):
        if page_of(path).startswith(FILES) and (ROOT / path).exists():
            files.append(File.generated(config, page_of(path), content=file_markdown(path)))


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """The text as the site has it."""
    if page.file.src_uri == _NETWORKS:
        facts = {entry: network.check() for entry, network in networks().items()}
        markdown = networks_markdown(facts, network_page.FOLDER)
    return site_markdown(markdown, page.file.src_uri)
