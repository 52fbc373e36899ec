"""What `archc check` found of a spec, kept for the next time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from archc import limits
from archc.analysis.facts import VERDICTS, CheckedFact, CheckedSpec
from archc.cache.answers import keep, known
from archc.cache.dependencies import Dependencies, names_now, sources_behind
from archc.cache.entries import NONE, typed
from archc.diagnostics import Diagnostic, Position, Related, SpecError
from archc.keras_files.kinds import is_model
from archc.language.sources import DISK
from archc.library.find import spec_file
from archc.library.paths import LIBRARY

if TYPE_CHECKING:
    from pathlib import Path

    from archc.library.specs import Spec

SettingTexts = Mapping[str, Sequence[str]]
"""The texts of the options that a user gave, by the names of the options."""


def known_check(folder: Path, label: str, settings: SettingTexts) -> CheckedSpec | None:
    """What an earlier check found of a spec; None where there was none, or anything has changed since.

    Args:
        folder: of the cache.
        label: a name or a path. Revisions of git, models and standard input are not kept.
        settings: what a user set.
    """
    found = None if is_model(label) else spec_file(label)
    if found is None:
        return None

    def read(entry: Any) -> CheckedSpec | None:
        names = names_now(*found, _dependencies(entry))
        return None if names is None else _checked(entry, names)

    with suppress(SpecError, ValueError):  # it is no path, or the current folder is not there any more
        return known(folder, _subject(found[0], settings), read)
    return None


def keep_check(folder: Path, settings: SettingTexts, specs: Sequence[Spec], checked: CheckedSpec) -> None:
    """Keeps what a check found of a spec, if all that it depends on are files of the disk.

    Args:
        folder: of the cache.
        settings: what a user set.
        specs: that of the network, and that of the network which it begins with the weights of.
        checked: what was found.
    """
    own = specs[0].document.source
    if own.path is None or own.files is not DISK:
        return
    read = {document.source: document for spec in specs for document in (spec.document, *spec.chain)}
    behind = sources_behind(own, read)
    if behind is None or not {source for spec in specs for source in spec.sources} <= {*behind[0]}:
        return  # a file has changed in between
    names = [source.file for source in behind[0]]
    with suppress(ValueError):  # a position is in none of these files
        if len({*names}) == len(names):
            keep(folder, _subject(own.path, settings), _entry(behind[1], checked, names))


def _subject(path: Path, settings: SettingTexts) -> list[Any]:
    """What an entry is about: a spec of the library is the same wherever the library is."""
    path = DISK.resolved(path)
    in_library = path.is_relative_to(LIBRARY)
    place = path.relative_to(LIBRARY).as_posix() if in_library else str(path)
    return ["check", in_library, place, {name: [*texts] for name, texts in settings.items()}]


# --- as JSON; a file is its number among those that the network depends on ---


def _entry(behind: Dependencies, checked: CheckedSpec, names: list[str]) -> dict[str, Any]:
    return {
        "texts": behind.texts,
        "references": [*map(list, behind.references)],
        "name": checked.name,
        "warnings": [
            [
                *(warning.code, warning.message, _written(warning.position, names), warning.hint),
                [[other.what, _written(other.position, names)] for other in warning.related],
                *(warning.excerpt, warning.about),
            ]
            for warning in checked.warnings
        ],
        "facts": [
            [
                *(fact.fact, fact.of, fact.documented, fact.computed, fact.verdict, fact.source, fact.because),
                *(_written(fact.at, names), fact.when),
            ]
            for fact in checked.facts
        ],
    }


def _written(at: Position | None, names: list[str]) -> list[int] | None:
    return None if at is None else [names.index(at.file), at.line, at.column]


def _checked(entry: dict[str, Any], names: list[str]) -> CheckedSpec:
    """What an entry holds, whoever wrote it.

    Raises:
        ValueError: it is none of `_entry`; or another error of a wrong type.
    """
    name = typed(entry["name"], str, NONE)
    warnings = tuple(_warning(names, *row) for row in entry["warnings"])
    return CheckedSpec(name, warnings, [_fact(names, *row) for row in entry["facts"]])


def _warning(
    names: list[str], code: Any, message: Any, at: Any, hint: Any, related: Any, excerpt: Any, about: Any
) -> Diagnostic:
    from archc.codes import CODES

    others = tuple(Related(typed(what, str), _position(there, names)) for what, there in related)
    position = None if at is None else _position(at, names)
    texts = (typed(text, str, NONE) for text in (hint, excerpt, about))
    made = Diagnostic(CODES[code].name, typed(message, str), position)
    return made._replace(related=others, **dict(zip(("hint", "excerpt", "about"), texts, strict=True)))


def _fact(
    names: list[str],
    fact: Any,
    of: Any,
    documented: Any,
    computed: Any,
    verdict: Any,
    source: Any,
    because: Any,
    at: Any,
    when: Any,
) -> CheckedFact:
    if verdict not in VERDICTS:
        raise ValueError("no verdict")
    of, source, because = (typed(text, str, NONE) for text in (of, source, because))
    values = None if when is None else {typed(name, str): _value(value) for name, value in when.items()}
    at = _position(at, names)
    return CheckedFact(typed(fact, str), of, _value(documented), _value(computed), verdict, source, because, at, values)


_LAST = limits.FILE_BYTES + 1
"""The last line or column that a file can have."""


def _position(value: Any, names: list[str]) -> Position:
    number, line, column = (typed(each, int) for each in value)
    if number < 0 or not (1 <= line <= _LAST and 1 <= column <= _LAST):
        raise ValueError("no position")
    return Position(names[number], line, column)


def _dependencies(entry: Any) -> Dependencies:
    references = [
        (typed(number, int), typed(name, str), typed(other, int)) for number, name, other in entry["references"]
    ]
    return Dependencies([typed(text, str) for text in entry["texts"]], references)


def _value(value: Any) -> Any:
    """A number, a text, a boolean or nothing; or a list of these, in which lists may be."""
    return [*map(_value, value)] if type(value) is list else typed(value, str, int, float, bool, NONE)
