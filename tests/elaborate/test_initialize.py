"""`initialize`: the layers of a network that begin with weights of another."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

import archc
from archc import limits
from archc.diagnostics import SpecError
from archc.library.paths import LIBRARY
from archc.report.lines import lines

SHALLOW = """\
archc: 1
name: Shallow
params: {width: 8}
input: [16, 16, 3]
layers:
  - Conv2D: {filters: $width, kernel_size: 3, padding: same}
    name: first
  - GlobalAveragePooling2D
  - Dense: 10
    name: last
"""
DEEP = """\
archc: 1
name: Deep
params: {width: 8, depth: 2}
input: [16, 16, 3]
layers:
  - for: i in range(depth)
    do:
      - Conv2D: {filters: $width, kernel_size: 3, padding: same}
        name: conv$(i)
  - GlobalAveragePooling2D
  - Dense: 10
    name: last
expect: {depth: 3}
"""
START = "initialize: {from: shallow, layers: {conv0: first, last: last}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "shallow", SHALLOW)
    return tmp_path


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def pairs(network: archc.Network) -> dict[str, str]:
    start = network.staged_start()
    assert start is not None
    assert set(start.layers) <= set(network.graph.nodes)
    assert set(start.layers.values()) <= set(start.other.graph.nodes)
    return {here.name: there.name for here, there in start.layers.items()}


def codes(path: Path) -> list[str]:
    network = archc.load(path)
    with pytest.raises(SpecError) as caught:
        network.staged_start()
    return [found.code for found in caught.value.diagnostics]


def test_layers_are_named_here_and_there(folder: Path) -> None:
    assert pairs(archc.load(write(folder, "deep", DEEP + START))) == {"conv0": "first", "last": "last"}


def test_a_list_names_layers_that_both_have(folder: Path) -> None:
    assert pairs(archc.load(write(folder, "deep", f"{DEEP}initialize: {{from: shallow, layers: [last]}}\n"))) == {
        "last": "last"
    }


def test_a_network_without_the_key_begins_with_none(folder: Path) -> None:
    assert archc.load(folder / "shallow.yaml").staged_start() is None


def test_it_is_not_inherited(folder: Path) -> None:
    write(folder, "deep", DEEP + START)
    assert archc.load(write(folder, "deeper", "archc: 1\nname: D\nextends: deep\n")).staged_start() is None


def test_a_network_that_extends_another_may_begin_with_its_weights(folder: Path) -> None:
    text = "archc: 1\nname: D\nextends: shallow\ninitialize: {from: shallow, layers: [first, last]}\n"
    assert pairs(archc.load(write(folder, "wider", text))) == {"first": "first", "last": "last"}


def test_it_changes_nothing_of_the_network(folder: Path) -> None:
    plain, staged = (archc.load(write(folder, "deep", text)) for text in (DEEP, DEEP + START))
    assert [(node.name, node.op, node.shape) for node in plain.graph.nodes] == [
        (node.name, node.op, node.shape) for node in staged.graph.nodes
    ]
    assert not plain.diff(staged)
    assert plain.diff(staged).to_json()["renamed"] == []
    assert [fact.verdict for fact in plain.check()] == [fact.verdict for fact in staged.check()] == ["agrees"]
    code, code_with_it = (one.source().partition("import ")[2] for one in (plain, staged))  # the heading has a digest
    assert code == code_with_it


def test_it_is_a_line_of_what_git_compares(folder: Path) -> None:
    plain, staged = (archc.load(write(folder, "one", text)) for text in (DEEP, DEEP + START))
    before, after = (lines(one.spec, one.graph, one.values, one.check(), ()) for one in (plain, staged))
    assert [line for line in after if line not in before] == [
        "initialize conv0: first of shallow",
        "initialize last: last of shallow",
    ]


def test_the_other_spec_is_read_when_it_is_asked_for(folder: Path) -> None:
    path = write(folder, "deep", DEEP + START)
    (folder / "shallow.yaml").unlink()
    network = archc.load(path)
    assert [fact.verdict for fact in network.check()] == ["agrees"]
    with pytest.raises(SpecError, match="unknown-spec"):
        network.staged_start()


def test_what_is_set_changes_neither_the_check_nor_the_other_network(folder: Path) -> None:
    path = write(folder, "deep", DEEP + START)
    wide = archc.load(path, width=5)
    assert pairs(wide) == {"conv0": "first", "last": "last"}
    start = wide.staged_start()
    assert start is not None
    assert [(here.weights[0].shape, there.weights[0].shape) for here, there in start.layers.items()] == [
        ((3, 3, 3, 5), (3, 3, 3, 8)),
        ((5, 10), (8, 10)),
    ]
    assert pairs(archc.load(write(folder, "deep", DEEP + START), depth=0)) == {"last": "last"}


def test_faults_of_the_other_spec_are_reported(folder: Path) -> None:
    write(folder, "shallow", SHALLOW.replace("GlobalAveragePooling2D", "GlobalAveragePoling2D"))
    assert codes(write(folder, "deep", DEEP + START)) == ["unknown-op"]


def test_each_layer_has_its_fault(folder: Path) -> None:
    text = f"{DEEP}initialize: {{from: shallow, layers: {{conv0: last, conv1: frist, conv2: first, last: last}}}}\n"
    assert codes(write(folder, "deep", text)) == ["initialize", "unknown-layer", "unknown-layer"]


def test_weights_with_other_names_do_not_fit(folder: Path) -> None:
    norm = "archc: 1\nname: N\ninput: [8]\nlayers: [{{{}: , name: n}}]\n"
    write(folder, "shallow", norm.format("LayerNormalization"))
    fitting = write(folder, "deep", norm.format("LayerNormalization") + "initialize: {from: shallow, layers: [n]}\n")
    assert pairs(archc.load(fitting)) == {"n": "n"}
    other = norm.format("LayerNormalization: {scale: false}").replace("}: ,", "},")
    write(folder, "shallow", other)
    assert codes(fitting) == ["initialize"]


def test_a_shared_layer_is_its_first_call(folder: Path) -> None:
    text = DEEP.replace("  - Dense: 10\n    name: last\n", "  - Dense: 10\n    name: last\n    share: s\n")
    twice = text.replace("expect", "  - Dense: 8\n  - {Dense: 10, share: s}\nexpect").replace("depth: 3", "depth: 5")
    start = archc.load(write(folder, "deep", twice + START)).staged_start()
    assert start is not None
    assert [node.first for node in start.layers] == [None, None]


# --- circles ---


def chain(folder: Path, *references: tuple[str, str]) -> None:
    """Files that lead to one another; a file without a reference ends the chain."""
    for name, reference in references:
        write(folder, name, f"{SHALLOW}{reference}\n")


def begins(name: str) -> str:
    return f"initialize: {{from: {name}, layers: [last]}}"


def extending(name: str) -> str:
    return f"archc: 1\nname: E\nextends: {name}\n"


def test_a_chain_may_not_lead_back(folder: Path) -> None:
    chain(folder, ("a", begins("b")), ("b", begins("c")), ("c", begins("a")))
    assert [codes(folder / f"{name}.yaml") for name in "abc"] == [["circle"]] * 3
    with pytest.raises(SpecError) as caught:
        archc.load(folder / "a.yaml").staged_start()
    (found,) = caught.value.diagnostics
    assert found.position is not None
    assert Path(found.position.file).name == "a.yaml"
    assert [(Path(one.position.file).name, one.what) for one in found.related] == [
        ("b.yaml", "through `initialize` here"),
        ("c.yaml", "through `initialize` here"),
    ]


def test_a_chain_through_extends_may_not_lead_back(folder: Path) -> None:
    chain(folder, ("a", begins("b")))
    write(folder, "b", extending("c"))
    write(folder, "c", extending("a"))
    assert codes(folder / "a.yaml") == ["circle"]


def test_a_circle_elsewhere_is_no_fault_of_this_spec(folder: Path) -> None:
    chain(folder, ("a", begins("b")), ("b", begins("c")), ("c", begins("b")))
    assert pairs(archc.load(folder / "a.yaml")) == {"last": "last"}
    assert codes(folder / "b.yaml") == ["circle"]


def test_a_chain_is_as_long_as_one_of_extends(folder: Path) -> None:
    names = [f"n{number}" for number in range(limits.DEPTH + 2)]
    chain(folder, *((name, begins(following)) for name, following in pairwise(names)))
    chain(folder, (names[-1], ""))
    assert codes(folder / "n0.yaml") == ["too-deep"]
    assert pairs(archc.load(folder / "n1.yaml")) == {"last": "last"}


# --- the library ---


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(LIBRARY.glob("*/*.yaml")) if "\ninitialize:" in path.read_text(encoding="utf-8")],
    ids=lambda path: path.stem,
)
def test_a_spec_of_the_library_begins_with_weights_that_fit(path: Path) -> None:
    start = archc.load(path).staged_start()
    assert start is not None
    assert all(here.op == there.op for here, there in start.layers.items())


@pytest.mark.parametrize("name", ["vgg13", "vgg16", "vgg16_c", "vgg19"])
def test_deep_networks_of_vgg_begin_with_configuration_a(name: str) -> None:
    start = archc.load(name).staged_start()
    assert start is not None
    assert start.other.spec.label == "vgg11"
    convolutions = [node for node in start.other.graph.nodes if node.op.op_name == "Conv2D"]
    dense = [node for node in start.other.graph.nodes if node.op.op_name == "Dense"]
    assert list(start.layers.values()) == [*convolutions[:4], *dense]  # section 3.1
    assert all(here.name == there.name for here, there in start.layers.items())
    assert all(here.shape == there.shape for here, there in start.layers.items())
