"""`archc check vgg16` as a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from statistics import median

from benchmarks.timing import in_turn, process_seconds, ratio

IMPORTS = "import pydantic, yaml\nclass Model(pydantic.BaseModel):\n    depth: int\nModel(depth=16)"
KERAS = "import keras\nkeras.applications.VGG16(weights=None).summary()"


def report() -> Iterator[str]:
    """CPU seconds, and the ratios to a process that only imports, and to one that builds the model in Keras."""
    quick = in_turn(
        {
            "archc check vgg16": partial(process_seconds, ["-m", "archc", "check", "vgg16"]),
            "import pydantic and PyYAML": partial(process_seconds, ["-c", IMPORTS]),
        },
        rounds=11,
    )
    slow = in_turn(
        {
            "archc check vgg16": partial(process_seconds, ["-m", "archc", "check", "vgg16"]),
            "build VGG16 in Keras": partial(process_seconds, ["-c", KERAS]),
        },
        rounds=3,
    )
    ours, imports = quick["archc check vgg16"], quick["import pydantic and PyYAML"]
    yield "a cold process, CPU seconds (median)"
    yield f"  archc check vgg16            {median(ours):7.3f}"
    yield f"  import pydantic and PyYAML   {median(imports):7.3f}   archc takes {ratio(ours, imports):.2f}x"
    keras = slow["build VGG16 in Keras"]
    times = ratio(keras, slow["archc check vgg16"])
    yield f"  build VGG16 in Keras         {median(keras):7.3f}   Keras takes {times:.0f}x"
