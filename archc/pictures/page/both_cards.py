"""The boxes of two networks that are drawn as one: what each of them has, in the room that both need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from archc.diagnostics import one_line
from archc.diff.compare import Diff
from archc.pictures.cards import DETAIL_SIZE, STACKED, STRIP, Card, Notes, card, shared_items
from archc.pictures.drawn import DrawnGraph, DrawnInput, DrawnLayer, Net, Sides
from archc.pictures.item import Item, View
from archc.pictures.page.sides import is_on, seen_from
from archc.pictures.picture import Scene, SceneBox, SceneLine
from archc.pictures.svg import scene_content
from archc.pictures.text_width import text_width

_MOST_STUB_WIDTH = 196


class BothCards:
    """The cards of the items of a union.

    Attributes:
        tree: of the union.
    """

    def __init__(self, network: DrawnGraph, tree: View, diff: Diff) -> None:
        self.tree = tree
        self._trees = {side: seen_from(tree, diff, side) for side in (Sides.LEFT, Sides.RIGHT)}
        graphs = {Sides.LEFT: diff.left, Sides.RIGHT: diff.right}
        self._notes = {
            side: Notes(shared=shared_items(seen), names_outputs=len(graphs[side].outputs) > 1)
            for side, seen in self._trees.items()
        }
        self._stubs = stub_words(tree, network.cut)
        self._made: dict[tuple[int, Sides], Card | None] = {}

    def left(self, item: Item) -> Card | None:
        """The card of an item in the left picture; None where the network has nothing of it."""
        return self._card(item, Sides.LEFT)

    def right(self, item: Item) -> Card | None:
        """The card of an item in the right picture; None where the network has nothing of it."""
        return self._card(item, Sides.RIGHT)

    def whole(self, item: Item) -> Card:
        """The card of the right network, else of the left, as large as both need."""
        made = [one for one in (self.left(item), self.right(item)) if one is not None]
        return replace(made[-1], width=max(one.width for one in made), height=max(one.height for one in made))

    def _card(self, item: Item, side: Sides) -> Card | None:
        key = item.number, side
        if key not in self._made:
            self._made[key] = self._make(item, side) if is_on(item, side) else None
        return self._made[key]

    def _make(self, item: Item, side: Sides) -> Card:
        made = card(self._trees[side].items[item.number], self._notes[side])
        if item.layer is None and len({layer.mark for layer in item.layers}) > 1:
            made = replace(made, mark="inside")  # also where the other network alone has what differs
        words = self._stubs.get(item.number) if side == Sides.LEFT else None
        return made if words is None else with_stub(made, words)


# --- connections that would close a circle ---


def stub_words(tree: View, cut: Sequence[tuple[Net, DrawnLayer]]) -> Mapping[int, str]:
    """For each item that takes a tensor by a connection that is cut, from outside of it, what its stub says."""
    if not cut:
        return {}
    innermost: dict[DrawnLayer | DrawnInput, int] = {layer: item.number for item in tree.items for layer in item.layers}
    found: dict[int, list[str]] = {}
    for net, taker in cut:
        around_source = {0, *_upwards(tree, innermost.get(net.source, 0))}
        for number in _upwards(tree, innermost[taker]):
            if number in around_source:
                break
            names = found.setdefault(number, [])
            if net.source.name not in names:
                names.append(net.source.name)
    return {number: _stub_text(names) for number, names in found.items()}


def _upwards(tree: View, number: int) -> Iterator[int]:
    """An item and the items around it."""
    while number:
        yield number
        number = tree.parents[number]


def _stub_text(names: Sequence[str]) -> str:
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"↘ from {one_line(names[0])}{more}"


def with_stub(made: Card, words: str) -> Card:
    """A card with the end of a line that is not drawn: a strip at its upper edge."""
    above = " · ".join(filter(None, (words, made.above)))
    behind = STACKED if made.badge else 0
    width = min(_MOST_STUB_WIDTH, text_width(above, DETAIL_SIZE) + 16)
    return replace(
        made,
        above=above,
        width=max(made.width, width + width % 2 + behind),
        height=made.height + (0 if made.above else STRIP),
    )


# --- without a script ---


def side_content(scene: Scene, tree: View, side: Sides, card_of: Callable[[Item], Card | None], place: int) -> str:
    """What one of both pictures shows, as SVG.

    Args:
        scene: of the union.
        tree: of the union.
        side: the network.
        card_of: the card of an item in this picture; None where the network does not have it.
        place: of the picture.
    """
    absent = {box.item.number for box in scene.boxes if card_of(box.item) is None}
    gaps = [
        _gap(box, place)
        for box in scene.boxes
        if [number for number in _upwards(tree, box.item.number) if number in absent] == [box.item.number]
    ]
    shown = replace(scene, boxes=tuple(_boxes(scene, card_of)), lines=tuple(_lines(scene, side)))
    return hatch(place) + "".join(gaps) + scene_content(shown)


def _gap(box: SceneBox, place: int) -> str:
    """The place of what the network does not have; of repeats, of the first."""
    behind = STACKED if box.card.badge else 0
    return (
        f'<rect class="absent" x="{box.x}" y="{box.y}" width="{box.width - behind}" height="{box.height - behind}" '
        f'rx="4" fill="url(#hatch-{place})"/>'
    )


def hatch(place: int) -> str:
    """The pattern of what one of two networks does not have."""
    return (
        f'<pattern id="hatch-{place}" width="7" height="7" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><path class="hatch" d="M0 0v7"/></pattern>'
    )


def _boxes(scene: Scene, card_of: Callable[[Item], Card | None]) -> Iterator[SceneBox]:
    for box in scene.boxes:
        shown = card_of(box.item)
        if shown is not None:
            yield replace(box, card=replace(shown, width=box.card.width, height=box.card.height))


def _lines(scene: Scene, side: Sides) -> Iterator[SceneLine]:
    for line in scene.lines:
        nets = tuple(net for net in line.nets if side in net.sides)
        if nets:
            yield replace(line, nets=nets)
