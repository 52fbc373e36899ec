"""Values and expressions of a spec as Python code."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from archc.codegen.kinds import Kind, Kinds, kind_of, kind_of_expression
from archc.codegen.layout import Code, Joined, call, conditional, display, flat, index, joined, operation
from archc.codegen.literals import escaped, literal, quoted
from archc.language.expression import (
    Attribute,
    Binary,
    Call,
    Comparison,
    Conditional,
    ConstantExpression,
    Display,
    Expression,
    Index,
    Logic,
    Name,
    Slicing,
    Unary,
)
from archc.language.template import Formula, ParsedValue, Template
from archc.language.yaml_data import Map, Seq

_CONDITIONAL, _OR, _AND, _NOT, _COMPARISON, _SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(10)
_BINARY = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "//": _PRODUCT, "%": _PRODUCT, "**": _POWER}
_OPPOSITES = {"in": "not in", "not in": "in", "==": "!=", "!=": "=="}
_LAZY = {"range", "zip", "enumerate", "reversed"}
_ITERATING = {"all", "any", "enumerate", "list", "max", "min", "sorted", "sum", "zip"}
_TENSOR_AXES = {"height": "1", "width": "2", "channels": "-1"}


class Unwritable(Exception):
    """What an expression says that Python would understand in another way."""


class Names(NamedTuple):
    """What the names of a spec are in one place of the source.

    Attributes:
        codes: the variable of each name.
        kinds: what each name stands for.
        use: is told of a module or function that the code needs: `math`, `divisible`.
    """

    codes: Mapping[str, Code]
    kinds: Kinds
    use: Callable[[str], None]


def value(compiled: ParsedValue, names: Names, *, tuples: bool = True) -> Code:
    """A value of a spec."""
    match compiled:
        case Formula():
            return expression(compiled.expression, names, tuples=tuples)
        case Template():
            return text(compiled, names)
        case Map():
            items = compiled.items()
            return display(
                "{", [joined(f"{quoted(key)}: ", value(item, names, tuples=tuples)) for key, item in items], "}"
            )
        case Seq():
            opening, closing = "()" if tuples else "[]"
            return display(opening, [value(item, names, tuples=tuples) for item in compiled], closing)
    return literal(compiled, tuples=tuples)


Part = tuple[str, bool]
"""A part of a text: characters, or code that gives them."""


def text(compiled: ParsedValue, names: Names, before: tuple[Part, ...] = ()) -> Code:
    """A value of a spec as a text, behind other parts of it."""
    if isinstance(compiled, Formula) and not before and kind_of(compiled, names.kinds).what == "text":
        return expression(compiled.expression, names)
    return formatted([*before, *parts_of(compiled, names)])


def parts_of(compiled: ParsedValue, names: Names) -> list[Part]:
    """The parts of a value of a spec that is a text."""
    parts = compiled.parts if isinstance(compiled, Template) else (compiled,)
    return [
        (flat(expression(part.expression, names, quote="'")), True) if isinstance(part, Formula) else (str(part), False)
        for part in parts
    ]


def formatted(parts: Iterable[Part]) -> Code:
    """A text of parts, as an f-string; where one of Python 3.11 cannot hold it, as a sum."""
    kept = [(part, is_code) for part, is_code in parts if part]
    if not any(is_code for _, is_code in kept):
        return quoted("".join(part for part, _ in kept))
    if any(is_code and ('"' in part or "\\" in part or "{" in part) for part, is_code in kept):
        terms = [f"str({part})" if is_code else quoted(part) for part, is_code in kept]
        return terms[0] if len(terms) == 1 else " + ".join(terms)
    pieces = [f"{{{part}}}" if is_code else _inside(part) for part, is_code in kept]
    return f'f"{"".join(pieces)}"'


def _inside(part: str) -> str:
    return "".join(escaped(character, '"') for character in part).replace("{", "{{").replace("}", "}}")


def expression(
    form: Expression, names: Names, *, tuples: bool = False, quote: str = "", iterated: bool = False
) -> Code:
    """An expression.

    Args:
        form: what is written.
        names: what its names are.
        tuples: whether displays are written as tuples.
        quote: the quote of its texts, where it stands in a text itself.
        iterated: whether what reads it goes through it once, so that it may be made lazily.
    """
    return _Writer(names, tuples, quote).write(form, _CONDITIONAL, iterated)


class _Writer(NamedTuple):
    names: Names
    tuples: bool
    quote: str

    def write(self, form: Expression, least: int = _CONDITIONAL, iterated: bool = False) -> Code:
        """Code that binds at least so tightly."""
        code, binding = self.bound(form)
        if isinstance(form, Call) and form.function in _LAZY and not iterated:
            return call("list", [code])
        return code if binding >= least else joined("(", flat(code), ")")

    def what(self, form: Expression) -> str:
        return kind_of_expression(form, self.names.kinds).what

    def bound(self, form: Expression) -> tuple[Code, int]:
        """Code, and how tightly it binds."""
        match form:
            case Name(name):
                return self.names.codes[name], _ATOM
            case Attribute(owner, name):
                return self.attribute(owner, name)
            case Index(owner, key):
                return self.item(owner, key)
            case Unary("not", Comparison(first, ((operator, second, offset),))) if operator in _OPPOSITES:
                return self.bound(Comparison(first, ((_OPPOSITES[operator], second, offset),)))
            case Unary("not", operand):
                return joined("not ", self.write(operand, _NOT)), _NOT
            case Unary(operator, operand):
                return joined(operator, self.write(operand, _SIGN)), _SIGN
            case Binary():
                return self.binary(form)
            case Comparison():
                return self.comparison(form), _COMPARISON
            case Logic(operator, left, right):
                binding = _AND if operator == "and" else _OR
                return operation(operator, self.write(left, binding), self.write(right, binding + 1)), binding
            case Conditional():
                return self.conditional(form), _CONDITIONAL
        return self.atom(form), _ATOM

    def atom(self, form: Expression) -> Code:
        """What needs no parentheses anywhere."""
        match form:
            case ConstantExpression(constant):
                return self.constant(constant)
            case Slicing(owner, bounds):
                return self.slice(owner, bounds)
            case Display(items, kind):
                opening, closing = "()" if self.tuples or kind is tuple else "[]"
                return display(opening, [self.write(item) for item in items], closing)
            case Call():
                return self.call(form)
        raise TypeError(f"{type(form).__name__} is no expression")

    def constant(self, constant: Any) -> Code:
        if isinstance(constant, str) and self.quote and '"' not in repr(constant) and "\\" not in repr(constant):
            return f"{self.quote}{constant}{self.quote}"
        return literal(constant, tuples=self.tuples)

    def attribute(self, owner: Expression, name: str) -> tuple[Code, int]:
        code = self.write(owner, _ATOM)
        if self.what(owner) != "tensor":
            return index(code, quoted(name) if not self.quote else f"{self.quote}{name}{self.quote}"), _ATOM
        if name == "rank":
            return joined("len(", code, ".shape) - 1"), _SUM
        if name == "shape":
            return joined(code, ".shape[1:]"), _ATOM
        return joined(code, f".shape[{_TENSOR_AXES[name]}]"), _ATOM

    def item(self, owner: Expression, key: Expression) -> tuple[Code, int]:
        match owner, key:
            case Attribute(tensor, "shape"), ConstantExpression(int(place)) if self.what(tensor) == "tensor":
                return joined(self.write(tensor, _ATOM), f".shape[{place + 1}]"), _ATOM
        return index(self.write(owner, _ATOM), self.write(key)), _ATOM

    def slice(self, owner: Expression, bounds: tuple[Expression | None, ...]) -> Code:
        parts = ["" if bound is None else flat(self.write(bound, _SUM)) for bound in bounds]
        spaced = any(not part.isalnum() for part in parts if part)
        joint = ":" if not spaced else " : "
        return joined(self.write(owner, _ATOM), "[", joint.join(parts).strip(), "]")

    def binary(self, form: Binary) -> tuple[Code, int]:
        binding = _BINARY[form.operator]
        if form.operator == "+" and "list" in (self.what(form.left), self.what(form.right)):
            sides = [joined("*", self.write(side, _SUM, True)) for side in (form.left, form.right)]
            return display("[", sides, "]"), _ATOM
        left = self.write(form.left, binding + (form.operator == "**"))
        right = self.write(form.right, _SIGN if form.operator == "**" else binding + 1)
        if form.operator == "**":
            simple = all(isinstance(side, Name | ConstantExpression | Attribute) for side in (form.left, form.right))
            return joined(left, "**" if simple else " ** ", right), binding
        return operation(form.operator, left, right), binding

    def comparison(self, form: Comparison) -> Code:
        sides = [form.first, *(side for _, side, _ in form.rest)]
        lists = any(self.what(side) == "list" for side in sides)
        kinds = [kind_of_expression(side, self.names.kinds) for side in sides]
        if any(_holds_lists(kind, other) for kind, other in pairwise(kinds)):
            raise Unwritable("lists of lists are compared, some of which are tuples in Python")
        operators = [operator for operator, _, _ in form.rest]
        plain = self._replace(tuples=False)
        made = plain.same_kind([side for side in sides if self.what(side) == "list"])
        codes = []
        for place, side in enumerate(sides):
            searched = place > 0 and operators[place - 1] in ("in", "not in")
            code = self.write(side, _SUM, searched) if searched else plain.write(side, _SUM)
            equated = lists and self.what(side) == "list" and not searched
            codes.append(call(made, [code]) if equated and not plain.is_made(side, made) else code)
        parts: list[Code] = [codes[0]]
        for operator, code in zip(operators, codes[1:], strict=True):
            none = isinstance(code, str) and code == "None"
            shown = {"==": "is", "!=": "is not"}.get(operator, operator) if none else operator
            parts += [f" {shown} ", code]
        return Joined(tuple(parts))

    def same_kind(self, sides: list[Expression]) -> str:
        """What lists are made, so that they are equal where the language says so: `list` or `tuple`."""
        kinds = {self.is_tuple(side) for side in sides}
        if len(kinds) > 1:
            raise Unwritable("a list is compared with a tuple, and some lists are tuples in Python")
        return "tuple" if kinds == {True} else "list"

    def is_tuple(self, form: Expression) -> bool:
        """Whether an expression is a tuple in the language too."""
        match form:
            case Attribute(_, "shape") | Display(_, builtins.tuple):
                return True
            case Slicing(owner):
                return self.is_tuple(owner)
            case Binary(_, left, right):
                return self.is_tuple(left) or self.is_tuple(right)
            case Conditional(_, left, right):
                return self.is_tuple(left) or self.is_tuple(right)
        return False

    def is_made(self, form: Expression, made: str) -> bool:
        """Whether the code of an expression is a list, or a tuple, already."""
        shape = isinstance(form, Attribute) and form.name == "shape"
        return (isinstance(form, Display) and form.kind.__name__ == made) or (shape and made == "tuple")

    def conditional(self, form: Conditional) -> Code:
        cases: list[tuple[Code, Code]] = []
        last: Expression = form
        while isinstance(last, Conditional):
            cases.append((self.write(last.condition, _OR), self.write(last.then, _OR)))
            last = last.otherwise
        return conditional(cases, self.write(last, _OR))

    def call(self, form: Call) -> Code:
        name = form.function
        if name == "str" and self.what(form.arguments[0]) in ("list", "map"):
            raise Unwritable("the text of a list is not that of Python's tuple")
        if name in ("floor", "ceil"):
            self.names.use("math")
            name = f"math.{name}"
        elif name == "divisible":
            self.names.use("divisible")
        iterating = name in _ITERATING
        arguments = [
            self.write(argument, _CONDITIONAL, iterating or _is_range(form, argument)) for argument in form.arguments
        ]
        return call(name, arguments, [(keyword, self.write(argument)) for keyword, argument in form.keywords])


def _holds_lists(one: Kind, other: Kind) -> bool:
    """Whether lists are compared whose items may be lists."""
    nested = [kind.what == "list" and (kind.item or kind).what in ("list", "map") for kind in (one, other)]
    return any(nested) or (one.what == "map" and other.what == "map")


def _is_range(form: Call, argument: Expression) -> bool:
    """Whether an argument is a `range` of Python's, which has a length and can be reversed."""
    return form.function in ("len", "reversed") and isinstance(argument, Call) and argument.function == "range"
