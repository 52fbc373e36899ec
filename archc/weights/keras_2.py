"""Functions that are others in Keras 3 than in Keras 2: a file of Keras 2 fits, and the network computes another thing.

Compared were the activations and the examples of all ops that both have (Keras 3.15, tf_keras 2.21).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from archc.codes import CODES
from archc.diagnostics import Diagnostic
from archc.ir.graph import Graph
from archc.ir.op import Op
from archc.ops.normalization import LayerNormalization
from archc.weights.file_errors import named_layers

_HARD_SIGMOID = "`hard_sigmoid` is x / 6 + 0.5 between 0 and 1 in Keras 3, and was 0.2 x + 0.5 in Keras {}"
_AXES = "Keras 3 sorts the `axis` of LayerNormalization, and Keras {} had its weights in the order that is given"


def changed_functions(graph: Graph, version: str | None) -> Iterator[Diagnostic]:
    """A warning for each function that changed, with the layers that use it.

    Args:
        graph: the network.
        version: of Keras, as a file has it.
    """
    major = (version or "").partition(".")[0]
    if major not in ("1", "2"):
        return
    found: dict[str, list[str]] = defaultdict(list)
    for node in graph.nodes:
        for what in dict.fromkeys(_changed(node.op)):
            found[what].append(node.name)
    for what, names in found.items():
        message = f"the file is of Keras {version}: {what.format(major)}; {named_layers(names)}"
        yield Diagnostic("weights-version", message, hint=CODES["weights-version"].advice, about=what)


def _changed(op: Op) -> Iterator[str]:
    """What changed in an op, and in the ops that it wraps."""
    for name, value in op.arguments().items():
        inner = [item for item in (value if isinstance(value, tuple) else (value,)) if isinstance(item, Op)]
        if inner:
            for one in inner:
                yield from _changed(one)
        elif name.endswith("activation") and value == "hard_sigmoid":
            yield _HARD_SIGMOID
    if isinstance(op, LayerNormalization) and isinstance(op.axis, tuple) and list(op.axis) != sorted(op.axis):
        yield _AXES
