"""How a diff tells inputs, outputs and preprocessing apart."""

from __future__ import annotations

import pytest

from archc.diff.compare import Diff
from tests.targets.networks import network

ONE = "archc: 1\nname: Small\ninput: [4]\nlayers: [{Dense: 3, name: a}]"
TWO = "archc: 1\nname: Small\ninputs: {left: [4], right: [4]}\nlayers: [{Add: [left, right]}, {Dense: 3, name: a}]"
NAMED = ONE.replace("name: a", "name: a, output: species")
HEADS = """archc: 1
name: Small
input: [4]
layers:
  - side: {Dense: 2, name: a}
    output: one
  - Dense: 3
    name: b
    output: two
"""
CAFFE = f"{ONE}\npreprocess: {{mode: caffe, size: 256}}"

PAIRS = {
    "equal": (ONE, ONE, []),
    "layer renamed": (ONE, ONE.replace("name: a", "name: b"), []),
    "shape": (ONE, ONE.replace("input: [4]", "input: [5]"), ["inputs 4 -> 5"]),
    "type": (ONE, ONE.replace("Dense: 3", "Dense: {units: 3, dtype: float16}"), ["outputs 3 -> 3 float16"]),
    "input named": (ONE, ONE.replace("input: [4]", "inputs: {image: [4]}"), ["input `input_layer` -> `image`"]),
    "inputs renamed": (TWO, TWO.replace("left", "query"), ["input `left` -> `query`"]),
    "inputs exchanged": (
        TWO,
        TWO.replace("left: [4], right: [4]", "right: [4], left: [4]"),
        ["inputs `left`, `right` -> `right`, `left`"],
    ),
    "output named": (ONE, NAMED, ["output `a` -> `species`"]),
    "output renamed": (NAMED, NAMED.replace("species", "kind"), ["output `species` -> `kind`"]),
    "outputs exchanged": (
        HEADS,
        f"{HEADS}outputs: [two, one]\n",
        ["outputs 2, 3 -> 3, 2", "outputs `one`, `two` -> `two`, `one`"],
    ),
    "output removed": (
        HEADS,
        HEADS.replace("  - side: {Dense: 2, name: a}\n    output: one\n", ""),
        ["outputs 2, 3 -> 3", "outputs removed: `one`"],
    ),
    "preprocessing": (
        CAFFE,
        CAFFE.replace("caffe, size: 256", "torch, mean: [1, 2.5]"),
        ["preprocess mode caffe -> torch", "preprocess size 256 -> none", "preprocess mean none -> 1, 2.5"],
    ),
    "source of preprocessing": (CAFFE, CAFFE.replace("256}", "256, source: Section 3}"), []),
    "no word of preprocessing": (CAFFE, ONE, []),
}


def compared(left: str, right: str) -> Diff:
    return network(left).diff(network(right))


@pytest.mark.parametrize("pair", PAIRS)
def test_inputs_outputs_and_preprocessing(pair: str) -> None:
    left, right, expected = PAIRS[pair]
    found = compared(left, right)
    assert list(found.signature) == expected
    assert ("io" in found.classes) == bool(expected)
    assert bool(compared(right, left).signature) == bool(expected)
