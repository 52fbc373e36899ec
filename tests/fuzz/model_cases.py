"""Mutated models of Keras's: read, checked, compared, written as source and built; nothing but a `SpecError`."""

from __future__ import annotations

import ast
import io
import json
import time
import traceback
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

import h5py

from archc.diagnostics import SpecError, printable
from archc.elaborate.expand import Settings
from archc.ir.opaque import opaque_nodes
from archc.network import Network, load_network
from archc.report.messages import diagnostic_text
from tests.fuzz.keras_session import limited
from tests.fuzz.outcome import Case, Outcome
from tests.fuzz.weight_cases import mutated_archive, mutated_bytes
from tests.keras_files.mutations import configurations, keras_2_files, mutated
from tests.keras_files.test_files import siamese

_MEMORY = 300 << 20  # beside what Keras takes
_SECONDS = 2.0  # of CPU
_MESSAGE = 2000  # characters
_LAYERS = 3000  # of networks that are compared and written: longer ones take their time rightly
_BUILT = 0.1  # of the files with weights


def prepare(folder: Path) -> Case:
    """Models of Keras 2 and 3 as texts, and as files with weights."""
    texts = configurations()
    files = {path.name: path.read_bytes() for path in keras_2_files()}
    for name in ("new.keras", "new.h5"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            siamese().save(folder / name)
        files[name] = (folder / name).read_bytes()

    def case(random: Random) -> Outcome:
        name, content = _mutated_file(random, texts, files)
        path = folder / name
        path.write_bytes(content)
        return _outcome(path, content, builds=name in files and random.random() < _BUILT)

    return limited(case, _MEMORY)


def _mutated_file(random: Random, texts: list[str], files: dict[str, bytes]) -> tuple[str, bytes]:
    """The name and the content of a file with faults in its configuration, its text or its bytes."""
    if random.random() < 0.2:
        name = random.choice([*files])
        changed = mutated_archive if name.endswith(".keras") else mutated_bytes
        return name, changed(files[name], random)
    text = random.choice(texts)
    if random.random() < 0.8:
        text = json.dumps(mutated(json.loads(text), random))
    content = text.encode() if random.random() < 0.9 else mutated_bytes(text.encode(), random)
    match random.randrange(6):
        case 0:
            return "text.keras", _archived(content)
        case 1:
            return "text.h5", _in_hdf5(content)
        case _:
            return "text.json", content


def _archived(content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("metadata.json", '{"keras_version": "3.15.0"}')
        archive.writestr("config.json", content)
    return made.getvalue()


def _in_hdf5(content: bytes) -> bytes:
    made = io.BytesIO()
    with h5py.File(made, "w") as file:
        file.attrs.create(
            "model_config", content.decode("utf-8", "replace").replace("\0", ""), dtype=h5py.string_dtype()
        )
    return made.getvalue()


def _outcome(path: Path, content: bytes, *, builds: bool) -> Outcome:
    refused, faults = False, list[str]()
    began = time.process_time()
    try:
        network = load_network(str(path), Settings())
        if (seconds := time.process_time() - began) > _SECONDS:
            faults.append(f"{seconds:.1f} s of CPU to read it")
        faults += _used(network, builds=builds)
    except SpecError as error:
        refused = True
        faults += _complaints(error)
        if (seconds := time.process_time() - began) > _SECONDS:
            faults.append(f"{seconds:.1f} s of CPU to refuse it")
    except Exception:
        faults.append(traceback.format_exc(limit=-4))
    return Outcome(content, refused, "; ".join(faults) or None)


def _used(network: Network, *, builds: bool) -> Iterator[str]:
    """Checks, compares and writes a network that was read, and builds it; what is wrong with it."""
    network.check()
    if len(network.graph.nodes) > _LAYERS:
        return
    is_needed = set(network.graph.nodes) <= network.graph.needed(tuple(network.graph.outputs.values()))
    if is_needed and network.diff(network):  # a layer that no output needs has no counterpart
        yield "it differs from itself"
    if opaque_nodes(network.graph.nodes):
        return
    for target in ("python", "torch"):
        try:
            ast.parse(network.source(target))
        except SpecError as error:
            yield from _complaints(error)
    if builds:
        try:
            network.build_loaded(None)
        except SpecError as error:
            yield from _complaints(error)


def _complaints(error: SpecError) -> Iterator[str]:
    """What is wrong with the diagnostics of an error."""
    for found in error.diagnostics:
        shown = diagnostic_text(found, color=False)
        if len(found.message) > _MESSAGE or len(found.hint or "") > _MESSAGE:
            yield f"a long message: {found.code} {found.message[:200]!a}"
        if printable(shown) != shown or "\n" in found.message:
            yield f"more than a line of printable text: {found.code} {found.message[:200]!a}"
        if "object at 0x" in found.message or "<lambda>" in found.message:
            yield f"an object in a message: {found.code} {found.message[:200]!a}"
        if found.code == "model-file" and found.position is None:
            yield f"no position: {found.message[:200]!a}"
