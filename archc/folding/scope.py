"""What can be read where steps stand, and the expression for a value that differs from instance to instance."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

from archc.folding.name_texts import unused_name
from archc.folding.program import Wire
from archc.folding.relations import Vector, agree, choice, condition, only_value, proportion
from archc.folding.values import Expr, Value, as_shares, key, literal, number_text, operand
from archc.language.name_rules import RESERVED

_WIDTHS = re.compile(r"filters|units|channels|width|key_dim|groups|after|before")


@dataclass(eq=False, slots=True)
class Variable:
    """A parameter of a block, a variable of a loop, or a value that `let` names.

    Attributes:
        vector: its value in each instance that needs it.
    """

    name: str
    vector: dict[int, Value]
    text: bool = False


@dataclass(eq=False, slots=True)
class Scope:
    """The steps of a network, a block or a loop.

    Attributes:
        instances: of the steps.
        up: of a loop, the instance of the steps around it.
        number: of a loop, the number of each round, from 0.
        entrance: what reaches a block.
        entry: the channels of that.
        lets: the names of numbers of channels, with the wires whose channels they are.
        taken: the names that mean something here.
        lists: of the file, the lists that have names.
        start: of a loop, where its index begins, once something reads the index.
    """

    instances: list[int]
    parent: Scope | None = None
    up: dict[int, int] = field(default_factory=dict)
    number: dict[int, int] = field(default_factory=dict)
    index: str = ""
    start: Value = None
    counts: dict[int, int] = field(default_factory=dict)
    variables: list[Variable] = field(default_factory=list)
    entrance: Wire | None = None
    entry: dict[int, int] = field(default_factory=dict)
    lets: dict[str, Wire] = field(default_factory=dict)
    lists: dict[str, tuple[Value, ...]] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    starts: dict[int, int] = field(default_factory=dict)
    inner: list[Scope] = field(default_factory=list)

    def visible(self) -> Iterator[tuple[Variable, Vector]]:
        """The variables that steps here can read, with their values in the instances here."""
        for variable in self.variables:
            yield variable, variable.vector
        if self.parent is not None:
            for variable, vector in self.parent.visible():
                yield variable, {d: vector[self.up[d]] for d in self.instances if self.up[d] in vector}

    def express(self, vector: Vector, hint: str, x: Vector | None = None, *, word: str = "") -> Value:
        """A value or an expression that is the vector in each instance; a new variable at worst."""
        found = self.derived(vector, hint, x)
        return self.new(vector, hint, word) if found is None else found[0]

    def new(self, vector: Vector, hint: str, word: str = "") -> Expr:
        """A new variable, called as the hint says, or with a word before that if something is called so already."""
        taken = hint in self.used() and word and not hint.startswith(word)
        longer = f"{hint}_{word}" if word[:1].isdigit() else f"{word}_{hint}"
        return self.named(vector, longer if taken else hint)

    def derived(self, vector: Vector, hint: str, x: Vector | None = None) -> tuple[Value] | None:
        """The same without a new variable of a block; None where there is none."""
        values = list(vector.values())
        if len({key(value) for value in values}) == 1:
            return (values[0],)
        for variable, known in self.visible():
            if agree(known, vector):
                return (Expr(variable.name),)
        for rule in (self._channels, self._keeps_channels, self._two_valued, self._multiple, self._items, self._round):
            expression = rule(vector, hint, x)
            if expression is not None:
                return (expression,)
        return None

    def _channels(self, vector: Vector, hint: str, x: Vector | None) -> Value:
        if not x or not _WIDTHS.search(hint) or any(x.get(d) is None for d in vector):
            return None
        return proportion(vector, x, "x.channels")

    def _two_valued(self, vector: Vector, hint: str, _x: Vector | None) -> Value:
        if len({key(value) for value in vector.values()}) != 2 or _WIDTHS.search(hint) or hint in ("depth", "first"):
            return None
        for variable, known in self.visible():
            if variable.text or any(isinstance(known.get(d, ()), tuple | dict | float) for d in vector):
                continue
            pairs = {(key(known[d]), key(value)): (known[d], value) for d, value in vector.items()}
            if len(pairs) == 2 and len({known_ for known_, _ in pairs}) == 2:
                found = condition(variable.name, *pairs.values())
                if found is not None:
                    return found
        return None

    def _keeps_channels(self, vector: Vector, _hint: str, _x: Vector | None) -> Value:
        """A condition that holds where a block leaves as many channels as reach it, at a stride of 1."""
        if not self.entry or not all(type(value) is bool and d in self.entry for d, value in vector.items()):
            return None
        known = {variable.name: variable.vector for variable in self.variables if variable.name != "channels"}
        for name, widths in known.items():
            if not _WIDTHS.search(name) or not all(type(widths.get(d)) is int for d in vector):
                continue
            keeps = {d: self.entry[d] == widths[d] for d in vector}
            strides = known.get("strides", {})
            if any(keeps.values()) and keeps == dict(vector):
                return self._with_entry(f"{name} == channels")
            if all(d in strides for d in vector) and all(vector[d] == (keeps[d] and strides[d] == 1) for d in vector):
                return self._with_entry(f"strides == 1 and {name} == channels")
        return None

    def of_forks(self, vector: Vector, hint: str, forks: Iterable[Wire]) -> Expr | None:
        """A multiple or a quotient of the channels of one of several wires, the last first."""
        if not _WIDTHS.search(hint):
            return None
        for wire in forks:
            name = next((word for word, known in self.lets.items() if known is wire), self.fresh("channels"))
            found = proportion(vector, wire.channels, name)
            if found is not None:
                self.taken.add(name)
                self.lets[name] = wire
                return found
        return None

    def expanded(self, vector: Vector, hint: str, x: Vector) -> Expr | None:
        """A multiple of the channels of the current tensor by a variable that has fewer values."""
        is_width = _WIDTHS.search(hint) and all(type(value) is int for value in vector.values())
        if self.entrance is None or not is_width:
            return None
        ratios = {d: value // x[d] for d, value in vector.items() if x.get(d) and value % x[d] == 0}
        if len(ratios) < len(vector) or 2 * len(set(ratios.values())) > len(set(vector.values())):
            return None
        return Expr(f"{operand(self.express(ratios, 'expansion'))} * x.channels")

    def _with_entry(self, text: str) -> Expr | None:
        """An expression of the channels that reach the block, for which `let` makes a name."""
        if "channels" not in self.lets:
            if "channels" in self.used():
                return None
            self.taken.add("channels")
            assert self.entrance is not None
            self.lets["channels"] = self.entrance
            self.variables.append(Variable("channels", dict(self.entry)))
        return Expr(text)

    def _multiple(self, vector: Vector, hint: str, _x: Vector | None) -> Value:
        if not _WIDTHS.search(hint):
            return None
        for variable, known in self.visible():
            if _WIDTHS.search(variable.name) and not variable.text:
                found = proportion(vector, known, variable.name)
                if found is not None:
                    return found
        if self.entry and all(self.entry.get(d) is not None for d in vector):
            found = proportion(vector, self.entry, "channels")
            if found is not None:
                return self._with_entry(found)
        return None

    def _items(self, vector: Vector, _hint: str, x: Vector | None) -> Value:
        """A list whose items can be expressed."""
        values = list(vector.values())
        if not all(isinstance(value, tuple) for value in values) or len({len(value) for value in values}) != 1:
            return None
        items: list[str] = []
        for place in range(len(values[0])):
            column = {d: value[place] for d, value in vector.items()}
            if len({key(item) for item in column.values()}) == 1:
                found: Value = values[0][place]
            else:
                found = None if not x else self._channels(column, "channels", x)
                if found is None:
                    return None
            try:
                items.append(literal(found))
            except ValueError:
                return None
        return Expr("[" + ", ".join(items) + "]")

    def _round(self, vector: Vector, hint: str, _x: Vector | None) -> Value:
        """A value by the round of a loop."""
        if self.parent is None:
            return None
        groups: dict[int, dict[int, Value]] = {}
        for d, value in vector.items():
            groups.setdefault(self.up[d], {})[self.number[d]] = value
        alike = {outer: only_value(group.values()) for outer, group in groups.items()}
        if all(found is not None for found in alike.values()):
            outer_vector = {outer: found[0] for outer, found in alike.items() if found is not None}
            return self.parent.express(outer_vector, hint)
        evenly = self._evenly(vector)
        found = self._all_but_last(groups) if evenly is None else evenly
        return self._first_differs(groups, hint) if found is None else found

    def _all_but_last(self, groups: Mapping[int, Mapping[int, Value]]) -> Expr | None:
        """A condition that holds in all rounds but the last."""
        assert self.parent is not None
        for outer, group in groups.items():
            if dict(group) != {number: number < self.counts[outer] - 1 for number in range(self.counts[outer])}:
                return None
        if len(set(self.counts.values())) > 1 or isinstance(self.start, Expr):
            return None
        self.needs_index()
        return Expr(f"{self.index} < {self.start + next(iter(self.counts.values())) - 1}")

    def _evenly(self, vector: Vector) -> Expr | None:
        """A fraction that grows by the same from round to round, as rates of dropout do."""
        rates = [value for value in vector.values() if value != 0]
        if len(vector) < 3 or not rates or not all(type(value) is float for value in rates):
            return None
        if self.parent is None or isinstance(self.start, Expr):
            return None
        for whole, count, numbers in as_shares(list(vector.values())):
            starts: dict[int, set[int]] = {}
            for d, number in zip(vector, numbers, strict=True):
                starts.setdefault(self.up[d], set()).add(number - self.number[d])
            if all(len(found) == 1 for found in starts.values()):
                self.needs_index()
                offsets = {outer: min(found) - self.starts[outer] for outer, found in starts.items()}
                depths = self.parent.list_of_depths(self.counts)
                before = None if depths is None else self.parent.rounds_before(offsets, self.counts, depths)
                offset = self.parent.express(offsets, "offset") if before is None else before
                step = self.index if offset == 0 else f"({self.index} + {operand(offset)})"
                is_all = before is not None and count == sum(self.counts.values())
                return Expr(f"{number_text(whole)} * {step} / " + (f"sum({depths})" if is_all else str(count)))
        return None

    def list_of_depths(self, counts: Mapping[int, int]) -> str | None:
        """The name in the file of the list of depths, for a loop over stages; None where it has none."""
        root = self.parent
        if root is None or root.instances != [0] or len(counts) < len(self.instances) or len(set(counts.values())) == 1:
            return None
        name, depths = "depths", tuple(counts[d] for d in self.instances)
        if name not in root.lists and name in root.used():
            return None
        if self.express(counts, "depth") != "depth" or root.lists.setdefault(name, depths) != depths:
            return None
        root.taken.add(name)
        return name

    def rounds_before(self, numbers: Mapping[int, int], counts: Mapping[int, int], depths: str) -> Expr | None:
        """The rounds of the loop within before each round of a loop over stages, and a number more."""
        before = dict(zip(self.instances, accumulate(counts[d] for d in self.instances), strict=True))
        more = {number - before[d] + counts[d] for d, number in numbers.items()}
        if len(more) > 1 or isinstance(self.start, Expr):
            return None
        self.needs_index()
        stage = f"{self.index} - {self.start}" if self.start else self.index
        return Expr(f"sum({depths}[:{stage}])" + "".join(f" + {number}" for number in more if number))

    def _first_differs(self, groups: Mapping[int, Mapping[int, Value]], hint: str) -> Value:
        """A value of the first round and one of the others."""
        assert self.parent is not None
        first: dict[int, Value] = {}
        rest: dict[int, Value] = {}
        for outer, group in groups.items():
            others = only_value(value for number, value in group.items() if number > 0)
            if 0 in group:
                first[outer] = group[0]
            if others is not None:
                rest[outer] = others[0]
            elif any(number > 0 for number in group):
                return None
        if not first or not rest or (_WIDTHS.search(hint) and max(self.counts.values()) == 2):
            return None
        if any(isinstance(value, str | dict) for value in (*first.values(), *rest.values())):
            return None
        if self.parent.parent is None:
            one, other = self.parent.derived(first, hint), self.parent.derived(rest, hint)
        else:
            one, other = (self.parent.express(first, hint),), (self.parent.express(rest, hint),)
        if one is None or other is None or (isinstance(self.start, Expr)):
            return None
        self.needs_index()
        test = f"{self.index} == {literal(self.start)}"
        try:
            return choice(test, f"{self.index} > {literal(self.start)}", one[0], other[0])
        except ValueError:
            return None

    def needs_index(self) -> None:
        """Lets the loop have an index."""
        if self.start is None:
            self.start = 0
            self.starts = dict.fromkeys(self.up.values(), 0)

    def indexed(self, vector: Mapping[int, int]) -> Expr | None:
        """A whole number that grows by one from round to round."""
        if self.parent is None:
            return None
        offsets: dict[int, set[int]] = {}
        for d, value in vector.items():
            offsets.setdefault(self.up[d], set()).add(value - self.number[d])
        if any(len(found) != 1 for found in offsets.values()):
            return self._progression(vector)
        starts = {outer: found.pop() for outer, found in offsets.items()}
        if self.start is None and (begin := self._of_parent(starts)) is not None:
            self.needs_index()
            return Expr(f"{begin} + {self.index}")
        if self.start is None:
            self.start = self.parent.express(starts, "first")
            self.starts = starts
            return Expr(self.index)
        gaps = {outer: start - self.starts[outer] for outer, start in starts.items() if outer in self.starts}
        if len(set(gaps.values())) != 1:
            begin = self._of_parent(gaps)
            return None if begin is None else Expr(f"{begin} + {self.index}")
        gap = next(iter(gaps.values()))
        return Expr(self.index if gap == 0 else f"{self.index} + {gap}" if gap > 0 else f"{self.index} - {-gap}")

    def _of_parent(self, vector: Mapping[int, int]) -> Expr | None:
        """A whole number that grows by the same from round to round of the loop around, where no variable has it."""
        around = self.parent
        if around is None or around.parent is None or len(set(vector.values())) == 1:
            return None
        return None if any(agree(known, vector) for _, known in around.visible()) else around.indexed(vector)

    def _progression(self, vector: Mapping[int, int]) -> Expr | None:
        """A whole number that grows by the same from round to round, the same in all loops."""
        if isinstance(self.start, Expr):
            return None
        pairs = {(self.number[d], value) for d, value in vector.items()}
        first, second = (dict(pairs).get(number) for number in (0, 1))
        if first is None or second is None or any(value != first + n * (second - first) for n, value in pairs):
            return None
        step = second - first
        if step < 2:
            return None
        if self.start is None and first % step == 0:
            self.start, self.starts = first // step, dict.fromkeys(self.up.values(), first // step)
        self.needs_index()
        rest = first - step * self.start
        return Expr(f"{step} * {self.index}" + (f" + {rest}" if rest > 0 else f" - {-rest}" if rest else ""))

    def named(self, vector: Vector, hint: str, *, text: bool = False) -> Expr:
        """A new variable with this value."""
        name = self.fresh(hint)
        self.taken.add(name)
        self.variables.append(Variable(name, dict(vector), text))
        return Expr(name)

    def fresh(self, hint: str) -> str:
        """A name that nothing here has."""
        base = re.sub(r"_\d+$", "", re.sub(r"\W", "_", hint))
        base = f"{base}_" if base in RESERVED or base == "x" else base
        return unused_name(base, self.used())

    def used(self) -> set[str]:
        """The names that mean something here, around, or in loops within."""
        found = set(self.taken)
        around = self.parent
        while around is not None:
            found |= around.taken
            around = around.parent
        return found.union(*(scope.within() for scope in self.inner))

    def within(self) -> set[str]:
        """The names that mean something here or in loops within."""
        return self.taken.union(*(scope.within() for scope in self.inner))
