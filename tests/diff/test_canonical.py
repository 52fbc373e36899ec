"""The canonical spelling of every op, held to Keras: it computes the same."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from archc.diff.canonical import Canonical
from archc.diff.changed_arguments import changed_arguments, training_alone
from archc.diff.compare import diff
from archc.ir.graph import Graph
from archc.ir.op import Op
from archc.ir.shape import Shape
from archc.ops import registry
from archc.ops.activation_arguments import activation_functions
from archc.ops.configured import Configured, configured_classes
from archc.ops.weight_arguments import Initializer, canonical_value
from archc.targets.keras import model as keras_model
from tests.diff.graphs import graph_of, op, scrambled, written_out
from tests.ops.oracle import example_names, named_example

IMAGE, SIGNAL = (8, 9, 4), (6, 4)
SPELLED: list[tuple[str, dict[str, Any], tuple[Shape, ...]]] = [
    *(("Dense", {"units": 3, "activation": name}, (SIGNAL,)) for name in activation_functions() if name != "threshold"),
    ("Conv1D", {"filters": 2, "kernel_size": 1, "strides": 2, "padding": "causal"}, (SIGNAL,)),
    ("Conv2D", {"filters": 2, "kernel_size": 1, "strides": 2, "padding": "same", "activation": "relu"}, (IMAGE,)),
    ("DepthwiseConv2D", {"kernel_size": 1, "padding": "same"}, (IMAGE,)),
    ("SeparableConv2D", {"filters": 2, "kernel_size": 1, "padding": "same", "activation": "tanh"}, (IMAGE,)),
    ("Conv2DTranspose", {"filters": 2, "kernel_size": 3, "strides": 2, "activation": "gelu"}, (IMAGE,)),
    ("EinsumDense", {"equation": "abc,cd->abd", "output_shape": [6, 3], "activation": "elu"}, (SIGNAL,)),
    ("AveragePooling2D", {"pool_size": 1, "strides": 2, "padding": "same"}, (IMAGE,)),
    ("MaxPooling2D", {"pool_size": 2, "strides": 2}, (IMAGE,)),
    ("ReLU", {}, (SIGNAL,)),
    ("ReLU", {"max_value": 6}, (SIGNAL,)),
    ("LeakyReLU", {"negative_slope": 0.2}, (SIGNAL,)),
    ("ELU", {}, (SIGNAL,)),
    ("Softmax", {"axis": 2}, (SIGNAL,)),
    ("TimeDistributed", {"layer": {"MaxPooling2D": 2}}, ((3, *IMAGE),)),
    ("Bidirectional", {"layer": {"GRU": {"units": 3, "unroll": True}}}, (SIGNAL,)),
    ("Dense", {"units": 3, "dtype": "float32"}, (SIGNAL,)),
    ("Flatten", {}, ((5,),)),
    ("Permute", {"dims": [1, 2]}, (SIGNAL,)),
    ("Reshape", {"target_shape": [6, -1]}, (SIGNAL,)),
    ("Concatenate", {}, (SIGNAL,)),
    ("Slice", {"axis": 1, "start": -4, "stop": 6}, (SIGNAL,)),
]


def outputs(graph: Graph, start: keras.Model | None = None) -> tuple[keras.Model, np.ndarray]:
    """The model of a network and what it computes; with the weights of another model."""
    model = keras_model.build(graph, "net")
    choose = np.random.default_rng(0)
    if start is not None:
        model.set_weights(start.get_weights())
    given = [entering(choose.normal(size=(2, *map(known, made.shape))), made.dtype) for made in graph.inputs]
    output = model(given if len(given) > 1 else given[0], training=False)
    return model, np.asarray(tf.strings.to_hash_bucket_fast(output, 2**30) if output.dtype == tf.string else output)


def entering(numbers: Any, dtype: str) -> Any:
    """Numbers as a tensor of this type; texts of a letter."""
    if dtype == "string":
        return tf.constant(np.array(["a", "b", "c"])[np.abs(numbers).astype(int) % 3])
    return tf.constant(np.abs(numbers).astype(int) if dtype != "float32" else numbers, dtype)


def known(size: int | None) -> int:
    assert size is not None
    return size


def cases() -> list[Any]:
    """Examples and spellings whose canonical form is another one."""
    found = [(op.__name__, example.arguments, example.inputs) for op, example in map(named_example, example_names())]
    made = []
    for number, (name, arguments, shapes) in enumerate([*found, *SPELLED]):
        layer = op(name, **arguments)
        if shapes and [made.op for made in Canonical(graph_of(layer, shapes)).created] != [layer]:
            made.append(pytest.param(layer, shapes, id=f"{name}-{number}"))
    return made


@pytest.mark.parametrize(("layer", "shapes"), cases())
def test_the_canonical_spelling_computes_the_same(layer: Op, shapes: tuple[Shape, ...]) -> None:
    written = graph_of(layer, shapes)
    canonical = Canonical(written)
    spelled = written_out(canonical)
    model, expected = outputs(written)
    assert np.allclose(outputs(scrambled(spelled, 0), model)[1], expected, atol=1e-6)
    assert canonical.bodies[written.nodes[0]].written is written.nodes[0]
    assert [made.op for made in Canonical(spelled).created] == [node.op for node in spelled.nodes]
    found, classes = diff(written, spelled), {type(layer), type(spelled.nodes[0].op)}
    if classes == {registry()["Embedding"], registry()["ReversibleEmbedding"]}:
        assert found.reason == "same network, but weight files do not load"  # Keras names the arrays by the class
    else:
        assert not found


@pytest.mark.parametrize("name", example_names())
def test_what_passes_its_input_on_computes_its_input(name: str) -> None:
    kind, example = named_example(name)
    layer = kind.model_validate(example.arguments)
    if layer.passes_on(example.inputs):
        graph = graph_of(layer, example.inputs)
        choose = np.random.default_rng(0)
        given = [choose.normal(size=(2, *map(known, shape))).astype("float32") for shape in example.inputs]
        output = keras_model.build(graph, "net")(given if len(given) > 1 else given[0], training=False)
        assert np.array_equal(np.asarray(output), given[0])


@pytest.mark.parametrize("name", registry())
def test_a_canonical_argument_is_an_argument(name: str) -> None:
    kind = registry()[name]
    for example in kind.examples:
        layer = kind.model_validate(example.arguments)
        assert set(layer.respelled(example.inputs)) <= set(kind.model_fields)
        kind.model_validate(layer.canonical(example.inputs).arguments())


@pytest.mark.parametrize("name", configured_classes(Initializer))
def test_the_canonical_initializer_is_that_of_keras(name: str) -> None:
    value = configured_classes(Initializer)[name]()
    standing, arguments = canonical_value(value)
    keras_value = getattr(keras.initializers, name)(**_needed(value))
    other = getattr(keras.initializers, standing)(**{**arguments, **({"seed": 3} if "seed" in arguments else {})})
    if standing == "VarianceScaling":
        kept = ("scale", "mode", "distribution")
        assert [getattr(keras_value, key) for key in kept] == [getattr(other, key) for key in kept]
    else:
        assert np.array_equal(keras_value((4, 4)), other((4, 4)))


def _needed(value: Configured) -> dict[str, Any]:
    own = {name: getattr(value, name) for name in type(value).model_fields}
    return {**own, **({"seed": 3} if "seed" in own else {})}


def test_two_spellings_of_an_initializer_do_not_differ() -> None:
    plain = op("Dense", units=3, kernel_initializer="he_normal", bias_initializer="zeros")
    written = {"VarianceScaling": {"scale": 2, "mode": "fan_in", "distribution": "truncated_normal"}}
    other = op("Dense", units=3, kernel_initializer=written, bias_initializer={"Constant": 0})
    assert changed_arguments(plain, other) == {}
    changed = changed_arguments(plain, op("Dense", units=3, kernel_initializer="he_uniform"))
    assert list(changed) == ["kernel_initializer"]
    assert training_alone(plain, "kernel_initializer")


def test_the_arguments_of_an_inner_layer_have_its_path() -> None:
    one, other = (
        op("TimeDistributed", layer={"Dense": {"units": units, "kernel_initializer": kind}})
        for units, kind in ((3, "zeros"), (4, "ones"))
    )
    assert changed_arguments(one, other) == {"layer.units": [3, 4], "layer.kernel_initializer": ["zeros", "ones"]}
    assert [training_alone(one, name) for name in ("layer.units", "layer.kernel_initializer")] == [False, True]


def test_an_activation_belongs_to_the_written_layer() -> None:
    written = graph_of(op("Conv2D", filters=2, kernel_size=3, activation="relu"), (IMAGE,))
    spelled = Canonical(written)
    assert [layer.op.op_name for layer in spelled.created] == ["Conv2D", "Activation"]
    assert [layer.is_inside for layer in spelled.created] == [False, True]
    assert {layer.written for layer in spelled.created} == {*written.nodes}
    assert not any(layer.weights for layer in spelled.activations.values())
