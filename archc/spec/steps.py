"""The steps of a spec: what a list under `layers`, `do` or a branch holds, read from plain data.

Reading is static: heads and modifiers are told apart, expressions are parsed, and nothing is evaluated. A step that
cannot be read is reported, and `Unreadable` stands for it, so that the rest is read and expanded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from archc.diagnostics import Position, did_you_mean, printable
from archc.ir.op import Op
from archc.ops import registry
from archc.spec.collector import Collector, Fault
from archc.spec.expression import ExpressionError, is_name, parse
from archc.spec.source import Map, Seq
from archc.spec.template import BROKEN, Compiled, Formula, Template, behind_quote, compiled, is_constant, names_in

MERGES = frozenset({"Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract"})
MODIFIERS = ("name", "from", "as", "when", "shape", "output", "share", "note")
_FORMS = ("for", "do", "else", "side", "let")


@dataclass(frozen=True, slots=True)
class Arguments:
    """What a head is given.

    Attributes:
        named: the arguments by their names.
        first: a value for the first argument, where no names are written; `...` where there is none.
        at: where they stand.
        data: the mapping that they were written as, for positions; None for `first`.
        constant: whether they hang on no name.
    """

    named: dict[str, Compiled]
    first: Compiled
    at: Position
    data: Map | None
    constant: bool

    def place(self, name: object) -> Position:
        """Where the value of an argument stands."""
        return self.data.values_at.get(str(name), self.at) if self.data is not None else self.at

    def key_place(self, name: object) -> Position:
        """Where the name of an argument stands."""
        return self.data.keys_at.get(str(name), self.at) if self.data is not None else self.at


@dataclass(frozen=True, slots=True)
class UseOp:
    """`Conv2D: {filters: 64, kernel_size: 3}`."""

    op: type[Op]
    arguments: Arguments


@dataclass(frozen=True, slots=True)
class UseBlock:
    """`conv_bn: {filters: 64}`."""

    block: str
    arguments: Arguments


@dataclass(frozen=True, slots=True)
class UseParameter:
    """`$unit: {width: 64}`: the op or block that a parameter names."""

    parameter: str
    arguments: Arguments


@dataclass(frozen=True, slots=True)
class Branch:
    """One of the tensors that a merge takes.

    Attributes:
        label: what a reader calls it; None where the branches are a list.
        steps: its steps; None where it is a tensor, or tensors, by name.
        tensor: the name or the expression of what it takes.
        at: where it stands.
    """

    label: str | None
    steps: Steps | None
    tensor: Compiled
    at: Position


@dataclass(frozen=True, slots=True)
class Rounds:
    """`for: i, c in enumerate(widths)`: the names, nested as in Python, and what they are taken from."""

    targets: Targets
    items: Formula
    at: Position


Targets = str | tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class UseMerge:
    """`Add: [[], {conv: …}]`, or a branch for each round of a loop."""

    op: type[Op]
    arguments: Arguments
    branches: tuple[Branch, ...]
    rounds: Rounds | None


@dataclass(frozen=True, slots=True)
class Loop:
    """`for` and `do`."""

    rounds: Rounds
    body: Steps


@dataclass(frozen=True, slots=True)
class Group:
    """`do`."""

    body: Steps


@dataclass(frozen=True, slots=True)
class Side:
    """`side`."""

    body: Steps


@dataclass(frozen=True, slots=True)
class Let:
    """`let`."""

    values: dict[str, Compiled]
    data: Map


@dataclass(frozen=True, slots=True)
class Stay:
    """No head: the path moves, or is named."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A step whose fault is reported."""


Head = UseOp | UseBlock | UseParameter | UseMerge | Loop | Group | Side | Let | Stay | Unreadable


@dataclass(frozen=True, slots=True)
class Step:
    """One step: a head and its modifiers, each None where it is not written.

    Attributes:
        head: what the step does.
        at: where it begins.
        modifiers: the mapping that holds them, for positions; None where there is none.
        otherwise: the steps for the other case of `when`.
    """

    head: Head
    at: Position
    modifiers: Map | None = None
    name: Compiled = None
    from_: tuple[Compiled, ...] | None = None
    as_: tuple[Compiled, ...] = ()
    when: Compiled = None
    shape: Compiled = None
    output: Compiled = None
    share: Compiled = None
    note: str | None = None
    otherwise: Steps | None = None

    def place(self, modifier: str) -> Position:
        """Where the value of a modifier stands."""
        return self.modifiers.values_at.get(modifier, self.at) if self.modifiers is not None else self.at


Steps = tuple[Step, ...]


def steps_within(steps: Steps) -> Iterator[Step]:
    """All steps, those in loops, groups, sides and branches included, in the order of the file."""
    for step in steps:
        yield step
        match step.head:
            case Loop(_, body) | Group(body) | Side(body):
                yield from steps_within(body)
            case UseMerge(branches=branches):
                for branch in branches:
                    yield from steps_within(branch.steps or ())
        yield from steps_within(step.otherwise or ())


def values_of(step: Step) -> Iterator[Compiled]:
    """All that a step itself evaluates, without the steps in it."""
    yield from (step.name, step.when, step.shape, step.output, step.share)
    yield from step.from_ or ()
    yield from step.as_
    match step.head:
        case UseOp(_, arguments) | UseBlock(_, arguments):
            yield from (*arguments.named.values(), arguments.first)
        case UseParameter(parameter, arguments):
            yield from (*arguments.named.values(), arguments.first)
            yield Formula(parse(parameter).expression, parameter, step.at._replace(column=step.at.column + 1), 0)
        case UseMerge(_, arguments, branches, rounds):
            yield from (*arguments.named.values(), arguments.first)
            yield from (branch.tensor for branch in branches)
            yield from () if rounds is None else (rounds.items,)
        case Loop(rounds):
            yield rounds.items
        case Let(values):
            yield from values.values()


def names_read(steps: Steps) -> Iterator[tuple[str, Position]]:
    """The names that expressions read anywhere in steps, and where."""
    for step in steps_within(steps):
        for value in values_of(step):
            yield from names_in(value)


def names_given(steps: Steps) -> Iterator[tuple[str, Position, Step]]:
    """The names that steps give, with where and the step; a computed `as` gives its fixed part."""
    for step in steps_within(steps):
        for item in step.as_:
            if isinstance(item, str):
                yield item, step.place("as"), step
            elif isinstance(item, Template):
                yield item.fixed, step.place("as"), step
        match step.head:
            case Let(values, data):
                yield from ((name, data.keys_at[name], step) for name in values)
            case Loop(rounds) | UseMerge(rounds=Rounds() as rounds):
                yield from ((name, rounds.at, step) for name in flat(rounds.targets))


def flat(targets: Targets) -> Iterator[str]:
    """The names among nested targets."""
    if isinstance(targets, str):
        yield targets
    else:
        for target in targets:
            yield from flat(target)


# --- reading ---------------------------------------------------------------------------------------------------------

_WORD = re.compile(r"\$?[A-Za-z_]\w*", re.ASCII)
_TARGETS = re.compile(r"\s*(?P<targets>[\w\s,()]+?)\s+in\s+(?P<items>.*)", re.DOTALL | re.ASCII)
_LAYER_NAME = re.compile(r"[A-Za-z0-9_.\-]+")


class StepReader:
    """Reads the steps of one file."""

    def __init__(self, collector: Collector) -> None:
        self.collector = collector
        self.ops = registry()

    def steps(self, value: Any, at: Position) -> Steps:
        """One step or a list of steps."""
        if isinstance(value, Seq):
            return tuple([self.step(item, value.items_at[index]) for index, item in enumerate(value)])
        return (self.step(value, at),)

    def step(self, value: Any, at: Position) -> Step:
        """One step; what cannot be read is reported."""
        try:
            if isinstance(value, Map):
                return self.mapping(value, at)
            if isinstance(value, str):
                return Step(self.use(value, None, at, at, None), at)
            if isinstance(value, Seq):
                raise Fault("step", "a list cannot be a step", at, "a group of steps is written `do: [...]`")
            came = "nothing" if value is None else f"`{value}`"
            raise Fault("step", f"a step was expected, but {came} came", at, "a step is `Op: arguments`, or `block: arguments`")
        except Fault as fault:
            self.collector.fault(fault, at)
            return self.unreadable(value, at)

    def unreadable(self, value: Any, at: Position) -> Step:
        """A step in place of one that cannot be read, with the names that it was to give."""
        if not isinstance(value, Map):
            return Step(Unreadable(), at)
        names: list[Compiled] = []
        written = value.get("as")
        for item in written if isinstance(written, Seq) else [written]:
            if isinstance(item, str):
                names.append(compiled(item, at, Collector()))
        shape = compiled(value["shape"], value.values_at["shape"], self.collector) if "shape" in value else None
        return Step(Unreadable(), at, value, as_=tuple(names), shape=shape)

    def mapping(self, data: Map, at: Position) -> Step:
        if data.broken:
            return Step(Unreadable(), at)
        heads = [key for key in data if key not in MODIFIERS and key not in _FORMS]
        forms = [key for key in ("for", "side", "let") if key in data]
        if "do" in data and "for" not in data:
            forms.append("do")
        if len(heads) + len(forms) > 1:
            first, second = sorted((*heads, *forms), key=lambda key: data.keys_at[key])[:2]
            raise self.two_heads(data, first, second, at)
        if heads:
            at = data.keys_at[heads[0]]
            head = self.use(heads[0], data[heads[0]], data.keys_at[heads[0]], data.values_at[heads[0]], data)
        elif forms:
            head = self.form(forms[0], data)
        elif not data:
            raise Fault("step", "this step is empty", at)
        else:
            if "do" in data or "else" in data:
                raise Fault("step", "`else` belongs to a step with `do` and `when`", data.keys_at["else"])
            head = Stay()
        return self.modified(head, data, at)

    def two_heads(self, data: Map, first: str, second: str, at: Position) -> Fault:
        """The fault of a step with two heads: most often a modifier is misspelt, or a line begins without its dash."""
        known = (*MODIFIERS, *_FORMS)
        for key in (second, first):
            if key not in self.ops and not data[key] and key[:1].islower() and (hint := did_you_mean(key, known)):
                return Fault("unknown-key", f"`{printable(key)}` is no modifier of a step", data.keys_at[key], hint)
        for key in (second, first):
            if key[:1].islower() and key not in _FORMS and (hint := did_you_mean(key, known)):
                return Fault("unknown-key", f"`{printable(key)}` is no modifier of a step", data.keys_at[key], hint)
        message = f"a step has one head, but `{printable(first)}` and `{printable(second)}` stand here"
        return Fault("step", message, data.keys_at[second], "begin each step with a dash")

    def use(self, word: str, value: Any, at: Position, value_at: Position, data: Map | None) -> Head:
        """The head that a word is: an op, a block, or a parameter that names one."""
        if not _WORD.fullmatch(word):
            raise Fault("step", f"`{printable(word[:60])}` is the name of no op and no block", at)
        if word[0] == "$":
            return UseParameter(word[1:], self.arguments(value, value_at))
        if word[0].isupper():
            op = self.ops.get(word)
            if op is None:
                meant = self.meant(word, at)
                if meant is None:
                    return Unreadable()
                op = meant
            if op.__name__ in MERGES:
                return self.merge(op, value, value_at)
            return UseOp(op, self.arguments(value, value_at, op))
        return UseBlock(word, self.arguments(value, value_at))

    def meant(self, word: str, at: Position) -> type[Op] | None:
        """Reports an unknown op, and gives the one to go on with."""
        hint = did_you_mean(word, self.ops)
        advice = hint or "ops are Keras's layers; what a spec defines itself is written in snake_case"
        self.collector.add("unknown-op", f"`{printable(word[:60])}` is no op", at, advice)
        return self.ops[hint.split("`")[1]] if hint else None

    def arguments(self, value: Any, at: Position, op: type[Op] | None = None) -> Arguments:
        if value is None:
            return Arguments({}, ..., at, None, True)
        if isinstance(value, Map):
            if value.broken:
                return Arguments({}, BROKEN, at, None, False)
            named: dict[str, Compiled] = {}
            places = Map(value.at)
            for written, item in value.items():
                name = written[1:] if written.startswith("$") and item is None else written
                if name != written:
                    item = self.text("$" + name, value.keys_at[written])
                else:
                    item = compiled(item, value.values_at[written], self.collector)
                if name in MODIFIERS and op is not None and name not in op.model_fields:
                    message = f"`{name}` is no argument of {op.__name__}, but a modifier of the step"
                    self.collector.add("misplaced-modifier", message, value.keys_at[written], "move it left, beside the op")
                    continue
                named[name] = item
                places.keys_at[name], places.values_at[name] = value.keys_at[written], value.values_at[written]
            return Arguments(named, ..., at, places, all(map(is_constant, named.values())))
        first = compiled(value, at, self.collector)
        return Arguments({}, first, at, None, is_constant(first))

    def merge(self, op: type[Op], value: Any, at: Position) -> Head:
        """A merge: a list of branches, labelled branches, `{for, do}`, or `{branches, …}` with arguments of the op."""
        none = Arguments({}, ..., at, None, True)
        if isinstance(value, Map) and value.broken:
            return Unreadable()
        if isinstance(value, Map) and "branches" in value:
            rest, inner = Map(value.at), value["branches"]
            for key, item in value.items():
                if key != "branches":
                    rest[key], rest.keys_at[key], rest.values_at[key] = item, value.keys_at[key], value.values_at[key]
            return self.branches(op, self.arguments(rest, at, op), inner, value.values_at["branches"])
        return self.branches(op, none, value, at)

    def branches(self, op: type[Op], arguments: Arguments, value: Any, at: Position) -> Head:
        if value is None:
            return UseMerge(op, arguments, (), None)
        if isinstance(value, Map) and "for" in value and set(value) <= {"for", "do"}:
            if "do" not in value:
                raise Fault("missing-key", "`for` needs `do`, the steps of each branch", value.keys_at["for"])
            body = Branch(None, self.steps(value["do"], value.values_at["do"]), None, value.values_at["do"])
            return UseMerge(op, arguments, (body,), self.rounds(value["for"], value.values_at["for"]))
        if isinstance(value, Map):
            labelled = [self.label(op, key, item, value) for key, item in value.items()]
            return UseMerge(op, arguments, tuple(labelled), None)
        if isinstance(value, Seq):
            listed = [self.branch(None, item, value.items_at[index]) for index, item in enumerate(value)]
            return UseMerge(op, arguments, tuple(listed), None)
        return UseMerge(op, arguments, (self.branch(None, value, at),), None)

    def label(self, op: type[Op], label: str, value: Any, data: Map) -> Branch:
        at = data.keys_at[label]
        if label in op.model_fields and not isinstance(value, Map | Seq):
            hint = f"write `{{branches: …, {label}: …}}`"
            raise Fault("branch", f"`{label}` is an argument of {op.__name__}, not a branch", at, hint)
        if label in self.ops or not is_name(label):
            hint = "a list of branches begins each with a dash" if label in self.ops else None
            raise Fault("branch", f"`{printable(label[:60])}` cannot be the label of a branch", at, hint)
        return self.branch(label, value, data.values_at[label])

    def branch(self, label: str | None, value: Any, at: Position) -> Branch:
        if isinstance(value, str):
            return Branch(label, None, self.text(value, at), at)
        return Branch(label, self.steps(value, at), None, at)

    def form(self, form: str, data: Map) -> Head:
        at = data.values_at[form]
        if form == "let":
            return self.let(data["let"], at)
        if form == "for":
            if "do" not in data:
                raise Fault("missing-key", "`for` needs `do`, the steps of each round", data.keys_at["for"])
            return Loop(self.rounds(data["for"], at), self.steps(data["do"], data.values_at["do"]))
        body = self.steps(data[form], at)
        return Group(body) if form == "do" else Side(body)

    def let(self, value: Any, at: Position) -> Head:
        if not isinstance(value, Map) or not value:
            raise Fault("step", "`let` names values: `let: {width: $(2 * filters)}`", at)
        values: dict[str, Compiled] = {}
        if value.broken:
            return Unreadable()
        for name, item in value.items():
            self.check_name(name, value.keys_at[name])
            values[name] = compiled(item, value.values_at[name], self.collector)
        return Let(values, value)

    def rounds(self, value: Any, at: Position) -> Rounds:
        """`i, (a, b) in items`."""
        at = behind_quote(at, self.collector.lines.get(at.file))
        match = _TARGETS.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            hint = "`for: i, depth in enumerate(depths)`, without `$`"
            raise Fault("expression", "`for` names what it takes from a list", at, hint)
        try:
            targets = _targets(match["targets"])
            if match["items"].startswith("$"):
                raise ExpressionError("expression", "`for` holds an expression, so it needs no `$`", match.start("items"))
            parsed = parse(value, match.start("items"))
        except ExpressionError as error:
            place = at._replace(column=at.column + error.offset)
            raise Fault(error.code, error.message, place, error.hint) from None
        for name in flat(targets):
            self.check_name(name, at)
        return Rounds(targets, Formula(parsed.expression, parsed.text, at, 0), at)

    def check_name(self, name: str, at: Position) -> None:
        """Reports a name that nothing can have."""
        if name == "x":
            self.collector.add("name", "`x` is the tensor that reaches a step, so nothing else is called `x`", at)
        elif not is_name(name):
            message = f"`{printable(name[:60])}` cannot be a name"
            hint = "letters, digits and `_`; no word of Python, no function of expressions"
            self.collector.add("name", message, at, hint)

    def text(self, text: str, at: Position) -> Compiled:
        return compiled(text, at, self.collector)

    def modified(self, head: Head, data: Map, at: Position) -> Step:
        """The step with its modifiers."""
        if len(data) == 1 and not isinstance(head, Stay):
            return Step(head, at, data)
        get = self.modifier
        otherwise = None
        if "else" in data:
            otherwise = self.otherwise(head, data)
        note = data.text("note") if "note" in data else None
        if note is not None and not isinstance(note, str):
            raise Fault("type", "a note is a text", data.values_at["note"])
        return Step(
            head,
            at,
            data,
            name=get(data, "name", names_layer=True),
            from_=self.tensors(data["from"], data.values_at["from"]) if "from" in data else None,
            as_=self.as_names(data) if "as" in data else (),
            when=get(data, "when"),
            shape=self.shape(data) if "shape" in data else None,
            output=get(data, "output", names_layer=True),
            share=get(data, "share", names_layer=True),
            note=note,
            otherwise=otherwise,
        )

    def otherwise(self, head: Head, data: Map) -> Steps:
        if not isinstance(head, Group | Loop):
            raise Fault("step", "`else` belongs to a step with `do` and `when`", data.keys_at["else"])
        if "when" not in data:
            raise Fault("step", "`else` needs `when`: without it the steps are never reached", data.keys_at["else"])
        return self.steps(data["else"], data.values_at["else"])

    def modifier(self, data: Map, key: str, names_layer: bool = False) -> Compiled:
        if key not in data:
            return None
        value = data.text(key) if names_layer else data[key]
        at = data.values_at[key]
        if value is None or isinstance(value, Map | Seq):
            raise Fault("type", f"`{key}` needs a value", at)
        if not isinstance(value, str):
            return value
        made = self.text(value, at)
        if names_layer and isinstance(made, str):
            check_layer_name(made, key, at)
        return made

    def shape(self, data: Map) -> Compiled:
        value = data["shape"]
        if not isinstance(value, Seq | str):
            raise Fault("type", "`shape` is the documented size: `[56, 56, 64]`", data.values_at["shape"])
        return compiled(value, data.values_at["shape"], self.collector)

    def tensors(self, value: Any, at: Position) -> tuple[Compiled, ...]:
        if isinstance(value, str):
            return (self.text(value, at),)
        if isinstance(value, Seq) and value and all(isinstance(item, str) for item in value):
            return tuple(self.text(item, value.items_at[index]) for index, item in enumerate(value))
        raise Fault("type", "`from` is the name of a tensor, or a list of names", at)

    def as_names(self, data: Map) -> tuple[Compiled, ...]:
        value, at = data["as"], data.values_at["as"]
        items = value if isinstance(value, Seq) else [data.text("as")]
        names = []
        for item in items:
            if not isinstance(item, str):
                raise Fault("type", "`as` gives a name, or a list of names", at)
            name = self.text(item, at)
            if isinstance(name, Formula):
                raise Fault("name", "a computed name has a fixed part: `as: skip$(level)`", at)
            self.check_name(name if isinstance(name, str) else name.fixed.replace("$", ""), at)
            names.append(name)
        return tuple(names)


def check_layer_name(name: str, key: str, at: Position) -> None:
    """Checks the name of a layer, an output or a share.

    Raises:
        Fault: it is empty, too long, or has other characters than letters, digits, `_`, `-` and `.`.
    """
    if not _LAYER_NAME.fullmatch(name) or len(name) > 200 or name.strip(".") == "":
        hint = "letters, digits, `_`, `-` and `.`, up to 200 of them"
        raise Fault("name", f"`{printable(name[:60])}` cannot be a {key}", at, hint)


def _targets(text: str) -> Targets:
    """Names nested as in Python: `i, (a, b)`.

    Raises:
        ExpressionError: the text is something else.
    """
    tokens = re.findall(r"\w+|[(),]", text)
    position = 0

    def group(closing: str) -> Targets:
        nonlocal position
        items: list[Targets] = []
        comma = False
        while position < len(tokens) and tokens[position] != closing:
            token = tokens[position]
            position += 1
            if token == "(":
                items.append(group(")"))
                position += 1
            elif token in ",)":
                raise ExpressionError("expression", f"a name was expected, but `{token}` came", 0)
            else:
                items.append(token)
            if position < len(tokens) and tokens[position] == ",":
                comma = True
                position += 1
            elif position < len(tokens) and tokens[position] != closing:
                raise ExpressionError("expression", "a comma was expected between names", 0)
        if not items or (closing and position >= len(tokens)):
            raise ExpressionError("expression", "names nest as in Python: `i, (a, b)`", 0)
        return tuple(items) if comma or len(items) > 1 else items[0]

    if text.count("(") > 20:
        raise ExpressionError("too-deep", "the names nest too deep", 0)
    return group("")


