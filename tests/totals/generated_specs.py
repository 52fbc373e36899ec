"""Random specs with parameters: loops and groups in one another, blocks, tensors and layers with names, conditions."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

PARAMETERS = {"n": 2, "m": 1, "w": 4, "k": 3, "deep": False}
"""The parameters of each spec: rounds, widths, sizes of kernels, whether a step is there."""

BLOCKS: dict[str, Any] = {
    "unit": {
        "params": {"width": "int", "strides": 1},
        "layers": [
            {
                "Add": [
                    [{"Conv2D": {"filters": "$width", "kernel_size": 3, "strides": "$strides", "padding": "same"}}],
                    [
                        {
                            "Conv2D": {"filters": "$width", "kernel_size": 1, "strides": "$strides"},
                            "when": "$(strides > 1 or x.channels != width)",
                        }
                    ],
                ],
                "name": "sum",
            },
            {"BatchNormalization": {}, "name": "bn"},
        ],
    },
    "gate": {
        "layers": [
            {
                "Multiply": [
                    [],
                    [{"GlobalAveragePooling2D": {"keepdims": True}}, {"Dense": "$(x.channels)", "share": "one"}],
                ]
            }
        ],
    },
}

BEGINNING = (
    {"let": {"size": "$(k if deep else k + 0 * (n + m + w))"}},  # reads all parameters
    {"as": "kept"},
    {"as": "skip$(0)"},
)

ITEMS = ("range(n)", "range(m)", "range(1, n + 1)", "[1, 2]", "range(x.channels // 4)", "range(len(skip))")

SETTINGS: dict[str, list[Any]] = {
    "n": [0, 1, 2, 3],
    "m": [0, 1, 2],
    "w": [2, 4, 5, 8],
    "k": [1, 3, 5],
    "deep": [True, False],
}


def settings(choose: random.Random) -> dict[str, Any]:
    """Values of some of the parameters."""
    return {name: choose.choice(values) for name, values in SETTINGS.items() if choose.random() < 0.7}


def document(choose: random.Random) -> dict[str, Any]:
    """A spec, which may be wrong at some values of its parameters."""
    return {
        "archc": 1,
        "name": "Net",
        "input": choose.choice([[32, 32, 4], [27, 27, 4], [None, 24, 4], [16, 16, "$w"]]),
        "params": PARAMETERS,
        "blocks": BLOCKS,
        "layers": [*BEGINNING, *steps(choose, 0)],
    }


def steps(choose: random.Random, level: int) -> list[dict[str, Any]]:
    """Some steps in a row; those in loops stand deeper."""
    return [_named(choose.choice(STEPS)(choose, level), choose, level) for _ in range(choose.randint(1, 4))]


TENSORS = ("kept", "kept", "skip$(0)", "skip$(n)", "$(skip[0])", "$(list(skip)[-1])")


def _rounds(choose: random.Random, level: int) -> str:
    """A parameter or the number of a round."""
    return choose.choice(["n", "m", *(f"i{inner}" for inner in range(level))])


def _number(choose: random.Random, level: int) -> str:
    rounds = _rounds(choose, level)
    return choose.choice(["w", "w", f"w + {rounds}", f"w * (1 + {rounds})", "4"])


def _layer(choose: random.Random, level: int) -> dict[str, Any]:
    width = f"$({_number(choose, level)})"
    return choose.choice(
        [
            {"Conv2D": {"filters": width, "kernel_size": "$size", "padding": "same"}},
            {"Conv2D": {"filters": width, "kernel_size": 3, "strides": choose.choice([2, 3, "$(1 + m)"])}},
            {"Dense": {"units": width}},
            {"MaxPooling2D": 2},
            {"UpSampling2D": choose.choice([2, 3])},
            {"BatchNormalization": {}},
            {"ReLU": None},
            {"Dropout": 0.5},
        ]
    )


def _block(choose: random.Random, level: int) -> dict[str, Any]:
    unit = {"unit": {"width": f"$({_number(choose, level)})", "strides": choose.choice([1, 1, 2, "$(1 + m)"])}}
    return choose.choice([unit, unit, {"gate": {}}])


def _merge(choose: random.Random, level: int) -> dict[str, Any]:
    op = choose.choice(["Add", "Concatenate", "Maximum"])
    learned = [{"Learned": {"shape": [1, 1, 4]}}, {"Conv2D": {"filters": 4, "kernel_size": 1}}]
    return {op: [[], choose.choice([[_layer(choose, level)], learned, [{"ReLU": None}], *TENSORS])]}


def _loop(choose: random.Random, level: int) -> dict[str, Any]:
    items = choose.choice(ITEMS)
    return {"for": f"i{level} in {items}", "do": steps(choose, level + 1)}


def _group(choose: random.Random, level: int) -> dict[str, Any]:
    return {"do": steps(choose, level)}


def _from(choose: random.Random, level: int) -> dict[str, Any]:
    return {**_layer(choose, level), "from": choose.choice(["input_layer", *TENSORS])}


def _let(choose: random.Random, level: int) -> dict[str, Any]:
    return {"let": {"size": choose.choice(["$(size + 2)", "$k", f"$(1 + 2 * ({_number(choose, level)}))"])}}


def _conditional(choose: random.Random, level: int) -> dict[str, Any]:
    return {**_layer(choose, level), "when": choose.choice(["$deep", "$(not deep)", "$(n > 1)", "$(x.channels > 4)"])}


STEPS: tuple[Callable[[random.Random, int], dict[str, Any]], ...] = (
    _layer,
    _layer,
    _layer,
    _block,
    _block,
    _merge,
    _loop,
    _loop,
    _group,
    _from,
    _let,
    _conditional,
)


def _named(step: dict[str, Any], choose: random.Random, level: int) -> dict[str, Any]:
    """The step with a name, and with a name for its tensor, where it gets them."""
    made = dict(step)
    if "let" in made:
        return made
    if choose.random() < 0.2:
        number = _rounds(choose, level)
        made["name"] = choose.choice(
            ["a", "b", "c", "a_b", "conv2d", "dense_1", f"a$({number})", f"b$({number})", "a_a0"]
        )
    elif "do" in made and choose.random() < 0.3:
        made["prefix"] = choose.choice(["a", "p", "$w"])
    if choose.random() < 0.25:
        made["as"] = choose.choice(["kept", "kept", "skip$(n)", f"skip$({_rounds(choose, level)})"])
    return made
