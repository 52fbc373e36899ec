"""`archc git text`: a spec as git compares it."""

from __future__ import annotations

import os
from pathlib import Path

from archc.diagnostics import SpecError, printable

_NOWHERE = Path(os.devnull)  # no file is in it
_LABEL = "this file"


def content(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        SpecError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        message = f"`{printable(str(path))}` cannot be read: {(error.strerror or str(error)).lower()}"
        raise SpecError.of("unreadable", message) from None


def text(held: bytes) -> bytes:
    """The network of a spec, line by line; a file that holds none as it stands, after a line that says why.

    What the spec extends and uses is that of the library alone: git gives an earlier state of a file without the files
    that were beside it, and a later state must not be read otherwise.
    """
    from archc.collector import Collector
    from archc.diagnostics import SpecError
    from archc.elaborate.expand import Settings
    from archc.language.sources import Source, decode
    from archc.library.specs import resolve
    from archc.network import from_spec
    from archc.report.lines import lines

    collector = Collector()
    try:
        spec = resolve(Source(_LABEL, decode(held, _LABEL), _NOWHERE, None), _LABEL, collector)
        if spec is None:
            raise collector.error()
        network = from_spec(spec, Settings(), collector)
        shown = lines(network.spec, network.graph, network.values, network.check())
    except SpecError as error:
        first, *others = error.diagnostics
        line = f"line {first.position.line}: " if first.position and first.position.file == _LABEL else ""
        more = f" (and {len(others)} more)" if others else ""
        return _as_it_stands(held, first.code, f"{line}{first.message}{more}")
    return "".join(f"{line}\n" for line in shown).encode(errors="backslashreplace")


def _as_it_stands(held: bytes, code: str, message: str) -> bytes:
    first = printable(f"# archc shows the file itself: {code}: {message}").replace("\n", " ")
    return first.encode(errors="backslashreplace") + b"\n" + held
