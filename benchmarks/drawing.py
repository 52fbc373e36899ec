"""Pictures: `archc plot` as a process of its own, and the layout of networks whose every part is open."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from statistics import median

import archc
from archc.pictures.cards import Notes, card
from archc.pictures.drawn import drawn
from archc.pictures.item import View
from archc.pictures.picture import Drawing, Scene, opened
from archc.pictures.view import view
from benchmarks.timing import in_turn, process_seconds, ratio, seconds_of

NETWORKS = ("vgg16", "resnet50", "inception_v3", "nasnet_a_large", "resnet1202_cifar")


def _laid_out(tree: View, parts: frozenset[int]) -> Scene:
    """The whole layout: nothing is kept from the last one."""
    return Drawing(tree, lambda item: card(item, Notes())).scene(parts)


def report() -> Iterator[str]:
    """CPU seconds of the commands, then milliseconds of the tree and of the layout."""
    commands = {f"archc {name} vgg16": ["-m", "archc", name, "vgg16"] for name in ("plot", "summary")}
    taken = in_turn({name: partial(process_seconds, arguments) for name, arguments in commands.items()}, rounds=11)
    plot, summary = taken["archc plot vgg16"], taken["archc summary vgg16"]
    yield "pictures in a cold process, CPU seconds (median)"
    yield f"  archc plot vgg16     {median(plot):7.3f}"
    yield f"  archc summary vgg16  {median(summary):7.3f}   the picture takes {ratio(plot, summary):.2f}x"
    yield "the tree of a picture and its layout with every part open, CPU milliseconds (median)"
    for name in NETWORKS:
        graph = drawn(archc.load(name).graph)
        tree = view(graph)
        everything = opened(tree, len(tree.items))
        seen = median(seconds_of(partial(view, graph)) for _ in range(5))
        placed = median(seconds_of(partial(_laid_out, tree, everything)) for _ in range(5))
        yield f"  {name:18} {len(everything):5} parts  tree {1e3 * seen:6.1f}  layout {1e3 * placed:6.1f}"
