"""How many cases a test runs: few in each run, all or many under `pytest -m slow`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from archc.ir.op import Op


def generated_cases(few: int, many: int) -> pytest.MarkDecorator:
    """Gives a test its argument `cases`: `few`, and `many` where tests that take minutes run."""
    return pytest.mark.parametrize("cases", [few, pytest.param(many, marks=pytest.mark.slow)])


def every_or_few(cases: Iterable[Any], few: int) -> list[Any]:
    """All cases as parameters of a test, those that are not among the few marked as slow.

    Args:
        cases: texts, numbers, or tuples of them.
        few: how many run each time; they are spread over the cases.
    """
    listed = list(cases)
    step = max(1, len(listed) // few)
    chosen = set(range(0, step * few, step))
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)),
            id="-".join(map(str, case)) if isinstance(case, tuple) else str(case),
            marks=() if place in chosen else pytest.mark.slow,
        )
        for place, case in enumerate(listed)
    ]


def pace() -> float:
    """How many times longer this machine takes just now than a free one; at least 1."""
    began = time.process_time()
    sum(number % 7 for number in range(10**6))
    return max(1.0, (time.process_time() - began) / 0.05)


def with_tensors(op: type[Op], arguments: Mapping[str, Any], names: list[str]) -> tuple[dict[str, Any], list[str]]:
    """The arguments of an example as a spec has them, and the names that are left for `from`.

    Args:
        op: the op.
        arguments: of the example, where a tensor has the mark of one.
        names: of the tensors that the layer takes.
    """
    tensors = [name for name in op.tensor_arguments if arguments.get(name) is not None]
    left = len(names) - len(tensors)
    read = {name: f"${tensor}" for name, tensor in zip(tensors, names[left:], strict=True)}
    return {**arguments, **read}, names[:left]


def type_of_input(op: Op) -> str:
    """Floats where the op takes them, else another type that it takes."""
    return next(dtype for dtype in ("float32", "string", "int64") if dtype in op.input_types)
