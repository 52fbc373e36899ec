"""Blocks that are nearly alike become one, in which the steps that one of them lacks are conditional."""

from __future__ import annotations

from dataclasses import dataclass

from archc.folding.cost import block_cost, value_cost
from archc.folding.lines import Solved
from archc.folding.program import Block, Program, Step, Wire, walk
from archc.folding.repeats import Costs
from archc.folding.runs import merged, shape_of
from archc.folding.solve import solve, solve_block
from archc.folding.values import key

_MOST_PARAMETERS = 8
_MOST_CONDITIONS = 3
_MOST_TRIALS = 12
_MOST_APART = 0.8  # of what is alike


class _Apart(Exception):
    """Two blocks cannot be one."""


class _Mismatch(Exception):
    """Two steps that were aligned take other tensors."""

    def __init__(self, *steps: Step) -> None:
        self.steps = steps[0], steps[1]


@dataclass(frozen=True, slots=True)
class Union:
    """Two blocks as one.

    Attributes:
        gain: what it saves; below 0 where it costs something.
    """

    one: Block
    other: Block
    block: Block
    solved: Solved
    gain: float


def best_union(program: Program, solved: dict[str, Solved], slack: float, nested: float | None) -> Union | None:
    """The pair of blocks whose union saves most; None where all cost too much.

    `slack` is what a union may cost, `nested` the same for a block and one that it uses; None leaves these apart.
    """
    best: Union | None = None
    blocks = list(program.blocks.values())
    for place, one in enumerate(blocks):
        for other in blocks[place + 1 :]:
            if len(one.inputs) != len(other.inputs) or one.outputs or other.outputs:
                continue
            least = -slack
            if not _uses(program, one, other):
                found = union_of(program, solved, one, other)
            elif nested is not None:
                least = -nested
                outer, inner = (one, other) if _uses_directly(one, other) else (other, one)
                parts = _without_use(program, outer, inner)
                found = None if parts is None else union_of(program, solved, outer, inner, parts)
            else:
                continue
            if found is None or found.gain < least or (best is not None and found.gain <= best.gain):
                continue
            if found.gain >= 0 or _meet(program, one, other):
                best = found
    return best


def _meet(program: Program, one: Block, other: Block) -> bool:
    """Whether two blocks are used in one list of steps, so that a loop may come of their union."""
    heads = ({step.head for step in sequence} for sequence in program.sequences())
    return any({one.name, other.name} <= found for found in heads)


def _uses_directly(outer: Block, inner: Block) -> bool:
    return any(step.head == inner.name for step in walk(outer.body))


def _without_use(program: Program, outer: Block, inner: Block) -> tuple[Block, Block] | None:
    """A block with the steps of another in the place of the use of it, and the other for the uses elsewhere."""
    uses = [step for step in walk(outer.body) if step.head == inner.name]
    elsewhere = [step for step in uses_of(program, inner) if step not in uses]
    if len(uses) != 1 or uses[0] not in outer.body or uses[0].optional or uses[0].shares or not elsewhere:
        return None
    if any(step.shares for step in elsewhere):
        return None
    between = [block for block in program.blocks.values() if block is not outer and _uses_directly(block, inner)]
    if any(_is_within(program, outer, block.name) for block in between):
        return None
    whole = spliced(program, outer, uses[0], inner)
    inputs, body = whole.inputs, whole.body
    rest = [c for step in elsewhere for c in step.calls.values()]
    others = [Wire({c: wire.tensors[c] for c in rest}) for wire in inner.inputs]
    kept = merged(program, [inner.body], [{c: c for c in rest}], dict(zip(inner.inputs, others, strict=True)))
    body, kept = _there(body, inputs[0]), _there(kept, others[0])
    return (Block(outer.name, inputs, body), Block(inner.name, others, kept)) if body and kept else None


def spliced(program: Program, outer: Block, use: Step, inner: Block) -> Block:
    """A block with the steps of another in the place of a use of it."""
    inputs = [Wire(dict(wire.tensors)) for wire in outer.inputs]
    known = dict(zip(outer.inputs, inputs, strict=True))
    place, same = outer.body.index(use), {d: d for d in outer.instances}
    body = merged(program, [outer.body[:place]], [same], known)
    known.update({wire: known[operand] for wire, operand in zip(inner.inputs, use.operands, strict=True)})
    body += merged(program, [inner.body], [{c: d for d, c in use.calls.items()}], known)
    known[use] = body[-1]
    body += merged(program, [outer.body[place + 1 :]], [same], known)
    return Block(outer.name, inputs, body)


def _there(steps: list[Step], path: Wire) -> list[Step]:
    """The steps that are there in some instance; others leave the path as it is."""
    passed: dict[Wire, Wire] = {}
    found = []
    for step in steps:
        step.operands = [passed.get(wire, wire) for wire in step.operands]
        if step.present:
            found.append(step)
            path = step
        else:
            path = passed[step] = step.operands[0] if len(step.taken) == 1 else path
    return found


def _uses(program: Program, one: Block, other: Block) -> bool:
    """Whether one of two blocks uses the other, itself or through others."""
    return _is_within(program, one, other.name) or _is_within(program, other, one.name)


def _is_within(program: Program, block: Block, wanted: str) -> bool:
    """Whether a block uses the block of a name."""
    return any(
        step.head == wanted or (bool(step.calls) and _is_within(program, program.blocks[step.head], wanted))
        for step in walk(block.body)
    )


def union_of(
    program: Program, solved: dict[str, Solved], one: Block, other: Block, parts: tuple[Block, Block] | None = None
) -> Union | None:
    """Two blocks as one; None where they cannot be, or have too little in common.

    `parts` are the two as they are aligned, where one uses the other.
    """
    costs = Costs(program, solved)
    block = aligned_block(program, costs, *(parts or (one, other)))
    if block is None:
        return None
    if block.body[-1].optional and len(block.body) == 1:
        return None
    new = solve_block(program, block, solved)
    if len(new.parameters) > _MOST_PARAMETERS:
        return None
    before = sum(block_cost(solved[found.name]) for found in (one, other) if found.name in solved)
    after = block_cost(new)
    for step in uses_of(program, one, other):
        if parts is None or not (step.head == other.name and step in one.body):
            before += use_cost(step, solved[step.head])
            after += use_cost(step, new)
    return Union(one, other, block, new, before - after)


def aligned_block(program: Program, costs: Costs, one: Block, other: Block) -> Block | None:
    """The block of two; None where there is none."""
    mismatched: set[tuple[Step, Step]] = set()
    for _ in range(_MOST_TRIALS):
        try:
            return _Aligner(program, costs, one, other, mismatched).block()
        except _Mismatch as error:
            mismatched.add(error.steps)
        except _Apart:
            return None
    return None


def uses_of(program: Program, *blocks: Block) -> list[Step]:
    """The uses of blocks."""
    heads = {block.name for block in blocks}
    return [step for sequence in program.sequences() for step in sequence if step.calls and step.head in heads]


def use_cost(step: Step, solved: Solved) -> float:
    """The cost of a use of a block."""
    cost = 2.0 + 2 * any(solved.names.get(d) for d in step.calls.values())
    for found in solved.parameters:
        values = {key(found.vector[d]): found.vector[d] for d in step.calls.values() if d in found.vector}
        default = None if found.default is None else key(found.default[0])
        if len(values) > 1:
            cost += 2.5 + found.text
        elif values and next(iter(values)) != default:
            cost += 1 + value_cost(next(iter(values.values()))) + found.text
    return cost


class _Aligner:
    """Makes the block of two; `pairs` are its wires with those of the two that they stand for."""

    def __init__(
        self, program: Program, costs: Costs, one: Block, other: Block, mismatched: set[tuple[Step, Step]]
    ) -> None:
        self.program, self.costs, self.one, self.other = program, costs, one, other
        self.mismatched = mismatched
        self.pairs: list[tuple[Wire, Wire, Wire]] = []
        self.conditions = 0
        self.apart = 0.0

    def block(self) -> Block:
        """The block.

        Raises:
            _Apart: there is none.
        """
        inputs = []
        for first, second in zip(self.one.inputs, self.other.inputs, strict=True):
            made = Wire({**first.tensors, **second.tensors})
            inputs.append(made)
            self.pairs.append((made, first, second))
        body: list[Step] = []
        path: Wire = inputs[0]
        side = ""
        for a, b in self.aligned():
            if a is not None and b is not None:
                step = self.both(a, b)
                side = ""
            else:
                step = self.one_of(a, b, path)
                now = "a" if b is None else "b"
                self.conditions += now != side and not (a or b or step).optional
                side = now
            body.append(step)
            path = step
        if self.conditions > _MOST_CONDITIONS or not body:
            raise _Apart
        alike = sum(self.costs.step(a) for a in self.one.body) + sum(self.costs.step(b) for b in self.other.body)
        if self.apart > _MOST_APART * (alike - self.apart):
            raise _Apart
        if self.pairs[-1][1] is not self.one.body[-1] or self.pairs[-1][2] is not self.other.body[-1]:
            raise _Apart
        return Block("", inputs, body)

    def aligned(self) -> list[tuple[Step | None, Step | None]]:
        """The steps of the two side by side, at the least cost."""
        one, other = self.one.body, self.other.body
        n, m = len(one), len(other)
        best: list[list[tuple[float, str]]] = [[(0.0, "")] * (m + 1) for _ in range(n + 1)]
        for i in range(n, -1, -1):
            for j in range(m, -1, -1):
                options = []
                if i < n and j < m and (cost := self.distance(one[i], other[j])) is not None:
                    options.append((cost + best[i + 1][j + 1][0], "both"))
                if i < n:
                    options.append((self.costs.step(one[i]) + 2 + best[i + 1][j][0], "one"))
                if j < m:
                    options.append((self.costs.step(other[j]) + 2 + best[i][j + 1][0], "other"))
                if options:
                    best[i][j] = min(options)
        found: list[tuple[Step | None, Step | None]] = []
        i = j = 0
        while i < n or j < m:
            way = best[i][j][1]
            found.append((one[i] if way != "other" else None, other[j] if way != "one" else None))
            i, j = i + (way != "other"), j + (way != "one")
        return found

    def distance(self, a: Step, b: Step) -> float | None:
        """What it costs to make one step of two; None where it cannot be."""
        if a.form != b.form or (a, b) in self.mismatched or a.shares or b.shares:
            return None
        if a.nodes and self.program.is_named(a) != self.program.is_named(b):
            return None
        if len(a.left) != len(b.left):
            return None
        if a.body and shape_of(self.program, a, {}) != shape_of(self.program, b, {}):
            return None
        apart = 1.5 * (_last_word(self.program, a) != _last_word(self.program, b))
        if not a.nodes:
            return 1.0 + apart
        first, second = (self.program.arguments(next(iter(step.nodes.values()))) for step in (a, b))
        differing = [name for name in {*first, *second} if key(first.get(name)) != key(second.get(name))]
        return 1.5 * len(differing) + apart

    def both(self, a: Step, b: Step) -> Step:
        """A step that both have."""
        operands = []
        for x, y in zip(a.operands, b.operands, strict=True):
            found = next((made for made, one, other in reversed(self.pairs) if one is x and other is y), None)
            if found is None:
                raise _Mismatch(a, b)
            operands.append(found)
        known = dict(zip(a.operands, operands, strict=True))
        same = [{d: d for d in step.tensors} for step in (a, b)]
        step = merged(self.program, [[a], [b]], list(same), known)[0]
        step.operands = operands
        self.pairs += zip(step.left[1:], a.left[1:], b.left[1:], strict=True)
        self.pairs.append((step, a, b))
        return step

    def one_of(self, a: Step | None, b: Step | None, path: Wire) -> Step:
        """A step that one of the two lacks: there it leaves the path as it is."""
        step, side = (a, 1) if a is not None else (b, 2)
        assert step is not None
        if len(step.left) > 1:
            raise _Apart
        self.apart += 0 if step.optional else self.costs.step(step)
        operands = [self.nearest(wire, side, path) for wire in step.operands]
        passed = operands[0] if len(step.taken) == 1 else path
        made = merged(
            self.program, [[step]], [{d: d for d in step.tensors}], dict(zip(step.operands, operands, strict=True))
        )[0]
        made.operands = operands
        made.tensors = {**{d: passed.tensors[d] for d in passed.tensors if d not in step.tensors}, **made.tensors}
        through = next(pair for pair in self.pairs if pair[0] is passed)
        self.pairs.append((made, step, through[2]) if side == 1 else (made, through[1], step))
        return made

    def nearest(self, wire: Wire, side: int, path: Wire) -> Wire:
        """The wire that stands for a wire of one of the two; the path where it does."""
        found = [pair[0] for pair in self.pairs if pair[side] is wire]
        if not found:
            raise _Apart
        return path if path in found else found[-1]


def _last_word(program: Program, step: Step) -> str | None:
    """The last word of the name of a layer or of a use."""
    if step.nodes:
        name = program.names[next(iter(step.nodes.values()))]
    else:
        name = next((program.part_names.get((step.head, d)) for d in step.calls.values()), None)
    return None if not name else name.rsplit("_", 1)[-1]


def apply(program: Program, solved: dict[str, Solved], found: Union) -> None:
    """Puts one block in the place of two."""
    uses = uses_of(program, found.one, found.other)
    name = found.one.name if found.one.name in program.blocks else found.other.name
    for block in (found.one, found.other):
        program.blocks.pop(block.name, None)
        solved.pop(block.name, None)
    found.block.name = name
    program.blocks[name] = found.block
    for step in uses:
        step.head = name
    refresh(program, solved)


def refresh(program: Program, solved: dict[str, Solved]) -> None:
    """Solves all blocks anew."""
    _, blocks = solve(program)
    solved.clear()
    solved.update(blocks)
    program.part_names = {(word, d): name for word, found in blocks.items() for d, name in found.names.items()}
    for name in [name for name in program.blocks if name not in blocks]:
        del program.blocks[name]
