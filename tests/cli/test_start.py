"""What a command loads: nothing heavy, and nothing of the compiler where it is not needed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import archc
from archc.library.paths import LIBRARY
from tests.cli.conftest import ROOT

COMPILER = ("pydantic", "yaml", "archc.ir", "archc.ops", "archc.language", "archc.elaborate", "archc.network")
HEAVY = ("keras", "tensorflow", "numpy", "rich", "torch", "jinja2", "cairosvg", "PIL")


def loaded(code: str, modules: tuple[str, ...], **environment: str) -> list[str]:
    """Those of some modules that a statement loads in a new process."""
    program = (
        f"import sys\ntry:\n    {code}\nexcept SystemExit:\n    pass\n"
        f"print(*[name for name in {modules} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, **environment},
    )
    return done.stderr.split()


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "vgg16"],
        ["check", "vgg16", "--json"],
        ["summary", "vgg16"],
        ["diff", "vgg16", "vgg19"],
        ["plot", "vgg16"],
        ["plot", "vgg16", "--style", "volumes"],
        ["schema"],
        ["build", "vgg16", "--to", "python"],
        ["build", "vgg16", "--to", "torch"],
        ["classify", "--help"],
        ["view", "--help"],
    ],
    ids=" ".join,
)
def test_nothing_heavy_is_loaded(arguments: list[str]) -> None:
    assert loaded(f"from archc.cli import main; main({arguments}, standalone_mode=False)", HEAVY) == []


def test_a_template_loads_no_framework() -> None:
    arguments = ["render", "vgg16", "--template", "mermaid"]
    found = loaded(f"from archc.cli import main; main({arguments}, standalone_mode=False)", HEAVY)
    assert found == ["jinja2"]


def test_a_page_loads_no_framework(tmp_path: Path) -> None:
    arguments = ["page", "vgg16", "vgg19", "-o", str(tmp_path / "page.html")]
    found = loaded(f"from archc.cli import main; main({arguments}, standalone_mode=False)", HEAVY)
    assert found == ["jinja2"]


OTHER_OPS = ("archc.ops.attention", "archc.ops.augmentation", "archc.ops.cells", "archc.ops.lookup")


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "vgg16"],
        ["summary", "vgg16"],
        ["diff", "vgg16", "vgg19"],
        ["plot", "vgg16"],
        ["build", "vgg16", "--to", "python"],
    ],
    ids=" ".join,
)
def test_ops_that_no_network_has_are_not_loaded(arguments: list[str]) -> None:
    assert loaded(f"from archc.cli import main; main({arguments}, standalone_mode=False)", OTHER_OPS) == []


def test_a_list_of_the_library_loads_nothing_heavy(tmp_path: Path) -> None:
    shutil.copytree(LIBRARY / "lenet", tmp_path / "lenet")
    code = f"from archc.cli import main; from archc.library import paths; paths.LIBRARY = paths.Path({str(tmp_path)!r})"
    assert loaded(f"{code}; main(['list'], standalone_mode=False)", HEAVY) == []


@pytest.mark.parametrize("code", ["import archc", "import archc.cli", "from archc import __version__"])
def test_an_import_loads_nothing_of_the_compiler(code: str) -> None:
    assert loaded(code, (*COMPILER, *HEAVY)) == []


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_an_option_of_the_group_loads_nothing_of_the_compiler(option: str) -> None:
    assert loaded(f"from archc.cli import main; main(['{option}'])", (*COMPILER, *HEAVY)) == []


@pytest.mark.parametrize(
    "words", ["archc su", "archc check vgg1", "archc build vgg16 --", "archc git ", "archc render vgg16 --template l"]
)
def test_completion_loads_nothing_of_the_compiler(words: str) -> None:
    code = "from archc.cli import main; main(prog_name='archc')"
    count = str(len(words.split(" ")) - 1)
    environment = {"_ARCHC_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": count}
    assert loaded(code, (*COMPILER, *HEAVY), **environment) == []


@pytest.mark.parametrize(
    "arguments", [["check", "lenet5"], ["check", "lenet5", "--json"], ["list", "--json"]], ids=" ".join
)
def test_what_is_known_loads_nothing_of_the_compiler(arguments: list[str], tmp_path: Path) -> None:
    shutil.copytree(LIBRARY / "lenet", tmp_path / "lenet")
    code = f"from archc.cli import main; from archc.library import paths; paths.LIBRARY = paths.Path({str(tmp_path)!r})"
    command = f"{code}; main({arguments}, standalone_mode=False)"
    compiler = ("pydantic", "yaml", "archc.ir.op", "archc.ops", "archc.language.document", "archc.elaborate")
    environment = {"ARCHC_CACHE": str(tmp_path / "cache")}
    assert loaded(command, compiler, **environment) == list(compiler)
    assert loaded(command, (*compiler, *HEAVY), **environment) == []


def test_a_spec_is_shown_without_the_compiler() -> None:
    code = "from archc.cli import main; main(['show', 'vgg16'], standalone_mode=False)"
    assert loaded(code, (*(name for name in COMPILER if name != "archc.language"), "archc.language.document")) == []


def test_the_public_names_are_there() -> None:
    assert set(archc.__all__) <= set(dir(archc))
    assert archc.load is import_module("archc.network").load
    assert archc.SpecError is import_module("archc.diagnostics").SpecError
    assert all(getattr(archc, name) is not None for name in archc.__all__)
    unknown = "lod"
    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        getattr(archc, unknown)
