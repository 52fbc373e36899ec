"""Expressions against Python's own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archc.diagnostics import Poisoned, SpecError
from archc.language.expression_functions import FUNCTIONS
from archc.language.value import ExpressionError
from tests.elaborate.specs import codes, compile_text, expression_of, spec, told

VALUES = {
    "n": 7,
    "k": -3,
    "w": 0.5,
    "s": "same",
    "items": [3, 1, 2],
    "pair": (4, 5),
    "yes": True,
    "none": None,
    "row": {"c": 8},
}
PYTHON: dict[str, Any] = {
    name: getattr(__import__("builtins"), name) for name in FUNCTIONS if hasattr(__import__("builtins"), name)
}
PYTHON |= {
    "ceil": __import__("math").ceil,
    "floor": __import__("math").floor,
    "range": lambda *bounds: list(range(*bounds)),
    "reversed": lambda values: list(reversed(values)),
    "enumerate": lambda *values: list(enumerate(*values)),
    "zip": lambda *values: list(zip(*values, strict=False)),
}


def of_python(text: str) -> Any:
    return eval(text, {"__builtins__": {}}, {**PYTHON, **VALUES})


ATOMS = st.sampled_from(
    [
        "0",
        "1",
        "2",
        "3",
        "10",
        "1.5",
        "0.25",
        "'a'",
        "'same'",
        "True",
        "False",
        "None",
        "[]",
        "[1, 2, 3]",
        "(1, 2)",
        "[[1, 2], [3, 4]]",
        *(name for name in VALUES if name != "row"),
    ]
)
BINARY = ["+", "-", "*", "/", "//", "%", "**", "<", "<=", ">", ">=", "==", "!=", "in", "not in", "and", "or"]


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    call = st.sampled_from(
        [
            "abs",
            "all",
            "any",
            "ceil",
            "enumerate",
            "floor",
            "int",
            "len",
            "list",
            "max",
            "min",
            "range",
            "reversed",
            "round",
            "sorted",
            "str",
            "sum",
        ]
    )
    return st.one_of(
        st.builds(lambda a, o, b: f"{a} {o} {b}", inner, st.sampled_from(BINARY), inner),
        st.builds(lambda a, o, b: f"({a}) {o} ({b})", inner, st.sampled_from(BINARY), inner),
        st.builds(lambda o, a: f"{o} {a}", st.sampled_from(["-", "+", "not"]), inner),
        st.builds(lambda f, a: f"{f}({a})", call, inner),
        st.builds(
            lambda f, a, b: f"{f}({a}, {b})", st.sampled_from(["max", "min", "range", "zip", "round"]), inner, inner
        ),
        st.builds(lambda a, b, c: f"({a} if {b} else {c})", inner, inner, inner),
        st.builds(lambda a, b: f"({a})[{b}]", inner, inner),
        st.builds(lambda a, b, c: f"({a})[{b}:{c}]", inner, inner, inner),
        st.builds(lambda a, b: f"[{a}, {b}]", inner, inner),
    )


# Where the language is stricter than Python on purpose: a boolean is no number, texts and numbers alone are ordered, a
# size that is unknown takes part in nothing, conversions of texts and formats are left out, results are bounded.
STRICTER = ("argument", "type", "too-large", "not-finite", "expression", "too-deep")


@settings(max_examples=600)
@given(st.recursive(ATOMS, compound, max_leaves=8))
@example("not 1 in [2]")
@example("-2 ** 2")
@example("2 ** -1")
@example("1 < 2 < 3 > 0")
@example("1 if 0 else 2 if 0 else 3")
@example("1 - 2 - 3")
@example("2 ** 3 ** 2")
@example("not 1 == 2")
@example("1 or 2 and 3")
@example("- 2 // 3 * -5 % 4")
def test_an_expression_has_pythons_value_or_is_refused(text: str) -> None:
    try:
        found = expression_of(text, **VALUES)
    except (ExpressionError, SpecError) as error:
        try:
            of_python(text)
        except Exception:
            return
        code = error.code if isinstance(error, ExpressionError) else error.first.code
        assert code in STRICTER, text
        return
    wanted = of_python(text)
    assert found == wanted, text
    assert type(found) is type(wanted), text


@pytest.mark.parametrize(
    "text",
    [
        "n + True",
        "'a' < 1",
        "yes + 1",
        "-yes",
        "max(1, 'a')",
        "sum([True])",
        "none + 1",
        "(-8) ** 0.5",
        "1e308 * 10",
        "2 ** 53",
        "'a' % 1",
        "abs(True)",
        "[1] < [2]",
        "int(yes)",
        "round(yes)",
    ],
)
def test_where_it_is_stricter(text: str) -> None:
    with pytest.raises((ExpressionError, SpecError)):
        expression_of(text, **VALUES)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "().__class__",
        "n.real",
        "lambda: 1",
        "[i for i in items for j in items]",
        "[i for i in items if i if n]",
        "{i for i in items}",
        "(i for i in items)",
        "f'{n}'",
        "n := 1",
        "{1: 2}",
        "eval('1')",
        "open",
        "n;n",
        "n if yes",
        "1 +",
        "(1",
        "1)",
        "a.b.c(1)",
        "'a' 'b'",
        "@n",
        "n!",
        "0xg",
        "1__0",
        "len",
        "import",
    ],
)
def test_nothing_but_the_language(text: str) -> None:
    with pytest.raises(ExpressionError):
        expression_of(text, **VALUES)


@pytest.mark.parametrize(
    ("v", "d", "value"),
    [
        (32, 8, 32),
        (33, 8, 32),
        (36, 8, 40),
        (12, 8, 16),
        (4, 8, 8),
        (1.4 * 24, 8, 32),
        (19.2, 8, 24),
        (7, 1, 7),
        (0.75 * 32, 8, 24),
    ],
)
def test_divisible_is_mobilenets(v: float, d: int, value: int) -> None:
    wanted = max(d, int(v + d / 2) // d * d)
    wanted += d if wanted < 0.9 * v else 0
    assert expression_of(f"divisible({v}, {d})") == expression_of(f"divisible({v}, d={d})") == value == wanted
    assert expression_of(f"divisible({v})") == expression_of(f"divisible({v}, 8)")


def test_rows_have_attributes_and_items() -> None:
    assert expression_of("row.c + row['c']", **VALUES) == 16


@pytest.mark.parametrize(
    ("attribute", "value"), [("shape", 3), ("height", 8), ("width", 6), ("channels", 4), ("rank", 3)]
)
def test_a_tensor_has_its_sizes_without_the_batch(attribute: str, value: int) -> None:
    expression = "$(len(x.shape))" if attribute == "shape" else f"$x.{attribute}"
    assert compile_text(spec(f"- let:\n    v: {expression}\n- Flatten\n- Dense: $v", input="[8, 6, 4]")).graph.nodes[
        -1
    ].shape == (value,)


def test_height_and_width_are_those_of_an_image() -> None:
    assert codes(spec("- Dense: $x.height", input="[8, 3]")) == ["unknown-attribute"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$n", 7),
        ("$(n)", 7),
        ("$row.c", 8),
        ("a$(n)b$(k)", "a7b-3"),
        ("$$", "$"),
        ("$$n", "$n"),
        ("a$$(n)", "a$(n)"),
        ("$(w)", 0.5),
        ("$([n, k])", [7, -3]),
        ("$('$')", "$"),
        ("$(')')", ")"),
        ("$(n) ", "7 "),
        ("$(yes)x", "Truex"),
    ],
)
def test_one_marker(text: str, value: object) -> None:
    from archc.diagnostics import Position
    from archc.language.template import evaluate, parse_scalar
    from archc.language.value import Scope, StepLimit

    found = evaluate(parse_scalar(text, Position("a", 1, 1)), Scope(VALUES, StepLimit()))
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("text", ["a$n", "$", "a$", "$-", "$1", "$n.", "$n-1", "$(n"])
def test_a_dollar_alone_is_refused(text: str) -> None:
    assert codes(spec(f"- let:\n    a: {text}\n- ReLU", params="{n: 1}")) in (["expression"], ["unclosed-expression"])


def test_faults_stand_where_they_are_in_the_text() -> None:
    assert told(spec("- Dense: $(1 + unit)")) == [(5, 18, "unknown-name")]
    assert told(spec('- Dense: "$(1 + unit)"')) == [(5, 19, "unknown-name")]
    assert told(spec("- ReLU:\n  name: conv$(stage)")) == [(6, 17, "unknown-name")]
    assert told(spec("- for: i in range(depth)\n  do: [ReLU]")) == [(5, 21, "unknown-name")]


@settings(max_examples=300)
@given(st.text("ab(1)[2]{}.,:+-*/%<>=!'\" $ifelsnotrand", max_size=40))
def test_any_text_gives_a_value_or_an_error(text: str) -> None:
    try:  # noqa: SIM105
        expression_of(text, **VALUES)
    except (ExpressionError, SpecError, Poisoned):
        pass
