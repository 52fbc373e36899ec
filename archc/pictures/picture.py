"""Where everything of a picture stands: boxes and lines in absolute coordinates, for any set of open items."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from itertools import count

from archc.pictures.cards import STACKED, Card, main_tensor
from archc.pictures.drawn import DrawnInput, DrawnLayer, Net, Sides
from archc.pictures.item import OUT, Item, View
from archc.pictures.options import Direction
from archc.pictures.order import order
from archc.pictures.place import place
from archc.pictures.plan import Box, Placed, PlacedLine, Plan, Segment

MARGIN, HEAD, PAD, SIDEWAYS_HEAD = 10, 18, 14, 26
"""Pixels: around the picture, the bar of a frame, beside what it has inside, the bar and a gap from left to right."""
_PORT_GAP, _TITLE_MARGIN = 14, 8
_MOST_WIDTH, _MOST_HEIGHT = 1000, 1500
"""Of the picture that is made where nobody says how many levels to open, in pixels."""


@dataclass(frozen=True)
class SceneBox:
    """A closed box, or the frame of an open one.

    Attributes:
        level: how many frames are around it.
    """

    item: Item
    card: Card
    x: int
    y: int
    width: int
    height: int
    is_open: bool
    level: int


@dataclass(frozen=True)
class SceneLine:
    """A straight piece of a line.

    Attributes:
        nets: what it carries; several where they enter a merge together.
        arrow: whether it ends in one, at its second point.
        item: whose inside it is in.
    """

    nets: tuple[Net, ...]
    x1: int
    y1: int
    x2: int
    y2: int
    arrow: bool
    item: Item


@dataclass(frozen=True)
class Scene:
    """A picture in absolute coordinates; the frame of an item stands before what is inside it."""

    width: int
    height: int
    direction: Direction
    boxes: tuple[SceneBox, ...]
    lines: tuple[SceneLine, ...]


@dataclass(frozen=True)
class _Measured:
    """An item that is shown.

    Attributes:
        across: the size across the direction of the picture that lines may enter and leave.
        inputs: where tensors enter what is open, across the direction.
        outputs: where tensors leave, across the direction.
        left: of what is inside, from the left edge.
        top: of what is inside, from the upper edge.
        inside: the places of what is inside; None for a closed box.
    """

    width: int
    height: int
    across: int
    inputs: Mapping[Net, int]
    outputs: Mapping[Net, int]
    left: int = 0
    top: int = 0
    inside: Placed | None = None


@dataclass(frozen=True)
class Drawing:
    """A view with the cards and plans of its items, each made once, whatever is open.

    Attributes:
        make_card: of an item that is no lane.
    """

    view: View
    make_card: Callable[[Item], Card]
    direction: Direction = "tb"
    _cards: dict[int, Card] = field(default_factory=dict)
    _plans: dict[int, Plan] = field(default_factory=dict)

    def card(self, item: Item) -> Card:
        """The closed box of an item, with room for the lines that leave it."""
        if item.number not in self._cards:
            self._cards[item.number] = self._with_room(self.make_card(item), _count(tensor_numbers(item)))
        return self._cards[item.number]

    def plan(self, item: Item) -> Plan:
        """The order of the boxes in an item."""
        if item.number not in self._plans:
            self._plans[item.number] = _plan(item, self.view)
        return self._plans[item.number]

    def scene(self, opened: AbstractSet[int]) -> Scene:
        """The picture in which these items are open, and what is around them; lanes always are."""
        shown = [*self._shown(opened)]
        measured: dict[int, _Measured] = {}
        for item in reversed(shown):
            is_open = _is_open(item, opened)
            measured[item.number] = self._opened(item, measured) if is_open else self._closed(item)
        return self._scene(shown, measured)

    def _with_room(self, made: Card, ports: int) -> Card:
        width, height = made.front
        lacking = _PORT_GAP * (ports + 1) - (height if self._sideways else width)
        if ports < 2 or lacking <= 0:
            return made
        if self._sideways:
            return replace(made, height=made.height + lacking)
        return replace(made, width=made.width + lacking)

    @property
    def _sideways(self) -> bool:
        return self.direction == "lr"

    def _shown(self, opened: AbstractSet[int]) -> Iterator[Item]:
        """The items that the picture has, each after the one around it."""
        pending = [self.view.root]
        while pending:
            item = pending.pop()
            yield item
            if _is_open(item, opened):
                pending.extend(reversed(item.children))

    # --- sizes, from the inside out ---

    def _closed(self, item: Item) -> _Measured:
        made = self.card(item)
        across = made.front[1] if self._sideways else made.front[0]
        return _Measured(made.width, made.height, across, {}, _ports(item, across))

    def _opened(self, item: Item, measured: Mapping[int, _Measured]) -> _Measured:
        numbers = net_numbers(item)
        nets = [*numbers]
        boxes = [self._box(measured[child.number], numbers) for child in item.children]
        framed = item.kind == "part"
        title = self.card(item).title_width if framed else 0
        placed = place(self.plan(item), boxes, 0 if self._sideways else title)
        if self._sideways:
            placed = _widened(_transposed(placed), title + 2 * _TITLE_MARGIN if framed else 0)
        left, top, right, bottom = _frame_room(self.direction) if framed else (0, 0, 0, 0)
        width, height = placed.width + left + right, placed.height + top + bottom
        before = top if self._sideways else left
        inputs, outputs = (
            {nets[number]: offset + before for number, offset in ports.items()}
            for ports in (placed.inputs, placed.outputs)
        )
        behind = STACKED if framed and item.times > 1 else 0
        across = height if self._sideways else width
        return _Measured(width + behind, height + behind, across, inputs, outputs, left, top, placed)

    def _box(self, measured: _Measured, numbers: Mapping[Net, int]) -> Box:
        """What the layout of the item around knows of a child."""
        sizes = (measured.width, measured.height)
        width, height = sizes[::-1] if self._sideways else sizes
        inputs, outputs = (
            {numbers[net]: offset for net, offset in ports.items() if net in numbers}
            for ports in (measured.inputs, measured.outputs)
        )
        return Box(width, height, outputs, inputs, measured.across)

    # --- places, from the outside in ---

    def _scene(self, shown: Sequence[Item], measured: Mapping[int, _Measured]) -> Scene:
        whole = measured[self.view.root.number]
        corners = {self.view.root.number: (0, 0)}
        levels = {self.view.root.number: 0}
        boxes: list[SceneBox] = []
        lines: list[SceneLine] = []
        for item in shown:
            size = measured[item.number]
            x, y = corners[item.number]
            level = levels[item.number]
            if item.kind not in ("network", "lane"):
                is_open = size.inside is not None
                boxes.append(SceneBox(item, self.card(item), x, y, size.width, size.height, is_open, level))
            if size.inside is not None:
                left, top = x + size.left, y + size.top
                for child, (dx, dy) in zip(item.children, size.inside.corners, strict=True):
                    corners[child.number] = left + dx, top + dy
                    levels[child.number] = level + (item.kind == "part")
                lines += self._lines(item, size.inside, left, top, measured)
        return Scene(whole.width, whole.height, self.direction, tuple(boxes), tuple(lines))

    def _lines(
        self, item: Item, inside: Placed, left: int, top: int, measured: Mapping[int, _Measured]
    ) -> Iterator[SceneLine]:
        nets = [*net_numbers(item)]
        lanes = [
            (x, y, measured[child.number])
            for child, (x, y) in zip(item.children, inside.corners, strict=True)
            if child.kind == "lane"
        ]
        for line in inside.lines:
            carried = tuple(nets[number] for number in line.nets)
            for x1, y1, x2, y2, arrow in line.segments:
                arrow = arrow and not any(self._enters(x2, y2, *lane) for lane in lanes)
                yield SceneLine(carried, left + x1, top + y1, left + x2, top + y2, arrow, item)

    def _enters(self, x: int, y: int, left: int, top: int, lane: _Measured) -> bool:
        """Whether a line that ends at a point leads into a lane, which has no edge for an arrow."""
        if self._sideways:
            return x == left and top <= y <= top + lane.height
        return y == top and left <= x <= left + lane.width


def net_numbers(item: Item) -> Mapping[Net, int]:
    """The numbers that the layout of an item has for its tensors."""
    nets = dict.fromkeys((*item.inputs, *(link.net for link in item.links), *item.outputs))
    return {net: number for number, net in enumerate(nets)}


def opened(view: View, levels: int) -> frozenset[int]:
    """The parts that have fewer than so many parts around them."""
    inside = zip(view.items, view.parts_around, strict=True)
    return frozenset(
        item.number for item, around in inside if item.kind == "part" and item.children and around < levels
    )


def default_scene(drawing: Drawing, most: tuple[int, int] = (_MOST_WIDTH, _MOST_HEIGHT)) -> Scene:
    """The picture with the most levels open that is not larger than a page; closed if none is.

    Args:
        drawing: of the network.
        most: the width and height of a page, across and along the direction of the picture, in pixels.
    """
    most = most if drawing.direction == "tb" else most[::-1]
    shown = opened(drawing.view, 0)
    best = drawing.scene(shown)
    for levels in count(1):
        more = opened(drawing.view, levels)
        if more == shown:
            return best
        shown, scene = more, drawing.scene(more)
        if scene.width + 2 * MARGIN > most[0] or scene.height + 2 * MARGIN > most[1]:
            return best
        best = scene
    raise AssertionError


def _is_open(item: Item, opened: AbstractSet[int]) -> bool:
    return bool(item.children) and (item.kind in ("network", "lane") or item.number in opened)


def _plan(item: Item, view: View) -> Plan:
    numbers = net_numbers(item)
    links = [(numbers[link.net], link.start, link.end) for link in item.links]
    split = {link.end for link in item.links if link.net.sides != Sides.BOTH}
    joins = frozenset(
        place
        for place, child in enumerate(item.children)
        if child.layer is not None and child.layer.node.op.merges and place not in split
    )
    weights = [1 if child.port is not None else len(child.layers) for child in item.children]
    return order(len(item.children), links, joins, weights, _main(item, view))


def _main(item: Item, view: View) -> int | None:
    """The child that the axis leads to: the main output of the network, else what makes the tensor that it is for."""
    if item.kind == "network":
        return next((place for place, child in enumerate(item.children) if child is view.main), None)
    if not item.outputs:
        return None
    made = main_tensor(item)
    return next((link.start for link in item.links if link.end == OUT and link.net == made and link.start >= 0), None)


def _tensor(net: Net, item: Item) -> tuple[DrawnLayer | DrawnInput, int, int]:
    """What is equal for nets that leave an item as one tensor: the round is that of the item, or of what is inside."""
    return net.source, net.number, net.repeat if net.repeat >= item.number else 0


def tensor_numbers(item: Item) -> Mapping[Net, int]:
    """The number of the tensor of each net that leaves an item; a net that one network alone has carries no other."""
    numbers: dict[tuple[DrawnLayer | DrawnInput, int, int], int] = {}
    return {net: numbers.setdefault(_tensor(net, item), len(numbers)) for net in item.outputs}


def _ports(item: Item, across: int) -> Mapping[Net, int]:
    """Where tensors leave a closed box: in the middle; of several, each has a place of its own."""
    numbers = tensor_numbers(item)
    first = across // 2 - _PORT_GAP // 2 * (_count(numbers) - 1)
    return {net: first + _PORT_GAP * number for net, number in numbers.items()}


def _count(numbers: Mapping[Net, int]) -> int:
    return len(set(numbers.values()))


# --- from left to right ---


def _transposed(placed: Placed) -> Placed:
    lines = tuple(
        PlacedLine(line.nets, tuple(Segment(y1, x1, y2, x2, arrow) for x1, y1, x2, y2, arrow in line.segments))
        for line in placed.lines
    )
    corners = tuple((y, x) for x, y in placed.corners)
    return replace(placed, width=placed.height, height=placed.width, corners=corners, lines=lines)


def _widened(placed: Placed, least: int) -> Placed:
    """With longer lines at the right edge, where a title needs more room."""
    if placed.width >= least:
        return placed

    def longer(segment: Segment) -> Segment:
        return segment._replace(x2=least) if segment.x2 == placed.width != segment.x1 else segment

    lines = tuple(PlacedLine(line.nets, tuple(map(longer, line.segments))) for line in placed.lines)
    return replace(placed, width=least, lines=lines)


def _frame_room(direction: Direction) -> tuple[int, int, int, int]:
    """The room of a frame around what is inside: left, top, right, bottom."""
    return (PAD, HEAD, PAD, 0) if direction == "tb" else (0, SIDEWAYS_HEAD, 0, PAD)
