"""The text of a spec, from what is written of each step."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from archc.folding.arrangement import MERGES, Item, arranged
from archc.folding.lifetimes import Lifetimes, lifetimes
from archc.folding.lines import Solved, loop_text
from archc.folding.name_texts import unused_name
from archc.folding.program import Program, Step, Wire
from archc.folding.renaming import rename
from archc.folding.values import Anchor, Expr, Value, name_text, pair_text, value_text
from archc.ir.graph import Input
from archc.ir.naming import snake_case
from archc.language.name_rules import is_name
from archc.ops import registry

WIDTH = 120


class ScopePrinter:
    """Prints the steps of the network or of a block.

    Attributes:
        known: the names of wires that have one without `as`.
        words: for wires that may need a name, a word that says what they are.
        outputs: the names of the network's outputs.
        around: the loops around the step that is printed.
    """

    def __init__(
        self, program: Program, known: Mapping[Wire, str], taken: Iterable[str], outputs: Mapping[Wire, str]
    ) -> None:
        self.program, self.outputs = program, outputs
        self.names: dict[Wire, str] = dict(known)
        self.used = {*taken, *self.names.values(), *program.blocks}
        self.needed: set[Wire] = set()
        self.words: dict[Wire, str] = {}
        self.lifetimes = Lifetimes()
        self.around: list[Step] = []
        self.carried: set[Wire] = set()

    def steps(self, items: list[Item], entry: Wire | None, indent: int) -> list[str]:
        """The lines of a scope."""
        self.prepare(items, entry)
        return self.sequence(items, entry, indent)

    def prepare(self, items: list[Item], entry: Wire | None) -> None:
        """Finds the wires of a scope that need a name, and how long each is read."""
        self.lifetimes = lifetimes(items)
        self.collect(items, entry)

    def collect(self, items: list[Item], path: Wire | None) -> Wire | None:
        """Collects the wires that need a name; gives where the path ends."""
        for item in items:
            step = item.line.step
            if item.body:
                self.collect(item.body, step.entries[0])
                for operand, entry, leaf in zip(step.operands[1:], step.entries[1:], step.leaves[1:], strict=True):
                    if entry in self.needed or leaf is not None:
                        self.needed.add(operand)
                    if leaf is not None:
                        self.needed.add(leaf)
                if step.operands[0] is not path:
                    self.needed.add(step.operands[0])
            elif self.is_merge(item):
                for branch, operand in zip(self.branches(item), step.operands, strict=True):
                    if branch:
                        self.collect(branch, path)
                    elif operand is not path:
                        self.needed.add(operand)
            else:
                self.needed.update(step.arguments.values())
                if step.taken != [path]:
                    self.needed.update(step.taken)
            path = step
        return path

    def sequence(self, items: list[Item], path: Wire | None, indent: int) -> list[str]:
        """The lines of items in a row."""
        lines: list[str] = []
        if path is not None and path in self.needed and path not in self.names:
            lines.append(" " * indent + f"- as: {self.name(path, self.words.get(path, 'start'))}")
        place = 0
        while place < len(items):
            end = place + 1
            when = items[place].line.when
            while when is not None and end < len(items) and _goes_on(items[end], items[end - 1], when):
                end += 1
            group = items[place:end]
            deep = indent + 4 if len(group) > 1 else indent
            inner: list[str] = []
            operands = group[0].line.step.taken
            if when is not None and len(operands) == 1 and operands[0] is not path:
                lines.append(f"{' ' * indent}- from: {self.names[operands[0]]}")
                path = operands[0]
            for item in group:
                inner += self.item(item, path, deep, grouped=len(group) > 1)
                path = item.line.step
            if len(group) > 1:
                inner = [" " * indent + "- do:", *inner, f"{' ' * indent}  when: {value_text(when)}"]
            lines += inner
            if when is not None and path in self.needed:
                lines.append(f"{' ' * indent}- as: {self.name(path, _hint(group[-1]))}")
            place = end
        return lines

    def branches(self, item: Item) -> list[list[Item]]:
        """The branches of a merge; empty ones where its operands have names."""
        return item.branches or [[] for _ in item.line.step.operands]

    def is_merge(self, item: Item) -> bool:
        """Whether the item is a merge, whose operands stand in its branches."""
        return item.line.step.head in MERGES and bool(item.line.step.nodes)

    def item(self, item: Item, path: Wire | None, indent: int, *, grouped: bool = False) -> list[str]:
        """The lines of an item."""
        line, step, pad = item.line, item.line.step, " " * indent
        if item.body:
            before, after = self.states(step)
            self.around.append(step)
            rounds = self.sequence(item.body, step.entries[0], indent + 4)
            self.around.pop()
            rounds += [f"{pad}    {text}" for make in after if (text := make(self.names))]
            loop = wrapped(f"{pad}- for: ", loop_text(line).split(", "), "", indent + 6)
            head = [*(pad + text for text in before), *loop, f"{pad}  do:", *rounds]
        elif self.is_merge(item):
            head = self.merge(item, path, indent)
        else:
            head = self.call(item, indent)
        modifiers = self.modifiers(item, path, grouped=grouped)
        if modifiers and len(head) == 1 and head[0].endswith(f"- {step.head}"):
            head[0] += ":"
        apart = [f"{pad}- output: {name_text(self.outputs[step])}"] if self.is_marked_apart(item) else []
        return [*head, *(f"{pad}  {modifier}" for modifier in modifiers), *apart]

    def states(self, step: Step) -> tuple[list[str], list[Callable[[Mapping[Wire, str]], str]]]:
        """Names what a round has from outside; gives what stands before a loop, and at the end of a round."""
        states: list[tuple[str, Wire, Wire]] = []
        for place, (operand, entry) in enumerate(zip(step.operands, step.entries, strict=True)):
            leaf, end = step.leaves[place], step.ends[place]
            if place == 0:
                continue
            if leaf is None or end is None:
                if operand in self.names:
                    self.names[entry] = self.names[operand]
                continue
            name = self.state_name(step, operand, end)
            self.names[entry] = self.names[end] = name
            self.carried.update((entry, end))
            states.append((name, operand, leaf))
        if not states:
            return [], []
        self.words[step.entries[0]] = "now"
        first = [f"{name}: ${self.names[operand]}" for name, operand, _ in states if self.names[operand] != name]

        def later(names: Mapping[Wire, str]) -> str:
            pairs = [f"{name}: ${names[leaf]}" for name, _, leaf in states if names[leaf] != name]
            return f"- let: {{{', '.join(pairs)}}}" if pairs else ""

        return [f"- let: {{{', '.join(first)}}}"] if first else [], [later]

    def state_name(self, step: Step, operand: Wire, end: Wire) -> str:
        """A name for what a loop carries: that of what another loop carried or carries on, if nothing else reads it."""
        outer = [(entry, leaf) for loop in self.around for entry, leaf in zip(loop.entries, loop.leaves, strict=True)]
        known = [operand, *(entry for entry, leaf in reversed(outer) if leaf is end)]
        free = (self.names[wire] for wire in known if wire in self.carried and self.is_free(wire, step))
        return next(free, None) or self.unused("before")

    def is_free(self, wire: Wire, step: Step) -> bool:
        """Whether the name of a wire can be that of what is made at a step."""
        return self.lifetimes.is_free(self.names, self.names[wire], self.lifetimes.born[step.entries[0]])

    def unused(self, word: str) -> str:
        """A name that no wire has."""
        name = unused_name(word, self.used)
        self.used.add(name)
        return name

    def taken(self, item: Item, path: Wire | None) -> list[str]:
        """The modifier `from`, where a step takes something else than the path."""
        operands = item.line.step.taken
        if self.is_merge(item) or not operands:
            return []
        if len(operands) == 1 or item.body:
            return [] if operands[0] is path else [f"from: {self.names[operands[0]]}"]
        return ["from: [" + ", ".join(self.names[wire] for wire in operands) + "]"]

    def modifiers(self, item: Item, path: Wire | None, *, grouped: bool) -> list[str]:
        """The modifiers of an item."""
        line, step = item.line, item.line.step
        modifiers = self.taken(item, path)
        if line.when is not None and not grouped:
            modifiers.append(f"when: {value_text(line.when)}")
        if step.share is not None:
            if not step.again and line.name is not None:
                modifiers.append(f"name: {name_text(line.name)}")
            modifiers.append(f"share: {name_text(line.share)}")
        elif line.name and not (step.nodes and line.name == self.outputs.get(step)):
            modifiers.append(f"name: {name_text(line.name)}")
        if step.share_inside is not None:
            modifiers.append(f"share_inside: {name_text(step.share_inside)}")
        if not step.body and self.needed.intersection(step.left[1:]):
            words = [_hint(item) if wire is step or step.calls else f"{_hint(item)}_state" for wire in step.outputs]
            modifiers.append(f"as: [{', '.join(map(self.name, step.outputs, words))}]")
        elif step in self.needed and line.when is None:
            modifiers.append(f"as: {self.name(step, _hint(item))}")
        if self.outputs.get(step) and not self.is_marked_apart(item):
            modifiers.append(f"output: {name_text(self.outputs[step])}")
        return modifiers

    def is_marked_apart(self, item: Item) -> bool:
        """Whether a layer has Keras's name and is an output, after which it would be named if it had the mark."""
        step = item.line.step
        return bool(self.outputs.get(step) and step.nodes and item.line.name is None and step.share is None)

    def call(self, item: Item, indent: int) -> list[str]:
        """The head of an op or of a use of a block with its arguments."""
        step, pad = item.line.step, " " * indent
        arguments = {**item.line.arguments, **{name: Expr(self.names[wire]) for name, wire in step.arguments.items()}}
        if not arguments:
            return [f"{pad}- {step.head}"]
        if step.nodes and list(arguments) == [registry()[step.head].first_argument()]:
            alone = next(iter(arguments.values()))
            by_names = isinstance(alone, Mapping) and not registry()[step.head].is_first_argument(alone)
            if not by_names and not isinstance(alone, Anchor) and alone is not None:  # null is no argument
                return wrapped(f"{pad}- {step.head}: ", [value_text(alone)], "", indent + 4)
        return wrapped(f"{pad}- {step.head}: {{", _pairs(arguments), "}", indent + 4)

    def merge(self, item: Item, path: Wire | None, indent: int) -> list[str]:
        """A merge with its branches."""
        step, arguments, pad = item.line.step, item.line.arguments, " " * indent
        branches = self.branches(item)
        if not any(branches):
            names = ", ".join("[]" if wire is path else self.names[wire] for wire in step.operands)
            if arguments:
                return wrapped(f"{pad}- {step.head}: {{", [f"branches: [{names}]", *_pairs(arguments)], "}", indent + 4)
            return wrapped(f"{pad}- {step.head}: [", names.split(", "), "]", indent + 4)
        lines, deep = [f"{pad}- {step.head}:"], indent + 4
        if arguments:
            lines += [f"{pad}    {pair}" for pair in _pairs(arguments)]
            lines.append(f"{pad}    branches:")
            deep += 2
        for branch, wire in zip(branches, step.operands, strict=True):
            if not branch:
                lines.append(" " * deep + "- " + ("[]" if wire is path else self.names[wire]))
                continue
            inner = self.sequence(branch, path, deep + 2)
            if (
                len(branch) == 1
                and len([1 for text in inner if text.startswith(" " * (deep + 2) + "-")]) == 1
                and not inner[0].lstrip().startswith(("- as", "- for"))
            ):
                inner = [text[2:] for text in inner]
                if ":" not in inner[0]:
                    inner[0] += ":"
            else:
                inner[0] = " " * deep + "- " + inner[0].lstrip()
            lines += inner
        return lines

    def name(self, wire: Wire, hint: str) -> str:
        """The name of a wire, given at its first use."""
        if wire not in self.names:
            base = re.sub(r"\W", "_", hint).strip("_").lower() or "t"
            base = base if is_name(base) else f"t{base}"
            again = (
                wire in self.words
                and base in self.names.values()
                and self.lifetimes.is_free(self.names, base, self.lifetimes.born.get(wire, -1))
            )
            self.names[wire] = base if again else self.unused(base)
        return self.names[wire]


def _goes_on(item: Item, before: Item, when: Value) -> bool:
    """Whether an item is there exactly where the item before it is."""
    return bool(item.line.when == when) and item.takes in (before.line.step, None)


def _pairs(arguments: Mapping[str, Value]) -> list[str]:
    return [pair_text(name, value) for name, value in arguments.items()]


def wrapped(head: str, parts: list[str], tail: str, indent: int) -> list[str]:
    """Parts of a mapping or a list in flow style, in as many lines as they need."""
    rows, row = [], head
    parts = [
        piece
        for place, part in enumerate(parts)
        for piece in (part.split(", ") if len(part) > WIDTH - (indent if place else len(head)) else [part])
    ]
    for place, part in enumerate(parts):
        text = part + (tail if place == len(parts) - 1 else ", ")
        if len(row) + len(text.rstrip()) > WIDTH and row.strip() and place:
            rows.append(row.rstrip())
            row = " " * indent
        row += text
    return [*rows, row]


def _hint(item: Item) -> str:
    """A word for what a step leaves."""
    name = item.line.name
    if name is not None and not isinstance(name, Expr):
        words = re.sub(r"_?\$\([^)]*\)", "", name).strip("_")
        if words:
            return words
    if item.body:
        return "features"
    head = item.line.step.head
    return snake_case(head) if item.line.step.nodes else f"{head}_out"


def spec_text(
    program: Program, title: str, main: Solved, blocks: Mapping[str, Solved], params: Mapping[str, Value], *, flat: bool
) -> str:
    """The whole text."""
    lines = ["archc: 1", f"name: {value_text(title)}"]
    lines += _params(params)
    lines += _inputs(program.graph.inputs)
    if not program.graph.needed_by_outputs().issuperset(program.graph.inputs):
        lines += ["", "unused: warn"]
    if blocks:
        lines += ["", "blocks:"]
    for name, solved in blocks.items():
        lines += _block(program, name, solved, flat=flat)
    items = arranged(main.lines, program.inputs[0], flat=flat)
    known = {wire: made.name for wire, made in zip(program.inputs, program.graph.inputs, strict=True)}
    outputs = _outputs(program)
    printer = ScopePrinter(program, known, (), outputs.marks)
    printer.needed.update(wire for wire, _ in outputs.later)
    steps = printer.steps(items, program.inputs[0], 2)
    for wire, word in outputs.later:
        steps += [f"  - from: {printer.names[wire]}", *([f"    output: {name_text(word)}"] if word else [])]
    return "\n".join([*lines, "", "layers:", *steps]) + "\n"


def _params(params: Mapping[str, Value]) -> list[str]:
    """The parameters of the file: in a line, or a line each where one has rows."""
    if not params:
        return []
    texts = [value_text(value) for value in params.values()]
    if max(map(len, texts)) < 100 and not any("{" in text for text in texts):
        return ["", *wrapped("params: {", [f"{name}: {value_text(value)}" for name, value in params.items()], "}", 2)]
    lines = ["", "params:"]
    for name, value in params.items():
        if isinstance(value, tuple) and isinstance(value[0], Mapping):
            lines.append(f"  {name}:")
            for row in value:
                lines += wrapped("    - {", [pair_text(word, item) for word, item in row.items()], "}", 8)
        elif isinstance(value, tuple):
            lines += wrapped(f"  {name}: [", [value_text(item) for item in value], "]", 4)
        else:
            lines.append(f"  {name}: {value_text(value)}")
    return lines


def _inputs(inputs: tuple[Input, ...]) -> list[str]:
    if len(inputs) == 1 and inputs[0].name == "input_layer" and inputs[0].dtype == "float32":
        return ["", f"input: {value_text(inputs[0].shape)}"]
    found = ["", "inputs:"]
    for made in inputs:
        shape = value_text(made.shape)
        text = shape if made.dtype == "float32" else f"{{shape: {shape}, dtype: {made.dtype}}}"
        found.append(f"  {name_text(made.name)}: {text}")
    return found


class _Outputs(NamedTuple):
    """How the outputs are written.

    Attributes:
        marks: the name of each output that is marked where it is made; empty for one that needs no mark.
        later: the outputs that are marked behind all steps, with their names; without one, where the path has to end.
    """

    marks: dict[Wire, str]
    later: list[tuple[Wire, str]]


def _outputs(program: Program) -> _Outputs:
    """Marks in the order of the outputs, the main output last on the path."""
    outputs, last = program.outputs, program.main[-1]
    wires = list(outputs.values())
    numbered = {step: place for place, step in enumerate(program.main)}
    places = [numbered[wire] for wire in wires if isinstance(wire, Step)]
    main, name = outputs[program.graph.main], program.graph.main
    unmarked = name not in program.graph.named_outputs and program.graph.outputs[name].name == name
    unmarked = unmarked and wires[-1] is main
    known = places[:-1] if unmarked else places
    if known == sorted(known) and len(places) == len(wires) == len(set(wires)):
        marks = {wire: "" if wire is main and unmarked else word for word, wire in outputs.items()}
        return _Outputs(marks, [] if main is last else [(main, "")])
    later = [(wire, word) for word, wire in outputs.items()]
    return _Outputs({}, later if wires[-1] is main else [*later, (main, "")])


def _block(program: Program, name: str, solved: Solved, *, flat: bool) -> list[str]:
    """A block."""
    block = program.blocks[name]
    lines = [f"  {name}:"]
    words = ["now", "before", "earlier", "first"][: len(block.inputs)]
    words += [f"input_{number}" for number in range(len(words), len(block.inputs))]
    known = dict(zip(block.inputs, words, strict=True)) if len(block.inputs) > 1 else {}
    if known:
        lines.append(f"    inputs: [{', '.join(words)}]")
    if solved.parameters:
        pairs = [
            f"{found.name}: {found.type if found.default is None else value_text(found.default[0])}"
            for found in solved.parameters
        ]
        lines += wrapped("    params: {", pairs, "}", 6)
    lines.append("    layers:")
    taken = {found.name for found in solved.parameters} | set(solved.lets)
    printer = ScopePrinter(program, known, taken, {})
    items, entry = arranged(solved.lines, block.inputs[0], flat=flat), block.inputs[0]
    printer.needed.update(block.outputs)
    printer.prepare(items, entry)
    forks = {wire: word for word, wire in solved.lets.items() if wire is not entry}
    printer.needed.update(forks)
    for line in solved.lines:
        if line.step in forks:
            rename(solved.lines, {forks[line.step]: f"{printer.name(line.step, _hint(Item(line)))}.channels"})
    if entry in printer.needed or entry in known:
        start = printer.name(entry, "start")
        if entry not in known:
            lines.append(f"      - as: {start}")
        rename(solved.lines, {word: f"{start}.channels" for word, wire in solved.lets.items() if wire is entry})
    else:
        lets = (word for word, wire in solved.lets.items() if wire is entry)
        lines += [f"      - let: {{{word}: $x.channels}}" for word in lets]
    lines += printer.sequence(items, entry, 6)
    if block.outputs:
        lines += wrapped("    outputs: [", [printer.names[wire] for wire in block.outputs], "]", 6)
    return lines
