"""The boxes of two networks that are drawn as one: what each of them has, in the room that both need."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from archc.diagnostics import one_line
from archc.diff.compare import Diff
from archc.pictures.cards import DETAIL_SIZE, STACKED, STRIP, Card, Notes, card, shared_items
from archc.pictures.drawn import DrawnGraph, DrawnLayer, Net, Sides
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

    def left(self, item: Item) -> Card | None:
        """The card of an item in the left picture; None where the network has nothing of it."""
        made = self._card(item, Sides.LEFT)
        words = self._stubs.get(item.number)
        return made if made is None or words is None else with_stub(made, words)

    def right(self, item: Item) -> Card | None:
        """The card of an item in the right picture; None where the network has nothing of it."""
        return self._card(item, Sides.RIGHT)

    def whole(self, item: Item) -> Card:
        """The card of the right network, else of the left, as large as both need."""
        made = [one for one in (self.left(item), self.right(item)) if one is not None]
        return replace(made[-1], width=max(one.width for one in made), height=max(one.height for one in made))

    def _card(self, item: Item, side: Sides) -> Card | None:
        if not is_on(item, side):
            return None
        made = card(self._trees[side].items[item.number], self._notes[side])
        marks = {layer.mark for layer in item.layers}
        if item.layers and made.mark != "inside" and len(marks) > 1 and item.layer is None:
            return replace(made, mark="inside")  # where the other network alone has what differs
        return made


# --- connections that would close a circle ---


def stub_words(tree: View, cut: Sequence[tuple[Net, DrawnLayer]]) -> Mapping[int, str]:
    """For each item that takes a tensor by a connection that is cut, from outside of it, what its stub says."""
    found: dict[int, list[str]] = {}
    for net, taker in cut:
        for item in tree.items[1:]:
            if item.kind != "lane" and taker in item.layers and net.source not in item.layers:
                names = found.setdefault(item.number, [])
                if net.source.name not in names:
                    names.append(net.source.name)
    return {number: _stub_text(names) for number, names in found.items()}


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


def side_content(scene: Scene, side: Sides, card_of: Callable[[Item], Card | None], place: int) -> str:
    """What one of both pictures shows, as SVG.

    Args:
        scene: of the union.
        side: the network.
        card_of: the card of an item in this picture; None where the network does not have it.
        place: of the picture.
    """
    boxes = [*_boxes(scene, card_of)]
    shown = replace(scene, boxes=tuple(boxes), lines=tuple(_lines(scene, side)))
    absent = [box for box in scene.boxes if card_of(box.item) is None and not _is_inside_absent(box, scene, card_of)]
    gaps = [
        f'<rect class="absent" x="{box.x}" y="{box.y}" width="{box.card.front[0] if not box.is_open else box.width}" '
        f'height="{box.card.front[1] if not box.is_open else box.height}" rx="4" fill="url(#hatch-{place})"/>'
        for box in absent
    ]
    return hatch(place) + "".join(gaps) + scene_content(shown)


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


def _is_inside_absent(box: SceneBox, scene: Scene, card_of: Callable[[Item], Card | None]) -> bool:
    """Whether a box is in an open part that is not there either."""
    return any(
        other.is_open
        and other is not box
        and other.x <= box.x
        and box.x + box.width <= other.x + other.width
        and other.y <= box.y
        and box.y + box.height <= other.y + other.height
        and card_of(other.item) is None
        for other in scene.boxes
    )
