"""Mutated specs: compiled, checked and written as source in three forms; nothing but a `SpecError` with positions."""

from __future__ import annotations

import ast
import re
import resource
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from random import Random

from archc import limits
from archc.collector import Collector
from archc.diagnostics import Diagnostic, SpecError, printable
from archc.elaborate.expand import Settings
from archc.language.sources import Source, decode
from archc.library.paths import LIBRARY
from archc.library.specs import resolve
from archc.network import from_spec
from archc.ops import registry
from archc.report.messages import diagnostic_text
from tests.fuzz.outcome import Case, Outcome

_MEMORY = 1 << 30
_SECONDS = 4.0  # of CPU: twice what a refused spec may take
_MESSAGE = 2000  # characters
_LAYERS = 3000  # of networks that are written as source: longer ones take their time rightly
_PIECES = (
    "$x", "$(x.channels)", "$(1/0)", "$(", ")", "$$", "[]", "{}", "null", "true", ".inf", "-1", "0", "1e400", "2**53",
    "9007199254740991", "9007199254740992", "'", '"', "&a ", "*a", "!!int ", "<<: ", "---", "\t", "\u2028", "\x85",
    "\ufeff",
    "\u202e", "é", "$(range(9)[i])", "$('a' * 99999)", "$([x, x])", "for: i in range(3)", "when: $(i > 1)", "else: []",
    "as: [a, b]", "from: [x, x]", "share: s", "share_inside: s", "output: o", "name: n$(i)", "prefix: p",
    "shape: [8, 8, 8]", "do: []", "let: {a: $x}", "side: [ReLU]", "$unit", "$row.unit", "any", "{type: any}",
    "use: {vgg16: [vgg16]}", "- vgg16: {outputs: [block1_pool]}", "outputs: [stem]", "$(s)",
    "changes: {C1: {Conv2D: {filters: 3}}}", "initialize: {from: vgg11, layers: [fc1, predictions]}",
    "sweep: {classes: 1..9, w: 0.1..5:log}", "from: vgg19", "as: s$(i)", "$(s[i])", "unused: warn",
    "when: {classes: 3}", "tolerance: 1%", "- []", "- ", "# ", ": ", ", ",
    "\n", "  ",
)  # fmt: skip
_EFFORT = 30  # characters of a text that take about as long as a layer of its network
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[A-Za-z_]\w*")


def prepare(_folder: Path) -> Case:
    """Specs of the library, and those of the tests that are wrong already."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    tests = Path(__file__).parents[1] / "elaborate"
    paths = (*sorted(LIBRARY.glob("*/*.yaml")), *sorted(tests.rglob("*.yaml")))
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in paths]
    effort = {text: len(text) + _EFFORT * _layer_count(text) for text in texts}
    words = sorted({*registry(), *(word for text in texts for word in _WORD.findall(text))})

    def case(random: Random) -> Outcome:
        text = min(random.sample(texts, 3), key=effort.__getitem__)  # small ones are quick, and more of them are tried
        for _ in range(random.choice((1, 1, 1, 2, 3, 8))):
            text = _mutated(text, random, texts, words)
        return _outcome(text)

    return case


def _layer_count(text: str) -> int:
    """How many layers the network of a text has; 0 where it has none."""
    collector = Collector()
    try:
        spec = resolve(Source("fuzz.yaml", text, LIBRARY / "vgg", None), "fuzz.yaml", collector)
        return 0 if spec is None else len(from_spec(spec, Settings(), collector).graph.nodes)
    except SpecError:
        return 0


# --- mutations ---


def _mutated(text: str, random: Random, texts: list[str], words: list[str]) -> str:
    """The text with one change."""
    lines = text.split("\n")
    at = random.randrange(len(lines))
    place = random.randrange(len(text) + 1)
    match random.randrange(11):
        case 0:
            del lines[at]
        case 1:
            lines.insert(random.randrange(len(lines) + 1), lines[at])
        case 2:
            other = random.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            lines[at] = " " * random.randrange(9) + lines[at].lstrip()
        case 4:
            other_lines = random.choice(texts).split("\n")
            start = random.randrange(len(other_lines))
            lines[at:at] = other_lines[start : start + random.randrange(1, 9)]
        case 5:
            return _replaced(
                text, _NUMBER, random, [*_PIECES, str(random.randrange(99)), str(2 ** random.randrange(70))]
            )
        case 6 | 7:
            return _replaced(text, _WORD, random, words)
        case 8:
            return text[:place] + random.choice(_PIECES) + text[place:]
        case 9:
            return text[:place] + text[place + random.randrange(1, 12) :]
        case _:
            lines[at] = lines[at] + random.choice(_PIECES)
    return "\n".join(lines)


def _replaced(text: str, pattern: re.Pattern[str], random: Random, values: list[str]) -> str:
    """The text with one match of a pattern replaced by one of several values."""
    found = list(pattern.finditer(text))
    if not found:
        return text
    chosen = random.choice(found)
    return text[: chosen.start()] + random.choice(values) + text[chosen.end() :]


# --- what must hold ---


def _outcome(text: str) -> Outcome:
    content, began = text.encode(errors="surrogatepass"), time.process_time()
    refused, faults = False, list[str]()
    try:
        faults += _written(content)
    except SpecError as error:
        refused = True
        faults += _complaints(error, content)
    except Exception:
        faults.append(traceback.format_exc(limit=-3))
    if (seconds := time.process_time() - began) > _SECONDS and refused:
        faults.append(f"{seconds:.1f} s of CPU")
    return Outcome(content, refused, "; ".join(faults) or None)


def _written(content: bytes) -> Iterator[str]:
    """Compiles a spec and writes it in three forms; what is wrong with these.

    Raises:
        SpecError: it cannot be compiled.
    """
    collector = Collector()
    source = Source("fuzz.yaml", decode(content, "fuzz.yaml"), LIBRARY / "vgg", None)
    spec = resolve(source, "fuzz.yaml", collector)
    if spec is None:
        raise collector.error()
    network = from_spec(spec, Settings(), collector)
    network.check()
    network.staged_start()
    faults = []
    for target, flat in (("python", False), ("python", True), ("torch", False)):
        if len(network.graph.nodes) > _LAYERS:
            break
        try:
            ast.parse(network.source(target, flat=flat))
        except SpecError as error:
            faults += [f"{target}: {fault}" for fault in _complaints(error, content)]
        except SyntaxError as error:
            faults.append(f"{target}: {error}")
    return iter(faults)


def _complaints(error: SpecError, content: bytes) -> Iterator[str]:
    """What is wrong with the diagnostics of an error."""
    lines = re.split("\r\n|[\r\n\x85\u2028\u2029]", content.decode("utf-8-sig", "replace"))
    for found in error.diagnostics:
        yield from (f"{fault}: {found.code} {found.message[:200]!a}" for fault in _complaint(found, lines))


def _complaint(found: Diagnostic, lines: list[str]) -> Iterator[str]:
    at = found.position
    if at is not None and at.file == "fuzz.yaml":
        if not 1 <= at.line <= len(lines):
            yield f"line {at.line} of {len(lines)}"
        elif not 1 <= at.column <= len(lines[at.line - 1]) + 2:
            yield f"column {at.column} of {len(lines[at.line - 1])}"
    if len(found.message) > _MESSAGE or len(found.hint or "") > _MESSAGE:
        yield "a long message"
    if "object at 0x" in found.message or "<lambda>" in found.message:
        yield "an object in a message"
    shown = diagnostic_text(found, color=False)
    if printable(shown) != shown:
        yield "characters that are not printable"
    if len(shown) > limits.ITEMS:
        yield "a long text"
