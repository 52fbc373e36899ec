"""How many generated cases a test runs: few in each run, many under `pytest -m slow`."""

from __future__ import annotations

import pytest


def generated_cases(few: int, many: int) -> pytest.MarkDecorator:
    """Gives a test its argument `cases`: `few`, and `many` where tests that take minutes run."""
    return pytest.mark.parametrize("cases", [few, pytest.param(many, marks=pytest.mark.slow)])
