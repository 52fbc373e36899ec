"""`archc check MODEL --as SPEC`: the facts of a spec, each held to the counterpart of its layer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import archc
from archc.cli import main
from archc.library.paths import library_paths

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
    assert "- f6  Dense  units 84" in result.output


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


def test_many_causes_are_the_first_and_a_number(tmp_path: Path) -> None:
    del tmp_path
    result = check("resnet50_keras", "--as", "resnet50")
    assert "and 5" in result.output
    assert "more layers" in result.output
    assert "kernel_initializer" not in result.output


def test_what_is_wrong_ends_with_status_2(tmp_path: Path) -> None:
    assert check("lenet5", "--as", "nothing_of_that_name").exit_code == 2
    assert check(str(tmp_path / "none.keras"), "--as", "lenet5").exit_code == 2


@pytest.mark.parametrize("name", ["lenet5", "alexnet", "googlenet", "resnet50", "densenet121", "nasnet_a_mobile"])
def test_a_network_held_to_its_own_facts_gets_its_own_verdicts(name: str) -> None:
    network = archc.load(name)
    assert [held.fact for held in network.check_as(archc.load(name)).facts] == network.check()


@pytest.mark.slow
@pytest.mark.parametrize("name", library_paths())
def test_every_network_held_to_its_own_facts_gets_its_own_verdicts(name: str) -> None:
    try:
        network = archc.load(name)
    except archc.SpecError:
        pytest.skip("a family without a network of its own")
    assert [held.fact for held in network.check_as(archc.load(name)).facts] == network.check()
