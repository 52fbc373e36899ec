"""How a command ends that could not: at a fault of archc, and where its output cannot be written."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

import click

import archc
from archc.cli.options import print_diagnostics, print_json
from archc.codes import CODES
from archc.diagnostics import Diagnostic, reason_of
from archc.report.messages import diagnostics_json


def end_at(error: Exception, *, as_json: bool) -> int:
    """Says what ended the command; the exit status: 2 where the output cannot be written, 3 at a fault of archc."""
    if isinstance(error, OSError) and error.filename is None:  # no file: it is standard output that refuses
        return end_without_output(reason_of(error))
    if os.environ.get("ARCHC_DEBUG"):
        traceback.print_exception(error)
    message = f"this is a fault of archc: {type(error).__name__} in {_place(error)}"
    hint = CODES["internal"].advice
    if as_json:
        print_json(diagnostics_json([Diagnostic("internal", message, hint=hint)]))
    else:
        print_diagnostics([Diagnostic("internal", f"{message}; {hint}")])
    return 3


def end_at_usage(error: click.UsageError) -> int:
    """Prints as JSON which option or argument is wrong; the exit status."""
    hint = f"`{error.ctx.command_path} --help`" if error.ctx is not None else None
    print_json(diagnostics_json([Diagnostic("usage", error.format_message(), hint=hint)]))
    return error.exit_code


def end_without_output(reason: str) -> int:
    """Says that standard output cannot be written, and keeps Python from trying again; the exit status."""
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    print_diagnostics([Diagnostic("unwritable", f"standard output cannot be written: {reason}")])
    return 2


def _place(error: Exception) -> str:
    """The innermost line of archc that an error passed: `archc/diff/outline.py:40`."""
    package = Path(archc.__file__).parent
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if package in Path(frame.filename).parents]
    return f"{Path(frames[-1].filename).relative_to(package.parent).as_posix()}:{frames[-1].lineno}" if frames else "?"
