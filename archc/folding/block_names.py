"""Names for blocks: what a block is for, else a word of the names of its uses, else its ops."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from archc.folding.lines import Solved
from archc.folding.name_texts import unused_name
from archc.folding.program import Block, Program, Step, layers_of, walk
from archc.folding.values import spelled_arguments
from archc.ir.graph import Node
from archc.ir.naming import snake_case
from archc.language.name_rules import is_name

_SHORT = {
    "BatchNormalization": "bn", "LayerNormalization": "norm", "Conv2D": "conv", "DepthwiseConv2D": "depthwise",
    "SeparableConv2D": "separable", "ZeroPadding2D": "pad", "Concatenate": "concat", "ReLU": "relu",
    "GlobalAveragePooling2D": "pool", "MaxPooling2D": "pool", "AveragePooling2D": "pool",
}  # fmt: skip
_CONVOLUTIONS = ("Conv2D", "DepthwiseConv2D", "SeparableConv2D")
_NORMS = ("BatchNormalization", "LayerNormalization")
_VAGUE = frozenset(
    {"add", "act", "activation", "block", "bn", "conv", "concat", "expand", "layer", "mixed", "module", "name", "norm"}
    | {"out", "output", "project", "pool", "relu", "stage", "stem", "top", "unit"}
)


def name_blocks(program: Program, solved: Mapping[str, Solved]) -> None:
    """Gives all blocks names for what they have come to be."""
    taken = {made.name for made in program.graph.inputs}
    new: dict[str, str] = {}
    for name in solved:
        taken |= {found.name for found in solved[name].parameters}
    for name, found in solved.items():
        new[name] = unused_name(_word(program, found, program.blocks[name]), taken)
        taken.add(new[name])
    for scope in program.scopes():
        for step in walk(scope):
            step.head = new.get(step.head, step.head) if step.calls else step.head
    program.part_names = {(new.get(name, name), d): part for (name, d), part in program.part_names.items()}
    program.blocks = {new[name]: program.blocks[name] for name in solved}
    for name, block in program.blocks.items():
        block.name = name


def block_name(program: Program, solved: Solved, block: Block) -> str:
    """A name that nothing has."""
    taken = set(program.blocks) | {found.name for found in solved.parameters}
    return unused_name(_word(program, solved, block), taken | {made.name for made in program.graph.inputs})


def _word(program: Program, solved: Solved, block: Block) -> str:
    return next((word for word in _words(program, solved, block) if word and is_name(word)), "block")


def _words(program: Program, solved: Solved, block: Block) -> Iterator[str]:
    many = (list(layers_of(program, block.body, d)) for d in block.instances)
    nodes = max(many, key=lambda found: (any(node.op.op_name == "Add" for node in found), len(found)))
    names = [name for name in solved.names.values() if name]
    yield _common(names)
    yield _role(block, nodes)
    layers = {program.names[node] or "" for step in walk(block.body) for node in step.nodes.values()}
    yield _common(sorted(layers - {""}))
    words = dict.fromkeys(_op_word(step) for step in walk(block.body) if not step.body)
    yield "_".join([*words][:3])


def _role(block: Block, nodes: list[Node]) -> str:
    """What a block is for, by the field's terms."""
    heads = [node.op.op_name for node in nodes]
    ends = [head for head in heads if not head.startswith(("Activation", "ReLU"))]
    convolutions = [head for head in heads if head in _CONVOLUTIONS]
    if len(heads) < 10 and ends[-1:] == ["Multiply"] and any(head.startswith("GlobalAverage") for head in heads):
        return "squeeze_excite"
    if len(convolutions) == 1 and len(ends) == 2 and ends[0] in _CONVOLUTIONS and ends[1] in _NORMS:
        return f"{_SHORT[ends[0]]}_{_SHORT[ends[1]]}"
    if len(block.inputs) > 1:
        return "cell" if len(convolutions) > 3 and heads[-1] == "Concatenate" else ""
    if "Add" in ends[-2:] and "DepthwiseConv2D" in heads and convolutions[0] == "Conv2D":
        return "inverted_residual"
    if "Add" in ends[-2:] and len(heads) > 3:
        return "bottleneck" if len(convolutions) > 2 and _sizes(nodes)[-3:] == [1, 3, 1] else "residual"
    if ends[-1:] == ["Concatenate"] and convolutions:
        return "inception" if len(block.body[-1].operands) > 2 or len(convolutions) > 4 else "dense_layer"
    if "Pooling" in ends[-1] and convolutions:
        return "transition"
    if convolutions[:1] == ["DepthwiseConv2D"] and convolutions[1:] == ["Conv2D"]:
        return "depthwise_separable"
    return ""


def _sizes(nodes: list[Node]) -> list[object]:
    """The sizes of the kernels of convolutions."""
    return [spelled_arguments(node.op).get("kernel_size") for node in nodes if node.op.op_name == "Conv2D"]


def _op_word(step: Step) -> str:
    if step.head == "Activation":
        name = next(iter(spelled_arguments(next(iter(step.nodes.values())).op).values()), "act")
        return name if isinstance(name, str) else "act"
    return _SHORT.get(step.head, snake_case(step.head))


def _common(names: list[str]) -> str:
    """The last word that all names have and that says something."""
    if len(names) < 2:
        return ""
    split = [[word for word in re.split(r"[^A-Za-z]+", name.lower()) if len(word) > 2] for name in names]
    common = [word for word in split[0] if word not in _VAGUE and all(word in words for words in split)]
    return common[-1] if common else ""
