"""Values of a spec with expressions in them: `$name`, `$(expression)`, and texts with `$(…)` in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from archc.collector import Collector
from archc.diagnostics import Position, SpecError
from archc.ir.graph import Tensor
from archc.language.expression import Evaluation, Expression, names_read
from archc.language.parser import parse
from archc.language.value import ExpressionError, Poison, Scope, Value, bounded, describe_type
from archc.language.yaml_data import BROKEN, Broken, Map, Seq, unclosed

_WHOLE = re.compile(r"\$[A-Za-z_]\w*(?:\.[A-Za-z_]\w*|\[[^\[\]]*\])*", re.ASCII)


def is_whole(text: str) -> bool:
    """Whether a text is an expression without parentheses: `$row.unit`."""
    return _WHOLE.fullmatch(text) is not None


_ITEM = re.compile(r"[A-Za-z_]\w*(?:\.\w+|\[[^\]]*\])*", re.ASCII)


class Formula(NamedTuple):
    """An expression that gives a value with its type.

    Attributes:
        expression: the syntax tree.
        evaluation: what gives its value.
        text: the source text of the expression.
        at: the position of `text`.
        offset: of `text` in the scalar that the expression's own offsets count from.
    """

    expression: Expression
    evaluation: Evaluation
    text: str
    at: Position
    offset: int

    def evaluate(self, scope: Scope) -> Value:
        """The value in a scope.

        Raises:
            SpecError: the expression has none.
            Poisoned: it depends on a value whose error is already reported.
        """
        try:
            return self.evaluation(scope)
        except ExpressionError as error:
            at = self.place(error.offset)
            if error.name is None or error.hint is not None:
                raise SpecError.of(error.code, error.message, at, error.hint, about=error.name) from None
            return self.evaluate(scope.corrected(error.name, at))

    def place(self, offset: int) -> Position:
        """The position of a part of the expression."""
        return self.at._replace(column=self.at.column + offset - self.offset)

    def __reduce__(self) -> tuple[object, ...]:  # a copy in another process makes its evaluation itself
        return _formula, (self.expression, self.text, self.at, self.offset)


def _formula(expression: Expression, text: str, at: Position, offset: int) -> Formula:
    return Formula(expression, expression.compiled(), text, at, offset)


class NamePattern(NamedTuple):
    """The fixed texts of a computed name: `skip$(level)` has `skip` before its expression, and nothing after it."""

    texts: tuple[str, ...]

    @property
    def word(self) -> str:
        """The fixed texts as one: `skip`."""
        return "".join(self.texts)

    def may_be(self, name: str) -> bool:
        """Whether a computed name of this pattern may be a certain name."""
        return re.fullmatch(".*".join(map(re.escape, self.texts)), name) is not None

    @property
    def family(self) -> str | None:
        """The name of the list of all items, where they have one index and nothing after it: `skip`."""
        return self.texts[0] if len(self.texts) == 2 and self.texts[0] and not self.texts[1] else None

    def __str__(self) -> str:
        return "$(…)".join(self.texts)


GivenName = str | NamePattern
"""A name that a step gives to a tensor or a value; a computed name by its pattern."""


def family_pattern(name: str) -> NamePattern:
    """The pattern of the items of a list of tensors: `skip$(…)` for `skip`."""
    return NamePattern((name, ""))


class ItemName(NamedTuple):
    """A computed name with its values: the item 3 of `skip$(level)`."""

    pattern: NamePattern
    values: tuple[str, ...]

    def __str__(self) -> str:
        parts = zip(self.pattern.texts, (*self.values, ""), strict=True)
        return "".join(fixed + value for fixed, value in parts)


class Template(NamedTuple):
    """A text with expressions in it.

    Attributes:
        parts: texts and expressions in turn.
        at: the position of the text.
    """

    parts: tuple[str | Formula, ...]
    at: Position

    def evaluate(self, scope: Scope) -> str:
        """The text in a scope.

        Raises:
            SpecError: an expression has no value, or one that cannot be part of a text.
        """
        text = ""
        for part in self.parts:
            text = bounded(text + (part if isinstance(part, str) else _as_text(part, scope)), scope)
        return text

    @property
    def pattern(self) -> NamePattern:
        """What all names have in common that this text computes."""
        texts = [""]
        for part in self.parts:
            if isinstance(part, str):
                texts[-1] += part
            else:
                texts.append("")
        return NamePattern(tuple(texts))

    def item(self, scope: Scope) -> ItemName:
        """The name that this text computes in a scope.

        Raises:
            SpecError: an expression has no value, or one that cannot be part of a text.
        """
        values = [_as_text(part, scope) for part in self.parts if isinstance(part, Formula)]
        return ItemName(self.pattern, tuple(values))


ParsedValue = Any
"""Plain data of a spec whose texts with `$` are parsed into `Formula` and `Template`."""

PLAIN = frozenset({int, str, bool, float, type(None)})
"""The types of parsed values that are their own values."""


def _as_text(part: Formula, scope: Scope) -> str:
    value = part.evaluate(scope)
    if value is None or isinstance(value, Tensor | Poison | list | tuple | dict):
        message = f"`{part.text}` is {describe_type(value)}, which cannot be part of a text"
        raise SpecError.of("type", message, part.at)
    return str(bounded(value, scope))


def after_quote(at: Position, lines: list[str] | None) -> Position:
    """The position of the text of a scalar, which begins at `at` with its quote if it has one."""
    line = lines[at.line - 1] if lines and at.line <= len(lines) else ""
    return at._replace(column=at.column + 1) if line[at.column - 1 : at.column] in ("'", '"') else at


def parse_scalar(text: str, at: Position, lines: list[str] | None = None) -> str | Formula | Template:
    """Parses the expressions of a scalar at a position, its quote included, which `lines` of the file show.

    Raises:
        SpecError: an expression cannot be parsed, or a `$` begins none.
    """
    if "$" not in text:
        return text
    at = after_quote(at, lines)
    try:
        return _parse_template(text, at)
    except ExpressionError as error:
        cut = unclosed(text)
        if cut is not None:
            place = at._replace(column=at.column + cut)
            raise SpecError.of("unclosed-expression", "this `$(` has no closing parenthesis", place) from None
        place = at._replace(column=at.column + error.offset)
        raise SpecError.of(error.code, error.message, place, error.hint) from None


def _parse_template(text: str, at: Position) -> str | Formula | Template:
    if _WHOLE.fullmatch(text):
        parsed = parse(text, 1)
        return Formula(parsed.expression, parsed.evaluate, parsed.text, at._replace(column=at.column + 1), 1)
    parts: list[str | Formula] = []
    literal: list[str] = []  # of the text before the next expression
    index = 0
    while (dollar := text.find("$", index)) >= 0:
        literal.append(text[index:dollar])
        following = text[dollar + 1 : dollar + 2]
        if following == "$":
            literal.append("$")
            index = dollar + 2
        elif following == "(":
            parsed = parse(text, dollar + 2, ")")
            parts += [before] if (before := "".join(literal)) else []
            place = at._replace(column=at.column + dollar + 2)
            parts.append(Formula(parsed.expression, parsed.evaluate, parsed.text, place, dollar + 2))
            literal, index = [], parsed.end
        else:
            word = _ITEM.match(text, dollar + 1)
            name = word[0] if word else ""
            hint = f"write `$({name})`; a dollar sign is `$$`" if name else "a dollar sign is `$$`"
            raise ExpressionError("expression", "this `$` begins no expression", dollar, hint)
    rest = "".join((*literal, text[index:]))
    if not parts:
        return rest
    if len(parts) == 1 and not rest and isinstance(parts[0], Formula):
        return parts[0]
    return Template((*parts, rest) if rest else tuple(parts), at)


def parse_value(value: Any, at: Position, collector: Collector) -> ParsedValue:
    """Parses the texts in plain data; a text that cannot be parsed is reported, and `BROKEN` stands for it."""
    if type(value) is str:
        if "$" not in value:
            return value
        with collector.reporting(at):
            return parse_scalar(value, at, collector.lines.get(at.file))
        return BROKEN
    if isinstance(value, Map):
        result = Map(value.at)
        result.places, result.texts = value.places, value.texts
        for key, item in value.items():
            result[key] = parse_value(item, value.values_at[key], collector)
        return BROKEN if value.broken else result
    if isinstance(value, Seq):
        if value.broken:
            return BROKEN
        items = Seq(value.at)
        items.items_at = value.items_at
        items.extend(parse_value(item, value.items_at[index], collector) for index, item in enumerate(value))
        return items
    return value


def evaluate(value: ParsedValue, scope: Scope) -> Value:
    """The plain data that a parsed value gives in a scope.

    Raises:
        SpecError: an expression has no value.
        Poisoned: it depends on a value whose error is already reported.
    """
    kind = type(value)
    if kind in PLAIN:
        return value
    if kind is Formula or kind is Template or kind is Broken:
        return value.evaluate(scope)
    if kind is Map or kind is dict:
        return bounded({key: evaluate(item, scope) for key, item in value.items()}, scope)
    if kind is Seq or kind is list:
        return bounded([evaluate(item, scope) for item in value], scope)
    return value


def is_constant(value: ParsedValue) -> bool:
    """Whether a parsed value has no expression."""
    kind = type(value)
    if kind is Map:
        return all(map(is_constant, value.values()))
    if kind is Seq:
        return all(map(is_constant, value))
    return kind is not Formula and kind is not Template and kind is not Broken


def names_in(value: ParsedValue) -> Iterator[tuple[str, Position]]:
    """The names that a parsed value reads, with their positions."""
    if isinstance(value, Formula):
        yield from ((name, value.place(offset)) for name, offset in names_read(value.expression))
    elif isinstance(value, Map | list | tuple):  # a template is a tuple
        for item in value.values() if isinstance(value, Map) else value:
            yield from names_in(item)
