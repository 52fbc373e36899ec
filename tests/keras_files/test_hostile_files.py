"""Files that are made to cost: each is read or is one error with a hint, within bounds of time and memory."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.cases import every_or_few, pace

_SECONDS = 4.0  # of CPU: twice what it may take, as machines differ
_MEMORY = 300 << 20  # bytes, of all that the process takes


def _entry(kind: str, name: str, sources: list[str], **config: Any) -> dict[str, Any]:
    calls = [[[source, 0, 0, {}] for source in sources]]
    return {"class_name": kind, "name": name, "config": {"name": name, **config}, "inbound_nodes": calls}


def _text(*entries: dict[str, Any], end: Any, shape: Any = 4) -> str:
    first = {"class_name": "InputLayer", "name": "a", "config": {"name": "a", "batch_shape": [None, shape]}}
    config = {"name": "m", "layers": [first, *entries], "input_layers": ["a", 0, 0], "output_layers": end}
    return json.dumps({"class_name": "Functional", "config": config})


def _dense(name: str = "b", source: str = "a", **config: Any) -> dict[str, Any]:
    return _entry("Dense", name, [source], **{"units": 4, **config})


def _called(count: int) -> dict[str, Any]:
    return {**_dense(), "inbound_nodes": [[["a", 0, 0, {}]]] * count}


def _sequential(count: int) -> str:
    layers = ",".join(['{"class_name":"ReLU","config":{}}'] * count)
    return f'{{"class_name":"Sequential","config":{{"name":"m","layers":[{layers}]}}}}'


def _wrapped(depth: int) -> dict[str, Any]:
    entry: dict[str, Any] = {"class_name": "Dense", "config": {"units": 4}}
    for _ in range(depth):
        entry = {"class_name": "TimeDistributed", "config": {"layer": entry}}
    return {**entry, "name": "b", "inbound_nodes": [[["a", 0, 0, {}]]]}


def _list_of(item: str, count: int) -> str:
    return f"[{','.join([item] * count)}]"


_END = ["b", 0, 0]
_ROW = [(at, f"d{at - 1}" if at else "a") for at in range(19_000)]
TEXTS: dict[str, Callable[[], str]] = {
    "a million layers": lambda: _sequential(1_000_000),
    "as many layers as fit": lambda: _sequential(450_000),
    "lists": lambda: _list_of("[]", 499_000),
    "maps": lambda: _list_of('{"a":1.5,"b":"c"}', 499_000),
    "numbers": lambda: _list_of("1.5", 3_900_000),
    "texts": lambda: _list_of('"abc"', 2_700_000),
    "deep inputs": lambda: '{"class_name":"Functional","config":{"layers":[],"input_layers":' + "[" * 970 + "]" * 972,
    "deep wrappers": lambda: _text(_wrapped(400), end=_END),
    "many outputs": lambda: _text(_dense(), end=[_END] * 19_000),
    "many calls": lambda: _text(_called(120_000), end=_END),
    "as many calls as are read": lambda: _text(_called(19_000), end=_END),
    "one call on many tensors": lambda: _text(_entry("Concatenate", "b", ["a"] * 100_000), end=_END),
    "layers in a row": lambda: _text(*[_dense(f"d{at}", source) for at, source in _ROW], end=["d18999", 0, 0]),
    "a long name": lambda: _text(_dense("b" * (1 << 20)), end=["b" * (1 << 20), 0, 0]),
    "a name of control characters": lambda: _text(_dense("b\n\x1b[31m", units=-1), end=["b\n\x1b[31m", 0, 0]),
    "much code": lambda: _text(_entry("Lambda", "b", ["a"], function=["A" * (15 << 20)]), end=_END),
    "a long argument": lambda: _text(_entry("Rescaling", "b", ["a"], scale=[0.5] * 3_000_000), end=_END),
    **{
        f"units {value!r}": lambda value=value: _text(_dense(units=value), end=_END)  # type: ignore[misc]
        for value in (float("nan"), float("inf"), 2**70, -1, "4", [4], True, {"a": 1})
    },
    **{
        f"an input of {value!r}": lambda value=value: _text(_dense(), end=_END, shape=value)  # type: ignore[misc]
        for value in (float("nan"), float("inf"), 2**70, -1, "4", [4], True, {"a": 1})
    },
}  # fmt: skip


def _archive(path: Path, config: bytes, members: int = 0, compression: int = zipfile.ZIP_DEFLATED) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        for number in range(members):
            archive.writestr(str(number), "")
        archive.writestr("config.json", config)
    path.write_bytes(content.getvalue())


def _hdf5(path: Path, write: Callable[[Any], Any]) -> None:
    with h5py.File(path, "w", libver="latest") as file:
        write(file)


FILES: dict[str, Callable[[Path], Any]] = {
    "bomb.keras": lambda path: _archive(path, b" " * (100 << 20)),
    "bomb_of_bz2.keras": lambda path: _archive(path, b" " * (100 << 20), compression=zipfile.ZIP_BZIP2),
    "members.keras": lambda path: _archive(path, b"{}", 100_000),
    "pipe.json": os.mkfifo,
    "pipe.keras": os.mkfifo,
    "device.keras": lambda path: path.symlink_to("/dev/zero"),
    "heap.h5": lambda path: _hdf5(
        path, lambda file: file.attrs.create("model_config", " " * (40 << 20), dtype=h5py.string_dtype())
    ),
    "fixed.h5": lambda path: _hdf5(path, lambda file: file.attrs.create("model_config", np.bytes_(b" " * (40 << 20)))),
    "array.h5": lambda path: _hdf5(path, lambda file: file.attrs.create("model_config", np.zeros(70_000, "u1"))),
    "reference.h5": lambda path: _hdf5(path, lambda file: file.attrs.create("model_config", file.ref)),
    "empty.h5": lambda path: _hdf5(path, lambda file: file.attrs.create("model_config", h5py.Empty("S10"))),
    "outside.h5": lambda path: _hdf5(
        path, lambda file: file.__setitem__("model_weights", h5py.ExternalLink("/etc/passwd", "/"))
    ),
}


_MEASURED = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"used {used.ru_utime + used.ru_stime} {used.ru_maxrss << 10}")
sys.exit(done.returncode)
"""
"""Runs a command, and prints what it used: a small process, as a child counts the memory of the one that starts it."""


def _run(path: Path) -> None:
    """Runs `archc summary` on a file, and holds it to the bounds."""
    command = [sys.executable, "-m", "archc", "summary", str(path)]
    done = subprocess.run([sys.executable, "-c", _MEASURED, *command], capture_output=True, text=True, check=False)
    lines = done.stderr.splitlines()
    assert done.returncode in (0, 2), lines
    if done.returncode == 2:
        assert len(lines) == 2, lines
        assert lines[1].strip().startswith("hint: "), lines
    _, seconds, memory = done.stdout.splitlines()[-1].split()
    assert float(seconds) / pace() < _SECONDS
    assert int(memory) < _MEMORY


@pytest.mark.parametrize("name", every_or_few(TEXTS, 18))
def test_a_hostile_text_is_read_or_refused_within_bounds(name: str, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(TEXTS[name](), encoding="utf-8")
    _run(path)


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_refused_within_bounds(name: str, tmp_path: Path) -> None:
    FILES[name](tmp_path / name)
    _run(tmp_path / name)
