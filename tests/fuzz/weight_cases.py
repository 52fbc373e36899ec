"""Mutated files of weights, loaded into the network that they were of: all weights, or a `SpecError`."""

from __future__ import annotations

import io
import time
import traceback
import zipfile
from pathlib import Path
from random import Random

from archc.diagnostics import SpecError
from archc.weights.loading import build_with_weights
from tests.elaborate.specs import compile_text
from tests.fuzz.keras_session import limited
from tests.fuzz.outcome import Case, Outcome
from tests.weights.saved import FORMATS, randomize, write

_SPEC = """
archc: 1
name: Small
input: [6, 6, 3]
layers:
  - Conv2D: {filters: 4, kernel_size: 3}
    name: first
  - BatchNormalization:
  - Flatten
  - Dense: 5
"""
_MEMORY = 2 << 30  # beside what Keras takes
_SECONDS = 4.0  # of CPU, to build the model and to read the file


def prepare(folder: Path) -> Case:
    """A file in each format that Keras writes or wrote."""
    network = compile_text(_SPEC)
    model = randomize(network.build())
    files = {name: write(model, folder, name).read_bytes() for name in FORMATS}

    def case(random: Random) -> Outcome:
        name = random.choice(FORMATS)
        content = (
            mutated_archive(files[name], random) if name.endswith(".keras") else mutated_bytes(files[name], random)
        )
        path = folder / name
        path.write_bytes(content)
        began = time.process_time()
        refused, fault = False, None
        try:
            build_with_weights(network.graph, network.name, path, network.graph)
        except SpecError:
            refused = True
        except Exception:
            fault = traceback.format_exc(limit=-4)
        if (seconds := time.process_time() - began) > _SECONDS:
            fault = f"{seconds:.1f} s of CPU"
        return Outcome(content, refused, fault)

    return limited(case, _MEMORY)


def mutated_bytes(content: bytes, random: Random) -> bytes:
    """The content with a few bytes changed, moved or cut off."""
    changed = bytearray(content)
    for _ in range(random.choice((1, 1, 2, 4, 16))):
        at = random.randrange(len(changed))
        match random.randrange(6):
            case 0 | 1:
                changed[at] = random.randrange(256)
            case 2:
                changed[at] ^= 1 << random.randrange(8)
            case 3:
                size = random.choice((1, 2, 4, 8))
                changed[at : at + size] = random.choice((b"\xff" * size, b"\0" * size))[: len(changed) - at]
            case 4:
                start, size = random.randrange(len(changed)), random.randrange(1, 64)
                piece = changed[start : start + size]
                changed[at : at + len(piece)] = piece
            case _:
                if random.random() < 0.2:
                    del changed[max(at, 1) :]
    return bytes(changed)


def mutated_archive(content: bytes, random: Random) -> bytes:
    """The archive, or a member of it, changed; the checksums of the members then fit."""
    if random.random() < 0.3:
        return mutated_bytes(content, random)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    chosen = random.choice([name for name in members if name != "metadata.json"])
    members[chosen] = mutated_bytes(members[chosen], random)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, member in members.items():
            archive.writestr(name, member)
    return made.getvalue()
