"""The names of classes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from archc import limits
from archc.diagnostics import SpecError
from archc.images.labels import class_names

INDEX = {str(place): [f"n{place:08}", f"class_{place}"] for place in range(1000)}


def written(folder: Path, content: Any) -> Path:
    path = folder / "names.txt"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which Keras keeps its files."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    (tmp_path / "home/models").mkdir(parents=True)
    return tmp_path / "home"


@pytest.mark.parametrize(
    "content",
    [
        b"cat\nred dog\nb\xc3\xa4r",
        b"\xef\xbb\xbfcat\r\nred dog \r\nb\xc3\xa4r\r\n\n",
        ["cat", "red dog", "bär"],
        {"2": "bär", "0": "cat", "1": "red dog"},
        {"0": ["n01", "cat"], "1": ["n02", "red dog"], "2": ["n03", "bär"]},
    ],
)
def test_names_are_read(content: Any, tmp_path: Path) -> None:
    assert class_names(written(tmp_path, content), 3) == ["cat", "red dog", "bär"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"cat\ndog", "has 2 names, and the network 3 classes"),
        (b"", "has 0 names"),
        (b"\xff\xfe", "is no text in UTF-8"),
        (b"[1, 2, 3]", "1 is no name"),
        (b'["a", "b", null]', "None is no name"),
        (b'["a", "b", []]', "[] is no name"),
        (b'{"0": "a", "1": "b", "3": "c"}', "there is no class 2"),
        (b'{"0": "a"', "is neither a list of names nor Keras's index"),
        (b"[" * 100_000, "is neither a list of names nor Keras's index"),
        (b'["a", "b", 1' + b"0" * 5000 + b"]", "is neither a list of names nor Keras's index"),
    ],
)
def test_what_has_no_name_for_each_class_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = written(tmp_path, content)
    with pytest.raises(SpecError) as caught:
        class_names(path, 3)
    (found,) = caught.value.diagnostics
    assert found.code == "labels"
    assert found.message.startswith(f"`{path}` ")
    assert message in found.message


def test_a_large_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, b"cat\ndog")
    monkeypatch.setattr(limits, "FILE_BYTES", 7)
    assert class_names(path, 2) == ["cat", "dog"]
    monkeypatch.setattr(limits, "FILE_BYTES", 6)
    with pytest.raises(SpecError):
        class_names(path, 2)


def test_keras_s_index_names_a_thousand_classes(home: Path) -> None:
    (home / "models/imagenet_class_index.json").write_text(json.dumps(INDEX), encoding="utf-8")
    assert class_names(None, 1000) == [f"class_{place}" for place in range(1000)]
    assert class_names(None, 999) is None


@pytest.mark.usefixtures("home")
def test_without_the_index_classes_have_no_names() -> None:
    assert class_names(None, 1000) is None


def test_the_cache_is_where_keras_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from archc.images import labels

    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert labels._keras_home() == tmp_path / ".keras"
    monkeypatch.setenv("HOME", str(tmp_path / "none"))
    assert labels._keras_home() == Path("/tmp/.keras")
