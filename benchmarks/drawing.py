"""The layout of pictures whose every part is open."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import archc
from archc.pictures.cards import Notes, card
from archc.pictures.drawn import drawn
from archc.pictures.item import View
from archc.pictures.picture import Drawing, Scene, opened
from archc.pictures.view import view
from benchmarks.row import Row, Side
from benchmarks.timing import loop_seconds, seconds_of

NETWORKS = ("vgg16", "resnet50", "inception_v3", "nasnet_a_large", "resnet1202_cifar")


def _laid_out(tree: View) -> Scene:
    """The whole layout: nothing is kept from the last one."""
    return Drawing(tree, lambda item: card(item, Notes())).scene(opened(tree, len(tree.items)))


def _picture(name: str, _: Path) -> tuple[Side, Side]:
    graph = drawn(archc.load(name).graph)
    return partial(seconds_of, lambda: _laid_out(view(graph))), loop_seconds


def rows() -> Iterator[Row]:
    for name in NETWORKS:
        yield Row(f"layout of {name}, every part open", "a loop", partial(_picture, name), rounds=3)
