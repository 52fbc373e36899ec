"""Small specs for the tests, and what becomes of them."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent
from typing import Any

from archc import limits
from archc.collector import Collector
from archc.diagnostics import Diagnostic, SpecError
from archc.elaborate.expand import Settings
from archc.language.parser import parse
from archc.language.sources import Source, decode
from archc.language.value import Scope, StepLimit
from archc.library.specs import load_spec, resolve
from archc.network import Network, from_spec


def spec(layers: str, *, input: str = "[8, 8, 3]", **sections: str) -> str:  # noqa: A002 - the key of the language
    """A spec with these steps, and these sections before them."""
    text = "archc: 1\nname: a\n"
    if input:
        text += f"input: {input}\n"
    for key, value in sections.items():
        value = dedent(value).strip("\n")
        text += f"{key}:\n{indent(value, '  ')}\n" if "\n" in value or value.startswith("-") else f"{key}: {value}\n"
    return f"{text}layers:\n{indent(dedent(layers).strip(chr(10)), '  ')}\n"


def compile_text(text: str | Path, *, inputs: Any = None, outputs: tuple[str, ...] = (), **params: Any) -> Network:
    """The network of a text, or of a file.

    Raises:
        SpecError: it cannot be compiled.
    """
    collector = Collector()
    if isinstance(text, Path):
        found = load_spec(str(text), collector)
    else:
        try:
            content = text if len(text) <= limits.FILE_BYTES else decode(text.encode(), "a.yaml")
        except SpecError as error:
            collector.report(error)
            raise collector.error() from None
        found = resolve(Source("a.yaml", content, Path("/nowhere"), None), "a", collector)
    if found is None:
        raise collector.error()
    return from_spec(found, Settings(params, inputs or {}, outputs), collector)


def wrong(text: str | Path, **params: Any) -> list[Diagnostic]:
    """What is wrong with a spec; nothing where it compiles."""
    found: tuple[Diagnostic, ...] = ()
    try:
        compile_text(text, **params)
    except SpecError as error:
        found = error.diagnostics
    assert all(one.hint for one in found), found
    return list(found)


def codes(text: str | Path, **params: Any) -> list[str]:
    """The codes of what is wrong with a spec."""
    return [found.code for found in wrong(text, **params)]


def told(text: str | Path, **params: Any) -> list[tuple[int, int, str]]:
    """Line, column and code of what is wrong with a spec."""
    return [
        (found.position.line, found.position.column, found.code) for found in wrong(text, **params) if found.position
    ]


def names(network: Network) -> list[str]:
    """The names of the layers, in order."""
    return [node.name for node in network.graph.nodes]


def ops(network: Network) -> list[str]:
    """The ops of the layers, in order."""
    return [node.op.op_name for node in network.graph.nodes]


def expression_of(text: str, **values: Any) -> Any:
    """The value of an expression."""
    return parse(text).evaluate(Scope(values, StepLimit()))
