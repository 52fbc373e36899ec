"""`archc check MODEL --as SPEC`: the facts of a spec, each held to the counterpart of its layer."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import archc
from archc.cli import main
from archc.diff.counterpart_facts import HeldFacts
from archc.folding.write import write
from archc.library.paths import library_paths
from archc.report.mends import mends_of

PAPER = """archc: 1
name: Paper
paper: {title: A paper, year: 1998}
params: {classes: 10}
input: [32, 32, 1]
layers:
  - Conv2D: {filters: 6, kernel_size: 5, activation: tanh}
    name: c1
    shape: [28, 28, 6]
  - AveragePooling2D: 2
    name: s2
    shape: [14, 14, 6]
  - do:
      - Conv2D: {filters: 16, kernel_size: 5}
        name: conv
      - Activation: tanh
        name: tanh
    name: c3
  - Dropout: 0.5
    name: drop
  - Flatten:
  - Dense: 84
    name: f6
    shape: [84]
  - Dense: $classes
    name: predictions
expect:
  params: 137906  # 156 + 2,416 + 134,484 + 850
  depth: 4
  output: [10]
  layers:
    c3: {params: 2416}
    drop: [10, 10, 16]
"""


def network(folder: Path, name: str, *changes: tuple[str, str]) -> str:
    """The path of the paper's network with changes, and without its facts where it has some."""
    text = PAPER
    if changes:
        text = "\n".join(line for line in text.partition("expect:")[0].splitlines() if "shape:" not in line)
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def check(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", *arguments], prog_name="archc")


def verdicts(
    folder: Path, *changes: tuple[str, str], options: tuple[str, ...] = ()
) -> dict[str, tuple[str, list[str]]]:
    """The verdict and the causes of each fact, by the fact and what it is of."""
    paper = network(folder, "paper")
    result = check(network(folder, "mine", *changes), "--as", paper, "--json", *options)
    facts = json.loads(result.output)["specs"][0]["facts"]
    return {f"{fact['fact']} {fact['of'] or ''}".strip(): (fact["verdict"], fact["causes"]) for fact in facts}


def test_the_facts_of_the_paper_itself_agree(tmp_path: Path) -> None:
    result = check(network(tmp_path, "paper"))
    assert result.exit_code == 0, result.output


def test_other_names_and_another_spelling_make_no_difference(tmp_path: Path) -> None:
    renamed = [("name: c1", "name: first"), ("name: s2", "name: pool"), ("name: f6", "name: hidden")]
    spelled = [("- Conv2D: {filters: 16, kernel_size: 5}", "- Conv2D: {filters: 16, kernel_size: 5, activation: tanh}")]
    gone = [("      - Activation: tanh\n        name: tanh\n", ""), ("  - Dropout: 0.5\n    name: drop\n", "")]
    found = verdicts(tmp_path, *renamed, *spelled, *gone)
    assert {verdict for verdict, _ in found.values()} == {"agrees"}
    assert len(found) == 8


def test_a_fact_that_differs_has_the_line_of_the_diff(tmp_path: Path) -> None:
    found = verdicts(tmp_path, ("kernel_size: 5, activation", "kernel_size: 3, activation"))
    assert found["shape c1"] == ("differs", ["~ c1  Conv2D  kernel_size 5x5 -> 3x3"])
    assert found["shape s2"] == ("differs", ["~ c1  Conv2D  kernel_size 5x5 -> 3x3"])
    assert found["params"][0] == "differs"
    assert "~ c1  Conv2D  kernel_size 5x5 -> 3x3" in found["params"][1]
    assert found["shape f6"] == ("agrees", [])
    assert found["params c3"] == ("agrees", [])


def test_a_layer_without_a_counterpart_is_named(tmp_path: Path) -> None:
    mine = network(tmp_path, "mine", ("  - Dense: 84\n    name: f6\n", ""))
    result = check(mine, "--as", network(tmp_path, "paper"))
    assert result.exit_code == 1
    assert "the model has no `f6`" in result.output
    assert "1  -  f6       Dense  units 84" in result.output


def test_an_added_layer_counts_in_its_part(tmp_path: Path) -> None:
    added = "        name: conv\n      - Conv2D: {filters: 16, kernel_size: 3, padding: same}\n        name: more\n"
    found = verdicts(tmp_path, ("        name: conv\n", added))
    assert found["params c3"][0] == "differs"
    assert found["params c3"][1] == ["+ c3_more  Conv2D  filters 16, kernel_size 3x3, padding same"]
    assert found["depth"][0] == "differs"
    assert found["shape drop"][0] == "agrees"


def test_settings_are_those_of_the_paper(tmp_path: Path) -> None:
    found = verdicts(tmp_path, ("classes: 10", "classes: 7"), options=("--set", "classes=7"))
    assert found["params"][0] == "set_aside"
    assert found["output"][0] == "set_aside"
    assert found["shape c1"][0] == "agrees"


def test_facts_behind_the_end_are_not_applicable(tmp_path: Path) -> None:
    found = verdicts(tmp_path, ("classes: 10", "classes: 7"), options=("--output", "s2"))
    assert found["shape s2"][0] == "agrees"
    assert found["shape f6"][0] == "set_aside"
    assert found["params c3"][0] == "set_aside"
    assert found["output"][0] == "set_aside"
    assert not {verdict for verdict, _ in found.values()} & {"differs"}


EDITS = {
    "input": ("input: [32, 32, 1]", "input: [36, 32, 1]"),
    "kernel of c1": ("kernel_size: 5, activation", "kernel_size: [3, 5], activation"),
    "filters of c1": ("filters: 6", "filters: 8"),
    "pool": ("AveragePooling2D: 2", "AveragePooling2D: [2, 3]"),
    "filters of c3": ("filters: 16", "filters: 24"),
    "units": ("Dense: 84", "Dense: 100"),
}
"""Changes of the paper's network; the last word is the layer."""
LINES = {
    "input": "input 32x32x1 -> 36x32x1",
    "kernel of c1": "kernel_size 5x5 -> 3x5",
    "filters of c1": "filters 6 -> 8",
    "pool": "pool_size 2x2 -> 2x3",
    "filters of c3": "filters 16 -> 24",
    "units": "units 84 -> 100",
}
BRANCHES = """archc: 1
name: Branches
input: [16, 16, 3]
layers:
  - Conv2D: {filters: 8, kernel_size: 3, strides: 2, padding: same}
    name: stem
  - Concatenate:
      - - Conv2D: {filters: 4, kernel_size: 1}
          name: left
      - - MaxPooling2D: {pool_size: 3, strides: 1, padding: same}
          name: pool
        - Conv2D: {filters: 6, kernel_size: 1}
          name: right
    name: joined
  - Add:
      - []
      - - Conv2D: {filters: 10, kernel_size: 3, padding: same, use_bias: false}
          name: residual
        - BatchNormalization:
          name: norm
    name: sum
  - Conv2D: {filters: 12, kernel_size: 3, padding: same}
    name: last
  - GlobalAveragePooling2D:
    name: mean
  - Dense: 5
    name: end
expect:
  params: 2391  # 224 + 36 + 54 + 900 + 20 + 1,092 + 65
  total_params: 2411
  macs: 145724  # 13,824 + 2,048 + 3,072 + 57,600 + 69,120 + 60
  depth: 5
  output: [5]
  layers:
    stem: [8, 8, 8]
    left: {shape: [8, 8, 4], params: 36, macs: 2048}
    right: {shape: [8, 8, 6], params: 54, macs: 3072}
    joined: [8, 8, 10]
    residual: {shape: [8, 8, 10], params: 900, macs: 57600}
    sum: [8, 8, 10]
    last: {shape: [8, 8, 12], params: 1092, macs: 69120}
    mean: [12]
    end: {shape: [5], params: 65, macs: 60}
"""
BRANCH_EDITS = {
    "stride": ("strides: 2", "strides: 1"),
    "left": ("filters: 4, kernel_size: 1", "filters: 4, kernel_size: 3, padding: same"),
    "bias": ("use_bias: false", "use_bias: true"),
    "norm": ("        - BatchNormalization:\n          name: norm\n", ""),
    "last": ("filters: 12", "filters: 16"),
    "more": (
        "  - GlobalAveragePooling2D:",
        "  - Conv2D: {filters: 7, kernel_size: 5}\n    name: more\n  - GlobalAveragePooling2D:",
    ),
    "pool": ("MaxPooling2D: {pool_size: 3, strides: 1, padding: same}", "Activation: tanh"),
}
BRANCH_LINES = {
    "stride": "strides 2x2 -> 1x1",
    "left": "kernel_size 1x1 -> 3x3",
    "bias": "use_bias false -> true",
    "norm": "- norm",
    "last": "filters 12 -> 16",
    "more": "+ more",
    "pool": "tanh",
}


def pairs(edits: Mapping[str, object]) -> list[tuple[str, ...]]:
    return [*combinations(edits, 1), *combinations(edits, 2)]


@pytest.mark.parametrize("used", [*pairs(EDITS), *combinations(EDITS, 3)])
def test_a_cause_is_what_changes_the_value(used: tuple[str, ...]) -> None:
    held_to_edits(PAPER, EDITS, LINES, used)


@pytest.mark.parametrize("used", pairs(BRANCH_EDITS))
def test_a_cause_is_what_changes_the_value_behind_branches(used: tuple[str, ...]) -> None:
    held_to_edits(BRANCHES, BRANCH_EDITS, BRANCH_LINES, used)


def held_to_edits(
    text: str, edits: Mapping[str, tuple[str, str]], lines: Mapping[str, str], used: tuple[str, ...]
) -> None:
    """An edit is a cause of a fact if, and only if, the value is another without it, or with it alone."""
    paper = archc.loads(text)
    bare = "\n".join(line for line in text.partition("expect:")[0].splitlines() if not line.startswith("    shape:"))

    def mine(chosen: Sequence[str]) -> HeldFacts:
        changed = bare
        for edit in chosen:
            assert edits[edit][0] in changed
            changed = changed.replace(*edits[edit])
        return archc.loads(changed).check_as(paper)

    def values(chosen: Sequence[str]) -> list[object]:
        return [one.fact.computed for one in mine(chosen).facts]

    held, nothing = mine(used), values(())
    mends = mends_of(held)
    without = {edit: values([other for other in used if other != edit]) for edit in used}
    alone = {edit: values([edit]) for edit in used}
    for place, one in enumerate(held.facts):
        if one.fact.verdict == "differs" and one.absent is None:
            value = one.fact.computed
            changing = {edit for edit in used if without[edit][place] != value or alone[edit][place] != nothing[place]}
            shown = " ".join(mends.mends[number].line for number in mends.of_facts[place])
            found = {edit for edit in used if lines[edit] in shown}
            # the kernel and the filters of one layer are one line of the diff
            assert {edit.split()[-1] for edit in found} == {edit.split()[-1] for edit in changing}, one.fact


def test_the_paper_with_branches_agrees() -> None:
    assert {fact.verdict for fact in archc.loads(BRANCHES).check()} == {"agrees"}


READ = {
    "lenet.txt": ("docs/gallery/lenet_28x28.yaml", "--as", "lenet5"),
    "resnet.txt": ("docs/gallery/resnet50_3x3_projections.yaml", "--as", "resnet50"),
    "googlenet.txt": ("docs/gallery/googlenet_one_width.yaml", "--as", "googlenet"),
    "several.txt": ("resnet50", "resnet50_keras", "resnet34", "--as", "resnet50"),
    "unrelated.txt": ("vgg16", "--as", "resnet50"),
    "many.txt": ("nasnet_a_mobile", "--as", "inception_v3"),
    "full.txt": ("docs/gallery/zfnet_same.yaml", "--as", "zfnet", "--full"),
    "settings.txt": ("resnet50_keras", "--as", "resnet50", "--set", "classes=10"),
}


@pytest.mark.parametrize("name", READ)
def test_it_reads_well(archc: Callable[..., Result], golden: Callable[[str, str], None], name: str) -> None:
    result = archc("check", *READ[name])
    assert result.exit_code == 1, result.output
    golden(f"check_as/{name}", result.stdout)


def test_it_reads_well_on_a_narrow_terminal(
    archc: Callable[..., Result], golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    text = archc("check", *READ["lenet.txt"]).stdout
    assert max(map(len, text.splitlines())) <= 60
    golden("check_as/lenet_60_columns.txt", text)


def test_what_agrees_has_nothing_to_mend(archc: Callable[..., Result]) -> None:
    result = archc("check", "docs/gallery/vgg19.yaml", "--as", "vgg19")
    assert (result.exit_code, result.stdout) == (
        0,
        "VGG-19, written out (docs/gallery/vgg19.yaml) as VGG-19 (vgg19)\n30 facts: 30 agree\n",
    )


def test_an_error_of_one_network_leaves_the_others(archc: Callable[..., Result], tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text("archc: 1\nname: Wrong\ninput: [8]\nlayers: [Dens: 3]\n", encoding="utf-8")
    result = archc("check", str(wrong), "resnet50_keras", "--as", "resnet50")
    assert result.exit_code == 2
    assert "1 differ" in result.stdout
    assert "unknown-op" in result.stderr
    document = json.loads(archc("check", str(wrong), "resnet50_keras", "--as", "resnet50", "--json").stdout)
    assert [found["code"] for found in document["diagnostics"]] == ["unknown-op"]
    assert [entry["spec"] for entry in document["specs"]] == ["resnet50_keras"]


def test_the_document_has_each_cause_once(archc: Callable[..., Result]) -> None:
    document = json.loads(archc("check", "resnet50_keras", "--as", "resnet50", "--json").stdout)
    (entry,) = document["specs"]
    assert entry["as"] == "resnet50"
    assert entry["to_mend"] == [
        "~ conv1_conv  Conv2D  use_bias false -> true",
        "~ conv2_block1_1_conv … conv5_block3_3_conv  Conv2D  use_bias false -> true  ×52",
    ]
    assert entry["other_differences"] == 3
    params = next(fact for fact in entry["facts"] if fact["verdict"] == "differs")
    assert (params["fact"], params["spec"], params["computed"]) == ("params", 25_557_032, 25_583_592)
    assert params["causes"] == entry["to_mend"]


def test_a_spec_without_facts_has_none_to_hold_to(archc: Callable[..., Result], tmp_path: Path) -> None:
    path = tmp_path / "bare.yaml"
    path.write_text("archc: 1\nname: Bare\ninput: [8]\nlayers: [Dense: 3]\n", encoding="utf-8")
    assert archc("check", "lenet5", "--as", str(path)).exit_code == 0
    assert "documents nothing to check" in archc("check", "lenet5", "--as", str(path)).stdout
    assert archc("check", "lenet5", "--as", str(path), "--require-facts").exit_code == 1


def test_what_is_wrong_ends_with_status_2(tmp_path: Path) -> None:
    assert check("lenet5", "--as", "nothing_of_that_name").exit_code == 2
    assert check(str(tmp_path / "none.keras"), "--as", "lenet5").exit_code == 2


@pytest.mark.parametrize("name", ["lenet5", "alexnet", "googlenet", "resnet50", "densenet121", "nasnet_a_mobile"])
def test_a_network_held_to_its_own_facts_gets_its_own_verdicts(name: str) -> None:
    network = archc.load(name)
    assert [held.fact for held in network.check_as(archc.load(name)).facts] == network.check()


@pytest.mark.parametrize("name", ["googlenet", "resnet50", "shufflenet_v1_g3"])
def test_blocks_and_names_make_no_difference(name: str) -> None:
    """The layers alone, without blocks and names, get the verdicts of the network: its parts are found in them."""
    network = archc.load(name)
    flat = write(network.graph, "Flat", flat=True).text
    bare = archc.loads(re.sub(r"^ +name: .*\n", "", flat, flags=re.MULTILINE))
    assert not {node.name for node in bare.graph.nodes} & {node.name for node in network.graph.nodes if node.weights}
    assert [held.fact for held in bare.check_as(network).facts] == network.check()


@pytest.mark.slow
@pytest.mark.parametrize("name", library_paths())
def test_every_network_held_to_its_own_facts_gets_its_own_verdicts(name: str) -> None:
    try:
        network = archc.load(name)
    except archc.SpecError:
        pytest.skip("a family without a network of its own")
    assert [held.fact for held in network.check_as(archc.load(name)).facts] == network.check()
