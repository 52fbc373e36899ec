"""A network in a notebook: the picture with its parts closed, the totals, and the table of its parts."""

from __future__ import annotations

from archc.ir.graph import Graph
from archc.library.specs import Spec
from archc.notebook.markup import beside, element, heading, picture_markup, table_markup
from archc.pictures.options import PlotOptions
from archc.pictures.plot import network_picture
from archc.report.summary import summary_table, summary_totals


def network_markup(spec: Spec, graph: Graph) -> str:
    """A network as a fragment of HTML."""
    picture = network_picture(spec.name, graph, PlotOptions(levels=0))
    tables = [table_markup(summary_totals(graph)), table_markup(summary_table(graph, full=False), "layers and parts")]
    return element("div", heading(spec.name) + beside([picture_markup(picture), "".join(tables)]))
