"""The syntax tree of expressions, a small and pure part of Python.

Each kind of node is one class, with its evaluation and the names that it reads. The evaluation is a function of the
scope, made once from those of the nodes below. Its cost is bounded by `limits`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, Protocol

from archc import limits
from archc.diagnostics import Poisoned, SpecError, did_you_mean, shortened
from archc.ir.graph import Tensor
from archc.ir.shape import Shape, shape_text
from archc.language.expression_functions import FUNCTIONS, FunctionError
from archc.language.operators import WHOLE_NUMBERS, calculate, compare
from archc.language.targets import Targets, target_names, unpacked
from archc.language.value import (
    POISON,
    ExpressionError,
    InnerScope,
    Scope,
    Value,
    bounded,
    checked,
    describe,
    describe_type,
    is_number,
    item_count,
    truth,
)

Evaluation = Callable[[Scope], Value]
"""Gives the value of an expression in a scope."""


class Expression(Protocol):
    """A node of the syntax tree; an offset in it is its place in the text."""

    def compiled(self) -> Evaluation:
        """Its evaluation."""


class ConstantExpression(NamedTuple):
    """`3`, `"same"`, `True`, `None`."""

    value: Value

    def compiled(self) -> Evaluation:
        value = self.value
        return lambda _scope: value


class Name(NamedTuple):
    """`depth`."""

    name: str
    offset: int

    def compiled(self) -> Evaluation:
        name, offset = self

        def evaluate(scope: Scope) -> Value:
            try:
                value = scope[name]
            except KeyError:
                raise ExpressionError("unknown-name", f"`{name}` is not defined here", offset, name=name) from None
            if value is POISON:
                raise Poisoned
            return value

        return evaluate


class Attribute(NamedTuple):
    """`x.channels`, `row.c`."""

    owner: Expression
    name: str
    offset: int

    def compiled(self) -> Evaluation:
        owner_of, name, offset = self.owner.compiled(), self.name, self.offset

        def evaluate(scope: Scope) -> Value:
            owner = owner_of(scope)
            if isinstance(owner, Tensor):
                value = _tensor_attribute(owner.shape, name, offset)
                return scope.unknown_size() if value is None else value
            if isinstance(owner, dict):
                if name in owner:
                    return owner[name]
                message = f"this map has no `{name}`; it has {', '.join(map(str, owner)) or 'nothing'}"
                raise ExpressionError("unknown-attribute", message, offset, did_you_mean(name, owner))
            message = f"{describe_type(owner)} has no attributes, so no `.{name}`"
            raise ExpressionError("unknown-attribute", message, offset)

        return evaluate


def _tensor_attribute(shape: Shape, name: str, offset: int) -> Value:
    if name == "shape":
        return shape
    if name == "rank":
        return len(shape)
    if name == "channels" and shape:
        return shape[-1]
    if name in ("height", "width") and len(shape) == 3:
        return shape[("height", "width").index(name)]
    if name in ("height", "width", "channels"):
        message, hint = f"a tensor of {shape_text(shape)} has no {name}", "use `.shape`, which has no batch"
        raise ExpressionError("unknown-attribute", message, offset, hint)
    attributes = ("shape", "height", "width", "channels", "rank")
    message = f"a tensor has no `{name}`, only {', '.join(attributes)}"
    raise ExpressionError("unknown-attribute", message, offset, did_you_mean(name, attributes))


class Index(NamedTuple):
    """`depths[i]`."""

    owner: Expression
    key: Expression
    offset: int

    def compiled(self) -> Evaluation:
        owner_of, key_of, offset = self.owner.compiled(), self.key.compiled(), self.offset
        name = self.owner.name if isinstance(self.owner, Name) else None

        def evaluate(scope: Scope) -> Value:
            if name is not None and name not in scope and (family := scope.family(name)) is not None:
                return _item_of(name, family, key_of(scope), offset)
            owner, index = owner_of(scope), key_of(scope)
            if isinstance(owner, list | tuple | str) and type(index) is int:
                if -len(owner) <= index < len(owner):
                    return checked(owner[index])
                message = f"there is no item {index} in {describe_type(owner)} of {len(owner)}"
                raise ExpressionError("index", message, offset)
            if isinstance(owner, dict) and isinstance(index, str):
                if index in owner:
                    return checked(owner[index])
                raise ExpressionError("index", f"this map has no `{index}`", offset, did_you_mean(index, owner))
            message, hint = f"{describe_type(owner)} cannot be indexed by {describe(index)}", None
            if name is not None and scope.hides(name):
                hint = f"`{name}` has a value, which hides the tensors of `as: {name}$(…)`: rename one of the two"
            raise ExpressionError("type", message, offset, hint)

        return evaluate


def _item_of(name: str, family: Mapping[str, Value], index: Value, offset: int) -> Value:
    """The tensor of a computed name, by its index."""
    if not isinstance(index, str | int | float):
        raise ExpressionError("type", f"`{name}` cannot be indexed by {describe(index)}", offset)
    if str(index) in family:
        return checked(family[str(index)])
    known = ", ".join(list(family)[:20])
    hint = f"an index is what `as` gave, so `list({name})[-1]` is the last" if index == -1 else None
    hint = hint or (f"it has: {known}" if known else f"no step before this one names it: `as: {name}$(…)`")
    raise ExpressionError("index", f"`{name}` has no item {shortened(str(index))}", offset, hint)


class Slicing(NamedTuple):
    """`depths[1:]`."""

    owner: Expression
    bounds: tuple[Expression | None, ...]
    offset: int

    def compiled(self) -> Evaluation:
        owner_of, offset = self.owner.compiled(), self.offset
        bounds_of = [None if bound is None else bound.compiled() for bound in self.bounds]

        def evaluate(scope: Scope) -> Value:
            owner = owner_of(scope)
            bounds = [None if bound_of is None else bound_of(scope) for bound_of in bounds_of]
            if not isinstance(owner, list | tuple | str):
                raise ExpressionError("type", f"{describe_type(owner)} cannot be sliced", offset)
            if any(bound is not None and type(bound) is not int for bound in bounds) or bounds[2:] == [0]:
                raise ExpressionError("type", "the bounds of a slice are whole numbers, its step not 0", offset)
            return bounded(owner[slice(*bounds)], scope)

        return evaluate


class Display(NamedTuple):
    """`[1, 2]`, `(1, 2)`."""

    items: tuple[Expression, ...]
    kind: type[list[Value] | tuple[Value, ...]]

    def compiled(self) -> Evaluation:
        items_of, kind = [item.compiled() for item in self.items], self.kind
        return lambda scope: bounded(kind([item_of(scope) for item_of in items_of]), scope)


class Comprehension(NamedTuple):
    """`[f(v) for v in values if v > 1]`; the names before `in` are known inside alone."""

    item: Expression
    targets: Targets
    values: Expression
    condition: Expression | None
    offset: int

    def compiled(self) -> Evaluation:
        item_of, values_of = self.item.compiled(), self.values.compiled()
        condition_of = None if self.condition is None else self.condition.compiled()
        targets, offset, read_inside = self.targets, self.offset, dict(self._read_inside())

        def evaluate(scope: Scope) -> Value:
            values = values_of(scope)
            if not isinstance(values, list | tuple):
                raise ExpressionError("type", f"`for` takes a list, but this is {describe(values)}", offset)
            inner, made = InnerScope(scope, read_inside), []
            scope.spend(len(values))
            try:
                for value in values:
                    if type(targets) is str:
                        inner[targets] = value
                    else:
                        inner.update(_unpacked(targets, value, offset))
                    if condition_of is None or truth(condition_of(inner), offset):
                        made.append(item_of(inner))
            except ExpressionError as error:  # an unknown name may be meant to be one of its own
                hint = error.name and did_you_mean(error.name, [*target_names(targets)])
                if not hint:
                    raise
                raise ExpressionError(error.code, error.message, error.offset, hint, name=error.name) from None
            return bounded(made, scope)

        return evaluate

    def names_read(self) -> Iterator[tuple[str, int]]:
        """The names that it reads from the scope around it."""
        yield from names_read(self.values)
        yield from self._read_inside()

    def _read_inside(self) -> Iterator[tuple[str, int]]:
        """The names that a round reads from the scope around it."""
        own = set(target_names(self.targets))
        return (found for found in names_read((self.item, self.condition)) if found[0] not in own)


def _unpacked(targets: Targets, value: Value, offset: int) -> Mapping[str, Value]:
    """The values that an item gives to the names before `in`."""
    try:
        return dict(unpacked(targets, value))
    except SpecError as error:
        raise ExpressionError("type", error.first.message, offset, error.first.hint) from None


class Unary(NamedTuple):
    """`-x`, `+x`, `not x`."""

    operator: str
    operand: Expression
    offset: int

    def compiled(self) -> Evaluation:
        operator, operand_of, offset = self.operator, self.operand.compiled(), self.offset

        def evaluate(scope: Scope) -> Value:
            value = operand_of(scope)
            if operator == "not":
                return not truth(value, offset)
            if not is_number(value):
                raise ExpressionError("type", f"`{operator}` takes a number, not {describe(value)}", offset)
            return -value if operator == "-" else value

        return evaluate


class Binary(NamedTuple):
    """`a + b`."""

    operator: str
    left: Expression
    right: Expression
    offset: int

    def compiled(self) -> Evaluation:
        operator, left_of, right_of, offset = self.operator, self.left.compiled(), self.right.compiled(), self.offset
        whole = WHOLE_NUMBERS.get(operator)

        def evaluate(scope: Scope) -> Value:
            left, right = left_of(scope), right_of(scope)
            if whole is not None and type(left) is int and type(right) is int:  # as most operands are
                result = whole(left, right)
                if -limits.INTEGER <= result <= limits.INTEGER:
                    return result
            return calculate(operator, left, right, offset, scope)

        return evaluate


class Comparison(NamedTuple):
    """`a < b <= c`, `a in b`."""

    first: Expression
    rest: tuple[tuple[str, Expression, int], ...]

    def compiled(self) -> Evaluation:
        first_of = self.first.compiled()
        rest = [(operator, right.compiled(), offset) for operator, right, offset in self.rest]

        def evaluate(scope: Scope) -> Value:
            left = first_of(scope)
            for operator, right_of, offset in rest:
                right = right_of(scope)
                if not compare(operator, left, right, offset, scope):
                    return False
                left = right
            return True

        return evaluate


class Logic(NamedTuple):
    """`a and b`, `a or b`."""

    operator: str
    left: Expression
    right: Expression
    offset: int

    def compiled(self) -> Evaluation:
        left_of, right_of, offset = self.left.compiled(), self.right.compiled(), self.offset
        goes_on_after = self.operator == "and"

        def evaluate(scope: Scope) -> Value:
            left = left_of(scope)
            return right_of(scope) if truth(left, offset) == goes_on_after else left

        return evaluate


class Conditional(NamedTuple):
    """`a if c else b`."""

    condition: Expression
    then: Expression
    otherwise: Expression
    offset: int

    def compiled(self) -> Evaluation:
        condition_of, offset = self.condition.compiled(), self.offset
        then_of, otherwise_of = self.then.compiled(), self.otherwise.compiled()
        return lambda scope: then_of(scope) if truth(condition_of(scope), offset) else otherwise_of(scope)


class Call(NamedTuple):
    """`min(a, b)`: a call of one of `FUNCTIONS`."""

    function: str
    arguments: tuple[Expression, ...]
    keywords: tuple[tuple[str, Expression], ...]
    offset: int

    def compiled(self) -> Evaluation:
        name, function, offset = self.function, FUNCTIONS[self.function], self.offset
        arguments_of = [argument.compiled() for argument in self.arguments]
        keywords_of = [(keyword, argument.compiled()) for keyword, argument in self.keywords]

        def evaluate(scope: Scope) -> Value:
            values = [argument_of(scope) for argument_of in arguments_of]
            named = {keyword: argument_of(scope) for keyword, argument_of in keywords_of}
            for value in values:
                if isinstance(value, list | tuple | str | dict):
                    scope.spend(item_count(value))
            try:
                return bounded(function(*values, **named), scope)
            except SpecError as error:
                raise ExpressionError(error.first.code, error.first.message, offset) from None
            except (TypeError, ValueError, ZeroDivisionError, OverflowError) as error:
                shown = ", ".join(describe(value) for value in (*values, *named.values()))
                reason = f": {error}" if isinstance(error, FunctionError) else ""
                problem = f"cannot take {shown}{reason}" if shown else "needs an argument"
                raise ExpressionError("type", f"`{name}` {problem}", offset) from None

        return evaluate


def names_read(expression: object) -> Iterator[tuple[str, int]]:
    """The names that an expression reads, with their offsets in the text."""
    if isinstance(expression, Name):
        yield expression
    elif isinstance(expression, Comprehension):
        yield from expression.names_read()
    elif isinstance(expression, tuple):  # another node, or nodes in a tuple
        for part in expression:
            yield from names_read(part)
