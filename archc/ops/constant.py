"""A tensor of numbers that a spec gives."""

from collections.abc import Iterator
from typing import Any, ClassVar

from archc.ir.op import ArgumentError, Example, Op
from archc.ir.shape import Shape, shape_text
from archc.ops.argument_types import Counts, Table, table_shape


class Constant(Op):
    """A tensor of given numbers, which has no input."""

    function: ClassVar[str | None] = "constant"
    note: ClassVar[str] = (
        "Takes nothing from the path, and is no weight: it is not trained, and no part of a weight file. With `shape` "
        "the numbers are repeated along axes of size 1 and axes that they lack. They are floats."
    )
    examples: ClassVar = (
        Example({"value": [[1, 2, 3], [4, 5, 6]]}, ()),
        Example({"value": [0.5, -1], "shape": [7, 6, 2]}, ()),
        Example({"value": [[[1]], [[2]]], "shape": [2, 3, 4]}, ()),
        Example({"value": [1, -1], "dtype": "float16"}, ()),
    )
    arity: ClassVar[tuple[int, int | None]] = (0, 0)

    value: Table
    shape: Counts | None = None

    def model_post_init(self, _: Any, /) -> None:
        """Refuses numbers that do not fit the shape, and `trainable`."""
        if not self.trainable:
            message = "there are no weights, so `trainable` (=False) is not allowed"
            raise ArgumentError(message, arguments=("trainable",))
        sizes = table_shape(self.value)
        if self.shape is None:
            if not sizes:
                message = f"`value` (={self.value:g}) is one number, so `shape` is needed"
                raise ArgumentError(message, arguments=("value", "shape"))
            return
        lacking = len(self.shape) - len(sizes)
        if lacking < 0 or any(size not in (1, all_) for size, all_ in zip(sizes, self.shape[lacking:], strict=True)):
            message = f"`value` of {shape_text(sizes)} numbers does not repeat to `shape` (={shape_text(self.shape)})"
            raise ArgumentError(message, arguments=("value", "shape"))

    @property
    def operations(self) -> int:
        """A slice of the batch, its new shape, its repetition, and the numbers."""
        return 4

    def infer(self) -> Shape:
        return self.shape or table_shape(self.value)

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        value: Any = self.value
        for axis in range(len(table_shape(value))):
            if all(len(set(line)) == 1 for line in _lines(value, axis)):
                value = _first_along(value, axis)
        while isinstance(value, tuple) and len(value) == 1:
            (value,) = value
        return super().respelled(inputs) | {"value": value, "shape": self.infer()}


def _lines(value: Any, axis: int) -> Iterator[tuple[Any, ...]]:
    """What lies along an axis, for each place of the axes before it."""
    if axis == 0:
        yield value
    else:
        for item in value:
            yield from _lines(item, axis - 1)


def _first_along(value: Any, axis: int) -> Any:
    """The first place of an axis alone."""
    return value[:1] if axis == 0 else tuple(_first_along(item, axis - 1) for item in value)
