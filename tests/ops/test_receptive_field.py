"""The receptive field of a network, by hand."""

from __future__ import annotations

import pytest

from archc.analysis.receptive_field import Field, receptive_fields
from tests.elaborate.specs import compile_text, spec

NETWORKS = {
    "convolutions and a pooling": (
        "[32, 32, 3]",
        "- Conv2D: {filters: 4, kernel_size: 3}\n"
        "- Conv2D: {filters: 4, kernel_size: 3}\n"
        "- MaxPooling2D: 2\n"
        "- Conv2D: {filters: 4, kernel_size: 3}",
        [Field(10, 2), Field(10, 2)],
    ),
    "the larger of two branches": (
        "[32, 32, 3]",
        "- Add: [[{Conv2D: {filters: 3, kernel_size: 5, padding: same}}], []]",
        [Field(5, 1), Field(5, 1)],
    ),
    "one axis": (
        "[32, 32, 3]",
        "- Conv2D: {filters: 4, kernel_size: [1, 7], strides: [1, 2]}",
        [Field(1, 1), Field(7, 2)],
    ),
    "a gate of global pooling": (
        "[32, 32, 3]",
        "- Multiply: [[], [{GlobalAveragePooling2D: {keepdims: true}}, {Dense: 3}]]",
        [Field(None, 1), Field(None, 1)],
    ),
    "upsampling": (
        "[8, 8, 3]",
        "- UpSampling2D: 2\n- Conv2D: {filters: 4, kernel_size: 3}",
        [Field(2, 0.5), Field(2, 0.5)],
    ),
    "padding and cropping": ("[8, 8, 3]", "- ZeroPadding2D: 3\n- Cropping2D: 1", [Field(1, 1), Field(1, 1)]),
    "flattened": ("[8, 8, 3]", "- Flatten:\n- Dense: 3", [Field(None, 1), Field(None, 1)]),
    "an axis that becomes channels": (
        "[1, 7, 3]",
        "- Reshape: {target_shape: [1, 21]}",
        [Field(None, 1), Field(None, 1)],
    ),
    "a dense layer of each step": ("[8, 3]", "- Dense: 3", [Field(1, 1)]),
    "a sequence": ("[8, 3]", "- LSTM: {units: 3, return_sequences: true}", [Field(None, 1)]),
    # The axis of the channels becomes a spatial axis, along which nothing is known: no field may be too small.
    "an embedding": ("{shape: [8, 5], dtype: int32}", "- Embedding: {input_dim: 9, output_dim: 4}", [Field(1, 1)]),
    "a convolution over an embedding": (
        "{shape: [8, 5], dtype: int32}",
        "- Embedding: {input_dim: 9, output_dim: 4}\n- Conv2D: {filters: 4, kernel_size: 3}",
        [Field(None, 1)],
    ),
    "a convolution over channels": (
        "[8, 8]",
        "- Reshape: {target_shape: [8, 8, 1]}\n- Conv2D: {filters: 4, kernel_size: 3}",
        [Field(None, 1)],
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_receptive_field_of_the_output(name: str) -> None:
    shape, layers, expected = NETWORKS[name]
    graph = compile_text(spec(layers, input=shape)).graph
    assert receptive_fields(graph)[graph.outputs[graph.main]] == tuple(expected)
