"""The names of parts: what the names of all layers in a use of a block begin with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from archc.folding.lines import Solved, beginnings, is_beginning
from archc.folding.program import Program, Step, layers_of
from archc.ir.graph import Node


class Prefixes(NamedTuple):
    """The name of each instance of a block, and the same for the rounds of loops in it.

    Attributes:
        apart: how many of the names also begin names of layers that are elsewhere.
        heads: what the names in each instance begin with, where a parameter of the block has it.
    """

    names: Mapping[int, str]
    inner: Mapping[int, str]
    apart: int = 0
    heads: Mapping[int, str] | None = None

    def stripped(self, texts: Mapping[int, str]) -> dict[int, str]:
        """Names without those of the parts around."""
        found = {}
        for d, text in texts.items():
            prefix = self.inner.get(d, "")
            if self.heads is not None:
                found[d] = text[len(prefix) :]
                continue
            found[d] = "" if text == prefix else text[len(prefix) + 1 :] if prefix else text
        return found


def prefixes(program: Program, solved: Mapping[str, Solved], steps: list[Step], instances: list[int]) -> Prefixes:
    """The names of the uses of a block, so that all uses name their layers alike; empty where there are none."""
    rows: dict[int, dict[object, str]] = {d: {} for d in instances}
    parts: set[object] = set()
    for place, row in enumerate(_rows(program, solved, steps, {d: (d, ()) for d in instances})):
        for top, at, text, is_part in row:
            rows[top][place, at] = text
            if is_part:
                parts.add((place, at))
    if not any(rows.values()):
        return Prefixes({}, {})
    found = _factored(rows, parts)
    layers = {d: set(layers_of(program, steps, d)) for d in instances}
    if found is None or not _are_distinct(program, solved, found, layers):
        heads = _heads(rows) if not parts else None
        if heads is None:
            return Prefixes({}, {})
        inner = dict(heads)
        _lift(steps, inner)
        return Prefixes({}, inner, heads=heads)
    inner = dict(found)
    _lift(steps, inner)
    apart = sum(
        program.beginnings[name] > sum(program.names[node] is not None for node in layers[d])
        for d, name in found.items()
        if name
    )
    return Prefixes(found, inner, apart)


def _lift(steps: list[Step], inner: dict[int, str]) -> None:
    """Gives the rounds of loops the names of the use around them."""
    for step in steps:
        for outer, rounds in step.rounds.items():
            for d in rounds:
                inner[d] = inner[outer]
        if step.body:
            _lift(step.body, inner)


_At = tuple[int, ...]


def _rows(
    program: Program, solved: Mapping[str, Solved], steps: list[Step], tops: Mapping[int, tuple[int, _At]]
) -> Iterator[list[tuple[int, _At, str, bool]]]:
    """For each step, its names: the instance of the block, the rounds of loops, the name, whether it is a part's."""
    for step in steps:
        if step.nodes and program.is_named(step):
            yield [(*tops[d], program.names[node] or "", False) for d, node in step.nodes.items()]
        elif step.calls:
            callee = solved[step.head]
            if step.share is not None:
                yield [(*tops[d], step.share, False) for d in step.calls]
            elif callee.names:
                yield [(*tops[d], callee.names[inner], True) for d, inner in step.calls.items()]
            else:
                for parameter in callee.parameters:
                    if parameter.text and is_beginning(callee, parameter):
                        yield [
                            (*tops[d], str(parameter.vector[inner]), False)
                            for d, inner in step.calls.items()
                            if inner in parameter.vector
                        ]
                if _is_absolute(callee):
                    yield [(*tops[d], "", False) for d in step.calls]
        elif step.rounds:
            inner_tops = {
                d: (tops[outer][0], (*tops[outer][1], k))
                for outer, rounds in step.rounds.items()
                for k, d in enumerate(rounds)
            }
            yield from _rows(program, solved, step.body, inner_tops)


def _is_absolute(callee: Solved) -> bool:
    """Whether the name of a layer in a block begins with words that the uses do not give."""
    return any(not name.startswith("$") for name in beginnings(callee))


def _factored(rows: Mapping[int, Mapping[object, str]], parts: set[object]) -> dict[int, str] | None:
    """A prefix for each instance that leaves the same rests."""
    cuts = {d: _cuts(texts, parts) for d, texts in rows.items() if texts}
    fewest = sorted(cuts, key=lambda d: len(cuts[d]))[:3]
    for reference in fewest:
        for cut in cuts[reference]:
            rests = {place: _rest(text, cut) for place, text in rows[reference].items()}
            found = {d: _matching(texts, rests, cuts.get(d, [""])) for d, texts in rows.items()}
            if all(prefix is not None for prefix in found.values()):
                named = {d: prefix or "" for d, prefix in found.items()}
                return named if any(named.values()) else None
    longest = {d: found[0] for d, found in cuts.items()}
    if len(longest) == len(rows) and all(longest.values()) and len(set(longest.values())) == len(longest) > 1:
        return longest
    return None


def _heads(rows: Mapping[int, Mapping[object, str]]) -> dict[int, str] | None:
    """What all names of an instance begin with, where the rests are the same in all instances."""
    heads: dict[int, str] = {}
    seen: dict[object, str] = {}
    for d, texts in rows.items():
        if not texts or "" in texts.values():
            return None
        words = [text.split("_") for text in texts.values()]
        size = 0
        while all(len(found) > size for found in words) and len({found[size] for found in words}) == 1:
            size += 1
        heads[d] = "_".join(words[0][:size])
        if not size or any(
            seen.setdefault(place, text[len(heads[d]) :]) != text[len(heads[d]) :] for place, text in texts.items()
        ):
            return None
    return heads if len(set(heads.values())) > 1 else None


def _matching(texts: Mapping[object, str], rests: dict[object, str], cuts: list[str]) -> str | None:
    for cut in cuts:
        if all(rests.get(place, _rest(text, cut)) == _rest(text, cut) for place, text in texts.items()):
            for place, text in texts.items():
                rests.setdefault(place, _rest(text, cut))
            return cut
    return None


def _rest(text: str, cut: str) -> str:
    return text if not cut else text[len(cut) + 1 :]


def _cuts(texts: Mapping[object, str], parts: set[object]) -> list[str]:
    """The common beginnings of names, the longest first, that end at a `_`; a part may be called just that."""
    split = [(text.split("_"), place in parts) for place, text in texts.items()]
    first = split[0][0]
    found = [""]
    for k in range(1, len(first) + 1):
        if all(len(words) > k - is_part and words[:k] == first[:k] for words, is_part in split):
            found.append("_".join(first[:k]))
        else:
            break
    return found[::-1]


def _are_distinct(
    program: Program, solved: Mapping[str, Solved], found: Mapping[int, str], layers: Mapping[int, set[Node]]
) -> bool:
    """Whether the names can be those of parts: each once, none that of a layer, none that of a part elsewhere."""
    given = [name for name in found.values() if name]
    own = {name for name in program.names.values() if name is not None}
    if len(set(given)) != len(given) or own & set(given):
        return False
    by_name = {name: d for d, name in found.items() if name}
    for word, other in solved.items():
        for inner, name in other.names.items():
            if name in by_name and word in program.blocks:
                theirs = set(layers_of(program, program.blocks[word].body, inner))
                if not theirs & layers[by_name[name]]:
                    return False
    return True
