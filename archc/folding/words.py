"""Words for conditions and parameters."""

from __future__ import annotations

import re

from archc.folding.program import Program, Step
from archc.folding.values import Expr, Value
from archc.ir.naming import snake_case

_TELLING = ("expand", "project", "squeeze", "adjust", "proj", "shortcut")


def condition_word(program: Program, step: Step) -> str:
    """A word for the condition of a step: what the step is for."""
    names = (program.part_names.get((step.head, d)) or "" for d in step.calls.values())
    name = next(names, None) or next((program.names[node] or "" for node in step.nodes.values()), "")
    last = re.split(r"[^A-Za-z]+", name)[-1].lower()
    if step.head == "Add":
        return "residual"
    if step.head.startswith("ZeroPadding"):
        return "pad"
    if step.head in ("Activation", "ReLU"):
        return "relu" if step.head == "ReLU" or last == "relu" else "activate"
    if last in _TELLING:
        return last
    if step.head.startswith("Conv") or step.calls or step.head == "BatchNormalization":
        return "project"
    return snake_case(step.head).removesuffix("2d").removesuffix("_conv").strip("_")


def step_word(name: Value) -> str:
    """The words of the name of a step that are the same everywhere; empty where they make no name."""
    if not isinstance(name, str) or isinstance(name, Expr):
        return ""
    text = re.sub(r"_?\$\([^)]*\)_?", "", name.lower())
    return re.sub(r"_(conv|bn)$", "", text) if re.fullmatch(r"[a-z][a-z_]*\d?|\d+x\d+", text) else ""


def plural(name: str) -> str:
    """The name of a list of values."""
    word = re.sub(r"_\d+$", "", name)
    return {"filters": "widths", "padding": "paddings"}.get(word, f"{word}_list" if word.endswith("s") else f"{word}s")
