"""The weights that Keras publishes: which file, and what becomes of it."""

from __future__ import annotations

import urllib.error
from pathlib import Path
from typing import Any

import keras
import pytest

from archc.diagnostics import SpecError
from archc.images.imagenet import PUBLISHED, library_name, trained_weights
from tests.keras_files.test_applications import SHARED


class Asked(Exception):
    """Keras asks for a file."""


def asked(application: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What Keras downloads for a network."""
    given: dict[str, Any] = {}

    def get_file(fname: str, origin: str, **options: Any) -> None:
        given.update({"name": fname, "origin": origin, "md5": options.pop("file_hash", None), **options})
        raise Asked

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", get_file)
    keras.backend.clear_session()
    with pytest.raises(Asked):
        getattr(keras.applications, application)(weights="imagenet")
    return given


def ours(label: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What archc asks Keras for."""
    given: dict[str, Any] = {}

    def get_file(fname: str, origin: str, *, cache_subdir: str, file_hash: str | None) -> str:
        given.update(name=fname, origin=origin, md5=file_hash, cache_subdir=cache_subdir)
        return "file"

    monkeypatch.setattr(keras.utils, "get_file", get_file)
    assert trained_weights(label, "imagenet", has_own=False) == Path("file")
    return given


def check(spec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ours(spec, monkeypatch) == asked(SHARED[spec], monkeypatch)


def test_each_file_is_of_a_network_that_keras_has_too() -> None:
    assert {name: published.application for name, published in PUBLISHED.items()}.items() <= SHARED.items()


@pytest.mark.parametrize("spec", ["mobilenet_v1", "xception"])
def test_the_file_is_that_of_keras(spec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check(spec, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("spec", PUBLISHED)
def test_every_file_is_that_of_keras(spec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check(spec, monkeypatch)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("vgg16", "vgg16"),
        ("specs/vgg/vgg16.yaml", "vgg16"),
        ("git:HEAD:specs/vgg/vgg16.yaml", "vgg16"),
        ("keras:ResNet50", "resnet50_keras"),
        ("keras:ResNet50?classes=1000", "resnet50_keras"),
    ],
)
def test_a_network_is_known_by_its_name(label: str, name: str) -> None:
    assert library_name(label) == name


@pytest.mark.parametrize(
    ("label", "hint"),
    [
        ("resnet50", "did you mean `resnet50_keras`?"),
        ("keras:EfficientNetB0", "there are some"),
        ("lenet5", "there are some"),
    ],
)
def test_of_other_networks_there_is_no_file(label: str, hint: str) -> None:
    with pytest.raises(SpecError) as caught:
        trained_weights(label, "imagenet", has_own=False)
    assert caught.value.first.code == "imagenet"
    assert (caught.value.first.hint or "").startswith(hint)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of models of an empty cache of Keras's, on a machine without a network."""

    def urlretrieve(*_: Any) -> None:
        raise urllib.error.URLError("no network")

    monkeypatch.setattr("keras.src.backend.config._KERAS_DIR", str(tmp_path))
    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", urlretrieve)
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


def test_a_file_in_the_cache_is_taken(cache: Path) -> None:
    path = cache / "mobilenet_1_0_224_tf.h5"
    path.touch()
    assert trained_weights("mobilenet_v1", "imagenet", has_own=False) == path


def test_without_a_network_there_is_one_error(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SpecError) as caught:
        trained_weights("mobilenet_v1", "imagenet", has_own=False)
    (found,) = caught.value.diagnostics
    assert found.code == "imagenet"
    assert "no network" in found.message
    assert capsys.readouterr().out == ""
    assert not [*cache.iterdir()]


def test_a_file_that_is_not_the_published_one_is_refused(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def other(_: str, path: str, __: Any) -> None:
        Path(path).write_bytes(b"other")

    monkeypatch.setattr("keras.src.utils.file_utils.urlretrieve", other)
    with pytest.raises(SpecError) as caught:
        trained_weights("vgg16", "imagenet", has_own=False)
    assert "hash does not match" in caught.value.first.message
    assert cache.is_dir()


def test_a_file_is_named_or_the_model_has_weights() -> None:
    assert trained_weights("vgg16", "mine.h5", has_own=False) == Path("mine.h5")
    assert trained_weights("mine.keras", None, has_own=True) is None
    with pytest.raises(SpecError) as caught:
        trained_weights("vgg16", None, has_own=False)
    assert caught.value.first.code == "no-weights"
