"""Where a model comes from: a file, a network of `keras.applications`, or a function of a user's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from archc.elaborate.expand import Settings
from archc.keras_files.kinds import python_function
from archc.keras_files.model_text import ModelText, read_model_file


def model_text(label: str, settings: Settings) -> tuple[ModelText, Settings]:
    """The configuration of the model that a user's text names, and the settings that it does not take itself.

    Raises:
        SpecError: there is no such model, or it cannot be read.
    """
    if label.startswith("keras:"):
        from archc.keras_files.made_models import application_text

        return application_text(label, settings.params), replace(settings, params={})
    if (found := python_function(label)) is not None:
        from archc.keras_files.made_models import function_text

        return function_text(*found), settings
    return read_model_file(Path(label)), settings
