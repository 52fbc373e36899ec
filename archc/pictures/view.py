"""From the layers of a network to the tree that a picture shows.

Parts follow from the network: blocks, named loops and groups, branches. What has no name, or only one thing in it, is
seen through. Slim layers become strips of the layer before them, and what repeats is shown once.
"""

from __future__ import annotations

from collections.abc import Sequence

from archc.pictures.circles import in_order
from archc.pictures.draft import Draft, Order, parts_of
from archc.pictures.drawn import DrawnGraph, Net
from archc.pictures.item import IN, OUT, Item, Link, View
from archc.pictures.long_lists import shortened
from archc.pictures.names import names_of
from archc.pictures.repeats import folded
from archc.pictures.sequences import sequences_folded
from archc.pictures.strips import with_strips
from archc.pictures.wiring import Places, links_of


def view(graph: DrawnGraph, *, repeats: bool = True) -> View:
    """The tree of a network, or of the union of two.

    Args:
        graph: the layers.
        repeats: whether parts and layers in a row that are alike are shown once.
    """
    order = Order.of(graph)
    outermost, parts = parts_of(graph)
    for part in reversed(parts):  # each behind those inside it
        part.children = _simplified(part.children, order, repeats)
        part.layers = order.sorted_layers(part.children)
        if part.is_round:
            part.first, part.last = part.children[0].first, part.children[-1].last
    inner = shortened(_simplified(outermost, order, repeats), order)
    inputs = [Draft("input", one.name, one.name, port=one) for one in graph.inputs]
    outputs = [Draft("output", one.name, one.name, port=one) for one in graph.outputs]
    return _numbered(graph, Draft("network", "", "", children=[*inputs, *inner, *outputs], layers=list(graph.layers)))


def _simplified(children: Sequence[Draft], order: Order, repeats: bool) -> list[Draft]:
    """What is shown in the place of the children of a part, which are simplified themselves."""
    shown = [one for child in children for one in _in_place_of(child, repeats)]
    shown = with_strips(in_order(shown, order), order)
    if not repeats:
        return shown
    shown = folded(shown, order)
    if any(draft.is_round for draft in shown):
        opened = [one for draft in shown for one in (draft.children if draft.is_round else [draft])]
        shown = folded(with_strips(opened, order), order)
    return sequences_folded(shown, order)


def _in_place_of(draft: Draft, repeats: bool) -> list[Draft]:
    """A draft, or what is shown in its place."""
    region = draft.region
    if region is None:
        return [draft]
    if region.kind == "round" and repeats and len(draft.children) > 1:
        return [draft]
    if region.kind == "round" or (region.kind in ("loop", "group") and not (region.name or region.title)):
        return draft.children
    if len(draft.children) > 1:
        return [draft]
    return _with_one_child(draft)


def _with_one_child(draft: Draft) -> list[Draft]:
    """The child of a part that has one; of a repeated child, the part around it stays."""
    (child,) = draft.children
    if draft.kind == "lane" or child.kind == "lane":
        return [child]
    if child.rounds:
        return [draft]
    if child.region is not None and child.region.name is None and draft.region is not None and draft.region.name:
        child.first = child.last = draft.region.name
    return [child]


def _numbered(graph: DrawnGraph, root: Draft) -> View:
    """The tree with numbers, links and names."""
    drafts, parents = _preorder(root)
    places = Places(drafts, parents)
    links = links_of(graph, places, len(drafts))
    names = names_of(graph, drafts, places)
    numbers: list[list[int]] = [[] for _ in drafts]
    for number, parent in enumerate(parents[1:], 1):
        numbers[parent].append(number)
    inputs, outputs = _ends(links, numbers)
    items: list[Item] = []
    for number in reversed(range(len(drafts))):
        children = tuple(items[len(drafts) - 1 - child] for child in numbers[number])
        items.append(
            Item(
                number=number,
                kind=drafts[number].kind,
                name=drafts[number].name,
                word=drafts[number].word,
                children=children,
                links=_local(links[number], numbers[number]),
                inputs=inputs[number],
                outputs=outputs[number],
                rounds=tuple(tuple(row) for row in drafts[number].rows),
                names=names[number],
                padding=tuple(drafts[number].padding),
                layer=drafts[number].layer,
                strips=tuple(drafts[number].strips),
                port=drafts[number].port,
            )
        )
    items.reverse()
    return View(tuple(items), tuple(parents), next(item for item in items if item.port is graph.main))


def _preorder(root: Draft) -> tuple[list[Draft], list[int]]:
    """All items of a tree, and the number of the item around each; the network has itself."""
    drafts: list[Draft] = []
    parents: list[int] = []
    pending = [(root, 0)]
    while pending:
        draft, parent = pending.pop()
        number = len(drafts)
        drafts.append(draft)
        parents.append(parent)
        pending.extend((child, number) for child in reversed(draft.children))
    return drafts, parents


def _ends(links: Sequence[Sequence[Link]], numbers: Sequence[Sequence[int]]) -> tuple[list[tuple[Net, ...]], ...]:
    """The tensors that enter each item, and those that leave it: those of its links, of a layer those around it."""
    entering: list[dict[Net, None]] = [{} for _ in links]
    leaving: list[dict[Net, None]] = [{} for _ in links]
    for number, own in enumerate(links):
        for link in own:
            if link.start == IN:
                entering[number][link.net] = None
            elif not numbers[link.start]:
                leaving[link.start][link.net] = None
            if link.end == OUT:
                leaving[number][link.net] = None
            elif link.end >= 0 and not numbers[link.end]:
                entering[link.end][link.net] = None
    return [tuple(nets) for nets in entering], [tuple(nets) for nets in leaving]


def _local(links: Sequence[Link], children: Sequence[int]) -> tuple[Link, ...]:
    """Links with the places of children for their numbers."""
    places = {number: place for place, number in enumerate(children)}
    return tuple(Link(net, places.get(start, start), places.get(end, end)) for net, start, end in links)
