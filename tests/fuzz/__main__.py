"""Looks for faults with random inputs: `python -m tests.fuzz --minutes 10 --seed 1`.

Four kinds of cases share the time: mutated specs, mutated models and files of weights, and command lines with odd
environments.
Each case follows from the seed, the kind and its number alone, so that `--only KIND --case NUMBER` repeats one.
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import random
import resource
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fuzz.outcome import Case

_SECONDS = 120  # of the clock, after which a case does not end
KINDS = {"specs": 0.5, "models": 0.2, "weights": 0.15, "commands": 0.15}
"""The kinds of cases, each a module `KIND_cases`, and their parts of the time."""


def main() -> int:
    """Runs the kinds one after the other, each in a process of its own: a case may end it."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=0.5)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--only", choices=KINDS)
    parser.add_argument("--case", type=int, help="one case alone")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-faults"), help="the folder for inputs with a fault")
    options = parser.parse_args()
    if options.only is not None:
        return _run(options)
    print(f"seed {options.seed}", flush=True)
    status = 0
    for kind, part in KINDS.items():
        command = [sys.executable, "-m", "tests.fuzz", "--only", kind, "--seed", str(options.seed)]
        command += ["--minutes", str(options.minutes * part), "--keep", str(options.keep)]
        done = subprocess.run(command, check=False)
        last = options.keep / f"{kind}.last"
        if last.exists():
            number = last.read_text(encoding="utf-8").strip()
            print(f"--only {kind} --seed {options.seed} --case {number}: the process ended with {done.returncode}")
        status |= done.returncode != 0
    return int(status)


def _run(options: argparse.Namespace) -> int:
    with TemporaryDirectory() as folder:
        os.environ["ARCHC_CACHE"] = str(Path(folder, "cache"))
        case: Case = import_module(f"tests.fuzz.{options.only[:-1]}_cases").prepare(Path(folder))
        options.keep.mkdir(exist_ok=True)
        last = options.keep / f"{options.only}.last"
        end = time.monotonic() + 60 * options.minutes
        number, refused, faults, slowest = options.case or 0, 0, 0, 0.0
        while time.monotonic() < end or options.case is not None:
            last.write_text(f"{number}\n", encoding="utf-8")
            faulthandler.dump_traceback_later(_SECONDS, exit=True)
            began = time.process_time()
            outcome = case(random.Random(f"{options.seed} {options.only} {number}"))
            slowest = max(slowest, time.process_time() - began)
            refused += outcome.refused
            if outcome.fault is not None:
                faults += 1
                path = options.keep / f"{options.only}-{options.seed}-{number}"
                path.write_bytes(outcome.input)
                print(f"--only {options.only} --seed {options.seed} --case {number}: {outcome.fault}", flush=True)
            number += 1
            if options.case is not None:
                break
    faulthandler.cancel_dump_traceback_later()
    last.unlink()
    count, peak = number - (options.case or 0), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{options.only}: {count:,} cases, {refused:,} refused, {faults} faults; most {slowest:.1f} s, {peak:,} MB")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
