"""A strategy that writes whole specs with all control structures of the language, over images of 8x8x4.

Every step leaves an image of that size, so that all may follow one another and all may be merged. A tensor that the
path leaves behind is pending until the end of its scope, where all that is pending is joined: no layer is unneeded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from archc.language.step_reader import STEP_KEYS

T = TypeVar("T")

WORDS = (
    "filter", "id", "x_", "inputs", "outputs", "name", "prefix", "names", "branch_1", "branch_2", "keras", "layers",
    "shared", "entered", "side", "branches", "branch", "batch", "math", "Counter", "input_shape", "automatic_name",
    "string", "sys", "network", "type", "l", "O", "match", "a", "b", "skip", "skip_2", "id_", "name_2", "prefix_2",
    "learned", "named", "model", "input_layer", "_", "__name__", "shared_2", "print", "self", "Model", "list_", "tf",
)  # fmt: skip
CONV = {"Conv2D": {"filters": 4, "kernel_size": 1}}
ELEMENTWISE = ("Add", "Multiply", "Maximum", "Average", "Minimum")
SHARED_OPS = (CONV, {"BatchNormalization": None}, {"Scale": None}, {"Learned": {"shape": [8, 8, 4]}})


@dataclass
class BlockMade:
    """A block, as its uses see it."""

    name: str
    inputs: int
    outputs: int
    params: dict[str, str]
    named: bool
    shares: bool


@dataclass
class Scope:
    """What one scope knows while its steps are written."""

    draw: DrawFn
    words: list[str]
    whole: bool
    blocks: list[BlockMade]
    params: dict[str, str]
    tensors: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    rounds: list[str] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    shares: list[tuple[str, Any]] = field(default_factory=list)
    named: bool = False
    count: int = 0
    conditions: int = 0

    def one(self, items: Any) -> Any:
        return self.draw(st.sampled_from(list(items)))

    def chance(self, out_of: int) -> bool:
        return self.draw(st.integers(1, out_of)) == 1

    def fresh(self) -> int:
        self.count += 1
        return self.count

    # --- texts and expressions ---

    def of_kind(self, kind: str) -> list[str]:
        return [name for name, own in self.params.items() if own == kind]

    def parameter(self, kind: str) -> str | None:
        known = self.of_kind(kind)
        if not known:
            return None
        found = str(self.one(known))
        self.used.add(found)
        return found

    def number(self) -> str:
        """An expression that is a small whole number."""
        known = [*self.numbers, *self.rounds]
        parameter = self.parameter("int")
        forms = ["1", "2", "x.channels", "len([1, 2])", "(1 if x.height > 4 else 2)", *known]
        forms += [parameter, f"({parameter} % 3)", f"min({parameter}, 2)"] if parameter else []
        if rows := self.parameter("rows"):
            forms += [f"len({rows})", f"{rows}[0].k", f"sum([1, {rows}[-1]['k']])"]
        if table := self.parameter("map"):
            forms += [f"{table}.k", f"{table}['k']"]
        return str(self.one(forms))

    def condition(self) -> str:
        """An expression that is a boolean."""
        forms = [f"{self.number()} > 1", f"{self.number()} in [0, 2]", f"0 < {self.number()} <= 2", "True", "False"]
        if flag := self.parameter("bool"):
            forms += [flag, flag, f"not {flag}", f"{flag} and {self.number()} == 1"]
        if text := self.parameter("str"):
            forms += [f"{text} == 'a'", f"{text} in ['b', \"it's\"]", f"len({text}) > 1"]
        return f"$({self.one(forms)})"

    def unique(self) -> str:
        """A name that no other layer has, in no round."""
        self.named = True
        stem = self.one(["n", "conv-", "a.b", "x_"]) + str(self.fresh())
        holes = "".join(f"_$({name})" for name in self.rounds)
        if not self.rounds and self.chance(5):
            holes = f"_$({self.number()})"
        if (text := self.parameter("str")) and self.chance(4):
            holes += f"$('p' if {text} == 'a' else \"q\")"
        return f"{stem}{holes}"

    def word(self) -> str:
        """A name for a tensor: any that is free, or one that a tensor has."""
        return str(self.one([*self.words[:12], *self.tensors]))

    # --- steps ---

    def steps(self, depth: int, most: int = 3) -> list[Any]:
        written: list[Any] = []
        for _ in range(self.draw(st.integers(0 if depth else 1, most))):
            written += self.step(depth)
        return written

    def step(self, depth: int) -> list[Any]:
        simple = [self.layer] * 4 + [self.let, self.moved, self.named_here, self.shared, self.marked]
        nested = [
            self.merge,
            self.merge,
            self.group,
            self.loop,
            self.choice,
            self.beside,
            self.rounds_merged,
            self.family,
        ]
        if self.blocks:
            nested += [self.block, self.block]
        made: list[Any] = self.one(simple if depth >= 3 else simple + nested)(depth)
        if made and isinstance(made[-1], dict) and self.chance(8):
            made[-1]["note"] = self.one(["as in the paper", "quotes ' and \"", "back\\slash # {} %", "long " * 40])
        return made

    def modified(self, step: dict[str, Any], *, named: bool = True, as_: bool = True) -> dict[str, Any]:
        """The step with some modifiers."""
        if named and self.chance(2):
            step["name"] = self.unique()
        conditional = self.chance(4)
        if conditional:
            step["when"] = self.condition()
        if as_ and self.chance(3):
            known = [*self.tensors] if conditional or self.conditions else [self.word()]
            if known:
                step["as"] = self.one(known)
                if step["as"] not in self.tensors:
                    self.tensors.append(step["as"])
        return step

    def layer(self, _depth: int) -> list[Any]:
        kernel = f"$(1 + {self.number()} % 3)"
        op = self.one(
            [
                {**CONV},
                {"Conv2D": {"filters": 4, "kernel_size": kernel, "padding": "same"}},
                {"Conv2D": {"filters": "$(x.channels)", "kernel_size": 3, "padding": "same", "use_bias": False}},
                {"BatchNormalization": None},
                {"ReLU": None},
                {"Activation": "tanh"},
                {"Dropout": 0.5},
                {"Scale": {"center": True}},
                {"ChannelShuffle": 2},
                {"MaxPooling2D": {"pool_size": 3, "strides": 1, "padding": "same"}},
                {"LocalResponseNormalization": {"size": "$(3)"}},
            ]
        )
        return [self.modified(dict(op))]

    def named_here(self, _depth: int) -> list[Any]:
        if self.conditions:
            return []
        name = self.word()
        self.tensors.append(name)
        return [{"as": name}]

    def left_behind(self) -> list[Any]:
        """Keeps the tensor that the path leaves."""
        if self.conditions:
            return []
        name = f"kept_{self.fresh()}"
        self.pending.append(name)
        return [{"as": name}]

    def moved(self, _depth: int) -> list[Any]:
        if not self.tensors or self.conditions:
            return []
        known = self.one(self.tensors)
        step = {"from": known} if self.chance(2) else {**self.one([CONV, {"ReLU": None}]), "from": known}
        if self.chance(3):
            step["when"] = self.condition()
        return [*self.left_behind(), step]

    def let(self, _depth: int) -> list[Any]:
        if self.tensors and self.chance(2):
            some = [self.one(self.tensors) for _ in range(2)]
            values = {name: f"${other}" for name, other in zip(some, reversed(some), strict=True)}
            return [{"let": values}]
        if self.conditions:
            return []
        if self.chance(3):
            name = self.word()
            self.tensors.append(name)
            return [{"let": {name: "$x"}}]
        names = [name for name in self.words[12:18] if name not in self.tensors]
        values = {str(self.one(names)): f"$({self.number()} % 4)" for _ in range(2)}
        self.numbers += [name for name in values if name not in self.numbers]
        return [{"let": values}]

    def family(self, _depth: int) -> list[Any]:
        """Tensors with computed names, which a list in an expression joins."""
        if self.conditions or self.rounds:
            return []
        word, number = f"family{self.fresh()}_", self.fresh()
        item = self.one([f"i{number}", f"'k' + str(i{number})"])
        items = f"range({self.draw(st.integers(1, 2))})"
        loop = {"for": f"i{number} in {items}", "do": [{**CONV, "as": f"{word}$({item})"}]}
        read = self.one([f"$({word})", f"$(list(reversed({word})))", f"$([t for t in {word}])"])
        one = f"$({word}[{item}])"
        again = {"for": f"i{number} in {items}", "do": [{"Add": [[], one]}]}
        average: dict[str, Any] = {"Average": None}
        joined = self.one([{"Maximum": [[], read]}, {**average, "from": read}, {**average, "from": ["x", read]}])
        return [loop, joined, again]

    def branch(self, depth: int) -> Any:
        if self.tensors and self.chance(4):
            return self.one([*self.tensors, *(f"${name}" for name in self.tensors)])
        if self.chance(5):  # a branch for each round
            return self.in_rounds(depth)
        return self.steps(depth + 1, 2)

    def merge(self, depth: int) -> list[Any]:
        branches = [self.branch(depth) for _ in range(self.draw(st.integers(2, 3)))]
        op = self.one([*ELEMENTWISE, "Concatenate"])
        labels = ("left", "filter", "names", "x_", "shortcut", "branch_1", "residual", "input_", "l")
        form = self.draw(st.integers(0, 2))
        listed: Any = branches
        if form == 1:
            start = self.draw(st.integers(0, 5))
            listed = dict(zip(labels[start:], branches, strict=False))
        arguments: Any = {"branches": listed, "axis": -1} if op == "Concatenate" and form == 2 else listed
        if op == "Concatenate":
            joined = {"Concatenate": arguments}
            if self.chance(2):
                joined["name"] = self.unique()
            return [joined, {**CONV}]
        return [self.modified({op: arguments})]

    def nested(self, depth: int, *, conditional: bool) -> list[Any]:
        """Steps that may not be there: what they name may be unknown after them."""
        before = (list(self.tensors), list(self.numbers))
        self.conditions += conditional
        made = self.steps(depth + 1, 2)
        self.conditions -= conditional
        if conditional:
            self.tensors, self.numbers = before
        return made

    def group(self, depth: int) -> list[Any]:
        conditional = self.chance(2)
        step: dict[str, Any] = {"do": self.nested(depth, conditional=conditional)}
        if conditional:
            step["when"] = self.condition()
            if self.chance(2):
                step["else"] = self.nested(depth, conditional=True)
        elif self.chance(2):
            step["as"] = self.word()
            self.tensors.append(step["as"])
        if self.chance(2):
            step[self.one(["name", "prefix"])] = self.unique()
        return [step]

    def rounds_of(self) -> tuple[str, list[str]]:
        number = self.fresh()
        one, other = f"i{number}", self.one(["j", "id", "l", "row"]) + str(number)
        items = [f"range({self.draw(st.integers(0, 2))})", "[1, 2]", f"reversed(range({self.number()} % 3))"]
        if rows := self.parameter("list"):
            items += [str(rows), f"[w + 1 for w in {rows}]" if False else f"{rows} + [7]", f"{rows}[1:]"]
        if self.chance(2):
            return f"{one}, {other} in {self.one(['enumerate', 'enumerate'])}({self.one(items)})", [one]
        if self.chance(3):
            return f"{one}, ({other}, _k) in enumerate(zip({self.one(items)}, [3, 4]))", [one]
        return f"{one} in {self.one(items)}", [one]

    def loop(self, depth: int) -> list[Any]:
        items, names = self.rounds_of()
        name = self.unique() if self.chance(2) else None
        self.rounds += names
        body = self.nested(depth, conditional=True)
        if self.tensors and self.chance(3):
            body.append({"let": {self.one(self.tensors): "$x"}})
        del self.rounds[-1]
        step: dict[str, Any] = {"for": items, "do": body}
        if name:
            step[self.one(["name", "prefix"])] = name
        return [step]

    def rounds_merged(self, depth: int) -> list[Any]:
        return [self.modified({self.one(ELEMENTWISE): self.in_rounds(depth)})]

    def in_rounds(self, depth: int) -> dict[str, Any]:
        items = f"i{self.fresh()} in range({self.draw(st.integers(1, 2))})"
        self.rounds.append(items.split(maxsplit=1)[0])
        body = self.nested(depth, conditional=True)
        del self.rounds[-1]
        return {"for": items, "do": body}

    def shared(self, _depth: int) -> list[Any]:
        if self.rounds and self.chance(2):
            return [{**CONV, "share": f"s{self.fresh()}_$({self.rounds[-1]} % 2)"}]
        if self.shares and self.chance(2):
            name, head = self.one(self.shares)
        else:
            name, head = f"{self.one(['w', 'shared', 'x_'])}{self.fresh()}", self.one(SHARED_OPS)
            self.shares.append((name, head))
        step = {**head, "share": name}
        if "Learned" in head:
            return [{"Add": [[], step]}]
        return [step]

    def marked(self, _depth: int) -> list[Any]:
        if not self.whole:
            return []
        name = self.one(["o", "outputs", "keras", "x_"]) + str(self.fresh())
        name += "".join(f"_$({each})" for each in self.rounds)
        return [{"output": name} if self.chance(3) else {**CONV, "output": name}]

    def beside(self, depth: int) -> list[Any]:
        if self.conditions:
            return []
        step: dict[str, Any] = {"side": [*self.nested(depth, conditional=True), {**CONV}]}
        if self.whole and self.chance(2):
            step["output"] = f"aux{self.fresh()}"
            if self.chance(2):
                step["when"] = self.condition()
        else:
            step["as"] = f"kept_{self.fresh()}"
            self.pending.append(step["as"])
        if self.chance(3):
            step["name"] = self.unique()
        return [step]

    def block(self, _depth: int) -> list[Any]:
        made = self.one(self.blocks)
        given = {}
        for name, kind in made.params.items():
            if self.chance(2):
                given[name] = self.argument(kind)
        return self.use(made.name, given, made)

    def argument(self, kind: str) -> Any:
        return {
            "int": f"$({self.number()} % 4)",
            "bool": self.condition(),
            "str": self.one(["a", "b", "it's"]),
        }[kind]

    def use(self, head: str, given: dict[str, Any], made: BlockMade) -> list[Any]:
        step: dict[str, Any] = {head: given or None}
        if made.named or self.chance(2):
            step[self.one(["name", "prefix"])] = self.unique()
        if made.shares and self.chance(2):
            step["share_inside"] = (
                f"{made.name}_{self.one(['in', 'i$(1 + 1)', *(f'$({each})' for each in self.rounds)])}"
            )
        if made.inputs > 1:
            step["from"] = [self.one([*self.tensors, "x"]) for _ in range(made.inputs - 1)] + ["x"]
        if made.outputs > 1 and not self.conditions and self.chance(2):
            step["as"] = [f"kept_{self.fresh()}", self.word()]
            self.pending.append(step["as"][0])
            self.tensors.append(step["as"][1])
        elif self.chance(5):
            step["when"] = self.condition()
        return [step]

    def choice(self, _depth: int) -> list[Any]:
        if self.whole and (table := self.parameter("units")):
            row = f"row{self.fresh()}"
            self.rounds.append(f"{row}.n")
            use = {f"${row}.unit": None, "name": self.unique()}
            del self.rounds[-1]
            return [{"for": f"{row} in {table}", "do": [use]}]
        parameter = self.parameter("choice")
        return [{f"${parameter}": None, "name": self.unique()}] if parameter else []

    def finished(self, layers: list[Any]) -> list[Any]:
        """The steps, and behind them what joins all that is pending."""
        if self.pending:
            layers += [{"Concatenate": [[], *self.pending]}, {**CONV}]
        return layers


def block_document(scope: Scope, name: str, taken: set[str]) -> tuple[dict[str, Any], BlockMade]:
    """A block, and what its uses need to know."""
    free = [word for word in WORDS if word not in taken]
    start = scope.draw(st.integers(0, len(free) - 1))
    words = (free[start:] + free[:start])[:20]
    params: dict[str, tuple[str, Any]] = {}
    for word in words[: scope.draw(st.integers(0, 3))]:
        kind = scope.one(["int", "bool", "str"])
        known = [other for other, (own, _) in params.items() if own == "int"]
        default = {
            "int": scope.one([1, 2, *(f"$({other} + 1)" for other in known)]),
            "bool": scope.chance(2),
            "str": "a",
        }
        params[word] = (kind, default[kind])
    inputs = words[3 : 3 + scope.draw(st.integers(1, 2))] if scope.chance(2) else []
    inner = Scope(scope.draw, words[6:], False, list(scope.blocks), {word: kind for word, (kind, _) in params.items()})
    inner.tensors += inputs
    layers = inner.steps(1, 3)
    document: dict[str, Any] = {}
    outputs: list[str] = []
    if scope.chance(4):
        layers += [{**CONV, "as": "early"}, {"ReLU": None}]
        outputs = ["early", "late"]
    layers = inner.finished(layers)
    if len(inputs) > 1:
        layers.append({"Add": [[], inputs[0], inputs[1]]})
    elif inputs and scope.chance(2):
        layers.append({"Add": [inputs[0], []]})
    if outputs:
        layers.append({"as": "late"})
    if not layers:
        layers.append("ReLU")
    read = {word for other in params.values() for word in params if f"({word} +" in str(other[1])} | inner.used
    kept = {word: default for word, (_, default) in params.items() if word in read}
    if kept:
        document["params"] = kept
    if inputs:
        document["inputs"] = inputs
    document["layers"] = all_read(document.get("params", {}), layers)
    if outputs:
        document["outputs"] = outputs
    kinds = {word: params[word][0] for word in kept}
    shares = bool(inner.shares) and all("Scale" not in head and "Learned" not in head for _, head in inner.shares)
    return document, BlockMade(name, max(len(inputs), 1), max(len(outputs), 1), kinds, inner.named, shares)


DEFAULTS: dict[str, tuple[Any, ...]] = {
    "int": (2, 1, 0, 3),
    "bool": (True, False),
    "str": ("a", "b", "it's", 'say "hi"'),
    "list": ([5, 6], [], [1]),
    "rows": ([{"k": 1, "s": "a"}, {"k": 2, "s": "b"}], [{"k": 2, "s": "a"}]),
    "map": ({"k": 2}, {"k": 0}),
}


def all_read(params: dict[str, Any], layers: list[Any]) -> list[Any]:
    """The steps, before them one that reads all parameters: one that nothing reads is an error."""
    return [{"let": {"_every": f"$([{', '.join(params)}])"}}, *layers] if params else layers


@st.composite
def specs(draw: DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """A spec, and other values of its parameters."""
    start = draw(st.integers(0, len(WORDS) - 1))
    words = list(WORDS[start:] + WORDS[:start])
    names = words[:3]
    scope = Scope(draw, words[12:], True, [], {})
    blocks: dict[str, Any] = {}
    for name in names[: draw(st.integers(0, 3))]:
        if name[0].isupper() or name in STEP_KEYS:
            continue
        blocks[name], made = block_document(scope, name, set(names))
        scope.blocks.append(made)
    kinds = [*DEFAULTS, "choice", "units"]
    scope.params = dict(zip(words[3:], draw(st.lists(st.sampled_from(kinds), max_size=5)), strict=False))
    several = draw(st.booleans()) and draw(st.booleans())
    inputs = ["image", draw(st.sampled_from(["inputs", "id_3", "other"]))] if several else []
    scope.tensors += inputs
    if not several and draw(st.integers(0, 9)) == 0:
        scope.words.append("input_layer")
    layers = scope.steps(0, 6)
    layers = scope.finished(layers)
    if inputs:
        scope_first = [{"Add": inputs}] if draw(st.booleans()) else [{"Concatenate": inputs}, {**CONV}]
        layers = [*scope_first, *layers]
    else:
        layers = ["ReLU", *layers]
    params: dict[str, Any] = {}
    others: dict[str, Any] = {}
    plain = [made.name for made in scope.blocks if made.inputs == made.outputs == 1]
    for name, kind in scope.params.items():
        if name not in scope.used:
            continue
        if kind == "choice":
            choices = draw(st.sampled_from([["ReLU", "BatchNormalization"], [*plain, "ReLU"], [*plain, "Dropout"]]))
            choices = [choice for choice in choices if choice != "Dropout"] or ["ReLU"]
            params[name] = {"default": choices[0], "choices": choices}
            others[name] = choices[-1]
        elif kind == "units":
            heads = draw(st.lists(st.sampled_from([*plain, "ReLU"]), min_size=1, max_size=3))
            params[name] = [{"unit": head, "n": number} for number, head in enumerate(heads)]
            others[name] = params[name][::-1]
        else:
            one = draw(st.sampled_from(DEFAULTS[kind]))
            params[name] = one if kind != "map" else {"type": draw(st.sampled_from(["map", "any"])), "default": one}
            others[name] = draw(st.sampled_from(DEFAULTS[kind]))
    document: dict[str, Any] = {"archc": 1, "name": "a"}
    if params:
        document["params"] = params
    document |= {"inputs": {name: [8, 8, 4] for name in inputs}} if inputs else {"input": [8, 8, 4]}
    if blocks:
        document["blocks"] = blocks
    document["layers"] = all_read(params, layers)
    return document, others
