"""The network of another file as a step."""

from __future__ import annotations

from pathlib import Path

import pytest

from archc.diagnostics import SpecError
from archc.network import Network, load

TRUNK = """archc: 1
name: Trunk
params: {width: 4, classes: 10}
input: [32, 32, 3]
layers:
  - Conv2D: {filters: $width, kernel_size: 3, padding: same}
    name: stem
    shape: [32, 32, 4]
  - side:
      - Flatten
      - Dense: $classes
    name: aside
    output: early
  - MaxPooling2D: 2
    as: skip
  - for: level in range(2)
    do:
      - Conv2D: {filters: $(width * 2 ** level), kernel_size: 3, padding: same}
        name: conv$(level)
        as: level$(level)
    name: body
  - Flatten
  - Dense: $classes
    name: predictions
    output: logits
expect: {params: 1}
preprocess: {mode: tf}
"""


def using(folder: Path, layers: str, trunk: str = TRUNK, **sections: str) -> Network:
    """The network of these layers, beside the file of the trunk."""
    (folder / "trunk.yaml").write_text(trunk, encoding="utf-8")
    own = {"archc": "1", "name": "Own", "use": "{trunk: [trunk]}", "input": "[16, 16, 3]", **sections}
    text = "".join(f"{key}: {value}\n" for key, value in own.items())
    (folder / "own.yaml").write_text(f"{text}layers:\n{layers}", encoding="utf-8")
    return load(folder / "own.yaml")


def names(network: Network) -> list[str]:
    return [node.name for node in network.graph.nodes]


def test_layers_that_no_output_needs_are_left_out_and_their_names_are_free(tmp_path: Path) -> None:
    found = using(tmp_path, "  - trunk: {outputs: body_conv0}\n  - Flatten\n  - Dense: 2\n    name: predictions\n")
    assert names(found) == ["stem", "max_pooling2d", "body_conv0", "flatten_1", "predictions"]
    assert found.graph.nodes[2].shape == (8, 8, 4)
    assert list(found.graph.regions) == []  # `aside` and `body` end in what is left out


def test_the_shape_is_inferred_anew_and_no_fact_comes_along(tmp_path: Path) -> None:
    found = using(tmp_path, "  - trunk:\n    name: a\n", input="[8, 8, 1]")
    assert [node.shape for node in found.graph.nodes][:2] == [(8, 8, 4), (4, 4, 4)]
    assert found.check() == []
    assert found.spec.preprocess is None
    assert list(found.graph.outputs) == ["a_predictions"]


def test_steps_after_what_is_left_are_not_expanded(tmp_path: Path) -> None:
    """A classifier that cannot be, as the sizes are open, is no error of what ends before it."""
    trunk = TRUNK.replace(
        "  - side:\n      - Flatten\n      - Dense: $classes\n    name: aside\n    output: early\n", ""
    )
    found = using(tmp_path, "  - trunk: {outputs: level1}\n", trunk, input="[null, null, 3]")
    assert names(found) == ["stem", "max_pooling2d", "body_conv0", "body_conv1"]
    with pytest.raises(SpecError) as caught:
        using(tmp_path, "  - trunk\n", trunk, input="[null, null, 3]")
    assert [one.code for one in caught.value.diagnostics] == ["unknown-size"]


@pytest.mark.parametrize(
    ("outputs", "shapes"),
    [
        ("[stem, body_conv1]", [(16, 16, 4), (8, 8, 8)]),  # layers
        ("[body]", [(8, 8, 8)]),  # a part
        ("[skip, level0]", [(8, 8, 4), (8, 8, 4)]),  # tensors, one with a computed name
        ("[early, logits]", [(10,), (10,)]),  # outputs
        ("$wanted", [(8, 8, 4)]),
    ],
)
def test_outputs_are_layers_parts_tensors_and_outputs(
    tmp_path: Path, outputs: str, shapes: list[tuple[int, ...]]
) -> None:
    labels = [f"t{index}" for index in range(len(shapes))]
    params = "{wanted: [skip]}" if outputs == "$wanted" else "{}"
    layers = f"  - trunk: {{outputs: {outputs}}}\n    as: [{', '.join(labels)}]\n"
    found = using(tmp_path, layers, params=params, outputs=f"[{', '.join(labels)}]")
    assert [tensor.shape for tensor in found.graph.outputs.values()] == shapes


def test_the_last_naming_holds(tmp_path: Path) -> None:
    trunk = TRUNK.replace("        as: level$(level)\n", "        as: skip\n")
    assert using(tmp_path, "  - trunk: {outputs: skip}\n", trunk).graph.nodes[-1].name == "body_conv1"


def test_a_use_sets_parameters_as_a_user_does(tmp_path: Path) -> None:
    layers = "  - trunk: {outputs: body, width: 6}\n    name: a\n"
    assert using(tmp_path, layers).layers["a_body_conv1"].shape == (8, 8, 12)
    with pytest.raises(SpecError, match="`width` must be a whole number, but is a text"):
        using(tmp_path, layers.replace("6", "wide"))


def test_shared_uses_count_once(tmp_path: Path) -> None:
    layers = """  - trunk: {outputs: body}
    from: one
    share: twin
    as: a
  - trunk: {outputs: body}
    from: other
    share: twin
    as: b
  - Subtract: [a, b]
"""
    inputs = "{one: [16, 16, 3], other: [16, 16, 3]}"
    (tmp_path / "alone").mkdir()
    alone = using(tmp_path / "alone", "  - trunk: {outputs: body}\n")
    (tmp_path / "trunk.yaml").write_text(TRUNK, encoding="utf-8")
    (tmp_path / "own.yaml").write_text(
        f"archc: 1\nname: Own\nuse: {{trunk: [trunk]}}\ninputs: {inputs}\nlayers:\n{layers}", encoding="utf-8"
    )
    found = load(tmp_path / "own.yaml")
    assert (found.params, found.macs) == (alone.params, 2 * (alone.macs or 0))
    assert [len(call.nodes) for call in found.graph.calls] == [4, 4]
    assert found.build().count_params() == alone.params


def test_a_parameter_chooses_between_networks(tmp_path: Path) -> None:
    (tmp_path / "wide.yaml").write_text(TRUNK.replace("width: 4", "width: 8"), encoding="utf-8")
    sections = {"use": "{trunk: [trunk], wide: [wide]}", "params": "{kind: {default: wide, choices: [trunk, wide]}}"}
    found = using(tmp_path, "  - $kind: {outputs: body_conv1}\n", **sections)
    assert found.graph.nodes[-1].shape == (8, 8, 16)
    assert load(tmp_path / "own.yaml", kind="trunk").graph.nodes[-1].shape == (8, 8, 8)


def test_networks_nest_and_a_block_can_use_one(tmp_path: Path) -> None:
    (tmp_path / "middle.yaml").write_text(
        "archc: 1\nname: Middle\nuse: {trunk: [trunk]}\ninput: [4, 4, 3]\nlayers:\n"
        "  - trunk: {outputs: body}\n    name: inner\n  - ReLU:\n    name: last\n",
        encoding="utf-8",
    )
    blocks = "{b: {layers: [{middle: {outputs: inner_body_conv0}, name: m}]}}"
    found = using(tmp_path, "  - b:\n    name: part\n", use="{middle: [middle]}", blocks=blocks)
    assert names(found) == ["part_m_inner_stem", "max_pooling2d", "part_m_inner_body_conv0"]
    with pytest.raises(SpecError, match="no output, tensor, layer or part `inner_predictions`"):
        using(tmp_path, "  - middle: {outputs: inner_predictions}\n", use="{middle: [middle]}")


def test_a_circle_of_networks_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(
        "archc: 1\nname: Other\nuse: {./own.yaml: [own]}\ninput: [4]\nlayers: [own]\n", encoding="utf-8"
    )
    with pytest.raises(SpecError) as caught:
        using(tmp_path, "  - other\n", use="{other: [other]}")
    assert [one.code for one in caught.value.diagnostics] == ["circle"]


def test_what_follows_from_a_failed_step_is_not_told(tmp_path: Path) -> None:
    trunk = TRUNK.replace("for: level in range(2)", "for: level in range(widths)")
    (tmp_path / "trunk.yaml").write_text(trunk, encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        using(tmp_path, "  - trunk: {outputs: body_conv1}\n", trunk)
    assert [one.code for one in caught.value.diagnostics] == ["unknown-name"]


def test_keras_reads_a_file_of_the_whole_network_by_name(tmp_path: Path) -> None:
    """A use without a name has the names of the file."""
    (tmp_path / "trunk.yaml").write_text(TRUNK, encoding="utf-8")
    whole = load(tmp_path / "trunk.yaml").build()
    whole.save_weights(tmp_path / "whole.weights.h5")
    model = using(tmp_path, "  - trunk: {outputs: body}\n  - GlobalAveragePooling2D\n").build()
    model.load_weights(tmp_path / "whole.weights.h5", skip_mismatch=True)
    assert (model.get_layer("body_conv1").kernel.numpy() == whole.get_layer("body_conv1").kernel.numpy()).all()
