"""Checks steps that elaboration did not reach: those that `when` leaves out, and blocks that nothing uses.

Elaboration comes first, since its errors have more context. What it reported is not reported again: the collector
keeps one diagnostic for each code, position and subject.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import NamedTuple
from weakref import WeakKeyDictionary

from archc.collector import Collector
from archc.diagnostics import Position, closest, did_you_mean, printable, shortened
from archc.elaborate.choices import Choices, choices_by_row
from archc.elaborate.circles import check_circles
from archc.elaborate.elaboration import unknown_tensor
from archc.elaborate.parameters import default_value
from archc.elaborate.signatures import Signature, block_signature, op_signature, unknown_block
from archc.elaborate.static_values import check_block_constants, check_form, check_formulas, check_op_constants
from archc.ir.op import Op
from archc.language import steps as syntax
from archc.language.arguments import Arguments
from archc.language.document import Block, NestedNetwork
from archc.language.template import GivenName, NamePattern, ParsedValue, Template, is_constant, names_in
from archc.language.value import Scope, StepLimit, Value, describe
from archc.language.yaml_data import Broken, Map, Seq
from archc.library.specs import Namespace, Spec
from archc.ops import registry


def check_unreached(
    spec: Spec,
    given: Mapping[str, Value],
    collector: Collector,
    *,
    complete: bool,
    allow_unused: bool,
    made: Container[object],
) -> None:
    """Reports what is wrong in any step of a spec and of its blocks, whether or not the step is present.

    Args:
        spec: what is checked.
        given: the values of parameters that a user sets.
        collector: gets the errors.
        complete: whether all of the spec was read, so that a parameter that nothing reads is an error.
        allow_unused: whether it is an error only where a user sets it.
        made: has the identities of named constant arguments that elaboration made an op of, each with the op.
    """
    settings, clean = (frozenset(given), allow_unused), _clean.setdefault(spec, set())
    if settings in clean:
        return
    inputs = tuple(declared.name for declared in spec.inputs)
    whole = Block("", spec.document.at, spec.params, inputs, spec.layers)
    pending = [(whole, spec.blocks)]
    scopes: dict[Block, _CheckedScope] = {}
    rows = choices_by_row(spec, given)
    seen_in: set[int] = set()
    while pending:
        block, namespace = pending.pop()
        if block not in scopes:
            remembered = _checked.setdefault(namespace, {})
            scopes[block] = remembered.get(block) or _StaticScope(block, namespace, collector, made, rows).checked()
            if block is not whole and not rows and not collector:
                remembered[block] = scopes[block]
        if id(namespace) not in seen_in:
            seen_in.add(id(namespace))
            pending.extend(namespace.values())
    check_circles(spec.blocks, collector)
    if complete:
        scopes[whole] = scopes[whole].reading(_read_by_file(spec))
        _check_unused(spec, given, scopes if not allow_unused else {whole: scopes[whole]}, collector, allow_unused)
        if not rows and not collector and len(clean) < _MOST_SETTINGS:
            clean.add(settings)


class _CheckedScope(NamedTuple):
    """What is known of the steps of one scope once they are checked.

    Attributes:
        known: the names that they can read.
        names_read: those that something reads.
        chosen: the blocks that are choices of a parameter or of rows, whose arguments are those of the other choices.
    """

    known: AbstractSet[str]
    names_read: AbstractSet[str]
    chosen: Sequence[Block]

    def reading(self, values: Iterable[ParsedValue]) -> _CheckedScope:
        """The same, where these values read names too."""
        read = {name for value in values for name, _ in names_in(value)}
        return self._replace(names_read=self.names_read | read)


_checked: WeakKeyDictionary[Namespace, dict[Block, _CheckedScope]] = WeakKeyDictionary()
"""The blocks in which nothing is wrong, so that a process checks each once."""

_clean: WeakKeyDictionary[Spec, set[tuple[frozenset[str], bool]]] = WeakKeyDictionary()
"""The specs in which nothing is wrong, with the parameters that a user sets, and whether parameters may be unused."""

_MOST_SETTINGS = 100


def _check_unused(
    spec: Spec, given: Container[str], scopes: Mapping[Block, _CheckedScope], collector: Collector, allow_unused: bool
) -> None:
    """Reports the parameters that nothing reads, but for those of blocks whose callers prescribe their parameters."""
    chosen = {block for scope in scopes.values() for block in scope.chosen}
    undefined = {name for scope in scopes.values() for name in scope.names_read - scope.known}
    own = () if allow_unused else spec.document.params
    for block, scope in scopes.items():
        allowed: Container[str] = block.replaces.params if block.replaces is not None else ()
        if block.name == "":
            allowed = {name for name in spec.params if name not in own and name not in given}
        if block in chosen or not block.layers or isinstance(block, NestedNetwork):
            continue
        meant = {closest(name, block.params) for name in undefined}
        for name, parameter in block.params.items():
            needed = collector.reported("missing-parameter", parameter.at)
            if name not in scope.names_read and name not in meant and name not in allowed and not needed:
                hint = did_you_mean(name, [other for other in block.params if other != name])
                message = f"nothing reads the parameter `{name}`"
                collector.add("unused-parameter", message, parameter.at, hint, about=name)


def _read_by_file(spec: Spec) -> Iterator[ParsedValue]:
    """The values of a file beside those of its steps."""
    yield from (declared.shape for declared in spec.inputs)
    yield from (name for name, _ in spec.outputs or ())
    yield from (value for fact in spec.facts for value in (fact.of, fact.value, fact.computed))


class _StaticScope:
    """The steps of one scope, and the names in it.

    Attributes:
        made: the arguments that need no check.
        families: the names of lists of tensors with computed names.
        rows: what rows of the file name.
    """

    def __init__(
        self, scope: Block, blocks: Namespace, collector: Collector, made: Container[object], rows: Choices
    ) -> None:
        self.made, self.rows = made, rows
        self.scope, self.blocks, self.collector = scope, blocks, collector
        self.names_read: set[str] = set()
        self.chosen: list[Block] = []
        self.given = list(syntax.names_given(scope.layers))
        names = {name for name, _, _ in self.given}
        self.patterns = {name for name in names if isinstance(name, NamePattern)}
        self.families = syntax.families_among(names)
        self.known = {"x", *scope.inputs, *scope.params, *(name for name in names if isinstance(name, str))}

    def checked(self) -> _CheckedScope:
        """Checks the steps."""
        self.scope.check_given_names(self.given, self.blocks, self.collector)
        self.defaults()
        values = self.known | self.families
        for step in syntax.steps_within(self.scope.layers):
            if isinstance(step.head, syntax.UseOp) and self.is_plain(step, step.head):
                continue
            self.head(step)
            check_form(step, self.blocks, self.collector)
            for value in syntax.values_of(step):
                if value is not None and type(value) is not str:
                    self.names(value, values)
            for name in step.from_ or ():
                self.tensor(name, step.place("from"))
            for name, at in step.head.tensors():
                self.tensor(name, at)
        for name, at in self.scope.outputs:
            self.tensor(name, at)
            self.names(name, values)
        return _CheckedScope(self.known, self.names_read, self.chosen)

    def defaults(self) -> None:
        """Checks that each default reads the parameters before it alone, and that a constant one is allowed."""
        before: set[str] = set()
        for parameter in self.scope.params.values():
            self.names(parameter.default, before)
            before.add(parameter.name)
            if not parameter.required and is_constant(parameter.default):
                with self.collector.reporting(parameter.at):
                    default_value(parameter, parameter.type, Scope({}, StepLimit()))
            else:
                check_formulas(parameter.default, self.collector)

    def names(self, value: ParsedValue, among: AbstractSet[GivenName]) -> None:
        for name, at in names_in(value):
            self.names_read.add(name)
            if name not in among:
                known = sorted(map(str, among))
                hint = did_you_mean(name, known) or f"known here: {', '.join(known[:20]) or 'nothing'}"
                message = f"`{printable(name[:60])}` is not defined here"
                self.collector.add("unknown-name", message, at, hint, about=name)

    def tensor(self, name: ParsedValue, at: Position) -> None:
        """Reports the name of a tensor that no step gives."""
        if isinstance(name, str) and name not in self.known:
            self.collector.report(unknown_tensor(name, name, at, did_you_mean(name, self.known)))
        elif isinstance(name, Template) and name.pattern not in self.patterns:
            near = closest(name.pattern.word, {pattern.word for pattern in self.patterns})
            hint = f"did you mean the items of `{near}`?" if near else None
            self.collector.report(unknown_tensor(name, str(name.pattern), at, hint))

    def head(self, step: syntax.Step) -> None:
        match step.head:
            case syntax.UseOp(op, arguments, guessed) | syntax.UseMerge(op, arguments, _, guessed) if not guessed:
                if not self.is_made(step.head):
                    self.op(op, arguments, step.at)
            case syntax.UseBlock(word, arguments):
                self.block(word, arguments, step.at)
            case syntax.UseChoice():
                self.choices(step.head, step)

    def is_made(self, head: syntax.UseOp | syntax.UseMerge) -> bool:
        """Whether elaboration made an op of the arguments, so that nothing is wrong with them."""
        return head.arguments.first is None and (id(head.arguments.named), head.op) in self.made

    def is_plain(self, step: syntax.Step, head: syntax.UseOp) -> bool:
        """Whether a step is an op of one input with constant arguments alone, of which elaboration made one."""
        return not step.modified and head.op.arity == (1, 1) and self.is_made(head)

    def block(self, word: str, arguments: Arguments, at: Position) -> None:
        if word not in self.blocks:
            self.collector.report(unknown_block(word, self.blocks, at))
        elif (block := self.blocks[word][0]).readable:
            self.arguments(arguments, block_signature(block), at)
            check_block_constants(block, arguments, self.collector)
            if isinstance(block, NestedNetwork):
                self.unread(block, arguments)

    def unread(self, network: NestedNetwork, arguments: Arguments) -> None:
        """Reports the parameters of a network that a use sets, and that only its own input or its facts read."""
        for name in arguments.named:
            if name in network.params and name not in _names_read(network):
                message = f"no step of the network `{network.name}` reads the parameter `{name}`"
                hint = "remove it; the input of the network is the tensor that this step takes"
                self.collector.add("unused-parameter", message, arguments.key_place(name), hint, about=name)

    def op(self, op: type[Op], arguments: Arguments, at: Position) -> None:
        self.arguments(arguments, op_signature(op), at)
        check_op_constants(op, arguments, self.collector)

    def arguments(self, arguments: Arguments, signature: Signature, at: Position) -> None:
        """Checks the names of arguments against those of an op or block."""
        if arguments.first is not None:
            return
        meant = set()
        for name in arguments.named:
            if name not in signature.arguments:
                self.collector.report(signature.unknown(name, arguments.key_place(name)))
                meant.add(closest(name, signature.arguments))
        for name in signature.required:
            if name not in arguments.named and name not in meant:
                self.collector.report(signature.missing(name, at))

    def choices(self, head: syntax.UseChoice, step: syntax.Step) -> None:
        """Checks that all that a parameter or rows name are ops and blocks that take the arguments."""
        text, parameter = head.word.text, self.scope.params.get(head.parameter or "")
        if parameter is None and head in self.rows:
            for choice in self.rows[head]:
                for at in self.places(choice, head) or [head.word.at]:
                    self.choice(choice, f"the value of `${text}`", at, step)
        elif parameter is None:
            if all(name in self.known | self.families for name, _ in names_in(head.word)):
                message = f"`${text}` does not follow from parameters of the file, so it stands for no op and no block"
                hint = "pass the name to a block that has a parameter with `choices`: `unit: $row.unit`"
                self.collector.add("head", message, step.at, hint)
        elif parameter.choices is None:
            message = f"`${text}` stands for an op or a block, but the parameter has no `choices`"
            self.collector.add("head", message, step.at, f"`{text}: {{type: str, choices: [...]}}`")
        else:
            for choice in parameter.choices:
                self.choice(choice, f"a choice of `{text}`", parameter.at, step)

    def choice(self, choice: Value, what: str, at: Position, step: syntax.Step) -> None:
        """Checks one of the ops and blocks that a head may be; `at` is where it is named."""
        arguments = step.head.arguments if isinstance(step.head, syntax.UseChoice) else None
        if arguments is None or isinstance(choice, Broken):
            return
        if isinstance(choice, str) and choice in registry():
            self.op(registry()[choice], arguments, step.at)
            if step.prefix is not None:
                message = f"only a block has a `prefix`, and `{choice}`, {what}, is an op"
                self.collector.add("name", message, step.place("prefix"), "the name of a layer is `name`")
        elif isinstance(choice, str) and choice in self.blocks:
            self.chosen.append(self.blocks[choice][0])
            self.block(choice, arguments, step.at)
        else:
            hint = did_you_mean(str(choice), (*registry(), *self.blocks)) if isinstance(choice, str) else None
            hint = hint or f"the name of an op, such as `Dense`, or of a block: {', '.join(self.blocks) or 'none here'}"
            shown = f"`{shortened(choice)}`" if isinstance(choice, str) else describe(choice)
            self.collector.add("head", f"{shown}, {what}, is neither an op nor a block", at, hint, about=str(choice))

    def places(self, choice: Value, head: syntax.UseChoice) -> list[Position]:
        """Where the defaults of parameters have a value that a head by row may be."""
        defaults = [parameter.default for parameter in self.scope.params.values()]
        return [at for default in defaults for at in _places(default, head.title, choice)]


def _places(data: ParsedValue, key: str, value: Value) -> Iterator[Position]:
    """Where a map in some data has a value for a key, or a list has it."""
    if isinstance(data, Map | Seq):
        items = data.items() if isinstance(data, Map) else ((key, item) for item in data)
        places = data.values_at.values() if isinstance(data, Map) else data.items_at
        for (place, item), at in zip(items, places, strict=True):
            if item == value and place == key:
                yield at
            yield from _places(item, key, value)


@lru_cache(maxsize=100)
def _names_read(block: Block) -> frozenset[str]:
    """The names that the steps, the defaults and the outputs of a block read."""
    values: list[ParsedValue] = [
        value for step in syntax.steps_within(block.layers) for value in syntax.values_of(step)
    ]
    values += [parameter.default for parameter in block.params.values()]
    return frozenset(name for value in values for name, _ in names_in(value))
