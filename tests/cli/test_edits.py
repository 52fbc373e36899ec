"""One edit of a spec, as a person makes it, and how `archc diff` reports it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from archc.report.table import display_width
from tests.cli.conftest import ROOT

Run = Callable[..., Result]

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git applies the patches")

PATCHES = Path(__file__).parent / "edits"
SOURCES = {
    "transformer.yaml": PATCHES / "transformer.yaml",
    "unet_sketch.yaml": ROOT / "tests" / "language" / "examples" / "unet_sketch.yaml",
}
RESNET = "specs/resnet/resnet50.yaml"
GOOGLENET = "specs/inception/googlenet.yaml"
EDITS = {
    "branch_added": "specs/inception/inception_v3.yaml",
    "deeper": "transformer.yaml",
    "delete_stage": RESNET,
    "depth": "unet_sketch.yaml",
    "drop_pool_branch": GOOGLENET,
    "dw_pointwise": RESNET,
    "expansion": "specs/mobilenet/mobilenet_v2.yaml",
    "flatten_dense": RESNET,
    "move_norm_after_pool": GOOGLENET,
    "no_bottleneck": "specs/densenet/densenet121.yaml",
    "preact_skip_rewired": RESNET,
    "res": "unet_sketch.yaml",
    "rms": "transformer.yaml",
    "sep_bn_eps": "specs/nasnet/nasnet_a_mobile.yaml",
    "share": "transformer.yaml",
    "skip_removed_top": "unet_sketch.yaml",
    "swap_branches": GOOGLENET,
    "swish": "specs/mobilenet/mobilenet_v2.yaml",
    "unroll_refactor": RESNET,
    "upsampling": "unet_sketch.yaml",
    "width": RESNET,
}


def edited(folder: Path, edit: str) -> tuple[str, str]:
    """Writes the spec, with its family, before and after an edit; the paths of both."""
    spec = EDITS[edit]
    for side in ("before", "after"):
        target = folder / side / spec
        if spec in SOURCES:
            target.parent.mkdir()
            shutil.copy(SOURCES[spec], target)
        else:
            shutil.copytree((ROOT / spec).parent, target.parent)
    subprocess.run(["git", "apply", "-p0", str(PATCHES / f"{edit}.patch")], cwd=folder / "after", check=True)
    return f"before/{spec}", f"after/{spec}"


def test_every_patch_is_an_edit() -> None:
    assert sorted(EDITS) == sorted(path.stem for path in PATCHES.glob("*.patch"))


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_reported_as_its_author_would(
    archc: Run, golden: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, edit: str
) -> None:
    sides = edited(tmp_path, edit)
    monkeypatch.chdir(tmp_path)
    text = archc("diff", *sides).stdout
    golden(f"edits/{edit}.txt", text)
    lines = text.splitlines()
    assert len(lines) <= 40
    assert max(map(display_width, lines)) <= 120


@pytest.mark.parametrize("columns", [40, 60, 80])
@pytest.mark.parametrize("edit", ["depth", "expansion", "swap_branches", "width"])
def test_no_line_is_wider_than_the_terminal(
    archc: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, edit: str, columns: int
) -> None:
    sides = edited(tmp_path, edit)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", str(columns))
    assert max(map(display_width, archc("diff", *sides).stdout.splitlines())) <= columns
