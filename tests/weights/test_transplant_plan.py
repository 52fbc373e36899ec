"""What a plan of a transplant takes, from the graphs alone."""

from __future__ import annotations

import random
from fractions import Fraction
from math import prod

import pytest

import archc
from archc.diff.reason import kept_weights
from archc.library.paths import library_paths
from archc.network import Network
from archc.report.transplant import transplant_json, transplant_table
from archc.weights.fit import Method
from archc.weights.transplant import TransplantPlan, sums_of, transplant_plan, weights_of
from tests.cases import generated_cases
from tests.targets.networks import SHARED_SCALE, SIAMESE, network

PAIRS = [
    ("vgg16", "vgg19"),
    ("vgg16_c", "vgg16"),
    ("resnet50", "resnet101"),
    ("resnet50", "se_resnet50"),
    ("densenet121", "densenet169"),
    ("vgg16", "vgg16?classes=10"),
    ("resnet50", "resnet50?classes=10"),
]


def loaded(label: str) -> Network:
    name, _, setting = label.partition("?classes=")
    return archc.load(name, classes=int(setting)) if setting else archc.load(name)


def whole_params(plan: TransplantPlan) -> int:
    """The weights of the old layers all of whose weights are taken, by layers that take nothing else."""
    sources = {planned.layer: planned.source.layer for planned in plan.taken if planned.source}
    left = {one.layer for one in plan.left_out}
    used = {sources[layer] for layer in plan.whole_layers if sources[layer] not in left}
    return sum(prod(weight.shape) for layer in used for weight in layer.weights)


def check_sums(plan: TransplantPlan) -> None:
    """Every weight of both networks is counted once, and each that is taken has the shape of its source."""
    taken, new = sums_of(plan.taken), sums_of(plan.begun_new)
    assert taken.total_params + new.total_params == sums_of(weights_of(plan.new)).total_params
    for planned in plan.taken:
        assert planned.source is not None
        assert planned.source.weight.shape == planned.weight.shape
        assert planned.source.layer in plan.old.nodes
    used = {(planned.source.layer, planned.source.weight.name) for planned in plan.taken if planned.source}
    left = {(one.layer, one.weight.name) for one in plan.left_out}
    assert not used & left
    assert used | left == {(one.layer, one.weight.name) for one in weights_of(plan.old)}


@pytest.mark.parametrize(("old", "new"), PAIRS)
def test_what_is_taken_is_what_the_diff_pairs(old: str, new: str) -> None:
    left, right = loaded(old), loaded(new)
    found, plan = left.diff(right), left.transplant_plan(right)
    check_sums(plan)
    kept, of, fresh = kept_weights(found)
    assert (sums_of(plan.taken).total_params, sums_of(plan.begun_new).total_params) == (kept, fresh)
    assert sums_of(plan.left_out).total_params == of - kept
    for planned in plan.taken:
        assert planned.source is not None
        assert found.counterparts[planned.source.layer] is planned.layer


@generated_cases(3, 60)
def test_what_is_taken_of_random_pairs_is_what_the_diff_pairs(cases: int) -> None:
    """A layer that takes some of its weights alone does not fit for the diff, which counts layers."""
    names = sorted(name for name in library_paths() if not name.startswith("nasnet"))
    choose = random.Random(3)
    for _ in range(cases):
        left, right = (archc.load(name) for name in choose.sample(names, 2))
        plan = left.transplant_plan(right)
        check_sums(plan)
        kept, _, _ = kept_weights(left.diff(right))
        assert whole_params(plan) == kept


@pytest.mark.parametrize("name", ["lenet5", "vgg11", "googlenet", "resnet20_cifar", "squeezenet"])
def test_a_network_takes_all_of_itself(name: str) -> None:
    plan = archc.load(name).transplant_plan(name)
    assert not plan.begun_new
    assert not plan.left_out
    assert plan.share == 1
    for planned in plan.taken:
        assert planned.source is not None
        assert planned.source.layer.name == planned.layer.name
        assert planned.source.weight == planned.weight


HEAD = "archc: 1\nname: N\ninput: [8, 8, 3]\nlayers:\n"


def reasons(old: str, new: str) -> dict[tuple[str, str], str | None]:
    plan = network(HEAD + old).transplant_plan(network(HEAD + new))
    check_sums(plan)
    return {(planned.layer.name, planned.weight.name): planned.why for planned in plan.weights}


CONV = "  - Conv2D: {filters: 4, kernel_size: 3}\n    name: a\n"
DENSE = "  - Dense: 3\n    name: end\n"


def test_each_reason() -> None:
    other = CONV.replace("kernel_size: 3", "kernel_size: 5, padding: same")
    assert reasons(CONV, other) == {("a", "kernel"): "other-shape", ("a", "bias"): "beside"}
    no_bias = CONV.replace("kernel_size: 3", "kernel_size: 3, use_bias: false")
    assert reasons(CONV, no_bias) == {("a", "kernel"): None}
    assert reasons(no_bias, CONV) == {("a", "kernel"): None, ("a", "bias"): "no-weight"}
    assert reasons("  - Flatten\n", "  - Flatten\n" + DENSE)["end", "kernel"] == "no-counterpart"
    layers = reasons(CONV + "  - BatchNormalization:\n    name: n\n", CONV + "  - LayerNormalization:\n    name: n\n")
    assert layers["n", "gamma"] in ("other-kind", "no-counterpart")
    assert layers["a", "kernel"] is None


def test_gamma_is_not_taken_for_beta() -> None:
    """Without `scale`, a normalization has the same shapes as one without `center`."""
    found = reasons(
        CONV + "  - BatchNormalization: {scale: false}\n    name: n\n",
        CONV + "  - BatchNormalization: {center: false}\n    name: n\n",
    )
    assert found["n", "gamma"] == "no-weight"
    assert found["n", "moving_mean"] is None


@pytest.mark.parametrize(
    ("alone", "wrapped"),
    [
        ("Dense: 3", "TimeDistributed: {layer: {Dense: 3}}"),
        (
            "Conv2D: {filters: 4, kernel_size: 3}",
            "SpectralNormalization: {layer: {Conv2D: {filters: 4, kernel_size: 3}}}",
        ),
    ],
)
def test_a_wrapped_layer_takes_from_one_that_is_written_alone(alone: str, wrapped: str) -> None:
    found = reasons(f"  - {alone}\n    name: a\n", f"  - {wrapped}\n    name: a\n")
    kernels = [why for (_, weight), why in found.items() if weight.endswith("kernel")]
    assert kernels in ([None], ["no-counterpart"])  # what the diff pairs
    back = reasons(f"  - {wrapped}\n    name: a\n", f"  - {wrapped}\n    name: a\n")
    assert set(back.values()) == {None}


@pytest.mark.parametrize("text", [SIAMESE, SHARED_SCALE])
def test_shared_layers_are_taken_once(text: str) -> None:
    net = network(text)
    plan = net.transplant_plan(net)
    check_sums(plan)
    assert not plan.begun_new
    assert sums_of(plan.taken).total_params == net.total_params


SHARED_TWICE = HEAD + "  - Dense: 3\n    share: d\n  - Dense: 3\n    share: d\n"
TWO = HEAD + "  - Dense: 3\n    name: one\n  - Dense: 3\n    name: two\n"


def test_one_layer_that_becomes_two_gives_its_weights_to_both() -> None:
    plan = network(SHARED_TWICE).transplant_plan(network(TWO))
    assert {planned.layer.name for planned in plan.taken} == {"one", "two"}
    assert not plan.left_out
    back = network(TWO).transplant_plan(network(SHARED_TWICE))
    assert not back.begun_new
    assert [one.layer.name for one in back.left_out] == ["two", "two"]


def test_another_pairing_is_followed() -> None:
    net = network(TWO)
    one, two = (node for node in net.graph.nodes if node.weights)
    plan = transplant_plan(net.graph, net.graph, {one: two})
    taken = [(planned.layer, planned.source and planned.source.layer) for planned in plan.taken]
    assert taken == [(one, two)] * 2
    assert {planned.why for planned in plan.begun_new} == {"no-counterpart"}
    assert plan.share == Fraction(1, 2)


# The report


def report(old: str, new: str, fit: Method | None = None) -> list[list[str]]:
    table = transplant_table(loaded(old).transplant_plan(loaded(new), fit))
    return [[cell.strip() for cell in row] for row in table.rows]


def test_a_part_of_which_all_or_nothing_is_taken_is_one_row() -> None:
    assert report("resnet50", "resnet101") == [
        ["conv1 … conv3 (3 parts)", "1,444,928", "conv1_conv … conv3_block4_3_bn", "taken"],
        ["conv4", "26,090,496", "", ""],
        ["block1 … block6 (6 parts)", "7,098,368", "conv4_block1_1_conv … conv4_block6_3_bn", "taken"],
        ["block7 … block23 (17 parts)", "18,992,128", "", "new: no counterpart"],
        ["conv5", "14,964,736", "conv5_block1_1_conv … conv5_block3_3_bn", "taken"],
        ["predictions", "2,049,000", "predictions", "taken"],
    ]


def test_a_reason_is_told_with_both_shapes_and_what_is_left_out_with_the_old_layers() -> None:
    rows = report("vgg16_c", "vgg16?classes=10")
    what = {row[0]: row[3] for row in rows}
    assert what["block1_conv1 … block3_conv2 (6 layers)"] == "taken"
    assert what["block3_conv3"] == "new: kernel is 1x1x256x256 in `block3_conv3`, 3x3x256x256 here"
    assert what["predictions"] == "new: kernel is 4096x1000 in `predictions`, 4096x10 here"
    assert ["fc1", "102,764,544", "", "no counterpart"] in report("vgg16", "resnet50")
    assert report("mobilenet_v1_050", "mobilenet_v1", "tile")[0][3] == "taken: widened"


@pytest.mark.parametrize(("old", "new"), [*PAIRS, ("vgg16", "resnet50"), ("googlenet", "inception_v3")])
def test_the_rows_have_every_weight_of_the_new_network_once(old: str, new: str) -> None:
    plan = loaded(old).transplant_plan(loaded(new))
    rows = [row for row in transplant_table(plan).rows if row[0]]
    end = next((place for place, row in enumerate(rows) if row[0].startswith("left out")), len(rows))
    shown = sum(int(row[1].replace(",", "")) for row in rows[:end] if row[3])
    assert shown == loaded(new).params
    document = transplant_json(plan)
    params = sum(
        prod(weight["shape"]) for layer in document["layers"] for weight in layer["weights"] if weight["trainable"]
    )
    assert document["taken"]["params"] + document["new"]["params"] == params == loaded(new).params
