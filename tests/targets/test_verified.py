"""What archc accepts runs in Keras and PyTorch: every op at every type that it takes, at two sizes of what is open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations, product
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

import archc
from archc.ir.builder import Builder
from archc.ir.dtype import ANY, FLOATS, DtypeError
from archc.ir.graph import Graph, Input
from archc.ir.op import Example, Op
from archc.ir.shape import Shape, ShapeError
from archc.language.document import DTYPES
from archc.ops import registry
from archc.targets.keras import model as keras_model
from archc.targets.torch.state_dict import state_dict
from tests.cases import every_or_few, type_of_input
from tests.ops.oracle import NO_KERNEL, example_names, named_example
from tests.targets.pytorch import HERE, NETWORK, laid, module_of
from tests.weights.saved import randomize

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # constants of Keras that float16 rounds

LONGEST = 24  # an axis of an example that is longer says nothing more
LATER = 3  # positions that an open axis has more at the second size


def shorter(example: Example) -> tuple[Shape, ...]:
    """The input shapes with spatial axes that cost little; `Learned` gets a tensor of the batch."""
    shapes = example.inputs or ((4,),)
    return tuple((*(size and min(size, LONGEST) for size in shape[:-1]), *shape[-1:]) for shape in shapes)


def one_layer(op: Op, shapes: tuple[Shape, ...], dtypes: tuple[str, ...]) -> Graph:
    """A network of one layer over inputs of these types."""
    builder = Builder()
    entered = tuple(Input(f"input_{place}", *made) for place, made in enumerate(zip(shapes, dtypes, strict=True)))
    for made in entered:
        builder.add_input(made, HERE)
    node = builder.add(op, entered if op.arity[0] else (), "case", NETWORK, HERE)
    return builder.graph({"case": node}, "case")


def values(shape: Shape, dtype: str, seed: int) -> Any:
    """What enters: small numbers, which every type has; truth values; texts."""
    numbers = np.random.default_rng(seed).integers(0, 3, (2, *(size or 0 for size in shape)))
    if dtype == "string":
        return tf.as_string(numbers)
    return tf.cast(numbers > 1 if dtype == "bool" else numbers, dtype)


def entering(graph: Graph, longer: int = 0) -> list[Any]:
    """Tensors for the inputs, with open sizes that are `longer` than what fits any window here."""
    shapes = [tuple(12 + longer if size is None else size for size in made.shape) for made in graph.inputs]
    return [
        values(shape, made.dtype, seed) for seed, (shape, made) in enumerate(zip(shapes, graph.inputs, strict=True))
    ]


def run_in_keras(graph: Graph, model: Any, entered: list[Any]) -> Any:
    """What the model computes in a graph whose open sizes are open, as `predict` does from the second size on."""
    signature = [tf.TensorSpec((None, *made.shape), made.dtype) for made in graph.inputs]

    def inferred(*tensors: Any) -> Any:
        return model(tensors[0] if len(tensors) == 1 else [*tensors], training=False)

    return tf.function(inferred, signature)(*entered)


def run_in_pytorch(graph: Graph, model: Any, entered: list[Any]) -> Any:
    """What the module of generated source computes with the weights of the model; None where there is none."""
    try:
        net = module_of(graph)
    except archc.SpecError as error:
        if error.first.code == "torch":
            return None
        raise
    net.load_state_dict(state_dict(graph, model), strict=True)
    given = [
        torch.tensor(laid(np.asarray(tf.cast(tensor, "float32") if tensor.dtype == tf.bfloat16 else tensor)))
        for tensor in entered
    ]
    types = [getattr(torch, made.dtype) for made in graph.inputs]
    with torch.no_grad():
        return net(*(tensor.to(dtype) for tensor, dtype in zip(given, types, strict=True)))


TEXTS_OF_NUMBERS = {"Hashing"}
"""Ops to which a boolean or a text is not the number that it becomes."""


def run_over_floats(graph: Graph, model: Any, entered: list[Any]) -> Any:
    """What Keras computes of the same numbers as floats, with the weights of the model."""
    (node,) = graph.nodes
    same = one_layer(node.op, tuple(made.shape for made in graph.inputs), ("float32",) * len(graph.inputs))
    floats = keras_model.build(same, "net")
    floats.set_weights(model.get_weights())
    numbers = [
        tf.zeros(tensor.shape) if tensor.dtype == tf.string else tf.cast(tensor, "float32") for tensor in entered
    ]
    return np.asarray(run_in_keras(same, floats, numbers))


def check_run(graph: Graph, longer: int = 0) -> str | None:
    """How a network fails to run, or runs to another shape, type or result than it should; None where all is right."""
    (node,) = graph.nodes
    entered = entering(graph, longer)
    shape = node.op.infer(*(tuple(tensor.shape[1:]) for tensor in entered if node.inputs))
    try:
        model = randomize(keras_model.build(graph, "net"))
        found = run_in_keras(graph, model, entered)
    except Exception as error:
        no_kernel = re.search(f"{NO_KERNEL}|No OpKernel was registered", str(error))
        return None if no_kernel else f"Keras: {type(error).__name__} {str(error)[-300:]}"
    given = tuple(found.shape[1:]), keras.backend.standardize_dtype(found.dtype)
    if given[1] != node.dtype or any(b not in (None, a) for a, b in zip(given[0], shape, strict=True)):
        return f"Keras: {given}, not {shape}, {node.dtype}"
    try:
        other = run_in_pytorch(graph, model, entered)
    except Exception as error:
        return f"PyTorch: {type(error).__name__} {str(error)[-300:]}"
    as_floats = "float32" in node.op.input_types and node.op.op_name not in TEXTS_OF_NUMBERS
    if other is None and node.dtype == "float32" and as_floats and not node.op.keeps_type:
        other = torch.tensor(laid(run_over_floats(graph, model, entered)))
    if other is None:
        return None
    wanted = laid(np.asarray(tf.cast(found, "float64") if node.dtype != "string" else found))
    if str(other.dtype).removeprefix("torch.") != node.dtype or tuple(other.shape) != wanted.shape:
        return f"PyTorch: {tuple(other.shape)} {other.dtype}, not {wanted.shape} {node.dtype}"
    halves = {"float16", "bfloat16"}.intersection((node.dtype, *(made.dtype for made in graph.inputs)))
    few = 1e-2 if halves else 1e-4
    return None if np.allclose(other.double().numpy(), wanted, few, few, equal_nan=True) else "PyTorch: other numbers"


def faults(cases: Iterator[tuple[str, Graph, int]]) -> list[str]:
    return [f"{what}: {fault}" for what, graph, longer in cases if (fault := check_run(graph, longer)) is not None]


def of_every_type(name: str) -> Iterator[tuple[str, Graph, int]]:
    op, example = named_example(name)
    shapes = shorter(example)
    for dtype in DTYPES:
        made = op(**example.arguments)
        try:
            made.infer_dtype(*(dtype,) * len(example.inputs))
        except DtypeError:
            continue
        yield dtype, one_layer(made, shapes, (dtype,) * len(shapes)), 0


@pytest.mark.parametrize("name", every_or_few(example_names(), 30))
def test_an_op_runs_at_every_type_that_it_takes(name: str) -> None:
    assert not faults(of_every_type(name))


@pytest.mark.parametrize("name", every_or_few([f"{name}-0" for name in registry()], 70))
def test_an_op_computes_in_its_dtype(name: str) -> None:
    op, example = named_example(name)
    shapes = shorter(example)
    if "there are no weights" in str(refused(op, example)):
        pytest.skip("a function keeps the type of its input")
    for dtype in ("bfloat16", "float16", "float64", "mixed_float16"):
        if name in ("SpectralNormalization-0", "TimeDistributed-0"):
            continue  # has the type of the layer inside
        try:
            made = op(**{**example.arguments, "dtype": dtype})
        except ValueError:
            known = "output_mode" in op.model_fields or (name, dtype) == ("STFTSpectrogram-0", "bfloat16")
            assert dtype == "float64" or op.acts_in_training or known
            continue
        assert check_run(one_layer(made, shapes, (type_of_input(made),) * len(shapes))) is None, dtype


def refused(op: type[Op], example: Example) -> ValueError | None:
    try:
        op(**{**example.arguments, "trainable": False})
    except ValueError as error:
        return error
    return None


@pytest.mark.parametrize("name", ["Add", "Concatenate", "Maximum", "Multiply", "Subtract"])
def test_tensors_of_several_types_come_together_as_in_keras(name: str) -> None:
    op = registry()[name]()
    assert not faults(
        (f"{pair}", one_layer(op, ((3, 4), (3, 4)), pair), 0) for pair in combinations(sorted(op.accepts), 2)
    )


def opened(shapes: tuple[Shape, ...]) -> Iterator[tuple[Shape, ...]]:
    """The shapes with one axis open, or all but the channels."""
    places = range(max(map(len, shapes)))
    for open_axes in [*({place} for place in places), set(places[:-1])]:
        yield tuple(tuple(None if place in open_axes else size for place, size in enumerate(shape)) for shape in shapes)


def at_two_sizes(name: str) -> Iterator[tuple[str, Graph, int]]:
    op, example = named_example(name)
    made = op(**example.arguments)
    for (number, shapes), longer in product(enumerate(opened(shorter(example))), (0, LATER)):
        try:
            graph = one_layer(made, shapes, (type_of_input(made),) * len(shapes))
            made.infer(*(tuple(12 + longer if size is None else size for size in shape) for shape in shapes))
        except ShapeError:
            continue
        yield f"{number} {shapes} +{longer}", graph, longer


@pytest.mark.parametrize("name", every_or_few([name for name in example_names() if named_example(name)[1].inputs], 50))
def test_an_op_runs_at_two_sizes_of_each_open_axis(name: str) -> None:
    assert not faults(at_two_sizes(name))


WITHOUT_FLOATS = {"HashedCrossing", "StringLookup", "TextVectorization"}
"""The ops that take texts or whole numbers alone."""


def test_every_type_of_the_language_is_one_that_an_op_may_take() -> None:
    assert set(DTYPES) == ANY
    assert {name for name, op in registry().items() if not op.accepts >= FLOATS} == WITHOUT_FLOATS
    assert not any(registry()[name].accepts & FLOATS for name in WITHOUT_FLOATS)
