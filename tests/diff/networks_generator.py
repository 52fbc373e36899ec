"""Random small networks as content, and the many specs that can be written of one content.

Every layer leaves an image of 8x8x4 (4x4x4 after the pooling in the middle), so that all may follow one another.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, NamedTuple

import yaml

Arguments = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Layer:
    """A layer.

    Attributes:
        number: names the layer, where names are written.
        activation: an activation that may be written inside the layer or after it.
        share: the layers with this share have the same weights.
    """

    op: str
    arguments: Arguments
    number: int
    activation: str | None = None
    share: str | None = None

    @property
    def key(self) -> str:
        return repr((self.op, self.arguments, self.activation, self.share))


@dataclass(frozen=True, eq=False)
class Merge:
    """A merge of branches, each a list of items; an empty one is the tensor itself."""

    op: str
    branches: tuple[tuple[Item, ...], ...]
    number: int

    @property
    def key(self) -> str:
        return repr((self.op, [[item.key for item in branch] for branch in self.branches]))


@dataclass(frozen=True, eq=False)
class Call:
    """A use of the shared block of the network of that name."""

    block: str

    @property
    def key(self) -> str:
        return f"call of {self.block}"


Item = Layer | Merge | Call
Items = tuple[Item, ...]


class Content(NamedTuple):
    """What a network computes.

    Attributes:
        shared: the items of the shared blocks.
    """

    items: Items
    shared: dict[str, Items]


COMMUTATIVE = ("Add", "Multiply", "Maximum", "Average")
WEIGHTED: tuple[tuple[str, Arguments], ...] = (
    ("Conv2D", {"filters": 4, "kernel_size": 3, "padding": "same"}),
    ("Conv2D", {"filters": 4, "kernel_size": 1, "padding": "same"}),
    ("Conv2D", {"filters": 4, "kernel_size": 1, "padding": "same", "use_bias": False}),
    ("Conv2D", {"filters": 4, "kernel_size": 3, "padding": "same", "kernel_initializer": "he_normal"}),
    ("DepthwiseConv2D", {"kernel_size": 3, "padding": "same"}),
    ("SeparableConv2D", {"filters": 4, "kernel_size": 3, "padding": "same"}),
    ("Dense", {"units": 4}),
    ("BatchNormalization", {}),
    ("BatchNormalization", {"epsilon": 0.01}),
    ("LayerNormalization", {}),
    ("Scale", {}),
)
WEIGHTLESS: tuple[tuple[str, Arguments], ...] = (
    ("Activation", {"activation": "relu"}),
    ("Activation", {"activation": "tanh"}),
    ("Activation", {"activation": "softmax"}),
    ("Activation", {"activation": "elu"}),
    ("Dropout", {"rate": 0.3}),
    ("Identity", {}),
    ("MaxPooling2D", {"pool_size": 3, "strides": 1, "padding": "same"}),
    ("AveragePooling2D", {"pool_size": 2, "strides": 1, "padding": "same"}),
    ("LocalResponseNormalization", {"size": 3}),
)
AFTER_CONCATENATION: tuple[str, Arguments] = ("Conv2D", {"filters": 4, "kernel_size": 1, "strides": 1})
"""Brings the channels back to four. It shares its weights with none: how many it takes depends on the branches."""
ACTIVATIONS = (None, None, "relu", "tanh", "elu")
TAKES_ACTIVATION = {"Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Dense"}


@dataclass
class Generator:
    """Makes one content."""

    choose: random.Random
    numbers: Iterator[int] = field(default_factory=count)

    def content(self) -> Content:
        items = [*self.items(0), self.layer("MaxPooling2D", {"pool_size": 2}), *self.items(0)]
        if self.choose.random() < 0.3:
            for letter in "ab"[: self.choose.randint(1, 2)]:
                some = self.weighted_for_all_sizes()
                for _ in range(self.choose.randint(2, 3)):
                    call = replace(some, number=next(self.numbers), share=f"weights_{letter}")
                    items.insert(self.place(items), call)
        shared: dict[str, Items] = {}
        if self.choose.random() < 0.25:
            shared["twin"] = (*self.layers_for_all_sizes(), self.weighted_for_all_sizes())
            for _ in range(2):
                items.insert(self.place(items), Call("twin"))
        items += [self.layer("GlobalAveragePooling2D", {}), self.layer("Slice", {"start": 1})]
        return Content((*items, self.layer("Dense", {"units": 3})), shared)

    def place(self, items: list[Item]) -> int:
        """A place for another item; a concatenation and what brings it back to four channels stay together."""
        joined = [isinstance(item, Merge) and item.op == "Concatenate" for item in items]
        return self.choose.choice([place for place in range(len(items) + 1) if place == 0 or not joined[place - 1]])

    def items(self, depth: int) -> list[Item]:
        made: list[Item] = []
        for _ in range(self.choose.randint(1, (3, 2, 1)[depth])):
            some = [item for _ in range(self.choose.randint(1, 2)) for item in self.one(depth)]
            times = self.choose.choice((1, 1, 1, 2, 3, 6) if depth == 0 and len(some) < 3 else (1, 1, 1, 2))
            for _ in range(times):
                made += [self.again(item) for item in some]
        return made

    def one(self, depth: int) -> list[Item]:
        kind = self.choose.random()
        if kind < 0.2 and depth < 2:
            made = self.merge(depth)
            return [made, self.layer(*AFTER_CONCATENATION)] if made.op == "Concatenate" else [made]
        return [self.weighted() if kind < 0.7 else self.layer(*self.choose.choice(WEIGHTLESS))]

    def merge(self, depth: int) -> Merge:
        branches = [tuple(self.items(depth + 1)) for _ in range(self.choose.randint(1, 2))]
        other = branches[0] if self.choose.random() < 0.6 else ()  # equal branches are what files mix up
        branches.insert(self.choose.randint(0, len(branches)), tuple(self.again(item) for item in other))
        return Merge(self.choose.choice((*COMMUTATIVE, "Concatenate")), tuple(branches), next(self.numbers))

    def weighted(self) -> Layer:
        op, arguments = self.choose.choice(WEIGHTED)
        activation = self.choose.choice(ACTIVATIONS) if op in TAKES_ACTIVATION else None
        return replace(self.layer(op, arguments), activation=activation)

    def weighted_for_all_sizes(self) -> Layer:
        """A layer that may be shared before and after the pooling: the model of a shared Scale is made for one size."""
        return next(made for made in iter(self.weighted, None) if made.op != "Scale")

    def layers_for_all_sizes(self) -> list[Item]:
        return [item for item in self.items(2) if not (isinstance(item, Layer) and item.op == "Scale")]

    def layer(self, op: str, arguments: Arguments) -> Layer:
        return Layer(op, arguments, next(self.numbers))

    def again(self, item: Item) -> Item:
        """The same item as another part of the network."""
        if isinstance(item, Merge):
            branches = tuple(tuple(self.again(each) for each in branch) for branch in item.branches)
            return replace(item, branches=branches, number=next(self.numbers))
        return replace(item, number=next(self.numbers)) if isinstance(item, Layer) else item


def generated(seed: int, most: int = 60) -> Content:
    """A random network of at most so many layers."""
    choose = random.Random(seed)
    while True:
        content = Generator(choose).content()
        if _size(content.items, content) <= most:
            return content


def _size(items: Items, content: Content) -> int:
    return sum(
        1 + sum(_size(branch, content) for branch in item.branches)
        if isinstance(item, Merge)
        else _size(content.shared[item.block], content)
        if isinstance(item, Call)
        else 1
        for item in items
    )


Steps = list[dict[str, Any]]


@dataclass
class Writer:
    """Writes a content as a spec.

    Attributes:
        choose: None for a plain spec: a step a layer, each layer with a name.
        commuted: whether the branches of a commutative merge come in any order.
        blocks: the blocks that the spec defines, by their names.
        spelled: the steps of shared layers, which are spelled in one way.
        known: the blocks by what is in them.
        named: the shares whose first use is written.
        block_by_layers: whether each layer of a shared block is shared by itself.
    """

    content: Content
    choose: random.Random | None
    commuted: bool = True
    blocks: dict[str, Steps] = field(default_factory=dict)
    spelled: dict[str, Steps] = field(default_factory=dict)
    known: dict[str, str] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)
    numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.block_by_layers = self.chance(0.4)

    def text(self) -> str:
        layers = self.steps(self.content.items, 0)
        blocks = {name: {"layers": steps} for name, steps in self.blocks.items()}
        spec = {"archc": 1, "name": "Random", "input": [8, 8, 4], "blocks": blocks, "layers": layers}
        return yaml.safe_dump({key: value for key, value in spec.items() if value}, sort_keys=False)

    def chance(self, share: float) -> bool:
        return self.choose is not None and self.choose.random() < share

    def one(self, *choices: Any) -> Any:
        return choices[0] if self.choose is None else self.choose.choice(choices)

    def steps(self, items: Items, depth: int) -> Steps:
        """The steps of items; `depth` counts the parts around them."""
        written: Steps = []
        place = 0
        while place < len(items):
            length, times = self.repeated(items[place:])
            if times > 1 and self.chance(0.6):
                body = self.steps(items[place : place + length], depth + 1)
                written.append({"for": f"i{depth} in range({times})", "do": body})
                place += length * times
            elif depth < 4 and self.chance(0.25):
                run = items[place : place + self.one(1, 2, 3, 4)]
                written += self.part(run, depth)
                place += len(run)
            else:
                written += self.item(items[place], depth)
                place += 1
        return written

    def repeated(self, items: Items) -> tuple[int, int]:
        """The length of a run of items at the start that is repeated, and how many times, not always all."""
        if self.choose is None:
            return 1, 1
        keys = [item.key for item in items]
        length = self.one(1, 2, 3, 4)
        times = 1
        while keys[length * times : length * (times + 1)] == keys[:length] and len(keys) >= length:
            times += 1
        return length, self.choose.randint(1, times)

    def part(self, run: Items, depth: int) -> Steps:
        """A run of items as a group or as a block."""
        if self.chance(0.5) or any(isinstance(item, Call) or _shares(item) for item in run):
            group: dict[str, Any] = {"do": self.steps(run, depth + 1)}
            return [{**group, "name": f"part{next(self.numbers)}"} if depth == 0 and self.chance(0.3) else group]
        key = repr([item.key for item in run])
        if key not in self.known or self.chance(0.2):
            name = f"{self.one('unit', 'stage', 'conv_bn')}{next(self.numbers)}"
            self.blocks[name] = self.steps(run, max(depth, 1) + 1)
            self.known[key] = name
        return [{self.known[key]: {}}]

    def item(self, item: Item, depth: int) -> Steps:
        if isinstance(item, Call):
            return self.call(item, depth)
        if isinstance(item, Merge):
            return [*self.noop(), *self.merge(item, depth)]
        if item.share is None:
            steps = self.spelling(item)
        else:
            steps = self.spelled.setdefault(item.share, self.spelling(item))
            steps = [{**steps[0], "share": item.share}, *steps[1:]]
        if self.choose is None and item.share not in self.named:
            steps[0] = {**steps[0], "name": f"n{item.number}"}
            self.named |= {item.share} if item.share else set()
        return steps if item.op in AFTER_POOLING else [*self.noop(), *steps]

    def noop(self) -> Steps:
        return [{"Permute": [1, 2, 3]}] if self.chance(0.02) else []

    def call(self, item: Call, depth: int) -> Steps:
        items = self.content.shared[item.block]
        if self.block_by_layers:
            return self.steps(tuple(_shared(each, f"{item.block}_{place}") for place, each in enumerate(items)), depth)
        if item.block not in self.blocks:
            self.blocks[item.block] = self.steps(items, 2)
        name = {} if item.block in self.named else {"name": item.block}
        self.named.add(item.block)
        return [{item.block: {}, "share": item.block, **name}]

    def merge(self, item: Merge, depth: int) -> Steps:
        branches = list(item.branches)
        if self.choose is not None and self.commuted and item.op in COMMUTATIVE:
            self.choose.shuffle(branches)
        form = self.one("branches", "branches", "from", "side")
        if form == "branches":
            return [self.merged(item.op, [self.steps(branch, depth + 1) for branch in branches])]
        start = f"t{next(self.numbers)}"
        steps: Steps = [{"as": start}]
        ends = []
        for place, branch in enumerate(branches):
            end = f"t{next(self.numbers)}" if branch else start
            inner = self.steps(branch, depth + 1)
            if branch and form == "side" and place < len(branches) - 1:
                steps.append({"side": inner, "as": end})
            elif branch:
                steps += [{"from": start}, *inner, {"as": end}]
            ends.append(end)
        return [*steps, self.merged(item.op, ends)]

    def merged(self, op: str, branches: list[Any]) -> dict[str, Any]:
        if op != "Concatenate":
            return {op: branches}
        axis = self.one({}, {"axis": -1}, {"axis": 3})
        return {op: {"branches": branches, **axis} if axis else branches}

    def spelling(self, item: Layer) -> Steps:
        """A layer in one of its spellings."""
        arguments = dict(item.arguments)
        if item.op == "Activation":
            return [self.activation(arguments["activation"])]
        if arguments.get("kernel_size") == 1:
            arguments["padding"] = self.one("same", "valid")
        if arguments.get("kernel_initializer") == "he_normal":
            arguments["kernel_initializer"] = self.one("he_normal", "HeNormal", {"VarianceScaling": {"scale": 2.0}})
        if item.op in ("BatchNormalization", "LayerNormalization"):
            arguments |= self.one({}, {"axis": 3}, {"axis": -1})
        if item.op == "MaxPooling2D" and arguments["pool_size"] == 2:
            arguments |= self.one({}, {"strides": 2}, {"strides": [2, 2]})
        if item.op == "Slice":
            arguments |= self.one({}, {"stop": 4})
        if item.op in ("Conv2D", "Dense"):
            arguments |= self.one(
                {}, {}, {"bias_initializer": self.one("zeros", {"Constant": 0})}, {"dtype": "float32"}
            )
        if item.activation is None:
            return [{item.op: arguments}]
        if self.one(True, False):
            return [{item.op: {**arguments, "activation": item.activation}}]
        return [{item.op: arguments}, self.activation(item.activation)]

    def activation(self, name: str) -> dict[str, Any]:
        layer = {"relu": "ReLU", "softmax": "Softmax", "elu": "ELU"}.get(name)
        other = {layer: {}} if layer else {"Activation": {"activation": name}}
        return dict(self.one({"Activation": name}, other))


AFTER_POOLING = ("Slice", "Dense", "GlobalAveragePooling2D")
"""Layers that may stand where there is no image any more."""


def _shares(item: Item) -> bool:
    if isinstance(item, Merge):
        return any(isinstance(each, Call) or _shares(each) for branch in item.branches for each in branch)
    return isinstance(item, Layer) and item.share is not None


def _shared(item: Item, share: str) -> Item:
    """The item with all layers that have weights shared, in all branches."""
    if isinstance(item, Merge):
        branches = tuple(
            tuple(_shared(each, f"{share}_{number}_{place}") for place, each in enumerate(branch))
            for number, branch in enumerate(item.branches)
        )
        return replace(item, branches=branches)
    return replace(item, share=share) if isinstance(item, Layer) and item.op in _WITH_WEIGHTS else item


_WITH_WEIGHTS = {op for op, _ in WEIGHTED}


def written(content: Content, seed: int | None = None, *, commuted: bool = True) -> str:
    """A spec of a content: plain without a seed, else with random parts and spelling.

    Without `commuted`, the layers are made in the order of the content.
    """
    return Writer(content, None if seed is None else random.Random(seed), commuted).text()
