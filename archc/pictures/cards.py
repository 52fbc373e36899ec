"""What is written in the boxes of a picture, and how large a closed box is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from archc.analysis import cost
from archc.analysis.facts import CheckedFact, Verdict
from archc.analysis.receptive_field import Field
from archc.diagnostics import one_line
from archc.ir.graph import Node, Tensor
from archc.ir.shape import Shape
from archc.pictures.drawn import DrawnInput, DrawnLayer, DrawnOutput, Mark, Net, Sides
from archc.pictures.item import OUT, Item, View
from archc.pictures.options import Measure
from archc.pictures.palette import ColourKind, colour_kind
from archc.pictures.text_width import text_width
from archc.pictures.wording import op_words, shape_words
from archc.report.figures import field_text, short

NAME_SIZE, DETAIL_SIZE = 11, 10
LINE, STRIP, STACKED, SIGN = 13, 15, 6, 12
"""Pixels: from line to line, the height of a strip, what stacked cards add, the room of the signs of a box."""
MOST_WIDTH = 230
"""Of a closed box, in pixels: no op of the library is cut."""
_LEAST_WIDTH, _MOST_TITLE_WIDTH = 72, 300
_FIRST_LINE = 22
_NUMBERED_BY_KERAS = ("input_layer", "keras_tensor")
_WORST: Mapping[str, int] = {"agrees": 1, "explained": 2, "differs": 3}

FactKey = tuple[bool, str | None]
"""What a fact is about: whether it is an output, and its name; None for the network."""


@dataclass(frozen=True)
class Card:
    """A closed box.

    Attributes:
        lines: the first is that of the name; `…` is put in where one is too long.
        badge: `×3` for what is repeated, whose box is that of a stack of cards.
        above: the strip at the upper edge: the padding before the layer.
        below: the strip at the lower edge: the slim layers behind the layer.
        opens: whether there is something inside.
        shared: whether its layers are used elsewhere too.
        mark: how it differs between two networks; `inside`: something in it does.
        tip: what is told of it at length.
    """

    kind: ColourKind
    lines: tuple[str, ...]
    width: int
    height: int
    badge: str = ""
    above: str = ""
    below: str = ""
    opens: bool = False
    shared: bool = False
    verdict: Verdict | None = None
    mark: Mark | Literal["inside"] = ""
    tip: str = ""

    @property
    def front(self) -> tuple[int, int]:
        """The width and height without the cards behind the first."""
        behind = STACKED if self.badge else 0
        return self.width - behind, self.height - behind

    @property
    def title_width(self) -> int:
        """The room that the name and the badge need above what the opened box has inside."""
        name = text_width(self.lines[0], NAME_SIZE, bold=True)
        return min(_MOST_TITLE_WIDTH, name + badge_width(self.badge) + 14)


@dataclass(frozen=True)
class Notes:
    """What the boxes of a picture tell beside ops and shapes.

    Attributes:
        measures: a line for each.
        fields: the receptive fields of all tensors, where they are asked for.
        verdicts: the worst verdict of the facts of each output, layer or part.
        shared: the numbers of the items whose layers are used elsewhere too.
        names_outputs: whether an output that has the name of a layer is told by it, as there are others.
        lines: further lines of layers, by the numbers of the items.
    """

    measures: tuple[Measure, ...] = ()
    fields: Mapping[Tensor, tuple[Field, ...]] = field(default_factory=dict)
    verdicts: Mapping[FactKey, Verdict] = field(default_factory=dict)
    shared: frozenset[int] = frozenset()
    names_outputs: bool = False
    lines: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


def fact_key(fact: CheckedFact, main: str) -> FactKey:
    """What a fact is about.

    Args:
        fact: of the network.
        main: the name of its main output.
    """
    is_output = fact.fact == "output"
    return is_output, main if is_output and fact.of is None else fact.of


def fact_keys(item: Item) -> list[FactKey]:
    """By what the facts about an item are looked up."""
    is_output = item.kind == "output"
    return [(is_output, name) for name in ((item.name,) if is_output else item.names)]


def worst_verdicts(facts: Iterable[CheckedFact], main: str) -> Mapping[FactKey, Verdict]:
    """The worst verdict of the facts of each layer, part and output, at the values of the network.

    Those that do not apply are left out.

    Args:
        facts: of the network.
        main: the name of its main output.
    """
    found: dict[FactKey, Verdict] = {}
    for fact in facts:
        key = fact_key(fact, main)
        if fact.when is None and fact.verdict in _WORST:
            found[key] = max(found.get(key, fact.verdict), fact.verdict, key=_WORST.__getitem__)
    return found


def shared_items(tree: View) -> frozenset[int]:
    """The numbers of the items whose layers that have weights are all called more than once, and not inside another."""
    nodes = [layer.node for layer in tree.root.layers]
    firsts = {node.first for node in nodes if node.first is not None}
    shared = {
        item.number for item in tree.items[1:] if _all(item, lambda node: node.first is not None or node in firsts)
    }
    return frozenset(number for number in shared if tree.parents[number] not in shared)


def _all(item: Item, holds: Callable[[Node], bool]) -> bool:
    """Whether something holds for all layers that have weights, of which there are some."""
    weighted = [layer.node for layer in item.layers if layer.node.weights]
    return bool(weighted) and all(map(holds, weighted))


def badge_width(badge: str) -> int:
    """The room of a badge, with the gap before it."""
    return text_width(badge, NAME_SIZE, bold=True) + 8 if badge else 0


def card(item: Item, notes: Notes) -> Card:
    """The closed box of an item, which is no lane."""
    if item.port is not None:
        return _port_card(item, item.port, notes)
    return _part_card(item, notes) if item.layer is None else _layer_card(item, item.layer, notes)


def main_tensor(item: Item) -> Net:
    """The tensor that an item is for: the last that leaves its last round, of two networks the last in both."""
    last = [net for net in item.outputs if not net.repeat] or item.outputs
    common = [net for net in last if net.sides == Sides.BOTH]
    return (common or last)[-1]


def shape_of(item: Item) -> Shape:
    """The shape of what leaves an item, of the last of what is repeated."""
    if item.port is not None:
        return item.port.shape if isinstance(item.port, DrawnInput) else item.port.net.source.shape
    if not item.outputs:
        return item.rounds[-1][-1].shape
    made, path = main_tensor(item), [item]
    while path[-1].children:
        around = path[-1]
        start = next(link.start for link in around.links if link.end == OUT and link.net == made)
        path.append(around.children[start])
    source = made.source
    for one in reversed(path):  # a line begins at the first of what is repeated
        source = one.rounds[-1][one.rounds[0].index(source)]
    return source.shape


# --- of one kind each ---


def _port_card(item: Item, port: DrawnInput | DrawnOutput, notes: Notes) -> Card:
    shape = shape_words(shape_of(item))
    name = one_line(item.name)
    lines: tuple[str, ...]
    if isinstance(port, DrawnInput):
        lines = (f"{'input' if name.startswith(_NUMBERED_BY_KERAS) else name} {shape}",)
    else:
        is_plain = item.name == port.net.source.name and not notes.names_outputs
        lines = ("output",) if is_plain else (name, shape)
    mark: Mark = {Sides.LEFT: "removed", Sides.RIGHT: "added"}.get(port.sides, "")  # type: ignore[assignment]
    tip = f"{item.kind} {name}: {shape}"
    return Card("port", lines, *_size(lines, 0), verdict=_verdict(item, notes), mark=mark, tip=tip)


def _layer_card(item: Item, layer: DrawnLayer, notes: Notes) -> Card:
    op = layer.node.op
    kind = colour_kind(op)
    badge = _badge(item)
    shared = item.number in notes.shared
    above, below = (" · ".join(op_words(one.node.op) for one in strip) for strip in (item.padding, item.strips))
    keeps = bool(layer.inputs) and layer.inputs[0].number == 0 and layer.inputs[0].source.shape == layer.shape
    is_slim = keeps and kind in ("plain", "normalization") and not above and not below
    shape = () if is_slim else (shape_words(shape_of(item)),)
    lines = (op_words(op), *shape, *_measured(item, notes), *notes.lines.get(item.number, ()))
    width, height = _size(lines, badge_width(badge) + SIGN * shared, strips=(above, below))
    return Card(
        kind=kind, lines=tuple(map(one_line, lines)), width=width + _behind(item), height=height + _behind(item),
        badge=badge, above=one_line(above), below=one_line(below), shared=shared,
        verdict=_verdict(item, notes), mark=mark_of(item), tip=_tip(item, shared),
    )  # fmt: skip


def _part_card(item: Item, notes: Notes) -> Card:
    name, word = one_line(item.name), one_line(item.word)
    shape = shape_words(shape_of(item)) if item.rounds[0] else ""
    about = f"{word} · {shape}" if word and word not in name else shape
    lines = (name or word or "part", about, *_measured(item, notes))
    badge = _badge(item)
    shared = item.number in notes.shared
    width, height = _size(lines, badge_width(badge) + SIGN * (1 + shared))
    return Card(
        kind="part", lines=lines, width=width + _behind(item), height=height + _behind(item), badge=badge,
        opens=True, shared=shared, verdict=_verdict(item, notes), mark=mark_of(item), tip=_tip(item, shared),
    )  # fmt: skip


def _size(lines: tuple[str, ...], signs: int, strips: tuple[str, ...] = ()) -> tuple[int, int]:
    """The width, which is even, and the height of a card with these lines and strips."""
    first, *others = lines
    wanted = [text_width(first, NAME_SIZE, bold=True) + signs + 20]
    wanted += [text_width(line, DETAIL_SIZE) + 20 for line in others]
    wanted += [text_width(strip, DETAIL_SIZE) + 16 for strip in strips if strip]
    width = min(max(_LEAST_WIDTH, *wanted), MOST_WIDTH)
    strip_count = sum(map(bool, strips))
    return width + width % 2, _FIRST_LINE + (len(others) * LINE + 1 if others else 0) + STRIP * strip_count


def _behind(item: Item) -> int:
    return STACKED if item.times > 1 else 0


def _badge(item: Item) -> str:
    return f"×{item.times}" if item.times > 1 else ""


# --- what is told of an item ---


def _measured(item: Item, notes: Notes) -> tuple[str, ...]:
    """The lines of the measures; none for what is 0."""
    nodes = [layer.node for layer in item.layers]
    found = []
    for measure in notes.measures:
        if measure == "params" and (params := cost.params(nodes)):
            found.append(f"{short(params)} params")
        if measure == "macs" and (macs := cost.macs(nodes)) != 0:
            found.append(f"{short(macs)} MACs")
        if measure == "field" and (reach := field_text(notes.fields.get(nodes[-1], ()))):
            found.append(f"field {reach.replace('x', '×')}")
    return tuple(found)


def _verdict(item: Item, notes: Notes) -> Verdict | None:
    found = [notes.verdicts[key] for key in fact_keys(item) if key in notes.verdicts]
    return max(found, key=_WORST.__getitem__, default=None)


def mark_of(item: Item) -> Mark | Literal["inside"]:
    """The mark of all layers, of the one that names the box, else that something inside differs."""
    marks = {layer.mark for layer in item.layers}
    if len(marks) == 1:
        return marks.pop()
    own: Mark = "" if item.layer is None else item.layer.mark
    return own or "inside"


def _tip(item: Item, shared: bool) -> str:
    layers = item.layers
    names = one_line(layers[0].name if len(layers) == 1 else f"{layers[0].name} … {layers[-1].name}")
    counted = "1 layer" if len(layers) == 1 else f"{len(layers):,} layers"
    nodes = [layer.node for layer in layers]
    costs = f"{cost.params(nodes):,} parameters · {short(cost.macs(nodes))} MACs"
    told = [shape_words(shape_of(item)), costs, *(["used elsewhere too"] if shared else [])]
    return f"{one_line(item.name)} ({counted}: {names})\n{' · '.join(told)}"
