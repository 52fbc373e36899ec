"""One build in a fresh process: `python -m benchmarks.first_build WAY NETWORK [FILE]` prints its CPU seconds.

TensorFlow keeps what it has compiled for a layer's shapes, so that a second build is another thing. Keras is imported
and started before. The ways: `archc`; `by-hand`, the function of that name in `benchmarks.by_hand`; `keras`, the one of
`keras.applications`. `save` writes the file of weights that `keras` reads, with random values.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from benchmarks.timing import seconds_of

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def main(way: str, name: str, weights: str | None = None) -> None:
    """Builds a network, without a file of weights with new ones."""
    import keras

    keras.ops.zeros(1)
    made: list[Any] = []
    match way:
        case "archc":
            import archc

            network = archc.load(name)
            print(seconds_of(lambda: made.append(network.build(weights=weights))))
        case "by-hand":
            from benchmarks import by_hand

            print(seconds_of(lambda: made.append(getattr(by_hand, name)())))
        case "keras":
            print(seconds_of(lambda: made.append(getattr(keras.applications, name)(weights=weights))))
        case "save":
            getattr(keras.applications, name)(weights=None).save(weights)
        case _:
            raise SystemExit(f"there is no way {way}")


if __name__ == "__main__":
    main(*sys.argv[1:])
