"""A spec as git compares it: a line a layer."""

from __future__ import annotations

from archc.collector import Collector
from archc.diagnostics import SpecError, printable
from archc.elaborate.expand import Settings
from archc.language.sources import decode
from archc.library.specs import resolve
from archc.library.texts import alone
from archc.network import from_spec
from archc.report.lines import lines

_LABEL = "this file"


def layer_lines(content: bytes) -> bytes:
    """The network of a spec, a line a layer; a file without a network unchanged, after a line that says why.

    What the spec extends and uses is read from the library alone: git gives an earlier version of a file without the
    files beside it, and the later version must be read in the same way.
    """
    collector = Collector()
    try:
        spec = resolve(alone(decode(content, _LABEL), _LABEL), _LABEL, collector)
        if spec is None:
            raise collector.error()
        network = from_spec(spec, Settings(), collector, allow_unused=True)
        shown = lines(network.spec, network.graph, network.values, network.check(), network.features.values())
    except SpecError as error:
        return _reason(error) + content
    return "".join(f"{line}\n" for line in shown).encode(errors="backslashreplace")


def _reason(error: SpecError) -> bytes:
    """The line above a file that is shown unchanged."""
    first, *others = error.diagnostics
    line = f"line {first.position.line}: " if first.position and first.position.file == _LABEL else ""
    more = f" (and {len(others)} more)" if others else ""
    text = printable(f"# archc shows the file itself: {first.code}: {line}{first.message}{more}").replace("\n", " ")
    return text.encode(errors="backslashreplace") + b"\n"
