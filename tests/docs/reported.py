"""For each code that no spec alone gets: what reports it."""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import archc
from archc.cli import main
from archc.ops import registry

SPEC = """archc: 1
name: Small
input: [4]
layers:
  - Dense: 4
    name: a
  - Dense: 4
    name: b
"""
WEIGHTS = {"kernel:0": (4, 4), "bias:0": (4,)}

Patch = pytest.MonkeyPatch
Report = Callable[[Path, Patch], Iterable[str]]


def command(*arguments: str) -> list[str]:
    """The codes in the JSON document of a command."""
    document = json.loads(CliRunner().invoke(main, [*arguments, "--json"], prog_name="archc").stdout)
    return [found["code"] for key in ("diagnostics", "warnings") for found in document.get(key, [])]


def written(folder: Path, text: str = SPEC) -> str:
    """The path of a file with a spec."""
    path = folder / "small.yaml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def raised(call: Callable[[], Any]) -> list[str]:
    """The codes of the error that a call raises."""
    with pytest.raises(archc.SpecError) as caught:
        call()
    return [found.code for found in caught.value.diagnostics]


# --- commands --------------------------------------------------------------------------------------------------------


def fact_differs(folder: Path, _: Patch) -> list[str]:
    return command("build", written(folder, f"{SPEC}expect: {{params: 5}}\n"), "--to", "python")


def file_exists(folder: Path, _: Patch) -> list[str]:
    (folder / "small.py").touch()
    return command("build", written(folder), "-o", str(folder / "small.py"))


def initialize(folder: Path, _: Patch) -> list[str]:
    text = SPEC.replace("layers:", "layers:\n  - Flatten:\n    name: flat")
    return command("check", written(folder, f"{text}initialize: {{from: lenet5, layers: {{flat: C1}}}}\n"))


def no_spec(_: Path, __: Patch) -> list[str]:
    import keras

    from archc.folding.write import write

    entered = [keras.Input((8,)), keras.Input((8,))]
    shared = keras.Model(entered, keras.layers.Dense(8)(entered[0]))
    whole = keras.Input((8,))
    once = shared([whole, keras.layers.ELU()(whole)])
    network = archc.load(keras.Model(whole, shared([once, whole])))
    return raised(lambda: write(network.graph, "Shares"))


def git_path(folder: Path, patch: Patch) -> list[str]:
    written(folder)
    patch.chdir(folder)
    for arguments in (["init", "--quiet"], ["add", "small.yaml"]):
        subprocess.run(["git", *arguments], cwd=folder, check=True)
    patch.setattr("archc.library.git_driver.shutil.which", lambda _: None)
    return command("git", "enable")


def settings(folder: Path, patch: Patch) -> list[str]:
    (folder / ".archc.toml").write_text('failon = "io"\n', encoding="utf-8")
    patch.chdir(folder)
    return command("diff", written(folder), written(folder))


def internal(folder: Path, patch: Patch) -> list[str]:
    patch.delattr("archc.network.Network.check")
    return command("check", written(folder))


def not_text(folder: Path, _: Patch) -> list[str]:
    (folder / "small.yaml").write_bytes(b"archc: 1\nname: \xfc\n")
    return command("check", str(folder / "small.yaml"))


def torch(folder: Path, _: Patch) -> list[str]:
    text = "archc: 1\nname: a\ninput: [4, 8]\nlayers:\n  - TimeDistributed: {layer: {Dense: 2}}\n"
    return command("build", written(folder, text), "--to", "torch")


def page_too_large(_: Path, patch: Patch) -> list[str]:
    patch.setattr("archc.limits.PAGE_BYTES", 1000)
    return raised(lambda: archc.load("lenet5").page())


def unwritable(folder: Path, _: Patch) -> list[str]:
    return command("build", written(folder), "-o", str(folder / "none/small.py"))


def usage(folder: Path, _: Patch) -> list[str]:
    return command("build", written(folder), "--flat")


# --- Keras and PyTorch -----------------------------------------------------------------------------------------------


def no_keras(folder: Path, patch: Patch) -> list[str]:
    patch.setitem(sys.modules, "keras", None)
    return command("build", written(folder), "--dry-run")


def keras(folder: Path, patch: Patch) -> list[str]:
    import keras

    def refusing(**_: Any) -> None:
        raise ValueError("no")

    patch.setattr(keras.layers, "Dense", refusing)
    return command("build", written(folder), "--dry-run")


def keras_differs(folder: Path, patch: Patch) -> list[str]:
    patch.setattr(registry()["Dense"], "weights", lambda *_: ())
    patch.setattr("archc.ir.builder._inferred", {})
    return command("build", written(folder), "--dry-run")


def no_torch(folder: Path, patch: Patch) -> list[str]:
    network = archc.load(written(folder))
    patch.setitem(sys.modules, "torch", None)
    return raised(lambda: network.state_dict(None))


def torch_model(folder: Path, patch: Patch) -> list[str]:
    network = archc.load(written(folder))
    patch.setitem(sys.modules, "torch", ModuleType("torch"))
    return raised(lambda: network.state_dict(SimpleNamespace(layers=[])))


# --- files of weights ------------------------------------------------------------------------------------------------


def weights_file(change: Callable[[h5py.File], None], text: str = SPEC) -> Report:
    """What reports a file of the small network's weights after a change."""

    def report(folder: Path, _: Patch) -> list[str]:
        path = folder / "small.h5"
        with h5py.File(path, "w") as file:
            file.attrs["layer_names"] = [b"a", b"b"]
            for layer in ("a", "b"):
                group = file.create_group(layer)
                group.attrs["weight_names"] = [f"{layer}/{name}".encode() for name in WEIGHTS]
                for name, shape in WEIGHTS.items():
                    group[f"{layer}/{name}"] = np.zeros(shape, "f4")
            change(file)
        return command("build", written(folder, text), "--dry-run", "--weights", str(path))

    return report


def rename(file: h5py.File) -> None:
    for old, new in (("a", "left"), ("b", "right")):
        file.move(f"{old}/{old}", f"{old}/{new}")
        file.move(old, new)
        file[new].attrs["weight_names"] = [f"{new}/{name}".encode() for name in WEIGHTS]
    file.attrs["layer_names"] = [b"left", b"right"]


def remove(file: h5py.File) -> None:
    file.attrs["layer_names"] = [b"a"]
    del file["b"]


def reorder(file: h5py.File) -> None:
    file["a"].attrs["weight_names"] = [b"a/bias:0", b"a/kernel:0"]


def replace(**made: Any) -> Callable[[h5py.File], None]:
    def change(file: h5py.File) -> None:
        del file["a/a/kernel:0"]
        file["a/a"].create_dataset("kernel:0", **made)

    return change


def link(file: h5py.File) -> None:
    del file["a/a/kernel:0"]
    file["a/a/kernel:0"] = h5py.SoftLink("/b/b/kernel:0")


def keras_2(file: h5py.File) -> None:
    file.attrs["keras_version"] = "2.15.0"


def unchanged(_: h5py.File) -> None:
    """The file as the network writes it."""


def weights_kind(folder: Path, _: Patch) -> list[str]:
    other = archc.load(written(folder, SPEC.replace("Dense: 4\n    name: a", "BatchNormalization:\n    name: a")))
    other.build().save(folder / "other.keras")
    return command("build", written(folder), "--dry-run", "--weights", str(folder / "other.keras"))


def transplant_nothing(folder: Path, _: Patch) -> list[str]:
    archc.load(written(folder)).build().save(folder / "old.keras")
    return command("transplant", str(folder / "old.keras"), "lenet5", "--dry-run")


def not_weights(folder: Path, _: Patch) -> list[str]:
    return command("build", written(folder), "--dry-run", "--weights", written(folder))


# --- models ----------------------------------------------------------------------------------------------------------


def model_code(folder: Path, _: Patch) -> list[str]:
    path = folder / "mine.py"
    path.write_text("def build():\n    raise ValueError\n", encoding="utf-8")
    return command("summary", f"{path}:build")


def model_file(folder: Path, _: Patch) -> list[str]:
    path = folder / "model.json"
    path.write_text('{"class_name": "Functional", "config": {', encoding="utf-8")
    return command("summary", str(path))


def model_kind(folder: Path, _: Patch) -> list[str]:
    (folder / "model.onnx").touch()
    return command("summary", str(folder / "model.onnx"))


def no_h5py(folder: Path, patch: Patch) -> list[str]:
    with h5py.File(folder / "model.h5", "w"):
        patch.setitem(sys.modules, "h5py", None)
    return command("summary", str(folder / "model.h5"))


def no_converter(folder: Path, patch: Patch) -> list[str]:
    patch.setenv("PATH", str(folder))
    patch.setattr("archc.pictures.conversion.find_spec", lambda _: None)
    return command("plot", "lenet5", "-o", str(folder / "lenet5.png"))


def opaque(folder: Path, _: Patch) -> list[str]:
    layer = {"class_name": "Equalization", "config": {"batch_input_shape": [None, 8, 8, 3]}}
    model = {"class_name": "Sequential", "config": {"name": "equalized", "layers": [layer]}}
    (folder / "model.json").write_text(json.dumps(model), encoding="utf-8")
    return command("build", str(folder / "model.json"), "--to", "python")


def left_out(folder: Path, _patch: Patch) -> Iterable[str]:
    path = folder / "a.yaml"
    path.write_text(SPEC.replace("layers:", "unused: warn\nlayers:\n  - side: {Dense: 3}"), encoding="utf-8")
    return command("check", str(path))


def template(text: str) -> Report:
    """A template that is wrong."""

    def report(folder: Path, _patch: Patch) -> Iterable[str]:
        path = folder / "house.j2"
        path.write_text(text, encoding="utf-8")
        printed = CliRunner().invoke(main, ["render", written(folder), "--template", str(path)]).stderr
        return printed.split()[1:2]

    return report


# --- images ----------------------------------------------------------------------------------------------------------

IMAGES = """archc: 1
name: Images
input: [8, 8, 3]
preprocess: {mode: tf}
layers:
  - Flatten
  - Dense: 4
    name: scores
"""


def classified(*options: str, text: str = IMAGES, value: float = 0.0, image: str = "image.png") -> Report:
    """What reports `archc classify` with options, and weights of one value."""

    def report(folder: Path, patch: Patch) -> list[str]:
        patch.chdir(folder)
        Image.new("RGB", (9, 9)).save("image.png")
        Path("names.txt").write_text("one\n", encoding="utf-8")
        model = archc.load(written(folder, IMAGES)).build()
        model.get_layer("scores").bias.assign([value] * 4)
        model.save_weights("images.weights.h5")
        return command("classify", written(folder, text), image, *(options or ("--weights", "images.weights.h5")))

    return report


def no_pillow(folder: Path, patch: Patch) -> Iterable[str]:
    patch.setattr("archc.images.reading.find_spec", lambda _: None)
    return classified()(folder, patch)


def swept(folder: Path, *arguments: str) -> list[str]:
    """The code of a sweep that cannot run."""
    text = SPEC.replace("layers:", "params: {units: 4}\nlayers:\n  - Dense: $units")
    command = ["sweep", written(folder, text), "--vary", "units=1..9", *arguments]
    return CliRunner().invoke(main, command, prog_name="archc").stderr.split()[:1]


def no_pyarrow(folder: Path, patch: Patch) -> list[str]:
    patch.setitem(sys.modules, "pyarrow", None)
    return swept(folder, "-o", str(folder / "table.parquet"))


def no_ray(folder: Path, patch: Patch) -> list[str]:
    patch.setitem(sys.modules, "ray", None)
    return swept(folder, "--engine", "ray")


def sweep_record(folder: Path, _: Patch) -> list[str]:
    return CliRunner().invoke(main, ["sweep", "--merge", written(folder)]).stderr.split()[:1]


def sweep_worker(folder: Path, patch: Patch) -> list[str]:
    from archc.sweeps.processes import Processes

    begin = Processes.begin

    def and_killed(self: Processes, start: int, stop: int) -> None:
        begin(self, start, stop)
        for process in multiprocessing.active_children():
            process.kill()

    patch.setattr("archc.sweeps.run.CHUNK", 5)  # so that there is work for two processes
    patch.setattr("archc.sweeps.processes._TRIES", 1)
    patch.setattr(Processes, "begin", and_killed)
    return swept(folder, "--jobs", "2")


def unknown_template(folder: Path, _patch: Patch) -> Iterable[str]:
    return CliRunner().invoke(main, ["render", written(folder), "--template", "latx"]).stderr.split()[:1]


def view(folder: Path, _patch: Patch) -> Iterable[str]:
    net = archc.load(written(folder))
    return raised(lambda: net.view(net.build(), np.zeros((2, 5)), layer="a"))


REPORTED: dict[str, Report] = {
    "fact-differs": fact_differs,
    "file-exists": file_exists,
    "initialize": initialize,
    "no-spec": no_spec,
    "git-path": git_path,
    "image": classified(image="names.txt"),
    "imagenet": classified("--weights", "imagenet"),
    "internal": internal,
    "keras": keras,
    "keras-differs": keras_differs,
    "labels": classified("--weights", "images.weights.h5", "--labels", "names.txt"),
    "left-out": left_out,
    "model-code": model_code,
    "model-file": model_file,
    "model-kind": model_kind,
    "no-classifier": classified(text=IMAGES.partition("  - Flatten")[0] + "  - ReLU\n"),
    "no-converter": no_converter,
    "no-h5py": no_h5py,
    "no-keras": no_keras,
    "no-pillow": no_pillow,
    "no-torch": no_torch,
    "no-pyarrow": no_pyarrow,
    "no-ray": no_ray,
    "no-weights": classified("--top", "1"),
    "output-not-finite": classified(value=np.nan),
    "page-too-large": page_too_large,
    "not-text": not_text,
    "not-weights": not_weights,
    "opaque": opaque,
    "preprocess": classified(text=IMAGES.replace("preprocess: {mode: tf}\n", "")),
    "settings": settings,
    "sweep-record": sweep_record,
    "sweep-worker": sweep_worker,
    "template": template("{% for layer in layers %}"),
    "template-limit": template("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"),
    "template-name": template("{{ network.nmae }}"),
    "torch": torch,
    "torch-model": torch_model,
    "unknown-template": unknown_template,
    "unwritable": unwritable,
    "usage": usage,
    "view": view,
    "weights": weights_file(remove),
    "weights-array": weights_file(replace(shape=(4, 4), dtype="int32")),
    "weights-extra": weights_file(unchanged, SPEC.rpartition("  - Dense")[0]),
    "weights-kind": weights_kind,
    "weights-link": weights_file(link),
    "transplant-nothing": transplant_nothing,
    "weights-missing": weights_file(remove),
    "weights-name": weights_file(rename),
    "weights-not-finite": weights_file(replace(data=np.full((4, 4), np.nan, "f4"))),
    "weights-order": weights_file(reorder),
    "weights-shape": weights_file(replace(shape=(4, 7), dtype="f4")),
    "weights-version": weights_file(keras_2, SPEC.replace("Dense: 4", "Dense: {units: 4, activation: hard_sigmoid}")),
}
