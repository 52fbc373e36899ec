"""What four times the layers cost each command, and the memory of the longest network."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.chains import chain, written
from benchmarks.cold import archc
from benchmarks.row import Row, Side
from benchmarks.timing import process_mebibytes

LENGTHS = 20_000, 5_000
COMMANDS = {
    "check": ("check", "{}"),
    "summary": ("summary", "{}"),
    "build --to python": ("build", "{}", "--to", "python"),
    "build --to python --flat": ("build", "{}", "--to", "python", "--flat"),
    "diff": ("diff", "{}", "{shorter}"),
    "plot": ("plot", "{}"),
}


def _grown(arguments: tuple[str, ...], folder: Path) -> tuple[Side, Side]:
    """The command on the longer network and on the shorter one."""
    longer, shorter = (_on(arguments, folder, length) for length in LENGTHS)
    return longer, shorter


def _on(arguments: tuple[str, ...], folder: Path, length: int) -> Side:
    spec, other = (written(folder, chain(layers)) for layers in (length, length - length // 10))
    return archc(*(argument.format(spec, shorter=other) for argument in arguments))


def _memory(folder: Path) -> tuple[Side, Side]:
    arguments = ["-m", "archc", "check", written(folder, chain(LENGTHS[0]))]
    return partial(process_mebibytes, arguments, ARCHC_CACHE=""), lambda: 1.0


def rows() -> Iterator[Row]:
    for name, arguments in COMMANDS.items():
        sides = partial(_grown, arguments)
        yield Row(f"archc {name}, 20,000 layers", "5,000 layers", sides, goal=5, rounds=1, warm_up=False)
    yield Row("peak of `archc check`, 20,000 layers", "1 MiB", _memory, goal=60, rounds=1, warm_up=False, unit="MiB")
