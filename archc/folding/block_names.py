"""Names for blocks: words of the names of their uses, of the layers in them, or of their ops."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archc.folding.program import Block, Program, walk
from archc.folding.solve import Solved
from archc.ir.naming import snake_case
from archc.language.name_rules import is_name

_SHORT = {
    "BatchNormalization": "bn", "LayerNormalization": "norm", "Activation": "act", "ReLU": "relu", "Conv2D": "conv",
    "DepthwiseConv2D": "depthwise", "SeparableConv2D": "separable", "ZeroPadding2D": "pad", "Concatenate": "concat",
    "GlobalAveragePooling2D": "pool", "MaxPooling2D": "pool", "AveragePooling2D": "pool", "Multiply": "scale",
}  # fmt: skip


def block_name(program: Program, solved: Solved, block: Block) -> str:
    """A name that nothing has."""
    word = next((word for word in _words(program, solved, block) if word and is_name(word)), "block")
    taken = set(program.blocks) | _parameters(solved)
    taken |= {made.name for made in program.graph.inputs}
    name, number = word, 2
    while name in taken:
        name, number = f"{word}_{number}", number + 1
    return name


def _parameters(solved: Solved) -> set[str]:
    return {found.name for found in solved.parameters}


def _words(program: Program, solved: Solved, block: Block) -> Iterator[str]:
    names = [name for name in solved.names.values() if name]
    heads = [step.head for step in walk(block.body)]
    if "Pooling" in heads[-1] and len(heads) > 2:
        yield "transition"
    if len(names) > 1 and not all(name.rpartition("_")[2].isdigit() for name in names):
        yield _common(names)
    squeeze = "Multiply" in heads and any(head.startswith("GlobalAverage") for head in heads)
    if squeeze and len(heads) < 9:
        yield "squeeze_excite"
    layers = {program.names[node] or "" for step in walk(block.body) for node in step.nodes.values()}
    layers.discard("")
    if len(layers) > 2 and not names:
        yield _common(sorted(layers))
    words = list(dict.fromkeys(_SHORT.get(head, snake_case(head)) for head in heads if head != "for"))
    if "Add" in heads and len(heads) > 3:
        yield "residual"
    if "Concatenate" in heads and len(heads) > 3:
        yield "module" if sum(head == "Concatenate" for head in heads) == 1 and len(block.body) > 6 else "dense_layer"
    yield "_".join(words[:3])


def _common(names: list[str]) -> str:
    """The last word that all names have."""
    split = [[word for word in re.split(r"[^A-Za-z]+", name) if len(word) > 2] for name in names]
    common = [word for word in split[0] if all(word in words for words in split)]
    return common[-1].lower() if common else ""
