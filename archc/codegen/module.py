"""A module of generated source: what it is written of, and its text from the docstring to what it does as a script."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from archc.codegen.heading import Heading
from archc.codegen.printer import printed
from archc.codegen.tree import docstring
from archc.elaborate.expand import Settings
from archc.ir.graph import Graph
from archc.library.specs import Spec


class SourceRequest(NamedTuple):
    """The input of a target that writes source: a network, and how it is written.

    Attributes:
        graph: the network at its own values.
        spec: the network, with the structure of its file.
        settings: what a user set on the command line or in a call.
        flat: whether it is written a line a layer, where the target has both.
    """

    name: str
    graph: Graph
    spec: Spec
    settings: Settings
    heading: Heading
    flat: bool = False


def module_source(
    heading: Sequence[str],
    imports: Iterable[Sequence[str]],
    definitions: Iterable[ast.stmt | str],
    main: ast.expr,
) -> str:
    """The text of a module.

    Args:
        heading: the lines of the module's docstring.
        imports: those of Python's own modules, then those of packages; a line each.
        definitions: the functions, classes and constants in order; a text is copied as it is.
        main: what the module does as a script.
    """
    top = [list(printed(docstring(heading))), *map(_sorted, imports)]
    parts = [
        "\n\n".join("\n".join(lines) for lines in top if lines),
        *(part if isinstance(part, str) else "\n".join(printed([part])) for part in definitions),
        "\n".join(['if __name__ == "__main__":', *printed([ast.Expr(main)], 4)]),
    ]
    return "\n\n\n".join(parts) + "\n"


def _sorted(lines: Sequence[str]) -> list[str]:
    """Imports as ruff sorts them: modules before names from modules."""
    return sorted(lines, key=lambda line: (not line.startswith("import"), line))
