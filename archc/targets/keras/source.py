"""Keras source of a network, as a person would have written it: with the structure of its spec, or a line a layer."""

from __future__ import annotations

from archc.codegen.heading import Heading
from archc.codegen.identifiers import Names
from archc.codegen.module import IMPORTED, SourceFile, copied, table
from archc.elaborate.expand import Settings
from archc.ir.graph import Graph
from archc.library.specs import Spec
from archc.targets.keras import flat_source as lines
from archc.targets.keras import network_function as network

_IMPORTS = ("import keras", "from keras import layers")


def structured(spec: Spec, graph: Graph, settings: Settings, heading: Heading) -> str:
    """A module whose functions are the spec's blocks.

    Args:
        spec: the network.
        graph: it, at its own values.
        settings: what a user set, which become defaults.
        heading: what the source says of itself.
    """
    functions, page = network.functions(spec, graph, settings, heading.function, heading.network)
    written = ["\n".join(function.lines()) for function in functions]
    written[-1:-1] = ["\n".join(table(made.name, made.choices)) for made in page.tables.values()]
    main = f"{functions[-1].name}().summary()"
    return SourceFile(heading.module, _IMPORTS, frozenset(page.used), tuple(written), main).text()


def flat(spec: Spec, graph: Graph, heading: Heading) -> str:
    """A module whose one function has a line a layer.

    Args:
        spec: the network.
        graph: it, at its own values.
        heading: what the source says of itself.
    """
    taken = {"keras", "layers", *IMPORTED, *copied()}
    name = Names(taken).give(heading.function)
    function, used = lines.function(graph, name, spec.name, heading.network, taken)
    return SourceFile(heading.module, _IMPORTS, frozenset(used), (function,), f"{name}().summary()").text()
