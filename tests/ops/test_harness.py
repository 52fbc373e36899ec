"""The harness itself: a fault that is planted in a rule is caught."""

# ruff: noqa: ARG001, ARG005 - a faulty rule ignores what the right one reads

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, given, settings

from archc.ir.op import Op, Weight
from archc.ops import (
    activation,
    attention,
    convolution,
    merging,
    normalization,
    recurrent,
    registry,
    resampling,
    reshaping,
    transposed_convolution,
    weight_arguments,
    windows,
)
from tests.ops.generated import Case, chosen, generated
from tests.ops.oracle import Accepted, Refused, disagreement, of_archc, of_keras
from tests.ops.test_generated import judged

SLIDING_SIZE, TRANSPOSED_SIZE = windows.sliding_size, windows.transposed_size


def rounded_up(size: Any, window: int, stride: int, padding: str, dilation: int) -> Any:
    found = SLIDING_SIZE(size, window, stride, padding, dilation)
    return found if found is None or padding != "valid" else -(-(size - dilation * (window - 1) - 1) // stride) + 1


def undilated(size: Any, window: int, stride: int, padding: str, dilation: int) -> Any:
    return SLIDING_SIZE(size, window, stride, padding, 1)


def never_too_large(size: Any, window: int, stride: int, padding: str, dilation: int) -> Any:
    return SLIDING_SIZE(max(size or window, window), window, stride, padding, 1)


def without_output_padding(size: Any, window: int, stride: int, padding: str, dilation: int, extra: Any) -> Any:
    return TRANSPOSED_SIZE(size, window, stride, padding, dilation, None)


def always_trainable(op: Op, name: str, shape: Any, initializer: Any = None, *, trainable: bool = True) -> Weight:
    return Weight(name, shape, trainable)


def as_the_first(shapes: Any) -> Any:
    return next(iter(shapes))


def no_check(*_: Any, **__: Any) -> None:
    return None


ORIGINAL = normalization.BatchNormalization.weights

FAULTS: list[tuple[str, Any, str, Any]] = [
    ("Conv2D", windows, "sliding_size", rounded_up),
    ("MaxPooling2D", windows, "sliding_size", rounded_up),
    ("Conv1D", windows, "sliding_size", undilated),
    ("DepthwiseConv2D", windows, "sliding_size", never_too_large),
    ("Conv2D", convolution, "refuse_strided_dilation", no_check),
    ("Conv2DTranspose", transposed_convolution, "transposed_size", without_output_padding),
    ("Conv2DTranspose", transposed_convolution, "refuse_strided_dilation", no_check),
    ("PReLU", activation, "weight_of", always_trainable),
    ("BatchNormalization", normalization, "weight_of", always_trainable),
    ("LSTM", recurrent, "weight_of", always_trainable),
    ("MultiHeadAttention", attention, "weight_of", always_trainable),
    ("Add", merging, "broadcast", as_the_first),
    ("Concatenate", merging, "_agree", lambda a, b, but: True),
    ("Cropping2D", resampling._Cropping, "infer", lambda self, x: x),
    ("Reshape", reshaping.Reshape, "infer", lambda self, x: self.target_shape),
    ("Permute", reshaping.Permute, "infer", lambda self, x: x),
    ("GRU", recurrent.GRU, "gates", 4),
    ("GroupNormalization", normalization.GroupNormalization, "infer", lambda self, x: x),
    ("Dense", weight_arguments, "_LEAST_AXES", {}),
]


def caught(op: type[Op]) -> bool:
    """Whether the generated cases show a fault."""

    class Found(Exception):
        pass

    @settings(max_examples=300, phases=[Phase.generate])
    @given(generated(op))
    def search(case: Case) -> None:
        try:
            verdict = judged(op, case)
        except Exception as error:
            raise Found from error
        if verdict is not None:
            raise Found

    try:
        search()
    except Found:
        return True
    return any(judged(op, case) is not None for case in chosen(op, 100))


@pytest.mark.parametrize(
    ("name", "where", "what", "faulty"), FAULTS, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_planted_fault_is_caught(name: str, where: Any, what: str, faulty: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(where, what, faulty)
    assert caught(registry()[name])


def test_a_difference_of_verdicts_is_shown() -> None:
    op = registry()["Conv2D"]
    possible, impossible = {"filters": 4, "kernel_size": 3}, {"filters": 4, "kernel_size": 9}
    assert isinstance(of_archc(op, possible, ((8, 8, 3),)), Accepted)
    assert isinstance(of_keras(op, possible, ((8, 8, 3),), None), Accepted)
    assert isinstance(of_archc(op, impossible, ((8, 8, 3),)), Refused)
    assert isinstance(of_keras(op, impossible, ((8, 8, 3),), None), Refused)
    assert disagreement(op, possible, ((8, 8, 3),)) is None
    assert disagreement(op, impossible, ((8, 8, 3),)) is None


def test_a_wrong_order_of_weights_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(normalization.BatchNormalization, "weights", lambda self, x: ORIGINAL(self, x)[::-1])
    shown = disagreement(registry()["BatchNormalization"], {}, ((8, 8, 3),))
    assert shown is not None
    assert "gamma" in shown
