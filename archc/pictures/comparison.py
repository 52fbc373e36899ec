"""Two networks as one picture that is shown twice: what corresponds stands at the same place of both panes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from archc.diff.compare import Diff
from archc.diff.reason import is_unrelated
from archc.pictures.cards import Card, Notes, card, mark_of, shared_items
from archc.pictures.changed_words import changed_words
from archc.pictures.drawn import DrawnGraph, Sides
from archc.pictures.item import Item, View
from archc.pictures.picture import Drawing, Scene, SceneBox, SceneLine
from archc.pictures.sides import is_on, seen_from
from archc.pictures.stubs import stub_words, with_stub
from archc.pictures.union import union
from archc.pictures.view import view

PANES = (Sides.LEFT, Sides.RIGHT)


@dataclass(frozen=True)
class Pane:
    """What one of two networks has of a picture of both.

    Attributes:
        scene: its boxes and lines, where the picture of both has them.
        gaps: the boxes of what the other network alone has; not those inside another of them.
    """

    scene: Scene
    gaps: tuple[SceneBox, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """Two networks as one tree, whose items have a card in each pane.

    Attributes:
        graph: the layers of both; its `cut` are the connections that are stubs.
        drawing: the tree with plans and cards; a card is that of the right network, else of the left, and as large as
            both panes need.
        cards: for each network the cards of the items that it has, by their numbers, in the common size.
        opened: the numbers of the parts that are open at first.
    """

    graph: DrawnGraph
    drawing: Drawing
    cards: Mapping[Sides, Mapping[int, Card]]
    opened: frozenset[int]

    @property
    def tree(self) -> View:
        """The tree of both networks."""
        return self.drawing.view

    def panes(self, opened: AbstractSet[int] | None = None) -> tuple[Pane, Pane]:
        """Both panes, left and right, of one size, where these parts are open; without any those open at first."""
        scene = self.drawing.scene(self.opened if opened is None else opened)
        left, right = (_pane(scene, side, self.cards[side], self.tree) for side in PANES)
        return left, right

    def card(self, item: Item, side: Sides) -> Card | None:
        """The card of an item in a pane, in the common size; None where the network has nothing of it."""
        return self.cards[side].get(item.number)


def can_be_aligned(diff: Diff) -> bool:
    """Whether enough corresponds for two networks to be one picture; others are drawn each on its own."""
    return not is_unrelated(diff)


def compared(diff: Diff) -> Comparison:
    """The picture of two networks, however much of them corresponds."""
    graph = union(diff)
    tree = view(graph)
    own = {side: _own_cards(tree, diff, side) for side in PANES}
    for number, words in stub_words(tree, graph.cut).items():
        own[Sides.LEFT][number] = with_stub(own[Sides.LEFT][number], words)
    drawing = Drawing(tree, lambda item: _common(item, own))
    cards = {side: {number: _resized(made, number, drawing) for number, made in own[side].items()} for side in PANES}
    return Comparison(graph, drawing, cards, parts_to_open(tree))


def parts_to_open(tree: View) -> frozenset[int]:
    """The parts that differ inside and are in both networks; of blocks that differ alike only the first."""
    found: set[int] = set()
    told: set[tuple[object, ...]] = set()
    for item in tree.items:
        if item.kind != "part" or mark_of(item) != "inside" or not all(is_on(item, side) for side in PANES):
            continue
        differing = tuple((layer.node.op.op_name, layer.mark) for layer in item.rounds[0] if layer.mark)
        if item.word and (item.word, differing) in told:
            continue
        told.add((item.word, differing))
        found.add(item.number)
    return frozenset(found)


# --- cards ---


def _own_cards(tree: View, diff: Diff, side: Sides) -> dict[int, Card]:
    """The cards of what a network has, each as large as it needs."""
    own = seen_from(tree, diff, side)
    graph = diff.left if side is Sides.LEFT else diff.right
    notes = Notes(shared=shared_items(own), names_outputs=len(graph.outputs) > 1, lines=changed_words(tree, diff, side))
    found = {}
    for item in tree.items[1:]:
        if item.kind != "lane" and is_on(item, side):
            made = card(own.items[item.number], notes)
            found[item.number] = made if item.port is not None else replace(made, mark=mark_of(item))
    return found


def _common(item: Item, own: Mapping[Sides, Mapping[int, Card]]) -> Card:
    made = [own[side][item.number] for side in PANES if item.number in own[side]]
    return replace(made[-1], width=max(one.width for one in made), height=max(one.height for one in made))


def _resized(made: Card, number: int, drawing: Drawing) -> Card:
    common = drawing.card(drawing.view.items[number])
    return replace(made, width=common.width, height=common.height)


# --- panes ---


def _pane(scene: Scene, side: Sides, cards: Mapping[int, Card], tree: View) -> Pane:
    boxes = [replace(box, card=cards[box.item.number]) for box in scene.boxes if box.item.number in cards]
    absent = {box.item.number for box in scene.boxes if box.item.number not in cards}
    gaps = [box for box in scene.boxes if box.item.number in absent and not _is_inside(box.item, absent, tree)]
    return Pane(replace(scene, boxes=tuple(boxes), lines=tuple(_lines(scene.lines, side))), tuple(gaps))


def _lines(lines: Iterable[SceneLine], side: Sides) -> Iterator[SceneLine]:
    for line in lines:
        nets = tuple(net for net in line.nets if side in net.sides)
        if nets:
            yield replace(line, nets=nets)


def _is_inside(item: Item, absent: AbstractSet[int], tree: View) -> bool:
    """Whether an item is in a part that is not there either."""
    number = tree.parents[item.number]
    while number and number not in absent:
        number = tree.parents[number]
    return number in absent
