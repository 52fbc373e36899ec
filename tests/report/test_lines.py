"""A network as lines that are compared."""

from __future__ import annotations

import pytest

from archc.ops import registry
from archc.report.lines import lines
from archc.targets.keras.calls import op_text
from tests.elaborate.specs import compile_text, spec


def shown(text: str) -> list[str]:
    network = compile_text(text)
    return lines(network.spec, network.graph, network.values, network.check(), network.features.values())


@pytest.mark.parametrize("name", registry())
def test_every_op_is_on_one_line(name: str) -> None:
    for example in registry()[name].examples:
        line = op_text(registry()[name].model_validate(example.arguments))
        assert line.startswith(f"{name}(")
        assert "\n" not in line


def test_inputs_are_named_where_they_are_not_the_layer_before() -> None:
    text = spec("- Add: [left, {Dense: 4, from: right}]", input="", inputs="{left: [4], right: [4]}")
    assert shown(text)[1:6] == ["input left  4", "input right  4", "", "dense  Dense(4)  from right  4  20",
                                "add  Add()  from left, dense  4"]  # fmt: skip


def test_parameters_preprocessing_and_outputs_are_printed_completely() -> None:
    long = str(list(range(40)))
    steps = "- Dense: 4\n  output: low\n  when: $(on or len(long) > 2)\n- Dense: 2\n  output: high"
    text = spec(steps, params=f"{{long: {long}, on: false}}", preprocess="{mode: caffe, size: 256}")
    printed = shown(text)
    assert printed[1:3] == [f"parameter long: {long}", "parameter on: false"]
    assert printed[4:6] == ['preprocess mode: "caffe"', "preprocess size: 256"]
    assert [line for line in printed if line.startswith("output")] == [
        "output low  8x8x4",
        "output high  8x8x2",
    ]


def test_a_fact_has_its_verdict() -> None:
    facts = "- {params: 9, source: Table 1}\n- {params: {value: 219, computed: 193, because: a slip}}"
    printed = shown(spec("- Flatten\n- Dense: 1", expect=facts))
    assert printed[-2:] == ["documented params: 9  differs (193)  Table 1", "documented params: 219  explained (193)"]


def test_what_could_steer_a_terminal_is_escaped() -> None:
    assert shown(spec("- ReLU", summary='"a\\u202eb"'))[0] == "a: a\\u202eb"


def test_what_is_called_twice_counts_once() -> None:
    printed = shown(spec("- Dense: 3\n  share: s\n  name: same\n- Dense: 3\n  share: s"))
    assert [line for line in printed if line.startswith("same")] == [
        "same  Dense(3)  8x8x3  12",
        "same  Dense(3)  8x8x3",
    ]
    assert "layers: 1" in printed
