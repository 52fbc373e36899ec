"""Chunks that do not have the size that the file declares, and values that are not finite."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tests.weights.networks import SMALL, codes, model_of, network, refused, saved

WIDE = "archc: 1\nname: Wide\ninput: [3]\nlayers:\n  - Dense: {units: 4, use_bias: false}\n    name: wide\n"
LARGE = WIDE.replace("[3]", "[1000]").replace("units: 4", "units: 1000")
SIZE = 3 * 4 * 4


def with_chunk(tmp_path: Path, stored: bytes, *, text: str = WIDE, skipped: int = 0, **options: Any) -> Path:
    """A file of a network of one Dense layer, whose kernel is one chunk with these bytes."""
    path = saved(text, tmp_path, "net.weights.h5")
    with h5py.File(path, "a") as file:
        holder = file["layers/dense/vars"]
        shape = holder["0"].shape
        del holder["0"]
        kernel = holder.create_dataset("0", shape, "f4", chunks=shape, **options)
        kernel.id.write_direct_chunk((0, 0), stored, skipped)
    return path


VALUES = np.arange(12, dtype="f4").reshape(3, 4)
GZIP: dict[str, Any] = {"compression": "gzip"}


@pytest.mark.parametrize("length", [0, 1, SIZE - 1, SIZE + 1, 3 * SIZE])
def test_a_chunk_has_the_size_that_is_declared(length: int, tmp_path: Path) -> None:
    for path in (
        with_chunk(tmp_path, zlib.compress(bytes(length)), **GZIP),
        with_chunk(tmp_path, zlib.compress(bytes(length)), shuffle=True, **GZIP),
        with_chunk(tmp_path, bytes(length or 2), skipped=1, **GZIP),
    ):
        found = refused(path, WIDE)
        assert codes(found) == ["weights", "weights-array"]
        assert "not the 48 that the file declares" in found[1].message


def test_a_chunk_that_ends_in_the_middle_is_refused(tmp_path: Path) -> None:
    whole = zlib.compress(VALUES.tobytes())
    assert "cut short" in refused(with_chunk(tmp_path, whole[:-6], **GZIP), WIDE)[1].message
    assert "cannot be decompressed" in refused(with_chunk(tmp_path, b"x" * 30, **GZIP), WIDE)[1].message


def test_a_chunk_takes_no_more_of_the_file_than_its_size(tmp_path: Path) -> None:
    found = refused(with_chunk(tmp_path, zlib.compress(VALUES.tobytes()) + bytes(5000), **GZIP), WIDE)
    assert "takes 5,0" in found[1].message


@pytest.mark.parametrize(
    ("options", "skipped"),
    [(GZIP, 1), ({"shuffle": True, **GZIP}, 2), ({"fletcher32": True, **GZIP}, 3), ({}, 0)],
)
def test_chunks_that_skip_a_filter_are_read(options: dict[str, Any], skipped: int, tmp_path: Path) -> None:
    stored = VALUES.view("u1").reshape(12, 4).T.tobytes() if "shuffle" in options else VALUES.tobytes()
    path = with_chunk(tmp_path, stored, skipped=skipped, **options)
    np.testing.assert_array_equal(network(WIDE).build(weights=path).get_layer("wide").kernel, VALUES)


@pytest.mark.parametrize("options", [GZIP, {"shuffle": True, "fletcher32": True, **GZIP}, {"fletcher32": True}])
def test_chunks_at_the_edge_are_read(options: dict[str, Any], tmp_path: Path) -> None:
    path = saved(WIDE, tmp_path, "net.weights.h5")
    with h5py.File(path, "a") as file:
        del file["layers/dense/vars/0"]
        file["layers/dense/vars"].create_dataset("0", data=VALUES, chunks=(2, 3), **options)
    np.testing.assert_array_equal(network(WIDE).build(weights=path).get_layer("wide").kernel, VALUES)


def test_filters_in_another_order_are_refused(tmp_path: Path) -> None:
    path = saved(WIDE, tmp_path, "net.weights.h5")
    with h5py.File(path, "a") as file:
        holder = file["layers/dense/vars"]
        del holder["0"]
        properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        properties.set_chunk((3, 4))
        for _ in range(2):
            properties.set_deflate(9)
        space = h5py.h5s.create_simple((3, 4))
        made = h5py.h5d.create(holder.id, b"0", h5py.h5t.IEEE_F32LE, space, properties)
        h5py.Dataset(made)[...] = VALUES
    assert "its filters are not those that Keras writes" in refused(path, WIDE)[1].message


# A file that does not fit is refused before Keras is imported.


def inflated(tmp_path: Path) -> Path:
    """A chunk of 4 MB becomes 1 GB."""
    packing = zlib.compressobj(9)
    stored = b"".join([*(packing.compress(bytes(1 << 20)) for _ in range(1024)), packing.flush()])
    return with_chunk(tmp_path, stored, text=LARGE, **GZIP)


def cut_short(tmp_path: Path) -> Path:
    return with_chunk(tmp_path, zlib.compress(bytes(5)), text=LARGE, **GZIP)


def of_another_network(tmp_path: Path) -> Path:
    return saved(SMALL, tmp_path)


def of_no_network(tmp_path: Path) -> Path:
    (tmp_path / "net.h5").write_bytes(b"hello")
    return tmp_path / "net.h5"


_PROGRAM = """
import json, re, sys
import archc
try:
    archc.load(sys.argv[1]).build(weights=sys.argv[2])
except archc.SpecError as error:
    found = [diagnostic.code for diagnostic in error.diagnostics]
used = int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
print(json.dumps([found, used, "keras" in sys.modules or "tensorflow" in sys.modules]))
"""


@pytest.mark.parametrize("make", [inflated, cut_short, of_another_network, of_no_network])
def test_a_file_is_refused_before_keras_is_imported(make: Callable[[Path], Path], tmp_path: Path) -> None:
    (tmp_path / "wide.yaml").write_text(LARGE)
    command = [sys.executable, "-c", _PROGRAM, str(tmp_path / "wide.yaml"), str(make(tmp_path))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found, kilobytes, imported = json.loads(done.stdout)
    assert found[0] in ("weights", "not-weights")
    assert kilobytes < 300 << 10
    assert not imported


# Values


def with_kernel(tmp_path: Path, values: Any, text: str = WIDE) -> Path:
    path = saved(text, tmp_path, "net.weights.h5")
    with h5py.File(path, "a") as file:
        del file["layers/dense/vars/0"]
        file["layers/dense/vars/0"] = values
    return path


HALF = WIDE.replace("use_bias: false", "use_bias: false, dtype: float16")


@pytest.mark.parametrize(
    ("text", "values", "what"),
    [
        (WIDE, np.full((3, 4), np.nan, "f4"), "NaN"),
        (WIDE, np.full((3, 4), -np.inf, "f2"), "infinite numbers"),
        (WIDE, np.full((3, 4), 1e300, "f8"), "numbers too large for float32"),
        (HALF, np.full((3, 4), 1e30, "f4"), "numbers too large for float16"),
    ],
)
def test_values_that_are_not_finite_are_loaded_with_a_warning(
    text: str, values: Any, what: str, tmp_path: Path
) -> None:
    path = with_kernel(tmp_path, values, text)
    with pytest.warns(UserWarning, match=f"the file has {what} for 1 layer: `wide`; ") as caught:
        model = network(text).build(weights=path)
    assert [warning.category for warning in caught].count(UserWarning) == 1
    assert not np.isfinite(model.get_layer("wide").kernel.value.__array__()).any()


def test_large_values_that_fit_have_no_warning(tmp_path: Path) -> None:
    for text, values in ((WIDE, np.full((3, 4), 1e30, "f8")), (HALF, np.full((3, 4), 6e4, "f4"))):
        path = with_kernel(tmp_path, values, text)
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            network(text).build(weights=path)


def test_many_layers_are_counted(tmp_path: Path) -> None:
    layers = "".join(f"  - Dense: 5\n    name: d{place}\n" for place in range(30))
    text = f"archc: 1\nname: Deep\ninput: [5]\nlayers:\n{layers}"
    path = saved(text, tmp_path)
    with h5py.File(path, "a") as file:
        for place in range(30):
            file[f"d{place}/d{place}/kernel:0"][...] = np.inf
    with pytest.warns(UserWarning, match="for 30 layers: `d0`, .*, `d7` and 22 more; "):
        network(text).build(weights=path)
    assert model_of(text).count_params() == 900


def test_a_normalization_computes_with_what_was_loaded(tmp_path: Path) -> None:
    text = "archc: 1\nname: N\ninput: [3]\nlayers:\n  - Normalization:\n"
    loaded = network(text).build(weights=saved(text, tmp_path, "net.keras"))
    mean, variance, _ = (np.asarray(weight) for weight in model_of(text).weights)
    np.testing.assert_allclose(loaded(np.ones((1, 3), "f4"))[0], (1 - mean) / np.sqrt(variance), rtol=1e-4)
