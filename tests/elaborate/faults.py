"""Faults that people make, each as a change to a spec that works.

A change marks the place that its diagnostic must have with `¦`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from archc.diagnostics import Diagnostic, SpecError
from archc.network import load

EXAMPLES = Path(__file__).parents[1] / "language" / "examples"
MARK = "¦"


@dataclass(frozen=True)
class Change:
    """A fault: the code that it must get, and the text that makes it."""

    fault: str
    code: str
    file: str
    old: str
    new: str

    @property
    def ends_reading(self) -> bool:
        """Whether YAML itself cannot be read on."""
        return self.code in ("tab", "unclosed-expression")


def lenet(fault: str, code: str, old: str, new: str) -> Change:
    return Change(fault, code, "lenet5.yaml", old, new)


def resnet(fault: str, code: str, old: str, new: str) -> Change:
    return Change(fault, code, "resnet.yaml", old, new)


def resnet50(fault: str, code: str, old: str, new: str) -> Change:
    return Change(fault, code, "resnet50.yaml", old, new)


C1 = "  - AveragePooling2D: 2\n    name: S2\n"
FLATTEN = "  - Flatten\n"
POOL = "    shape: [56, 56, 64]\n"
INPUT = "input: [32, 32, 1]\n"

LENET = [
    lenet(
        "misspelt op", "unknown-op", "  - AveragePooling2D: 2\n    name: S4", "  - ¦AveragePoolng2D: 2\n    name: S4"
    ),
    lenet("misspelt argument", "unknown-argument", "16, kernel_size: 5", "16, ¦kernal_size: 5"),
    lenet("misspelt parameter", "unknown-name", "units: $classes", "units: $¦clases"),
    lenet("text for a number", "argument", "units: 84", "units: ¦many"),
    lenet("kernel too large", "shape", "120, kernel_size: 5", "120, kernel_size: ¦50"),
    lenet("groups", "shape", C1, "  - Conv2D: {filters: 8, kernel_size: 1, groups: ¦4}\n" + C1),
    lenet("unequal Add", "shape", C1, "  - ¦Add: [[], {Conv2D: {filters: 7, kernel_size: 1}}]\n" + C1),
    lenet("unknown tensor", "unknown-tensor", FLATTEN, "  - ReLU:\n    from: ¦stem\n" + FLATTEN),
    lenet("name twice", "name-taken", FLATTEN, "  - ReLU:\n    name: ¦C1\n" + FLATTEN),
    lenet("key twice", "duplicate-key", "year: 1998", "year: 1998, ¦year: 1999"),
    lenet("unknown key", "unknown-key", INPUT, "¦licence: MIT\n" + INPUT),
    lenet("missing argument", "missing-argument", FLATTEN, "  - ¦Conv2D: {filters: 8}\n" + FLATTEN),
    lenet(
        "block in itself",
        "recursion",
        "layers:\n  - Conv2D",
        "blocks:\n  again:\n    layers:\n      - ReLU\n      - ¦again\nlayers:\n  - again\n  - Conv2D",
    ),
    lenet("circle", "circle", "params:\n  classes", "extends: ¦./lenet5.yaml\nparams:\n  classes"),
    lenet("bracket", "unclosed-expression", FLATTEN, "  - Dropout: {rate: ¦$(rates[0])}\n" + FLATTEN),
    lenet("tab", "tab", "    name: F6\n", "¦\tname: F6\n"),
    lenet("zero stride", "argument", FLATTEN, "  - MaxPooling2D: {pool_size: 1, strides: ¦0}\n" + FLATTEN),
]
RESNET = [
    resnet("misspelt op", "unknown-op", "- BatchNormalization:", "- ¦BatchNormalisation:"),
    resnet(
        "misspelt argument",
        "unknown-argument",
        "$(4 * width), kernel_size: 1, relu: false}\n              name: 3",
        "$(4 * width), ¦kernal_size: 1, relu: false}\n              name: 3",
    ),
    resnet(
        "misspelt parameter",
        "unknown-name",
        "when: $(strides > 1 or x.channels != 4 * width)",
        "when: $(strides > 1 or x.channels != 4 * ¦widht)",
    ),
    resnet("text for a number", "argument", "filters: 64, kernel_size: 7", "filters: ¦many, kernel_size: 7"),
    resnet("kernel too large", "shape", POOL, POOL + "  - Conv2D: {filters: 64, kernel_size: ¦300}\n"),
    resnet("groups", "shape", "  - GlobalAv", "  - Conv2D: {filters: 12, kernel_size: 1, groups: ¦12}\n  - GlobalAv"),
    resnet(
        "unequal Add",
        "shape",
        "      - Add:\n          residual:\n            - conv_bn: {filters: $width, kernel_size: 1, strides: $strides}",
        "      - ¦Add:\n          other: {Conv2D: {filters: 7, kernel_size: 1, strides: $strides}}\n          residual:\n"
        "            - conv_bn: {filters: $width, kernel_size: 1, strides: $strides}",
    ),
    resnet(
        "unknown tensor",
        "unknown-tensor",
        "  - GlobalAveragePooling2D\n",
        "  - GlobalAveragePooling2D:\n    from: ¦stem\n",
    ),
    resnet(
        "name twice", "name-taken", "kernel_size: 3}\n              name: 2", "kernel_size: 3}\n              name: ¦1"
    ),
    resnet50(
        "key twice", "duplicate-key", "  depths: [3, 4, 6, 3]\n", "  depths: [3, 4, 6, 3]\n  ¦depths: [3, 4, 6, 3]\n"
    ),
    resnet50("unknown key", "unknown-key", "params:\n", "¦licence: MIT\nparams:\n"),
    resnet("missing argument", "missing-argument", "  - Dense:", "  - ¦Dense: {activation: relu}\n  - Dense:"),
    resnet(
        "block in itself",
        "recursion",
        "      - ReLU\n\nlayers",
        "      - ReLU\n      - ¦bottleneck: {width: $width}\n\nlayers",
    ),
    resnet("circle", "circle", "params:\n  unit", "extends: ¦resnet50\nparams:\n  unit"),
    resnet("bracket", "unclosed-expression", POOL, POOL + "  - Dropout: {rate: ¦$(depths[0])}\n"),
    resnet("tab", "tab", "    name: predictions", "¦\tname: predictions"),
    resnet("zero stride", "argument", "pool_size: 3, strides: 2", "pool_size: 3, strides: ¦0"),
]


def changed(files: dict[str, str], changes: list[Change]) -> tuple[dict[str, str], list[tuple[str, int, int, str]]]:
    """The files with the changes in them, and the places and codes that must be told."""
    for change in changes:
        text = files[change.file]
        assert text.count(change.old) >= 1, change.fault
        files = {**files, change.file: text.replace(change.old, change.new, 1)}
    places = []
    for file, text in files.items():
        for number, line in enumerate(text.split("\n"), 1):
            for change in changes:
                marked = next(part for part in change.new.split("\n") if MARK in part)
                if change.file == file and marked in line and MARK in line:
                    places.append((file, number, line.index(MARK) + 1, change.code))
    return {file: text.replace(MARK, "") for file, text in files.items()}, sorted(set(places))


def told(path: Path) -> list[tuple[str, int, int, str]]:
    """What is told of a spec: file, line, column and code of each diagnostic."""
    return [place_of(found) for found in diagnostics(path)]


def place_of(found: Diagnostic) -> tuple[str, int, int, str]:
    assert found.position is not None, found.message
    return Path(found.position.file).name, found.position.line, found.position.column, found.code


def diagnostics(path: Path) -> tuple[Diagnostic, ...]:
    """The diagnostics of a spec at a path; none where it compiles."""
    try:
        load(path)
    except SpecError as error:
        return error.diagnostics
    return ()
