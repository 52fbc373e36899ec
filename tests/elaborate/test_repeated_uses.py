"""Uses of blocks that come again: what is remembered of them adds what an expansion of each use adds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archc.collector import Collector
from archc.elaborate.expand import Expansion, Settings, expand, expand_each_use
from archc.elaborate.memory import memory_of
from archc.ir.graph import Region
from archc.language.sources import Source
from archc.library.specs import Spec, load_spec, resolve
from tests.elaborate.specs import spec

# Names of Keras's, names of parts, `name: ""`, shapes beside steps, several inputs, states, `Split`, shared layers.
NETWORKS = (
    "resnet18",
    "segnet",
    "ssd300",
    "shufflenet_v1_g3",
    "unet",
    "ghostnet",
    "transformer_base",
    "siamese_omniglot",
)

REMEMBERED = ("resnet18", "segnet", "ghostnet", "transformer_base")


def found(label: str) -> Spec:
    """A spec of the library."""
    spec = load_spec(label, Collector())
    assert spec is not None
    return spec


def text_spec(text: str) -> Spec:
    """The spec of a text."""
    spec = resolve(Source("a.yaml", text, Path("/nowhere"), None), "a", Collector())
    assert spec is not None
    return spec


def chain(region: Region) -> list[tuple[Any, ...]]:
    """A part and those around it."""
    return [(one.kind, one.title, one.name, one.prefix, one.word, one.at) for one in region.chain()]


def told(expansion: Expansion) -> list[Any]:
    """All that an expansion has, with the numbers of tensors in their place."""
    graph = expansion.graph
    number = {tensor: place for place, tensor in enumerate((*graph.inputs, *graph.nodes))}
    return [
        *((node.name, node.op, [number[one] for one in node.inputs], node.shape, node.weights) for node in graph.nodes),
        *((node.macs, chain(node.region), node.at, node.note, node.dtype) for node in graph.nodes),
        {name: (chain(region), number[tensor]) for name, (region, tensor) in graph.regions.items()},
        {name: number[tensor] for name, tensor in graph.outputs.items()},
        [(call.name, [number[node] for node in call.nodes]) for call in graph.calls],
        [(shape._replace(tensor=None), number.get(shape.tensor)) for shape in expansion.shapes],  # type: ignore[arg-type]
    ]


def both(spec: Spec, setting: Settings) -> list[Any]:
    """What an expansion of each use gives, or its errors, and what two with memory do."""
    results: list[Any] = []
    for one in (expand_each_use, expand, expand):
        collector = Collector()
        expansion = one(spec, setting, collector)
        results.append(collector.error().diagnostics if expansion is None else told(expansion))
    return results


@pytest.mark.parametrize("label", NETWORKS)
def test_a_remembered_use_adds_the_same_layers(label: str) -> None:
    spec = found(label)
    before = memory_of(spec.blocks).count
    each, first, second = both(spec, Settings())
    assert each == first == second
    assert memory_of(spec.blocks).count > before or label not in REMEMBERED


def test_a_faulty_use_is_told_as_without_memory() -> None:
    text = spec(
        "- unit: {width: 4}\n  name: one\n- unit: {width: 4}\n  name: two\n- unit: {width: 4}\n  name: one",
        blocks="unit:\n  params: {width: int}\n  layers:\n    - Dense: $width\n      name: dense\n    - ReLU",
    )
    each, first, second = both(text_spec(text), Settings())
    assert [error.code for error in each] == ["name-taken"]
    assert each == first == second


BLOCKS = """
inner:
  params: {width: int}
  layers:
    - Dense: $width
    - ReLU:
      name: act
      when: $(width > 2)
outer:
  params: {width: int, deep: false}
  inputs: [a, b]
  outputs: [x, a]
  layers:
    - inner: {$width}
      name: first
    - inner: {width: $(x.channels)}
      when: $deep
      prefix: second
    - Dropout: 0.5
      name: ""
      when: $deep
    - Add: [[], {Dense: $x.channels}]
      from: b
      shape: [8, 8, $width]
"""
STEP = st.one_of(
    st.tuples(st.sampled_from([1, 2, 4]), st.sampled_from(["", "name: p$(n)", "prefix: p$(n)", "name: p"])).map(
        lambda made: [f"inner: {{width: {made[0]}}}", made[1]]
    ),
    st.tuples(st.sampled_from([2, 4]), st.booleans(), st.sampled_from(["", "name: p$(n)", "prefix: p$(n)"])).map(
        lambda made: [
            f"outer: {{width: {made[0]}, deep: {str(made[1]).lower()}}}",
            "from: [x, y]",
            "as: [y, z]",
            made[2],
        ]
    ),
)


@settings(max_examples=60)
@given(st.lists(STEP, min_size=2, max_size=5))
def test_generated_uses_add_the_same_layers(steps: list[list[str]]) -> None:
    listed = ["- as: y\n- let: {n: 0}"]
    for number, (head, *modifiers) in enumerate(steps):
        listed.append("\n  ".join([f"- {head}", *(one for one in modifiers if one)]))
        listed.append(f"- let: {{n: {number + 1}}}")
    each, first, second = both(text_spec(spec("\n".join(listed), blocks=BLOCKS, unused="warn")), Settings())
    assert each == first == second
