"""A size that changes in a spec must not go unseen: a fact differs, or there is an error."""

from __future__ import annotations

import re
import shutil
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from archc.cli import main
from archc.library.paths import LIBRARY
from tests.cases import every_or_few
from tests.specs.mutations import Mutation, Outcome, members, mutations, survey

Change = tuple[str, str, str, str]

SAME = "`same` pooling has the size that its stride says, whatever its window, and pooling has no weights"
WIRING = "which map of S2, where a count sees how many: tests/specs/test_lenet5_1998.py holds Table I"
ROUNDED = "(114 - 3) / 2 rounds down to (114 - 4) / 2, and so does each even size"
HALVED = "of 111, a window of 1 leaves 56 and one of 2 leaves 55, and the next stride of 2 makes 28 of both"
EVERY_SECOND = "at stride 2 on an even size, a window of 2 gives the size that one of 1 does"
HEADS = "heads share the channels among them: twice as many have the same weights and multiply-adds"
DILATIONS = "a dilated convolution that pads has the size, the weights and the multiply-adds of any other dilation"
RATES = "rates of stochastic depth, which change no size"
CROPS = "where crops begin, which change no size"
OFFSETS = "the numbers that the network of the position bias takes, which change no size"

UNSEEN: dict[Change, str] = {
    ("googlenet.yaml", "pool_size", "3", "4"): SAME,
    ("googlenet.yaml", "pool_size", "3", "5"): SAME,
    ("inception_v2.yaml", "pool_size", "3", "4"): SAME,
    ("inception_v2.yaml", "pool_size", "3", "5"): SAME,
    ("inception_v3.yaml", "pool_size", "3", "4"): SAME,
    ("inception_v3.yaml", "pool_size", "3", "5"): SAME,
    ("xception.yaml", "pool_size", "3", "4"): SAME,
    ("xception.yaml", "pool_size", "3", "5"): SAME,
    ("lenet5_1998.yaml", "c3_maps", "0", "1"): WIRING,
    ("lenet5_1998.yaml", "c3_maps", "1", "2"): WIRING,
    ("lenet5_1998.yaml", "c3_maps", "2", "3"): WIRING,
    ("lenet5_1998.yaml", "c3_maps", "2", "4"): WIRING,
    ("lenet5_1998.yaml", "c3_maps", "3", "4"): WIRING,
    ("lenet5_1998.yaml", "c3_maps", "4", "5"): WIRING,
    ("zfnet.yaml", "pool_size", "3", "4"): SAME,
    ("zfnet.yaml", "pool_size", "3", "5"): SAME,
    ("densenet.yaml", "pool_size", "3", "4"): ROUNDED,
    ("shufflenet_v1.yaml", "pool_size", "3", "4"): ROUNDED,
    ("nasnet.yaml", "pool_size", "3", "4"): SAME,
    ("nasnet.yaml", "pool_size", "3", "5"): SAME,
    ("nasnet.yaml", "pool_size", "1", "2"): HALVED,
    ("resnet_a.yaml", "pool_size", "1", "2"): EVERY_SECOND,
    ("resnet_keras.yaml", "pool_size", "3", "4"): ROUNDED,
    ("resnet_v1_5.yaml", "pool_size", "3", "4"): ROUNDED,
    ("resnet_v2.yaml", "pool_size", "3", "4"): ROUNDED,
    ("resnet_v2_keras.yaml", "pool_size", "1", "2"): EVERY_SECOND,
    ("resnet_v2_keras.yaml", "pool_size", "3", "4"): ROUNDED,
    ("resnext.yaml", "pool_size", "3", "4"): ROUNDED,
    ("dpn.yaml", "pool_size", "3", "4"): ROUNDED,
    ("network_in_network_cifar.yaml", "pool_size", "3", "4"): SAME,
    ("network_in_network_cifar.yaml", "pool_size", "3", "5"): SAME,
    ("yolo_v3_tiny.yaml", "pool_size", "2", "3"): SAME,
    ("yolo_v3_tiny.yaml", "pool_size", "2", "4"): SAME,
    ("ssd300.yaml", "pool_size", "2", "3"): SAME,
    ("ssd300.yaml", "pool_size", "2", "4"): SAME,
    ("ssd300.yaml", "pool_size", "3", "4"): SAME,
    ("ssd300.yaml", "pool_size", "3", "5"): SAME,
    ("res2net50.yaml", "pool_size", "3", "4"): ROUNDED,
    ("resnest50.yaml", "pool_size", "3", "4"): ROUNDED,
    ("fcn8s.yaml", "pool4", "5", "6"): CROPS,
    ("fcn8s.yaml", "pool4", "5", "10"): CROPS,
    ("fcn8s.yaml", "pool3", "9", "10"): CROPS,
    ("fcn8s.yaml", "pool3", "9", "18"): CROPS,
    ("fcn8s.yaml", "score", "31", "32"): CROPS,
    ("fcn8s.yaml", "score", "31", "62"): CROPS,
    ("swin.yaml", "rates", "1", "2"): RATES,
    ("swin_v2.yaml", "far", "1", "2"): OFFSETS,
    ("swin_v2.yaml", "far", "8", "9"): OFFSETS,
    ("swin_v2.yaml", "far", "8", "16"): OFFSETS,
    ("swin_v2.yaml", "far", "16", "17"): OFFSETS,
    ("swin_v2.yaml", "far", "16", "32"): OFFSETS,
    ("swin_v2.yaml", "logs", "1", "2"): OFFSETS,
    ("swin_v2.yaml", "logs", "3", "4"): OFFSETS,
    ("swin_v2.yaml", "logs", "3", "6"): OFFSETS,
    ("bert_base.yaml", "heads", "12", "24"): HEADS,
    ("gpt2_small.yaml", "heads", "12", "24"): HEADS,
    ("vit_b16.yaml", "heads", "12", "24"): HEADS,
    ("vit_b32.yaml", "heads", "12", "24"): HEADS,
    ("vit_h14.yaml", "heads", "16", "32"): HEADS,
    ("vit_l16.yaml", "heads", "16", "32"): HEADS,
    ("vit_l32.yaml", "heads", "16", "32"): HEADS,
    ("wavenet.yaml", "dilations", "2", "3"): DILATIONS,
    ("wavenet.yaml", "dilations", "2", "4"): DILATIONS,
    ("wide_resnet.yaml", "pool_size", "3", "4"): ROUNDED,
}
"""What no fact can see: file, argument, number, what replaces it; and why. Nothing else may be unseen."""


surveyed = cache(survey)


def change(mutation: Mutation) -> Change:
    return mutation.file.name, mutation.key, mutation.before, mutation.after


def unseen(found: dict[Mutation, Outcome]) -> list[Mutation]:
    return [mutation for mutation, outcome in found.items() if outcome == "unseen"]


CHANGES = 1  # of each network in each run; all of them are marked
MEMBERS = {member.stem: member for member in members()}


@pytest.mark.parametrize("name", every_or_few(MEMBERS, 50))
def test_some_changes_do_not_go_unseen(name: str) -> None:
    found = survey(MEMBERS[name], CHANGES)
    assert len(found) == CHANGES
    assert [str(mutation) for mutation in unseen(found) if change(mutation) not in UNSEEN] == []


@pytest.mark.slow
@pytest.mark.parametrize("member", members(), ids=lambda member: member.stem)
def test_no_change_goes_unseen(member: Path) -> None:
    found = surveyed(member)
    assert len(found) >= 12
    assert [str(mutation) for mutation in unseen(found) if change(mutation) not in UNSEEN] == []


@pytest.mark.slow
def test_nothing_is_excused_that_is_seen() -> None:
    assert {change(mutation) for member in members() for mutation in unseen(surveyed(member))} == set(UNSEEN)


def test_every_convolution_dense_layer_and_stride_is_seen() -> None:
    crops = {"pool3", "pool4", "score"}
    others = {"c3_maps", "heads", "dilations", "rates", "far", "logs"}
    assert {key for _, key, _, _ in UNSEEN} == {"pool_size", *crops, *others}


@pytest.mark.slow
def test_documentation_states_the_share() -> None:
    page = LIBRARY.with_name("docs").joinpath("facts.md").read_text()
    stated = re.search(r"\*\*(\d+) of (\d+) changes \(([\d.]+)%\)\*\*", page)
    assert stated is not None
    changes = [surveyed(member) for member in members()]
    of, hidden = sum(map(len, changes)), sum(len(unseen(found)) for found in changes)
    assert stated.groups() == (str(hidden), str(of), f"{hidden / of:.1%}".rstrip("%"))


@pytest.mark.parametrize(
    ("key", "after", "status"), [("kernel_size", "5", 1), ("units", "4097", 1), ("pool_size", "999", 2)]
)
def test_command_fails(key: str, after: str, status: int, tmp_path: Path) -> None:
    member = LIBRARY / "alexnet" / "alexnet.yaml"
    mutation = next(found for found in reversed([*mutations(member)]) if found.key == key)
    text = member.read_text()
    copy = Path(shutil.copy(member, tmp_path))
    copy.write_text(text[: mutation.start] + after + text[mutation.start + len(mutation.before) :])
    assert CliRunner().invoke(main, ["check", str(copy)]).exit_code == status
