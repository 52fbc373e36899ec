"""What people read of one fault: each file of `messages/` has one, and gets one diagnostic."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

FOLDER = Path(__file__).parent / "messages"
FILES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
REQUESTS = {
    "empty_name": ("check", ""),
    "folder": ("summary", "tests/cli/messages"),
    "input_bracket": ("check", "lenet5", "--input", "8]"),
    **{
        f"template_{name}": ("render", "vgg16", "--template", f"tests/cli/messages/{name}.j2")
        for name in ("attribute", "endless", "filter", "include", "sandbox", "syntax", "variable")
    },
    "template_of_no_name": ("render", "vgg16", "--template", "latx"),
    "render_without_a_template": ("render", "vgg16"),
    "render_without_a_network": ("render", "--template", "latex"),
    "page_settings_of_two": ("page", "lenet5", "vgg16", "--set", "classes=7", "-o", "tests/cli/page.html"),
    "page_without_a_folder": ("page", "lenet5", "-o", "tests/cli/nothing/page.html"),
    "page_over_its_spec": ("page", "specs/lenet/lenet5.yaml", "-o", "specs/lenet/lenet5.yaml", "--force"),
    "diff_svg_of_folders": ("diff", "specs/lenet", "specs/lenet", "--format", "svg"),
    "diff_html_of_folders": ("diff", "specs/lenet", "specs/lenet", "--format", "html=tests/cli/page.html"),
    "plot_file": ("plot", "lenet5", "-o", "lenet5.jpg"),
    "plot_shown": ("plot", "lenet5", "--show", "params,mac"),
    "plot_style_that_does_not_go_with_levels": ("plot", "lenet5", "--style", "volumes", "--levels", "1"),
    "plot_of_many_prisms": ("plot", "tests/pictures/networks/deep.yaml", "--style", "volumes"),
    "python": ("check", "tests/cli/conftest.py"),
    "set_row_of_an_unknown_block": (
        "check",
        "tests/targets/specs/row_heads.yaml",
        "--set",
        "rows=[{unit: fused, c: 4}, {unit: fusde, c: 4}]",
    ),
    "set_parameter_that_nothing_reads": ("check", "tests/cli/messages/unused.yaml", "--set", "width=5"),
}


@pytest.mark.parametrize("name", FILES)
def test_the_message_of_a_file(name: str, archc: Callable[..., Result], golden: Callable[[str, str], None]) -> None:
    result = archc("check", f"tests/cli/messages/{name}.yaml")
    golden(f"messages/{name}.txt", result.stderr)
    assert (result.exit_code, result.stdout) == (2, "")
    document = json.loads(archc("check", f"tests/cli/messages/{name}.yaml", "--json").stdout)
    assert len(document["diagnostics"]) == 1
    lines = len((FOLDER / f"{name}.yaml").read_bytes().decode("latin-1").rstrip().split("\n"))
    assert 1 <= document["diagnostics"][0]["line"] <= lines


@pytest.mark.parametrize("name", REQUESTS)
def test_the_message_of_a_request(name: str, archc: Callable[..., Result], golden: Callable[[str, str], None]) -> None:
    result = archc(*REQUESTS[name])
    golden(f"messages/request_{name}.txt", result.stderr)
    assert (result.exit_code, result.stdout) == (2, "")
