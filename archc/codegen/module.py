"""A module of generated source: its docstring and imports, what it defines, and what it does as a script."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from archc.codegen.printer import printed
from archc.codegen.tree import docstring


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
        definitions: the functions, classes and constants in order; what is a text stands as it is.
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
