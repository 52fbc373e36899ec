"""What the script of a page reads: one JSON document.

Its keys; a number that is called an index is the place in the list of that name:

- `format`, `version`: `archc-page-data` and 1.
- `items`: the tree of `archc.pictures.item` in preorder; 0 is the network. An item has
    - `kind`, `name`, `word`, as `Item` has them, and `times`, if it is repeated;
    - `children`: their numbers. What has none cannot be opened;
    - `plan`: the index of the order of its children, and `nets`, the number of each tensor of the plan in the page;
    - `outputs`: `[net, port]` of each tensor that leaves it; tensors of one port leave the closed box at one place;
    - `width`, `height`: of the closed box, with the repeats behind it;
    - `cards`: the index of the closed box for each picture; null where the picture does not have it;
    - `badges`: the index in `cards` of the signs on its corner when it is open;
    - `title`: of the bar of the opened part: `[name, its width, least width of what is inside, width of the badge]`,
      and `[text, width]` of each text of which the first that has room is shown;
    - `shape`: an index; `layers`: `[first, last]` of each run of its layers; `count`: of all of them;
    - `params`, `macs` (null where unknown), and `each`, the least and the most parameters of one repeat;
    - `facts`: the rows in the table of facts that are about it;
    - `shared`: its layers are used elsewhere too; `mark`: how it differs, as the card has it;
    - `told`: `[term, text]` of what else is told of it.
- `plans`: `rows`, `links`, `straight`, `spine`, `joins` of `archc.pictures.plan`.
- `cards`: SVG from (0, 0) on.
- `layers`: `[name, op, shape, params, macs, field, place, mark]`: op, shape, place are indices, -1 for no place; MACs
  are null where unknown. Layers in parts that cannot be opened are not there.
- `ops`, `shapes`: texts. `places`: `[file and line, the text of the line]`.
- `open`: the numbers of the items that are open at first.
- `sides`: for each net the pictures that have it: 1 left, 2 right, 3 both. Two networks that correspond are one tree,
  drawn once for each of them. Not there in the page of one network.
- `tensors`: beside `sides`, for each net which tensor it carries; several nets carry one where both pictures fork it
  in other ways.
- `roots`: the numbers of both networks, each with a tree of its own, where they do not correspond. Not there else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any

from archc.analysis import cost
from archc.analysis.facts import CheckedFact
from archc.analysis.receptive_field import Field
from archc.diagnostics import Position, one_line, shortened
from archc.ir.graph import Tensor
from archc.pictures.badges import badges
from archc.pictures.cards import DETAIL_SIZE, NAME_SIZE, Card, FactKey, badge_width, fact_key, fact_keys, shape_of
from archc.pictures.drawn import DrawnLayer
from archc.pictures.item import Item
from archc.pictures.picture import Drawing, net_numbers, opened, tensor_numbers
from archc.pictures.plan import Plan
from archc.pictures.svg import card_svg
from archc.pictures.text_width import fitted, text_width
from archc.pictures.wording import shape_words
from archc.report.figures import field_text
from archc.report.values import op_in_words

FORMAT, VERSION = "archc-page-data", 1
_LINE_TEXT = 120
"""Characters of a line of a spec that are shown."""

Told = tuple[str, str]
"""A term, and what is told."""


@dataclass(frozen=True)
class Content:
    """What a page shows, before it is data.

    Attributes:
        drawing: with the plans of all items, and cards that have room for what each picture shows.
        cards: for each picture, the card of an item; None where the picture does not have it.
        layers: all layers, in the order of computation.
        fields: the receptive fields; empty where they are not told.
        facts: in the order of the table of facts.
        main: the name of the main output.
        lines: the texts of the lines of the spec.
        opened: the numbers of the items that are open at first.
        levels: how many parts inside one another can be opened; None for all.
        has_sides: whether there are two networks.
        told: what else is told of an item.
    """

    drawing: Drawing
    cards: Sequence[Callable[[Item], Card | None]]
    layers: Sequence[DrawnLayer]
    fields: Mapping[Tensor, tuple[Field, ...]]
    facts: Sequence[CheckedFact]
    main: str
    lines: Callable[[Position], str]
    opened: AbstractSet[int]
    levels: int | None = None
    has_sides: bool = False
    told: Callable[[Item], Sequence[Told]] = lambda _: ()


def page_data(*contents: Content) -> dict[str, Any]:
    """The document of a page, ready for JSON.

    Args:
        contents: what it shows; two for networks that do not correspond.
    """
    tables = _Tables()
    roots = []
    shown: list[int] = []
    for content in contents:
        writer = _Writer(content, tables)
        roots.append(len(tables.items))
        shown += sorted(writer.numbers[number] for number in content.opened & writer.numbers.keys() & writer.openable)
        writer.write()
    document = {
        "format": FORMAT,
        "version": VERSION,
        "items": tables.items,
        "plans": [_plan_data(plan) for plan in tables.plans],
        "cards": [*tables.cards],
        "layers": tables.layers,
        "ops": [*tables.ops],
        "shapes": [*tables.shapes],
        "places": [[*place] for place in tables.places],
        "open": shown,
    }
    if len(contents) > 1:
        document["roots"] = roots
    elif contents[0].has_sides:
        tensors = _Table()
        document["sides"] = [int(net.sides) for net in tables.nets]
        document["tensors"] = [tensors.index((net.source, net.number)) for net in tables.nets]
    return document


@dataclass
class _Table:
    """Values that are written once, by their places."""

    places: dict[Any, int] = field(default_factory=dict)

    def index(self, value: Any) -> int:
        return self.places.setdefault(value, len(self.places))

    def __iter__(self) -> Iterator[Any]:
        return iter(self.places)


@dataclass
class _Tables:
    """The lists of the document."""

    items: list[dict[str, Any]] = field(default_factory=list)
    layers: list[list[Any]] = field(default_factory=list)
    nets: _Table = field(default_factory=_Table)
    plans: _Table = field(default_factory=_Table)
    cards: _Table = field(default_factory=_Table)
    ops: _Table = field(default_factory=_Table)
    shapes: _Table = field(default_factory=_Table)
    places: _Table = field(default_factory=_Table)


class _Writer:
    """Items and layers of one tree as data."""

    def __init__(self, content: Content, tables: _Tables) -> None:
        self.content = content
        self.tables = tables
        view = content.drawing.view
        levels = len(view.items) if content.levels is None else content.levels
        self.openable = opened(view, levels)
        self.items = [*self._reached(view.root)]
        self.numbers = {item.number: number for number, item in enumerate(self.items, len(tables.items))}
        listed = self._listed()
        self.layers = [layer for layer in content.layers if layer in listed]
        self.layer_numbers = {layer: number for number, layer in enumerate(self.layers, len(tables.layers))}
        self.facts_of: dict[FactKey, list[int]] = {}
        for number, fact in enumerate(content.facts):
            if fact.when is None:
                self.facts_of.setdefault(fact_key(fact, content.main), []).append(number)

    def write(self) -> None:
        """Adds the items and layers to the tables."""
        self.tables.items += [self._item(item) for item in self.items]
        self.tables.layers += [self._layer(layer) for layer in self.layers]

    def _reached(self, root: Item) -> Iterator[Item]:
        """The items that can be seen when all is open that can be."""
        pending = [root]
        while pending:
            item = pending.pop()
            yield item
            if self._opens(item):
                pending.extend(reversed(item.children))

    def _opens(self, item: Item) -> bool:
        return bool(item.children) and (item.kind != "part" or item.number in self.openable)

    def _listed(self) -> set[DrawnLayer]:
        """The layers that are told: those of boxes, and of all repeats of what can be opened as far as it goes."""
        cut: set[int] = set()
        listed: set[DrawnLayer] = set()
        parents = self.content.drawing.view.parents
        for item in reversed(self.items):
            if item.number in cut or (item.children and not self._opens(item)):
                cut.add(parents[item.number])
            elif item.kind == "layer" or item.times > 1:
                listed.update(item.layers)
        return listed

    # --- items ---

    def _item(self, item: Item) -> dict[str, Any]:
        made: dict[str, Any] = {"kind": item.kind}
        if self._opens(item):
            made |= self._inside(item)
        if item.kind == "network":
            return made
        made["outputs"] = [[self.tables.nets.index(net), port] for net, port in tensor_numbers(item).items()]
        if item.times > 1:
            made["times"] = item.times
        return made if item.kind == "lane" else made | self._box(item) | self._about(item)

    def _inside(self, item: Item) -> dict[str, Any]:
        return {
            "children": [self.numbers[child.number] for child in item.children],
            "plan": self.tables.plans.index(_hashable(self.content.drawing.plan(item))),
            "nets": [self.tables.nets.index(net) for net in net_numbers(item)],
        }

    def _box(self, item: Item) -> dict[str, Any]:
        """The closed box, and what is drawn of it when it is open."""
        card = self.content.drawing.card(item)
        opens = self._opens(item)
        made: dict[str, Any] = {
            "width": card.width,
            "height": card.height,
            "cards": [self._closed(one(item), card, opens) for one in self.content.cards],
        }
        if card.shared:
            made["shared"] = True
        if card.mark:
            made["mark"] = card.mark
        if opens:
            made["title"] = _title(card)
            if signs := badges(card.verdict, card.mark):
                made["badges"] = self.tables.cards.index(signs)
        return made

    def _closed(self, shown: Card | None, whole: Card, opens: bool) -> int | None:
        """The closed box in one picture, as large as in the others."""
        if shown is None:
            return None
        return self.tables.cards.index(card_svg(replace(shown, width=whole.width, height=whole.height, opens=opens)))

    def _about(self, item: Item) -> dict[str, Any]:
        """What is told of an item beside its box."""
        made: dict[str, Any] = {
            "name": one_line(item.name),
            "shape": self.tables.shapes.index(shape_words(shape_of(item))),
        }
        if item.word:
            made["word"] = one_line(item.word)
        if item.layers:
            nodes = [layer.node for layer in item.layers]
            made["layers"] = _runs(self.layer_numbers[layer] for layer in item.layers if layer in self.layer_numbers)
            made["count"] = len(nodes)
            made["params"], made["macs"] = cost.params(nodes), cost.macs(nodes)
        if item.times > 1:
            of_each = [cost.params(layer.node for layer in layers) for layers in item.rounds]
            made["each"] = [min(of_each), max(of_each)]
        if facts := self._facts(item):
            made["facts"] = facts
        if told := self.content.told(item):
            made["told"] = [[*entry] for entry in told]
        return made

    def _facts(self, item: Item) -> list[int]:
        return sorted({number for key in fact_keys(item) for number in self.facts_of.get(key, ())})

    # --- layers ---

    def _layer(self, layer: DrawnLayer) -> list[Any]:
        node = layer.node
        fields = self.content.fields
        return [
            one_line(node.name),
            self.tables.ops.index(one_line(op_in_words(node.op))),
            self.tables.shapes.index(shape_words(node.shape)),
            cost.node_params(node),
            node.macs,
            field_text(fields[node]).replace("x", "×") if node in fields else "",
            self._place(node.at),
            *([layer.mark] if layer.mark else []),
        ]

    def _place(self, at: Position) -> int:
        """Where a spec has the layer; a model has no lines."""
        if at.layer:
            return -1
        file = at.file.rpartition("/")[2]
        return self.tables.places.index((f"{one_line(file)}:{at.line}", shortened(self.content.lines(at), _LINE_TEXT)))


def _plan_data(plan: Any) -> dict[str, Any]:
    rows, links, straight, spine, joins = plan
    return {
        "rows": rows,
        "links": links,
        "straight": [{str(bottom): [top, net] for bottom, top, net in row} for row in straight],
        "spine": spine,
        "joins": joins,
    }


def _hashable(plan: Plan) -> Any:
    """What a page has of a plan."""
    straight = tuple(tuple((bottom, *above) for bottom, above in row.items()) for row in plan.straight)
    return plan.rows, plan.links, straight, plan.spine, tuple(sorted(plan.joins))


def _title(card: Card) -> list[Any]:
    """What the bar of an open part says, with widths."""
    name = fitted(card.lines[0], NAME_SIZE, card.title_width - badge_width(card.badge), bold=True)
    abouts = dict.fromkeys(about for line in card.lines[1:2] for about in (line, line.rpartition(" · ")[2]) if about)
    texts = [[about, text_width(about, DETAIL_SIZE)] for about in abouts]
    return [name, text_width(name, NAME_SIZE, bold=True), card.title_width, badge_width(card.badge), *texts]


def _runs(numbers: Iterator[int]) -> list[list[int]]:
    """The first and the last of each run of numbers."""
    found: list[list[int]] = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found
