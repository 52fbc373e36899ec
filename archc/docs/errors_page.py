"""The codes of diagnostics as a page."""

from __future__ import annotations

from collections.abc import Iterator

from archc.codes import CODES, Code

_HEAD = """# Diagnostics

Each diagnostic has a code, a position and a hint. A code stays the same for all errors of its kind, in every version.
One run reports every error that does not follow from another error.

An error gives exit status 2; `internal`, a fault of archc, gives status 3. A *warning* is printed on standard error, is
in the JSON document as `warnings`, and does not change the exit status; with `--strict` it gives status 1.

This page is generated from `archc/codes.py`: `python -m archc.docs`.
"""


def errors_markdown() -> str:
    """The page as Markdown, a section for each code."""
    return "\n".join([_HEAD, *(line for code in CODES.values() for line in _section(code))])


def _section(code: Code) -> Iterator[str]:
    yield f"## {code.name}\n"
    yield f"{'Warning. ' if code.severity == 'warning' else ''}{code.summary}\n"
    if code.spec:
        yield f"```yaml wrong={code.name}\n{code.spec}```\n"
    if code.setting:
        yield f"Example: {code.setting}\n" if not code.spec else f"{code.setting}\n"
    yield f"What to do: {code.advice[0].upper()}{code.advice[1:]}.\n"
