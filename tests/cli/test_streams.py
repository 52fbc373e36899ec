"""What a process meets outside: streams that are closed, few characters, signals, pipes in the place of files."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from archc.atomic_file import whole_file
from tests.cli.conftest import ROOT

Run = Callable[..., Result]

SPEC = "archc: 1\nname: tiny\ninput: [8]\nlayers: [{Dense: 3}]\n"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def shell(line: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Runs a line of bash in a folder, where `archc` is the command; it waits for nothing for ever."""
    script = f'archc() {{ {sys.executable} -m archc "$@"; }}; {line}'
    return subprocess.run(
        ["/bin/bash", "-c", script],
        capture_output=True,
        check=False,
        cwd=folder,
        env={**ENVIRONMENT, **environment},
        timeout=60,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a spec, a named pipe and a socket."""
    (tmp_path / "ok.yaml").write_text(SPEC, encoding="utf-8")
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "extends.yaml").write_text("archc: 1\nname: a\nextends: ./pipe.yaml\n", encoding="utf-8")
    (tmp_path / "use.yaml").write_text(
        "archc: 1\nname: a\ninput: [8]\nuse: {./pipe.yaml: [b]}\nlayers: [b]\n", encoding="utf-8"
    )
    (tmp_path / "by_name.yaml").write_text("archc: 1\nname: a\nextends: pipe\n", encoding="utf-8")
    return tmp_path


# --- streams ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("redirection", ["<&-", "2>&-", "<&- 2>&-", "2>/dev/full"])
def test_a_command_needs_no_stream_but_its_output(folder: Path, redirection: str) -> None:
    done = shell(f"archc check ok.yaml {redirection}", folder)
    assert (done.returncode, done.stdout, done.stderr) == (
        0,
        b"tiny (ok.yaml)\nno fact: the spec documents nothing to check\n",
        b"",
    )
    assert shell(f"archc check no_such_network {redirection}", folder).returncode == 2


def test_a_file_never_gets_the_number_of_a_stream(folder: Path) -> None:
    """What is written to the error output would be in the file."""
    line = "import archc.cli, sys; archc.cli.main(['git', 'text', 'ok.yaml'])"
    check = "from archc.cli.streams import standard_streams as s\nwith s():\n    print(open('ok.yaml').fileno() > 2)"
    (folder / "run.py").write_text(check, encoding="utf-8")
    assert shell(f"{sys.executable} run.py <&- 2>&-", folder).stdout == b"True\n"
    assert shell(f'{sys.executable} -c "{line}" 2>&-', folder).returncode == 0


def test_a_deleted_folder_is_an_error_only_where_it_is_needed(folder: Path) -> None:
    before = f"mkdir gone; cd gone; rmdir {folder}/gone; "
    for command in ("check vgg16", f"summary {folder}/ok.yaml", "build vgg16 --to python", "diff lenet5 vgg16 --stat"):
        assert shell(f"{before}archc {command}", folder).returncode in (0, 1), command
    assert shell(f"{before}archc check - < {folder}/ok.yaml", folder).returncode == 0
    assert shell(f"{before}archc build {folder}/ok.yaml -o {folder}/ok.py", folder).returncode == 0
    for command in ("check ok.yaml", "build vgg16 -o a.py", "diff lenet5 vgg16 --format json=a.json", "git enable"):
        done = shell(f"{before}archc {command}", folder)
        assert done.returncode == 2, command
        assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(("encoding", "times"), [("ascii", b"3x3"), ("latin-1", b"3\xd73"), ("utf-8", "3×3".encode())])
def test_a_terminal_gets_the_characters_that_it_has(folder: Path, encoding: str, times: bytes) -> None:
    text = SPEC.replace("name: tiny", "name: tiny\nsummary: A 3×3 – network… 網")
    (folder / "ok.yaml").write_text(text, encoding="utf-8")
    done = shell("archc summary ok.yaml", folder, PYTHONIOENCODING=encoding)
    assert done.returncode == 0
    assert times in done.stdout
    assert done.stdout.decode(encoding)
    if encoding == "ascii":
        assert b"A 3x3 - network... ?" in done.stdout
        assert b"\xe2" not in shell("archc --help", folder, PYTHONIOENCODING=encoding).stdout


# --- what is no file -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        ("check pipe.yaml", "a named pipe"),
        ("check extends.yaml", "a named pipe"),
        ("check use.yaml", "a named pipe"),
        ("check by_name.yaml", "there is no spec"),
        ("diff ok.yaml pipe.yaml", "a named pipe"),
        ("git text pipe.yaml", "a named pipe"),
        ("build ok.yaml --to python --check -o pipe.py", "a named pipe"),
        ("check /dev/zero", "a device"),
        ("check /dev/tty", "a device"),
        ("check /dev", "a folder"),
    ],
)
def test_nothing_waits_for_a_writer(folder: Path, arguments: str, kind: str) -> None:
    os.mkfifo(folder / "pipe.py")
    done = shell(f"archc {arguments}", folder)
    assert done.returncode == 2
    assert kind.encode() in done.stderr


def test_a_socket_is_no_spec(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as opened:
        here = Path.cwd()
        os.chdir(folder)  # the path of a socket is short
        try:
            opened.bind("socket.yaml")
        finally:
            os.chdir(here)
        assert b"a socket" in shell("archc check socket.yaml", folder).stderr


def test_settings_and_attributes_that_are_pipes_are_errors(folder: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    subprocess.run(["git", "add", "ok.yaml"], cwd=folder, check=True)
    os.mkfifo(folder / ".gitattributes")
    done = shell("archc git enable", folder)
    assert (done.returncode, b"a named pipe" in done.stderr) == (2, True)
    os.mkfifo(folder / ".archc.toml")
    done = shell("archc diff ok.yaml ok.yaml", folder)
    assert (done.returncode, b"a named pipe" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    "line", ["archc check - < ok.yaml", "archc check /dev/stdin < ok.yaml", "cat ok.yaml | archc check /dev/stdin",
             "archc check <(cat ok.yaml)"],
)  # fmt: skip
def test_what_is_open_already_is_read(folder: Path, line: str) -> None:
    assert shell(line, folder).returncode == 0


def test_what_is_open_already_is_read_within_the_limit(folder: Path) -> None:
    for label in ("-", "/dev/stdin"):
        done = shell(f"yes | archc check {label}", folder)
        assert (done.returncode, b"too-large" in done.stderr) == (2, True)


# --- files that are written ------------------------------------------------------------------------------------------


def test_a_file_that_is_replaced_keeps_its_mode(archc: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.touch(0o600)
    assert archc("build", "lenet5", "-o", str(path), "--force").exit_code == 0
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_file_to_which_a_link_leads_is_replaced(archc: Run, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    target, link = tmp_path / "folder" / "a.py", tmp_path / "a.py"
    link.symlink_to(Path("folder", "a.py"))
    refused = archc("build", "lenet5", "-o", str(link))
    assert (refused.exit_code, "file-exists" in refused.stderr, target.exists()) == (2, True, False)
    for _ in ("a file that is not there", "a file that is"):
        assert archc("build", "lenet5", "-o", str(link), "--force").exit_code == 0
        assert link.is_symlink()
        assert "keras" in target.read_text(encoding="utf-8")
    link.unlink()
    link.symlink_to(link.name)
    assert archc("build", "lenet5", "-o", str(link), "--force").exit_code == 2
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.py", "a.py", "folder"]


WRITE = """
import sys, time
from pathlib import Path
from archc.atomic_file import whole_file
from archc.cli.streams import standard_streams
with standard_streams(), whole_file(Path(sys.argv[1]), force=True) as part:
    part.write_text("half")
    print("ready", flush=True)
    time.sleep(60)
"""


def writing(path: Path) -> subprocess.Popen[bytes]:
    """A process that has written a part of a file."""
    process = subprocess.Popen([sys.executable, "-c", WRITE, str(path)], stdout=subprocess.PIPE, env=ENVIRONMENT)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    return process


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")
    with writing(path) as killed, writing(path) as running:
        killed.kill()
        killed.wait()
        assert len(list(tmp_path.iterdir())) == 3
        with whole_file(path, force=True) as part:
            part.write_text("new", encoding="utf-8")
        left = [each for each in tmp_path.iterdir() if each != path]
        assert [f"-{running.pid}-" in each.name for each in left] == [True]
        running.terminate()
        assert running.wait() == 143
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]
    assert path.read_text(encoding="utf-8") == "new"


SIGNAL = """
import os, signal, sys
from archc import network
from archc.cli import main
network.load_network = lambda *_: os.kill(os.getpid(), int(sys.argv[1]))
main(["check", "vgg16"])
"""


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_a_command_with_its_status(number: signal.Signals, status: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SIGNAL, str(int(number))],
        capture_output=True,
        check=False,
        env=ENVIRONMENT,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # a job in the background ignores SIGINT
    )
    assert (done.returncode, done.stdout, done.stderr) == (status, b"", b"")
