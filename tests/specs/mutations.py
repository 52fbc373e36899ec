"""Changes a number at a time in the specs of the library, and asks whether any documented fact sees it.

`python -m tests.specs.mutations` prints the share that none sees, and each of these.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, Literal

import yaml

from archc.diagnostics import SpecError
from archc.ir.graph import Graph, Node
from archc.library.paths import LIBRARY
from archc.network import load
from archc.ops import registry

Kind = Literal["kernel", "pool", "strides", "count"]
Outcome = Literal["differs", "error", "unseen", "no change"]

_KINDS: dict[str, Kind] = {
    "kernel": "kernel",
    "kernel_size": "kernel",
    "pool_size": "pool",
    "strides": "strides",
    "filters": "count",
    "units": "count",
}
_ROW_KINDS: dict[str, Kind] = {"k": "kernel", "s": "strides"}
"""The keys of a row of a paper's table."""
_FIRST_ARGUMENT: dict[str, Kind] = {"AveragePooling2D": "pool", "Dense": "count", "MaxPooling2D": "pool"}
_STEPS = ("branches", "do", "else", "side")
_DECLARATION = {"choices", "default", "help", "max", "min", "type"}
_NO_SIZES = ("as", "from", "name", "note", "output", "shape", "share", "when")
_EXPRESSION = re.compile(r"\$\(.*\)", re.DOTALL)
_NUMBER = re.compile(r"(?<![\w.])\d+(?![\w.])")


@dataclass(frozen=True, slots=True)
class Mutation:
    """One number of a file, replaced.

    Attributes:
        file: where it stands.
        line: of the number, from 1.
        key: the argument, parameter or form that holds it.
        kind: what it counts.
        start: of the number in the text.
        before: the number.
        after: what replaces it.
    """

    file: Path
    line: int
    key: str
    kind: Kind
    start: int
    before: str
    after: str

    def apply(self, text: str) -> str:
        return text[: self.start] + self.after + text[self.start + len(self.before) :]

    def __str__(self) -> str:
        return f"{self.file.name}:{self.line}: {self.key}: {self.before} -> {self.after}"


def members() -> list[Path]:
    """The specs of the library that hold facts of a whole network, found by reading them."""
    return [path for path in sorted(LIBRARY.glob("*/*.yaml")) if "\nexpect:" in path.read_text(encoding="utf-8")]


def mutations(member: Path) -> Iterator[Mutation]:
    """All changes of one size, in the spec or in what it extends."""
    for file in _chain(member):
        text = file.read_text()
        found = {start: (key, kind, number) for start, key, kind, number in _numbers(yaml.compose(text))}
        for start, (key, kind, number) in sorted(found.items()):
            line = text.count("\n", 0, start) + 1
            for after in _changed(kind, number):
                yield Mutation(file, line, key, kind, start, number, after)


def outcome(member: Path, mutation: Mutation) -> Outcome:
    """What `archc check` would say of the member after the change."""
    with tempfile.TemporaryDirectory() as folder:
        family = Path(shutil.copytree(member.parent, Path(folder, member.parent.name)))
        family.joinpath(mutation.file.name).write_text(mutation.apply(mutation.file.read_text()))
        try:
            network = load(family / member.name)
            facts = network.check()
        except SpecError:
            return "error"
    if any(fact.verdict == "differs" for fact in facts):
        return "differs"
    return "no change" if _layers(network.graph) == _original(member) else "unseen"


def _chain(member: Path) -> list[Path]:
    files = [member]
    while (name := yaml.safe_load(files[-1].read_text()).get("extends")) is not None:
        files.append(member.with_name(f"{name}.yaml"))
    return files


@cache
def _original(member: Path) -> list[Any]:
    return _layers(load(member).graph)


def _layers(graph: Graph) -> list[Any]:
    """All that makes two networks the same one."""
    places: dict[object, int] = {node: place for place, node in enumerate((*graph.inputs, *graph.nodes))}
    layers: list[Any] = [_layer(node, places) for node in graph.nodes]
    return [*layers, *((name, places[tensor]) for name, tensor in graph.outputs.items())]


def _layer(node: Node, places: dict[object, int]) -> tuple[Any, ...]:
    return node.name, type(node.op), node.op.arguments(), [places[tensor] for tensor in node.inputs], node.shape


# --- the numbers of a file ---

_Number = tuple[int, str, Kind, str]


def _changed(kind: Kind, number: str) -> list[str]:
    value = int(number)
    rules: dict[Kind, Callable[[], list[int]]] = {
        "kernel": lambda: [value + 2],
        "pool": lambda: [value + 1, value + 2],
        "strides": lambda: [2 if value == 1 else max(value // 2, 1)],
        "count": lambda: [value + 1, value * 2],
    }
    return [str(after) for after in rules[kind]() if after != value]


def _numbers(document: yaml.Node | None) -> Iterator[_Number]:
    sections = dict(_items(document))
    yield from _defaults(sections.get("params"))
    yield from _of_steps(sections.get("layers"))
    for _, block in _items(sections.get("blocks")):
        parts = dict(_items(block))
        yield from _defaults(parts.get("params"))
        yield from _of_steps(parts.get("layers"))


def _items(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key.value, value


def _defaults(params: yaml.Node | None) -> Iterator[_Number]:
    for name, value in _items(params):
        parts = dict(_items(value))
        if not parts.keys() & _DECLARATION:
            yield from _literals(value, name)
        elif "default" in parts:
            yield from _literals(parts["default"], name)


def _of_steps(node: yaml.Node | None) -> Iterator[_Number]:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _of_steps(item)
    for key, value in _items(node):
        if key in _STEPS:
            yield from _of_steps(value)
        elif key == "for":
            yield from _in_text(value, key, 0)
        elif key == "let":
            for name, item in _items(value):
                yield from _literals(item, name)
        elif key in registry() and registry()[key].merges:
            yield from _of_branches(value)
        elif key[0].isupper():
            yield from _of_arguments(key, value)
        elif key not in _NO_SIZES:
            for name, item in _items(value):
                yield from _literals(item, name)


def _of_branches(node: yaml.Node) -> Iterator[_Number]:
    if not isinstance(node, yaml.MappingNode):
        yield from _of_steps(node)
    for label, branch in _items(node):
        yield from _in_text(branch, label, 0) if label == "for" else _of_steps(branch)


def _of_arguments(op: str, node: yaml.Node) -> Iterator[_Number]:
    if not isinstance(node, yaml.MappingNode) and op in _FIRST_ARGUMENT:
        yield from _literals(node, op, _FIRST_ARGUMENT[op])
    for name, value in _items(node):
        if name in _KINDS:
            yield from _literals(value, name)


def _literals(node: yaml.Node, key: str, kind: Kind | None = None) -> Iterator[_Number]:
    """The whole numbers in a value: itself, those of a list or a mapping, those of an expression."""
    kind = kind or _KINDS.get(key, "count")
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _literals(item, key, kind)
    elif isinstance(node, yaml.MappingNode):
        for name, item in _items(node):
            yield from _literals(item, name, _ROW_KINDS.get(name))
    elif isinstance(node, yaml.ScalarNode) and node.tag.endswith(":int"):
        yield node.start_mark.index, key, kind, node.value
    elif isinstance(node, yaml.ScalarNode) and (match := _EXPRESSION.search(node.value)):
        yield from _in_text(node, key, match.start(), kind)


def _in_text(node: yaml.Node, key: str, start: int, kind: Kind = "count") -> Iterator[_Number]:
    assert isinstance(node, yaml.ScalarNode)
    for match in _NUMBER.finditer(node.value, start):
        quote = 1 if node.style else 0
        yield node.start_mark.index + quote + match.start(), key, kind, match.group()


def survey(member: Path, most: int | None = None) -> dict[Mutation, Outcome]:
    """The changes of a member with their outcomes, without those that change nothing in it.

    Args:
        member: the spec.
        most: how many changes, drawn from all of them, the same in each run; all if None.
    """
    drawn = list(dict.fromkeys(mutations(member)))
    if most is not None:
        Random(member.stem).shuffle(drawn)
    found = ((mutation, outcome(member, mutation)) for mutation in drawn)
    return dict(islice(((mutation, seen) for mutation, seen in found if seen != "no change"), most))


def main() -> None:
    total: Counter[str] = Counter()
    for member in members():
        found = survey(member)
        counted = Counter(found.values())
        total.update(counted)
        print(f"{member.stem}: {counted['unseen']} of {len(found)} unseen", file=sys.stderr)
        for mutation, seen in found.items():
            if seen == "unseen":
                print(f"{member.stem}: {mutation}")
    share = total["unseen"] / total.total()
    print(
        f"{total.total()} changes: {total['differs']} differ, {total['error']} are errors, "
        f"{total['unseen']} unseen ({share:.1%})"
    )


if __name__ == "__main__":
    main()
