"""The names that Keras gives to layers, which it numbers in a process."""

from __future__ import annotations

import keras


def numbered_anew() -> None:
    """Keras numbers the names of layers from the start again.

    `clear_session` alone collects garbage too, which takes longer than most tests.
    """
    keras.backend.clear_session(free_memory=False)
