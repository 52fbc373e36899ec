"""A network as a short spec that extends one of the library."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from archc.collector import Collector
from archc.diagnostics import SpecError
from archc.diff.compare import Diff, diff
from archc.elaborate.expand import Settings
from archc.language.sources import Source
from archc.library.specs import resolve
from archc.likeness.census import NONE, Distance, census, kinds_apart
from archc.likeness.fitting import Target, Trial, at_input, fitted, trial
from archc.likeness.members import Member, members_like
from archc.likeness.slots import plain
from archc.network import Network, from_spec

_FITTED = 4  # members whose settings are sought
_COMPARED = 3  # of these, by what the diff says
_AUTOMATIC_INPUT = "input_layer"  # the name of the input of a spec with `input`


class Likeness(NamedTuple):
    """A network written as one that extends a network of the library.

    Attributes:
        extended: the name of that one.
        text: the spec.
        diff: from the network of the text to the network that it was written for.
    """

    extended: str
    text: str
    diff: Diff


def write_like(network: Network, name: str, path: Path | None = None) -> Likeness | None:
    """The spec that extends a member of a family and differs least from a network.

    Args:
        network: the network.
        name: a family, or a network of the library; what extends it is tried too.
        path: the file that the text is for; `extends` looks beside it first.

    Returns:
        The spec with what differs, which is the comparison of the network with the text, expanded again; None where
        no member can be compiled at the network's input.

    Raises:
        SpecError: the library has no such family or network.
    """
    target = Target(network.graph, census(network.graph))
    members = members_like(name)
    families = {member.parent for member in members}
    nearest = [one for one in (at_input(member, target) for member in members) if one is not None]

    def rank(one: Trial) -> tuple[int, Distance, bool, bool]:
        """Of members that are equally near, first one that is no family, and has the input itself."""
        is_family = one.member.name in families
        return kinds_apart(one.census, target.census), one.distance, is_family, one.inputs is not None

    nearest.sort(key=rank)
    found: list[Trial] = []
    for one in _chosen(nearest):
        best = fitted(one.member, target) or one
        found.append(best)
        if best.distance == NONE and not diff(best.network.graph, network.graph).has_changes:
            found = [best]
            break
    found.sort(key=lambda best: best.distance)
    written = [_written(best, nearest, network.name, path) for best in found[:_COMPARED]]
    return min(
        [one for one in written if one is not None],
        key=lambda one: (_cost(one.diff), one.extended in families, len(one.text)),
        default=None,
    )


def _chosen(nearest: Sequence[Trial]) -> list[Trial]:
    """The nearest member of each way to build the network, which is what members of one spec have in common."""
    first: dict[str, Trial] = {}
    for one in nearest:
        first.setdefault(one.member.parent or one.member.name, one)
    return list(first.values())[:_FITTED]


def _cost(found: Diff) -> int:
    """The number of differences; a moved layer is removed at one place and added at another."""
    return (
        sum(2 if change.kind == "moved" else 1 for change in found.changes) + len(found.rewired) + len(found.signature)
    )


def _written(best: Trial, nearest: Sequence[Trial], title: str, path: Path | None) -> Likeness | None:
    """The shortest text that expands to a trial; None where none does."""
    for member in _extended(best, nearest):
        own = trial(member, best.target, {}, None)
        if own is None:
            continue
        params = _necessary(best, own)
        for inputs in _inputs(best, own):
            text = _text({"name": title, "extends": member.name, **inputs, **({"params": params} if params else {})})
            try:
                made = _expanded(text, path)
            except SpecError:
                continue
            same = diff(made.graph, best.network.graph)
            if not same.changes and not same.rewired:
                return Likeness(member.name, text, diff(made.graph, best.target.graph))
    return None


def _extended(best: Trial, nearest: Sequence[Trial]) -> list[Member]:
    """What a text can extend, that first which has most of the values.

    These are the member, what it extends, and what else extends that; but none that would lose what makes it this
    network, such as the depths of `resnet50`.
    """
    values = best.network.values
    root = best.member.parent or best.member.name
    near = [one for one in nearest if root in (one.member.name, one.member.parent)]
    kept = [one for one in near if all(values.get(name) == one.network.values[name] for name in _own(one, root))]
    kept.sort(
        key=lambda one: (sum(values.get(name) != has for name, has in one.network.values.items()), not _own(one, root))
    )
    return [one.member for one in kept] or [best.member]


def _own(one: Trial, root: str) -> Collection[str]:
    """The parameters that make a network a member of a family; none for the family itself."""
    return () if one.member.name == root else one.member.spec.document.params


def _necessary(best: Trial, own: Trial) -> dict[str, Any]:
    """The values of parameters that differ from those of the extended spec, without those that follow from others."""
    values, member = best.network.values, own.member
    params = {name: plain(value) for name, value in values.items() if own.network.values.get(name) != value}
    for name in list(params):
        fewer = {other: value for other, value in params.items() if other != name}
        made = trial(member, best.target, fewer, best.inputs)
        if made is not None and made.network.values == values:
            params = fewer
    return params


def _inputs(best: Trial, own: Trial) -> list[dict[str, Any]]:
    """The ways to write the input: with the name of the target's, else its shape where that differs."""
    (made, *more), theirs = best.target.graph.inputs, best.network.graph.inputs
    if more or len(theirs) != 1:
        return [{}]
    shape = list(theirs[0].shape)
    plainly = {"input": shape} if best.inputs is not None and own.network.graph.inputs[0].shape != tuple(shape) else {}
    if made.name == _AUTOMATIC_INPUT and made.dtype == theirs[0].dtype:
        return [plainly]
    named = shape if made.dtype == "float32" else {"shape": shape, "dtype": made.dtype}
    return [{"inputs": {made.name: named}}, plainly]


def _text(sections: Mapping[str, Any]) -> str:
    """The sections in block style, lists and mappings of scalars in a line."""
    return "".join(
        yaml.safe_dump(
            {name: value},
            sort_keys=False,
            allow_unicode=True,
            default_flow_style=None if isinstance(value, list | dict) else False,
            width=118,
        )
        for name, value in {"archc": 1, **sections}.items()
    )


def _expanded(text: str, path: Path | None) -> Network:
    """The network of a text in a file.

    Raises:
        SpecError: it cannot be compiled.
    """
    folder = Path() if path is None else path.parent
    source = Source("the new spec", text, folder, None if path is None else path.resolve())
    collector = Collector()
    spec = resolve(source, source.file, collector)
    if spec is None:
        raise collector.error()
    return from_spec(spec, Settings(), collector)
