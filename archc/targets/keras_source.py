"""Keras source of a network, as a person would have written it: with the structure of its spec, or a line a layer."""

from __future__ import annotations

from archc.ir.graph import Graph
from archc.spec.expand import Settings
from archc.spec.library import Spec
from archc.targets import source_network
from archc.targets.source_module import Module, table

_IMPORTS = ("import keras", "from keras import layers")


def structured(
    spec: Spec, graph: Graph, settings: Settings, name: str, heading: tuple[str, ...], docstring: tuple[str, ...]
) -> str:
    """A module whose functions are the spec's blocks.

    Args:
        spec: the network.
        graph: it, at its own values.
        settings: what a user set, which become defaults.
        name: of the function that makes the model.
        heading: the lines of the module's docstring.
        docstring: of that function.
    """
    functions, page = source_network.functions(spec, graph, settings, name, docstring)
    written = ["\n".join(function.lines()) for function in functions]
    written[-1:-1] = ["\n".join(table(made.name, made.choices)) for made in page.tables.values()]
    main = f"{functions[-1].name}().summary()"
    return Module(heading, _IMPORTS, frozenset(page.used), tuple(written), main).text()
