"""The parser of expressions."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from archc import limits
from archc.diagnostics import did_you_mean
from archc.language import expression as syntax
from archc.language.expression import Evaluation, Expression
from archc.language.expression_functions import FUNCTIONS
from archc.language.name_rules import RESERVED, is_name
from archc.language.targets import Targets
from archc.language.value import ExpressionError

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>(?:[0-9]+(?:_[0-9]+)*)?\.?[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+)?|[0-9]+\.(?:[eE][-+]?[0-9]+)?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<text>'(?:[^'\\\n]|\\['"\\nt])*'|"(?:[^"\\\n]|\\['"\\nt])*")
      | (?P<symbol>\*\*|//|==|!=|<=|>=|[-+*/%<>()\[\],.:=])
    )""",
    re.VERBOSE,
)
_UNIT = re.compile(r"[KMGBT](?![A-Za-z0-9_])")
_PLAIN = re.compile(r"[0-9_.]{1,18}")
_STRANGE = re.compile(r"\S")
_IN = re.compile(r"\s+in\b")
_TARGET_LEVELS = 20
_ONE_ROUND = "a list in an expression has one `for`, and at most one `if`"
_ESCAPE = {"n": "\n", "t": "\t"}
_UNITS = {"K": 10**3, "M": 10**6, "G": 10**9, "B": 10**9, "T": 10**12}
_CONSTANTS = {"True": True, "False": False, "None": None}
_BINARY = {"or": 1, "and": 2, "+": 6, "-": 6, "*": 7, "/": 7, "//": 7, "%": 7, "**": 9}
_COMPARISON, _NOT, _SIGN = 4, 3, 8
_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!=", "in", "not in"})


class _Token(NamedTuple):
    kind: str
    text: str
    offset: int


class _Parser:
    """Parses one expression by precedence climbing; the precedences are Python's."""

    def __init__(self, text: str, offset: int, units: bool = False) -> None:
        self.text = text
        self.units = units
        self.levels = 0  # of brackets and the like
        self.depth = 0  # of operators in operators
        self.operators = 0
        self.token = _Token("start", "", offset)
        self.end = offset
        self.advance()

    def advance(self) -> _Token:
        previous = self.token
        match = _TOKEN.match(self.text, self.end)
        if match is None:
            offset = len(self.text) if (strange := _STRANGE.search(self.text, self.end)) is None else strange.start()
            self.token = _Token("end" if strange is None else "strange", self.text[offset : offset + 1], offset)
        else:
            kind = match.lastgroup or ""
            takes_unit = self.units and kind == "number" and _PLAIN.fullmatch(match[kind])
            unit = _UNIT.match(self.text, match.end()) if takes_unit else None
            self.token = _Token(kind, match[kind] + (unit[0] if unit else ""), match.start(kind))
            self.end = match.end() if unit is None else unit.end()
        return previous

    def fail(self, message: str, hint: str | None = None) -> ExpressionError:
        return ExpressionError("expression", message, self.token.offset, hint)

    def too_deep(self, message: str = f"the expression nests deeper than {limits.DEPTH} levels") -> ExpressionError:
        return ExpressionError("too-deep", message, self.token.offset)

    def expect(self, symbol: str) -> _Token:
        if self.token.text != symbol or self.token.kind == "text":
            came = f"`{self.token.text}`" if self.token.text else "the end"
            raise self.fail(f"expected `{symbol}`, got {came}")
        return self.advance()

    def at(self, *words: str) -> bool:
        return self.token.kind in ("symbol", "name") and self.token.text in words

    def whole(self) -> Expression:
        """An expression, with `a if c else b`."""
        self.levels += 1
        if self.levels > limits.DEPTH:
            raise self.too_deep()
        result = self.climb(1)
        if self.at("if"):
            offset = self.advance().offset
            condition = self.climb(1)
            self.expect("else")
            result = syntax.Conditional(condition, result, self.whole(), offset)
        self.levels -= 1
        return result

    def operator(self) -> tuple[str, int]:
        """The operator at the current token, and its precedence; 0 where there is none."""
        if self.token.kind not in ("symbol", "name"):
            return "", 0
        text = self.token.text
        if text == "not" and _IN.match(self.text, self.end):
            return "not in", _COMPARISON
        return text, _COMPARISON if text in _COMPARISONS else _BINARY.get(text, 0)

    def climb(self, least: int) -> Expression:
        self.depth += 1
        if self.depth > 3 * limits.DEPTH:
            raise self.too_deep()
        left = self.unary()
        links = 0
        while True:
            operator, power = self.operator()
            if power < least or not power:
                self.depth -= 1
                return left
            links += 1
            self.operators += 1
            if self.operators > 4 * limits.DEPTH:
                raise self.too_deep(f"the expression has more than {4 * limits.DEPTH} operators")
            if links > limits.DEPTH:
                raise self.too_deep(f"more than {limits.DEPTH} operators follow one another")
            if power == _COMPARISON:
                left = self.comparison(left)
                continue
            offset = self.advance().offset
            right = self.climb(power if operator == "**" else power + 1)
            left = (syntax.Logic if operator in ("and", "or") else syntax.Binary)(operator, left, right, offset)

    def comparison(self, first: Expression) -> Expression:
        rest = []
        while (found := self.operator())[1] == _COMPARISON:
            offset = self.advance().offset
            if found[0] == "not in":
                self.advance()
            rest.append((found[0], self.climb(_COMPARISON + 1), offset))
            if len(rest) > limits.DEPTH:
                raise ExpressionError("too-deep", f"more than {limits.DEPTH} comparisons follow one another", offset)
        return syntax.Comparison(first, tuple(rest))

    def unary(self) -> Expression:
        if self.at("not"):
            offset = self.advance().offset
            return syntax.Unary("not", self.climb(_NOT), offset)
        if self.at("-", "+"):
            operator = self.advance()
            return syntax.Unary(operator.text, self.climb(_SIGN), operator.offset)
        return self.trailers(self.atom())

    def trailers(self, owner: Expression) -> Expression:
        for _ in range(limits.DEPTH):
            if self.at("."):
                self.advance()
                if self.token.kind != "name":
                    raise self.fail("expected a name after the dot")
                token = self.advance()
                owner = syntax.Attribute(owner, token.text, token.offset)
            elif self.at("["):
                owner = self.subscript(owner, self.advance().offset)
            else:
                return owner
        raise self.too_deep(f"more than {limits.DEPTH} attributes follow one another")

    def subscript(self, owner: Expression, offset: int) -> Expression:
        bounds: list[Expression | None] = [None if self.at(":") else self.whole()]
        while self.at(":") and len(bounds) < 3:
            self.advance()
            bounds.append(None if self.at(":", "]") else self.whole())
        self.expect("]")
        if len(bounds) == 1 and bounds[0] is not None:
            return syntax.Index(owner, bounds[0], offset)
        return syntax.Slicing(owner, tuple(bounds), offset)

    def atom(self) -> Expression:
        token = self.token
        if token.kind == "number":
            return syntax.ConstantExpression(self.number(self.advance().text))
        if token.kind == "text":
            text = re.sub(r"\\(.)", lambda match: _ESCAPE.get(match[1], match[1]), self.advance().text[1:-1])
            return syntax.ConstantExpression(text)
        if token.kind == "name":
            return self.name()
        if self.at("("):
            self.advance()
            items, tupled = self.items(")")
            return syntax.Display(items, tuple) if tupled or not items else items[0]
        if self.at("["):
            self.advance()
            return self.list_display()
        if token.kind == "end":
            raise self.fail("expected a value, got the end")
        raise self.fail(f"expected a value, got `{token.text}`")

    def list_display(self) -> Expression:
        """`[a, b]` or `[f(v) for v in values if v]`, after its bracket."""
        if self.at("]"):
            self.advance()
            return syntax.Display((), list)
        first = self.whole()
        if self.at("for"):
            made = self.comprehension(first)
            self.expect("]")
            return made
        if not self.at("]"):
            self.expect(",")
        return syntax.Display((first, *self.items("]")[0]), list)

    def comprehension(self, item: Expression) -> Expression:
        """`for v in values if v`, after the expression of an item."""
        offset = self.advance().offset
        targets, names = self.targets()
        for name, place in names:
            if not is_name(name):
                raise ExpressionError("name", f"`{name}` cannot be a name", place)
        self.expect("in")
        values = self.climb(1)
        condition = None
        if self.at("if"):
            self.advance()
            condition = self.climb(1)
        if self.at("for", "if"):
            raise self.fail(f"expected the end of the list, got `{self.token.text}`", _ONE_ROUND)
        return syntax.Comprehension(item, targets, values, condition, offset)

    def targets(self, closing: str = "in", depth: int = 0) -> tuple[Targets, list[tuple[str, int]]]:
        """Names up to `in`, nested as in Python, and the place of each; `in` is still the current token."""
        if depth > _TARGET_LEVELS:
            raise self.too_deep(f"the names nest deeper than {_TARGET_LEVELS} levels")
        items: list[Targets] = []
        places: list[tuple[str, int]] = []
        comma = False
        while True:
            if self.at("("):
                self.advance()
                nested, inside = self.targets(")", depth + 1)
                self.advance()
                items.append(nested)
                places += inside
            elif self.token.kind == "name" and not self.at("in"):
                token = self.advance()
                items.append(token.text)
                places.append((token.text, token.offset))
            else:
                break
            if not self.at(","):
                break
            comma = True
            self.advance()
        if not self.at(closing) or not items:
            expected = "a name" if not items or (comma and not self.at(closing)) else f"`{closing}`"
            came = f"`{self.token.text}`" if self.token.text else "the end"
            raise self.fail(f"expected {expected}, got {came}", "names nest as in Python: `i, (a, b)`")
        return (tuple(items) if comma else items[0]), places

    def name(self) -> Expression:
        token = self.advance()
        if token.text in _CONSTANTS:
            return syntax.ConstantExpression(_CONSTANTS[token.text])
        if self.at("("):
            return self.call(token)
        if token.text in FUNCTIONS:
            raise ExpressionError("expression", f"`{token.text}` is a function: write `{token.text}(…)`", token.offset)
        if token.text in RESERVED:
            message = f"`{token.text}` is not part of the language of expressions"
            raise ExpressionError("expression", message, token.offset)
        return syntax.Name(token.text, token.offset)

    def call(self, token: _Token) -> Expression:
        if token.text not in FUNCTIONS:
            hint = did_you_mean(token.text, FUNCTIONS) or f"there are: {', '.join(FUNCTIONS)}"
            raise ExpressionError("unknown-function", f"there is no function `{token.text}`", token.offset, hint)
        self.advance()
        arguments: list[Expression] = []
        keywords: list[tuple[str, Expression]] = []
        while not self.at(")"):
            if self.token.kind == "name" and re.match(r"\s*=(?!=)", self.text[self.end :]):
                keyword_ = self.advance().text
                self.advance()
                keywords.append((keyword_, self.whole()))
            elif keywords:
                raise self.fail("a positional argument cannot follow a keyword argument")
            else:
                arguments.append(self.whole())
                if self.at("for") and len(arguments) == 1:
                    arguments = [self.comprehension(arguments[0])]
                    break
            if not self.at(","):
                break
            self.advance()
        self.expect(")")
        return syntax.Call(token.text, tuple(arguments), tuple(keywords), token.offset)

    def items(self, closing: str) -> tuple[tuple[Expression, ...], bool]:
        """The items up to a closing bracket, and whether there is a comma."""
        found: list[Expression] = []
        comma = False
        while not self.at(closing):
            found.append(self.whole())
            if not self.at(","):
                break
            comma = True
            self.advance()
        self.expect(closing)
        return tuple(found), comma

    def number(self, text: str) -> int | float:
        if (scale := _UNITS.get(text[-1])) is not None:
            scaled = Fraction(text[:-1].replace("_", "")) * scale
            text = str(int(scaled)) if scaled.denominator == 1 else str(float(scaled))
        digits = text.replace("_", "")
        if digits.isdigit():
            value = int(digits) if len(digits) < 20 else limits.INTEGER + 1
            if value > limits.INTEGER:
                raise self.fail(limits.INTEGER_RULE)
            return value
        if not math.isfinite(result := float(digits)):
            raise self.fail("the number is not finite")
        return result


class Parsed(NamedTuple):
    """An expression with its evaluation, its text, and the offset of what follows it."""

    expression: Expression
    evaluate: Evaluation
    text: str
    end: int


@lru_cache(maxsize=4096)
def parse(text: str, start: int = 0, closing: str = "", *, units: bool = False) -> Parsed:
    """Parses the expression from the offset `start` to the character `closing`, or to the end of the text.

    Args:
        text: has the expression.
        start: where it begins.
        closing: what it ends before.
        units: whether numbers may have a unit, as `5M` and `1.5G`, which no spec has.

    Raises:
        ExpressionError: it is not an expression; the offset is from the beginning of `text`.
    """
    parser = _Parser(text, start, units)
    expression = parser.whole()
    stop = parser.token.offset if closing else len(text)
    if closing:
        parser.expect(closing)
    elif parser.token.kind != "end":
        raise parser.fail(f"expected the end of the expression, got `{parser.token.text}`")
    return Parsed(expression, expression.compiled(), text[start:stop].strip(), stop + len(closing))


class ParsedRounds(NamedTuple):
    """`i, (a, b) in items`.

    Attributes:
        names: in `targets`, each with its offset.
    """

    targets: Targets
    names: list[tuple[str, int]]
    items: Parsed


def parse_rounds(text: str) -> ParsedRounds:
    """Parses the `for` of a loop.

    Raises:
        ExpressionError: it is something else.
    """
    parser = _Parser(text, 0)
    targets, names = parser.targets()
    start = parser.end
    if text[start:].lstrip().startswith("$"):
        place = text.index("$", start)
        raise ExpressionError("expression", "`for` holds an expression, so it needs no `$`", place, "remove the `$`")
    return ParsedRounds(targets, names, parse(text, start))
