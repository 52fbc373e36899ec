"""Facts at other values, with a tolerance, and in other conventions."""

from __future__ import annotations

from typing import Any

import pytest

from archc.analysis import fact_check
from archc.analysis.cost import node_count
from archc.diagnostics import SpecError
from archc.elaborate.expand import Expansion, expand
from archc.network import load, loads

TEXT = """archc: 1
name: a
params: {units: 8, classes: 2}
input: [4, 4, 1]
layers:
  - Flatten
  - Dense: $units
    name: hidden
    shape: [8]
  - Dense: $classes
expect:
  - params: 154
  - {when: {units: 16}, params: 306, layers: {hidden: [16]}}
  - {when: {units: 16}, depth: 2, output: [$classes]}
  - {when: {input: [2, 2, 1], units: 4}, params: 30}
"""


def verdicts(text: str, **params: Any) -> list[str]:
    return [fact.verdict for fact in loads(text, **params).check()]


def test_facts_are_held_to_the_network_at_their_values() -> None:
    assert verdicts(TEXT) == ["agrees"] * 7
    assert verdicts(TEXT.replace("306", "307")) == ["agrees"] * 2 + ["differs"] + ["agrees"] * 4
    assert [fact.when for fact in loads(TEXT).check()][1:3] == [None, {"units": 16}]
    differing = loads(TEXT.replace("306", "307")).check()[2]
    assert repr(differing) == "<params: documented 307, computed 306: differs>"
    assert differing.subject == "params at units=16"


def test_settings_of_a_user_do_not_change_the_values_of_facts() -> None:
    assert verdicts(TEXT, units=3) == ["set_aside", "set_aside", *["agrees"] * 5]
    assert verdicts(TEXT.replace("306", "307"), units=16)[2] == "differs"


def test_each_condition_is_expanded_once_and_only_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    expanded: list[dict[str, object]] = []

    def counted(spec: object, settings: object, collector: object) -> Expansion | None:
        expanded.append(dict(settings.params))  # type: ignore[attr-defined]
        return expand(spec, settings, collector)  # type: ignore[arg-type]

    monkeypatch.setattr(fact_check, "expand", counted)
    network = loads(TEXT)
    assert [fact.when for fact in network.check(conditions=False)] == [None, None]
    network.source()
    network.check_as(network)
    assert expanded == []
    network.check()
    network.check()
    assert expanded == [{"units": 16}, {"units": 4}]


def test_an_input_has_the_shape_of_its_name() -> None:
    text = """archc: 1
name: a
inputs: {left: [4], right: [4]}
layers:
  - Concatenate: [left, right]
  - Dense: 3
expect: {when: {left: [6]}, params: 33}
"""
    assert verdicts(text) == ["agrees"]
    with pytest.raises(SpecError, match="the network has several inputs"):
        verdicts(text.replace("left: [6]", "input: [6]"))


@pytest.mark.parametrize(
    ("written", "verdict"),
    [
        ("{value: 150, tolerance: 2.6%}", "differs"),  # 154 is 2.67% more
        ("{value: 150, tolerance: 2.7%}", "agrees"),
        ("{value: 158, tolerance: 2.54%}", "agrees"),  # 154 is 2.53% less
        ("{value: 158, tolerance: 2.5%}", "differs"),
        ("{value: 0.1K, tolerance: 1%}", "differs"),
        ("{value: 0.2K, tolerance: 1%}", "agrees"),  # the printed figure is 150 to 250 already
    ],
)
def test_a_tolerance_is_a_part_of_the_figure(written: str, verdict: str) -> None:
    assert verdicts(TEXT.replace("params: 154", f"params: {written}"))[1] == verdict


def test_counts_are_those_of_keras_and_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    network = loads(
        """archc: 1
name: Net
input: [8, 8, 3]
layers:
  - Conv2D: {filters: 4, kernel_size: 3, trainable: false}
  - BatchNormalization
  - Flatten
  - Dense: 2
expect: {params: 0, total_params: 0, non_trainable_params: 0, torch_params: 0, torch_buffers: 0}
"""
    )
    counted = {fact.fact: fact.computed for fact in network.check()}
    model = network.build()
    sizes = {name: sum(int(v.numpy().size) for v in getattr(model, name)) for name in ("trainable_weights", "weights")}
    frozen = sum(int(v.numpy().size) for v in model.non_trainable_weights)
    assert (counted["params"], counted["total_params"]) == (sizes["trainable_weights"], sizes["weights"])
    assert counted["non_trainable_params"] == frozen
    made: dict[str, type] = {}
    exec(network.source("torch"), made)
    module = made["Net"]()
    assert isinstance(module, torch.nn.Module)
    assert counted["torch_params"] == sum(held.numel() for held in module.parameters())
    assert counted["torch_buffers"] == sum(held.numel() for held in module.buffers())


def test_resnet50_has_the_counts_of_torchvision() -> None:
    network = load("resnet50")
    counted = {
        name: sum(node_count(name, node) for node in network.graph.nodes) for name in ("torch_params", "torch_buffers")
    }
    assert counted["torch_params"] == 25_557_032
    assert counted["torch_buffers"] == network.total_params - network.params + 53  # a counter for each normalization
