"""The weights that a transplant takes: in a model file, in a file of weights, or in a model."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import Any

from archc.diagnostics import SpecError, printable
from archc.ir.graph import Graph
from archc.keras_files.model_text import ModelText
from archc.keras_files.model_weights import partners_in_model
from archc.weights.loading import Flatten, partners_in
from archc.weights.saved_file import open_weights
from archc.weights.transplant import TransplantPlan
from archc.weights.transplanting import Arrays, arrays_in, arrays_of


@contextmanager
def opened_arrays(
    model: str | PathLike[str] | Any, plan: TransplantPlan, whole: Graph, text: ModelText | None, flatten: Flatten
) -> Iterator[Arrays]:
    """The weights of the old network of a plan, not read yet.

    Args:
        model: a file, or a model that was built of the network.
        plan: what is taken.
        whole: the old network as if no outputs had been set.
        text: the configuration that the network was read from; None for a spec.
        flatten: as for `partners_in`.

    Raises:
        SpecError: the file cannot be read, or the weights are not those of the network.
    """
    if not isinstance(model, str | PathLike):
        yield arrays_of(plan.old, model)
        return
    path = Path(model)
    with open_weights(path, len(whole.nodes)) as opened:
        if _is_own(path, text):
            sources = dict.fromkeys(planned.source.layer for planned in plan.taken if planned.source)
            assert text is not None
            yield arrays_in(opened, partners_in_model(text, opened, sources, whole))
        else:
            yield arrays_in(*partners_in(opened, plan.old, whole, flatten))


def _is_own(path: Path, text: ModelText | None) -> bool:
    """Whether a file is the one that a configuration was read from: it tells the layers by their places."""
    return text is not None and text.path is not None and text.has_weights and os.path.samefile(path, text.path)


def weights_alone(path: str, error: SpecError) -> SpecError:
    """The error where a file has no model: of a file of weights it says what is lacking, else it is the same."""
    if error.first.code != "model-kind":
        return error
    try:
        with open_weights(Path(path), 0):
            message = f"`{printable(path[:200])}` has weights and no configuration, which tells their layers"
            return SpecError.of("model-kind", message, None, "`--from SPEC` says of which network they are")
    except SpecError:
        return error
