"""Entries are written whole, read with suspicion, and bounded; nothing about them ends a run."""

from __future__ import annotations

import errno
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from click.testing import Result

from archc import limits
from archc.cache.answers import keep, known
from archc.cache.digests import code_digest, library_digest
from archc.cache.entries import NONE, entry_path
from archc.cache.networks import networks
from archc.cache.room import clear, contents, make_room
from archc.cache.schema import schema_text
from archc.library.paths import LIBRARY

Run = Callable[..., Result]
SUBJECT = ["test", 1]


def path_of(folder: Path, *subject: Any) -> Path:
    return entry_path(folder, [code_digest(), *subject])


def test_an_answer_is_kept(folder: Path) -> None:
    answers: list[object] = [{"a": [1, None, 2.5, "×\ud800", True]}, [], "text"]
    for answer in answers:
        keep(folder, SUBJECT, answer)
        assert known(folder, SUBJECT, lambda kept: [kept]) == [answer]
    assert known(folder, ["test", 2], lambda kept: [kept]) is None
    assert contents(folder).entries == 1


@pytest.mark.parametrize("answer", [(1, 2), {1: 2}, {"a": (1,)}, {1, 2}, 1j], ids=repr)
def test_what_json_changes_is_not_kept(folder: Path, answer: Any) -> None:
    keep(folder, SUBJECT, answer)
    assert known(folder, SUBJECT, lambda kept: [kept]) is None


def test_a_damaged_entry_is_none(folder: Path) -> None:
    keep(folder, SUBJECT, {"number": 123})
    path = path_of(folder, *SUBJECT)
    whole = path.read_bytes()
    damaged = [whole[:length] for length in range(len(whole))]
    damaged += [whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :] for at in range(len(whole))]
    damaged += [random.Random(1).randbytes(300), whole + b" ", b"\n".join([whole, whole])]
    for content in damaged:
        path.write_bytes(content)
        assert known(folder, SUBJECT, lambda kept: [kept]) is None
    path.write_bytes(whole)
    assert known(folder, SUBJECT, lambda kept: [kept]) == [{"number": 123}]


def with_checksum(text: bytes) -> bytes:
    return f"{crc32(text):08x}\n".encode() + text


def test_an_entry_of_another_request_with_the_same_name_is_none(folder: Path) -> None:
    keep(folder, SUBJECT, 1)
    path_of(folder, *SUBJECT).write_bytes(with_checksum(json.dumps([[code_digest(), "other"], 2]).encode()))
    assert known(folder, SUBJECT, lambda kept: [kept]) is None


def test_a_hostile_entry_is_none(folder: Path) -> None:
    keep(folder, SUBJECT, 1)
    path = path_of(folder, *SUBJECT)
    large = b" " * limits.CACHE_ENTRY_BYTES
    for text in (b"[" * 100_000, b"[1," + large + b"2]", b"9" * 10_000, b'{"a": 1}', b"[1, 2, 3]", b"null", b"\xff"):
        path.write_bytes(with_checksum(text))
        assert known(folder, SUBJECT, lambda kept: [kept]) is None
    path.unlink()
    path.mkdir()
    assert known(folder, SUBJECT, lambda kept: [kept]) is None
    path.rmdir()
    os.mkfifo(path)
    assert known(folder, SUBJECT, lambda kept: [kept]) is None


WRONG: list[Any] = [None, -1, 2**70, "x", [], {"a": 1}, [1, 1, 1]]


def changed(value: Any) -> Iterator[Any]:
    """A value with each of its parts in turn replaced by each of some others."""
    if isinstance(value, list | dict) and value:
        for key in value if isinstance(value, dict) else range(len(value)):
            for other in changed(value[key]):
                copy = dict(value) if isinstance(value, dict) else list(value)
                copy[key] = other
                yield copy
    yield from WRONG


SPEC = """archc: 1
name: Net
input: [8]
unused: warn
layers:
  - side: [{Dense: 3, name: left_out}]
  - {Dense: 2, name: a, shape: [2]}
expect:
  - {source: Table 1, when: {input: [9]}, params: {value: 21, computed: 20, because: the table is wrong}}
"""


def test_a_hostile_check_ends_no_run(run: Run, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.yaml").write_text(SPEC)
    plain = run("check", "net.yaml", "--json")
    assert plain.exit_code == 0
    (path,) = folder.rglob("1/*/*")
    request, answer = json.loads(path.read_bytes().partition(b"\n")[2])
    for form, other in zip(cycle(["--json", "--full"]), changed(answer), strict=False):
        path.write_bytes(with_checksum(json.dumps([request, other]).encode()))
        assert run("check", "net.yaml", form).exit_code in (0, 1)
    assert run("check", "net.yaml", "--json").stdout == plain.stdout


@pytest.mark.parametrize("kind", ["a file", "not to be written", "full", "gone"])
def test_a_cache_that_cannot_be_written_ends_no_run(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    if kind == "a file":
        folder.write_text("mine")
    elif kind == "gone":
        monkeypatch.setattr("tempfile.mkdtemp", failing(errno.ENOENT))
    elif kind == "full":
        monkeypatch.setattr(Path, "write_bytes", failing(errno.ENOSPC))
    else:
        monkeypatch.setattr(Path, "mkdir", failing(errno.EROFS))
    results = [run("check", "lenet5") for _ in range(2)]
    assert {result.exit_code for result in results} == {0}
    assert {result.stderr for result in results} == {""}
    assert [path for path in folder.rglob("*") if path.is_file()] == []
    assert not list(folder.rglob(".archc-*"))


def failing(number: int) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def test_what_is_not_used_goes_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CACHE_BYTES", 16 * 5 * 4096)
    part = folder / "1" / "a"
    part.mkdir(parents=True)
    for number in range(10):
        path = part / f"a000000{number}"
        path.write_text("x")
        os.utime(path, (10**9, 10**9 - number))
    make_room(part)
    assert sorted(path.name[-1] for path in part.iterdir()) == ["0", "1", "2", "3", "4"]
    (part / "a0000000").write_text("x" * 5000)  # which takes two blocks
    make_room(part)
    assert sorted(path.name[-1] for path in part.iterdir()) == ["0", "1", "2", "3"]


def test_the_bound_holds_for_the_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CACHE_BYTES", 16 * 2 * 4096)
    for number in range(150):
        keep(folder, ["subject", number], "x" * 3000)
    held = contents(folder)
    assert 16 < held.entries <= 32
    assert held.size <= limits.CACHE_BYTES
    assert known(folder, ["subject", 149], lambda kept: kept) == "x" * 3000


def test_a_use_is_noted_once_a_day(folder: Path) -> None:
    keep(folder, SUBJECT, 1)
    path = path_of(folder, *SUBJECT)
    for age, noted in ((3600, False), (100_000, True)):
        os.utime(path, (time.time() - age, time.time() - age))
        assert known(folder, SUBJECT, lambda kept: kept) == 1
        assert (time.time() - path.stat().st_mtime < 60) is noted


def test_what_is_too_large_is_not_kept(folder: Path) -> None:
    keep(folder, SUBJECT, "x" * limits.CACHE_ENTRY_BYTES)
    assert contents(folder).entries == 0


def test_only_entries_are_cleared(folder: Path) -> None:
    keep(folder, SUBJECT, 1)
    part = path_of(folder, *SUBJECT).parent
    left = part / ".archc-host-1-abc"
    left.mkdir()
    for path in (folder / "mine", folder / "1" / "mine", part / "mine"):
        path.write_text("mine")
    assert clear(folder).entries == 1
    assert sorted(path.name for path in folder.rglob("*")) == sorted(["1", part.name, "mine", "mine", "mine"])
    assert clear(folder).entries == clear(folder / "nothing").entries == 0


WRITER = """
import sys
from pathlib import Path
from archc.cache.answers import keep
for number in range(int(sys.argv[2])):
    keep(Path(sys.argv[1]), ["subject", number % 7], ["x" * 50_000, number])
    print(number, flush=True)
"""


def test_killed_and_concurrent_writers_leave_whole_entries(folder: Path) -> None:
    """The long form, with 200 kills, is `python -m tests.cache.kills`."""
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(folder), "100000"], stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    for number, writer in enumerate(writers):
        assert writer.stdout is not None
        for _ in range(10 + number):
            writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
    for number in range(7):
        text, _ = known(folder, ["subject", number], lambda kept: kept) or ("", 0)
        assert text == "x" * 50_000
    for number in range(7):
        keep(folder, ["subject", number], "again")  # which removes what the killed ones left
    assert not list(folder.rglob(".archc-*"))


# --- what else is kept -----------------------------------------------------------------------------------------------


def test_the_list_is_kept_whole(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from archc.report import list as report

    lenet = {path.stem: path for path in (LIBRARY / "lenet").glob("*.yaml")}
    monkeypatch.setattr(report, "library_paths", lambda: lenet)
    plain = [run("list", *arguments, "--no-cache").stdout for arguments in ([], ["--json"])]
    assert [run("list", *arguments).stdout for arguments in ([], ["--json"])] == plain
    monkeypatch.setattr(report, "library_paths", dict)
    assert [run("list", *arguments).stdout for arguments in ([], ["--json"])] == plain
    assert run("list", "lenet").stdout == plain[0]
    assert run("list", "vgg").stdout.count("\n") <= 1
    assert run("list", "no_family").exit_code == 2


def test_a_hostile_list_is_computed_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lenet = {path.stem: path for path in (LIBRARY / "lenet").glob("*.yaml")}
    monkeypatch.setattr("archc.report.list.library_paths", lambda: lenet)
    found = networks(folder)
    row = list(found[0])
    types: list[tuple[type, ...]] = [(str,), (str,), (str,), (str, NONE), (int, NONE), (int,), (int, NONE)]
    for index, allowed in enumerate(types):
        for wrong in (*WRONG, True):
            keep(folder, ["list", library_digest()], [[*row[:index], wrong, *row[index + 1 :]]])
            assert networks(folder)[0][index] == (wrong if type(wrong) in allowed else row[index])


def test_the_schema_is_kept(run: Run, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr("archc.report.schema.json_schema", lambda: {"title": "a spec"})
    plain = run("schema", "--no-cache").stdout
    assert run("schema").stdout == plain == '{\n  "title": "a spec"\n}\n'
    monkeypatch.setattr("archc.report.schema.json_schema", dict)
    assert run("schema").stdout == plain
    keep(folder, ["schema"], ["no text"])
    assert schema_text(folder) == "{}"
