"""Every network of the library is what its documents say."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from archc.analysis.facts import CheckedFact
from archc.library.paths import LIBRARY, library_paths
from archc.network import Network, load
from tests.specs.mutations import members

SPECS = sorted(LIBRARY.glob("*/*.yaml"))
UNSTATED = {"inception_v4": {"depth"}, "inception_resnet_v1": {"depth"}}
"""What no document says of a network; its summary says so."""
UNNUMBERED = {"gpt2_small", "siamese_omniglot"}
"""Papers that have neither an arXiv number nor a DOI."""


@cache
def network(path: Path) -> Network:
    return load(path)


@cache
def facts(path: Path) -> tuple[CheckedFact, ...]:
    return tuple(network(path).check())


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_fact_agrees_or_is_explained(path: Path) -> None:
    assert [fact for fact in facts(path) if fact.verdict not in ("agrees", "explained")] == []


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_says_what_it_is(path: Path) -> None:
    spec = network(path).spec
    assert spec.summary
    assert spec.paper is not None
    assert spec.paper.title
    assert spec.paper.authors
    assert spec.paper.year
    assert spec.paper.source
    assert bool(spec.paper.arxiv or spec.paper.doi) == (path.stem not in UNNUMBERED)


@pytest.mark.parametrize("path", members(), ids=lambda path: path.stem)
def test_facts_have_sources(path: Path) -> None:
    assert len(facts(path)) >= 3
    assert [fact for fact in facts(path) if not fact.source] == []


@pytest.mark.parametrize("path", members(), ids=lambda path: path.stem)
def test_whole_network_is_documented(path: Path) -> None:
    """Depth, parameters and the output: without them too much can change unseen."""
    documented = {fact.fact for fact in facts(path) if fact.of is None}
    assert {"depth", "params", "output"} - documented == UNSTATED.get(path.stem, set())


def test_names_are_those_of_files() -> None:
    stems = [path.stem for path in SPECS]
    assert len(set(stems)) == len(stems)
    assert [library_paths()[stem] for stem in stems] == SPECS


@pytest.mark.parametrize("path", members(), ids=lambda path: path.stem)
def test_explanations_are_exact(path: Path) -> None:
    """An explained figure is that of the network, so that the explanation cannot outlive it."""
    for fact in facts(path):
        assert (fact.verdict == "explained") == (fact.because is not None)
