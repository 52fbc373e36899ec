"""The names of layers where steps stand: texts with values of a scope in them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from archc.folding.name_texts import TOKENS, head_and_tail, is_hole, is_same, joined
from archc.folding.relations import agree
from archc.folding.scope import Scope
from archc.folding.values import Expr, Value

_UNQUOTED = frozenset("'\\$")  # what a text in an expression cannot have
_Part = TypeVar("_Part", str, int)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def express_text(scope: Scope, vector: Mapping[int, str], hint: str = "id") -> str:
    """A text with values in it where the instances differ."""
    texts = list(vector.values())
    if len(set(texts)) == 1:
        return str(texts[0]).replace("$", "$$")
    split = {d: TOKENS.findall(value) for d, value in vector.items()}
    found = _but_for_the_first(scope, split)
    if found is not None:
        return found
    if len({len(tokens) for tokens in split.values()}) == 1:
        columns = [{d: tokens[k] for d, tokens in split.items()} for k in range(len(next(iter(split.values()))))]
        if all(is_same(column) or is_hole(column) for column in columns):
            return joined([_text_part(scope, column) for column in columns])
    head, tail = head_and_tail(list(split.values()))
    middle = {d: value[len(head) : len(value) - len(tail)] for d, value in vector.items()}
    name = _text_variable(scope, middle, hint if head or tail else "name")
    return joined([head, name, tail])


def _but_for_the_first(scope: Scope, split: Mapping[int, list[str]]) -> Expr | None:
    """The name of the first round of a loop of the network, and that of the others, which have its index."""
    first, *others = sorted(split, key=lambda d: scope.number.get(d, 0))
    if scope.parent is None or scope.parent.instances != [0] or len(others) < 2 or scope.number[first] > 0:
        return None
    if len({len(split[d]) for d in others}) > 1 or any(_UNQUOTED & {*tokens} for tokens in split.values()):
        return None
    columns = [{d: split[d][k] for d in others} for k in range(len(split[others[0]]))]
    begins = [_begin(column, scope.number) for column in columns]
    if None in begins or all(map(is_same, columns)) or begins == split[first]:
        return None
    parts = [
        f"'{begin}'" if is_same(column) else f"str({scope.indexed({d: int(text) for d, text in column.items()})})"
        for column, begin in zip(columns, begins, strict=True)
    ]
    others_text = " + ".join(parts).replace("' + '", "")
    return Expr(f"'{''.join(split[first])}' if {scope.index} == {scope.start} else {others_text}")


def _text_part(scope: Scope, column: Mapping[int, str]) -> Value:
    values = list(column.values())
    if len(set(values)) == 1:
        return values[0]
    if all(value.isdigit() and str(int(value)) == value for value in values):
        numbers = {d: int(value) for d, value in column.items()}
        return express_number(scope, numbers)
    if scope.parent is not None and all(len(value) == 1 and value in _LETTERS for value in values):
        letters = scope.indexed({d: _LETTERS.index(value) for d, value in column.items()})
        if letters is not None:
            last = max(values)
            return Expr(f"'{_LETTERS[: max(_LETTERS.index(last) + 1, 3)]}'[{letters}]")
    return _text_variable(scope, column, "id")


def _text_variable(scope: Scope, column: Mapping[int, str], hint: str) -> Value:
    if (known := _visible(scope, column)) is not None:
        return known
    around = _around(scope, column)
    if scope.parent is not None and around is not None:
        return _text_variable(scope.parent, around, hint)
    return scope.named(column, hint, text=True)


def _visible(scope: Scope, vector: Mapping[int, Value]) -> Expr | None:
    """A variable that has these values."""
    return next((Expr(variable.name) for variable, known in scope.visible() if agree(known, vector)), None)


def _around(scope: Scope, vector: Mapping[int, _Part]) -> dict[int, _Part] | None:
    """The values by the instances of the scope around, where each of these has one value; None where some differ."""
    if scope.parent is None:
        return None
    found: dict[int, _Part] = {}
    for d, value in vector.items():
        if found.setdefault(scope.up[d], value) != value:
            return None
    return found


def express_number(scope: Scope, vector: Mapping[int, int]) -> Value:
    """A number in a name: the index of a loop where it can be."""
    if len(set(vector.values())) == 1:
        return str(next(iter(vector.values())))
    if (known := _visible(scope, vector)) is not None:
        return known
    around = _around(scope, vector)
    if scope.parent is not None and around is not None:
        return express_number(scope.parent, around)
    if scope.parent is not None:
        found = scope.indexed(vector)
        if found is not None:
            return found
    return scope.named(vector, "n", text=True)


def _begin(column: Mapping[int, str], number: Mapping[int, int]) -> str | None:
    """What a text or a number that grows by one from round to round would be in the first round."""
    if is_same(column):
        return next(iter(column.values()))
    if not all(text.isdigit() and str(int(text)) == text for text in column.values()):
        return None
    begins = {int(text) - number[d] for d, text in column.items()}
    return str(begins.pop()) if len(begins) == 1 else None
