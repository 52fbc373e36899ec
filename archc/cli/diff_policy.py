"""What makes `archc diff` fail: its options, and the settings of the repository, which the options precede."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import TypeVar

from archc.cli.repository_settings import RepositorySettings
from archc.diagnostics import SpecError, did_you_mean, printable
from archc.diff.classes import CLASSES, Class
from archc.report.diff import CostBudget
from archc.report.policy import Ignored, Policy

Value = TypeVar("Value")


def read_policy(failing: str | None, budget: str | None, settings: RepositorySettings | None) -> Policy:
    """The policy of a run.

    Args:
        failing: the value of `--fail-on`.
        budget: the value of `--budget`.
        settings: those of the repository.

    Raises:
        SpecError: a value cannot be parsed.
    """

    def read(option: str | None, key: str, setting: str | None, parse: Callable[[str | None], Value]) -> Value:
        """The value of an option, else of the settings; an error in the settings has its place."""
        try:
            return parse(setting if option is None else option)
        except SpecError as error:
            raise error if option is not None or settings is None else settings.located(error, (key,)) from None

    budgets = read(budget, "budget", settings and settings.budget, _budgets)
    classes = read(failing, "fail-on", settings and settings.fail_on, lambda text: _classes(text, budgets))
    if settings is None:
        return Policy(classes, budgets)
    ignore = []
    for number, (affected, layer) in enumerate(settings.ignore):
        try:
            ignore.append(Ignored(None if affected is None else _class(affected), layer))
        except SpecError as error:
            raise settings.located(error, ("ignore", number, "class")) from None
    return Policy(classes, budgets, ignore, settings.file)


def _classes(text: str | None, budgets: list[CostBudget]) -> list[Class]:
    """The classes that give status 1."""
    words = [word.strip() for word in ("any" if text is None else text).split(",")]
    wanted = {_class(word) for word in words if word != "any"}
    if "cost" in wanted and not budgets:
        raise SpecError.of("usage", "`cost` needs a budget", None, "`--budget params=+5%,macs=+10%`")
    if "any" in words:
        wanted |= {*CLASSES} - {"cosmetic"}
    return [each for each in CLASSES if each in wanted]


def _class(word: str) -> Class:
    found = next((each for each in CLASSES if each == word), None)
    if found is None:
        hint = did_you_mean(word, CLASSES) or f"the classes are: {', '.join(CLASSES)}"
        raise SpecError.of("usage", f"`{printable(word[:40])}` is not a class of change", None, hint)
    return found


def _budgets(text: str | None) -> list[CostBudget]:
    """The costs that may grow, and by how much."""
    found = []
    for part in text.split(",") if text else []:
        read = re.fullmatch(r"\s*(params|macs)=(\+?\d{1,6}(?:\.\d{1,6})?)%\s*", part)
        if read is None:
            message = f"`{printable(part[:40])}` is not a limit of a cost"
            raise SpecError.of("usage", message, None, "`--budget params=+5%,macs=+10%`")
        found.append(CostBudget(read[1], Fraction(read[2].lstrip("+")) / 100, f"{read[2]}%"))
    return found
