"""What is read from a file becomes the memory of the variables of one model alone."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from archc.targets.keras.array_memory import aligned_zeros, tensor_of, unfilled_zeros
from tests.weights.networks import SMALL, model_of, network, saved


@pytest.mark.parametrize("shape", [(), (0, 3), (7,), (129, 33)])
def test_a_tensor_has_the_memory_of_its_array(shape: tuple[int, ...]) -> None:
    array = aligned_zeros(shape, "float32")
    tensor = tensor_of(array)
    array[...] = 3
    assert tensor.shape == shape
    assert np.array_equal(tensor, array)


@pytest.mark.parametrize("dtype", ["float32", "float16", "int32", "bfloat16"])
def test_unfilled_zeros_are_zeros_each_time(dtype: str) -> None:
    variables = [keras.Variable(unfilled_zeros(), shape=(3, 2), dtype=dtype) for _ in range(2)]
    variables[0].assign(keras.ops.ones((3, 2), dtype))
    assert not np.any(variables[1].numpy())
    assert variables[1].dtype == dtype


def test_training_changes_one_of_two_models_with_the_weights_of_a_file(tmp_path: Path) -> None:
    path = saved(SMALL, tmp_path)
    trained, other = (network(SMALL).build(weights=path) for _ in range(2))
    before = [value.copy() for value in trained.get_weights()]
    trained.compile("adam", "sparse_categorical_crossentropy", jit_compile=False)
    trained.train_on_batch(np.ones((2, 8, 8, 3)), np.array([1, 2]))
    assert not any(map(np.array_equal, trained.get_weights(), before))
    for model in (other, network(SMALL).build(weights=path), model_of(SMALL)):
        assert all(map(np.array_equal, model.get_weights(), before))
