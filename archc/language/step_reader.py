"""Reads steps from plain data.

Reading is static: heads and modifiers are separated, expressions are parsed, and nothing is evaluated. A step that
cannot be read is reported, and `Unreadable` stands for its head, so that the rest is read and elaborated.
"""

from __future__ import annotations

import re
from keyword import iskeyword
from typing import Any

from archc.collector import Collector
from archc.diagnostics import Poisoned, Position, SpecError, closest, did_you_mean, printable
from archc.ir.op import Op, SeveralOutputs
from archc.language import steps as syntax
from archc.language.arguments import read_arguments
from archc.language.expression import Name
from archc.language.modifiers import MODIFIERS
from archc.language.name_rules import check_name, is_name
from archc.language.rounds import read_rounds
from archc.language.template import Formula, after_quote, is_whole, parse_scalar, parse_value
from archc.language.yaml_data import Broken, Map, Seq
from archc.ops import vocabulary
from archc.ops.activation_arguments import activation_functions
from archc.ops.keras_layers import CELL_NAMES, NOT_IN_VOCABULARY

_WORD = re.compile(r"\$?[A-Za-z_]\w*", re.ASCII)
_FORMS = ("for", "do", "else", "side", "let")  # keys that are neither a modifier nor an op or block
# Without `linear`: PyTorch's `Linear` is a `Dense`.
_ACTIVATIONS = {name.replace("_", ""): name for name in activation_functions() if name != "linear"}
STEP_KEYS = (*MODIFIERS, *_FORMS)
"""The keys of a step that no block can have as its name."""

_KEYS = frozenset(STEP_KEYS)


class StepReader:
    """Reads the steps of one file."""

    def __init__(self, collector: Collector) -> None:
        self.collector = collector
        self.ops = vocabulary()

    def steps(self, value: Any, at: Position) -> syntax.Steps:
        """One step or a list of steps."""
        if isinstance(value, Seq):
            return tuple([self.step(item, value.items_at[index]) for index, item in enumerate(value)])
        return (self.step(value, at),)

    def step(self, value: Any, at: Position) -> syntax.Step:
        """One step; one that cannot be read is reported."""
        try:
            if isinstance(value, Map):
                return self.mapping(value, at)
            if isinstance(value, str):
                return syntax.Step(self.use(value, None, at, at), at)
            if isinstance(value, Broken) or (isinstance(value, Seq) and value.broken):
                return syntax.Step(syntax.Unreadable(), at)
            if isinstance(value, Seq):
                raise SpecError.of("step", "a list cannot be a step", at, "a group of steps is written `do: [...]`")
            raise SpecError.of("step", f"expected a step, got {'nothing' if value is None else f'`{value}`'}", at)
        except SpecError as error:
            self.collector.report(error, at)
        except Poisoned:
            pass
        return self.unreadable(value, at)

    def unreadable(self, value: Any, at: Position) -> syntax.Step:
        """Stands for a step that cannot be read; it keeps the names that the step gives, and its documented size."""
        if not isinstance(value, Map):
            return syntax.Step(syntax.Unreadable(), at)
        silent = Collector()
        written = value.get("as")
        items = [item for item in (written if isinstance(written, Seq) else [written]) if isinstance(item, str)]
        names = [parse_value(item, at, silent) for item in items]
        shape = parse_value(value["shape"], at, silent) if isinstance(value.get("shape"), Seq) else None
        as_ = tuple(name for name in names if not isinstance(name, Formula | Broken))
        return syntax.Step(syntax.Unreadable(), at, value, modified=True, as_=as_, shape=shape)

    def mapping(self, data: Map, at: Position) -> syntax.Step:
        """A step with its head and modifiers."""
        if data.broken:
            return self.unreadable(data, at)
        heads = [key for key in data if key not in _KEYS]
        forms = [key for key in ("for", "side", "let") if key in data] if len(heads) < len(data) else []
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
            head = syntax.NoHead()
        return self.modified(head, data, at)

    def one_head(self, data: Map, first: str, second: str) -> Map:
        """The step with a misspelt modifier corrected.

        Raises:
            SpecError: it has two heads: most often a dash is missing, or an argument stands beside its op.
        """
        for op, argument in ((first, second), (second, first)):
            if op in self.ops and argument in self.ops[op].model_fields:
                message = f"`{argument}` is an argument of {op}, not a modifier of the step"
                hint = f"write it in the braces of {op}: `{op}: {{{argument}: …}}`"
                raise SpecError.of("step", message, data.keys_at[argument], hint)
        known = [word for word in STEP_KEYS if word not in data]
        likely = [key for key in (second, first) if key[:1].islower() and key not in _FORMS]
        for key in sorted(likely, key=lambda key: isinstance(data[key], Map)):
            if meant := closest(key, known):
                message = f"there is no modifier `{printable(key[:60])}`"
                self.collector.add("unknown-key", message, data.keys_at[key], f"did you mean `{meant}`?")
                return data.renamed({key: meant})
        message = f"a step has one head, but this has `{printable(first[:60])}` and `{printable(second[:60])}`"
        hint = "begin each step with a dash"
        if not _WORD.fullmatch(second) and not is_whole(second):
            hint = "in braces a comma ends a text: put a text with commas or brackets in quotes"
        if first in self.ops and second not in self.ops:
            hint += f"; modifiers are {', '.join(MODIFIERS)}"
        raise SpecError.of("step", message, data.keys_at[second], hint)

    def modified(self, head: syntax.Head, data: Map, at: Position) -> syntax.Step:
        """The step with its modifiers; one that cannot be read is reported, and left out."""
        if len(data) == 1 and not isinstance(head, syntax.NoHead):
            return syntax.Step(head, at)
        read: dict[str, Any] = {}
        for key in data:
            if key in MODIFIERS:
                with self.collector.reporting(data.values_at[key]):
                    read[f"{key}_" if iskeyword(key) else key] = MODIFIERS[key](data, key, self.collector)
        if read.get("name") == "" and not self.can_have_the_name_around(head, data):
            del read["name"]
        if "prefix" in read and not self.can_begin_names(head, data):
            del read["prefix"]
        if "share_inside" in read and not self.can_share_inside(head, data):
            del read["share_inside"]
        if "else" in data:
            read["otherwise"] = self.otherwise(head, data)
        return syntax.Step(head, at, data, modified=True, **read)

    def can_have_the_name_around(self, head: syntax.Head, data: Map) -> bool:
        """Whether a step can have the name of the part around it; where it cannot, that is reported."""
        if "share" in data:
            message = 'a layer with a `share` cannot have the name of the part around it, `name: ""`'
        elif not isinstance(head, syntax.UseOp | syntax.UseMerge | syntax.UseChoice | syntax.Unreadable) or (
            isinstance(head, syntax.UseOp) and issubclass(head.op, SeveralOutputs)
        ):
            message = 'only a layer can have the name of the part around it, `name: ""`'
        else:
            return True
        self.collector.add("name", message, data.values_at["name"], "give it a name of its own")
        return False

    def can_begin_names(self, head: syntax.Head, data: Map) -> bool:
        """Whether a step can have a `prefix`; where it cannot, that is reported."""
        if not head.holds_layers:
            message, hint = "only a block, a group, a loop or a side has a `prefix`", "the name of a layer is `name`"
        elif "name" in data:
            message, hint = "a step has either `name` or `prefix`", "`name` makes a part of the network, `prefix` none"
        elif "share" in data:
            message, hint = "a shared block is a model with a name, which begins the names inside", "write `name`"
        else:
            return True
        self.collector.add("name", message, data.keys_at["prefix"], hint)
        return False

    def can_share_inside(self, head: syntax.Head, data: Map) -> bool:
        """Whether a step can have a `share_inside`; where it cannot, that is reported."""
        if not isinstance(head, syntax.UseBlock | syntax.UseChoice | syntax.Unreadable):
            message, hint = (
                "only the use of a block has a `share_inside`",
                "the weights of a layer are shared by `share`",
            )
        elif "share" in data:
            message, hint = "a step has either `share` or `share_inside`", "with `share` all weights are shared"
        else:
            return True
        self.collector.add("share", message, data.keys_at["share_inside"], hint)
        return False

    def otherwise(self, head: syntax.Head, data: Map) -> syntax.Steps:
        if not isinstance(head, syntax.StepGroup | syntax.Loop):
            raise self.lonely_else(data)
        if "when" not in data:
            message = "`else` needs `when`: without it the steps are never reached"
            raise SpecError.of("step", message, data.keys_at["else"], "add `when`, or remove `else`")
        return self.steps(data["else"], data.values_at["else"])

    def lonely_else(self, data: Map) -> SpecError:
        hint = "write `do`, `when` and `else` in one step"
        return SpecError.of("step", "`else` belongs to a step with `do` and `when`", data.keys_at["else"], hint)

    # --- heads ---

    def use(self, word: str, value: Any, at: Position, value_at: Position) -> syntax.Head:
        """An op, a block, or a parameter that names one."""
        if word.startswith("$"):
            return syntax.UseChoice(self.choice(word, at), read_arguments(value, value_at, self.collector))
        if not _WORD.fullmatch(word):
            raise SpecError.of("step", f"`{printable(word[:60])}` is not the name of an op or a block", at)
        if not word[0].isupper():
            return syntax.UseBlock(word, read_arguments(value, value_at, self.collector))
        op = self.ops.get(word) or self.meant(word, at)
        if op is None:
            return syntax.Unreadable()
        if op.merges:
            return self.merge(op, value, value_at, guessed=word not in self.ops)
        if isinstance(value, Seq) and op.arity[0] > 1 and not op.own_arguments():
            message = f"{op.__name__} has no branches"
            raise SpecError.of("step", message, value_at, "name its tensors beside it: `from: [a, b]`")
        return syntax.UseOp(op, read_arguments(value, value_at, self.collector, op), word not in self.ops)

    def choice(self, word: str, at: Position) -> Formula:
        """The expression of a head that a parameter or a row names.

        Raises:
            SpecError: it is another expression than `$name`, or `$row.unit` with any attributes and items.
        """
        if _WORD.fullmatch(word):
            name = Name(word[1:], 0)
            return Formula(name, name.compiled(), word[1:], at._replace(column=at.column + 1), 0)
        parsed = parse_scalar(word, at, self.collector.lines.get(at.file)) if is_whole(word) else word
        if isinstance(parsed, Formula):
            return parsed
        hint = "a head is `$unit`, a parameter with `choices`, or `$row.unit`, with `row` of a loop over parameters"
        raise SpecError.of("step", f"`{printable(word[:60])}` names no op and no block", at, hint)

    def meant(self, word: str, at: Position) -> type[Op] | None:
        """Reports an unknown op; returns the one with the closest name."""
        message = f"there is no op `{printable(word[:60])}`"
        if word in NOT_IN_VOCABULARY:
            hint = f"Keras has this class, archc does not: {NOT_IN_VOCABULARY[word]}"
            if word in CELL_NAMES:
                hint = f"a cell is an argument of `RNN`: `cell: {{{word}: …}}`"
            self.collector.add("unknown-op", message, at, hint)
            return None
        meant = closest(word, self.ops)
        named = _ACTIVATIONS.get(word.lower())
        if named is not None and (meant is None or meant.lower() != word.lower()):
            self.collector.add("unknown-op", message, at, f"an activation is written `Activation: {named}`")
            return None
        self.collector.add("unknown-op", message, at, did_you_mean(word, self.ops))
        return self.ops[meant] if meant else None

    # --- merges ---

    def merge(self, op: type[Op], value: Any, at: Position, *, guessed: bool) -> syntax.Head:
        """A merge: branches in a list, with labels, or of a loop, or `{branches, …}` with arguments of the op."""
        if isinstance(value, Map) and value.broken:
            return syntax.Unreadable()
        written: Any = None
        if isinstance(value, Map) and "branches" in value:
            written = value.renamed({"branches": None})
            value, at = value["branches"], value.values_at["branches"]
        elif isinstance(value, Map) and value and all(key in op.model_fields for key in value):
            written, value = value, None
        arguments = read_arguments(written, at, self.collector, op)
        branches: list[syntax.Branch] = []
        if isinstance(value, Map) and "for" not in value:
            if [label for label in value if not self.is_label(op, label, value)]:
                return syntax.Unreadable()
            branches += [self.branch(label, item, value.values_at[label]) for label, item in value.items()]
        elif isinstance(value, Seq):
            if not value:
                hint = "`[[]]` is one branch, the tensor itself"
                raise SpecError.of("no-branch", f"{op.__name__} has no branch", at, hint)
            branches += [self.branch(None, item, value.items_at[index]) for index, item in enumerate(value)]
        elif value is not None:
            branches.append(self.branch(None, value, at))
        return syntax.UseMerge(op, arguments, tuple(branches), guessed)

    def is_label(self, op: type[Op], label: str, data: Map) -> bool:
        """Whether a key can be the label of a branch; one that cannot is reported.

        Raises:
            SpecError: it is an argument of the op, so the branches need a key of their own.
        """
        at = data.keys_at[label]
        if label in op.model_fields and not isinstance(data[label], Map | Seq):
            hint = f"write `{{branches: …, {label}: …}}`"
            raise SpecError.of("branch", f"`{label}` is an argument of {op.__name__}, not a branch", at, hint)
        if is_name(label) and label not in self.ops:
            return True
        hint = "a list of branches begins each with a dash" if label in self.ops else "letters, digits and `_`"
        self.collector.add("branch", f"`{printable(label[:60])}` cannot be the label of a branch", at, hint)
        return False

    def branch(self, label: str | None, value: Any, at: Position) -> syntax.Branch:
        """A branch; a loop without a label is one for each round."""
        if isinstance(value, str):
            return syntax.Branch(label, None, parse_value(value, at, self.collector), at)
        if label is None and isinstance(value, Map) and "for" in value and not value.broken:
            return self.branch_in_rounds(value, at)
        return syntax.Branch(label, self.steps(value, at), None, at)

    def branch_in_rounds(self, data: Map, at: Position) -> syntax.Branch:
        """A branch for each round of a loop; where the loop cannot be read, a branch that only gives its names."""
        loop: syntax.Head = syntax.Unreadable()
        with self.collector.reporting(at):
            loop = self.loop(data)
        if not isinstance(loop, syntax.Loop):
            return syntax.Branch(None, (syntax.Step(loop, at),), None, at)
        if other := next((key for key in data if key not in ("for", "do")), None):
            hint = "write it on the steps under `do`; a loop that is one branch is `- - for: …`"
            message = f"a loop that gives branches has `for` and `do` alone, not `{printable(other[:60])}`"
            self.collector.add("branch", message, data.keys_at[other], hint)
        return syntax.Branch(None, loop.body, None, data.values_at["do"], loop.rounds)

    # --- forms ---

    def form(self, form: str, data: Map) -> syntax.Head:
        at = data.values_at[form]
        if form == "let":
            return self.let(data["let"], at)
        if form == "for":
            return self.loop(data)
        body = self.steps(data[form], at)
        return syntax.StepGroup(body) if form == "do" else syntax.SideGroup(body)

    def let(self, value: Any, at: Position) -> syntax.Head:
        if not isinstance(value, Map) or not value:
            raise SpecError.of("step", "`let` is a mapping of names to values", at, "`let: {width: $(2 * filters)}`")
        if value.broken:
            return syntax.Unreadable(tuple((name, value.keys_at[name]) for name in value if is_name(name)))
        for name in value:
            check_name(name, value.keys_at[name], self.collector)
        named = {name: parse_value(item, value.values_at[name], self.collector) for name, item in value.items()}
        return syntax.Let(named, value)

    def loop(self, data: Map) -> syntax.Loop | syntax.Unreadable:
        """A loop; where its `for` cannot be read, a head that only gives the names of its steps."""
        if "do" not in data:
            hint = "add `do`, the steps of each round"
            raise SpecError.of("missing-key", "`for` needs `do`", data.keys_at["for"], hint)
        steps = self.steps(data["do"], data.values_at["do"])
        value, at = data["for"], data.values_at["for"]
        with self.collector.reporting(at):
            rounds, names = read_rounds(value, after_quote(at, self.collector.lines.get(at.file)))
            for name, place in names:
                check_name(name, place, self.collector)
            return syntax.Loop(rounds, steps)
        return syntax.Unreadable(tuple((name, place) for name, place, _ in syntax.names_given(steps)))
