"""One function of generated source: the steps of a block, or of a network, as statements over Keras."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from archc.ir.naming import snake_case
from archc.ir.op import Op
from archc.ops import registry
from archc.spec.steps import (
    MERGES,
    Arguments,
    Branch,
    Group,
    Let,
    Loop,
    Rounds,
    Side,
    Step,
    Steps,
    Targets,
    UseBlock,
    UseMerge,
    UseOp,
    UseParameter,
    names_given,
)
from archc.spec.template import Compiled, Formula, Template
from archc.targets import keras_calls, source_shares
from archc.targets.python_expressions import Names as Scope
from archc.targets.python_expressions import Part, expression, formatted, parts_of, quoted, text, value
from archc.targets.python_kinds import TENSOR, Kind, bound, kind_of
from archc.targets.python_layout import (
    Assign,
    Code,
    Comment,
    Do,
    For,
    If,
    Statement,
    call,
    display,
    flat,
    index,
    joined,
    unpacked,
)
from archc.targets.python_names import Names
from archc.targets.source_page import Page
from archc.targets.source_structure import Section, assigned, called, chosen, reads_any, reads_path


@dataclass(slots=True)
class Flow:
    """The path: the code of the tensor that it holds, and the variable that takes what the next step leaves."""

    current: Code
    target: str


class FunctionWriter:
    """The statements of one function.

    Attributes:
        section: the steps.
        page: what all functions of the module share.
        names: the identifiers of this function.
        codes: the variables by the names of the spec.
        kinds: what these stand for.
        opening: statements before all others.
        outputs: what the network leaves, by the marks.
        gathered: the list that takes the outputs as they are made, where not all of them are always there.
        shared: the layers and models that are called again, by the name of the share.
        depth: of loops and conditions around a step.
    """

    def __init__(self, section: Section, page: Page) -> None:
        self.section, self.page = section, page
        self.names = Names(page.names.taken)
        self.codes: dict[str, Code] = {}
        self.kinds: dict[str, Kind] = dict(page.kinds[section])
        self.opening: list[Statement] = []
        self.outputs: dict[str, Code] = {}
        self.gathered: str | None = None
        self.shared: dict[str, str] = {}
        self.depth = 0
        for name in section.params:
            self.codes[name] = page.parameters[section][name]
            self.names.taken.add(page.parameters[section][name])
        for name in section.inputs if section.block is not None else ():
            self.codes[name] = self.names.give(name)
            self.kinds[name] = TENSOR
        words = (section.numbered and "names", section.batch and section.block and "batch", section.handed)
        self.counter, self.batch, self.handed = [page.handed[word] if word else "" for word in words]
        self.names.taken.update((self.counter, self.batch, self.handed))
        self.name_variables(section.layers)

    def name_variables(self, steps: Steps) -> None:
        """Gives each name that steps give a variable; names with an expression are items of a table."""
        for name, _, step in names_given(steps):
            if name in self.codes:
                continue
            self.codes[name] = self.names.give(name.replace("$", ""))
            if name.startswith("$"):
                self.opening.append(Assign((flat(self.codes[name]),), "{}"))
            elif not isinstance(step.head, Let):
                self.kinds.setdefault(name, TENSOR)

    def take_input(self, name: str, variable: str) -> None:
        """Knows an input of the network."""
        self.codes[name], self.kinds[name] = variable, TENSOR

    def output(self, name: Compiled, scope: Scope) -> Code:
        """The tensor that an output's name stands for."""
        marked = self.outputs.get(name) if isinstance(name, str) else None
        return self.tensor(name, scope) if marked is None else marked

    def prefix(self) -> tuple[Part, ...]:
        """What stands before the names of layers."""
        if not self.handed:
            return ()
        return ((self.handed, True),) if self.section.handed == "prefix" else ((self.handed, True), ("_", False))

    def scope(self, x: Code) -> Scope:
        """The names as expressions see them, with the tensor that reaches the step."""
        return Scope(ChainMap({"x": x}, self.codes), ChainMap({"x": TENSOR}, self.kinds), self.page.use)

    # --- steps ---

    def steps(self, steps: Steps, flow: Flow, prefix: tuple[Part, ...], out: list[Statement], after: bool) -> None:
        """Writes steps one after the other.

        Args:
            steps: what is written.
            flow: the path, which moves.
            prefix: before the names of layers.
            out: gets the statements.
            after: whether what the path holds at the end is read.
        """
        later = [after]
        for step in reversed(steps):
            later.append(reads_path((step,), later[-1]))
        for step, needed in zip(steps, later[-2::-1], strict=True):
            if step.note is not None:
                out.append(Comment(step.note))
            if step.when is None:
                self.present(step, flow, prefix, out, needed)
            else:
                self.conditional(step, flow, prefix, out, needed)

    def conditional(self, step: Step, flow: Flow, prefix: tuple[Part, ...], out: list[Statement], after: bool) -> None:
        """Writes a step that is there only if its `when` is true."""
        moves = not isinstance(step.head, Side | Let)
        taken = self.taken(step, flow)[0]
        condition = value(step.when, self.scope(taken))
        if moves and after and step.otherwise is None and flow.current != flow.target:
            out.append(Assign((flow.target,), flow.current))
            flow.current = flow.target
        if not moves or step.otherwise is not None:
            self.protect(flow, assigned((step,)), out, after)
        arms = [step._replace(when=None, otherwise=None)]
        if step.otherwise is not None:
            arms.append(arms[0]._replace(head=Group(step.otherwise)))
        written: list[tuple[Statement, ...]] = []
        self.depth += 1
        for arm in arms:
            inner, body = Flow(flow.current, flow.target), list[Statement]()
            self.present(arm, inner, prefix, body, after)
            if moves and after and inner.current != flow.target:
                body.append(Assign((flow.target,), inner.current))
            written.append(tuple(body))
        self.depth -= 1
        if moves and after:
            flow.current = flow.target
        if any(written):
            out.append(If(condition, *written))

    def present(self, step: Step, flow: Flow, prefix: tuple[Part, ...], out: list[Statement], after: bool) -> None:
        """Writes a step that is there."""
        taken = self.taken(step, flow)
        if step.share is not None:
            out.append(Assign(self.targets(step, flow), source_shares.used(self, step, taken, prefix, out)))
            self.left(step, flow, out)
            return
        match step.head:
            case UseOp() | UseBlock() | UseParameter():
                self.use(step, step.head, taken, self.targets(step, flow), prefix, out)
                self.left(step, flow, out)
            case UseMerge():
                self.merge(step, step.head, Flow(taken[0], flow.target), prefix, out)
                self.left(step, flow, out)
            case Let():
                self.let(step.head, taken[0], flow, out, after)
            case Loop():
                flow.current = self.moved(taken[0], flow, out)
                self.loop(step, step.head, flow, prefix, out, after)
                self.alias(step, flow, out)
            case Group(body):
                flow.current = self.moved(taken[0], flow, out)
                inner = self.inside(step, body, prefix, self.scope(taken[0]), out)
                self.steps(body, flow, inner, out, after or bool(step.as_) or step.output is not None)
                self.alias(step, flow, out)
            case Side(body):
                self.side(step, body, taken[0], flow, prefix, out, after)
            case _:
                flow.current = self.moved(taken[0], flow, out)
                self.alias(step, flow, out)

    def taken(self, step: Step, flow: Flow) -> list[Code]:
        """The tensors that reach a step."""
        if step.from_ is None:
            return [flow.current]
        scope = self.scope(flow.current)
        return [self.tensor(name, scope) for name in step.from_]

    def tensor(self, name: Compiled, scope: Scope) -> Code:
        """The tensor of a name, or that an expression gives."""
        if isinstance(name, str):
            return scope.codes[name]
        return self.item(name, scope) if isinstance(name, Template) else value(name, scope)

    def item(self, name: Template, scope: Scope) -> Code:
        """The item of a table that a name with expressions stands for."""
        holes = [flat(value(part, scope)) for part in name.parts if isinstance(part, Formula)]
        return index(self.codes[name.fixed], ", ".join(holes))

    def moved(self, tensor: Code, flow: Flow, out: list[Statement]) -> Code:
        """A variable that holds the tensor, for a path that goes on from it."""
        if isinstance(tensor, str):
            return tensor
        out.append(Assign((flow.target,), tensor))
        return flow.target

    def protect(self, flow: Flow, given: Iterable[str], out: list[Statement], after: bool) -> None:
        """Moves the path to its own variable where the name of the one that holds it is given anew beside it."""
        anew = {self.codes[name] for name in given if name in self.codes}
        if after and flow.current in anew and flow.current != flow.target:
            out.append(Assign((flow.target,), flow.current))
            flow.current = flow.target

    # --- what a step leaves ---

    def targets(self, step: Step, flow: Flow) -> tuple[str, ...]:
        """The variables that take what a step leaves."""
        several = self.section.blocks[step.head.block][0].outputs if isinstance(step.head, UseBlock) else ()
        if len(step.as_) > 1:
            scope = self.scope(flow.current)
            return tuple(flat(self.tensor(name, scope)) for name in step.as_)
        last = flow.target
        if step.as_ and isinstance(step.as_[0], str):
            last = flat(self.codes[step.as_[0]])
        elif step.output is not None:
            last = self.output_variable(step)
        return ("*_", last) if len(several) > 1 else (last,)

    def output_variable(self, step: Step) -> str:
        """The variable of an output."""
        word = step.output if isinstance(step.output, str) else flat(parts_of(step.output, self.scope(""))[0][0])
        key = f"output:{word}"
        if key not in self.codes:
            own = self.codes.get(word)
            self.codes[key] = self.names.give(word) if own is None else own
        return flat(self.codes[key])

    def left(self, step: Step, flow: Flow, out: list[Statement]) -> None:
        """Names what a step left, and moves the path to it."""
        flow.current = self.targets(step, flow)[-1]
        if len(step.as_) == 1 and isinstance(step.as_[0], Template):
            out.append(Assign((flat(self.item(step.as_[0], self.scope(flow.current))),), flow.current))
        self.mark(step, flow.current, out)

    def alias(self, step: Step, flow: Flow, out: list[Statement]) -> None:
        """Names what the path holds after several steps."""
        targets = self.targets(step, flow)
        if (step.as_ or step.output is not None) and targets[-1] != flow.current:
            last = out[-1] if out else None
            own = isinstance(last, Assign) and last.targets == (flow.current,) and flow.current == flow.target
            if own and isinstance(last, Assign):
                out[-1] = Assign((targets[-1],), last.value)
            else:
                out.append(Assign((targets[-1],), flow.current))
            self.left(step, flow, out)
        elif step.as_ or step.output is not None:
            self.left(step, flow, out)

    def mark(self, step: Step, tensor: Code, out: list[Statement]) -> None:
        """Keeps an output of the network."""
        if step.output is None:
            return
        if self.gathered is not None:
            out.append(Do(call(f"{self.gathered}.append", [tensor])))
        elif self.given_anew(step):
            kept = self.names.give(str(step.output))
            out.append(Assign((kept,), tensor))
            tensor = kept
        self.outputs[str(step.output)] = tensor

    def given_anew(self, step: Step) -> bool:
        """Whether another step gives the name of what a step leaves."""
        names = [name for name, _, _ in names_given(self.section.layers)]
        return any(names.count(name) > 1 for name in step.as_ if isinstance(name, str))

    # --- heads ---

    def use(
        self,
        step: Step,
        head: UseOp | UseBlock | UseParameter,
        taken: list[Code],
        targets: tuple[str, ...],
        prefix: tuple[Part, ...],
        out: list[Statement],
    ) -> None:
        """Writes a layer, or the call of a block's function."""
        if isinstance(head, UseParameter) and len(called(head, self.section)) < len(chosen(head, self.section)):
            out.append(self.one_of(step, head, taken, targets, prefix))
        elif isinstance(head, UseOp):
            out.append(Assign(targets, self.layer(head.op, head.arguments, step, taken, prefix)))
        else:
            out.append(Assign(targets, self.block(head, step, taken, prefix)))

    def one_of(
        self,
        step: Step,
        head: UseParameter,
        taken: list[Code],
        targets: tuple[str, ...],
        prefix: tuple[Part, ...],
    ) -> Statement:
        """Writes a head by parameter whose choices are ops: a case for each."""
        cases: tuple[Statement, ...] = ()
        for choice in reversed(chosen(head, self.section)):
            own: list[Statement] = []
            op = registry().get(choice)
            one = UseBlock(choice, head.arguments) if op is None else UseOp(op, head.arguments)
            self.use(step, one, taken, targets, prefix, own)
            cases = (If(joined(self.codes[head.parameter], f" == {quoted(choice)}"), tuple(own), cases),)
        return cases[0]

    def layer(
        self, op: type[Op], arguments: Arguments, step: Step, taken: list[Code], prefix: tuple[Part, ...]
    ) -> Code:
        """The code of a layer that is called on tensors."""
        scope = self.scope(taken[0])
        given = keras_calls.written_arguments(op, arguments, scope)
        name = self.layer_name(op, step, prefix, scope)
        if op.function is not None:
            self.page.use(op.function)
            return keras_calls.function(op, taken if op.arity[0] else [self.batch_tensor()], given, name)
        return call(keras_calls.layer(op, given, name), self.reaching(op, taken))

    def reaching(self, op: type[Op], taken: list[Code]) -> list[Code]:
        """The tensors that a layer is called on; attention to itself takes one twice."""
        if op.merges:
            return [display("[", taken, "]")]
        return taken * op.arity[0] if len(taken) == 1 and op.__name__ not in MERGES else taken

    def batch_tensor(self) -> Code:
        """A tensor of the batch."""
        return self.batch or self.page.inputs[0]

    def layer_name(self, op: type[Op], step: Step, prefix: tuple[Part, ...], scope: Scope) -> Code:
        """A layer's name: its own, else the one that Keras gives it in a new model."""
        if step.name is not None:
            return text(step.name, scope, prefix)
        return self.page.automatic_name(snake_case(op.__name__), self.counter)

    def block(
        self,
        head: UseBlock | UseParameter,
        step: Step,
        taken: list[Code],
        prefix: tuple[Part, ...],
        batch: Code | None = None,
    ) -> Code:
        """The code of a call of a block's function."""
        sections = called(head, self.section)
        scope = self.scope(taken[0])
        parameters = self.page.parameters[sections[0]]
        named: list[tuple[str, Code]] = []
        rest: list[Code] = []
        if head.arguments.first is not ...:
            rest = [joined("**", value(head.arguments.first, scope))]
        for name, given in head.arguments.named.items():
            named.append((parameters[name], value(given, scope)))
            for section in sections:
                self.page.tell(section, name, kind_of(given, scope.kinds))
        named += self.handed_down(sections[0], step, prefix, scope, batch or self.batch_tensor())
        callee: Code = self.page.functions[sections[0]]
        if isinstance(head, UseParameter):
            choices = {word: self.section.uses[word] for word in chosen(head, self.section)}
            callee = index(self.page.table(head.parameter, choices), self.codes[head.parameter])
        return call(callee, taken, named, rest)

    def handed_down(
        self, section: Section, step: Step, prefix: tuple[Part, ...], scope: Scope, batch: Code
    ) -> Iterable[tuple[str, Code]]:
        """What a block's function is handed beside its parameters."""
        if section.numbered:
            yield self.page.handed["names"], self.counter
        if section.batch:
            yield self.page.handed["batch"], batch
        own = [*prefix, *(parts_of(step.name, scope) if step.name is not None else ())]
        if section.handed == "prefix" and own:
            yield self.page.handed["prefix"], self.named([*own, ("_", False)] if step.name is not None else own)
        elif section.handed == "name":
            whole = self.named(own[:-1]) if step.name is None else text(step.name, scope, prefix)
            yield self.page.handed["name"], whole

    def named(self, parts: list[Part]) -> Code:
        """A name, or what stands before names, of its parts."""
        return parts[0][0] if parts == [(self.handed, True)] else formatted(parts)

    def merge(self, step: Step, head: UseMerge, flow: Flow, prefix: tuple[Part, ...], out: list[Statement]) -> None:
        """Writes the branches of a merge, each into a variable, and the layer that joins them."""
        anew = assigned(tuple(inner for branch in head.branches for inner in branch.steps or ()))
        self.protect(flow, anew, out, after=True)
        early: str | None = None
        if step.name is not None and reads_any(step.name, anew):
            early = self.names.give("name")
            out.append(Assign((early,), text(step.name, self.scope(flow.current), prefix)))
        given: list[str] = []
        if not head.branches:
            merged: list[Code] = self.taken(step, flow)
        elif head.rounds is not None:
            merged = self.rounds(head.rounds, head.branches[0], flow, prefix, out, given)
        else:
            merged = self.branches(head.branches, flow, prefix, out, given)
        scope = self.scope(flow.current)
        arguments = keras_calls.written_arguments(head.op, head.arguments, scope)
        name = self.layer_name(head.op, step, prefix, scope) if early is None else early
        layer = keras_calls.layer(head.op, arguments, name)
        alone = merged[0] if len(merged) == 1 and isinstance(merged[0], str) and merged[0].startswith("*") else None
        joint = alone[1:] if alone is not None else display("[", merged, "]")
        out.append(Assign(self.targets(step, flow), call(layer, [joint])))
        for variable in given:
            self.names.release(variable)

    def branches(
        self,
        branches: tuple[Branch, ...],
        flow: Flow,
        prefix: tuple[Part, ...],
        out: list[Statement],
        given: list[str],
    ) -> list[Code]:
        """Writes branches, and gives what each leaves."""
        merged: list[Code] = []
        for number, branch in enumerate(branches, start=1):
            if branch.steps is None:
                scope = self.scope(flow.current)
                tensor = self.tensor(branch.tensor, scope)
                several = kind_of(branch.tensor, scope.kinds).what == "list"
                merged.append(f"*{flat(tensor)}" if several else tensor)
                continue
            target = self.names.give(branch.label or f"branch_{number}")
            given.append(target)
            inner = Flow(flow.current, target)
            self.steps(branch.steps, inner, prefix, out, after=True)
            later = assigned(tuple(step for other in branches[number:] for step in other.steps or ()))
            self.protect(inner, later, out, after=True)
            merged.append(inner.current)
        return merged

    def rounds(
        self,
        rounds: Rounds,
        branch: Branch,
        flow: Flow,
        prefix: tuple[Part, ...],
        out: list[Statement],
        given: list[str],
    ) -> list[Code]:
        """Writes a branch a round, gathered in a list."""
        listed, target = self.names.give("branches"), self.names.give("branch")
        given += [listed, target]
        out.append(Assign((listed,), "[]"))
        body: list[Statement] = []
        items = self.bind(rounds, flow.current)
        inner = Flow(flow.current, target)
        self.depth += 1
        self.steps(branch.steps or (), inner, prefix, body, after=True)
        self.depth -= 1
        body.append(Do(call(f"{listed}.append", [inner.current])))
        out.append(For(_written(rounds.targets, self.codes), items, tuple(body)))
        return [f"*{listed}"]

    def bind(self, rounds: Rounds, x: Code) -> Code:
        """What a loop goes through, after its names are known by their kinds."""
        scope = self.scope(x)
        items = expression(rounds.items.expression, scope, iterated=True)
        self.kinds |= bound(rounds.targets, kind_of(rounds.items, scope.kinds))
        return items

    def loop(
        self, step: Step, head: Loop, flow: Flow, prefix: tuple[Part, ...], out: list[Statement], after: bool
    ) -> None:
        """Writes a loop; the path goes through one variable from round to round."""
        later = after or bool(step.as_) or step.output is not None
        carried = later or reads_path(head.body, after=False)
        inner_prefix = self.inside(step, head.body, prefix, self.scope(flow.current), out)
        items = self.bind(head.rounds, flow.current)
        if carried and flow.current != flow.target:
            out.append(Assign((flow.target,), flow.current))
            flow.current = flow.target
        inner, body = Flow(flow.current, flow.target), list[Statement]()
        self.depth += 1
        self.steps(head.body, inner, inner_prefix, body, after=carried)
        self.depth -= 1
        if carried and inner.current != flow.target:
            body.append(Assign((flow.target,), inner.current))
        if body:
            out.append(For(_written(head.rounds.targets, self.codes), items, tuple(body)))

    def side(
        self,
        step: Step,
        body: Steps,
        taken: Code,
        flow: Flow,
        prefix: tuple[Part, ...],
        out: list[Statement],
        after: bool,
    ) -> None:
        """Writes the steps of a side; the path stays where it is."""
        self.protect(flow, assigned((step,)), out, after)
        taken = flow.current if step.from_ is None else taken
        beside = Flow(taken, flow.target)
        target = self.targets(step, beside)[-1] if step.as_ or step.output is not None else self.names.give("side")
        inner = Flow(self.moved(taken, Flow(taken, target), out), target)
        self.steps(body, inner, self.inside(step, body, prefix, self.scope(taken), out), out, after=True)
        if inner.current != target and (step.as_ or step.output is not None):
            out.append(Assign((target,), inner.current))
        if len(step.as_) == 1 and isinstance(step.as_[0], Template):
            out.append(Assign((flat(self.item(step.as_[0], self.scope(taken))),), target))
        self.mark(step, target, out)

    def let(self, head: Let, x: Code, flow: Flow, out: list[Statement], after: bool) -> None:
        """Writes assignments, as one where a value reads a name that another gives."""
        scope = self.scope(x)
        given = {flat(self.codes[name]): value(item, scope) for name, item in head.values.items()}
        kinds = {name: kind_of(item, scope.kinds) for name, item in head.values.items()}
        self.protect(flow, head.values, out, after)
        self.kinds |= kinds
        given = {name: code for name, code in given.items() if code != name}
        items = list(head.values.items())
        crossed = any(reads_any(item, {name for name, _ in items[:place]}) for place, (_, item) in enumerate(items))
        if crossed and len(given) > 1:
            out.append(Assign(tuple(given), unpacked(list(given.values()))))
        else:
            out.extend(Assign((name,), code) for name, code in given.items())

    def inside(
        self, step: Step, body: Steps, prefix: tuple[Part, ...], scope: Scope, out: list[Statement]
    ) -> tuple[Part, ...]:
        """What stands before the names in a part of the network; kept in a variable where its steps change it."""
        if step.name is None:
            return prefix
        parts = (*prefix, *parts_of(step.name, scope), ("_", False))
        if not reads_any(step.name, assigned(body) | {"x"}):
            return parts
        variable = self.names.give("prefix")
        out.append(Assign((variable,), formatted(parts)))
        return ((variable, True),)


def _written(targets: Targets, codes: Mapping[str, Any]) -> str:
    """The names of a loop, nested as in the spec."""
    if isinstance(targets, str):
        return flat(codes[targets])
    return ", ".join(
        _written(target, codes) if isinstance(target, str) else f"({_written(target, codes)})" for target in targets
    )
