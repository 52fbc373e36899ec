"""What becomes of masks in every op, and what is computed by them, against Keras."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from archc.diagnostics import Position
from archc.ir.builder import Builder
from archc.ir.graph import Graph, Input, Node, Region, Tensor
from archc.ir.masks import EitherMask, JoinedMask, MadeMask, Mask, masks
from archc.ir.op import Example, Op
from archc.ir.shape import Shape
from archc.ops import registry
from archc.targets.keras import model as keras_model
from tests.ops.oracle import NO_KERNEL, as_list, built, called, example_names, first_examples, input_type, named_example

HERE = Position("test.yaml", 1, 1)
NETWORK = Region("network", "", None, None, HERE)


def of_keras(op: type[Op], example: Example, masked: frozenset[int]) -> tuple[Any, Any]:
    """What a layer leaves in Keras over the same numbers, and its mask; some of the inputs have masks."""
    random = np.random.default_rng(3)
    layer, _ = built(op, example.arguments, example.inputs)
    for weight in layer.weights:
        if "seed" not in weight.path:
            weight.assign(random.uniform(0.1, 0.2, weight.shape))
    sizes = [[2, *(size or 0 for size in shape)] for shape in example.inputs]
    dtype = input_type(op, example.arguments)
    numbers = [
        tf.constant(random.uniform(1, 3, shape).astype("int32" if dtype == "string" else dtype)) for shape in sizes
    ]
    tensors = [tf.as_string(one) for one in numbers] if dtype == "string" else numbers
    for number in masked:
        keras.src.backend.set_keras_mask(tensors[number], mask_of(axes_of_mask(op, example.inputs[number]), number))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a mask ends
        left = as_list(called(layer, op, tensors, example.arguments, inference=True))[0]
    computed = tf.strings.to_hash_bucket_fast(left, 2**30) if left.dtype == tf.string else left
    return np.asarray(tf.cast(computed, tf.float64)), keras.src.backend.get_keras_mask(left)


def axes_of_mask(op: type[Op], shape: Shape) -> Shape:
    """The sizes of the axes of a mask of a tensor: those of its positions, or of the steps alone."""
    if "Embedding" in op.__name__:
        return shape
    return shape[:1] if op.__name__.startswith("ConvLSTM") else shape[:-1]


def mask_of(shape: Iterable[Any], number: int) -> Any:
    """A mask that is true at the first position of each axis, and at some others."""
    mask = np.random.default_rng(number).random((2, *shape)) > 0.5
    mask.reshape(2, -1)[:, 0] = True
    return tf.constant(mask)


def ways(op: Op, example: Example) -> list[frozenset[int]]:
    taken = len(op.split_inputs(example.inputs)[0])
    return [*(frozenset({number}) for number in range(taken)), frozenset(range(taken))][: 4 if taken > 1 else 1]


REFUSES = {
    "MultiHeadAttention-4": "the masks are those of one axis of positions, and attention is along two",
    "Softmax": "a mask without channels does not fit the numbers",
}


@pytest.mark.parametrize("name", first_examples([name for name in example_names() if named_example(name)[1].inputs]))
def test_the_rules_of_masks_are_those_of_keras(name: str) -> None:
    kind, example = named_example(name)
    op = kind.model_validate(example.arguments)
    if None in [size for shape in example.inputs for size in shape] or not all(example.inputs):
        pytest.skip("a run needs sizes")
    keras.utils.set_random_seed(1)
    try:
        plain, _ = of_keras(kind, example, frozenset())
    except tf.errors.OpError as error:
        if not re.search(NO_KERNEL, str(error)):
            raise
        pytest.skip("this machine has no kernel for it")
    uses = False
    for masked in ways(op, example):
        if {name, kind.__name__} & REFUSES.keys():
            with pytest.raises(ValueError, match="mask"):
                of_keras(kind, example, masked)
            uses = True
            continue
        keras.utils.set_random_seed(1)
        if kind.merges and len({len(shape) for shape in example.inputs}) > 1:
            continue  # masks of tensors that broadcast do not fit each other
        left, found = of_keras(kind, example, masked)
        uses |= not np.allclose(left, plain, atol=1e-6, equal_nan=True)
        expected = {
            "ends": False,
            "keeps": 0 in masked,
            "makes": True,
            "merges": len(masked) == len(example.inputs),
            "joins": True,
        }[op.masking]
        assert (found is not None) == expected, masked
        if op.masking == "keeps" and expected:
            assert np.array_equal(found, mask_of(axes_of_mask(kind, example.inputs[0]), 0))
    if op.mask_use != "always":
        assert not uses


USING = sorted(name for name, op in registry().items() if op.mask_use == "always")


@pytest.mark.parametrize("name", sorted(set(USING) - set(REFUSES)))
def test_an_op_that_uses_masks_computes_by_one(name: str) -> None:
    op, example = registry()[name], registry()[name].examples[0]
    plain, _ = of_keras(op, example, frozenset())
    found = [of_keras(op, example, masked)[0] for masked in ways(op(**example.arguments), example)]
    assert any(not np.allclose(left, plain, atol=1e-6) for left in found)


def network(*steps: tuple[str, dict[str, Any], list[int]]) -> Graph:
    """A network over two inputs of whole numbers, which steps take by their places, and its layers after them."""
    builder = Builder()
    tensors: list[Tensor] = [Input("a", (6,), "int32"), Input("b", (6,), "int32")]
    for made in tensors:
        assert isinstance(made, Input)
        builder.add_input(made, HERE)
    for name, arguments, taken in steps:
        made_op = registry()[name].model_validate(arguments)
        tensors.append(builder.add(made_op, tuple(tensors[place] for place in taken), None, NETWORK, HERE))
    return builder.graph({"last": tensors[-1], "b": tensors[1], "a": tensors[0]}, "last")


EMBEDDINGS = [("Embedding", {"input_dim": 9, "output_dim": 4, "mask_zero": True}, [place]) for place in (0, 1)]


def value(mask: Mask | None, found: dict[str, Any]) -> Any:
    """The mask as Keras would compute it, from the numbers that enter the layers which make masks."""
    match mask:
        case MadeMask(node):
            return found[node.inputs[0].name] != 0
        case EitherMask(several):
            return np.logical_or.reduce([value(one, found) for one in several])
        case JoinedMask(node, several):
            shapes = [(2, *(size or 0 for size in tensor.shape)) for tensor in node.inputs]
            whole = [
                np.ones(shape, bool) if one is None else np.broadcast_to(value(one, found)[..., None], shape)
                for one, shape in zip(several, shapes, strict=True)
            ]
            return np.concatenate(whole, axis=node.op.axis).any(-1)
    return None


@pytest.mark.parametrize(
    "steps",
    [
        [("Add", {}, [2, 3])],
        [("Add", {}, [2, 2])],
        [("Concatenate", {"axis": 1}, [2, 3])],
        [("Concatenate", {}, [2, 3])],
        [("Dense", {"units": 4}, [3]), ("Concatenate", {"axis": 1}, [2, 4])],
        [("Conv1D", {"filters": 4, "kernel_size": 1}, [3]), ("Concatenate", {"axis": 1}, [2, 4])],
        [("Conv1D", {"filters": 4, "kernel_size": 1}, [3]), ("Add", {}, [2, 4])],
        [("MultiHeadAttention", {"num_heads": 2, "key_dim": 2}, [2, 3])],
        [("LSTM", {"units": 3, "return_sequences": True}, [2]), ("Dropout", {"rate": 0.5}, [4])],
        [("LSTM", {"units": 3}, [2])],
    ],
)
@pytest.mark.filterwarnings("ignore:Layer 'conv1d'")
def test_the_mask_of_a_network_is_that_of_keras(steps: list[tuple[str, dict[str, Any], list[int]]]) -> None:
    graph = network(*EMBEDDINGS, *steps)
    model = keras_model.build(graph, "net")
    numbers = {name: np.random.default_rng(seed).integers(0, 2, (2, 6)) for seed, name in enumerate("ab")}
    left, *_ = model([numbers["a"], numbers["b"]])
    node = graph.outputs["last"]
    assert isinstance(node, Node)
    found, expected = keras.src.backend.get_keras_mask(left), value(masks(graph).get(node), numbers)
    assert (found is None) == (expected is None)
    assert found is None or np.array_equal(found, expected)
