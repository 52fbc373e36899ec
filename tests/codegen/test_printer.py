"""Trees are printed as ruff lays them out, and parsed they are the same trees."""

from __future__ import annotations

import ast
import subprocess
import sys
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from archc.codegen.printer import printed
from archc.codegen.tree import (
    Argument,
    Comment,
    assign,
    attribute,
    call,
    comparison,
    docstring,
    formatted,
    function,
    list_of,
    literal,
    loop,
    negated,
    operation,
    starred,
    subscript,
    tuple_of,
    variable,
)
from tests.profile import generated_cases

NAME = st.sampled_from(
    ["x", "names", "residual", "filters", "kernel_size", "expansion_of_the_unit", "a" * 30, "b" * 48]
).map(variable)
TEXT = st.sampled_from(["same", "he_normal", "t" * 60, "it's", 'say "so"', "back\\slash"]).map(ast.Constant)
ATOM = st.one_of(
    NAME,
    TEXT,
    st.just(formatted([variable("name"), "_conv"])),
    st.sampled_from([1, 0.5, 1e-5, -3, (3, 3), None, True]).map(literal),
    st.just(subscript(attribute(variable("x"), "shape"), literal(-1))),
)
VALUE = st.sampled_from(["filters", "expansion_of_the_unit", "depth"]).map(variable) | st.sampled_from([1, 64]).map(
    literal
)
OPERATOR = st.sampled_from(["+", "-", "*", "//", "%", "**"])
COMPARISON = st.sampled_from([">", "==", "in", "is not"])


def lists(inner: st.SearchStrategy[Any], most: int = 4, least: int = 0) -> st.SearchStrategy[list[Any]]:
    return st.lists(inner, min_size=least, max_size=most)


def compound(inner: st.SearchStrategy[ast.expr]) -> st.SearchStrategy[ast.expr]:
    summed = st.builds(operation, VALUE, OPERATOR, VALUE)
    compared = st.builds(comparison, VALUE, COMPARISON, VALUE)
    return st.one_of(
        inner,
        summed,
        st.builds(operation, summed, OPERATOR, summed),
        st.builds(ast.IfExp, compared, VALUE, VALUE),
        st.builds(lambda one, other: ast.BoolOp(ast.And(), [one, negated(other)]), compared, compared),
        st.builds(list_of, lists(inner)),
        st.builds(tuple_of, lists(inner)),
        st.builds(lambda items: list_of(map(starred, items)), lists(NAME)),
        st.builds(lambda items: ast.Dict([ast.Constant("k") for _ in items], items), lists(inner, 3)),
        st.builds(call, st.sampled_from(["min", "divisible", "keras.initializers.RandomNormal"]), lists(inner, 3, 1)),
        st.builds(subscript, NAME, inner),
        st.builds(lambda owner, lower: subscript(owner, ast.Slice(lower, None)), NAME, summed | VALUE),
    )


EXPRESSION = st.recursive(ATOM, compound, max_leaves=4)
NAMED = st.dictionaries(
    st.sampled_from(["strides", "padding", "use_bias", "kernel_initializer", "name"]), EXPRESSION, max_size=5
)
CALL = st.builds(call, st.sampled_from(["layers.Conv2D", "bn", "keras.Model"]), lists(EXPRESSION, 3), NAMED)
LAYER = st.builds(call, CALL, lists(NAME, 2, 1))
CONDITION = st.builds(comparison, VALUE, COMPARISON, VALUE)
SIMPLE: st.SearchStrategy[ast.stmt] = st.one_of(
    st.builds(lambda target, value: assign([target], value), NAME, LAYER | EXPRESSION),
    st.builds(lambda value: assign([variable("shortcut"), variable("x")], value), LAYER),
    st.builds(
        lambda values: assign([tuple_of(map(variable, "abc"[: len(values)]))], tuple_of(values)),
        lists(EXPRESSION, 3, 2),
    ),
    st.builds(lambda value: ast.Expr(call("outputs.append", [value])), EXPRESSION | LAYER),
    st.sampled_from(["as in the paper", "long " * 40, "quotes ' and \" \\"]).map(Comment),
)
TARGET = tuple_of([variable("i"), tuple_of([variable("a"), variable("b")])])


def holding(inner: st.SearchStrategy[ast.stmt]) -> st.SearchStrategy[ast.stmt]:
    body = st.builds(lambda made: [*made, ast.Expr(call("done"))], lists(inner, 2))
    return st.one_of(
        st.builds(ast.If, CONDITION, body, body | st.just([])),
        st.builds(lambda items, made: loop(TARGET, items, made), CALL | EXPRESSION, body),
    )


STATEMENT = st.recursive(SIMPLE, holding, max_leaves=4)
WORDS = st.text("ab \\\"'{}#é", max_size=30).map(str.strip)


def formatted_by_ruff(lines: list[str]) -> list[str]:
    command = ["ruff", "format", "--isolated", "--line-length", "120", "--target-version", "py311", "-"]
    done = subprocess.run(
        [sys.executable, "-m", *command], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


def without_comments(body: list[ast.stmt]) -> list[ast.stmt]:
    """Statements as a parser gives them."""
    kept: list[ast.stmt] = []
    for statement in body:
        match statement:
            case Comment():
                continue
            case ast.If(condition, then, otherwise):
                kept.append(ast.If(condition, without_comments(then), without_comments(otherwise)))
            case ast.For(target, items, repeated):
                kept.append(ast.For(target, items, without_comments(repeated), []))
            case _:
                kept.append(statement)
    return kept


@generated_cases(few=60, many=600)
def test_ruff_leaves_statements_as_they_are(cases: int) -> None:
    made: list[list[str]] = []

    @settings(max_examples=cases)
    @given(st.lists(STATEMENT, min_size=1, max_size=5), st.booleans(), EXPRESSION)
    def write(body: list[ast.stmt], returns: bool, value: ast.expr) -> None:
        named = [Argument("width", value), Argument("name")]
        whole = [*body, ast.Return(value)]
        written = function("f", [Argument("x")], named, whole, "keras.Model" if returns else None)
        lines = list(printed([written]))
        (parsed,) = ast.parse("\n".join(lines)).body
        assert isinstance(parsed, ast.FunctionDef)
        assert [*map(ast.dump, parsed.body)] == [*map(ast.dump, without_comments(whole))]
        made.append(lines)

    write()
    file = "\n\n\n".join("\n".join(lines) for lines in made).split("\n")
    if formatted_by_ruff(file) != file:
        wrong = [(lines, again) for lines in made if (again := formatted_by_ruff(lines)) != lines]
        shortest, wanted = min(wrong, key=lambda pair: len(pair[0]))
        assert "\n".join(shortest) == "\n".join(wanted), f"{len(wrong)} of {len(made)} differ"


@generated_cases(few=100, many=1000)
def test_a_docstring_is_its_text(cases: int) -> None:
    @settings(max_examples=cases)
    @given(st.lists(WORDS, min_size=1, max_size=4).filter(lambda lines: all((lines[0], lines[-1]))))
    def check(lines: list[str]) -> None:
        body = [*docstring(lines), ast.Return(literal(1))]
        (parsed,) = ast.parse("\n".join(printed([function("f", [], [], body)]))).body
        assert isinstance(parsed, ast.FunctionDef)
        assert (ast.get_docstring(parsed) or "").split("\n") == lines

    check()
