"""Dense layers over any axes, by an equation."""

import re
from typing import Annotated, Any, ClassVar, NamedTuple

from archc.ir.dtype import NUMBERS_AND_BOOLEANS
from archc.ir.op import ArgumentError, Example, Op, Weight, Window
from archc.ir.shape import Shape, ShapeError, Size, known_size, shape_text, volume
from archc.ops.activation_arguments import ActivationArgument, activated
from archc.ops.argument_types import COUNT, ArgumentType, optional, sequence_of, sequence_of_one
from archc.ops.weight_arguments import ConstraintArgument, InitializerArgument, RegularizerArgument, weight_of
from archc.ops.windows import sees_all_along

_EQUATION = re.compile(r"(\.\.\.)?([a-zA-Z]+)(\.\.\.)?,([a-zA-Z]+)->(\.\.\.)?([a-zA-Z]+)(\.\.\.)?")


def _equation(value: Any) -> str:
    found = _EQUATION.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ArgumentError("must be an equation such as `ab,bc->ac`, `...b,bc->...c` or `ab...,bc->ac...`")
    before, of_input, after, kernel, before_output, of_output, after_output = found.groups()
    if before != before_output or after != after_output or (before and after):
        raise ArgumentError("must have `...` on the same side of the input and of the output")
    if any(len(set(letters)) < len(letters) for letters in (of_input, kernel, of_output)):
        raise ArgumentError("must not name an axis twice in one place")
    if unmatched := set(kernel) - set(of_input + of_output):
        raise ArgumentError(f"must not have `{min(unmatched)}` in the kernel alone")
    if unmatched := set(of_output) - set(of_input + kernel):
        raise ArgumentError(f"must not have `{min(unmatched)}` in the output alone")
    if not before and (of_input[0] != of_output[0] or of_input[0] in kernel):
        raise ArgumentError("must begin with the letter of the batch, which is not in the kernel")
    return str(value)


_TERMS = re.compile(r"[a-zA-Z]+(,[a-zA-Z]+)*->[a-zA-Z]+")


def _einsum_equation(value: Any) -> str:
    if not isinstance(value, str) or not _TERMS.fullmatch(value):
        raise ArgumentError("must be an equation such as `bij,bjk->bik`, with the letter of the batch first in each")
    given, _, output = value.partition("->")
    terms = given.split(",")
    if any(len(set(letters)) < len(letters) for letters in (*terms, output)):
        raise ArgumentError("must not name an axis twice in one place")
    if any(letters[0] != output[0] for letters in terms):
        raise ArgumentError(f"must begin each tensor with the letter of the batch, `{output[0]}`")
    if unmatched := set(output) - set(given):
        raise ArgumentError(f"must not have `{min(unmatched)}` in the output alone")
    return value


EinsumEquation = Annotated[str, ArgumentType(_einsum_equation, {"type": "string", "pattern": "->"})]
Equation = Annotated[str, ArgumentType(_equation, {"type": "string", "pattern": "->"})]
OutputShape = Annotated[tuple[int | None, ...], sequence_of(optional(COUNT), alone=sequence_of_one)]


class _Parts(NamedTuple):
    """An equation with the batch and `...` written out as the letters `0`, `1`, `2` and so on."""

    input: str
    kernel: str
    output: str


class EinsumDense(Op):
    """A dense layer over the axes that an equation names."""

    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    has_kernels: ClassVar[bool] = True
    ends_in_activation: ClassVar[bool] = True
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
    activation: ActivationArgument = None
    bias_axes: str | None = None
    kernel_initializer: InitializerArgument = "glorot_uniform"
    bias_initializer: InitializerArgument = "zeros"
    kernel_regularizer: RegularizerArgument = None
    bias_regularizer: RegularizerArgument = None
    kernel_constraint: ConstraintArgument = None
    bias_constraint: ConstraintArgument = None

    def model_post_init(self, _: Any, /) -> None:
        output = self.equation.partition("->")[2].replace(".", "")
        if self.bias_axes is not None and (not self.bias_axes or not set(self.bias_axes) <= set(output)):
            message = f"`bias_axes` (={self.bias_axes}) must name axes of the output `{output}`"
            raise ArgumentError(message, arguments=("bias_axes",))

    def infer(self, x: Shape) -> Shape:
        shape = tuple(self._sizes(x)[letter] for letter in self._parts(x).output[1:])
        return activated(self.activation, shape)

    def weights(self, x: Shape) -> tuple[Weight, ...]:
        sizes, parts = self._sizes(x), self._parts(x)
        input_sizes = dict(zip(parts.input[1:], x, strict=True))
        shape = tuple(
            known_size(sizes[letter] if letter in parts.output else input_sizes[letter], f"the size of `{letter}`")
            for letter in parts.kernel
        )
        kernel = weight_of(self, "kernel", shape, self.kernel_initializer)
        if self.bias_axes is None:
            return (kernel,)
        first = min(parts.output.index(letter) for letter in self.bias_axes)
        bias = tuple(
            known_size(sizes[letter], f"the size of `{letter}`") if letter in self.bias_axes else 1
            for letter in parts.output[first:]
        )
        return kernel, weight_of(self, "bias", bias, self.bias_initializer)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        parts = self._parts(inputs[0])
        sizes = dict(zip(parts.output[1:], output, strict=True))
        for letter, size in zip(parts.input[1:], inputs[0], strict=True):
            sizes[letter] = sizes.get(letter) or size
        return volume(sizes.values())

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        parts = self._parts(inputs[0])
        moved = (index for index, letter in enumerate(parts.input[1:]) if parts.output.find(letter) != index + 1)
        return sees_all_along(tuple(moved), inputs[0])

    def _parts(self, x: Shape) -> _Parts:
        """The equation for this input.

        Raises:
            ShapeError: it has another number of axes.
        """
        of_input, kernel, of_output = re.split(",|->", self.equation)
        elided = len(x) + 1 - len(of_input.replace(".", ""))
        if elided < 0 or (elided and "..." not in of_input):
            message = f"`equation` (={self.equation}) does not fit the {len(x)} axes of {shape_text(x)}"
            raise ShapeError(message, arguments=("equation",))
        letters = "".join(map(chr, range(ord("0"), ord("0") + elided)))
        parts = _Parts(of_input.replace("...", letters), kernel, of_output.replace("...", letters))
        batch = parts.input[0]
        if batch != parts.output[0] or batch in kernel or batch in (self.bias_axes or ""):
            message = f"`equation` (={self.equation}) mixes the examples of a batch of {shape_text(x)}"
            raise ShapeError(message, arguments=("equation",))
        return parts

    def _sizes(self, x: Shape) -> dict[str, Size]:
        """The size of every axis of the output, which is unknown where `output_shape` has None, as in Keras.

        Raises:
            ShapeError: `output_shape` does not fit this input.
        """
        parts = self._parts(x)
        input_sizes = dict(zip(parts.input[1:], x, strict=True))
        elided = [letter for letter in parts.output[1:] if letter in input_sizes and not letter.isalpha()]
        named = [letter for letter in parts.output[1:] if letter.isalpha()]
        shape = shape_text(self.output_shape)
        if len(named) != len(self.output_shape):
            message = f"`output_shape` (={shape}) must have {len(named)} sizes, as the output of `equation` has"
            raise ShapeError(message, arguments=("output_shape", "equation"))
        sizes: dict[str, Size] = dict(zip(named, self.output_shape, strict=True))
        for letter in named:
            if letter in input_sizes and sizes[letter] not in (None, input_sizes[letter]):
                message = f"`output_shape` (={shape}) has another size for `{letter}` than the input {shape_text(x)}"
                raise ShapeError(message, arguments=("output_shape",))
        kept = [input_sizes[letter] for letter in elided]
        if "->..." in self.equation and kept != kept[::-1]:
            raise ShapeError(
                f"`equation` (={self.equation}) must name the axes of {shape_text(x)}, whose order Keras loses",
                arguments=("equation",),
            )
        return sizes | dict(zip(elided, kept, strict=True))
