"""What a template may not do, and what it says of a template that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from archc import limits
from archc.diagnostics import Diagnostic, SpecError
from archc.network import loads
from archc.render.context import Context
from archc.render.template import find_template, render
from tests.render.rendering import data, text_of

SMALL = {"archc": 1, "name": "Small", "input": [4], "layers": [{"Dense": 4, "name": "a"}, {"Dense": 4, "name": "b"}]}


@pytest.fixture(scope="module")
def small() -> Context:
    return data(loads(SMALL))


def fault(template: str, of: Context) -> Diagnostic:
    """The one diagnostic of a template."""
    with pytest.raises(SpecError) as caught:
        text_of(template, of)
    (found,) = caught.value.diagnostics
    return found


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__ }}",
        "{{ network.__class__.__mro__ }}",
        "{{ network.__dataclass_fields__ }}",
        "{{ layers[0].__init__.__globals__ }}",
        "{{ cycler.__init__.__globals__.os }}",
        "{{ namespace.__init__ }}",
        "{{ joiner['__init__'] }}",
        "{{ layers[0] | attr('__class__') }}",
        "{{ layers | map(attribute='__class__') | list }}",
        "{{ '{0.__class__}'.format(network) }}",
        "{{ '{x.__class__}'.format_map({'x': 1}) }}",
        "{{ self.__init__ }}",
        "{{ range.__doc__ }}",
        "{{ (1).__class__ }}",
        "{% macro m() %}{% endmacro %}{{ m._func.__globals__ }}",
        "{% for a in layers %}{{ loop._iterable }}{% endfor %}",
    ],
)
def test_the_sandbox_refuses(template: str, small: Context) -> None:
    found = fault(template, small)
    assert found.code == "template"
    assert "the sandbox refuses" in found.message


@pytest.mark.parametrize("tag", ["include", "extends", "import"])
@pytest.mark.parametrize("name", ["/etc/passwd", "../../pyproject.toml", "house.j2", "latex.j2", "./latex"])
def test_no_file_is_read(tag: str, name: str, small: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "house.j2").write_text("a file", encoding="utf-8")
    found = fault(f'{{% {tag} "{name}"{" as x" if tag == "import" else ""} %}}', small)
    assert found.code == "unknown-template"


def test_a_shipped_template_is_included(small: Context) -> None:
    assert text_of('{% include "markdown" %}', small) == render(find_template("markdown"), small)


LOOPS = "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}"
DOUBLED = "{{% set ns = namespace(x='ab') %}}{{% for i in range(60) %}}{}{{% endfor %}}"
COSTLY = {
    "loops": LOOPS,
    "a loop that leaves out all": LOOPS.replace("b in range(100000)", "b in range(100000) if false"),
    "a recursive loop": "{% for a in range(99999) recursive %}{{ loop(range(99999)) }}{% endfor %}",
    "macros": "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(100) }}",
    "a macro without end": "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
    "a range": "{{ range(10**9) | list }}",
    "ranges": "{% for a in range(100000) %}{{ range(100000) | sum }}{% endfor %}",
    "a power": "{{ 10 ** 10 ** 10 }}",
    "squares": DOUBLED.format("{% set ns.x = (ns.x if ns.x is number else 9) * (ns.x if ns.x is number else 9) %}"),
    "a repeated text": "{{ 'a' * 10 ** 10 }}",
    "a repeated list": "{{ [1] * 10 ** 10 }}",
    "a sum of texts": DOUBLED.format("{% set ns.x = ns.x + ns.x %}"),
    "joined texts": DOUBLED.format("{% set ns.x = ns.x ~ ns.x %}"),
    "printed into a variable": DOUBLED.format("{% set ns.x %}{{ ns.x }}{{ ns.x }}{% endset %}"),
    "printed": "{% for i in range(100000) %}" + "a" * 1000 + "{% endfor %}",
    "a width": "{{ 'a' | center(10 ** 6) }}",
    "a width of a method": "{{ 'a'.ljust(10 ** 6) }}",
    "a width of a format": "{{ '%1000000d' % 1 }}",
    "a width of another format": "{{ '{:1000000}'.format(1) }}",
    "a width in an argument": "{{ '{:{w}}'.format(1, w=10 ** 6) }}",
    "a format as a filter": "{{ '%1000000d' | format(1) }}",
    "lists in lists": DOUBLED.format("{% set ns.x = [ns.x, ns.x] %}"),
    "tuples in mappings": DOUBLED.format("{% set ns.x = {1: (ns.x, ns.x)} %}"),
    "mappings in mappings": DOUBLED.format("{% set ns.x = dict(a=ns.x, b=ns.x) %}"),
    "a list of long texts": "{{ ['a' * 10 ** 6] * 1000 }}",
    "slices": "{% set a = 'a' * 8000000 %}{% for i in range(900000) %}{% set b = a[1:] %}{% endfor %}",
    "comparisons": "{% set a = 'a' * 8000000 %}{% for i in range(900000) %}{% set b = 'ab' in a %}{% endfor %}",
    "tests": "{% set a = 'a' * 8000000 %}{% for i in range(900000) %}{% set b = 'ab' is in(a) %}{% endfor %}",
    "sums": "{% set a = 'a' * 8000000 %}{% for i in range(900000) %}{% set b = a + 'b' %}{% endfor %}",
    "a long word in lines": "{{ ('a' * 8000000) | wordwrap(1) }}",
    "data as JSON": "{% for i in range(99999) %}{{ layers | tojson }}{% endfor %}",
}


@pytest.mark.parametrize("share", [20, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize("template", COSTLY.values(), ids=COSTLY)
def test_what_costs_too_much_ends(template: str, share: int, small: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each time at a part of the limits, which takes less long to reach."""
    monkeypatch.setattr(limits, "ROUNDS", limits.ROUNDS // share)
    monkeypatch.setattr(limits, "TEMPLATE_TEXT", limits.TEMPLATE_TEXT // share)
    assert fault(template, small).code == "template-limit"


def test_rounds_are_counted_to_the_limit(small: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "ROUNDS", 110)  # a call, its 50 items, and 50 rounds
    assert text_of("{% for i in range(50) %}a{% endfor %}", small) == "a" * 50
    assert fault("{% for i in range(51) %}a{% endfor %}", small).code == "template-limit"


def test_printed_characters_are_counted_to_the_limit(small: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TEMPLATE_TEXT", 50)
    assert text_of("{{ 'a' * 50 }}", small) == "a" * 50
    assert fault("{{ 'a' * 50 }}{{ 'b' }}", small).code == "template-limit"
    assert fault("{{ 'a' * 51 }}", small).code == "template-limit"


def test_a_template_file_is_read_to_the_limit(small: Context, tmp_path: Path) -> None:
    path = tmp_path / "long.j2"
    path.write_bytes(b"a" * limits.FILE_BYTES)
    assert len(render(find_template(str(path)), small)) == limits.FILE_BYTES
    path.write_bytes(b"a" * (limits.FILE_BYTES + 1))
    with pytest.raises(SpecError) as caught:
        find_template(str(path))
    assert caught.value.first.code == "template-limit"


@pytest.mark.parametrize(
    ("template", "code", "place", "hint"),
    [
        ("a\n{{ netwrk.name }}", "template-name", (2, 4), "did you mean `network`?"),
        ("{{ network.nmae }}", "template-name", (1, 12), "did you mean `name`?"),
        ("{% for p in parts %}\n {{ p.tmes }}{% endfor %}", "template-name", (2, 7), "did you mean `times`?"),
        ("{{ network.name | tx }}", "template-name", (1, 19), "did you mean `tex`?"),
        ("{{ 1 is evn }}", "template-name", (1, 9), "did you mean `even`?"),
        ("{{ [] | map('uper') }}", "template-name", (1, 14), "did you mean `upper`?"),
        ("{{ [] | reject('evn') }}", "template-name", (1, 17), "did you mean `even`?"),
        ("{{ [] | selectattr('a', 'evn') }}", "template-name", (1, 26), "did you mean `even`?"),
        ("{% if nope %}{% endif %}", "template-name", (1, 7), "there are: "),
        ("{{ network.name.first }}", "template-name", (1, 17), "`docs/render.md` lists"),
        ("\n\n{% for a in layers %}", "template", (3, 1), "see https://jinja"),
        ("{% for i in [1] %}" * 25 + "{% endfor %}" * 25, "template-limit", (1, 1), "let it do less"),
        ("{{ 1 / 0 }}", "template", (1, 1), "see https://jinja"),
        ("{{ network.name | short }}", "template", (1, 1), "see https://jinja"),
        ("{% import 'markdown' as shipped %}", "template-name", (2, 6), "with context"),
        ("{% include 'latx' %}", "unknown-template", (1, 13), "did you mean `latex`?"),
    ],
)
def test_a_fault_has_its_place_and_what_to_do(
    template: str, code: str, place: tuple[int, int], hint: str, small: Context
) -> None:
    found = fault(template, small)
    assert found.position is not None
    assert (found.code, found.position.line, found.position.column) == (code, *place)
    assert hint in str(found.hint)
    assert "\n" not in found.message


def test_a_name_that_may_be_absent_is_tested(small: Context) -> None:
    assert (
        text_of("{{ nope is defined }} {{ nope | default('-') }} {{ network.nope is defined }}", small)
        == "False - False"
    )


def test_numbers_and_json_are_written(small: Context) -> None:
    assert text_of("{{ '{:,}'.format(12345678) }} {{ '%d' % 12345678 }}", small) == "12,345,678 12345678"
    assert '"arguments": {"units": 4}' in text_of("{{ layers | tojson }}", small)
