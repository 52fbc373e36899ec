"""What the functions of one generated module share: their names, what they need, what their parameters stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from archc.codegen.identifiers import Names
from archc.codegen.kinds import Kind, common
from archc.codegen.layout import Code, call
from archc.codegen.literals import quoted
from archc.codegen.module import IMPORTED, copied
from archc.ir.graph import Graph
from archc.language.steps import UseParameter, steps_within
from archc.targets.keras.structure import Section, chosen, counted


class Table(NamedTuple):
    """A constant from the choices of a parameter to their functions."""

    name: str
    choices: tuple[tuple[str, str], ...]


class Page:
    """What the functions of one module share.

    Attributes:
        graph: of the network at its own values.
        names: that the module gives.
        functions: the name of each function.
        parameters: the variables of parameters by the names of the spec.
        handed: the parameters that functions have beside the spec's: `names`, `batch`, `name` and `prefix`.
        kinds: of each function, what its parameters stand for, as far as its uses tell.
        inputs: the variables of the network's inputs.
        used: the modules and functions that the code needs.
        tables: the constants.
    """

    def __init__(self, sections: list[Section], function: str, graph: Graph) -> None:
        self.graph = graph
        self.names = Names({"keras", "layers", "x", "inputs", *IMPORTED, *copied()})
        self.functions: dict[Section, str] = {}
        for section in reversed(sections):
            word = function if section.block is None else section.block.name
            self.functions[section] = self.names.give(word)
        self.parameters = _parameters(sections, self.names.taken)
        self.handed = _handed(sections, self.parameters, self.names.taken)
        self.kinds: dict[Section, dict[str, Kind]] = {section: {} for section in sections}
        self.inputs: list[Code] = []
        self.used: set[str] = set()
        self.tables: dict[tuple[tuple[str, str], ...], Table] = {}
        for section in sections:
            for step in steps_within(section.layers):
                if isinstance(step.head, UseParameter) and set(chosen(step.head, section)) <= set(section.uses):
                    self.table(step.head, section)
        self.counts = dict.fromkeys(counted(sections), 0)

    def use(self, name: str) -> None:
        """Remembers that the code needs a module or a function."""
        self.used.add(name)

    def tell(self, section: Section, parameter: str, kind: Kind) -> None:
        """Remembers what one use of a function hands to a parameter."""
        known = self.kinds[section].get(parameter)
        self.kinds[section][parameter] = kind if known is None else common(known, kind)

    def table(self, head: UseParameter, section: Section) -> str:
        """The constant from the choices of a parameter to their functions."""
        key = tuple((word, self.functions[section.uses[word]]) for word in chosen(head, section))
        if key not in self.tables:
            self.tables[key] = Table(self.names.give(f"{head.parameter}s".upper()), key)
        return self.tables[key].name

    def automatic_name(self, word: str, counter: str) -> Code:
        """The name that Keras gives to a layer without one: as it stands where that is certain, else counted."""
        if word in self.counts:
            number = self.counts[word]
            self.counts[word] = number + 1
            return quoted(f"{word}_{number}" if number else word)
        self.use("automatic_name")
        return call("automatic_name", [counter, quoted(word)])


def _parameters(sections: list[Section], taken: Iterable[str]) -> dict[str, str]:
    """The variables of parameters by their names, the same in all functions: one parameter may choose between them."""
    names = Names(taken)
    words = dict.fromkeys(name for section in sections for name in section.params)
    return {word: names.give(word) for word in words}


def _handed(sections: list[Section], parameters: Mapping[str, str], taken: Iterable[str]) -> dict[str, str]:
    """The parameters beside the spec's, each clear of the names of all functions that have it."""
    having: dict[str, list[Section]] = {
        "names": [section for section in sections if section.numbered],
        "batch": [section for section in sections if section.batch],
        "name": [section for section in sections if section.handed == "name"],
        "prefix": [section for section in sections if section.handed == "prefix"],
    }
    handed = {}
    for word, found in having.items():
        own = [parameters[name] for section in found for name in section.params]
        inputs = [name for section in found for name in section.inputs]
        handed[word] = Names({*taken, *own, *inputs}).give(word)
    return handed
