"""What boxes say of ops, and how wide that is."""

from __future__ import annotations

import re
from typing import Any

import pytest

from archc.ops import registry
from archc.pictures.text_width import fitted, text_width
from archc.pictures.wording import op_name, op_words, shape_words

WORDS: list[tuple[str, dict[str, Any], str]] = [
    ("Conv2D", {"filters": 64, "kernel_size": 3, "activation": "relu"}, "conv 3×3, 64 relu"),
    ("Conv2D", {"filters": 64, "kernel_size": 7, "strides": 2}, "conv 7×7, 64 /2"),
    ("Conv2D", {"filters": 8, "kernel_size": [1, 7], "groups": 2}, "conv 1×7, 8, 2 groups"),
    ("Conv1D", {"filters": 8, "kernel_size": 3, "dilation_rate": 2}, "conv 3, 8 dilated 2"),
    ("DepthwiseConv2D", {"kernel_size": 3, "strides": 2}, "dw conv 3×3 /2"),
    ("Conv2DTranspose", {"filters": 4, "kernel_size": 2, "strides": 2}, "up-conv 2×2, 4 /2"),
    ("MaxPooling2D", {}, "max pool 2×2 /2"),
    ("MaxPooling2D", {"pool_size": 3, "strides": 1, "padding": "same"}, "max pool 3×3"),
    ("GlobalAveragePooling2D", {}, "global avg pool"),
    ("Dense", {"units": 1000, "activation": "softmax"}, "dense 1000 softmax"),
    ("Activation", {"activation": "gelu"}, "gelu"),
    ("Activation", {"activation": {"LeakyReLU": 0.1}}, "leaky_relu"),
    ("ReLU", {"max_value": 6}, "relu"),
    ("BatchNormalization", {}, "BN"),
    ("GroupNormalization", {"groups": 8}, "GN 8"),
    ("LayerNormalization", {}, "LN"),
    ("MultiHeadAttention", {"num_heads": 12, "key_dim": 64}, "attention 12 heads"),
    ("LSTM", {"units": 8}, "LSTM 8"),
    ("Bidirectional", {"layer": {"GRU": 8}}, "bidirectional GRU 8"),
    ("TimeDistributed", {"layer": {"Dense": 8}}, "each dense 8"),
    ("Dropout", {"rate": 0.5}, "dropout 0.5"),
    ("Concatenate", {}, "concat"),
    ("Sum", {"axis": [1, 2]}, "sum axis 1,2"),
    ("RandomFlip", {}, "random flip"),
    ("STFTSpectrogram", {}, "STFT spectrogram"),
]


@pytest.mark.parametrize(("op", "arguments", "words"), WORDS, ids=[words for *_, words in WORDS])
def test_what_is_told_of_an_op(op: str, arguments: dict[str, Any], words: str) -> None:
    assert op_words(registry()[op](**arguments)) == words


def test_every_op_is_told_in_a_line() -> None:
    for name, op in registry().items():
        for example in op.examples:
            words = op_words(op(**example.arguments))
            assert words == " ".join(words.split()), name
            assert 1 < len(words) < 60, (name, words)
            assert "None" not in words, (name, words)


ALIKE = {"attention": {"Attention", "MultiHeadAttention"}, "pad": {"Pad", "ZeroPadding"}}
"""The ops that people call the same: the heads of one are told, and padding is a layer or a function."""


def test_ops_are_told_apart_by_their_names() -> None:
    made: dict[str, set[str]] = {}
    for name, op in registry().items():
        words = op_name(op(**op.examples[0].arguments))
        made.setdefault(words, set()).add(re.sub("[123]D", "", name))
    assert {words: names for words, names in made.items() if len(names) > 1} == ALIKE


@pytest.mark.parametrize(
    ("shape", "words"), [((224, 224, 3), "224×224×3"), ((None, 8), "?×8"), ((), "scalar"), ((10,), "10")]
)
def test_a_shape(shape: tuple[int | None, ...], words: str) -> None:
    assert shape_words(shape) == words


def test_the_width_of_a_text_grows_with_it() -> None:
    assert text_width("", 11) == 0
    assert text_width("WWWW", 10) == -(-4 * 944 * 10 * 115 // 100_000)
    assert text_width("abc", 11) < text_width("abc", 11, bold=True) < text_width("abcd", 11, bold=True)
    assert text_width("層層", 10) == 23  # of 1000 thousandths each, and 15 % more
    assert text_width("é", 10) == text_width("e", 10) == text_width("e\u0301", 10)


@pytest.mark.parametrize("text", ["conv2_block3_expand_projection", "ab", "層" * 40, "x" * 200, "W"])
@pytest.mark.parametrize("room", [0, 12, 30, 80, 3000])
def test_a_text_is_cut_in_its_middle(text: str, room: int) -> None:
    made = fitted(text, 11, room, bold=True)
    if text_width(text, 11, bold=True) <= room:
        assert made == text
        return
    start, _, end = made.partition("…")
    assert text.startswith(start)
    assert text.endswith(end)
    assert len(start) - len(end) in (0, 1)
    assert made == "…" or text_width(made, 11, bold=True) <= room
