"""Which files are models, and what files of other kinds are, by their names and their first bytes."""

from __future__ import annotations

import os
import re
from collections.abc import Collection
from pathlib import Path

from archc.diagnostics import Position, SpecError, printable
from archc.open_file import open_file

ZIP = b"PK\x03\x04"
HDF5 = b"\x89HDF\r\n\x1a\n"
SIGNATURE_BYTES = 16

_KERAS = ("keras", "h5", "hdf5")
_OTHERS = {
    "pt": "weights or a module of PyTorch",
    "pth": "weights or a module of PyTorch",
    "bin": "weights alone",
    "ckpt": "a checkpoint of weights alone",
    "index": "a checkpoint of TensorFlow, which is weights alone",
    "npz": "arrays of NumPy",
    "npy": "an array of NumPy",
    "safetensors": "weights alone",
    "onnx": "a model in ONNX",
    "tflite": "a model in TensorFlow Lite",
    "pb": "a graph of TensorFlow",
    "mlmodel": "a model of Core ML",
    "pkl": "a pickle, which runs code when it is read",
    "pickle": "a pickle, which runs code when it is read",
    "joblib": "a pickle, which runs code when it is read",
}
_HINT = "save the model with Keras: `model.save('FILE.keras')`"
_PYTHON = re.compile(r"(?P<file>.+\.py):(?P<function>[^\W\d]\w*)")


def is_model(label: str) -> bool:
    """Whether a user's text names a model rather than a spec."""
    if label.startswith("keras:") or _PYTHON.fullmatch(label):
        return True
    if os.path.isdir(label):
        return os.path.isfile(os.path.join(label, "saved_model.pb"))
    ending = _ending(label)
    return ending in _KERAS or ending in _OTHERS or (ending == "json" and not _is_json_spec(label))


def python_function(label: str) -> tuple[Path, str] | None:
    """The file and the function of `module.py:function`."""
    found = _PYTHON.fullmatch(label)
    return None if found is None else (Path(found["file"]), found["function"])


def _ending(label: str) -> str:
    return os.path.splitext(label)[1].removeprefix(".").lower()


def _is_json_spec(label: str) -> bool:
    """Whether a `.json` file is a spec in JSON: one whose first level has the key `archc`."""
    from archc.keras_files.json_text import MOST_BYTES, parse

    try:
        with open_file(Path(label)) as file:
            content = file.read(MOST_BYTES + 1)
        found = parse(content, label) if b'"archc"' in content else None
    except (OSError, ValueError, SpecError):
        return False
    return isinstance(found, dict) and "archc" in found


def _refusal(file: str, what: str, hint: str = _HINT) -> SpecError:
    message = f"`{printable(file[:200])}` is {what}, and no model of Keras"
    return SpecError.of("model-kind", message, Position(file, 1, 1), hint)


def refused_file(path: Path, start: bytes, file: str) -> SpecError | None:
    """The error of a file of another kind; None where it may be JSON."""
    if start[4:8] == b"TFL3":
        return _refusal(file, _OTHERS["tflite"])
    if start.startswith(b"\x80"):
        return _refusal(file, _OTHERS["pkl"])
    ending = _ending(str(path))
    if ending in _OTHERS:
        return _refusal(file, _OTHERS[ending])
    return _refusal(file, "neither an archive nor an HDF5 file") if ending in _KERAS else None


def refused_folder(path: Path, file: str) -> SpecError:
    """The error of a folder."""
    if (path / "saved_model.pb").is_file():
        hint = "load it where it was made, and save it with Keras: `model.save('FILE.keras')`"
        return _refusal(file, "a SavedModel of TensorFlow, which holds a traced graph and no layers", hint)
    return _refusal(file, "a folder")


def refused_archive(names: Collection[str], file: str) -> SpecError:
    """The error of an archive that is no `.keras` file."""
    if any(name.endswith("data.pkl") for name in names):
        return _refusal(file, _OTHERS["pt"])
    if any(name.endswith(".npy") for name in names):
        return _refusal(file, _OTHERS["npz"])
    return _refusal(file, "an archive without one `config.json`")


def refused_hdf5(names: Collection[str], file: str) -> SpecError:
    """The error of an HDF5 file without a model."""
    if {"layer_names", "layer_names0", "layers", "_layer_checkpoint_dependencies", "vars"} & {*names}:
        hint = (
            "give the whole model, `model.save('FILE.keras')`; weights alone are for `archc build SPEC --weights FILE`"
        )
        return _refusal(file, "a file of weights alone", hint)
    return _refusal(file, "an HDF5 file of other contents")
