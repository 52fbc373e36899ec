"""A cache of its own for each test, and commands that use it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archc.cache.digests import code_digest, library_digest
from archc.cli import main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the cache, without what is kept of this checkout's sources."""
    code_digest()
    library_digest()
    monkeypatch.setenv("ARCHC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("ARCHC_DEBUG", "1")
    return tmp_path / "cache"


@pytest.fixture
def run(folder: Path) -> Callable[..., Result]:  # noqa: ARG001 - it sets the environment
    """Runs `archc` with arguments."""

    def run(*arguments: str, text: str | None = None) -> Result:
        result = CliRunner().invoke(main, list(arguments), input=text, prog_name="archc")
        assert result.exit_code != 3, result.stderr
        return result

    return run


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The labels of the specs that `archc check` computes, in place of finding them in the cache."""
    from archc.cache import new_checks

    labels: list[str] = []
    compute = new_checks.network_of

    def counted(label: str, settings: object) -> object:
        labels.append(label)
        return compute(label, settings)  # type: ignore[arg-type]

    monkeypatch.setattr(new_checks, "network_of", counted)
    return labels
