"""Configurations with random faults: each is read, or is one clear error, and neither takes long."""

from __future__ import annotations

import json
import time
from random import Random

import pytest

from archc.diagnostics import Diagnostic, SpecError
from archc.keras_files.model_graph import read_model
from archc.keras_files.model_text import ModelText
from tests.keras_files.mutations import configurations, mutated


def _hold(texts: list[str], seed: int, count: int) -> None:
    random, read = Random(seed), 0
    for _ in range(count):
        config = mutated(json.loads(random.choice(texts)), random)
        started = time.process_time()
        faults: tuple[Diagnostic, ...] = ()
        try:
            read_model(ModelText("model.json", config))
        except SpecError as error:
            faults = error.diagnostics
        read += not faults
        assert all(fault.code == "model-file" and fault.position is not None for fault in faults)
        assert time.process_time() - started < 2
    assert 0 < read < count


def test_a_faulty_configuration_is_read_or_is_one_clear_error() -> None:
    _hold(configurations(), 0, 1500)


@pytest.mark.slow
def test_many_faulty_configurations() -> None:
    _hold(configurations(), 1, 100_000)
