"""Trees of code are laid out as ruff lays them out."""

from __future__ import annotations

import ast
import subprocess
import sys
from typing import Any

from archc.codegen.statements import (
    Assign,
    Comment,
    Do,
    For,
    Function,
    If,
    Return,
    Statement,
    docstring,
    statements,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from archc.codegen.layout import Code, call, conditional, display, index, joined, operation, unpacked

EXAMPLES = 200

NAME = st.sampled_from(
    ["x", "names", "residual", "filters", "kernel_size", "expansion_of_the_unit", "a" * 30, "b" * 70]
)
TEXT = st.sampled_from(['"same"', 'f"{name}_conv"', '"he_normal"', '"' + "t" * 60 + '"'])
ATOM = NAME | TEXT | st.sampled_from(["1", "0.5", "(3, 3)", "None", "True", "x.shape[-1]"])
VALUE = st.sampled_from(["filters", "expansion_of_the_unit", "1", "64", "x.shape[-1]", "depth"])


def lists(inner: st.SearchStrategy[Any], most: int = 4, least: int = 0) -> st.SearchStrategy[list[Any]]:
    return st.lists(inner, min_size=least, max_size=most)


def argument(inner: st.SearchStrategy[Code]) -> st.SearchStrategy[Code]:
    summed = st.builds(operation, st.sampled_from(["+", "-"]), VALUE, VALUE)
    compared = st.builds(lambda one, other: joined(one, " > ", other), VALUE, VALUE)
    return st.one_of(
        inner,
        summed,
        st.builds(lambda one, other: operation("*", one, other), VALUE, VALUE),
        st.builds(lambda condition, then, other: conditional([(condition, then)], other), compared, VALUE, VALUE),
        st.builds(display, st.just("["), lists(inner), st.just("]")),
        st.builds(lambda items: display("(", items, ")"), lists(inner)),
        st.builds(lambda items: display("{", [joined('"k": ', item) for item in items], "}"), lists(inner, 3)),
        st.builds(call, st.sampled_from(["min", "divisible", "keras.initializers.RandomNormal"]), lists(inner, 3, 1)),
        st.builds(index, NAME, inner),
    )


EXPRESSION = st.recursive(ATOM, argument, max_leaves=4)
NAMED = st.lists(
    st.tuples(st.sampled_from(["strides", "padding", "use_bias", "kernel_initializer", "name"]), EXPRESSION),
    max_size=5,
    unique_by=lambda pair: pair[0],
)
CALL = st.builds(call, st.sampled_from(["layers.Conv2D", "bn", "keras.Model"]), lists(EXPRESSION, 3), NAMED)
LAYER = st.builds(call, CALL, lists(NAME, 2, 1))
CONDITION = st.builds(
    lambda one, sign, other: joined(one, f" {sign} ", other), VALUE, st.sampled_from([">", "=="]), VALUE
)
SIMPLE = st.one_of(
    st.builds(lambda target, value: Assign((target,), value), NAME, LAYER | EXPRESSION),
    st.builds(lambda value: Assign(("shortcut",), value, ("x",)), LAYER),
    st.builds(lambda values: Assign(tuple("abc"[: len(values)]), unpacked(values)), lists(EXPRESSION, 3, 2)),
    st.builds(lambda value: Do(call("outputs.append", [value])), EXPRESSION | LAYER),
    st.sampled_from(["as in the paper", "long " * 40, "quotes ' and \" \\"]).map(Comment),
)


def compound(inner: st.SearchStrategy[Statement]) -> st.SearchStrategy[Statement]:
    body = st.builds(lambda made: (*made, Do("done()")), lists(inner, 2))
    return st.one_of(
        st.builds(If, CONDITION, body, body | st.just(())),
        st.builds(lambda items, made: For("i, (a, b)", items, made), CALL | EXPRESSION, body),
    )


STATEMENT = st.recursive(SIMPLE, compound, max_leaves=4)
WORDS = st.text("ab \\\"'{}#é", max_size=30).map(str.strip)


def formatted(lines: list[str]) -> list[str]:
    """What ruff makes of lines."""
    command = [
        sys.executable,
        "-m",
        "ruff",
        "format",
        "--isolated",
        "--line-length",
        "120",
        "--target-version",
        "py311",
    ]
    done = subprocess.run([*command, "-"], input="\n".join(lines) + "\n", capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_ruff_leaves_statements_as_they_are() -> None:
    made: list[list[str]] = []

    @settings(max_examples=EXAMPLES)
    @given(st.lists(STATEMENT, min_size=1, max_size=5), st.booleans(), EXPRESSION)
    def write(body: list[Statement], returns: bool, value: Code) -> None:
        parameters = ("x", "*", joined("width=", value), "name")
        whole = Function("f", parameters, "keras.Model" if returns else None, (), (*body, Return(value)))
        lines = list(whole.lines())
        ast.parse("\n".join(lines))
        made.append(lines)

    write()
    file = "\n\n\n".join("\n".join(lines) for lines in made).split("\n")
    if formatted(file) != file:
        wrong = [(lines, again) for lines in made if (again := formatted(lines)) != lines]
        shortest, wanted = min(wrong, key=lambda pair: len(pair[0]))
        assert "\n".join(shortest) == "\n".join(wanted), f"{len(wrong)} of {len(made)} differ"


@settings(max_examples=300)
@given(st.lists(WORDS, min_size=1, max_size=4).filter(lambda lines: all((lines[0], lines[-1]))))
def test_a_docstring_is_its_text(lines: list[str]) -> None:
    tree = ast.parse("\n".join(["def f():", *docstring(lines, 4), *statements([Return("1")], 4)]))
    function = tree.body[0]
    assert isinstance(function, ast.FunctionDef)
    assert (ast.get_docstring(function) or "").split("\n") == lines
