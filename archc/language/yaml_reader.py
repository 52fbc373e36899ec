"""Reads YAML 1.2 into plain data with positions. No input is trusted: see `limits`.

The text is read as events, so that depth, size and aliases are bounded before any data is made.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import yaml

from archc import limits
from archc.collector import Collector
from archc.diagnostics import Position, SpecError, printable
from archc.language.sources import LINE_END, Source, position_of
from archc.language.yaml_data import BROKEN, COLUMN_BITS, Map, Seq, packed, scalar, unclosed, unpacked

_PARSER: Any = getattr(yaml, "CLoader", yaml.Loader)
_UNICODE_BREAK = re.compile("[\x85\u2028\u2029]")
_QUOTE_IT = 'put the whole text in quotes: "$(…)"'


class _Reader:
    """Reads the events of one document. A `place` is a packed position.

    Attributes:
        next: gives the next event.
        cut: the position of the last expression that YAML cut; None where there is none.
    """

    def __init__(self, source: Source, collector: Collector) -> None:
        self.file = source.file
        lines = LINE_END.split(source.text.rstrip())
        self.end = packed(len(lines), len(lines[-1]) + 1)
        self.collector = collector
        self.nodes = 0
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.open_anchors: set[str] = set()
        self.text = source.text
        self.next: Callable[[], Any]
        self.cut: Any = None
        self.cut_values: list[Position] = []

    def place(self, mark: Any) -> int:
        place: int = mark.line + 1 << COLUMN_BITS | mark.column + 1  # as `packed` gives it
        return min(self.end, place)

    def at(self, mark: Any) -> Position:
        return unpacked(self.place(mark), self.file)

    def document(self) -> Any:
        """The only document of the text; None where the text is empty."""
        self.next = _PARSER(self.text).get_event
        value = None
        seen = False
        while (kind := type(event := self.next())) is not yaml.StreamEndEvent:
            if kind is yaml.DocumentStartEvent:
                if seen:
                    raise SpecError.of("several-documents", "a spec is one YAML document", self.at(event.start_mark))
                seen = True
                event = self.next()
                value = self.value(event, self.place(event.start_mark), 1)
        return value

    def value(self, event: Any, place: int, depth: int) -> Any:
        kind = type(event)
        self.nodes += 1
        if self.nodes > limits.YAML_NODES:
            raise self.too_large(place)
        if kind is yaml.AliasEvent:
            return self.alias(event, place)
        if event.tag is not None and event.tag != "!":
            message = f"YAML tags such as `{printable(event.tag[:40])}` are not part of a spec"
            raise SpecError.of("tag", message, unpacked(place, self.file))
        if depth > limits.DEPTH:
            raise _too_deep(unpacked(place, self.file))
        before = self.nodes
        if event.anchor:
            self.open_anchors.add(event.anchor)
        value = self.scalar(event, place) if kind is yaml.ScalarEvent else self.collection(event, place, depth)
        if event.anchor:
            self.open_anchors.discard(event.anchor)
            self.anchors[event.anchor] = value, self.nodes - before
        return value

    def too_large(self, place: int) -> SpecError:
        message = f"the spec has more than {limits.YAML_NODES:,} nodes of YAML, aliases expanded"
        return SpecError.of("too-large", message, unpacked(place, self.file))

    def alias(self, event: Any, place: int) -> Any:
        at = unpacked(place, self.file)
        if event.anchor in self.open_anchors:
            raise SpecError.of("alias", f"`*{event.anchor}` is inside the node that it refers to", at)
        if event.anchor not in self.anchors:
            raise SpecError.of("alias", f"no anchor `{event.anchor}` is defined before `*{event.anchor}`", at)
        value, nodes = self.anchors[event.anchor]
        self.nodes += nodes
        if self.nodes > limits.YAML_NODES:
            raise self.too_large(place)
        return value

    def scalar(self, event: Any, place: int) -> Any:
        value: Any = event.value
        plain = event.implicit[0]
        if plain:
            try:
                value = scalar(value)
            except SpecError as error:
                at = unpacked(place, self.file)
                self.collector.report(error, at)
                self.collector.unreadable(at)
                return BROKEN
        if type(value) is str and "$(" in value and (start := unclosed(value)) is not None:
            at = unpacked(place, self.file)
            self.cut = at._replace(column=at.column + start + (not plain))
            self.cut_values.append(at)
            return BROKEN
        return value

    def collection(self, event: Any, place: int, depth: int) -> Map | Seq:
        outer, self.cut = self.cut, None
        is_map = type(event) is yaml.MappingStartEvent
        value = self.mapping(place, depth) if is_map else self.sequence(place, depth)
        if self.cut:
            self.report_cut(event.flow_style)
            value.broken = event.flow_style
        self.cut = outer
        return value

    def sequence(self, place: int, depth: int) -> Seq:
        at = unpacked(place, self.file)
        result = Seq(at)
        while type(event := self.next()) is not yaml.SequenceEndEvent:
            item_place = self.place(event.start_mark)
            item = self.value(event, item_place, depth + 1)
            result.append(item)
            result.items_at.append(item.at if type(event) is yaml.MappingStartEvent else item_place)
            if len(result) > limits.ITEMS:
                raise SpecError.of("too-large", f"a list may have {limits.ITEMS:,} items", at)
        return result

    def mapping(self, place: int, depth: int) -> Map:
        result = Map(unpacked(place, self.file))
        places = result.places
        while type(event := self.next()) is not yaml.MappingEndEvent:
            if type(event) is not yaml.ScalarEvent:
                raise SpecError.of("key", "a key must be a text", self.at(event.start_mark))
            self.nodes += 1
            if self.nodes > limits.YAML_NODES:
                raise self.too_large(place)
            key, key_place = event.value, self.place(event.start_mark)
            if event.anchor or event.tag not in (None, "!"):
                raise SpecError.of("key", "a key has neither anchor nor tag", unpacked(key_place, self.file))
            if key == "<<" and event.implicit[0]:
                message, at = "merge keys (`<<`) are not part of a spec", unpacked(key_place, self.file)
                raise SpecError.of("merge-key", message, at, "use a block, or `extends`")
            following = self.next()
            value_place = self.place(following.start_mark)
            value = self.value(following, value_place, depth + 1)
            if key in result:
                message = f"duplicate key `{printable(key[:60])}`, first on line {result.keys_at[key].line}"
                self.collector.add("duplicate-key", message, unpacked(key_place, self.file), "keep one of the two")
                continue
            result[key] = value
            kind = type(following)
            places += (key_place, value.at if kind is yaml.MappingStartEvent else value_place)
            if kind is yaml.ScalarEvent and type(value) is not str:
                result.keep_text(key, following.value)
        return result

    def report_cut(self, flow: bool) -> None:
        hint = _QUOTE_IT if flow else "close the parenthesis, or write `$$(` for a text"
        self.collector.add("unclosed-expression", "this `$(` has no closing parenthesis", self.cut, hint)
        self.collector.unreadable(*self.cut_values)


def read(source: Source, collector: Collector) -> Any:
    """The data of a YAML text: `Map`, `Seq`, text, numbers, booleans, None.

    Duplicate keys, unclosed expressions and bad numbers are reported to the collector, and reading goes on.

    Raises:
        SpecError: the text is not YAML, has what a spec may not have (tags, merge keys, several documents), or exceeds
            the limits.
    """
    collector.lines[source.file] = LINE_END.split(source.text)
    _check_line_breaks(source)
    reader = _Reader(source, collector)
    start = Position(source.file, 1, 1)
    try:
        value = reader.document()
        if reader.cut:
            reader.report_cut(flow=True)
        return value
    except yaml.MarkedYAMLError as error:
        if reader.cut:
            raise SpecError.of("unclosed-expression", "YAML cut this `$(`", reader.cut, _QUOTE_IT) from None
        mark: Any = error.problem_mark or error.context_mark
        deep = None if mark is None else _beyond_depth(source.text, mark.index)
        if deep is not None:
            raise _too_deep(position_of(source.text[:deep], source.file)) from None
        raise _syntax_error(error, reader.at(mark) if mark else start, collector.lines[source.file]) from None
    except yaml.YAMLError as error:
        message = f"this is not YAML text: {printable(str(error).splitlines()[0][:120])}"
        raise SpecError.of("yaml", message, start) from None
    except UnicodeEncodeError as error:
        message = f"half a surrogate pair (character {error.start}) is not text"
        raise SpecError.of("not-text", message, start) from None


def _check_line_breaks(source: Source) -> None:
    """Checks that only the line breaks of YAML 1.2 end lines: others end a comment in YAML 1.1, and can hide a key.

    Raises:
        SpecError: there is another outside of quotes.
    """
    if not _UNICODE_BREAK.search(source.text):
        return
    quoted: list[tuple[int, int]] = []
    with suppress(yaml.YAMLError, UnicodeEncodeError):  # they are reported where the text is read
        events: Iterator[Any] = yaml.parse(source.text, Loader=_PARSER)
        for event in events:
            if isinstance(event, yaml.ScalarEvent) and event.style in ("'", '"'):
                start: Any = event.start_mark
                end: Any = event.end_mark
                quoted += [(start.index, end.index)]
    for found in _UNICODE_BREAK.finditer(source.text):
        place = bisect(quoted, (found.start(), 0)) - 1
        if place < 0 or not quoted[place][0] < found.start() < quoted[place][1]:
            at = position_of(source.text[: found.start()], source.file)
            character = f"U+{ord(found[0]):04X} (line {at.line}, column {at.column})"
            message = f"{character} ends a line in YAML 1.1, and not in YAML 1.2"
            raise SpecError.of("yaml", message, Position(source.file, 1, 1), "remove it, or put the text in quotes")


_QUOTED = r"""(?<![^\s\[{,:])(?:'(?:[^']|'')*'|"(?:\\.|[^"\\])*")"""
_BRACKET = re.compile(rf"{_QUOTED}|(?<!\S)#[^\n]*|(?P<opening>[\[{{])|(?P<closing>[\]}}])", re.DOTALL)


def _beyond_depth(text: str, end: int) -> int | None:
    """The offset where flow collections nest deeper than the limit; None where they do not before `end`.

    A YAML parser has limits of its own. It looks ahead, so it may refuse a text whose events are still within ours.
    """
    depth, start = 0, 0
    events: Iterator[Any] = yaml.parse(text, Loader=_PARSER)
    try:
        for event in events:
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            start = event.end_mark.index
    except yaml.YAMLError:
        pass
    for match in _BRACKET.finditer(text, start, end):
        depth += (match["opening"] is not None) - (match["closing"] is not None)
        if depth > limits.DEPTH:
            return match.start()
    return None


def _too_deep(at: Position) -> SpecError:
    return SpecError.of("too-deep", f"YAML nests deeper than {limits.DEPTH} levels", at)


def _syntax_error(error: yaml.MarkedYAMLError, at: Position, lines: list[str]) -> SpecError:
    line = lines[at.line - 1] if at.line <= len(lines) else ""
    indent = line[: len(line) - len(line.lstrip())]
    tab = indent.find("\t") if "\t" in indent else line.find("\t", at.column - 1, at.column)
    if tab >= 0:
        message = "YAML is indented with spaces, but this is a tab"
        return SpecError.of("tab", message, at._replace(column=tab + 1), "replace the tab by spaces")
    problem = " ".join(part for part in (error.problem, error.context) if part)
    began = error.context_mark
    hint = _likely_cause(at, lines)
    if hint is None and began and error.problem_mark:
        hint = f"it begins on line {began.line + 1}, column {began.column + 1}"
    return SpecError.of("yaml", f"this is not YAML: {printable(problem[:200])}", at, hint)


_WORD_ALONE = re.compile(r"\s*(?:- +)+(\$?[A-Za-z_]\w*)\s*(?:#.*)?")
_INDEXED = re.compile(r"\$([A-Za-z_][\w.]*\[[^\]]*\])")


def _likely_cause(at: Position, lines: list[str]) -> str | None:
    """A hint for two things that people write often: an op without its colon, and an item of a list in braces."""
    before = next((line for line in reversed(lines[: at.line - 1]) if line.strip()), "")
    if (word := _WORD_ALONE.fullmatch(before)) and ":" in lines[at.line - 1]:
        return f"a step with modifiers has a colon: write `{word[1]}:`"
    for found in _INDEXED.finditer(lines[at.line - 1]):
        if found.start() < at.column <= found.end() + 1:
            return f'in braces and brackets an item needs quotes: `"$({found[1]})"`'
    return None
