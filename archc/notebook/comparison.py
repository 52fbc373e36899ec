"""Two networks compared in a notebook: why they differ, the picture, the verdicts, and the layers that differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from archc.diff.compare import Diff

if TYPE_CHECKING:
    from archc.pictures.plot import Picture
    from archc.report.diff import DiffSide


class NetworkDiff(Diff):
    """Two networks compared, with their names.

    Attributes:
        sides: the names of the networks and the values of their parameters.
    """

    sides: tuple[DiffSide, DiffSide]

    @classmethod
    def of(cls, found: Diff, left: DiffSide, right: DiffSide) -> Self:
        """The same with names."""
        made = cls._make(found)
        made.sides = left, right
        return made

    def __bool__(self) -> bool:  # mypy looks for it in the class itself
        return super().__bool__()

    def plot(self, *, theme: str = "auto") -> Picture:
        """A picture of both networks side by side, which a notebook shows and `write` puts into a file.

        Args:
            theme: `auto`, `light` or `dark`.

        Raises:
            SpecError: there is no such theme.
        """
        from archc.pictures.options import plot_options
        from archc.pictures.plot import comparison_picture

        options = plot_options("blocks", None, "tb", theme, ())
        left, right = self.sides
        return comparison_picture((left.name, right.name), self, options.theme)

    def _repr_html_(self) -> str:
        from archc.notebook.markup import element, heading, lines, picture_markup, table_markup
        from archc.report.diff import class_verdicts, diff_heading, diff_table, diff_totals

        title, *why = diff_heading(*self.sides, self)
        parts = [heading(title), lines([line.strip() for line in why]), picture_markup(self.plot())]
        parts += [table_markup(table) for table in (diff_totals(self), class_verdicts(self, ()))]
        if self.has_changes:
            parts.append(table_markup(diff_table(self, 1, full=False), "layers that differ"))
        return element("div", "".join(parts))
