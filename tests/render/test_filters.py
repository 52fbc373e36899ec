"""The filters: hostile texts come out as texts."""

from __future__ import annotations

import re

import pytest
from pylatexenc.latex2text import LatexNodes2Text

from archc.render.filters import FILTERS, dot, figure, md, mermaid, size, tex
from tests.render.rendering import HOSTILE
from tests.render.test_shipped import read_dot


@pytest.mark.parametrize("text", [text for text in HOSTILE if '"' not in text and "…" not in text and "--" not in text])
def test_tex_is_read_back_as_the_text(text: str) -> None:
    read = LatexNodes2Text(keep_comments=True).latex_to_text(tex(text))
    assert re.sub(r"[ {}<>|]", "", read).replace("ˆ", "^") == re.sub(r"[ {}<>|]", "", text)


def test_tex_has_no_command_that_the_text_gives() -> None:
    assert tex(r"\input{x}") == r"\textbackslash{}input\{x\}"
    assert tex("50% of a_b & $c #1") == r"50\% of a\_b \& \$c \#1"
    assert tex("a\n\nb") == "a  b"
    assert tex("--x---") == "-{}-x-{}-{}-"
    assert tex("[2] *") == "{[}2] {*}"
    assert tex('"a"') == "''a''"
    assert tex("1×1 … –") == r"1\ensuremath{\times}1 \ldots{} \textendash{}"


def test_md_has_no_mark_that_the_text_gives() -> None:
    assert md("a|b_c*d`e`[f](g)<h>#") == r"a\|b\_c\*d\`e\`\[f\](g)\<h\>\#"
    assert md("a\nb\tc") == "a b c"
    assert md("&lt; ~~x~~ $i$") == r"\&lt; \~\~x\~\~ \$i\$"


@pytest.mark.parametrize("text", HOSTILE)
def test_dot_is_one_string(text: str) -> None:
    graph = read_dot(f"digraph {{ a [label={dot(text)}]; }}")
    (node,) = graph.get_nodes()
    assert node.get_label() == dot(text)
    assert graph.get_edges() == []
    inside = dot(text)[1:-1].replace("&amp;", "&")
    assert re.sub(r"\\(.)", r"\1", inside) == text


def test_dot_keeps_lines() -> None:
    assert dot("a\nb\\n") == r'"a\nb\\n"'


@pytest.mark.parametrize("text", HOSTILE)
def test_mermaid_is_one_string(text: str) -> None:
    made = mermaid(text)
    assert made.count('"') == 2
    assert re.sub(r"#(\d+);", lambda match: chr(int(match[1])), made[1:-1]).replace("\u200b", "") == text
    assert not set("<>`%&{}[]*$") & set(made)


def test_mermaid_keeps_lines() -> None:
    assert mermaid("a\nb<br>") == '"a\nb#60;br#62;"'


@pytest.mark.parametrize("name", ["tex", "md", "dot", "mermaid"])
def test_what_steers_a_terminal_is_escaped(name: str) -> None:
    made = FILTERS[name]("a\x1b[31m\u202eb")
    assert "\x1b" not in made
    assert "\u202e" not in made


def test_sizes_and_figures() -> None:
    assert size((224, None, 3)) == "224×?×3"
    assert size(()) == "scalar"
    assert size(None) == "unknown"
    assert figure((7, 7, 512)) == "7×7×512"
    assert figure(138357544) == "138,357,544"
    assert figure("25.5M") == "25.5M"
    assert figure(None) == "?"
