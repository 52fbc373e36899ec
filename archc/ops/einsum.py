"""Dense layers over any axes, by an equation."""

import re
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import PlainValidator, WithJsonSchema

from archc.ir.op import Example, Op, Weight, Window
from archc.ir.shape import Shape, ShapeError, Size, known, printed, volume
from archc.ops.activation import seen_along
from archc.ops.arguments import Activation, read_count
from archc.ops.configured import ConstraintArgument, InitializerArgument, RegularizerArgument, weight

_EQUATION = re.compile(r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?")


def _equation(value: Any) -> str:
    found = _EQUATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("must be an equation such as `ab,bc->ac`, `...b,bc->...c` or `ab...,bc->ac...`")
    left, taken, right, kernel, left_again, left_over, right_again = found.groups()
    if left != left_again or right != right_again or (left and right):
        raise ValueError("must have `...` on the same side of the input and of the output")
    if any(len(set(letters)) < len(letters) for letters in (taken, kernel, left_over)):
        raise ValueError("must not name an axis twice in one place")
    if unmatched := set(kernel) - set(taken + left_over):
        raise ValueError(f"has `{min(unmatched)}` in the kernel alone")
    if unmatched := set(left_over) - set(taken + kernel):
        raise ValueError(f"has `{min(unmatched)}` in the output alone")
    if not left and (taken[0] != left_over[0] or taken[0] in kernel):
        raise ValueError("must begin with the batch, which the kernel does not have")
    return str(value)


Equation = Annotated[str, PlainValidator(_equation), WithJsonSchema({"type": "string", "pattern": "->"})]


def _output_shape(value: Any) -> tuple[int | None, ...]:
    sizes = value if isinstance(value, list | tuple) else [value]
    if not sizes:
        raise ValueError("must be a list that is not empty")
    return tuple(None if size is None else read_count(size) for size in sizes)


OutputShape = Annotated[
    tuple[int | None, ...],
    PlainValidator(_output_shape),
    WithJsonSchema({"type": ["integer", "array"], "minimum": 1, "items": {"type": ["integer", "null"]}}),
]


class _Parts(NamedTuple):
    """An equation with the batch and `...` written out as the letters `0`, `1`, `2` and so on."""

    taken: str
    kernel: str
    left: str


class EinsumDense(Op):
    """A dense layer over the axes that an equation names."""

    has_kernels: ClassVar[bool] = True
    examples: ClassVar = (
        Example({"equation": "ab,bc->ac", "output_shape": 64}, ((32,),)),
        Example({"equation": "abc,cd->abd", "output_shape": [None, 6], "bias_axes": "d"}, ((5, 4),)),
        Example({"equation": "abc,cde->abde", "output_shape": [5, 2, 3], "bias_axes": "de"}, ((5, 4),)),
        Example({"equation": "...x,xy->...y", "output_shape": 6, "bias_axes": "y"}, ((5, 4),)),
        Example({"equation": "abc...,cd->abd...", "output_shape": [None, 6]}, ((5, 4, 3),)),
        Example({"equation": "abc,bd->adc", "output_shape": [7, None], "activation": "relu"}, ((5, 4),)),
        Example({"equation": "abc,c->abc", "output_shape": [5, 4], "trainable": False}, ((5, 4),)),
    )

    equation: Equation
    output_shape: OutputShape
    activation: Activation = None
    bias_axes: str | None = None
    kernel_initializer: InitializerArgument = "glorot_uniform"
    bias_initializer: InitializerArgument = "zeros"
    kernel_regularizer: RegularizerArgument = None
    bias_regularizer: RegularizerArgument = None
    kernel_constraint: ConstraintArgument = None
    bias_constraint: ConstraintArgument = None

    def model_post_init(self, _: Any, /) -> None:
        """Refuses a bias along what the output does not have."""
        output = self.equation.partition("->")[2].replace(".", "")
        if self.bias_axes is not None and (not self.bias_axes or not set(self.bias_axes) <= set(output)):
            raise ValueError(f"`bias_axes` (={self.bias_axes}) must name axes of the output `{output}`")

    def infer(self, x: Shape) -> Shape:
        return tuple(self._sizes(x)[letter] for letter in self._parts(x).left[1:])

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        sizes, parts = self._sizes(x), self._parts(x)
        taken = dict(zip(parts.taken[1:], x, strict=True))
        shape = tuple(
            known(sizes[letter] if letter in parts.left else taken[letter], f"the size of `{letter}`")
            for letter in parts.kernel
        )
        kernel = weight(self, "kernel", shape, self.kernel_initializer)
        if self.bias_axes is None:
            return (kernel,)
        first = min(parts.left.index(letter) for letter in self.bias_axes)
        bias = tuple(
            known(sizes[letter], f"the size of `{letter}`") if letter in self.bias_axes else 1
            for letter in parts.left[first:]
        )
        return kernel, weight(self, "bias", bias, self.bias_initializer)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        parts = self._parts(inputs[0])
        sizes = dict(zip(parts.left[1:], output, strict=True))
        for letter, size in zip(parts.taken[1:], inputs[0], strict=True):
            sizes[letter] = sizes.get(letter) or size
        return volume(sizes.values())

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        parts = self._parts(inputs[0])
        moved = (index for index, letter in enumerate(parts.taken[1:]) if parts.left.find(letter) != index + 1)
        return seen_along(tuple(moved), inputs[0])

    def _parts(self, x: Shape) -> _Parts:
        """The equation for this input.

        Raises:
            ShapeError: it names another number of axes.
        """
        taken, kernel, left = re.split(",|->", self.equation)
        elided = len(x) + 1 - len(taken.replace(".", ""))
        if elided < 0 or (elided and "..." not in taken):
            raise ShapeError(f"`equation` (={self.equation}) does not fit the {len(x)} axes of {printed(x)}")
        letters = "".join(map(chr, range(ord("0"), ord("0") + elided)))
        parts = _Parts(taken.replace("...", letters), kernel, left.replace("...", letters))
        batch = parts.taken[0]
        if batch != parts.left[0] or batch in kernel or batch in (self.bias_axes or ""):
            raise ShapeError(f"`equation` (={self.equation}) would mix the batch of {printed(x)}")
        return parts

    def _sizes(self, x: Shape) -> dict[str, Size]:
        """The size of every axis of the output, which is unknown where `output_shape` leaves it open, as in Keras.

        Raises:
            ShapeError: `output_shape` is none that this input can have.
        """
        parts = self._parts(x)
        taken = dict(zip(parts.taken[1:], x, strict=True))
        elided = [letter for letter in parts.left[1:] if letter in taken and not letter.isalpha()]
        named = [letter for letter in parts.left[1:] if letter.isalpha()]
        shape = printed(self.output_shape)
        if len(named) != len(self.output_shape):
            raise ShapeError(f"`output_shape` (={shape}) must have {len(named)} sizes, as `equation` has in its output")
        sizes: dict[str, Size] = dict(zip(named, self.output_shape, strict=True))
        for letter in named:
            if letter in taken and sizes[letter] not in (None, taken[letter]):
                raise ShapeError(f"`output_shape` (={shape}) has another `{letter}` than {printed(x)}")
        kept = [taken[letter] for letter in elided]
        if "->..." in self.equation and kept != kept[::-1]:
            raise ShapeError(
                f"`equation` (={self.equation}) must name the axes of {printed(x)}, whose order Keras loses"
            )
        return sizes | dict(zip(elided, kept, strict=True))
