"""Reads steps from plain data.

Reading is static: heads and modifiers are told apart, expressions are parsed, and nothing is evaluated. A step that
cannot be read is reported, and `Unreadable` stands for it, so that the rest is read and expanded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from archc.collector import Collector
from archc.diagnostics import Position, SpecError, closest, printable
from archc.ir.op import Op
from archc.language.expression_functions import is_name
from archc.language.loop_targets import read_targets
from archc.language.parser import parse
from archc.language.steps import (
    FORMS,
    MODIFIERS,
    Arguments,
    Branch,
    Group,
    Head,
    Let,
    Loop,
    Rounds,
    Side,
    Stay,
    Step,
    Steps,
    Unreadable,
    UseBlock,
    UseMerge,
    UseOp,
    UseParameter,
    check_layer_name,
)
from archc.language.template import Compiled, Formula, behind_quote, compiled, is_constant
from archc.language.value import ExpressionError
from archc.language.yaml_reader import BROKEN, Broken, Map, Seq
from archc.ops import registry

_WORD = re.compile(r"\$?[A-Za-z_]\w*", re.ASCII)
_HEADS = ("for", "side", "let")


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
                return Step(self.use(value, None, at, at), at)
            if isinstance(value, Seq):
                if value.broken:
                    return Step(Unreadable(), at)
                raise SpecError.of("step", "a list cannot be a step", at, "a group of steps is written `do: [...]`")
            came = "nothing" if value is None else f"`{value}`"
            raise SpecError.of("step", f"a step was expected, but {came} came", at)
        except SpecError as error:
            self.collector.report(error, at)
            return self.unreadable(value, at)

    def unreadable(self, value: Any, at: Position) -> Step:
        """A step in place of one that cannot be read, with the names that it was to give and its documented size."""
        if not isinstance(value, Map):
            return Step(Unreadable(), at)
        silent = Collector()
        names = []
        written = value.get("as")
        for item in written if isinstance(written, Seq) else [written]:
            name = compiled(item, at, silent) if isinstance(item, str) else None
            if name is not None and not isinstance(name, Formula | Broken):
                names.append(name)
        shape = (
            compiled(value["shape"], value.values_at["shape"], silent) if isinstance(value.get("shape"), Seq) else None
        )
        return Step(Unreadable(), at, value, modified=True, as_=tuple(names), shape=shape)

    def mapping(self, data: Map, at: Position) -> Step:
        """A step with its head and modifiers."""
        if data.broken:
            return self.unreadable(data, at)
        heads = [key for key in data if key not in MODIFIERS and key not in FORMS]
        forms = [key for key in _HEADS if key in data]
        if "do" in data and "for" not in data:
            forms.append("do")
        if len(heads) + len(forms) > 1:
            first, second = sorted((*heads, *forms), key=lambda key: data.keys_at[key])[:2]
            return self.mapping(self.one_head(data, first, second), at)
        if heads:
            word = heads[0]
            at = data.keys_at[word]
            head = self.use(word, data[word], at, data.values_at[word])
        elif forms:
            head = self.form(forms[0], data)
        elif not data:
            raise SpecError.of("step", "this step is empty", at)
        elif "else" in data:
            raise self.lonely_else(data)
        else:
            head = Stay()
        return self.modified(head, data, at)

    def one_head(self, data: Map, first: str, second: str) -> Map:
        """The step with a misspelt modifier under the name that was meant.

        Raises:
            SpecError: it has two heads: most often a line begins without its dash.
        """
        known = [word for word in (*MODIFIERS, *FORMS) if word not in data]
        likely = [key for key in (second, first) if key[:1].islower() and key not in FORMS]
        for key in sorted(likely, key=lambda key: isinstance(data[key], Map)):
            if meant := closest(key, known):
                message = f"`{printable(key[:60])}` is no modifier of a step"
                self.collector.add("unknown-key", message, data.keys_at[key], f"did you mean `{meant}`?")
                return data.renamed(key, meant)
        message = f"a step has one head, but `{printable(first[:60])}` and `{printable(second[:60])}` stand here"
        known_op = second in self.ops or first in self.ops
        modifiers = f"modifiers are {', '.join(MODIFIERS)}"
        hint = (
            "begin each step with a dash"
            if second in self.ops or not known_op
            else f"begin each step with a dash; {modifiers}"
        )
        raise SpecError.of("step", message, data.keys_at[second], hint)

    def lonely_else(self, data: Map) -> SpecError:
        hint = "write `do`, `when` and `else` in one step"
        return SpecError.of("step", "`else` belongs to a step with `do` and `when`", data.keys_at["else"], hint)

    # --- heads ---

    def use(self, word: str, value: Any, at: Position, value_at: Position) -> Head:
        """The head that a word is: an op, a block, or a parameter that names one."""
        if not _WORD.fullmatch(word):
            raise SpecError.of("step", f"`{printable(word[:60])}` is the name of no op and no block", at)
        if word[0] == "$":
            return UseParameter(word[1:], self.arguments(value, value_at))
        if word[0].isupper():
            op = self.ops.get(word) or self.meant(word, at)
            if op is None:
                return Unreadable()
            if op.merges:
                return self.merge(op, value, value_at)
            return UseOp(op, self.arguments(value, value_at, op))
        return UseBlock(word, self.arguments(value, value_at))

    def meant(self, word: str, at: Position) -> type[Op] | None:
        """Reports an unknown op, and gives the one to go on with."""
        meant = closest(word, self.ops)
        hint = f"did you mean `{meant}`?" if meant else None
        self.collector.add("unknown-op", f"`{printable(word[:60])}` is no op", at, hint)
        return self.ops[meant] if meant else None

    def arguments(self, value: Any, at: Position, op: type[Op] | None = None) -> Arguments:
        """What stands under a head."""
        if value is None:
            return Arguments({}, ..., at, None, True)
        if not isinstance(value, Map):
            first = compiled(value, at, self.collector)
            return Arguments({}, first, at, None, is_constant(first))
        if value.broken:
            return Arguments({}, BROKEN, at, None, False)
        named: dict[str, Compiled] = {}
        places = Map(value.at)
        for written, item in value.items():
            at = value.values_at[written]
            name = written[1:] if written.startswith("$") and item is None else written
            if name in MODIFIERS and op is not None and name not in op.model_fields:
                message = f"`{name}` is no argument of {op.__name__}, but a modifier of the step"
                self.collector.add("misplaced-modifier", message, value.keys_at[written])
                continue
            if name in named:
                self.collector.add("duplicate-key", f"`{name}` stands here twice", value.keys_at[written])
                continue
            if name != written:
                at, item = value.keys_at[written], "$" + name
            named[name] = compiled(item, at, self.collector)
            places.keys_at[name], places.values_at[name] = value.keys_at[written], at
        return Arguments(named, ..., value.at, places, all(map(is_constant, named.values())))

    # --- merges ---

    def merge(self, op: type[Op], value: Any, at: Position) -> Head:
        """A merge: a list of branches, labelled branches, `{for, do}`, or `{branches, …}` with arguments of the op."""
        if isinstance(value, Map) and value.broken:
            return Unreadable()
        if isinstance(value, Map) and "branches" in value:
            arguments = self.arguments(value.without("branches"), at, op)
            return self.branches(op, arguments, value["branches"], value.values_at["branches"])
        if isinstance(value, Map) and value and all(key in op.model_fields for key in value):
            return UseMerge(op, self.arguments(value, at, op), (), None)
        return self.branches(op, Arguments({}, ..., at, None, True), value, at)

    def branches(self, op: type[Op], arguments: Arguments, value: Any, at: Position) -> Head:
        if value is None:
            return UseMerge(op, arguments, (), None)
        if isinstance(value, Map) and "for" in value and set(value) <= {"for", "do"}:
            if "do" not in value:
                hint = "add `do`, the steps of each branch"
                raise SpecError.of("missing-key", "`for` needs `do`", value.keys_at["for"], hint)
            body = Branch(None, self.steps(value["do"], value.values_at["do"]), None, value.values_at["do"])
            return UseMerge(op, arguments, (body,), self.rounds(value["for"], value.values_at["for"]))
        if isinstance(value, Map):
            labelled = [self.label(op, key, item, value) for key, item in value.items()]
            return UseMerge(op, arguments, tuple(labelled), None)
        if isinstance(value, Seq):
            if not value:
                hint = "`[[]]` is one branch, the tensor itself"
                raise SpecError.of("no-branch", f"{op.__name__} has no branch", at, hint)
            listed = [self.branch(None, item, value.items_at[index]) for index, item in enumerate(value)]
            return UseMerge(op, arguments, tuple(listed), None)
        return UseMerge(op, arguments, (self.branch(None, value, at),), None)

    def label(self, op: type[Op], label: str, value: Any, data: Map) -> Branch:
        at = data.keys_at[label]
        if label in op.model_fields and not isinstance(value, Map | Seq):
            hint = f"write `{{branches: …, {label}: …}}`"
            raise SpecError.of("branch", f"`{label}` is an argument of {op.__name__}, not a branch", at, hint)
        if label in self.ops or not is_name(label):
            hint = "a list of branches begins each with a dash" if label in self.ops else "letters, digits and `_`"
            raise SpecError.of("branch", f"`{printable(label[:60])}` cannot be the label of a branch", at, hint)
        return self.branch(label, value, data.values_at[label])

    def branch(self, label: str | None, value: Any, at: Position) -> Branch:
        if isinstance(value, str):
            return Branch(label, None, compiled(value, at, self.collector), at)
        return Branch(label, self.steps(value, at), None, at)

    # --- forms ---

    def form(self, form: str, data: Map) -> Head:
        at = data.values_at[form]
        if form == "let":
            return self.let(data["let"], at)
        if form == "for":
            if "do" not in data:
                hint = "add `do`, the steps of each round"
                raise SpecError.of("missing-key", "`for` needs `do`", data.keys_at["for"], hint)
            return Loop(self.rounds(data["for"], at), self.steps(data["do"], data.values_at["do"]))
        body = self.steps(data[form], at)
        return Group(body) if form == "do" else Side(body)

    def let(self, value: Any, at: Position) -> Head:
        if not isinstance(value, Map) or not value:
            raise SpecError.of("step", "`let` names values", at, "`let: {width: $(2 * filters)}`")
        if value.broken:
            return Unreadable()
        values: dict[str, Compiled] = {}
        for name, item in value.items():
            self.check_name(name, value.keys_at[name])
            values[name] = compiled(item, value.values_at[name], self.collector)
        return Let(values, value)

    def rounds(self, value: Any, at: Position) -> Rounds:
        """`i, (a, b) in items`."""
        if not isinstance(value, str):
            hint = "`for: i, depth in enumerate(depths)`, without `$`"
            raise SpecError.of("expression", "`for` names what it takes from a list: `name in list`", at, hint)
        at = behind_quote(at, self.collector.lines.get(at.file))
        try:
            read = read_targets(value)
            if value.startswith("$", read.items):
                hint = "remove the `$`"
                raise ExpressionError("expression", "`for` holds an expression, so it needs no `$`", read.items, hint)
            parsed = parse(value, read.items)
        except ExpressionError as error:
            place = at._replace(column=at.column + error.offset)
            raise SpecError.of(error.code, error.message, place, error.hint) from None
        for name, offset in read.names:
            self.check_name(name, at._replace(column=at.column + offset))
        return Rounds(read.targets, Formula(parsed.expression, parsed.text, at, 0), at)

    def check_name(self, name: str, at: Position) -> None:
        """Reports a name that nothing can have."""
        if name == "x":
            hint = "choose another name"
            message = "`x` is the tensor that reaches a step, so nothing else is called `x`"
            self.collector.add("name", message, at, hint)
        elif not is_name(name):
            self.collector.add("name", f"`{printable(name[:60])}` cannot be a name", at)

    # --- modifiers ---

    def modified(self, head: Head, data: Map, at: Position) -> Step:
        """The step with its modifiers; one that cannot be read is reported, and left out."""
        if len(data) == 1 and not isinstance(head, Stay):
            return Step(head, at, data)
        read: dict[str, Any] = {}
        for key in data:
            if key in _FIELDS:
                field, reader = _FIELDS[key]
                try:
                    read[field] = reader(self, data, key)
                except SpecError as error:
                    self.collector.report(error, data.values_at[key])
        if "else" in data:
            read["otherwise"] = self.otherwise(head, data)
        return Step(head, at, data, modified=True, **read)

    def otherwise(self, head: Head, data: Map) -> Steps:
        if not isinstance(head, Group | Loop):
            raise self.lonely_else(data)
        if "when" not in data:
            message = "`else` needs `when`: without it the steps are never reached"
            raise SpecError.of("step", message, data.keys_at["else"], "add `when`, or remove `else`")
        return self.steps(data["else"], data.values_at["else"])

    def modifier(self, data: Map, key: str) -> Compiled:
        value, at = data[key], data.values_at[key]
        if isinstance(value, Map | Seq) or (value is None and (key == "when" or not data.text(key))):
            hint = {"when": "`when: $(depth > 0)`", "name": "`name: conv1`"}.get(key, f"`{key}: a_name`")
            raise SpecError.of("type", f"`{key}` needs a value", at, hint)
        if key == "when":
            return compiled(value, at, self.collector)
        text = compiled(data.text(key), at, self.collector)
        if isinstance(text, str):
            check_layer_name(text, {"name": "name of a layer"}.get(key, f"name of {key}"), at)
        return text

    def shape(self, data: Map, key: str) -> Compiled:
        value = data[key]
        if not isinstance(value, Seq | str) or (isinstance(value, str) and "$" not in value):
            raise SpecError.of("type", "`shape` is the documented size", data.values_at[key], "`shape: [56, 56, 64]`")
        return compiled(value, data.values_at[key], self.collector)

    def note(self, data: Map, key: str) -> str:
        text = data.text(key)
        if not isinstance(text, str):
            raise SpecError.of("type", "a note is a text", data.values_at[key], "write it in quotes")
        return text

    def tensors(self, data: Map, key: str) -> tuple[Compiled, ...]:
        value, at = data[key], data.values_at[key]
        if isinstance(value, str):
            return (compiled(value, at, self.collector),)
        if isinstance(value, Seq) and value and all(isinstance(item, str) for item in value):
            return tuple(compiled(item, value.items_at[index], self.collector) for index, item in enumerate(value))
        hint = "`from: now`, or `from: [now, before]`"
        raise SpecError.of("type", "`from` is the name of a tensor, or a list of names", at, hint)

    def as_names(self, data: Map, key: str) -> tuple[Compiled, ...]:
        value, at = data[key], data.values_at[key]
        items = value if isinstance(value, Seq) else [data.text(key)]
        names = []
        for item in items:
            if not isinstance(item, str) or not items:
                raise SpecError.of("type", "`as` gives a name, or a list of names", at, "`as: c3`, or `as: [c3, c4]`")
            name = compiled(item, at, self.collector)
            if isinstance(name, Broken):
                continue
            if isinstance(name, Formula):
                raise SpecError.of("name", "a computed name has a fixed part", at, "`as: skip$(level)`")
            self.check_name(name if isinstance(name, str) else name.fixed.replace("$", ""), at)
            names.append(name)
        return tuple(names)


_FIELDS: dict[str, tuple[str, Callable[[StepReader, Map, str], Any]]] = {
    "name": ("name", StepReader.modifier),
    "from": ("from_", StepReader.tensors),
    "as": ("as_", StepReader.as_names),
    "when": ("when", StepReader.modifier),
    "shape": ("shape", StepReader.shape),
    "output": ("output", StepReader.modifier),
    "share": ("share", StepReader.modifier),
    "note": ("note", StepReader.note),
}
"""The field of a `Step` that each modifier fills, and what reads it."""
