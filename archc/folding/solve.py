"""From steps and their instances to what is written: arguments, names, conditions, parameters, heads of loops."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from archc.folding.expressed_names import express_number, express_text
from archc.folding.lines import Line, Parameter, Solved, is_beginning
from archc.folding.naming import Prefixes, prefixes
from archc.folding.program import Block, Program, Step, Wire, walk
from archc.folding.scope import Scope, Variable
from archc.folding.values import Expr, Value, key, operand, spelled_default
from archc.folding.words import condition_word, plural, step_word
from archc.ops import registry


@dataclass(eq=False, slots=True)
class _Slot:
    scope: Scope
    line: Line
    name: str
    vector: dict[int, Value]
    x: dict[int, Value]
    text: bool = False
    condition: bool = False


def solve(program: Program) -> tuple[Solved, dict[str, Solved]]:
    """The network and its blocks; a block stands behind those that it uses."""
    solved: dict[str, Solved] = {}
    for block in used_first(program):
        solved[block.name] = solve_block(program, block, solved)
    main = _Solver(program, solved).solve(program.main, Scope([0]), None)
    return main, solved


def used_first(program: Program) -> list[Block]:
    """The blocks that are used, each behind those that it uses."""
    found: dict[str, Block] = {}

    def visit(steps: list[Step]) -> None:
        for step in walk(steps):
            if step.head in program.blocks and step.head not in found:
                visit(program.blocks[step.head].body)
                found[step.head] = program.blocks[step.head]

    visit(program.main)
    return list(found.values())


def solve_block(program: Program, block: Block, solved: Mapping[str, Solved]) -> Solved:
    """A block, where those that it uses are solved."""
    scope = Scope(block.instances, entrance=block.inputs[0], entry=block.inputs[0].channels)
    return _Solver(program, solved).solve(block.body, scope, block)


def solve_steps(
    program: Program, solved: Mapping[str, Solved], steps: list[Step], instances: list[int]
) -> tuple[list[Line], bool, int]:
    """Some steps alone: their lines, whether a loop lists what nobody lists, how many parameters they would need."""
    solver = _Solver(program, solved)
    scope = Scope(instances)
    found = solver.solve(steps, scope, None)
    variables = [variable for _, inner in solver.loops for variable in inner.variables]
    texts = any(variable.text for variable in variables)
    lists = any(isinstance(value, tuple) for variable in scope.variables for value in variable.vector.values())
    odd = any(len({type(value) for value in variable.vector.values()}) > 1 for variable in variables)
    return found.lines, texts or lists or odd, len(scope.variables)


class _Solver:
    def __init__(self, program: Program, solved: Mapping[str, Solved]) -> None:
        self.program, self.solved = program, solved
        self.slots: list[_Slot] = []
        self.loops: list[tuple[Line, Scope]] = []
        self.ordered: list[tuple[Line, Scope]] = []
        self.root = Scope([])
        self.top: list[Line] = []
        self.readers: Counter[Wire] = Counter()

    def solve(self, steps: list[Step], scope: Scope, block: Block | None) -> Solved:
        self.root = scope
        scope.taken = {*self.program.blocks, *(made.name for made in self.program.graph.inputs)}
        found = (
            prefixes(self.program, self.solved, steps, scope.instances)
            if block is not None or len(scope.instances) > 1
            else Prefixes({}, {})
        )
        lines = self.lines(steps, scope)
        if block is not None:
            self.top = lines
            self.readers = Counter(wire for step in walk(steps) for wire in set(step.operands))
        self.names(found)
        for slot in sorted(self.slots, key=_rank):
            self.fill(slot)
        for line, inner in self.loops:
            self.loop_head(line, inner)
        parameters = [_parameter(variable, scope) for variable in scope.variables if variable.name not in scope.lets]
        return Solved(lines, parameters, scope.lets, found.names, found.apart, scope.lists)

    def lines(self, steps: list[Step], scope: Scope) -> list[Line]:
        """The lines of some steps, with their slots collected."""
        found: list[Line] = []
        for step in steps:
            line = Line(step)
            found.append(line)
            self.ordered.append((line, scope))
            x = _channels(step)
            if step.optional:
                presence = {d: d in step.present for d in scope.instances}
                word = condition_word(self.program, step)
                self.slots.append(_Slot(scope, line, word, presence, dict(step.channels), condition=True))
            if step.nodes:
                self.op_slots(scope, line, x)
            elif step.calls:
                self.call_slots(scope, line, x)
            else:
                inner = self.loop_scope(step, scope)
                line.body = self.lines(step.body, inner)
                self.loops.append((line, inner))
        return found

    def loop_scope(self, step: Step, scope: Scope) -> Scope:
        instances = [d for rounds in step.rounds.values() for d in rounds]
        up = {d: outer for outer, rounds in step.rounds.items() for d in rounds}
        number = {d: k for rounds in step.rounds.values() for k, d in enumerate(rounds)}
        inner = Scope(instances, scope, up, number)
        scope.inner.append(inner)
        has_loop = any(other.rounds for other in step.body)
        inner.index = inner.fresh("stage" if has_loop else "i")
        inner.taken.add(inner.index)
        inner.counts = {outer: len(rounds) for outer, rounds in step.rounds.items()}
        return inner

    def op_slots(self, scope: Scope, line: Line, x: dict[int, Value]) -> None:
        nodes = line.step.nodes
        written = {d: self.program.arguments(node) for d, node in nodes.items()}
        class_ = registry()[line.step.head]
        given = {name for arguments in written.values() for name in arguments}
        for name in [*class_.own_arguments(), "trainable", "dtype"]:
            if name in given and name not in line.step.tensor_arguments:
                default = spelled_default(class_, name)
                vector = {d: arguments.get(name, default) for d, arguments in written.items()}
                line.arguments[name] = None
                self.slots.append(_Slot(scope, line, name, vector, x))

    def call_slots(self, scope: Scope, line: Line, x: dict[int, Value]) -> None:
        for parameter in self.solved[line.step.head].parameters:
            vector = _passed(parameter, line.step)
            if vector:
                line.arguments[parameter.name] = None
            if vector and not parameter.text:
                self.slots.append(_Slot(scope, line, parameter.name, vector, x))

    def names(self, found: Prefixes) -> None:
        """The names of layers and uses, and the texts that are parts of names in blocks."""
        pending: list[_Slot] = []
        head = ""
        if found.heads:
            head = f"$({self.root.named(found.heads, 'name', text=True)})"
        for line, scope in self.ordered:
            step = line.step
            if step.nodes and self.program.is_named(step):
                texts = {d: self.program.names[node] or "" for d, node in step.nodes.items()}
                pending.append(_Slot(scope, line, "name", found.stripped(texts), {}))
            if step.share is not None:
                d = next(iter(step.present))
                begins = step.share.startswith(found.inner.get(d, ""))
                line.share = found.stripped({d: step.share})[d] if begins else step.share
            if not step.calls:
                continue
            callee = self.solved[step.head]
            if callee.names:
                uses = found.stripped({d: callee.names[inner] for d, inner in step.calls.items()})
                if any(uses.values()):
                    pending.append(_Slot(scope, line, "name", uses, {}))
            for parameter in callee.parameters:
                if parameter.text:
                    vector = _passed(parameter, step)
                    if not vector:
                        continue
                    if is_beginning(callee, parameter) and not callee.names:
                        vector = found.stripped(vector)
                        line.beginnings.append(parameter.name)
                    pending.append(_Slot(scope, line, parameter.name, vector, {}, text=True))
        for slot in sorted(pending, key=lambda slot: -len(slot.vector)):
            self.fill_name(slot, head)

    def fill_name(self, slot: _Slot, head: str) -> None:
        """Writes a name; `head` is what the names in a block begin with, where a parameter has it."""
        values = list(slot.vector.values())
        if slot.text and all(type(value) is int for value in values):
            found = express_number(slot.scope, slot.vector)
            found = int(found) if isinstance(found, str) and not isinstance(found, Expr) else found
        else:
            found = express_text(slot.scope, slot.vector)
            if slot.text and isinstance(found, Expr) and all(value.isdigit() for value in values):
                found = Expr(f"str({found})")
        if slot.name == "name" and not slot.text:
            whole = f"{head}$({found})" if head and isinstance(found, Expr) else f"{head}{found}"
            slot.line.name = (Expr("name") if whole == "$(name)" else whole) if head else found
        elif head and slot.name in slot.line.beginnings:
            whole = f"{head}$({found})" if isinstance(found, Expr) else f"{head}{found}"
            slot.line.arguments[slot.name] = Expr("name") if whole == "$(name)" else whole
        else:
            slot.line.arguments[slot.name] = found

    def fill(self, slot: _Slot) -> None:
        line = slot.line
        derived = slot.scope.derived(slot.vector, slot.name, slot.x)
        found = slot.scope.of_forks(slot.vector, slot.name, self.forks(line)) if derived is None else derived[0]
        if derived is None and found is None:
            found = slot.scope.expanded(slot.vector, slot.name, slot.x)
        if derived is None and found is None:
            word = step_word(line.arguments.get("name") if line.name is None else line.name)
            found = slot.scope.new(slot.vector, slot.name, word)
        if slot.condition:
            line.when = found
            return
        if not isinstance(found, Expr):
            default = self.default(line.step, slot.name)
            if default is not None and key(default[0]) == key(found):
                del line.arguments[slot.name]
                return
        line.arguments[slot.name] = found

    def forks(self, line: Line) -> list[Wire]:
        """What several steps of a block take, of the steps before a step, the last first; none that may be absent."""
        if line not in self.top:
            return []
        steps = [other.step for other in self.top[: self.top.index(line)]]
        return [step for step in reversed(steps) if self.readers[step] > 1 and not step.optional]

    def default(self, step: Step, name: str) -> tuple[Value] | None:
        """The default of an argument; None for one that is required."""
        if step.calls:
            return next(found.default for found in self.solved[step.head].parameters if found.name == name)
        class_ = registry()[step.head]
        return None if class_.model_fields[name].is_required() else (spelled_default(class_, name),)

    def loop_head(self, line: Line, scope: Scope) -> None:
        """What a loop goes over."""
        assert scope.parent is not None
        for variable in scope.variables:
            vector = {outer: _filled(variable.vector, rounds) for outer, rounds in line.step.rounds.items()}
            found, word = scope.parent.express(vector, plural(variable.name)), plural(variable.name)
            is_listed = word in scope.parent.lists and scope.parent.lists[word] == found
            line.lists.append((variable.name, Expr(word) if is_listed else found))
        if scope.variables and scope.start is None:
            return
        line.index = scope.index
        start = 0 if scope.start is None else scope.start
        line.rounds = _range(start, scope.parent.express(dict(scope.counts), "depth"))
        line.counts_from_0 = start == 0 and not isinstance(start, Expr)


def _passed(parameter: Parameter, use: Step) -> dict[int, Value]:
    """What the uses pass, where the parameter is needed."""
    return {d: parameter.vector[inner] for d, inner in use.calls.items() if inner in parameter.vector}


def _filled(vector: Mapping[int, Value], rounds: tuple[int, ...]) -> tuple[Value, ...]:
    """The values of all rounds; one that is not needed is that of the next round, or of the round before."""
    known = [vector[d] for d in rounds if d in vector]
    found: list[Value] = []
    for place, d in enumerate(rounds):
        later = next((vector[other] for other in rounds[place:] if other in vector), known[-1] if known else 0)
        found.append(vector.get(d, later))
    return tuple(found)


def _range(start: Value, count: Value) -> str:
    if not isinstance(start, Expr) and not isinstance(count, Expr):
        return f"range({start}, {start + count})" if start else f"range({count})"
    if start == 0:
        return f"range({count})"
    first, many = operand(start), operand(count)
    return f"range({start}, {many} + 1)" if start == 1 else f"range({start}, {first} + {many})"


def _channels(step: Step) -> dict[int, Value]:
    """The channels of what reaches a step, in each instance."""
    if not step.operands:
        return {}
    tensors = step.operands[0].tensors
    return {d: tensors[d].shape[-1] for d in step.present if tensors[d].shape}


def _rank(slot: _Slot) -> tuple[int, int, int]:
    """Strides first, then what is no number, then widths from small to large, so that others follow from them.

    What only some instances need comes after what all need.
    """
    values = list(slot.vector.values())
    fewer = -len(values)
    if slot.condition:
        return 4 if _asks_for_channels(slot) else 1, fewer, 0
    if slot.name.startswith("strides"):
        return 0, fewer, 0
    if slot.name.startswith("kernel_size"):
        return 1, fewer, 0
    if not all(type(value) is int for value in values):
        return 2, fewer, 0
    return 3, fewer, sum(values)


def _asks_for_channels(slot: _Slot) -> bool:
    """Whether a step is there only where it leaves as many channels as reach the block, which is not everywhere."""
    keeps = {d: slot.x.get(d) == slot.scope.entry.get(d) for d in slot.vector}
    return all(keeps[d] for d, there in slot.vector.items() if there) and not all(keeps.values())


def _parameter(variable: Variable, scope: Scope) -> Parameter:
    values = list(variable.vector.values())
    counted: dict[object, int] = {}
    for value in values:
        counted[key(value)] = counted.get(key(value), 0) + 1
    kinds = {_kind(value) for value in values}
    common = max(counted, key=lambda found: counted[found])
    usual = next(value for value in values if key(value) == common)
    if kinds <= {"int", "float"} and len(kinds) == 2:
        kinds = {"float"}
    needed = len(kinds) > 1 or len(variable.vector) < len(scope.instances)
    may = not variable.text and not isinstance(usual, Mapping) and not (isinstance(usual, str) and "$" in usual)
    default = (usual,) if needed or (may and counted[common] > 1) else None
    return Parameter(variable.name, variable.vector, default, next(iter(kinds)), variable.text)


def _kind(value: Value) -> str:
    if isinstance(value, Mapping):
        return "map"
    return {"tuple": "list", "NoneType": "null"}.get(type(value).__name__, type(value).__name__)
