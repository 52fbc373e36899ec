"""Networks as prisms: what is drawn, and that nothing lies on another."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest

from archc.diagnostics import SpecError
from archc.pictures.cards import DETAIL_SIZE
from archc.pictures.text_width import text_width
from archc.pictures.volumes import Figure, figure
from tests.cases import every_or_few
from tests.pictures.scenes import drawing_of, network_names

UNET = "tests/pictures/networks/unet.yaml"


def figure_of(name: str) -> Figure:
    return figure(drawing_of(name))


def shapes(made: Figure) -> list[str]:
    return [column.shape for column in made.columns]


def test_vgg16_is_the_figure_of_its_reviews() -> None:
    made = figure_of("vgg16")
    assert [(column.shape, column.count) for column in made.columns] == [
        ("224×224×3", 1), ("224×224×64", 2), ("112×112×64", 1), ("112×112×128", 2), ("56×56×128", 1),
        ("56×56×256", 3), ("28×28×256", 1), ("28×28×512", 3), ("14×14×512", 1), ("14×14×512", 3), ("7×7×512", 1),
        ("25088", 1), ("4096", 2), ("1000", 1),
    ]  # fmt: skip
    assert made.columns[1].labels == ("conv 3×3, 64", "relu ×2")
    assert made.arcs == []


def test_the_skips_of_a_u_net_are_arcs_inside_one_another() -> None:
    made = figure_of(UNET)
    arcs = sorted(made.arcs, key=lambda arc: arc.level)
    assert len(arcs) == 4
    assert [arc.level for arc in arcs] == [0, 1, 2, 3]
    assert all(inner.start > outer.start and inner.end < outer.end for inner, outer in pairwise(arcs))


def test_a_merge_is_drawn_with_what_is_before_it() -> None:
    """Where both have one resolution; the merge of branches that change it has a prism of its own."""
    assert [column.labels[0] for column in figure_of("inception_v3").columns].count("concat") == 2
    names = [" ".join(column.labels) for column in figure_of("tests/elaborate/networks/pix2pix.yaml").columns]
    assert "concat" not in names
    assert sum(name.endswith(" + concat") for name in names) == 7


@pytest.mark.parametrize("name", every_or_few(network_names(), 30))
def test_nothing_lies_on_another(name: str) -> None:
    try:
        made = figure_of(name)
    except SpecError as error:
        assert error.first.code == "usage"  # noqa: PT017
        return
    assert 3 <= sum(column.count for column in made.columns) <= 40
    most = max(
        (column.prism.height + column.prism.depth for column in made.columns if column.prism.depth), default=None
    )
    for column, edge, following in zip(made.columns, made.edges, [*made.edges[1:], made.width], strict=True):
        assert following - edge >= column.body + 10
        assert all(text_width(label, DETAIL_SIZE, bold=True) + 10 <= following - edge for label in column.labels)
        assert column.prism.depth or most is None or column.prism.height <= most
    for one, other in combinations(made.arcs, 2):
        if one.level == other.level:
            assert one.end <= other.start or other.end <= one.start
