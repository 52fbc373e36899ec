"""Networks that end at a later call of a shared layer: the counts and the model, where first calls are left out."""

from pathlib import Path

import pytest

import archc
from archc.analysis import cost
from archc.targets.keras.model import build

_SPECS = [
    path
    for folder in ("targets/specs", "elaborate/networks")
    for path in sorted((Path(__file__).parents[1] / folder).glob("*.yaml"))
    if "share:" in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("path", _SPECS, ids=lambda path: path.stem)
def test_weights_count_where_the_first_call_is_left_out(path: Path) -> None:
    graph = archc.load(path).graph
    inside = {node for call in graph.calls for node in call.nodes} - {
        end for call in graph.calls for end in call.outputs
    }
    later = [node for node in graph.nodes if node.first is not None and node not in inside]
    for node in later[:: max(1, len(later) // 2)]:
        ended = graph.ending_at({"end": node})
        if not ended.inputs:
            continue
        there = set(ended.nodes).union(*(call.nodes for call in ended.calls))
        assert all(made.first in there for made in ended.nodes if made.first is not None)
        assert cost.total_params(ended.nodes) == build(ended, "ended").count_params()
