"""What weights of another network are good for, on the digits that scikit-learn ships.

1,797 images of handwritten digits, 8x8 pixels, of which a fifth is held out. They are scaled to 24x24 in the middle of
32x32. Each part is repeated with five seeds. `python -m benchmarks.digits` runs all of them; a name or several
(`lenet5`, `vgg`, `classifier`) choose parts.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import archc

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

SEEDS = range(5)
SPECS = Path(__file__).parent / "specs"


class Images(NamedTuple):
    """Images of 32x32x1 between 0 and 1, and their classes."""

    train: Any
    train_classes: Any
    held_out: Any
    held_out_classes: Any

    def of_classes(self, first: int, last: int) -> Images:
        """The images of some classes, which are numbered from 0."""
        chosen = [(classes >= first) & (classes <= last) for classes in (self.train_classes, self.held_out_classes)]
        return Images(
            self.train[chosen[0]],
            self.train_classes[chosen[0]] - first,
            self.held_out[chosen[1]],
            self.held_out_classes[chosen[1]] - first,
        )

    def first_of_each_class(self, count: int) -> Images:
        """The same with fewer images to train on."""
        import numpy as np

        classes = np.unique(self.train_classes)
        chosen = np.concatenate([np.flatnonzero(self.train_classes == one)[:count] for one in classes])
        return self._replace(train=self.train[chosen], train_classes=self.train_classes[chosen])


@cache
def digits() -> Images:
    """The images, a fifth of each class held out."""
    import keras
    import numpy as np
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    found = load_digits()
    pixels = (found.images / 16).astype("float32")[..., np.newaxis]
    scaled = np.asarray(keras.ops.image.resize(pixels, (24, 24), interpolation="bilinear"))
    images = np.pad(scaled, ((0, 0), (4, 4), (4, 4), (0, 0)))
    train, held_out, train_classes, held_out_classes = train_test_split(
        images, found.target, test_size=0.2, random_state=0, stratify=found.target
    )
    return Images(train, train_classes, held_out, held_out_classes)


def batches(images: Images, size: int, seed: int, *, shifted: bool = False) -> Iterator[tuple[Any, Any]]:
    """Batches without end, in another order in each epoch; `shifted` moves each image by up to two pixels."""
    import numpy as np

    random = np.random.default_rng(seed)
    while True:
        order = random.permutation(len(images.train))
        for start in range(0, len(order) - size + 1, size):
            chosen = order[start : start + size]
            inputs = images.train[chosen]
            if shifted:
                moves = random.integers(-2, 3, (size, 2))
                inputs = np.stack([np.roll(one, move, (0, 1)) for one, move in zip(inputs, moves, strict=True)])
            yield inputs, images.train_classes[chosen]


def train(model: Any, given: Iterator[tuple[Any, Any]], steps: int) -> None:
    """Trains for a number of steps."""
    for _ in range(steps):
        model.train_on_batch(*next(given))


def loss(model: Any, images: Images) -> float:
    """The mean cross-entropy on the images to train on, without dropout."""
    import numpy as np

    likely = np.asarray(model(images.train, training=False))[range(len(images.train)), images.train_classes]
    return float(-np.log(np.maximum(likely, 1e-12)).mean())


def accuracy(model: Any, images: Images) -> float:
    """The share of the held-out images that are recognized."""
    found = model(images.held_out, training=False)
    return float((found.numpy().argmax(axis=1) == images.held_out_classes).mean())


def compiled(model: Any, optimizer: Any) -> Any:
    """The model, ready to be trained."""
    model.compile(optimizer, "sparse_categorical_crossentropy", jit_compile=False)
    return model


def seeded(seed: int) -> None:
    """Makes what Keras draws the same in each run."""
    import keras

    keras.utils.set_random_seed(seed)


# --- LeNet-5 ---

LENET_STEPS = 1000


def lenet5(seed: int, images: Images, steps: int, classes: int = 10) -> Any:
    """LeNet-5, trained with Adam, images shifted by up to two pixels."""
    import keras

    seeded(seed)
    rate = keras.optimizers.schedules.CosineDecay(2e-3, steps)
    model = compiled(archc.load("lenet5", classes=classes).build(), keras.optimizers.Adam(rate))
    train(model, batches(images, 32, seed, shifted=True), steps)
    return model


def lenet_report() -> Iterator[str]:
    """How well LeNet-5 does."""
    images = digits()
    yield f"LeNet-5, {LENET_STEPS:,} steps of 32 images of {len(images.train):,}, {len(images.held_out)} held out"
    for seed in SEEDS:
        began = time.perf_counter()
        model = lenet5(seed, images, LENET_STEPS)
        taken = time.perf_counter() - began
        yield f"  seed {seed}   {100 * accuracy(model, images):5.1f}% of the held-out images   {taken:5.1f} s"


# --- VGG's staged start ---

SHALLOW_STEPS = 400
MOST_STEPS = 3000
EVERY = 100
INITIALIZERS: dict[str, Any] = {
    "the paper's, a normal distribution of variance 0.01": {"RandomNormal": {"stddev": 0.1}},
    "He's": "he_normal",
}


def vgg_report() -> Iterator[str]:
    """Steps that a deep network needs to reach the loss of a shallow one, begun with its weights and begun anew."""
    yield f"narrow VGG-D: steps of 32 images to the loss of VGG-A after {SHALLOW_STEPS} steps, at most {MOST_STEPS:,}"
    for title, initializer in INITIALIZERS.items():
        yield f"  initializer: {title}"
        for seed in SEEDS:
            yield f"    seed {seed}   {staged_line(seed, initializer)}"


def staged_line(seed: int, initializer: Any) -> str:
    """Both ways of one seed."""
    images = digits()
    shallow, deep = (archc.load(SPECS / f"vgg_{name}.yaml", initializer=initializer) for name in "ad")
    seeded(seed)
    model = with_momentum(shallow.build())
    train(model, batches(images, 32, seed), SHALLOW_STEPS)
    wanted = loss(model, images)
    begun = {
        "staged": with_momentum(shallow.transplant(model, deep, seed=seed)),
        "every counterpart": with_momentum(shallow.transplant(model, deep, seed=seed, all_counterparts=True)),
        "anew": with_momentum(deep.build()),
    }
    ends = [f"{way} {steps_to(one, images, wanted, seed)}" for way, one in begun.items()]
    return f"A's loss {wanted:.3f}   {'   '.join(ends)}"


def with_momentum(model: Any) -> Any:
    """The model, to be trained as in the paper's Section 3.1, at a constant rate."""
    import keras

    return compiled(model, keras.optimizers.SGD(0.01, momentum=0.9))


def steps_to(model: Any, images: Images, wanted: float, seed: int) -> str:
    """The steps until the loss is as low as wanted; if it is not within the limit, the loss at the end."""
    given = batches(images, 32, seed)
    for step in range(EVERY, MOST_STEPS + 1, EVERY):
        train(model, given, EVERY)
        if loss(model, images) <= wanted:
            return f"{step:,} steps"
    return f"not reached (loss {loss(model, images):.3f})"


# --- a new classifier ---

FEW = 10
CHECKED = (25, 50, 100, 200)


def classifier_report() -> Iterator[str]:
    """LeNet-5 learns five other digits from few images, with the features of five digits and anew."""
    yield f"LeNet-5 on the digits 5 to 9, {FEW} images of each: held-out images recognized, median of the seeds"
    found: dict[str, list[list[float]]] = {"new classifier on 0 to 4": [], "anew": []}
    for seed in SEEDS:
        for way, measured in zip(found, fine_tuned(seed), strict=True):
            found[way].append(measured)
    yield f"  {'steps':24} {'  '.join(f'{step:6}' for step in CHECKED)}"
    for way, runs in found.items():
        yield f"  {way:24} {'  '.join(f'{100 * median(ones):5.1f}%' for ones in zip(*runs, strict=True))}"


def fine_tuned(seed: int) -> Iterator[list[float]]:
    """The shares after some steps: with a new classifier on trained features, and anew."""
    import keras

    known, others = digits().of_classes(0, 4), digits().of_classes(5, 9).first_of_each_class(FEW)
    network = archc.load("lenet5", classes=5)
    with TemporaryDirectory() as folder:
        path = Path(folder, "known.weights.h5")
        lenet5(seed, known, LENET_STEPS // 2, classes=5).save_weights(path)
        seeded(seed)
        begun = [network.build(weights=path, reinitialize=["output"]), network.build()]
    for model in begun:
        given = batches(others, 10, seed, shifted=True)
        compiled(model, keras.optimizers.Adam(1e-3))
        measured = []
        for step, before in zip(CHECKED, (0, *CHECKED), strict=False):
            train(model, given, step - before)
            measured.append(accuracy(model, others))
        yield measured


PARTS = {"lenet5": lenet_report, "vgg": vgg_report, "classifier": classifier_report}


def main(names: list[str]) -> None:
    """Runs the parts of these names; all without names."""
    for name in names or list(PARTS):
        if name not in PARTS:
            raise SystemExit(f"no part is called {name}; there are: {', '.join(PARTS)}")
        for line in PARTS[name]():
            print(line, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
