"""Where the cache is, what stands for the code, and the commands that show and clear it."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import Result

from archc.cache import answers, digests, fill
from archc.cache.folder import cache_folder
from archc.cache.room import contents
from archc.library.paths import LIBRARY
from archc.library.paths import library_paths as whole_library

Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("platform", "environment", "expected"),
    [
        ("linux", {}, "/home/me/.cache/archc"),
        ("linux", {"XDG_CACHE_HOME": "/xdg"}, "/xdg/archc"),
        ("linux", {"XDG_CACHE_HOME": "relative"}, "/home/me/.cache/archc"),
        ("darwin", {"XDG_CACHE_HOME": "/xdg"}, "/home/me/Library/Caches/archc"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/archc"),
        ("win32", {}, "/home/me/AppData/Local/archc"),
        ("linux", {"ARCHC_CACHE": "here"}, "here"),
        ("linux", {"ARCHC_CACHE": ""}, None),
        ("linux", {"ARCHC_CACHE": "off"}, None),
        ("linux", {"HOME": "relative"}, None),
    ],
)
def test_the_folder_is_that_of_the_platform(
    monkeypatch: pytest.MonkeyPatch, platform: str, environment: dict[str, str], expected: str | None
) -> None:
    for name in ("ARCHC_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    for name, value in {"HOME": "/home/me", **environment}.items():
        monkeypatch.setenv(name, value)
    assert cache_folder() == (None if expected is None else Path(expected))


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The sources of a small package, which stand for those of archc."""
    place = tmp_path / "package"
    (place / "part" / "__pycache__").mkdir(parents=True)
    (place / "a.py").write_text("A = 1\n")
    (place / "part" / "b.py").write_text("B = 2\n")
    monkeypatch.setattr(digests, "_PACKAGE", place)
    digests.code_digest.cache_clear()
    yield place
    digests.code_digest.cache_clear()


def digest_now() -> str:
    digests.code_digest.cache_clear()
    return digests.code_digest()


def test_each_byte_of_the_sources_is_part_of_the_digest(sources: Path) -> None:
    found = {digest_now()}
    for path in (sources / "a.py", sources / "part" / "b.py"):
        whole = path.read_bytes()
        for index in range(len(whole)):
            path.write_bytes(whole[:index] + bytes([whole[index] ^ 1]) + whole[index + 1 :])
            found.add(digest_now())
        path.write_bytes(whole)
    assert len(found) == 1 + 12
    first = digest_now()
    (sources / "part" / "__pycache__" / "c.py").write_text("")
    (sources / "notes.txt").write_text("")
    assert digest_now() == first
    (sources / "a.py").rename(sources / "part" / "a.py")
    moved = digest_now()
    (sources / "part" / "c.py").write_text("")
    assert len({first, moved, digest_now()} - found) == 2


def test_sources_are_read_again_where_they_have_changed(
    sources: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = digest_now()
    assert not folder.exists()  # they are new: a change could still get the same time
    monkeypatch.setattr(digests, "_SETTLED", 0)
    assert digest_now() == first
    assert contents(folder).entries == 1
    digest = digests._digest
    monkeypatch.setattr(digests, "_digest", None)
    assert digest_now() == first
    monkeypatch.setattr(digests, "_digest", digest)
    path = sources / "a.py"
    before = path.stat()
    time.sleep(0.02)  # a tick of the disk's clock
    path.write_text("A = 3\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert digest_now() != first


def test_the_version_is_part_of_the_digest(sources: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sources.exists()
    before = digest_now()
    monkeypatch.setattr(digests, "__version__", "9.9.9")
    assert digest_now() != before


def test_sources_that_cannot_be_read_end_no_run(run: Run, sources: Path) -> None:
    (sources / "b.py").symlink_to(sources / "nothing.py")
    digests.code_digest.cache_clear()
    assert [run("check", "lenet5").exit_code for _ in range(2)] == [0, 0]


@pytest.fixture
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package that comes with what is known of one family, as that of a wheel does."""
    place = tmp_path / "filled"
    place.mkdir()
    lenet = {name: path for name, path in whole_library().items() if path.parent.name == "lenet"}
    for module in ("archc.cache.fill", "archc.report.list"):
        monkeypatch.setattr(f"{module}.library_paths", lambda: lenet)
    monkeypatch.setattr("archc.report.schema.json_schema", lambda: {"title": "a spec"})
    fill.fill(place)
    monkeypatch.setattr(answers, "FILLED", place)
    monkeypatch.setattr(digests, "_BUILT", place / "digests")
    for known in (digests.code_digest, digests.library_digest):
        known.cache_clear()
    yield place
    for known in (digests.code_digest, digests.library_digest):
        known.cache_clear()


@pytest.mark.usefixtures("filled")
def test_a_package_comes_with_what_is_known_of_the_library(
    run: Run, computed: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("archc.report.schema.json_schema", "archc.cache.networks.library_networks"):
        monkeypatch.setattr(name, None)
    computed.clear()
    found = [run("check", label, "--json") for label in ("lenet5", str(LIBRARY / "lenet" / "lenet5.yaml"))]
    assert [result.exit_code for result in found] == [0, 0]
    assert run("list", "lenet").stdout.startswith("spec")
    assert run("schema").stdout == '{\n  "title": "a spec"\n}\n'
    assert computed == []
    assert not folder.exists()
    assert found[0].stdout == run("check", "lenet5", "--json", "--no-cache").stdout
    assert computed == ["lenet5"]


def test_another_wheel_has_another_digest(run: Run, computed: list[str], filled: Path) -> None:
    (filled / "digests").write_text("0.1.0 other\nother\n")
    digests.code_digest.cache_clear()
    computed.clear()
    run("check", "lenet5")
    assert computed == ["lenet5"]


# --- commands --------------------------------------------------------------------------------------------------------


def test_the_cache_is_shown_and_cleared(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("cache").stdout == f"{folder}: 0 entries, 0 B\n"
    run("check", "lenet5")
    assert run("cache").stdout == f"{folder}: 1 entry, 8.0 KiB\n"  # two blocks
    assert run("cache", "clear").stdout == "removed 1 entry, 8.0 KiB\n"
    assert run("cache", "clear").stdout == "removed 0 entries, 0 B\n"
    monkeypatch.setenv("ARCHC_CACHE", "off")
    for arguments in (["cache"], ["cache", "clear"]):
        assert run(*arguments).stdout == "the cache is turned off\n"


def test_what_cannot_be_cleared_is_said(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("check", "lenet5")

    def refuse(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("archc.cache.room.os.unlink", refuse)
    result = run("cache", "clear")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "cannot be written: permission denied" in result.stderr
    monkeypatch.undo()
    shutil.rmtree(folder)
