"""Runs generated modules where archc is not installed, and compares their models with what was built.

`python running.py CASES.json` prints a line for each difference and, at the end, the number of models that it compared.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np


def seeded(model: Any) -> Any:
    """Gives a model weights that hang on their shapes and order alone, and hide no fault: no zeros, no ones."""
    for number, variable in enumerate(model.weights):
        random, shape = np.random.default_rng(number), tuple(variable.shape)
        fan = max(1, int(np.prod(shape[:-1])))
        spread = random.uniform(0.3, 2, shape) if len(shape) <= 1 else random.normal(0, (1.5 / fan) ** 0.5, shape)
        variable.assign(spread)
    return model


def left(model: Any) -> list[Any]:
    """What a model leaves of a fixed noise, output by output."""
    entered = [
        np.random.default_rng(0).normal(size=(2, *(4 if size is None else size for size in made.shape[1:])))
        for made in model.inputs
    ]
    tensors = [
        keras.ops.convert_to_tensor(values, dtype=made.dtype)
        for values, made in zip(entered, model.inputs, strict=True)
    ]
    outputs = model(tensors[0] if len(tensors) == 1 else tensors, training=False)
    return [keras.ops.convert_to_numpy(tensor) for tensor in keras.tree.flatten(outputs)]


def config(model: Any) -> Any:
    """The configuration, as JSON has it."""
    return json.loads(json.dumps(model.get_config(), default=str))


def function(path: Path, name: str) -> Any:
    """A function of a module that stands in a file."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, name)


def difference(one: Any, other: Any, place: str = "") -> str:
    """Where two configurations differ first."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *other]:
            if one.get(key, ...) != other.get(key, ...):
                return difference(one.get(key), other.get(key), f"{place}/{key}")
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (item, wanted) in enumerate(zip(one, other, strict=True)):
            if item != wanted:
                return difference(item, wanted, f"{place}/{number}")
    return f"{place}: {str(one)[:200]} is not {str(other)[:200]}"


def compare(case: dict[str, str]) -> str | None:
    """How the model of a module differs from the one that was built."""
    model = function(Path(case["module"]), case["function"])()
    wanted = json.loads(Path(case["config"]).read_text(encoding="utf-8"))
    if (given := config(model)) != wanted:
        return difference(given, wanted)
    outputs = left(seeded(model))
    with np.load(case["outputs"]) as kept:
        for number, tensor in enumerate(outputs):
            own = kept[f"output_{number}"]
            worst = float(np.max(np.abs(tensor - own)) / (np.ptp(own) + 1e-12))
            if not worst < 1e-5:
                return f"output {number} differs by {worst} of its range"
    return None


def main(cases: Path) -> None:
    """Compares all cases of a file, one after the other in this process."""
    sys.modules["archc"] = None  # type: ignore[assignment]  # as where it is not installed
    done = 0
    for case in json.loads(cases.read_text(encoding="utf-8")):
        found = compare(case)
        done += 1
        if found is not None:
            print(f"{case['module']}: {found}")
    print(f"compared {done}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
