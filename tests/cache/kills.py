"""Kills writers of a cache at random moments, and runs many at once: `python -m tests.cache.kills`, some minutes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

KILLS, PROCESSES = 200, 32
COMMAND = [sys.executable, "-m", "archc", "check", "specs/lenet", "specs/vgg", "specs/resnet/resnet50.yaml"]


def main() -> None:
    """Kills `archc check` 200 times, then runs 32 at once, twice: the output stays the same."""
    with TemporaryDirectory() as folder:
        environment = {**os.environ, "ARCHC_CACHE": folder}
        plain = subprocess.run([*COMMAND, "--no-cache"], capture_output=True, env=environment, check=True)
        started = time.monotonic()
        subprocess.run(COMMAND, capture_output=True, env={**os.environ, "ARCHC_CACHE": f"{folder}/first"}, check=True)
        seconds = time.monotonic() - started
        partly = 0
        for number in range(KILLS):
            process = subprocess.Popen(COMMAND, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
            time.sleep(random.Random(number).uniform(0, 1.2 * seconds))
            partly += process.poll() is None
            process.send_signal(signal.SIGKILL)
            process.wait()
            if number % 10 == 0:
                subprocess.run([sys.executable, "-m", "archc", "cache", "clear"], env=environment, check=True)
        done = subprocess.run(COMMAND, capture_output=True, env=environment, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, plain.stdout, plain.stderr)
        print(f"{KILLS} killed, {partly} of them before their end")
        for state in ("cold", "filled"):
            many = [
                subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
                for _ in range(PROCESSES)
            ]
            results = [(*process.communicate(), process.returncode) for process in many]
            assert results == [(plain.stdout, plain.stderr, 0)] * PROCESSES
            print(f"{PROCESSES} at once, {state}")
        left = [path for path in Path(folder).rglob(".archc-*") if path.is_dir()]
        print(f"left by killed ones: {len(left)}")


main()
