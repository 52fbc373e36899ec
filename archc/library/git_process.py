"""Runs git."""

from __future__ import annotations

import os
import subprocess

from archc.diagnostics import SpecError, printable, reason_of

_SECONDS = 20  # for git's answer, on a slow disk


def git(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    """What git says in the current folder; its messages are English, and it asks nobody anything.

    Raises:
        SpecError: there is no git, or it takes too long.
    """
    environment = {**os.environ, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"}
    command = ["git", "--no-pager", "--literal-pathspecs", *arguments]
    try:
        return subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, check=False, env=environment, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise SpecError.of(
            "unreadable", f"git has not answered in {_SECONDS} seconds", None, "see what holds it up"
        ) from None
    except OSError as error:
        raise SpecError.of("unreadable", f"git cannot be run: {reason_of(error)}", None, "install git") from None
    except ValueError:  # a zero byte, or half a surrogate pair
        raise SpecError.of("unreadable", "git cannot be asked for a name with such characters") from None


def answer(*arguments: str) -> str:
    """What git prints, where it succeeds.

    Raises:
        SpecError: it fails; with its own reason.
    """
    done = git(*arguments)
    if done.returncode:
        raise SpecError.of("unreadable", f"git: {complaint(done)}", None, hint_for(done))
    return os.fsdecode(done.stdout)


def complaint(done: subprocess.CompletedProcess[bytes]) -> str:
    """Git's own first line of what is wrong."""
    lines = os.fsdecode(done.stderr).splitlines()
    said = next((line for line in lines if line.startswith(("fatal: ", "error: "))), f"exit status {done.returncode}")
    return printable(said.removeprefix("fatal: ").removeprefix("error: ")[:200])


def hint_for(done: subprocess.CompletedProcess[bytes]) -> str | None:
    """What to do about a complaint that is of the folder, not of what was asked."""
    return "run it in a folder of the repository" if b"not a git repository" in done.stderr else None
