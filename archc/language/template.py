"""Values of a spec that hang on names: `$name`, `$(expression)`, and texts with `$(…)` in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from archc.collector import Collector
from archc.diagnostics import Position, SpecError
from archc.ir.graph import Tensor
from archc.language.expression import Expression
from archc.language.parser import parse
from archc.language.value import ExpressionError, Poison, Scope, Value, bounded, kind_of
from archc.language.yaml_reader import BROKEN, Broken, Map, Seq, unclosed

_WHOLE = re.compile(r"\$[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)


class Formula(NamedTuple):
    """A value that an expression gives, with its type.

    Attributes:
        expression: what is evaluated.
        text: the expression as it was written.
        at: where its text begins.
        offset: of `at` in the text that the expression's own offsets count from.
    """

    expression: Expression
    text: str
    at: Position
    offset: int

    def evaluate(self, scope: Scope) -> Value:
        """The value in a scope.

        Raises:
            SpecError: the expression has none.
            Poisoned: it follows from a fault that is reported.
        """
        try:
            return self.expression.evaluate(scope)
        except ExpressionError as error:
            return scope.recover(self, error)

    def place(self, offset: int) -> Position:
        """Where a part of the expression stands."""
        return self.at._replace(column=self.at.column + offset - self.offset)

    def names(self) -> Iterator[tuple[str, Position]]:
        """The names that are read, and where."""
        return ((name, self.place(offset)) for name, offset in self.expression.names())


class Template(NamedTuple):
    """A text with expressions in it.

    Attributes:
        parts: texts and expressions in turn.
        at: where the text begins.
    """

    parts: tuple[str | Formula, ...]
    at: Position

    def evaluate(self, scope: Scope) -> str:
        """The text in a scope.

        Raises:
            SpecError: an expression has no value, or one that is no text.
        """
        text = ""
        for part in self.parts:
            text = bounded(text + (part if isinstance(part, str) else _as_text(part, scope)), scope)
        return text

    def names(self) -> Iterator[tuple[str, Position]]:
        """The names that are read, and where."""
        for part in self.parts:
            if isinstance(part, Formula):
                yield from part.names()

    @property
    def fixed(self) -> str:
        """The text with each expression left out: what names the items `skip$(level)` in common."""
        return "$".join(["", *(part for part in self.parts if isinstance(part, str)), ""])

    def key(self, scope: Scope) -> str:
        """The name of an item among those with the same fixed part; no other kind of name looks like it."""
        holes = (part for part in self.parts if isinstance(part, Formula))
        return f"{self.fixed}{':'.join(_as_text(part, scope) for part in holes)}"


Compiled = Any
"""Plain data of a spec whose texts with `$` have become `Formula` and `Template`."""


def _as_text(part: Formula, scope: Scope) -> str:
    value = part.evaluate(scope)
    if value is None or isinstance(value, Tensor | Poison | list | tuple | dict):
        raise SpecError.of("type", f"`{part.text}` is {kind_of(value)}, which cannot stand in a text", part.at)
    return str(bounded(value, scope))


def behind_quote(at: Position, lines: list[str] | None) -> Position:
    """Where the text of a scalar begins that begins, perhaps with a quote, at `at`."""
    line = lines[at.line - 1] if lines and at.line <= len(lines) else ""
    return at._replace(column=at.column + 1) if line[at.column - 1 : at.column] in ("'", '"') else at


def compiled_text(text: str, at: Position, lines: list[str] | None = None) -> str | Formula | Template:
    """Reads the expressions of a scalar.

    Args:
        text: the scalar's value.
        at: where the scalar begins, its quote included.
        lines: of the file, to tell whether it is quoted.

    Raises:
        SpecError: an expression cannot be read, or a `$` stands alone.
    """
    if "$" not in text:
        return text
    at = behind_quote(at, lines)
    try:
        return _compiled(text, at)
    except ExpressionError as error:
        cut = unclosed(text)
        if cut is not None:
            place = at._replace(column=at.column + cut)
            raise SpecError.of("unclosed-expression", "this `$(` has no closing parenthesis", place) from None
        raise SpecError.of(
            error.code, error.message, at._replace(column=at.column + error.offset), error.hint
        ) from None


def _compiled(text: str, at: Position) -> str | Formula | Template:
    if _WHOLE.fullmatch(text):
        parsed = parse(text, 1)
        return Formula(parsed.expression, parsed.text, at._replace(column=at.column + 1), 1)
    parts: list[str | Formula] = []
    literal, index = "", 0
    while (dollar := text.find("$", index)) >= 0:
        literal += text[index:dollar]
        following = text[dollar + 1 : dollar + 2]
        if following == "$":
            literal, index = literal + "$", dollar + 2
        elif following == "(":
            parsed = parse(text, dollar + 2, ")")
            parts += [literal] if literal else []
            parts.append(
                Formula(parsed.expression, parsed.text, at._replace(column=at.column + dollar + 2), dollar + 2)
            )
            literal, index = "", parsed.end
        else:
            word = re.match(r"\w*", text[dollar + 1 :])
            name = word[0] if word else ""
            hint = f"inside a text write `$({name})`; a dollar sign is `$$`" if name else "a dollar sign is `$$`"
            raise ExpressionError("expression", "this `$` begins no expression", dollar, hint)
    literal += text[index:]
    if not parts:
        return literal
    if len(parts) == 1 and not literal and isinstance(parts[0], Formula):
        return parts[0]
    return Template((*parts, literal) if literal else tuple(parts), at)


def compiled(value: Any, at: Position, collector: Collector) -> Compiled:
    """Data whose texts are read for expressions; what cannot be read is reported, and a poison stands for it."""
    if type(value) is str:
        if "$" not in value:
            return value
        try:
            return compiled_text(value, at, collector.lines.get(at.file))
        except SpecError as error:
            collector.report(error, at)
            return BROKEN
    if isinstance(value, Map):
        result = Map(value.at)
        result.keys_at, result.values_at, result.texts = value.keys_at, value.values_at, value.texts
        for key, item in value.items():
            result[key] = compiled(item, value.values_at[key], collector)
        if value.broken:
            return BROKEN
        return result
    if isinstance(value, Seq):
        if value.broken:
            return BROKEN
        items = Seq(value.at)
        items.items_at = value.items_at
        items.extend(compiled(item, value.items_at[index], collector) for index, item in enumerate(value))
        return items
    return value


def evaluate(value: Compiled, scope: Scope) -> Value:
    """The plain data that a compiled value is in a scope.

    Raises:
        SpecError: an expression has no value.
        Poisoned: a value follows from a fault that is reported.
    """
    kind = type(value)
    if kind is Formula or kind is Template or kind is Broken:
        return value.evaluate(scope)
    if kind is Map or kind is dict:
        return bounded({key: evaluate(item, scope) for key, item in value.items()}, scope)
    if kind is Seq or kind is list:
        return bounded([evaluate(item, scope) for item in value], scope)
    return value


def is_constant(value: Compiled) -> bool:
    """Whether a compiled value hangs on no name."""
    kind = type(value)
    if kind is Map:
        return all(map(is_constant, value.values()))
    if kind is Seq:
        return all(map(is_constant, value))
    return kind is not Formula and kind is not Template and kind is not Broken


def names_in(value: Compiled) -> Iterator[tuple[str, Position]]:
    """The names that a compiled value reads, and where."""
    if isinstance(value, Formula | Template):
        yield from value.names()
    elif isinstance(value, Map):
        for item in value.values():
            yield from names_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from names_in(item)
