"""Small networks, and the form of the text that is written for each."""

from __future__ import annotations

import pytest

from archc.folding.printer import wrapped
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

_STAGE_RATES = """\
  - let: {before: 0}
  - for: stage, depth in zip(range(1, 5), [2, 3, 2, 4])
    do:
      - for: i in range(depth)
        do:
          - Conv2D: {filters: "$(8 * stage)", kernel_size: 3, padding: same}
            name: block$(stage)$('abcd'[i])_conv
          - Dropout: $(0.2 * (before + i) / 11)
            name: block$(stage)$('abcd'[i])_drop
      - let: {before: $(before + depth)}
"""
_MORE_RATES = _STAGE_RATES.replace("(before + i) / 11", "(before + i + 3) / 16")
_FIRST_NAME = """\
  - for: i in range(5)
    do:
      - Conv2D: {filters: 8, kernel_size: 3}
        name: $('stem' if i == 0 else 'conv_' + str(i))
      - ReLU:
        name: $('stem_relu' if i == 0 else 'conv_' + str(i) + '_relu')
"""
_EXPANSIONS = """\
  - Conv2D: {filters: 8, kernel_size: 1}
    name: stem
  - for: i, filters, expansion in zip(range(1, 7), [8, 16, 16, 24, 24, 32], [2, 2, 2, 3, 3, 3])
    do:
      - let: {width: $x.channels}
        as: start
      - Conv2D: {filters: $(expansion * x.channels), kernel_size: 1}
        name: block$(i)_expand
      - ReLU:
        name: block$(i)_relu
        as: wide
      - Multiply:
          - []
          - - GlobalAveragePooling2D: {keepdims: true}
              name: block$(i)_se_squeeze
            - Conv2D: {filters: $(width // 4), kernel_size: 1, activation: relu}
              name: block$(i)_se_reduce
            - Conv2D: {filters: $wide.channels, kernel_size: 1, activation: sigmoid}
              name: block$(i)_se_expand
        name: block$(i)_se_excite
      - Conv2D: {$filters, kernel_size: 1}
        name: block$(i)_project
      - do:
          - Dropout: 0.1
            name: block$(i)_drop
          - Add: [[], start]
            name: block$(i)_add
        when: $(filters == width)
"""
_MANY_LISTS = """\
  - for: i, filters, kernel_size, strides in zip(range(4), [8, 16, 8, 24], [3, 1, 5, 3], [1, 2, 1, 1])
    do:
      - Conv2D: {$filters, $kernel_size, $strides, padding: same}
        name: unit$(i)_conv
      - Dropout: $([0.3, 0.15, 0.4, 0.01][i])
        name: unit$(i)_drop
      - ReLU: {negative_slope: "$([0.5, 0.25, 0.01, 0.35][i])", threshold: "$([0.5, 0.15, 0.03, 0.25][i])"}
        name: unit$(i)_relu
"""


_SELF_ATTENTION = """\
  - Reshape: [-1, 3]
  - for: i in range(4)
    do:
      - Add:
          - - LayerNormalization
            - MultiHeadAttention: {num_heads: 2, key_dim: 4}
          - []
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
        (_STAGE_RATES, ["depths: [2, 3, 2, 4]", "$(0.2 * (i + sum(depths[:stage - 1])) / sum(depths))"]),
        (_MORE_RATES, ["$(0.2 * (i + sum(depths[:stage - 1]) + 3) / 16)"]),
        (_FIRST_NAME, ["name: $('stem' if i == 0 else 'conv_' + str(i))"]),
        (
            _EXPANSIONS,
            ["filters: $(expansion * x.channels)", "filters: $relu.channels", "when: $(filters == start.channels)"],
        ),
        (_MANY_LISTS, ["- {strides: 1, kernel_size: 3, rate: 0.3, ", "for: i, row in enumerate(rows)"]),
        (_STATES, ["- for: i in range(4)", "- let: {before: $"]),
        (
            _SELF_ATTENTION,
            ["- for: i in range(4)", "          - - LayerNormalization\n            - MultiHeadAttention: {"],
        ),
    ],
    ids=[
        "stages of one use",
        "last round",
        "anchors",
        "rates",
        "rates of stages",
        "rates that begin later",
        "name of the first",
        "expansion",
        "rows",
        "two tensors",
        "self-attention",
    ],
)
def test_a_network_is_written_as_a_person_writes_it(layers: str, parts: list[str]) -> None:
    graph = compile_text(f"archc: 1\nname: a\ninput: [64, 64, 3]\nlayers:\n{layers}").graph
    written = write(graph, "a")
    is_equal(graph, written.text)
    for part in parts:
        assert part in written.text


@pytest.mark.parametrize("items", range(12, 24))
def test_a_long_list_behind_the_head_of_a_step_is_broken_into_lines(items: int) -> None:
    value = f"[{', '.join(['[[0]]'] * items)}]"
    lines = wrapped("            - Constant: ", [value], "", 16)
    assert max(map(len, lines)) <= 120
    assert "".join(lines).replace(" ", "") == f"-Constant:{value}".replace(" ", "")
