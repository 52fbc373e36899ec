"""The streams and signals of a process, as a shell gives them: closed, with few characters, ended from outside."""

from __future__ import annotations

import codecs
import io
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_TERMINATED = 143
"""The status that shells give a process that SIGTERM ended."""
_FORMS = {"×": "x", "–": "-", "—": "-", "−": "-", "…": "...", "→": "->", "≤": "<=", "≥": ">=", "·": "*", "’": "'"}
_BOXES = {**dict.fromkeys("─━═", "-"), **dict.fromkeys("│┃║", "|"), **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛╷╵", "+")}


@contextmanager
def standard_streams() -> Iterator[None]:
    """Makes the streams of the process ready for a command, and SIGTERM an end that leaves no files behind.

    A closed descriptor is opened on the null device: otherwise the next file that is opened would get its number, and
    with it what is written to that stream.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        _use_forms(stream)
    ours = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if ours:
        signal.signal(signal.SIGTERM, _terminated)
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _terminated(*_: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: a second one would cut the end short
    sys.exit(_TERMINATED)


# --- characters that a stream does not have ---


def _use_forms(stream: Any) -> None:
    """Makes a stream write an ASCII form of what its encoding lacks."""
    if isinstance(stream, io.TextIOWrapper):
        is_ascii = codecs.lookup(stream.encoding).name == "ascii"
        stream.reconfigure(encoding=_ASCII if is_ascii else None, errors=_FORM)


def _form(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    lacking = error.object[error.start : error.end]
    return "".join(_FORMS.get(character) or _BOXES.get(character, "?") for character in lacking), error.end


def _ascii_codec(name: str) -> codecs.CodecInfo | None:
    """ASCII by a name of its own: under the common one, click takes the stream for a mistake and writes UTF-8."""
    if name != _ASCII:
        return None
    known = codecs.lookup("ascii")
    return codecs.CodecInfo(
        known.encode,
        known.decode,
        incrementalencoder=known.incrementalencoder,
        incrementaldecoder=known.incrementaldecoder,
        name=_ASCII,
    )


_FORM, _ASCII = "archc_form", "archc_ascii"
codecs.register_error(_FORM, _form)
codecs.register(_ascii_codec)
