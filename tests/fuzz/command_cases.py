"""Command lines and environments as processes: each ends in time, with one of its statuses, and without a traceback."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from random import Random

from tests.fuzz.outcome import Case, Outcome

_ROOT = Path(__file__).parents[2]
_SECONDS = 60  # of the clock
_STATUSES = {0, 1, 2, 130, 143}
_SPECS = (
    "lenet5", "vgg16", "resnet_cifar", "lenet5?classes=3", "vgg16?depths=[1]", "nope", "", "-", "ok.yaml", "./ok.yaml",
    "wrong.yaml", "blocks.yaml", "pipe.yaml", "loop.yaml", "gone.yaml", "folder", "folder/", ".", "/dev/null",
    "/dev/zero",
    "/dev/stdin", "/dev/fd/0", "<(cat ok.yaml)", "git:HEAD:ok.yaml", "git:HEAD:folder", "git:nope:ok.yaml", "git:HEAD",
    "private.yaml", "binary.yaml", "'a b.yaml'", "$'\\xff.yaml'", "a" * 300, "x/" * 3000, "ok.yaml?", "--", "--help",
)  # fmt: skip
_OPTIONS = (
    "--json", "--set classes=3", "--set classes", "--set =", "--set 'a=[1, {b: 2}]'", "--set $'a=\\x01'",
    "--input 32,32,3",
    "--input x", "--input '[8]]'", "--output x", "--output nope", "--strict", "--full", "--stat", "--format json",
    "--format json=d.json", "--format markdown=/dev/full", "--format text=pipe.yaml", "--format github --format text",
    "--fail-on io,weights", "--fail-on x", "--budget params=1", "--no-config", "--to python", "--to torch",
    "--to keras",
    "--flat", "--check", "--dry-run", "--force", "-o out.py", "-o -", "-o folder", "-o link.py --force",
    "-o dangling.py",
    "-o pipe.yaml --force", "-o /dev/full --force", "-o gone/out.py", "-o full/out.py", f"-o {'b' * 300}.py",
    "--weights ok.yaml",
    "--weights pipe.yaml", "--weights gone.h5",
    "--freeze '*'", "--freeze x", "--features C1", "--networks 0", "--help", "--version", "--nope", "-h", "--undo",
)  # fmt: skip
_COMMANDS = (
    "check", "summary", "show", "list", "diff", "build --to python", "build --to torch", "build -o out.py", "schema",
    "git enable", "git text", "git", "chekc", "", "build --dry-run", "weights", "sweep --vary classes=1..9 --jobs 1",
    "sweep --merge",
)  # fmt: skip
_REDIRECTIONS = (
    "", "", "", "<&-", ">&-", "2>&-", ">/dev/full", "2>/dev/full", "<&- >&- 2>&-", "| read line", "| true",
    "2>&1 | true", "< ok.yaml", "< /dev/null", "< folder", "0< binary.yaml",
)  # fmt: skip
_ENVIRONMENTS: tuple[dict[str, str], ...] = (
    {}, {}, {}, {"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"}, {"LC_ALL": "C", "PYTHONUTF8": "0"},
    {"COLUMNS": "1"}, {"COLUMNS": "x"}, {"COLUMNS": "0"}, {"TERM": "dumb"}, {"NO_COLOR": "1"}, {"HOME": "/nope"},
    {"TMPDIR": "/nope"}, {"PATH": ""}, {"GIT_DIR": "/nope"}, {"FORCE_COLOR": "1"}, {"LINES": "-1"},
)  # fmt: skip
_TRACE = re.compile(rb"Traceback \(most recent call last\)|^  File \"|this is a fault of archc", re.MULTILINE)


def prepare(folder: Path) -> Case:
    """A repository with odd files."""
    return lambda random: _outcome(folder, random)


def _fill(folder: Path) -> None:
    """Makes the files that the command lines name, again for each case."""
    subprocess.run(["rm", "-rf", str(folder)], check=True)
    (folder / "folder").mkdir(parents=True)
    (folder / "full").mkdir(mode=0o500)
    text = "archc: 1\nname: tiny\ninput: [8]\nparams: {classes: 3}\nlayers: [{Dense: $classes}]\n"
    for name in ("ok.yaml", "a b.yaml", "folder/ok.yaml", "private.yaml"):
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "private.yaml").chmod(0)
    (folder / "wrong.yaml").write_text(text.replace("Dense", "Dens"), encoding="utf-8")
    (folder / "blocks.yaml").write_text("archc: 1\nblocks: {b: {layers: [ReLU]}}\n", encoding="utf-8")
    (folder / "binary.yaml").write_bytes(bytes(range(256)))
    os.mkfifo(folder / "pipe.yaml")
    (folder / "loop.yaml").symlink_to("loop.yaml")
    (folder / "link.py").symlink_to("folder/linked.py")
    (folder / "dangling.py").symlink_to("gone/out.py")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for arguments in (["init", "-q"], ["add", "ok.yaml", "folder"], ["commit", "-q", "-m", "a"]):
        subprocess.run([*git, *arguments], cwd=folder, check=True)


def _outcome(folder: Path, random: Random) -> Outcome:
    here = folder / "work"
    _fill(here)
    command = random.choice(_COMMANDS)
    words = [command, *random.choices(_SPECS, k=2 if command == "diff" else random.choice((0, 1, 1, 1, 2)))]
    words += random.choices(_OPTIONS, k=random.choice((0, 0, 1, 1, 2, 3)))
    gone = f"mkdir there; cd there; rmdir {shlex.quote(str(here))}/there; " if random.random() < 0.05 else ""
    line = f"ulimit -v 6000000; {gone}archc {' '.join(words)} {random.choice(_REDIRECTIONS)}"
    environment = random.choice(_ENVIRONMENTS)
    killed = random.choice((None, None, None, None, signal.SIGTERM, signal.SIGINT))
    after = random.uniform(0.3, 1.5)
    shown = f"{environment} {killed and f'{killed.name} after {after:.2f} s'}\n{line}\n".encode()
    runner = f'archc() {{ exec {shlex.quote(sys.executable)} -m archc "$@"; }}; export -f archc; {line}'
    with subprocess.Popen(
        ["/bin/bash", "-o", "pipefail", "-c", runner],
        cwd=here,
        env={**os.environ, "PYTHONPATH": str(_ROOT), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            out, err = _communicate(process, killed, after)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            return Outcome(shown, False, f"it does not end: {shown.decode()}")
    return Outcome(shown, process.returncode == 2, _fault(here, process.returncode, out + err, shown.decode(), killed))


def _communicate(process: subprocess.Popen[bytes], killed: signal.Signals | None, after: float) -> tuple[bytes, bytes]:
    """The outputs of a process, to which a signal is sent after some time if there is one."""
    if killed is not None:
        try:
            return process.communicate(timeout=after)
        except subprocess.TimeoutExpired:
            process.send_signal(killed)
    return process.communicate(timeout=_SECONDS)


def _fault(here: Path, status: int, said: bytes, shown: str, killed: signal.Signals | None) -> str | None:
    """What is wrong with the end of a command."""
    left = [path.name for path in here.rglob(".archc-*")]
    if left:
        return f"it leaves {left}: {shown}"
    early = killed is not None and status in (-killed, 128 + killed)  # before its first line
    if status not in _STATUSES and not early:
        return f"status {status}: {shown}{said[-500:]!r}"
    if _TRACE.search(said) and not early:
        return f"a traceback: {shown}{said[-500:]!r}"
    return None
