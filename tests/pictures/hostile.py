"""Names that could break a picture, or steer what is around it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

NAMES = {
    "script": "</script><script>alert(1)</script>",
    "entity": "a & b &amp; c",
    "quotes": "\"double\" 'single' `back`",
    "long": "name_" * 40,
    "wide": "層の正規化" * 20,
    "override": "abc\u202edcba\u202c",
    "isolate": "\u2066x\u2069\u200f\u061c",
    "marks": "e\u0301" * 30,
    "cdata": "]]><!--",
    "no_character": "a\uffff\ufffeb",
    "control": "a\x1b[31mb",
}
STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
"""What changes the direction of a text and of what is around it, controls, and what no XML may have."""


def hostile_model(folder: Path, name: str) -> Path:
    """A model file whose inputs, layers and outputs have a name that no spec could have."""
    ports = [f"{name}{end}" for end in ("", "_", "__")]
    config = {
        "class_name": "Functional",
        "config": {
            "name": name,
            "layers": [
                _layer("InputLayer", ports[0], {"batch_shape": [None, 8]}, []),
                _layer("Dense", ports[1], {"units": 4}, [ports[0]]),
                _layer("Dense", ports[2], {"units": 4}, [ports[0]]),
            ],
            "input_layers": [[ports[0], 0, 0]],
            "output_layers": [[port, 0, 0] for port in ports[1:]],
        },
    }
    path = folder / "model.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    return path


def _layer(class_name: str, name: str, config: dict[str, Any], inputs: list[str]) -> dict[str, Any]:
    nodes = [[[source, 0, 0, {}] for source in inputs]] if inputs else []
    return {"class_name": class_name, "name": name, "config": {"name": name, **config}, "inbound_nodes": nodes}
