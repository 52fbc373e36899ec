"""Generated networks: straight and branched, of any ops over any shapes, give a network or diagnostics."""

from __future__ import annotations

from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from archc.ops import registry
from tests.elaborate.specs import wrong

PLAIN = {name: op for name, op in registry().items() if not op.merges}
MERGES = sorted(set(registry()) - set(PLAIN))


def arguments(name: str) -> st.SearchStrategy[Any]:
    """Arguments that are known to work, or some with one of them changed."""
    op = PLAIN[name]
    right = st.sampled_from([example.arguments for example in op.examples] or [{}])
    value: st.SearchStrategy[Any] = st.sampled_from(
        [0, 1, 2, 3, 7, -1, 1.5, True, None, "same", "$x.channels", "$(x.channels // 2)", [1, 2], []]
    )
    changed = st.tuples(right, st.sampled_from([*op.model_fields, "unknown"]), value).map(
        lambda made: {**made[0], made[1]: made[2]}
    )
    return right | changed


STEP = st.sampled_from(sorted(PLAIN)).flatmap(lambda name: arguments(name).map(lambda given: {name: given}))


def branched(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    steps = st.lists(inner, max_size=3)
    return st.one_of(
        st.tuples(st.sampled_from(MERGES), st.lists(steps, min_size=1, max_size=3)).map(
            lambda made: {made[0]: made[1]}
        ),
        st.tuples(steps, st.booleans()).map(lambda made: {"do": made[0], "when": made[1]}),
        steps.map(lambda made: {"for": "i in range(2)", "do": made}),
        steps.map(lambda made: {"side": made, "output": "beside"}),
    )


SHAPE = st.lists(st.sampled_from([None, 1, 2, 3, 8, 16]), min_size=1, max_size=4)


@settings(max_examples=300)
@given(SHAPE, st.lists(st.recursive(STEP, branched, max_leaves=4), min_size=1, max_size=6))
def test_any_network_is_one_or_is_told_what_is_wrong(shape: list[int | None], layers: list[Any]) -> None:
    document = {"archc": 1, "name": "a", "input": shape, "layers": layers}
    wrong(yaml.safe_dump(document, sort_keys=False, allow_unicode=True))
