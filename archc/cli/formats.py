"""The forms in which `archc diff` writes what it found: several in one run, to standard output and to files."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from archc.atomic_file import check_writable, write_text
from archc.diagnostics import SpecError, did_you_mean, shortened
from archc.open_file import real_path

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

FORMS = ("text", "markdown", "github", "json", "html", "svg")
OF_TWO = ("html", "svg")
"""The forms of two networks alone."""
_TOGETHER = ({"text"}, {"markdown"}, {"github"}, {"json"}, {"html"}, {"svg"}, {"text", "github"})
"""The forms that standard output may hold at one time."""


class Output(NamedTuple):
    """One form, and the file that it goes to; None for standard output."""

    form: str
    path: Path | None


def complete_form(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The names of the forms."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(form) for form in FORMS if form.startswith(incomplete)]


def complete_classes(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The classes that can stand last in a list with commas."""
    from click.shell_completion import CompletionItem

    from archc.diff.classes import CLASSES

    before, comma, last = incomplete.rpartition(",")
    return [CompletionItem(f"{before}{comma}{each}") for each in (*CLASSES, "any") if each.startswith(last)]


def wants_json(arguments: Sequence[str]) -> bool:
    """Whether the arguments of a command ask for JSON on standard output."""
    after = pairwise(arguments)
    return bool({"--json", "--format=json"} & {*arguments}) or ("--format", "json") in after


def read_outputs(texts: Sequence[str], as_json: bool, sides: Sequence[str]) -> list[Output]:
    """The forms that options ask for; text where they ask for none.

    Args:
        texts: the values of `--format`: `FORM` or `FORM=FILE`.
        as_json: whether `--json` is among the options.
        sides: what is compared, which no output may replace.

    Raises:
        SpecError: a form is unknown, two do not go together, or a file cannot be written.
    """
    found = [_output(text) for text in texts] or ([] if as_json else [Output("text", None)])
    found += [Output("json", None)] if as_json else []
    printed = list(dict.fromkeys(output.form for output in found if output.path is None))
    if printed and {*printed} not in _TOGETHER:
        message = f"{' and '.join(f'`{form}`' for form in printed)} cannot both go to standard output"
        raise SpecError.of("usage", message, None, f"write one to a file: `--format {printed[-1]}=FILE`")
    named = [name for side in sides for name in (side, side.partition("?")[0])]
    taken = {str(real_path(name)) for name in named if os.path.exists(name)}
    for output in found:
        if output.path is not None:
            what = "is what is compared" if str(output.path) in taken else "is written twice"
            if str(output.path) in taken or [each.path for each in found].count(output.path) > 1:
                raise SpecError.of("usage", f"`{shortened(str(output.path), 200)}` {what}", None, "name another file")
            check_writable(output.path, force=True)
    return found


def _output(text: str) -> Output:
    form, equals, file = text.partition("=")
    if form not in FORMS:
        hint = did_you_mean(form, FORMS) or f"the formats are: {', '.join(FORMS)}"
        raise SpecError.of("usage", f"`{shortened(form)}` is not a format", None, hint)
    if equals and file in ("", "-"):
        hint = f"`--format {form}=FILE`, or `--format {form}` for standard output"
        raise SpecError.of("usage", f"`--format {shortened(text)}` names no file", None, hint)
    return Output(form, real_path(file) if equals else None)


def write_outputs(outputs: Sequence[Output], show: Mapping[str, Callable[[], None]]) -> None:
    """Writes each form to its place, those for standard output last.

    Args:
        outputs: where each form goes.
        show: prints a form, by its name.

    Raises:
        SpecError: a file cannot be written.
    """
    for output in outputs:
        if output.path is not None:
            write_text(output.path, _printed(show[output.form]), force=True)
    printed = dict.fromkeys(output.form for output in outputs if output.path is None)
    if "github" not in printed:
        for form in printed:
            show[form]()
        return
    if "text" in printed:
        click.echo(_without_commands(_printed(show["text"])))
    show["github"]()


def _printed(show: Callable[[], None]) -> str:
    """What a function prints, as to a pipe."""
    with redirect_stdout(io.StringIO()) as printed:
        show()
    return printed.getvalue()


def _without_commands(text: str) -> str:
    """The text where GitHub takes no line for a command: a name may look like one."""
    lines = [line.replace("::", ": :") if line.lstrip().startswith("::") else line for line in text.splitlines()]
    return "\n".join(lines).replace("##[", "# #[") + "\n"
