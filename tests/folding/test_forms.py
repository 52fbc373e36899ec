"""Small networks, and the form of the text that is written for each."""

from __future__ import annotations

import pytest

from archc.folding.write import write
from tests.elaborate.specs import compile_text
from tests.folding.equality import is_equal

_STAGES = """\
  - for: stage, depth in zip(range(1, 5), [1, 2, 3, 2])
    do:
      - for: i in range(depth)
        do:
          - Conv2D: {filters: "$(8 * stage)", kernel_size: 3, padding: same}
            name: block$(stage)$('abc'[i])_conv
          - BatchNormalization:
            name: block$(stage)$('abc'[i])_bn
          - ReLU:
            name: block$(stage)$('abc'[i])_relu
"""
_TRANSITIONS = """\
  - for: stage in range(1, 5)
    do:
      - for: i in range(1, stage + 2)
        do:
          - Conv2D: {filters: 8, kernel_size: 3, padding: same}
            name: stage$(stage)_conv$(i)
      - MaxPooling2D: 2
        when: $(stage < 4)
        name: stage$(stage)_pool
"""
_INITIALIZERS = """\
  - Conv2D: {filters: 4, kernel_size: 3, kernel_initializer: {VarianceScaling: {scale: 2, mode: fan_out}}}
    name: one
  - ReLU
  - Dense: {units: 9, kernel_initializer: {VarianceScaling: {scale: 2, mode: fan_out}}}
    name: two
"""
_RATES = """\
  - for: i in range(1, 6)
    do:
      - Conv2D: {filters: 4, kernel_size: 1}
        name: unit$(i)_conv
      - Dropout: $(0.2 * i / 7)
        name: unit$(i)_drop
"""
_STATES = """\
  - Conv2D: {filters: 4, kernel_size: 1}
    as: before
  - ReLU:
    as: now
  - for: i in range(4)
    do:
      - Conv2D: {filters: 4, kernel_size: 3, padding: same}
        from: now
        name: left$(i)
      - Add: [[], before]
        name: sum$(i)
        as: after
      - let: {now: $after, before: $now}
"""


@pytest.mark.parametrize(
    ("layers", "parts"),
    [
        (_STAGES, ["name: \"block$(stage)$('abc'[i])\"", "range(depth)"]),
        (_TRANSITIONS, ["when: $(stage < 4)"]),
        (
            _INITIALIZERS,
            ["&initializer {VarianceScaling: {scale: 2, mode: fan_out}}", "kernel_initializer: *initializer"],
        ),
        (_RATES, ["$(0.2 * i / 7)"]),
        (_STATES, ["- for: i in range(4)", "- let: {before: $"]),
    ],
    ids=["stages of one use", "last round", "anchors", "rates", "two tensors"],
)
def test_a_network_is_written_as_a_person_writes_it(layers: str, parts: list[str]) -> None:
    graph = compile_text(f"archc: 1\nname: a\ninput: [64, 64, 3]\nlayers:\n{layers}").graph
    written = write(graph, "a")
    is_equal(graph, written.text)
    for part in parts:
        assert part in written.text
