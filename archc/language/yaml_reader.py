"""YAML 1.2 into plain data with positions. It trusts nobody: see `limits`.

The text is read as events, so that depth, size and aliases are bounded before anything is built.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from archc import limits
from archc.collector import Collector
from archc.diagnostics import Poisoned, Position, SpecError, printable
from archc.language.sources import DISK, Files


class Source(NamedTuple):
    """A text and where it came from.

    Attributes:
        file: the name that messages use.
        text: the content.
        folder: where `extends` and `use` look first.
        path: the file itself, resolved; None for standard input.
        files: where `folder` is.
    """

    file: str
    text: str
    folder: Path
    path: Path | None
    files: Files = DISK


class Broken:
    """Stands for a value that could not be read, and is silent about it."""

    def evaluate(self, _scope: object) -> Any:
        """Nothing, in any scope."""
        raise Poisoned

    def names(self) -> Iterator[tuple[str, Position]]:
        """Nothing is read."""
        return iter(())


BROKEN = Broken()


class Map(dict[str, Any]):
    """A YAML mapping.

    Attributes:
        at: where it begins.
        keys_at: where each key stands.
        values_at: where each value begins.
        texts: what was written for a scalar that is not a text (`1e-5` for 0.00001).
        broken: whether YAML cut an expression in it, so that its keys are not what somebody meant.
    """

    __slots__ = ("at", "broken", "keys_at", "texts", "values_at")

    def __init__(self, at: Position) -> None:
        self.at = at
        self.keys_at: dict[str, Position] = {}
        self.values_at: dict[str, Position] = {}
        self.texts: dict[str, str] = {}
        self.broken = False

    def text(self, key: str) -> Any:
        """The value as it was written, where it is a scalar."""
        return self.texts.get(key, self[key])

    def renamed(self, key: str, meant: str) -> Map:
        """The mapping with a key under another name."""
        made = Map(self.at)
        for old in self:
            made.take(self, old, meant if old == key else old)
        return made

    def without(self, key: str) -> Map:
        """The mapping without a key."""
        made = Map(self.at)
        for kept in self:
            if kept != key:
                made.take(self, kept, kept)
        return made

    def take(self, other: Map, key: str, name: str) -> None:
        """Takes an entry of another mapping, with its places, under a name."""
        self[name] = other[key]
        self.keys_at[name], self.values_at[name] = other.keys_at[key], other.values_at[key]
        if key in other.texts:
            self.texts[name] = other.texts[key]


class Seq(list[Any]):
    """A YAML sequence.

    Attributes:
        at: where it begins.
        items_at: where each item begins.
        broken: whether YAML cut an expression in it, so that its items are not what somebody meant.
    """

    __slots__ = ("at", "broken", "items_at")

    def __init__(self, at: Position) -> None:
        self.at = at
        self.items_at: list[Position] = []
        self.broken = False


_INTEGER = re.compile(r"[-+]?[0-9]+(?:_[0-9]+)*|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
_NUMERIC = frozenset("-+.0123456789")
_PARSER: Any = getattr(yaml, "CLoader", yaml.Loader)


def scalar(text: str) -> Any:
    """The value of a plain scalar by YAML 1.2's core schema; integers may have `_` between digits.

    Raises:
        SpecError: the number is not finite or not below 2^53.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC:
        return text
    if _INTEGER.fullmatch(text):
        digits = text.replace("_", "")
        value = int(digits, 0 if digits[:2] in ("0o", "0x") else 10) if len(digits) < 64 else limits.INTEGER + 1
        if abs(value) > limits.INTEGER:
            raise SpecError.of("too-large", "an integer must be below 2^53")
        return value
    if _NOT_FINITE.fullmatch(text) or (_FLOAT.fullmatch(text) and abs(float(text)) == float("inf")):
        raise SpecError.of("not-finite", f"`{text[:40]}` is not a finite number")
    return float(text) if _FLOAT.fullmatch(text) else text


def unclosed(text: str) -> int | None:
    """Where a `$(` begins that has no end in `text`: YAML cut it at a comma or a bracket."""
    start = text.find("$(")
    while start >= 0:
        depth, quote = 0, ""
        for index in range(start + 1, len(text)):
            char = text[index]
            if quote:
                quote = "" if char == quote else quote
            elif char in "'\"":
                quote = char
            elif char in "([{":
                depth += 1
            elif char in ")]}":
                depth -= 1
                if depth == 0:
                    break
        else:
            return start
        start = text.find("$(", index)
    return None


_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # YAML's own
_QUOTE_IT = 'put the whole text in quotes: "$(…)"'


class _Reader:
    """One pass over the events of one document."""

    def __init__(self, source: Source, collector: Collector) -> None:
        self.file = source.file
        self.collector = collector
        self.nodes = 0
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.open_anchors: set[str] = set()
        self.events: Iterator[Any] = yaml.parse(source.text, Loader=_PARSER)
        self.cut: Any = None  # where the last expression begins that YAML cut; None, or a position

    def at(self, mark: Any) -> Position:
        return Position(self.file, mark.line + 1, mark.column + 1)

    def document(self) -> Any:
        """The only document of the text; None where the text is empty."""
        value = None
        seen = False
        for event in self.events:
            kind = type(event)
            if kind is yaml.DocumentStartEvent:
                if seen:
                    raise SpecError.of("several-documents", "a spec is one YAML document", self.at(event.start_mark))
                seen = True
                value = self.value(next(self.events), 1)
        return value

    def value(self, event: Any, depth: int) -> Any:
        kind = type(event)
        at = self.at(event.start_mark)
        self.count(1, at)
        if kind is yaml.AliasEvent:
            return self.alias(event, at)
        if event.tag is not None and event.tag != "!":
            raise SpecError.of("tag", f"YAML tags such as `{printable(event.tag[:40])}` are not part of a spec", at)
        if depth > limits.DEPTH:
            raise SpecError.of("too-deep", f"YAML nests deeper than {limits.DEPTH} levels", at)
        before = self.nodes
        if event.anchor:
            self.open_anchors.add(event.anchor)
        if kind is yaml.ScalarEvent:
            value = self.scalar(event, at)
        elif kind is yaml.MappingStartEvent:
            value = self.mapping(at, depth, bool(event.flow_style))
        else:
            value = self.sequence(at, depth, bool(event.flow_style))
        if event.anchor:
            self.open_anchors.discard(event.anchor)
            self.anchors[event.anchor] = value, self.nodes - before
        return value

    def count(self, nodes: int, at: Position) -> None:
        self.nodes += nodes
        if self.nodes > limits.YAML_NODES:
            message = (
                f"the spec has more than {limits.YAML_NODES:,} nodes of YAML, each alias counted as what it stands for"
            )
            raise SpecError.of("too-large", message, at)

    def alias(self, event: Any, at: Position) -> Any:
        if event.anchor in self.open_anchors:
            raise SpecError.of("alias", f"`*{event.anchor}` stands inside of what it names", at)
        if event.anchor not in self.anchors:
            raise SpecError.of("alias", f"`*{event.anchor}` names nothing that came before", at)
        value, nodes = self.anchors[event.anchor]
        self.count(nodes, at)
        return value

    def scalar(self, event: Any, at: Position) -> Any:
        text: str = event.value
        plain = event.implicit[0]
        if plain:
            try:
                value = scalar(text)
            except SpecError as error:
                self.collector.report(error, at)
                return BROKEN
        else:
            value = text
        if type(value) is str and "$(" in value and (start := unclosed(value)) is not None:
            self.cut = at._replace(column=at.column + start + (not plain))
        return value

    def sequence(self, at: Position, depth: int, flow: bool) -> Seq:
        result = Seq(at)
        outer, self.cut = self.cut, None
        for event in self.events:
            if type(event) is yaml.SequenceEndEvent:
                break
            result.items_at.append(self.at(event.start_mark))
            result.append(self.value(event, depth + 1))
        if self.cut:
            self.report_cut(flow)
            result.broken = flow
        self.cut = outer
        return result

    def mapping(self, at: Position, depth: int, flow: bool) -> Map:
        result = Map(at)
        outer, self.cut = self.cut, None
        for event in self.events:
            if type(event) is yaml.MappingEndEvent:
                break
            if type(event) is not yaml.ScalarEvent:
                raise SpecError.of("key", "a key must be a text", self.at(event.start_mark))
            self.count(1, at)
            key, key_at = event.value, self.at(event.start_mark)
            if event.anchor or event.tag not in (None, "!"):
                raise SpecError.of("key", "a key has neither anchor nor tag", key_at)
            if key == "<<" and event.implicit[0]:
                raise SpecError.of(
                    "merge-key", "merge keys (`<<`) are not part of a spec", key_at, "use a block, or `extends`"
                )
            following = next(self.events)
            value_at = self.at(following.start_mark)
            value = self.value(following, depth + 1)
            if key in result:
                message = f"`{printable(key[:60])}` stands here twice, first on line {result.keys_at[key].line}"
                self.collector.add("duplicate-key", message, key_at, "keep one of the two")
                continue
            result[key] = value
            result.keys_at[key] = key_at
            result.values_at[key] = value_at
            if type(following) is yaml.ScalarEvent and type(value) is not str:
                result.texts[key] = following.value
        if self.cut:
            self.report_cut(flow)
            result.broken = flow
        self.cut = outer
        return result

    def report_cut(self, flow: bool) -> None:
        hint = _QUOTE_IT if flow else "close the parenthesis, or write `$$(` for a text"
        self.collector.add("unclosed-expression", "this `$(` has no closing parenthesis", self.cut, hint)


def read(source: Source, collector: Collector) -> Any:
    """The data of a YAML text: `Map`, `Seq`, text, numbers, booleans, None.

    Duplicate keys, unclosed expressions and bad numbers are reported to the collector and reading goes on.

    Raises:
        SpecError: the text is no YAML, holds what a spec may not (tags, merge keys, several documents), or exceeds the
            limits.
    """
    collector.lines[source.file] = _LINE_END.split(source.text)
    reader = _Reader(source, collector)
    try:
        value = reader.document()
        if reader.cut:
            reader.report_cut(flow=True)
        return value
    except yaml.MarkedYAMLError as error:
        if reader.cut:
            raise SpecError.of("unclosed-expression", "this `$(` was cut by YAML", reader.cut, _QUOTE_IT) from None
        mark = error.problem_mark or error.context_mark
        raise _syntax(error, reader.at(mark) if mark else Position(source.file, 1, 1), collector) from None
    except yaml.YAMLError as error:
        raise SpecError.of("yaml", f"this is not YAML text: {shortest(error)}", Position(source.file, 1, 1)) from None
    except UnicodeEncodeError as error:
        message = f"half a surrogate pair (character {error.start}) is no text"
        raise SpecError.of("not-text", message, Position(source.file, 1, 1)) from None


def shortest(error: Exception) -> str:
    """The first line of an error, made printable."""
    return printable(str(error).splitlines()[0][:120])


def _syntax(error: yaml.MarkedYAMLError, at: Position, collector: Collector) -> SpecError:
    lines = collector.lines[at.file]
    line = lines[at.line - 1] if at.line <= len(lines) else ""
    indent = line[: len(line) - len(line.lstrip())]
    tab = indent.find("\t") if "\t" in indent else line.find("\t", at.column - 1, at.column)
    if tab >= 0:
        at = at._replace(column=tab + 1)
        return SpecError.of(
            "tab", "YAML is indented with spaces, but a tab stands here", at, "replace the tab by spaces"
        )
    problem = " ".join(part for part in (error.problem, error.context) if part)
    began = error.context_mark
    hint = f"it begins on line {began.line + 1}, column {began.column + 1}" if began and error.problem_mark else None
    return SpecError.of("yaml", f"this is not YAML: {printable(problem[:200])}", at, hint)


def decode(content: bytes, file: str) -> str:
    """The text of a file.

    Raises:
        SpecError: it is larger than a spec may be, or not UTF-8 text.
    """
    at = Position(file, 1, 1)
    if len(content) > limits.FILE_BYTES:
        raise SpecError.of("too-large", f"the file is larger than {limits.FILE_BYTES // 2**20} MiB", at)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SpecError.of(
            "not-text", f"the file is not UTF-8 text (byte {error.start})", at, "is it a spec?"
        ) from None
    if "\0" in text:
        raise SpecError.of(
            "not-text", f"the file holds a zero byte (character {text.index(chr(0))})", at, "is it a spec?"
        )
    return text.replace("\r\n", "\n")
