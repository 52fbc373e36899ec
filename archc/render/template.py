"""A text from a template and the data of a network; what is wrong with a template is a diagnostic at its line."""

from __future__ import annotations

import os
import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from traceback import walk_tb
from typing import NamedTuple

from jinja2 import Template, TemplateNotFound, TemplateSyntaxError
from jinja2.exceptions import SecurityError
from jinja2.utils import missing

from archc import limits
from archc.codes import CODES
from archc.diagnostics import Diagnostic, Position, SpecError, did_you_mean, one_line, printable, shortened
from archc.ir.naming import snake_case
from archc.open_file import open_file, relative_path
from archc.render.bounds import LimitError
from archc.render.context import Context
from archc.render.environment import TemplateEnvironment, UnknownNameError, UnknownWordError
from archc.render.filters import FILTERS
from archc.render.shipped import shipped_names, shipped_source


class TemplateText(NamedTuple):
    """A template as it is read.

    Attributes:
        file: its path.
        text: of the file.
    """

    file: str
    text: str


def is_template_file(name: str) -> bool:
    """Whether a text names a file, and not a shipped template."""
    return "/" in name or os.sep in name or name.endswith(".j2")


def find_template(name: str) -> TemplateText:
    """Reads a template: a file, by a path with a `/` or one that ends in `.j2`; else a shipped one, by its name.

    Raises:
        SpecError: there is no such template, or it cannot be read.
    """
    if not is_template_file(name):
        found = shipped_source(name)
        if found is None:
            raise _unknown_template(name, "`./FILE` or `FILE.j2` is a file")
        text, file, _ = found
        return TemplateText(file, text)
    with open_file(Path(name)) as opened:
        content = opened.read(limits.FILE_BYTES + 1)
    if len(content) > limits.FILE_BYTES:
        message = f"the template `{shortened(name)}` has more than {limits.FILE_BYTES:,} bytes"
        raise SpecError.of("template-limit", message, None, "take a part of it out")
    try:
        return TemplateText(name, content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise SpecError.of("not-text", f"the template `{shortened(name)}` is not UTF-8") from None


def render(template: TemplateText, data: Context) -> str:
    """The text that a template makes of a network.

    Raises:
        SpecError: the template is wrong, does what the sandbox refuses, or costs too much.
    """
    environment = TemplateEnvironment()
    variables = data.variables()
    try:
        code = environment.compile(template.text, filename=template.file)
        return Template.from_code(environment, code, environment.make_globals(None)).render(variables)
    except Exception as error:
        known = [*variables, *environment.globals]
        raise SpecError([_diagnostic(error, template, known)]) from None


class _Fault(NamedTuple):
    """What is wrong: a code, a message, a hint, and the word in the template's line."""

    code: str
    message: str
    hint: str | None
    word: str = ""


def _diagnostic(error: Exception, template: TemplateText, variables: list[str]) -> Diagnostic:
    fault = _fault(error, variables)
    found, line = _place(error, template)
    lines = found.text.splitlines()
    excerpt = lines[line - 1] if line <= len(lines) else ""
    match = re.search(rf"\b{re.escape(fault.word)}\b" if fault.word else r"\S", excerpt)
    position = Position(relative_path(Path(found.file)), line, 1 + (match.start() if match else 0))
    hint = fault.hint or CODES[fault.code].advice
    return Diagnostic(fault.code, one_line(fault.message), position, one_line(hint), excerpt=excerpt, about=fault.word)


def _place(error: Exception, template: TemplateText) -> tuple[TemplateText, int]:
    """The template and the line where an error is: the innermost line of a template that was run."""
    if isinstance(error, TemplateSyntaxError):
        file, line = error.filename or template.file, error.lineno
    else:
        frames = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
        shipped = {found[1] for found in map(shipped_source, shipped_names()) if found}
        file, line = [(template.file, 1), *(at for at in frames if at[0] in {template.file, *shipped})][-1]
    return (template if file == template.file else TemplateText(file, Path(file).read_text(encoding="utf-8"))), line


def _fault(error: Exception, variables: list[str]) -> _Fault:
    if isinstance(error, UnknownNameError):
        return _unknown_name(error, variables)
    if isinstance(error, UnknownWordError):
        message = f"there is no {error.kind} `{shortened(error.word)}`"
        hint = did_you_mean(error.word, error.known) or _other_words(error.kind)
        return _Fault("template-name", message, hint, error.word)
    if isinstance(error, TemplateNotFound):
        found = _unknown_template(str(error.name), "a template can include shipped templates alone").first
        return _Fault(found.code, found.message, found.hint, str(error.name))
    if isinstance(error, LimitError):
        return _Fault("template-limit", f"the template costs too much: {error.message}", None)
    if isinstance(error, RecursionError):
        return _Fault(
            "template-limit", "the template costs too much: it nests, or its macros call one another, too deeply", None
        )
    if isinstance(error, MemoryError | OverflowError):
        return _Fault(
            "template-limit", f"the template costs too much: {_words(error) or 'it needs too much memory'}", None
        )
    if isinstance(error, SecurityError):
        return _Fault("template", f"the sandbox refuses this: {_words(error)}", "templates read data, and nothing else")
    if isinstance(error, TemplateSyntaxError):
        return _Fault("template", f"the template cannot be read: {_words(error)}", None)
    if isinstance(error, SyntaxError):  # of Python, which jinja2 compiles to
        return _Fault("template-limit", f"the template costs too much: Python refuses its code: {error.msg}", None)
    return _Fault("template", f"the template cannot be run: {type(error).__name__}: {_words(error)}", None)


def _other_words(kind: str) -> str:
    own = f"archc's own are: {', '.join(sorted(FILTERS))}; " if kind == "filter" else ""
    return f"{own}https://jinja.palletsprojects.com/templates lists those of Jinja"


def _words(error: Exception) -> str:
    return shortened(str(getattr(error, "message", None) or error), 200).rstrip(".")


def _unknown_name(error: UnknownNameError, variables: list[str]) -> _Fault:
    name = str(error.name)
    owner = error.owner
    if owner is missing and name in variables:
        message = f"an imported template has no variable `{name}`"
        return _Fault("template-name", message, "import it `with context`", name)
    if owner is missing:
        subject, known = f"there is no variable `{shortened(name)}`", sorted(variables)
    elif is_dataclass(owner):
        known = [field.name for field in fields(owner)]
        words = snake_case(type(owner).__name__).replace("_", " ")
        subject = f"a {words} has no `{shortened(name)}`"
    else:
        known = [str(key) for key in owner] if hasattr(owner, "keys") else []
        what = {str: "a text", int: "a number", float: "a number", tuple: "a list", list: "a list", type(None): "none"}
        subject = f"{what.get(type(owner), 'a mapping' if known else 'this value')} has no `{shortened(name)}`"
    listed = f"there are: {', '.join(known)}" if known else None
    return _Fault("template-name", subject, did_you_mean(name, known) or listed, name)


def _unknown_template(name: str, otherwise: str) -> SpecError:
    known = shipped_names()
    hint = did_you_mean(name, known) or f"the templates are: {', '.join(known)}; {otherwise}"
    message = f"archc has no template `{printable(shortened(name))}`"
    return SpecError.of("unknown-template", message, None, hint, about=name)
