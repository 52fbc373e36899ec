"""Configurations of models with random faults."""

from __future__ import annotations

import copy
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from tests.keras_files.random_models import random_model
from tests.keras_files.test_files import siamese, with_lambda
from tests.keras_names import numbered_anew

_KERAS_2 = Path(__file__).parent / "keras_2"

VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2, 3, 2**60, -(2**70), 1.5, float("nan"), float("inf"), 1e308, "", "a", "relu",
    "x" * 500, [], {}, [None], [[1, 2]], ["left", 0, 0], ["shared", 1, 0], {"class_name": "Dense", "config": {}},
    {"class_name": "__tuple__", "items": [1, 2]}, {"class_name": "__numpy__", "config": {"value": [[1.5]]}},
    {
        "class_name": "__keras_tensor__",
        "config": {"shape": [None, 4], "dtype": "float32", "keras_history": ["shared", 0, 0]},
    },
)  # fmt: skip
KEYS = ("name", "config", "axis", "dtype", "activation", "units", "groups", "layer", "registered_name", "trainable")


def configurations() -> list[str]:
    """Models of Keras 2 and 3 as JSON."""
    old = [json.loads(gzip.decompress(path.read_bytes()))["config"] for path in sorted(_KERAS_2.glob("*.json.gz"))]
    new = [model.to_json() for model in (siamese(), with_lambda(), random_model(3), random_model(11))]
    numbered_anew()
    return [*map(json.dumps, old), *new]


def keras_2_files() -> list[Path]:
    """Files of Keras 2 with models and their weights."""
    return sorted([*_KERAS_2.glob("*.h5"), *_KERAS_2.glob("*.keras")])


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield value, key
        yield from _places(item)


def mutated(config: Any, random: Random) -> Any:
    """A configuration with one to three faults."""
    for _ in range(random.choice([1, 1, 2, 3])):
        places = list(_places(config))
        if not places:
            break
        holder, key = random.choice(places)
        other, place = random.choice(places)
        kind = random.random()
        if kind < 0.55:
            holder[key] = copy.deepcopy(random.choice(VALUES))
        elif kind < 0.7:
            del holder[key]
        elif kind < 0.85:
            holder[key] = copy.deepcopy(other[place])
        elif isinstance(holder, list):
            holder.insert(key, copy.deepcopy(holder[key]))
        else:
            holder[random.choice(KEYS)] = copy.deepcopy(holder[key])
    return config
