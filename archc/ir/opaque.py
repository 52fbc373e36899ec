"""Layers that archc has no op for, as far as a model file tells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import ConfigDict, Field

from archc.diagnostics import Diagnostic, Position, SpecError, printable
from archc.ir.op import Op, Weight, Window
from archc.ir.shape import UNKNOWN_SHAPE, Shape

if TYPE_CHECKING:
    from archc.ir.graph import Node

_MOST_NAMES = 10


class Opaque(Op):
    """A layer of which only the class, the arguments and the shape of the output are known.

    It is no word of the language.

    Attributes:
        layer_class: the name of the layer's class.
        reason: why archc has no op for it.
        config: its arguments by name, as the file has them.
        output: the shape of its output; None where the file does not have it, as where the model ends.
        output_dtype: the type of its output.
        held: its weights; None where the file does not say which it has.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    arity: ClassVar[tuple[int, int | None]] = (0, None)

    layer_class: str
    reason: str
    config: tuple[tuple[str, Any], ...] = ()
    output: tuple[int | None, ...] | None
    output_dtype: str = "float32"
    held: tuple[Weight, ...] | None = Field(default=None)

    @property
    def op_name(self) -> str:
        """The name of the class."""
        return self.layer_class

    @property
    def weighted(self) -> bool:
        """Whether the layer counts in a network's depth: where it has a kernel."""
        return any(len(weight.shape) > 1 for weight in self.held or ())

    def infer(self, *inputs: Any) -> Shape:
        """The shape that the file gives."""
        return UNKNOWN_SHAPE if self.output is None else self.output

    def infer_dtype(self, *dtypes: str) -> str:
        """The type that the file gives."""
        return self.output_dtype

    def weights(self, *inputs: Any) -> tuple[Weight, ...]:
        """The weights that the file has."""
        return self.held or ()

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        """0 where it has no weights; else nobody knows."""
        return 0 if self.held == () else None

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        """All that it can see."""
        return self.all_positions(inputs, output) if any(inputs) else ()

    def values(self) -> dict[str, Any]:
        """The arguments, as the file has them."""
        return dict(self.config)

    def arguments(self) -> dict[str, Any]:
        """The arguments, as the file has them."""
        return self.values()


def opaque_nodes(nodes: Iterable[Node]) -> Mapping[tuple[str, str], list[Node]]:
    """The opaque layers by their class and the reason, each layer once."""
    found: defaultdict[tuple[str, str], list[Node]] = defaultdict(list)
    for node in nodes:
        if isinstance(node.op, Opaque) and node.first is None:
            found[node.op.layer_class, node.op.reason].append(node)
    return found


def refuse_opaque(nodes: Iterable[Node]) -> None:
    """Refuses to make a network that has opaque layers.

    Raises:
        SpecError: it has; all of them are named.
    """
    faults: list[Diagnostic] = []
    for (name, reason), layers in opaque_nodes(nodes).items():
        named = ", ".join(f"`{node.name}`" for node in layers[:_MOST_NAMES])
        more = f" and {len(layers) - _MOST_NAMES:,} more" if len(layers) > _MOST_NAMES else ""
        message = printable(f"{name}: {reason}; {named}{more}")
        faults.append(SpecError.of("opaque", message, _place(layers[0]), about=name).first)
    if faults:
        raise SpecError(faults)


def _place(node: Node) -> Position:
    return node.at
