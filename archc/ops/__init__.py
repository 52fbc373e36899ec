"""The ops of the language: one file for each family, one class for each op, found by scanning this folder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path

from archc.ir.op import Op

# An op's parent is `Op`, `Elementwise`, `Weightless` or an abstract op of its family, which begins with an underscore;
# that of a word which stands for several layers is `SeveralOutputs`.
_HEADING = re.compile(r"\nclass ([A-Z]\w*)\((Op|Elementwise|Weightless|SeveralOutputs|_\w+)\):\n")


class Registry(Mapping[str, type[Op]]):
    """Every op by its word in a spec, in the order of the files and of the classes in each.

    The names are read from the text of the files, and a family is imported when one of its ops is needed: to define a
    class takes about a millisecond, and a network needs few of them.
    """

    def __init__(self, modules: Mapping[str, str]) -> None:
        self._modules = modules
        self._found: dict[str, type[Op]] = {}

    def __getitem__(self, name: str) -> type[Op]:
        op = self._found.get(name)
        if op is None:
            op = self._found[name] = getattr(import_module(self._modules[name]), name)
        return op

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __len__(self) -> int:
        return len(self._modules)

    def __contains__(self, name: object) -> bool:
        return name in self._modules


@cache
def registry() -> Registry:
    """The ops of this folder, each of which a layer may have."""
    return Registry({name: module for name, module, parent in _headings() if parent != "SeveralOutputs"})


@cache
def vocabulary() -> Registry:
    """The ops, and the words that stand for several layers, as steps write them."""
    return Registry({name: module for name, module, _ in _headings()})


@cache
def _headings() -> list[tuple[str, str, str]]:
    """The name of each op or word, its module, and its parent."""
    return [
        (name, f"{__name__}.{file.stem}", parent)
        for file in sorted(Path(__file__).parent.glob("*.py"))
        for name, parent in _HEADING.findall(file.read_text(encoding="utf-8"))
    ]
