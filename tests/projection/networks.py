"""Small random networks for projections, as steps of the reference and as specs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

import archc
from archc.network import Network
from tests.projection.reference import positions
from tests.targets.running import seeded

SHAPE = (9, 8, 2)


def sizes(shape: tuple[int, ...], window: Any, strides: Any, padding: str) -> tuple[int, int]:
    """The height and width that a window leaves."""
    axes = zip(shape[:2], window, strides, strict=True)
    height, width = [len(positions(size, wide, stride, padding)) for size, wide, stride in axes]
    return height, width


class Drawing:
    """Draws steps, and follows the shape."""

    def __init__(self, draw: Any, pools: bool, only_relu: bool) -> None:
        self.draw, self.only_relu = draw, only_relu
        kinds = ["Conv2D", "Conv2D", "BatchNormalization", "ReLU", "ZeroPadding2D", "merge"]
        self.kinds = kinds + (["MaxPooling2D", "MaxPooling2D", "AveragePooling2D"] if pools else [])
        self.number = 0

    def name(self) -> str:
        self.number += 1
        return f"layer_{self.number}"

    def steps(self, shape: tuple[int, ...], count: int, kinds: list[str]) -> tuple[list[Any], tuple[int, ...]]:
        steps = []
        for _ in range(count):
            step, shape = self.step(self.draw(st.sampled_from(kinds)), shape)
            steps.append(step)
        return steps, shape

    def step(self, kind: str, shape: tuple[int, ...]) -> tuple[Any, tuple[int, ...]]:
        if kind == "merge":
            return self.merge(shape)
        if kind == "ZeroPadding2D":
            return (kind, {"name": self.name()}), (shape[0] + 2, shape[1] + 2, shape[2])
        if kind == "BatchNormalization":
            return (kind, {"name": self.name()}), shape
        if kind == "ReLU":
            rectifiers: list[tuple[str, dict[str, Any]]] = [("ReLU", {})]
            if not self.only_relu:
                rectifiers += [
                    ("ReLU", {"max_value": 6}),
                    ("ReLU", {"max_value": 1}),
                    ("LeakyReLU", {"negative_slope": 0.25}),
                ]
            op, arguments = self.draw(st.sampled_from(rectifiers))
            return (op, {**arguments, "name": self.name()}), shape
        return self.window(kind, shape)

    def window(self, kind: str, shape: tuple[int, ...], same: bool = False) -> tuple[Any, tuple[int, ...]]:
        """A convolution or pooling; with `same`, one that keeps the sizes."""
        draw = self.draw
        window = [draw(st.integers(1, min(3, size))) for size in shape[:2]]
        strides = [1, 1] if same or (kind == "Conv2D" and draw(st.booleans())) else [draw(st.integers(1, 2))] * 2
        padding = "same" if same else draw(st.sampled_from(["same", "valid"]))
        arguments: dict[str, Any] = {"name": self.name(), "strides": strides, "padding": padding}
        height, width = sizes(shape, window, strides, padding)
        if kind != "Conv2D":
            return (kind, {**arguments, "pool_size": window}), (height, width, shape[2])
        activation = draw(st.sampled_from(["relu", "linear"]))
        filters = draw(st.integers(1, 3))
        step = (kind, {**arguments, "filters": filters, "kernel_size": window, "activation": activation})
        return step, (height, width, filters)

    def merge(self, shape: tuple[int, ...]) -> tuple[Any, tuple[int, ...]]:
        op = self.draw(st.sampled_from(["Add", "Concatenate"]))
        branches, widths = [], []
        for _ in range(2):
            step, left = self.window("Conv2D", shape, same=True)
            if op == "Add":
                step = (step[0], {**step[1], "filters": shape[2]})
                left = shape
            more, _ = self.steps(left, self.draw(st.integers(0, 1)), ["ReLU", "BatchNormalization"])
            branches.append([step, *more])
            widths.append(left[2])
        if self.draw(st.booleans()):
            branches[1], widths[1] = [], shape[2]
        return (op, branches), (*shape[:2], shape[2] if op == "Add" else sum(widths))


@st.composite
def networks(draw: Any, *, pools: bool = True, only_relu: bool = False) -> list[Any]:
    """The steps of a network; some end in a dense layer."""
    drawing = Drawing(draw, pools, only_relu)
    steps, _ = drawing.steps(SHAPE, draw(st.integers(2, 5)), drawing.kinds)
    if draw(st.booleans()):
        steps.append(("Flatten", {"name": drawing.name()}))
        steps.append(
            ("Dense", {"units": 4, "activation": draw(st.sampled_from(["relu", "linear"])), "name": drawing.name()})
        )
    return steps


def spec_steps(steps: list[Any]) -> Iterator[Any]:
    """Steps as a spec has them."""
    for op, arguments in steps:
        if isinstance(arguments, list):
            yield {op: [[*spec_steps(branch)] for branch in arguments]}
        else:
            given = {key: value for key, value in arguments.items() if key != "name"}
            yield {op: given or None, "name": arguments["name"]}


def network(steps: list[Any], shape: tuple[int, ...] = SHAPE) -> Network:
    layers = [*spec_steps(steps), {"Identity": None, "name": "end"}]
    return archc.loads({"archc": 1, "name": "Random", "input": [*shape], "layers": layers})


def made(net: Network) -> tuple[Any, dict[str, list[Any]]]:
    """A model with random weights, and these by layer."""
    model = seeded(net.build())
    return model, {layer.name: layer.get_weights() for layer in model.layers if layer.weights}
