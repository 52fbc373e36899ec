"""Renders templates for the tests."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any

from archc.network import Network, load, loads
from archc.render.context import Context, context
from archc.render.picture import Box
from archc.render.template import TemplateText, find_template, render

HOSTILE = (
    r"\end{document} \input{/etc/passwd} 50% & $x$ #1 ^2 ~ _a_ {b}",
    r"a | b `c` *d* <script>alert(1)</script> [e](http://x) ![f](g) &lt; ~~h~~ $i$",
    'quote " and \\" and \\N \\G "; evil [label="x"]; } a -> b',
    '"] --> b99["x" %%{init: {"theme": "dark"}}%% #quot; `md` fa:fa-bug end;',
    "[1ex] starts with a bracket",
    "* starts with a star",
    "two -- dashes --- three, ?` and !`",
    "{{ 7 * 7 }} {% raw %} {# no #}",
    "über 中文 … × → ⊕",
)
"""Titles, notes and sources that would steer a format if they were not escaped."""


def data(network: Network) -> Context:
    """What a template reads of a network."""
    return context(network.spec, network.graph, network.values, network.check(conditions=False), "1.2.3")


@cache
def library_data(name: str) -> Context:
    """What a template reads of a network of the library."""
    return data(load(name))


def text_of(template: str, of: Context) -> str:
    """What a text makes as a template."""
    return render(TemplateText("test.j2", template), of)


def shipped(name: str, of: Context) -> str:
    """What a shipped template makes."""
    return render(find_template(name), of)


def hostile_data(text: str) -> Context:
    """What a template reads of a network that has a text at all places where people or model files write one."""
    paper = {"title": text, "authors": text, "year": 2020, "source": text, "doi": text}
    layers = [
        {"Dense": 4, "name": "first", "note": text},
        {"do": [{"Dense": {"units": 3, "activation": "relu"}}, {"Dense": 3}], "name": "part_1"},
    ]
    params = {"value": 5, "computed": 47, "because": text}
    spec = {"archc": 1, "name": text, "summary": text, "paper": paper, "input": [4], "layers": layers}
    made = data(loads({**spec, "expect": [{"source": text, "params": params}]}))
    hostile: Context = with_texts(made, text)
    return hostile


_NAMES = ("name", "kind", "word", "ops", "subject", "op", "text", "inputs", "layer", "path")


def with_texts(value: Any, text: str) -> Any:
    """The data with a text in the place of all names of layers, parts and ops."""
    if isinstance(value, tuple):
        return tuple(with_texts(item, text) for item in value)
    if not is_dataclass(value):
        return value
    changed: dict[str, Any] = {}
    for field in fields(value):
        old = getattr(value, field.name)
        is_name = field.name in _NAMES and not (isinstance(value, Box) and field.name == "kind")
        if is_name and isinstance(old, str):
            changed[field.name] = old and text
        elif is_name and isinstance(old, tuple) and all(isinstance(item, str) for item in old):
            changed[field.name] = tuple(text for _ in old)
        else:
            changed[field.name] = with_texts(old, text)
    return replace(value, **changed)  # type: ignore[type-var]
