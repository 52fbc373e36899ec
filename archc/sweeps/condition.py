"""The condition of a sweep, `params < 5M and set.width % 64 == 0`: an expression of the language over the columns."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from archc.collector import Collector
from archc.diagnostics import Position, SpecError, did_you_mean
from archc.language.expression import Attribute, Evaluation, Name, names_read
from archc.language.parser import parse
from archc.language.value import ExpressionError, Scope, truth

SET = "set"
"""What the names of varied parameters stand behind: `set.width`."""
_OPTION = "--where"


@dataclass(frozen=True)
class Condition:
    """A condition that is parsed.

    Attributes:
        text: as it is written.
        evaluate: gives its value in a scope.
    """

    text: str
    evaluate: Evaluation

    def holds(self, scope: Scope) -> bool:
        """Whether a row is kept.

        Args:
            scope: has the figures by the names of columns, and the values of parameters under `set`.

        Raises:
            SpecError: the condition has no value, as it compares a text with a number.
        """
        try:
            return truth(self.evaluate(scope), 0)
        except ExpressionError as error:
            raise _positioned(error, self.text) from None


def read_condition(text: str, figures: Collection[str], varied: Collection[str]) -> Condition:
    """Parses a condition, in which numbers may have a unit: `5M`, `1.5G`.

    Args:
        text: the condition.
        figures: the names of columns that it may read.
        varied: the names of the parameters that it may read behind `set.`.

    Raises:
        SpecError: it cannot be parsed, or reads another name.
    """
    try:
        parsed = parse(text, units=True)
        for name, offset in names_read(parsed.expression):
            if name != SET and name not in figures:
                known = [*figures, *(f"{SET}.{each}" for each in varied)]
                hint = f"`{SET}.{name}` is the parameter" if name in varied else did_you_mean(name, known)
                hint = hint or f"there are: {', '.join(known)}"
                raise ExpressionError("unknown-name", f"there is no column `{name}`", offset, hint)
        for name, offset in _parameters_read(parsed.expression):
            if name not in varied:
                hint = did_you_mean(name, varied) or f"there are: {', '.join(varied)}"
                raise ExpressionError("unknown-name", f"`{name}` is no parameter that is varied", offset, hint)
    except ExpressionError as error:
        raise _positioned(error, text) from None
    return Condition(text, parsed.evaluate)


def _parameters_read(expression: object) -> Iterator[tuple[str, int]]:
    """The names behind `set.`, with their offsets."""
    if isinstance(expression, Attribute) and isinstance(expression.owner, Name) and expression.owner.name == SET:
        yield expression.name, expression.offset
    elif isinstance(expression, tuple):  # another node, or nodes in a tuple
        for part in expression:
            yield from _parameters_read(part)


def _positioned(error: ExpressionError, text: str) -> SpecError:
    """The error with its position in the option."""
    collector = Collector()
    collector.lines[_OPTION] = [text]
    collector.add(error.code, error.message, Position(_OPTION, 1, error.offset + 1), error.hint)
    return collector.error()
