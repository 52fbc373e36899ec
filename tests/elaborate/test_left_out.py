"""`unused: warn`: what no output needs is left out with a warning, as Keras leaves it out."""

from __future__ import annotations

from pathlib import Path

from tests.elaborate.specs import codes, compile_text, names, spec

SIDE = "- side: [Dense: 5, ReLU: ]\n- Dense: 3"


def test_what_no_output_needs_is_left_out_with_a_warning() -> None:
    assert codes(spec(SIDE)) == codes(spec(SIDE, unused="error")) == ["unneeded"]
    net = compile_text(spec(SIDE, unused="warn"))
    assert names(net) == ["dense_1"]
    assert [(one.code, one.severity, one.position and one.position.line) for one in net.warnings] == [
        ("left-out", "warning", 6)
    ]
    assert not compile_text(spec("- ReLU", unused="warn")).warnings


def test_what_is_counted_is_what_keras_counts() -> None:
    blocks = "{unit: {layers: [{side: [{Dense: 9}]}, BatchNormalization]}}"
    shared = "- unit:\n  share: a\n- unit:\n  share: a\n- side: [{Conv2D: {filters: 7, kernel_size: 3}}]\n- Dense: 3"
    net = compile_text(spec(shared, blocks=blocks, input="", inputs="{image: [8, 8, 3], mask: [4]}", unused="warn"))
    model = net.build()
    assert model.count_params() == net.total_params == 4 * 3 + 3 * 3 + 3
    assert [entered.name for entered in model.inputs] == ["image", "mask"]
    assert [layer.name for layer in model.layers if layer.name.startswith("dense")] == ["dense_1"]


def test_the_key_is_inherited(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(spec(SIDE, unused="warn"), encoding="utf-8")
    (tmp_path / "child.yaml").write_text("archc: 1\nname: C\nextends: base\n", encoding="utf-8")
    (tmp_path / "strict.yaml").write_text("archc: 1\nname: C\nextends: base\nunused: error\n", encoding="utf-8")
    assert names(compile_text(tmp_path / "child.yaml")) == ["dense_1"]
    assert codes(tmp_path / "strict.yaml") == ["unneeded"]


def test_a_first_call_whose_weights_are_needed_is_an_error() -> None:
    text = "- as: a\n- Dense: 3\n  share: s\n- Dense: 3\n  share: s\n  from: a"
    assert codes(spec(text, unused="warn")) == ["unneeded"]
