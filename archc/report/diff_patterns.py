"""Changes that many parts of a network have, told once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from archc.analysis import cost
from archc.diff.outline import Line, Section
from archc.report.diff_words import described, takes, written

Signature = tuple[tuple[str, str, str, tuple[str, ...]], ...]
"""What happens in a part, apart from names and numbers."""


def signature(section: Section) -> Signature:
    """What happens in a part, apart from names and numbers."""
    return tuple(
        (line.mark, line.node.op.op_name, _inside(line, section), tuple(line.change.fields if line.change else ()))
        for line in section.lines()
        if line.mark
    )


def _inside(line: Line, section: Section) -> str:
    """The name of a layer within a part."""
    region = section.region
    prefix = region.prefix if region is not None else ""
    return line.node.name.removeprefix(prefix) if prefix else ""


class Told(NamedTuple):
    """A change that many parts have.

    Attributes:
        mark: what happened.
        name: of the layer, within the first of the parts.
        what: the op, and the range of the values that differ.
        params: the learned weights that all of them add or take; empty where there are none.
    """

    mark: str
    name: str
    what: str
    params: str


def told(sections: list[Section]) -> Iterator[Told]:
    """The changes that parts have in common, with the range of their values."""
    columns = zip(*([line for line in section.lines() if line.mark] for section in sections), strict=True)
    for lines in columns:
        first = lines[0]
        name = _inside(first, sections[0]) or first.node.name
        total = sum(map(_params, lines))
        yield Told(first.mark, name, _what(lines), f"{total:+,} in all" if total else "")


def _what(lines: Sequence[Line]) -> str:
    """One change over many layers."""
    first = lines[0]
    if first.change is not None and first.change.fields:
        changes = [line.change.fields for line in lines if line.change is not None]
        differing = ", ".join(_range(name, [change[name] for change in changes]) for name in first.change.fields)
        return f"{first.node.op.op_name}  {differing}"
    if first.change is None and first.rewired is not None:
        return takes(first.rewired.before, first.rewired.after)
    if first.mark == ">":
        return f"{first.node.op.op_name}  moved"
    return _same_or_range([described(line.node.op) for line in lines])


def _params(line: Line) -> int:
    change = line.change
    if change is None:
        return 0
    return (cost.node_params(change.right) if change.right else 0) - (
        cost.node_params(change.left) if change.left else 0
    )


def _same_or_range(texts: list[str]) -> str:
    return texts[0] if len(set(texts)) == 1 else f"{texts[0]} … {texts[-1]}"


def _range(field: str, pairs: list[list[Any]]) -> str:
    """One field over many layers: its values where they are the same, else the ratio and the ends."""
    if all(pair == pairs[0] for pair in pairs):
        return f"{field} {written(pairs[0][0])} -> {written(pairs[0][1])}"
    ends = " … ".join(f"{written(pair[0])} -> {written(pair[1])}" for pair in (pairs[0], pairs[-1]))
    ratios = {new / old for old, new in pairs if type(old) is int and type(new) is int and old}
    return f"{field} × {ratios.pop():g} ({ends})" if len(ratios) == 1 else f"{field} {ends}"
