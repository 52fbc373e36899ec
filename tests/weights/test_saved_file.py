"""Files that are damaged or made to harm: nothing in them is trusted."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.weights.networks import SMALL, codes, model_of, refused, saved
from tests.weights.saved import FORMATS, write_legacy


def damaged(change: Callable[[h5py.File], None], tmp_path: Path) -> Path:
    path = saved(SMALL, tmp_path)
    with h5py.File(path, "a") as file:
        change(file)
    return path


def replaced(file: h5py.File, **made: Any) -> None:
    del file["first/first/kernel:0"]
    file["first/first"].create_dataset("kernel:0", **made)


def test_a_shape_is_compared_before_anything_is_read(tmp_path: Path) -> None:
    def giant(file: h5py.File) -> None:
        replaced(file, shape=(1 << 40, 1 << 10), dtype="f4", chunks=(1, 1 << 10), compression="gzip")

    path = damaged(giant, tmp_path)
    assert path.stat().st_size < 1 << 20
    found = refused(path)
    assert found[1].message == "`first`: kernel: expected 3x3x3x4, the file has 1099511627776x1024"


def test_numbers_that_are_not_there_are_not_zeros(tmp_path: Path) -> None:
    compressed: dict[str, Any] = {"chunks": (3, 3, 1, 1), "compression": "gzip"}
    for made in ({}, compressed):
        path = damaged(partial(replaced, shape=(3, 3, 3, 4), dtype="f4", **made), tmp_path)
        found = refused(path)
        assert found[1].message == "`first`: kernel: the file declares it and does not hold its values"


def test_chunks_larger_than_the_array_are_refused(tmp_path: Path) -> None:
    def giant_chunks(file: h5py.File) -> None:
        values = np.zeros((3, 3, 3, 4), "f4")
        replaced(file, data=values, chunks=(32, 32, 32, 32), maxshape=(None,) * 4, compression="gzip")

    assert "chunks of 32x32x32x32" in refused(damaged(giant_chunks, tmp_path))[1].message


@pytest.mark.parametrize("dtype", ["int32", "complex64", "S8", h5py.string_dtype(), h5py.ref_dtype])
def test_what_is_no_float_is_refused(dtype: Any, tmp_path: Path) -> None:
    found = refused(damaged(lambda file: replaced(file, shape=(3, 3, 3, 4), dtype=dtype), tmp_path))
    assert (found[1].code, found[1].message[:40]) == ("weights-array", "`first`: kernel: expected floats, the fi")


def test_links_out_of_the_file_are_not_followed(tmp_path: Path) -> None:
    other = saved(SMALL, tmp_path, "other.h5")

    def external(file: h5py.File) -> None:
        del file["second"]
        file["second"] = h5py.ExternalLink(str(other), "/second")

    def soft(file: h5py.File) -> None:
        del file["second/second/kernel:0"]
        file["second/second/kernel:0"] = h5py.SoftLink("/third/third/kernel:0")

    def nowhere(file: h5py.File) -> None:
        del file["second"]
        file["second"] = h5py.ExternalLink("/nowhere.h5", "/second")

    for change in (external, soft, nowhere):
        assert codes(refused(damaged(change, tmp_path))) == ["weights-link"]


def test_numbers_in_other_files_are_not_read(tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(bytes(4 * 108))

    def raw(file: h5py.File) -> None:
        replaced(file, shape=(3, 3, 3, 4), dtype="f4", external=[(str(tmp_path / "raw"), 0, 432)])

    def virtual(file: h5py.File) -> None:
        del file["first/first/kernel:0"]
        layout = h5py.VirtualLayout((3, 3, 3, 4), "f4")
        layout[...] = h5py.VirtualSource(str(tmp_path / "other.h5"), "first/first/kernel:0", (3, 3, 3, 4))
        file["first/first"].create_virtual_dataset("kernel:0", layout)

    for change in (raw, virtual):
        assert refused(damaged(change, tmp_path))[1].message == "`first`: kernel: the values are in another file"


def test_groups_in_a_circle_end(tmp_path: Path) -> None:
    path = saved(SMALL, tmp_path, "net.weights.h5")
    with h5py.File(path, "a") as file:
        file["layers/dense/again"] = file["layers/dense"]
    assert codes(refused(path)) == ["not-weights"]


def without(part: str) -> Callable[[h5py.File], None]:
    def delete(file: h5py.File) -> None:
        del file[part]

    return delete


@pytest.mark.parametrize("part", ["first", "first/first", "first/first/kernel:0"])
def test_what_is_listed_and_not_there_is_told(part: str, tmp_path: Path) -> None:
    assert codes(refused(damaged(without(part), tmp_path))) == ["not-weights"]


def test_a_group_in_the_place_of_an_array_is_told(tmp_path: Path) -> None:
    def group(file: h5py.File) -> None:
        del file["first/first/kernel:0"]
        file["first/first"].create_group("kernel:0")

    assert codes(refused(damaged(group, tmp_path))) == ["not-weights"]


def test_lists_of_names_are_texts(tmp_path: Path) -> None:
    for value in (np.zeros(3), [[1]], np.array([b"first", b"\xff\xfe"])):
        path = saved(SMALL, tmp_path)
        with h5py.File(path, "a") as file:
            file.attrs["layer_names"] = value
        assert codes(refused(path)) == ["not-weights"]


def test_names_are_written_so_that_no_terminal_is_steered(tmp_path: Path) -> None:
    evil = "\x1b[31m" + "x" * 300
    path = write_legacy(model_of(SMALL), tmp_path / "net.h5", name=lambda name: evil if name == "predictions" else name)
    for diagnostic in refused(path, classes=7):
        for text in (diagnostic.message, diagnostic.hint or ""):
            assert "\x1b" not in text
            assert len(text) < 300


@pytest.mark.parametrize("file", FORMATS)
def test_a_file_that_is_cut_short_is_told(file: str, tmp_path: Path) -> None:
    path = saved(SMALL, tmp_path, file)
    whole = path.read_bytes()
    for size in (0, 3, 40, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        assert codes(refused(path)) == ["not-weights"], size


@pytest.mark.parametrize("text", [b"hello", b"PK\x03\x04", b"\x89HDF\r\n\x1a\n", bytes(5000)])
def test_what_is_no_file_of_weights_is_told(text: bytes, tmp_path: Path) -> None:
    (tmp_path / "net.h5").write_bytes(text)
    assert codes(refused(tmp_path / "net.h5")) == ["not-weights"]


def test_what_cannot_be_opened_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "nowhere.h5", tmp_path, tmp_path / "pipe"):
        assert codes(refused(path)) == ["unreadable"]


def test_an_hdf5_file_of_something_else_is_told(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "net.h5", "w") as file:
        file["data"] = np.zeros(3)
    assert "without the layers of a Keras model" in refused(tmp_path / "net.h5")[0].message


def test_an_archive_that_unfolds_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.keras"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", bytes(50 << 20))
    assert path.stat().st_size < 1 << 20
    found = refused(path)
    assert (found[0].code, "compressed" in found[0].message) == ("not-weights", True)


def test_an_archive_that_claims_more_than_it_holds_is_refused(tmp_path: Path) -> None:
    path = saved(SMALL, tmp_path, "net.keras")
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"model.weights.h5") - 46
    data[entry + 20 : entry + 28] = (2 << 30).to_bytes(4, "little") * 2
    path.write_bytes(data)
    assert codes(refused(path)) == ["not-weights"]


def test_damage_in_an_archive_is_seen(tmp_path: Path) -> None:
    path = saved(SMALL, tmp_path, "net.keras")
    data, kernel = path.read_bytes(), np.asarray(model_of(SMALL).get_layer("third").kernel).tobytes()
    path.write_bytes(data.replace(kernel[:8], bytes(8)))
    assert "checksum" in refused(path)[0].message


@pytest.mark.parametrize("config", ["[" * 100_000, "[]", "{", '{"config": {"layers": [1]}}', '{"config": []}'])
def test_a_configuration_is_data_and_may_be_anything(config: str, tmp_path: Path) -> None:
    saved(SMALL, tmp_path, "w.weights.h5")
    with zipfile.ZipFile(tmp_path / "net.keras", "w") as archive:
        archive.writestr("config.json", config)
        archive.write(tmp_path / "w.weights.h5", "model.weights.h5")
    assert codes(refused(tmp_path / "net.keras")) == ["not-weights"]


def test_an_archive_without_weights_is_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "net.keras", "w") as archive:
        archive.writestr("model.weights.npz", b"")
    assert "without one `model.weights.h5`" in refused(tmp_path / "net.keras")[0].message
