"""What is drawn of a network, whatever is open."""

from __future__ import annotations

from collections.abc import Sequence

from archc.analysis.facts import CheckedFact
from archc.analysis.receptive_field import receptive_fields
from archc.ir.graph import Graph
from archc.pictures.cards import Notes, card, shared_items, worst_verdicts
from archc.pictures.drawn import drawn
from archc.pictures.options import Measure, PlotOptions
from archc.pictures.picture import Drawing
from archc.pictures.view import view


def network_drawing(graph: Graph, options: PlotOptions, facts: Sequence[CheckedFact] = ()) -> Drawing:
    """The tree of a network with its cards.

    Args:
        graph: its layers.
        options: what boxes tell, and the direction.
        facts: those whose verdicts are shown.
    """
    tree = view(drawn(graph))
    measures: tuple[Measure, ...] = tuple(one for one in options.show if one != "facts")
    notes = Notes(
        measures=measures,
        fields=receptive_fields(graph) if "field" in measures else {},
        verdicts=worst_verdicts(facts, graph.main),
        shared=shared_items(tree),
        names_outputs=len(graph.outputs) > 1,
    )
    return Drawing(tree, lambda item: card(item, notes), options.direction)
