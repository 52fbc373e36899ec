"""Checks the keys of a mapping."""

from __future__ import annotations

from collections.abc import Iterable

from archc.collector import Collector
from archc.diagnostics import closest, printable
from archc.language.yaml_data import Map


def known_keys(data: Map, keys: Iterable[str], what: str, collector: Collector) -> Map:
    """The mapping with misspelt keys corrected and without unknown keys, which are reported."""
    if data.broken:
        return data
    known = tuple(keys)
    for key in list(data):
        if key in known:
            continue
        meant = closest(key, known)
        hint = f"did you mean `{meant}`?" if meant else f"{what} has: {', '.join(known)}"
        collector.add("unknown-key", f"{what} has no key `{printable(key[:60])}`", data.keys_at[key], hint)
        data = data.renamed(key, meant) if meant and meant not in data else data.without(key)
    return data
