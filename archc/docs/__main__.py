"""Writes the generated pages: `python -m archc.docs`, or `python -m archc.docs --check`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

import click

from archc.docs import FOLDER
from archc.docs.errors_page import errors_markdown
from archc.docs.gallery_page import gallery_markdown
from archc.docs.networks_page import library_facts, networks_markdown
from archc.docs.ops_page import ops_markdown
from archc.network import load

SOURCES = ("vgg16", "resnet50", "densenet121", "googlenet")
"""The networks whose generated source is part of the documentation."""


def pages() -> Mapping[str, Callable[[], str]]:
    """What writes each generated page, by its path in the folder of the documentation."""
    texts = {
        "errors.md": errors_markdown,
        "ops.md": ops_markdown,
        "networks.md": lambda: networks_markdown(library_facts()),
        "gallery.md": gallery_markdown,
    }
    sources = {f"generated/{name}.py": load(name).source for name in SOURCES}
    pictures = {
        "images/vgg16.svg": lambda: load("vgg16").plot(style="volumes").svg,
        "images/vgg16_vgg19.svg": lambda: load("vgg16").diff("vgg19").plot().svg,
    }
    return {**texts, **sources, **pictures}


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; status 1 if a page is not current.")
def write_pages(check: bool) -> None:
    """Write the generated pages of the documentation that are not current."""
    if not FOLDER.is_dir():
        raise click.UsageError(f"there is no folder {FOLDER}: pages are written in a checkout")
    stale = False
    for name, text in pages().items():
        path = FOLDER / name
        wanted = text()
        if path.exists() and path.read_text(encoding="utf-8") == wanted:
            continue
        stale = True
        if not check:
            path.write_text(wanted, encoding="utf-8")
        click.echo(f"docs/{name} {'is not current' if check else 'is written'}")
    sys.exit(1 if check and stale else 0)


if __name__ == "__main__":
    write_pages(prog_name="python -m archc.docs")
