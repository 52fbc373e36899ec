"""One function of generated source: the steps of a block, or of a network, as statements over Keras."""

from __future__ import annotations

import re
from collections import ChainMap
from collections.abc import Iterable
from typing import Any

from archc.codegen.expressions import Names as Scope
from archc.codegen.expressions import Part, Unwritable, expression, formatted, parts_of, value
from archc.codegen.identifiers import Names
from archc.codegen.kinds import TENSOR, Kind, bound, kind_of
from archc.codegen.layout import Code, flat, index, unpacked
from archc.codegen.statements import Assign, Comment, For, If, Statement
from archc.language.rounds import Rounds
from archc.language.steps import (
    Let,
    Loop,
    SideGroup,
    Step,
    StepGroup,
    Steps,
    UseBlock,
    UseMerge,
    UseOp,
    UseParameter,
    names_given,
)
from archc.language.template import Formula, GivenName, NamePattern, ParsedValue, Template
from archc.targets.keras import layers, leaving, merges, sharing
from archc.targets.keras.compounds import loop_names, opposite, said
from archc.targets.keras.page import Page
from archc.targets.keras.path import Flow
from archc.targets.keras.reads import assigned, reads_any, reads_path
from archc.targets.keras.refusals import refused
from archc.targets.keras.structure import Section


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
        tables: the variables of what is kept by computed names: shares and outputs.
        shared: the variables of layers and models that are called again, by the name of the share.
        depth: of loops and conditions around a step.
        read: the names that something reads.
    """

    def __init__(self, section: Section, page: Page) -> None:
        self.section, self.page = section, page
        self.names = Names(page.names.taken)
        self.codes: dict[Any, Code] = {}
        self.kinds: dict[str, Kind] = dict(page.kinds[section])
        self.opening: list[Statement] = []
        self.outputs: dict[str, Code] = {}
        self.gathered: str | None = None
        self.tables: dict[str, str] = {}
        self.shared: dict[str, str] = {}
        self.depth = 0
        self.read = section.read()
        self.codes.update({name: page.parameters[name] for name in section.params})
        words = (section.numbered and "names", section.batch and section.block and "batch", section.handed)
        self.counter, self.batch, self.handed = [page.handed[word] if word else "" for word in words]
        self.names.taken.update((*map(flat, self.codes.values()), self.counter, self.batch, self.handed))
        for name in section.inputs if section.block is not None else ():
            self.codes[name] = self.names.give(name)
            self.kinds[name] = TENSOR
        self.name_variables(section.layers)

    def name_variables(self, steps: Steps) -> None:
        """Gives each name that steps give a variable; names with an expression are items of a table."""
        for name, _, step in names_given(steps):
            if name in self.codes:
                continue
            self.codes[name] = self.names.give(name if isinstance(name, str) else name.word)
            if isinstance(name, NamePattern):
                self.opening.append(Assign((flat(self.codes[name]),), "{}"))
            elif not isinstance(step.head, Let):
                self.kinds.setdefault(name, TENSOR)

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
            write = self.present if step.when is None else self.conditional
            try:
                write(step, flow, prefix, out, needed)
            except Unwritable as error:
                raise refused(str(error), step.at) from None

    def conditional(self, step: Step, flow: Flow, prefix: tuple[Part, ...], out: list[Statement], after: bool) -> None:
        """Writes a step that is there only if its `when` is true."""
        moves = not isinstance(step.head, SideGroup | Let)
        scope = self.scope(self.taken(step, flow)[0])
        if moves and after and step.otherwise is None and flow.current != flow.target:
            out.append(Assign((flow.target,), flow.current))
            flow.current = flow.target
        if not moves or step.otherwise is not None:
            self.protect(flow, assigned((step,)), out, after)
        arms = [step._replace(when=None, otherwise=None)]
        if step.otherwise is not None:
            arms.append(arms[0]._replace(head=StepGroup(step.otherwise)))
        condition, contrary = value(step.when, scope), opposite(step.when, scope)
        written: list[tuple[Statement, ...]] = []
        self.depth += 1
        for arm in arms:
            inner, body = Flow(flow.current, flow.target), list[Statement]()
            self.present(arm, inner, prefix, body, after)
            if moves and after and inner.current != flow.target:
                body.append(Assign((flow.target,), inner.current))
            written.append(said(body))
        self.depth -= 1
        if moves and after:
            flow.current = flow.target
        if written[0]:
            out.append(If(condition, *written))
        elif any(written):
            out.append(If(contrary, written[1]))

    def present(self, step: Step, flow: Flow, prefix: tuple[Part, ...], out: list[Statement], after: bool) -> None:
        """Writes a step that is there."""
        taken = self.taken(step, flow)
        named = bool(step.as_) or step.output is not None
        match step.head:
            case UseOp() | UseBlock() | UseParameter():
                write = layers.used if step.share is None else sharing.used
                write(self, step, step.head, taken, flow, prefix, out)
                flow.current = leaving.variable(self, step, flow)
            case UseMerge():
                merges.merged(self, step, step.head, taken, flow, prefix, out)
                flow.current = leaving.variable(self, step, flow)
            case Let():
                self.let(step.head, taken[0], flow, out, after)
            case SideGroup(body):
                self.side(step, body, taken[0], flow, prefix, out, after)
                return
            case Loop():
                flow.current = self.moved(taken[0], flow, out)
                self.loop(step, step.head, flow, prefix, out, after or named)
                leaving.named_after(self, step, flow, out)
            case StepGroup(body):
                flow.current = self.moved(taken[0], flow, out)
                inner = self.inside(step, prefix, self.scope(taken[0]), out)
                self.steps(body, flow, inner, out, after or named)
                leaving.named_after(self, step, flow, out)
            case _:
                flow.current = self.moved(taken[0], flow, out)
                leaving.named_after(self, step, flow, out)
        leaving.mark(self, step, flow.current, taken[0], out)

    def taken(self, step: Step, flow: Flow) -> list[Code]:
        """The tensors that reach a step."""
        if step.from_ is None:
            return [flow.current]
        scope = self.scope(flow.current)
        return [self.tensor(name, scope) for name in step.from_]

    def tensor(self, name: ParsedValue, scope: Scope) -> Code:
        """The tensor of a name, or that an expression gives."""
        if isinstance(name, str):
            return scope.codes[name]
        return self.item(name, scope) if isinstance(name, Template) else value(name, scope)

    def item(self, name: Template, scope: Scope) -> Code:
        """The item of a table that a name with expressions stands for."""
        holes = [flat(value(part, scope)) for part in name.parts if isinstance(part, Formula)]
        return index(self.codes[name.pattern], ", ".join(holes))

    def moved(self, tensor: Code, flow: Flow, out: list[Statement]) -> Code:
        """A variable that holds the tensor, for a path that goes on from it."""
        if isinstance(tensor, str):
            return tensor
        out.append(Assign((flow.target,), tensor))
        return flow.target

    def protect(self, flow: Flow, given: Iterable[GivenName], out: list[Statement], after: bool) -> None:
        """Moves the path to its own variable where the name of the one that holds it is given anew beside it."""
        anew = {self.codes[name] for name in given if name in self.codes}
        if after and anew.intersection(re.findall(r"\w+", flat(flow.current))) and flow.current != flow.target:
            out.append(Assign((flow.target,), flow.current))
            flow.current = flow.target

    # --- what holds steps ---

    def bind(self, rounds: Rounds, x: Code) -> tuple[str, Code]:
        """The names of a loop, now known by their kinds, and what it goes through."""
        scope = self.scope(x)
        items = expression(rounds.items.expression, scope, iterated=True)
        self.kinds |= bound(rounds.targets, kind_of(rounds.items, scope.kinds))
        return loop_names(rounds.targets, self.codes), items

    def loop(
        self, step: Step, head: Loop, flow: Flow, prefix: tuple[Part, ...], out: list[Statement], after: bool
    ) -> None:
        """Writes a loop; the path goes through one variable from round to round."""
        carried = after or reads_path(head.body, after=False)
        inner_prefix = self.inside(step, prefix, self.scope(flow.current), out)
        targets, items = self.bind(head.rounds, flow.current)
        if carried and flow.current != flow.target:
            out.append(Assign((flow.target,), flow.current))
            flow.current = flow.target
        inner, body = Flow(flow.current, flow.target), list[Statement]()
        self.depth += 1
        self.steps(head.body, inner, inner_prefix, body, after=carried)
        self.depth -= 1
        if carried and inner.current != flow.target:
            body.append(Assign((flow.target,), inner.current))
        if repeated := said(body):
            out.append(For(targets, items, repeated))

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
        target = leaving.own_variable(self, step) or self.names.give("side")
        inner = Flow(self.moved(taken, Flow(taken, target), out), target)
        named = bool(step.as_) or step.output is not None
        self.steps(body, inner, self.inside(step, prefix, self.scope(taken), out), out, after=named)
        leaving.named_after(self, step, inner, out)
        leaving.mark(self, step, inner.current, inner.current, out)

    def let(self, head: Let, x: Code, flow: Flow, out: list[Statement], after: bool) -> None:
        """Writes assignments, as one where a value reads a name that another gives."""
        scope = self.scope(x)
        items = [(name, item) for name, item in head.values.items() if name in self.read]
        given = {flat(self.codes[name]): value(item, scope) for name, item in items}
        kinds = {name: kind_of(item, scope.kinds) for name, item in items}
        self.protect(flow, head.values, out, after)
        self.kinds |= kinds
        given = {name: code for name, code in given.items() if code != name}
        crossed = any(reads_any(item, {name for name, _ in items[:place]}) for place, (_, item) in enumerate(items))
        if crossed and len(given) > 1:
            out.append(Assign(tuple(given), unpacked(list(given.values()))))
        else:
            out.extend(Assign((name,), code) for name, code in given.items())

    def inside(self, step: Step, prefix: tuple[Part, ...], scope: Scope, out: list[Statement]) -> tuple[Part, ...]:
        """What stands before the names in a part of the network; kept in a variable where its steps change it."""
        if step.name is None:
            return prefix
        parts = (*prefix, *parts_of(step.name, scope), ("_", False))
        if not reads_any(step.name, assigned((step,)) | {"x"}):
            return parts
        variable = self.names.give("prefix")
        out.append(Assign((variable,), formatted(parts)))
        return ((variable, True),)
