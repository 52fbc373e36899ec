"""The identity of a network: equal where a comparison finds nothing that two networks compute differently."""

from __future__ import annotations

import random
from itertools import combinations

import pytest

import archc
from archc.diff.compare import diff
from archc.diff.identity import identity
from archc.ir.graph import Graph
from archc.ops import registry
from tests.cases import every_or_few, type_of_input
from tests.diff import weightless_edits
from tests.diff.graphs import built, edited, graph_of, scrambled
from tests.diff.graphs import generated as generated_layers
from tests.diff.networks_generator import generated, written
from tests.hash_seeds import printed
from tests.targets.networks import network


def computes_the_same(left: Graph, right: Graph) -> bool:
    """What a comparison says: at most names, spelling and layers that do nothing differ."""
    found = diff(left, right)
    ends = [[(made.shape, made.dtype) for made in (*graph.inputs, *graph.outputs.values())] for graph in (left, right)]
    differing = [change for change in found.changes if change.classes != ("cosmetic",)]
    rewired = [change for change in found.rewired if change.classes != ("cosmetic",)]
    return not differing and not rewired and not found.consequences and ends[0] == ends[1]


@pytest.mark.parametrize("start", every_or_few(range(0, 500, 25), 1))
def test_a_network_written_in_two_ways_has_one_identity(start: int) -> None:
    for seed in range(start, start + 25):
        content = generated(seed, 40)
        one, other = (identity(network(written(content, each)).graph) for each in (2 * seed, 2 * seed + 1))
        assert one == other, seed


@pytest.mark.parametrize("start", every_or_few(range(0, 1000, 50), 1))
def test_identities_are_equal_where_a_comparison_finds_nothing(start: int) -> None:
    equal = 0
    for seed in range(start, start + 50):
        choose = random.Random(seed)
        layers = generated_layers(choose)
        left, right = built(layers), built(edited(layers, choose, choose.randint(0, 2)))
        same = identity(left) == identity(right)
        assert same == computes_the_same(left, right), seed
        assert identity(scrambled(right, seed)) == identity(right), seed
        equal += same
    assert 0 < equal < 50


@pytest.mark.parametrize("start", every_or_few(range(0, 200, 10), 1))
def test_edits_of_layers_without_weights_and_of_sharing_are_told(start: int) -> None:
    for seed in range(start, start + 10):
        content = generated(seed, 30)
        other = weightless_edits.edited(content, seed).content
        left, right = network(written(content, seed)).graph, network(written(other, seed + 1)).graph
        assert (identity(left) == identity(right)) == computes_the_same(left, right), seed


@pytest.mark.parametrize("name", every_or_few(registry(), 40))
def test_each_argument_that_matters_is_told(name: str) -> None:
    op = registry()[name]
    examples = [(op.model_validate(example.arguments), example.inputs) for example in op.examples if example.inputs]
    for (one, shapes), (other, others) in combinations(examples[:12], 2):
        if shapes == others and type_of_input(one) == type_of_input(other):
            left, right = graph_of(one, shapes), graph_of(other, shapes)
            assert (identity(left) == identity(right)) == computes_the_same(left, right), (one, other)


def test_what_two_towers_share_is_told() -> None:
    towers = "".join(f"  - Dense: 4\n    from: {tower}\n    as: {tower}_end\n    {{}}\n" for tower in ("a", "b"))
    text = f"archc: 1\nname: Towers\ninputs: {{a: [4], b: [4]}}\nlayers:\n{towers}  - Subtract: [a_end, b_end]\n"
    apart, together = (archc.loads(text.replace("{}", change)).graph for change in ("note: apart", "share: tower"))
    assert identity(apart) != identity(together)


def test_the_member_at_the_values_of_its_family_is_the_family() -> None:
    family = archc.family("resnet")
    assert family.id(depths=[3, 4, 23, 3]) == archc.family("resnet101").id() != family.id()
    assert family.id(inputs=(160, 160, 3)) != family.id()


def test_an_identity_is_the_same_in_each_process() -> None:
    program = "import archc; print(archc.family('resnet18').id(), archc.family('googlenet').id())"
    assert len(printed(program)) == 1
