"""The name of the distribution: hints and pages install it, and not another project of the package index."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from archc.codes import CODES, DISTRIBUTION
from archc.version import __version__

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("archc/**/*.py")]
INSTALLED = re.compile(r"pip install(?: -[-\w]+)* (?P<quote>['\"]?)(?P<name>[\w.{}$/-]+)(?:\[(?P<extras>[\w,{}]+)\])?")


def test_the_name_is_that_of_the_project() -> None:
    assert PROJECT["name"] == DISTRIBUTION
    assert PROJECT["scripts"] == {"archc": "archc.cli:main"}


def test_the_version_is_that_of_the_package() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)
    assert PROJECT["dynamic"] == ["version"]


def test_every_command_that_installs_names_the_distribution() -> None:
    commands = [found for path in PAGES for found in INSTALLED.finditer(path.read_text(encoding="utf-8"))]
    assert len(commands) > 5
    for found in commands:
        assert found["name"] in (".", DISTRIBUTION, "{DISTRIBUTION}"), found[0]
        for extra in (found["extras"] or "{{extra}}").split(","):
            assert extra == "{{extra}}" or extra in PROJECT["optional-dependencies"], found[0]


def test_the_wheel_that_is_tested_is_that_of_the_distribution() -> None:
    wheels = re.findall(r"/([\w*.-]+)\.whl", (ROOT / ".ci/run").read_text(encoding="utf-8"))
    assert wheels == [f"{DISTRIBUTION.replace('-', '_')}-*"]


@pytest.mark.parametrize("code", ["no-converter", "no-keras", "no-torch"])
def test_what_is_missing_is_an_extra_of_the_distribution(code: str) -> None:
    found = INSTALLED.search(CODES[code].advice)
    assert found is not None
    assert found["name"] == DISTRIBUTION
    assert found["extras"] in PROJECT["optional-dependencies"]
