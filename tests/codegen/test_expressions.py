"""Expressions and texts as Python: the code has the value that archc's own evaluator gives."""

from __future__ import annotations

import ast
import math
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from archc.codegen.expression_layout import one_line
from archc.codegen.expressions import Bindings, Unwritable, expression, text_value, value
from archc.codegen.kinds import TENSOR, static_kind
from archc.codegen.tree import Part, formatted, literal, variable
from archc.diagnostics import Position, SpecError
from archc.ir.graph import Input
from archc.language.expression_functions import divisible
from archc.language.parser import parse
from archc.language.template import evaluate, parse_scalar
from archc.language.value import ExpressionError, Scope, StepLimit
from tests.cases import generated_cases

PLAIN: dict[str, Any] = {
    "n": 7,
    "k": -3,
    "w": 0.5,
    "s": "same",
    "odd": 'it\'s "so"\n\\',
    "items": [3, 1, 2],
    "rows": [[1, "a"], [2, "b"]],
    "yes": True,
    "row": {"c": 8, "s": "b", "deep": {"a": [1, 2]}},
    "maps": [{"c": 1}, {"c": 2}],
    "none": [],
}
TENSORS = {"x": (None, 8, 6, 4), "t": (None, 16)}


class Tensor:
    """What Keras's tensors have of it."""

    def __init__(self, shape: tuple[int | None, ...]) -> None:
        self.shape = shape


USED: set[str] = set()
BINDINGS = Bindings(
    {name: variable(name) for name in (*PLAIN, *TENSORS)},
    {name: static_kind(held, {}) for name, held in PLAIN.items()} | dict.fromkeys(TENSORS, TENSOR),
    USED.add,
)
SCOPE = PLAIN | {name: Input(name, shape[1:], "float32") for name, shape in TENSORS.items()}


def as_parameter(held: Any) -> Any:
    """A value as a parameter's default holds it."""
    return eval(one_line(literal(held)))


PYTHON = {name: as_parameter(held) for name, held in PLAIN.items()}
PYTHON |= {name: Tensor(shape) for name, shape in TENSORS.items()} | {"math": math, "divisible": divisible}


def plain(held: Any) -> Any:
    """A value, lists and tuples alike, and numbers by their type."""
    if isinstance(held, list | tuple):
        return [plain(item) for item in held]
    if isinstance(held, dict):
        return {name: plain(item) for name, item in held.items()}
    return type(held).__name__, held


NUMBER = st.one_of(
    st.sampled_from(
        ["0", "1", "2", "3", "10", "1.5", "0.25", "1e-5", "n", "k", "w", "x.channels", "x.height", "x.width"]
    ),
    st.sampled_from(
        [
            "x.rank",
            "t.channels",
            "t.shape[0]",
            "x.shape[-1]",
            "row.c",
            "row['c']",
            "row.deep.a[0]",
            "items[0]",
            "rows[1][0]",
        ]
    ),
    st.sampled_from(["maps[0].c", "maps[-1]['c']", "len(items)", "len(x.shape)", "rows[0][0]"]),
)
TEXT = st.sampled_from(["s", "odd", "'a'", '"it\'s"', "'say \"hi\"'", "rows[0][1]", "row.s", "'\\\\'", "'{}'", "'\\n'"])
LIST = st.sampled_from(
    ["items", "[1, 2]", "(1, 2)", "x.shape", "row.deep.a", "range(3)", "range(n)", "none", "[n, k]", "[]", "()"]
)
TRUTH = st.sampled_from(
    [
        "n == None",
        "None != x.height",
        "not (row.c == None)",
        "yes",
        "True",
        "False",
        "n > 1",
        "s == 'same'",
        "not yes",
        "none",
    ]
)


def compound(inner: st.SearchStrategy[tuple[str, str]]) -> st.SearchStrategy[tuple[str, str]]:
    """Larger expressions, each with its kind: number, text, list or truth."""

    def of(kind: str) -> st.SearchStrategy[str]:
        base = {"number": NUMBER, "text": TEXT, "list": LIST, "truth": TRUTH}[kind]
        return base | inner.filter(lambda made: made[0] == kind).map(lambda made: made[1])

    def made(kind: str, form: str, *parts: str) -> st.SearchStrategy[tuple[str, str]]:
        return st.tuples(*map(of, parts)).map(lambda held: (kind, form.format(*held)))

    number, words, listed, truth = "number", "text", "list", "truth"
    arithmetic = [made(number, f"{{}} {o} {{}}", number, number) for o in ("+", "-", "*", "/", "//", "%", "**")]
    grouped = [made(number, f"({{}}) {o} ({{}})", number, number) for o in ("+", "-", "*", "//", "%", "**")]
    ordered = [made(truth, f"{{}} {o} {{}}", number, number) for o in ("<", "<=", ">", ">=", "==", "!=")]
    logical = [made(truth, f"({{}}) {o} ({{}})", truth, truth) for o in ("and", "or")]
    called = [made(number, f"{f}({{}})", number) for f in ("abs", "ceil", "floor", "int", "round", "divisible")]
    folded = [made(number, f"{f}({{}})", listed) for f in ("len", "max", "min", "sum")]
    listing = [made(listed, f"{f}({{}})", listed) for f in ("list", "reversed", "sorted")]
    return st.one_of(
        *arithmetic,
        *grouped,
        *ordered,
        *logical,
        *called,
        *folded,
        *listing,
        made(number, "-{}", number),
        made(number, "+({})", number),
        made(number, "-({})", number),
        made(number, "({} if {} else {})", number, truth, number),
        made(number, "{} if {} else {}", number, truth, number),
        made(number, "max({}, {}, {})", number, number, number),
        made(number, "min({}, {})", number, number),
        made(number, "round({}, 2)", number),
        made(number, "divisible({}, d=4)", number),
        made(number, "int('12')"),
        made(number, "({})[0]", listed),
        made(number, "({})[-1]", listed),
        made(number, "len({})", words),
        made(number, "({} or {})", number, number),
        made(words, "{} + {}", words, words),
        made(words, "{} * 2", words),
        made(words, "({})[0]", words),
        made(words, "({})[1:]", words),
        made(words, "str({})", number),
        made(words, "str({})", truth),
        made(words, "({} if {} else {})", words, truth, words),
        made(words, "min({}, {})", words, words),
        made(listed, "({}) + ({})", listed, listed),
        made(listed, "({}) * 2", listed),
        made(listed, "2 * ({})", listed),
        made(listed, "({})[1:]", listed),
        made(listed, "({})[:-1]", listed),
        made(listed, "({})[::2]", listed),
        made(listed, "({})[n - 6:len(items)]", listed),
        made(listed, "[{}, {}]", number, number),
        made(listed, "range({})", number),
        made(listed, "range(1, {}, 2)", number),
        made(listed, "({} if {} else {})", listed, truth, listed),
        made(listed, "sorted({})", listed),
        made(truth, "not {}", truth),
        made(truth, "not ({})", truth),
        made(truth, "{} < {} <= {}", number, number, number),
        made(truth, "{} in {}", number, listed),
        made(truth, "{} not in {}", number, listed),
        made(truth, "not {} in {}", number, listed),
        made(truth, "{} == {}", words, words),
        made(truth, "{} in {}", words, words),
        made(truth, "({}) == ({})", listed, listed),
        made(truth, "({}) != ({})", listed, listed),
        made(truth, "({}) == ({}) == ({})", listed, listed, listed),
        made(truth, "all({})", listed),
        made(truth, "any({})", listed),
        made(truth, "({}) == ({})", truth, truth),
        made(truth, "'c' in row"),
    )


ATOM = st.one_of(
    NUMBER.map(lambda held: ("number", held)),
    TEXT.map(lambda held: ("text", held)),
    LIST.map(lambda held: ("list", held)),
    TRUTH.map(lambda held: ("truth", held)),
)
ANY = st.recursive(ATOM, compound, max_leaves=6)


def evaluated(source: str) -> Any:
    """The value that archc's evaluator gives; a case that it refuses is dropped."""
    try:
        return parse(source).evaluate(Scope(SCOPE, StepLimit()))
    except (ExpressionError, SpecError):
        assume(False)


def code_of(source: str, *, tuples: bool = False) -> str:
    """The code of an expression; a case that is refused is dropped."""
    try:
        return one_line(expression(parse(source).expression, BINDINGS, tuples=tuples))
    except Unwritable:
        assume(False)
        raise


@generated_cases(few=100, many=3000)
def test_code_has_the_value_of_the_expression(cases: int) -> None:
    @settings(max_examples=cases)
    @given(ANY)
    @example(("list", "enumerate(zip(items, reversed(items)), 1)"))
    @example(("list", "sorted(range(3))[1:]"))
    @example(("number", "-n ** 2"))
    @example(("number", "(-n) ** 2"))
    @example(("number", "2 ** -k ** 2"))
    @example(("number", "max(items)"))
    @example(("number", "sum(range(n))"))
    @example(("list", "(items if yes else (1, 2)) + [4]"))
    def check(made: tuple[str, str]) -> None:
        wanted = evaluated(made[1])
        for tuples in (False, True):
            code = code_of(made[1], tuples=tuples)
            assert plain(eval(code, PYTHON.copy())) == plain(wanted), code

    check()


@generated_cases(few=40, many=1000)
def test_a_text_with_an_expression_is_that_text(cases: int) -> None:
    @settings(max_examples=cases)
    @given(ANY, st.text(max_size=5).filter(lambda held: "$" not in held))
    def check(made: tuple[str, str], beside: str) -> None:
        found = evaluated(made[1])
        assume(not isinstance(found, list | tuple))  # which no text of a spec may hold
        template = f"{beside}$({made[1]})"
        try:
            held = parse_scalar(template, Position("a", 1, 1))
        except SpecError:
            assume(False)
            raise
        code_of(made[1])
        code = one_line(text_value(held, BINDINGS))
        assert eval(code, PYTHON.copy()) == beside + str(found), code

    check()


@generated_cases(few=40, many=1000)
def test_parts_of_a_text_are_put_together(cases: int) -> None:
    @settings(max_examples=cases)
    @given(st.lists(st.tuples(st.text(max_size=6), st.sampled_from(["", "n", "s", "odd"])), max_size=4))
    def check(made: list[tuple[str, str]]) -> None:
        parts: list[Part] = []
        for characters, name in made:
            parts += [characters, *([variable(name)] if name else [])]
        code = one_line(formatted(parts))
        assert eval(code, PYTHON.copy()) == "".join(f"{part}{PLAIN.get(name, '')}" for part, name in made)

    check()


@generated_cases(few=40, many=1000)
def test_a_literal_is_its_text(cases: int) -> None:
    @settings(max_examples=cases)
    @given(st.text())
    @example("\ud800")
    @example("'\"\\\n\r\t\x00\x85\u2028\U0001f600")
    def check(held: str) -> None:
        code = one_line(literal(held))
        assert "\n" not in code
        assert ast.literal_eval(code) == held

    check()


VALUE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@generated_cases(few=40, many=1000)
def test_a_plain_value_is_itself(cases: int) -> None:
    @settings(max_examples=cases)
    @given(VALUE)
    def check(held: Any) -> None:
        for tuples in (False, True):
            assert plain(eval(one_line(literal(held, tuples=tuples)))) == plain(held)
            assert plain(eval(one_line(value(held, BINDINGS, tuples=tuples)))) == plain(held)

    check()


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("$(not n in items)", "n not in items"),
        ("$(n == None)", "n is None"),
        ("$(items == [3, 1, 2])", "list(items) == [3, 1, 2]"),
        ("$(x.shape == (8, 6, 4))", "x.shape[1:] == (8, 6, 4)"),
        ("a$(n)_$(s)", 'f"a{n}_{s}"'),
        ("$(row.c * 2)", 'row["c"] * 2'),
        ("$x.channels", "x.shape[-1]"),
        ("$(1e-05)", "1e-5"),
    ],
)
def test_code_reads_as_people_write_it(written: str, code: str) -> None:
    held = parse_scalar(written, Position("a", 1, 1))
    assert one_line(value(held, BINDINGS)) == code
    assert plain(eval(code, PYTHON.copy())) == plain(evaluate(held, Scope(SCOPE, StepLimit())))


@pytest.mark.parametrize(
    "written", ["[[1, 'a']] == rows", "[1, 'a'] in rows", "str(items)", "rows != []", "row == row", "x.shape == items"]
)
def test_what_a_tuple_would_change_is_not_written(written: str) -> None:
    with pytest.raises(Unwritable):
        expression(parse(written).expression, BINDINGS)
