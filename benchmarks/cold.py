"""Commands as processes of their own, beside processes that only import what any such command needs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks.row import Row, Side
from benchmarks.timing import loop_seconds, process_seconds

IMPORTS = "import pydantic, yaml\nclass Model(pydantic.BaseModel):\n    depth: int\nModel(depth=16)"
KERAS = "import keras\nkeras.applications.VGG16(weights=None).summary()"
COMPLETION = {"_ARCHC_COMPLETE": "bash_complete", "COMP_WORDS": "archc check vg", "COMP_CWORD": "2"}


def archc(*arguments: str, **environment: str) -> Side:
    """A command, by default without what earlier ones kept."""
    return partial(process_seconds, ["-m", "archc", *arguments], **{"ARCHC_CACHE": "", **environment})


def _python(code: str) -> Side:
    return partial(process_seconds, ["-c", code])


def _cached(*arguments: str) -> Row:
    """A command that finds what the same command kept, beside the import that no command does without."""
    return Row(
        f"archc {' '.join(arguments)}, kept before",
        "import click",
        lambda folder: (archc(*arguments, ARCHC_CACHE=str(folder)), _python("import click")),
        goal=1.5,
        rounds=7,
    )


def _quick(title: str, *arguments: str, **environment: str) -> Row:
    sides = archc(*arguments, **environment), _python("import click")
    return Row(title, "import click", lambda _: sides, goal=1.5, rounds=7)


def rows() -> Iterator[Row]:
    check = archc("check", "vgg16")
    imports = "import pydantic and PyYAML"
    yield Row("archc check vgg16", imports, lambda _: (check, _python(IMPORTS)), goal=1.45, rounds=11)
    yield _cached("check", "vgg16")
    yield _cached("list")
    yield _cached("schema")
    yield _quick("archc show vgg16", "show", "vgg16")
    yield _quick("archc --version", "--version")
    yield _quick("completion of `archc check vg`", **COMPLETION)
    yield Row("archc check vgg16", "VGG16 of keras.applications", lambda _: (check, _python(KERAS)), rounds=3)
    yield Row("archc plot vgg16", "archc summary vgg16", lambda _: (archc("plot", "vgg16"), archc("summary", "vgg16")))
    specs = archc("check", str(_SPECS))
    yield Row("archc check specs", "a loop", lambda _: (specs, loop_seconds), goal=164, rounds=1, warm_up=False)


_SPECS = Path(__file__).parent.parent / "specs"
