"""Images are classified as by the script that users of Keras write."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import yaml

import archc
from archc.diagnostics import SpecError
from archc.images.classification import ClassifiedImage, Classifier, classifier_of
from archc.images.imagenet import PUBLISHED, Published
from archc.language.document import Preprocess
from tests.images.files import photograph, saved
from tests.keras_files.test_applications import SHARED
from tests.weights.saved import randomize, write_legacy

SMALL = {
    "archc": 1,
    "name": "Small",
    "params": {"classes": 7},
    "input": [16, 16, 3],
    "preprocess": {"mode": "tf", "size": 20, "crop": 16},
    "layers": [
        {"Conv2D": {"filters": 4, "kernel_size": 3, "strides": 2, "activation": "relu"}, "name": "conv"},
        "Flatten",
        {"Dense": {"units": "$classes"}, "name": "logits"},
        {"Activation": "softmax", "name": "predictions"},
    ],
}


def by_keras(model: keras.Model, application: Any, paths: list[Path]) -> Any:
    """The script of the documentation of `keras.applications`; a row for each image."""
    preprocess_input = importlib.import_module(inspect.getmodule(application).__name__).preprocess_input  # type: ignore[union-attr]
    rows = []
    for path in paths:
        image = keras.utils.load_img(path, target_size=model.input_shape[1:3])
        x = preprocess_input(np.expand_dims(keras.utils.img_to_array(image), axis=0))
        rows.append(model.predict(x, verbose=0)[0])
    return np.stack(rows)


def check(spec: str, application: Any, paths: list[Path], folder: Path, side: int | None = None, **given: Any) -> None:
    """Holds a network to that of Keras with equal random weights."""
    keras.backend.clear_session()
    shape = None if side is None else (side, side, 3)
    theirs = randomize(application(weights=None, input_shape=shape, **given), seed=3)
    theirs.save_weights(folder / "random.weights.h5")
    wanted = by_keras(theirs, application, paths)
    network = archc.load(spec, inputs=shape)
    # as the script does: another batch sums in another order, which differs by about 1e-6
    found = network.classify(paths, weights=folder / "random.weights.h5", resize="keras", batch=1)
    assert [image.path for image in found] == paths
    for image, row in zip(found, wanted, strict=True):
        indices = [ranked.index for ranked in image.classes]
        values = [ranked.value for ranked in image.classes]
        assert abs(np.array(values) - np.sort(row)[:-6:-1]).max() < 1e-6
        assert abs(np.array(values) - row[indices]).max() < 1e-6
        assert len(set(indices)) == 5
        gaps = -np.diff(np.sort(row)[:-7:-1])
        assert gaps.min() < 1e-6 or indices == [*np.argsort(row)[:-6:-1]]


@pytest.fixture
def photographs(tmp_path: Path) -> list[Path]:
    return [
        saved(photograph(90, 70, seed=1), tmp_path / "a.jpg", quality=95),
        saved(photograph(60, 80, seed=2), tmp_path / "b.png"),
    ]


def test_the_classes_are_those_of_keras(photographs: list[Path], tmp_path: Path) -> None:
    check("mobilenet_v1_025", keras.applications.MobileNet, photographs, tmp_path, side=64, alpha=0.25)


@pytest.mark.slow
@pytest.mark.parametrize("spec", SHARED)
def test_the_classes_of_two_photographs_are_those_of_keras(spec: str, tmp_path: Path) -> None:
    folder = Path(pytest.importorskip("sklearn").__file__).parent / "datasets/images"
    check(spec, getattr(keras.applications, SHARED[spec]), [folder / "china.jpg", folder / "flower.jpg"], tmp_path)


# --- a small network ---


@pytest.fixture(scope="module")
def small() -> Any:
    return archc.loads(SMALL)


@pytest.fixture(scope="module")
def model(small: Any) -> Any:
    return randomize(small.build())


def test_batches_change_nothing(small: Any, model: Any, tmp_path: Path) -> None:
    paths = [saved(photograph(30, 20, seed), tmp_path / f"{seed}.png") for seed in range(5)]
    alone = small.classify(paths, model=model, batch=1, top=7)
    assert [image.path for image in alone] == paths
    for batch in (2, 5, 100):
        found = small.classify(paths, model=model, batch=batch, top=7)
        assert [[r.index for r in image.classes] for image in found] == [[r.index for r in i.classes] for i in alone]
        for one, other in zip(alone, found, strict=True):
            assert np.allclose([r.value for r in one.classes], [r.value for r in other.classes], atol=1e-6)


def test_the_classes_are_in_order_and_have_the_numbers_of_the_output(model: Any, tmp_path: Path) -> None:
    path = saved(photograph(16, 16), tmp_path / "a.png")
    section = {**SMALL, "preprocess": {"mode": "tf"}}
    (image,) = archc.loads(section).classify([path], model=model, top=100)
    (row,) = model.predict(np.asarray(photograph(16, 16), np.float32)[None] / 127.5 - 1, verbose=0)
    values = [ranked.value for ranked in image.classes]
    assert values == sorted(values, reverse=True)
    assert abs(sum(values) - 1) < 1e-6
    assert np.allclose([row[ranked.index] for ranked in image.classes], values, atol=1e-6)
    assert {ranked.name for ranked in image.classes} == {None}
    (first,) = archc.loads(section).classify([path], model=model, top=3)
    assert first.classes == image.classes[:3]


def test_classes_have_the_names_of_a_file(small: Any, model: Any, tmp_path: Path) -> None:
    path = saved(photograph(), tmp_path / "a.png")
    names = tmp_path / "names.txt"
    names.write_text("a\nb\nc\nd\ne\nf\ng\n", encoding="utf-8")
    (image,) = small.classify([path], model=model, labels=names)
    assert [ranked.name for ranked in image.classes] == ["abcdefg"[ranked.index] for ranked in image.classes]


def test_weights_are_those_of_a_file_or_of_the_model_file(small: Any, model: Any, tmp_path: Path) -> None:
    path = saved(photograph(), tmp_path / "a.png")
    model.save(tmp_path / "small.keras")
    (tmp_path / "small.yaml").write_text(
        "archc: 1\nname: Other\ninput: [16, 16, 3]\npreprocess: {mode: tf, size: 20, crop: 16}\nlayers: [Flatten]\n",
        encoding="utf-8",
    )
    wanted = small.classify([path], model=model)
    assert small.classify([path], weights=tmp_path / "small.keras") == wanted
    own = archc.load(tmp_path / "small.keras")
    assert own.classify([path], preprocess=tmp_path / "small.yaml") == wanted
    with pytest.raises(SpecError) as caught:
        own.classify([path])
    assert caught.value.first.code == "preprocess"
    with pytest.raises(SpecError) as caught:
        small.classify([path])
    assert caught.value.first.code == "no-weights"


def test_weights_of_keras_s_cache_are_loaded(
    small: Any, model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(tmp_path))
    monkeypatch.setitem(PUBLISHED, "small", Published("Small", "small/small_kernels.h5", None))
    write_legacy(model, tmp_path / "models/small_kernels.h5")
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(SMALL), encoding="utf-8")
    path = saved(photograph(), tmp_path / "a.png")
    found = archc.load(tmp_path / "small.yaml").classify([path], weights="imagenet")
    assert found == small.classify([path], model=model)


def test_the_first_image_that_is_wrong_is_an_error(small: Any, model: Any, tmp_path: Path) -> None:
    good = saved(photograph(), tmp_path / "a.png")
    bad = tmp_path / "b.png"
    bad.write_bytes(good.read_bytes()[:-300])
    with pytest.raises(SpecError) as caught:
        small.classify([good, bad], model=model)
    assert caught.value.first.code == "image"
    classifier = classifier_of(small.graph, small.spec.preprocess)
    found = [*classifier.classify(model, [bad, good, bad, bad, good], top=1, batch=3)]
    assert [isinstance(each, ClassifiedImage) for each in found] == [False, True, False, False, True]


def test_numbers_that_are_not_finite_are_an_error(small: Any, tmp_path: Path) -> None:
    broken = small.build()
    broken.get_layer("logits").kernel.assign(np.full(broken.get_layer("logits").kernel.shape, np.nan))
    with pytest.raises(SpecError) as caught:
        small.classify([saved(photograph(), tmp_path / "a.png")], model=broken)
    assert [found.code for found in caught.value.diagnostics] == ["output-not-finite"]


# --- what the numbers are ---


def classifier(*layers: Any, **sections: Any) -> Classifier:
    text = {"archc": 1, "name": "a", "input": [1, 1, 6], "layers": [*layers], **sections}
    text["layers"].insert(0, {"Conv2D": {"filters": 6, "kernel_size": 1}})
    text["input"] = [1, 1, 3]
    return classifier_of(archc.loads(text).graph, Preprocess())


@pytest.mark.parametrize(
    "layers",
    [
        ["Flatten", {"Dense": {"units": 5, "activation": "softmax"}}],
        ["Flatten", {"Activation": "softmax"}],
        ["Flatten", "Softmax"],
        ["Flatten", {"Softmax": {"axis": 1}}],
        ["Softmax", "Flatten"],
        [{"Conv2D": {"filters": 5, "kernel_size": 1, "activation": "softmax"}}, {"Reshape": [5]}],
        ["Softmax", {"Dropout": 0.1}, "Flatten", {"Activation": "linear"}],
    ],
)
def test_a_softmax_gives_probabilities(layers: list[Any]) -> None:
    assert classifier(*layers).values == "probability"


@pytest.mark.parametrize(
    "layers",
    [
        ["Flatten"],
        ["Flatten", {"Dense": 5}],
        ["Flatten", {"Dense": {"units": 5, "activation": "sigmoid"}}],
        ["Flatten", {"Activation": "log_softmax"}],
        [{"Softmax": {"axis": 1}}, "Flatten"],
        ["Softmax", "Flatten", "ReLU"],
        ["Flatten", "Softmax", {"Dense": 4}],
    ],
)
def test_other_numbers_are_scores(layers: list[Any]) -> None:
    assert classifier(*layers).values == "score"


def test_a_softmax_of_each_position_gives_no_probabilities_of_all() -> None:
    text = {"archc": 1, "name": "a", "input": [2, 2, 3], "layers": ["Softmax", "Flatten"]}
    assert classifier_of(archc.loads(text).graph, Preprocess()).values == "score"


@pytest.mark.parametrize(
    "text",
    [
        {"input": [8, 8, 3], "layers": ["ReLU"]},
        {"input": [None, None, 3], "layers": [{"GlobalAveragePooling2D": {"keepdims": True}}]},
        {"inputs": {"a": [8, 8, 3], "b": [8, 8, 3]}, "layers": [{"Add": ["a", "b"]}, "Flatten"]},
    ],
)
def test_a_network_that_classifies_no_images_is_refused(text: dict[str, Any]) -> None:
    with pytest.raises(SpecError) as caught:
        classifier_of(archc.loads({"archc": 1, "name": "a", **text}).graph, Preprocess(crop=8))
    assert [found.code for found in caught.value.diagnostics] == ["no-classifier"]


def test_of_several_outputs_the_main_one_counts(tmp_path: Path) -> None:
    """GoogLeNet's is its first; the other two are those of training."""
    text = {
        "archc": 1,
        "name": "a",
        "input": [8, 8, 3],
        "preprocess": {},
        "layers": [
            "Flatten",
            {"side": {"Dense": {"units": 3, "activation": "softmax"}}, "output": "aux"},
            {"Dense": {"units": 4, "activation": "softmax"}, "name": "main"},
        ],
    }
    network = archc.loads(text)
    found = classifier_of(network.graph, Preprocess())
    assert found.output == network.graph.main
    model = randomize(network.build())
    path = saved(photograph(8, 8), tmp_path / "a.png")
    (image,) = network.classify([path], model=model, top=9)
    wanted = model.predict(np.asarray(photograph(8, 8), np.float32)[None], verbose=0)[found.position][0]
    assert len(image.classes) == network.graph.outputs[network.graph.main].shape[0]
    assert np.allclose([ranked.value for ranked in image.classes], np.sort(wanted)[::-1], atol=1e-6)
