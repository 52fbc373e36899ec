"""What a target is given to write source of."""

from __future__ import annotations

from typing import NamedTuple

from archc.codegen.heading import Heading
from archc.elaborate.expand import Settings
from archc.ir.graph import Graph
from archc.library.specs import Spec


class SourceRequest(NamedTuple):
    """A network, and how its source is to be written.

    Attributes:
        name: of the network.
        graph: the network at its own values.
        spec: the network, with the structure of its file.
        settings: what a user set beside the file.
        heading: what the source says about itself.
        flat: whether it is written a line a layer, where the target has both.
    """

    name: str
    graph: Graph
    spec: Spec
    settings: Settings
    heading: Heading
    flat: bool = False
