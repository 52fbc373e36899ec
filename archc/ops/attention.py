"""Attention layers."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from archc.ir.dtype import NUMBERS_AND_BOOLEANS
from archc.ir.op import ArgumentError, Example, MaskRule, Op, Weight, Window
from archc.ir.shape import Shape, ShapeError, axis_indices, channels_of, expect_rank, known_sum, shape_text, volume
from archc.ops.argument_types import (
    COUNT,
    TENSOR,
    Axes,
    Count,
    Seed,
    Share,
    TensorArgument,
    sequence_of,
    sequence_of_one,
)
from archc.ops.keras_layers import EXPORTED_AS
from archc.ops.weight_arguments import ConstraintArgument, InitializerArgument, RegularizerArgument, weight_of
from archc.ops.windows import sees_all_along

T = TypeVar("T")


class MultiHeadAttention(Op):
    """Every position of a query attends to the positions of a value, in several heads."""

    mask_rule: ClassVar[MaskRule] = "keeps"
    mask_use: ClassVar = "always"
    clears_masks: ClassVar[bool] = True
    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    has_kernels: ClassVar[bool] = True
    stays_frozen: ClassVar[bool] = False
    in_training: ClassVar[tuple[str, ...]] = ("dropout",)
    widths: ClassVar[tuple[str, ...]] = ("num_heads", "key_dim", "value_dim")
    examples: ClassVar = (
        Example({"num_heads": 4, "key_dim": 16}, ((50, 64), (50, 64))),
        Example({"num_heads": 2, "key_dim": 3, "value_dim": 5, "output_shape": 7}, ((6, 8), (9, 10), (9, 4))),
        Example({"num_heads": 2, "key_dim": 3, "use_bias": False, "dropout": 0.1, "seed": 1}, ((6, 8), (9, 8))),
        Example({"num_heads": 2, "key_dim": 3, "attention_axes": 2}, ((6, 5, 8), (6, 5, 8))),
        Example(
            {"num_heads": 2, "key_dim": 3, "attention_axes": [1, 2], "output_shape": [2, 4]}, ((6, 5, 8), (6, 5, 8))
        ),
        Example({"num_heads": 2, "key_dim": 3, "use_gate": True, "sliding_window": 2}, ((6, 8), (6, 8))),
        Example({"num_heads": 2, "key_dim": 3, "use_causal_mask": True}, ((6, 8), (6, 8))),
        Example({"num_heads": 2, "key_dim": 3, "attention_mask": TENSOR}, ((6, 8), (9, 8), (6, 9))),
        Example({"num_heads": 2, "key_dim": 3, "attention_mask": TENSOR}, ((6, 8), (9, 8), (9, 4), (2, 6, 9))),
        Example(
            {"num_heads": 2, "key_dim": 3, "attention_mask": TENSOR, "use_causal_mask": True, "sliding_window": 3},
            ((6, 8), (6, 8), (1, 6)),
        ),
        Example(
            {"num_heads": 2, "key_dim": 3, "attention_axes": 2, "attention_mask": TENSOR},
            ((6, 5, 8), (6, 5, 8), (6, 5, 5)),
        ),
        Example(
            {"num_heads": 2, "key_dim": 3, "kernel_initializer": "he_normal", "trainable": False}, ((6, 8), (6, 8))
        ),
    )
    arity: ClassVar[tuple[int, int | None]] = (2, 3)
    repeats_input: ClassVar[bool] = True
    called_with: ClassVar[tuple[str, ...]] = ("attention_mask", "use_causal_mask")
    tensor_arguments: ClassVar[tuple[str, ...]] = ("attention_mask",)

    num_heads: Count
    key_dim: Count
    value_dim: Count | None = None
    dropout: Share = 0.0
    use_bias: bool = True
    output_shape: Annotated[tuple[int, ...], sequence_of(COUNT, alone=sequence_of_one)] | None = None
    attention_axes: Axes | None = None
    sliding_window: Count | None = None
    kernel_initializer: InitializerArgument = "glorot_uniform"
    bias_initializer: InitializerArgument = "zeros"
    kernel_regularizer: RegularizerArgument = None
    bias_regularizer: RegularizerArgument = None
    activity_regularizer: RegularizerArgument = None
    kernel_constraint: ConstraintArgument = None
    bias_constraint: ConstraintArgument = None
    use_gate: bool = False
    seed: Seed = None
    attention_mask: TensorArgument = None
    use_causal_mask: bool = False

    def infer(self, *inputs: Shape) -> Shape:
        query, value, key = attention_inputs(self, inputs)
        attended = self.attended(query)
        if not len(query) == len(value) == len(key) or key[:-1] != value[:-1]:
            reached = f"{shape_text(query)}, {shape_text(value)} and {shape_text(key)}"
            raise ShapeError(
                "query, value and key must have the same number of axes, and value and key the same sizes before the "
                f"channels, got {reached}"
            )
        for index, (of_query, of_value) in enumerate(zip(query[:-1], value[:-1], strict=True)):
            if index not in attended and None not in (of_query, of_value) and of_query != of_value:
                raise ShapeError(
                    f"query {shape_text(query)} and value {shape_text(value)} may differ along `attention_axes` alone",
                    arguments=("attention_axes",),
                )
        for shape in (query, value, key):
            channels_of(shape)
        if self.use_causal_mask and attended != (0,):
            axes = ", ".join(str(index + 1) for index in attended)
            message = f"`use_causal_mask` (=True) is for attention along axis 1 alone, and `attention_axes` give {axes}"
            raise ShapeError(message, arguments=("use_causal_mask", "attention_axes"))
        if self.attention_mask is not None:
            apart = [query[index] for index in range(len(query) - 1) if index not in attended]
            queries, values = [query[index] for index in attended], [value[index] for index in attended]
            _check_mask(inputs[-1], (*apart, self.num_heads), (*queries, *values))
        return *query[:-1], *(self.output_shape or query[-1:])

    @property
    def inner_layers(self) -> Mapping[str, str]:
        projections = {name: f"{name}_dense" for name in ("query", "gate", "key", "value")}
        return projections | {"attention_output": "output_dense"}

    def respelled(self, inputs: tuple[Shape, ...]) -> dict[str, Any]:
        attended = tuple(sorted(index + 1 for index in self.attended(inputs[0])))
        return super().respelled(inputs) | {"attention_axes": attended, "value_dim": self.value_dim or self.key_dim}

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        query, value, key = attention_inputs(self, inputs)
        channels_out = self.output_shape or (channels_of(query),)
        projected = self._projected(query, value, key)
        weights: list[Weight] = []
        for name, channels, size in projected:
            weights += _projection(self, name, (channels, self.num_heads, size), (self.num_heads, size))
        kernel = (self.num_heads, self.value_dim or self.key_dim, *channels_out)
        weights += _projection(self, "attention_output", kernel, channels_out)
        return tuple(weights)

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        query, value, key = attention_inputs(self, inputs)
        positions = {"query": query[:-1], "gate": query[:-1], "key": key[:-1], "value": value[:-1]}
        products = [
            volume((*positions[name], channels, self.num_heads, size))
            for name, channels, size in self._projected(query, value, key)
        ]
        size = self.value_dim or self.key_dim
        products.append(volume((*output, self.num_heads, size)))
        attended = (value[index] for index in self.attended(query))
        products.append(
            volume((*query[:-1], *attended, self.num_heads, self.key_dim + size))
        )  # scores, and their means
        return known_sum(products)

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        if self.sliding_window is not None and len(inputs[0]) == 2:
            return (_sliding(self.sliding_window, causal=self.use_causal_mask),)
        return sees_all_along(self.attended(inputs[0]), inputs[0])

    def attended(self, query: Shape) -> tuple[int, ...]:
        """The indices of the axes along which positions attend to each other.

        Raises:
            ShapeError: there is none, or the channels are among them.
        """
        if len(query) < 2:
            raise ShapeError(f"expected an input with positions and channels, got {shape_text(query)}")
        if self.attention_axes is None:
            return tuple(range(len(query) - 1))
        attended = axis_indices(self.attention_axes, query, "attention_axes")
        if len(query) - 1 in attended:
            raise ShapeError(
                f"`attention_axes` (={self.attention_axes}) must not name the channels of {shape_text(query)}",
                arguments=("attention_axes",),
            )
        return attended

    def _projected(self, query: Shape, value: Shape, key: Shape) -> list[tuple[str, int, int]]:
        """The projections before the attention: name, input channels, output channels of each head."""
        size = self.value_dim or self.key_dim
        gate = [("gate", channels_of(query), size)] * self.use_gate
        projections = [("query", channels_of(query), self.key_dim), ("key", channels_of(key), self.key_dim)]
        return [*projections, *gate, ("value", channels_of(value), size)]


def attention_inputs(op: "MultiHeadAttention | GroupQueryAttention", inputs: Sequence[T]) -> tuple[T, T, T]:
    """The query, the value and the key among the inputs of a call; the value where there is no other key."""
    query, value, *key = op.split_inputs(inputs)[0]
    return query, value, key[0] if key else value


def _sliding(size: int, *, causal: bool) -> Window:
    """What is seen through a sliding window, to both sides or to the positions before alone."""
    return Window(size if causal else 2 * size - 1)


def _check_mask(mask: Shape, before: Shape, scores: Shape) -> None:
    """Checks that an attention mask broadcasts to the scores, by Keras's rule: a size of 1 stretches.

    Args:
        mask: its shape; it may lack the last axes of `before`.
        before: the sizes of the scores before those of positions: axes that are not attended along, and the heads.
        scores: the sizes of the positions of the query, then of those of the value.

    Raises:
        ShapeError: it does not.
    """
    kept = len(mask) - len(scores)
    expected = (*before[:kept], *scores)
    pairs = zip(mask, expected, strict=False)
    if 0 <= kept <= len(before) and all(size in (1, None, other) or other is None for size, other in pairs):
        return
    wanted = shape_text((*before[: max(kept, 0)], *scores))
    message = f"`attention_mask` must have the shape {wanted}, or 1 in place of a size, but has {shape_text(mask)}"
    raise ShapeError(message, arguments=("attention_mask",))


def _projection(
    op: "MultiHeadAttention | GroupQueryAttention", name: str, kernel: tuple[int, ...], bias: tuple[int, ...]
) -> list[Weight]:
    """The weights of a dense layer inside the attention."""
    kernels = [weight_of(op, f"{name}/kernel", kernel, op.kernel_initializer)]
    return [*kernels, weight_of(op, f"{name}/bias", bias, op.bias_initializer)] if op.use_bias else kernels


class GroupQueryAttention(Op):
    """Every position of a query attends to the positions of a value, in heads that share keys and values in groups."""

    mask_rule: ClassVar[MaskRule] = "keeps"
    mask_use: ClassVar = "always"
    accepts: ClassVar = NUMBERS_AND_BOOLEANS
    has_kernels: ClassVar[bool] = True
    stays_frozen: ClassVar[bool] = False
    in_training: ClassVar[tuple[str, ...]] = ("dropout",)
    keras_class: ClassVar = EXPORTED_AS["GroupQueryAttention"]
    widths: ClassVar[tuple[str, ...]] = ("head_dim", "num_query_heads", "num_key_value_heads")
    examples: ClassVar = (
        Example({"head_dim": 4, "num_query_heads": 6, "num_key_value_heads": 2}, ((5, 8), (7, 8))),
        Example(
            {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 4, "use_bias": False, "use_causal_mask": True},
            ((6, 8), (6, 8)),
        ),
        Example(
            {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 1, "use_gate": True},
            ((6, 8), (9, 8), (9, 5)),
        ),
        Example(
            {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2, "attention_mask": TENSOR},
            ((6, 8), (9, 8), (1, 9)),
        ),
        Example(
            {"head_dim": 3, "num_query_heads": 2, "num_key_value_heads": 2, "sliding_window": 2, "dropout": 0.1},
            ((6, 8), (6, 8)),
        ),
    )
    arity: ClassVar[tuple[int, int | None]] = (2, 3)
    repeats_input: ClassVar[bool] = True
    called_with: ClassVar[tuple[str, ...]] = ("attention_mask", "use_causal_mask")
    tensor_arguments: ClassVar[tuple[str, ...]] = ("attention_mask",)

    head_dim: Count
    num_query_heads: Count
    num_key_value_heads: Count
    dropout: Share = 0.0
    use_bias: bool = True
    sliding_window: Count | None = None
    kernel_initializer: InitializerArgument = "glorot_uniform"
    bias_initializer: InitializerArgument = "zeros"
    kernel_regularizer: RegularizerArgument = None
    bias_regularizer: RegularizerArgument = None
    activity_regularizer: RegularizerArgument = None
    kernel_constraint: ConstraintArgument = None
    bias_constraint: ConstraintArgument = None
    use_gate: bool = False
    seed: Seed = None
    attention_mask: TensorArgument = None
    use_causal_mask: bool = False

    def model_post_init(self, _: Any, /) -> None:
        heads, shared = self.num_query_heads, self.num_key_value_heads
        if heads % shared:
            message = f"`num_key_value_heads` (={shared}) must divide `num_query_heads` (={heads})"
            raise ArgumentError(message, arguments=("num_key_value_heads", "num_query_heads"))

    def infer(self, *inputs: Shape) -> Shape:
        query, value, key = attention_inputs(self, inputs)
        for shape in (query, value, key):
            channels_of(expect_rank(shape, 2))
        if query[1] != value[1] or value[0] != key[0]:
            reached = f"{shape_text(query)}, {shape_text(value)} and {shape_text(key)}"
            raise ShapeError(
                "query and value must have the same channels, and value and key the same positions, got " + reached
            )
        if self.attention_mask is not None:
            _check_mask(inputs[-1], (self.num_query_heads,), (query[0], value[0]))
        return query

    @property
    def inner_layers(self) -> Mapping[str, str]:
        projections = {name: f"{name}_dense" for name in ("query", "key", "gate", "value")}
        return projections | {"attention_output": "output_dense"}

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        query, value, key = attention_inputs(self, inputs)
        weights: list[Weight] = []
        for name, channels, heads in self._projected(query, value, key):
            weights += _projection(self, name, (channels, heads, self.head_dim), (heads, self.head_dim))
        channels = channels_of(query)
        kernel = (self.num_query_heads, self.head_dim, channels)
        return (*weights, *_projection(self, "attention_output", kernel, (channels,)))

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        query, value, key = attention_inputs(self, inputs)
        positions = {"query": query[0], "gate": query[0], "key": key[0], "value": value[0]}
        products = [
            volume((positions[name], channels, heads, self.head_dim))
            for name, channels, heads in self._projected(query, value, key)
        ]
        products.append(volume((*output, self.num_query_heads, self.head_dim)))
        scores_and_means = volume((query[0], value[0], self.num_query_heads, 2 * self.head_dim))
        products.append(scores_and_means)
        return known_sum(products)

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        if self.sliding_window is not None:
            return (_sliding(self.sliding_window, causal=self.use_causal_mask),)
        return self.all_positions(inputs[:1], output)

    def _projected(self, query: Shape, value: Shape, key: Shape) -> list[tuple[str, int, int]]:
        """The projections before the attention: name, input channels, heads."""
        gate = [("gate", channels_of(query), self.num_query_heads)] * self.use_gate
        projections = [
            ("query", channels_of(query), self.num_query_heads),
            ("key", channels_of(key), self.num_key_value_heads),
        ]
        return [*projections, *gate, ("value", channels_of(value), self.num_key_value_heads)]


class _ListAttention(Op):
    """Every position of a query attends to the positions of a value; the inputs are query, value and perhaps key."""

    mask_rule: ClassVar[MaskRule] = "keeps"
    mask_operations: ClassVar[int] = 1
    mask_use: ClassVar = "always"
    arity: ClassVar[tuple[int, int | None]] = (2, 3)
    merges: ClassVar[bool] = True
    called_with: ClassVar[tuple[str, ...]] = ("use_causal_mask",)
    in_training: ClassVar[tuple[str, ...]] = ("dropout",)

    def infer(self, query: Shape, value: Shape, key: Shape | None = None) -> Shape:
        key = value if key is None else key
        if not len(query) == len(value) == len(key) == 2:
            reached = ", ".join(map(shape_text, (query, value, key)))
            raise ShapeError(f"query, value and key must have positions and channels, but are {reached}")
        for what, one, other in (
            ("query and key the same channels", query[1], key[1]),
            ("value and key the same positions", value[0], key[0]),
        ):
            if None not in (one, other) and one != other:
                reached = f"{shape_text(query)}, {shape_text(value)} and {shape_text(key)}"
                raise ShapeError(f"query, value and key must have {what}, got {reached}")
        return query[0], value[1]

    def windows(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Window, ...]:
        return self.all_positions(inputs, output)


class Attention(_ListAttention):
    """Every position of a query attends to the positions of a value, by the product of query and key."""

    examples: ClassVar = (
        Example({}, ((6, 8), (9, 4), (9, 8))),
        Example({"use_scale": True, "score_mode": "concat", "dropout": 0.1, "seed": 1}, ((6, 8), (6, 8))),
        Example({"use_causal_mask": True}, ((6, 8), (6, 8))),
    )

    use_scale: bool = False
    score_mode: Literal["dot", "concat"] = "dot"
    dropout: Share = 0.0
    seed: Seed = None
    use_causal_mask: bool = False

    def weights(self, query: Shape, value: Shape, key: Shape | None = None) -> tuple[Weight, ...]:
        scale = (weight_of(self, "scale", ()),) if self.use_scale else ()
        return (*scale, weight_of(self, "concat_score_weight", ())) if self.score_mode == "concat" else scale

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        (queries, channels), (values, _) = inputs[0], inputs[1]
        weighted = volume((*output, values))
        scores = volume((queries, values, channels)) if self.score_mode == "dot" else 0
        return None if weighted is None or scores is None else scores + weighted


class AdditiveAttention(_ListAttention):
    """Every position of a query attends to the positions of a value, by the sum of query and key."""

    examples: ClassVar = (
        Example({}, ((6, 8), (9, 4), (9, 8))),
        Example({"use_scale": False, "dropout": 0.1}, ((6, 8), (6, 8))),
        Example({"use_causal_mask": True}, ((6, 8), (6, 8))),
    )

    use_scale: bool = True
    dropout: Share = 0.0
    use_causal_mask: bool = False

    def weights(self, query: Shape, value: Shape, key: Shape | None = None) -> tuple[Weight, ...]:
        return (weight_of(self, "scale", (channels_of(query),)),) if self.use_scale else ()

    def macs(self, inputs: tuple[Shape, ...], output: Shape) -> int | None:
        return volume((*output, inputs[1][0]))
