"""Model files of each kind: what is read, what is refused, and where messages point."""

from __future__ import annotations

import base64
import codecs
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from click.testing import CliRunner, Result
from keras import layers

import archc
from archc.cli import main
from archc.diagnostics import Diagnostic
from archc.elaborate.expand import Settings
from archc.ir.graph import Graph
from archc.ir.opaque import opaque_nodes
from archc.keras_files import json_text
from archc.network import load_network
from tests.keras_names import numbered_anew


def siamese() -> Any:
    """A model inside a model, called twice; a shared layer; an operator; two outputs by name."""
    numbered_anew()
    inputs = [keras.Input((8, 8, 3), name=name) for name in ("left", "right")]
    inner = [keras.Input((8, 8, 3)), layers.Conv2D(4, 3, name="conv"), layers.GlobalAveragePooling2D(name="pool")]
    encoder, dense = keras.Sequential(inner, name="encoder"), layers.Dense(5, name="shared")
    one, other = (dense(encoder(made)) for made in inputs)
    scores = layers.Dense(3, activation="softmax", name="scores")(layers.Concatenate(name="both")([one * 2, other]))
    return keras.Model(inputs, {"scores": scores, "embedding": one}, name="siamese")


def with_lambda() -> Any:
    """A model with a function in Python."""
    entered = keras.Input((8, 8, 3), name="image")
    x = layers.Lambda(lambda tensor: tensor * 2, name="double")(entered)
    return keras.Model(entered, layers.Conv2D(4, 3, name="conv")(x), name="doubled")


def saved(model: Any, path: Path) -> str:
    """The path of a model that is written by the ending of the path."""
    if path.suffix == ".json":
        path.write_text(model.to_json(), encoding="utf-8")
    else:
        model.save(path)
    return str(path)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments], prog_name="archc")


def refused(label: str, **params: Any) -> Diagnostic:
    """The error of a model that cannot be read."""
    with pytest.raises(archc.SpecError) as caught:
        load_network(label, Settings(params))
    return caught.value.first


def shape_of(graph: Graph) -> list[tuple[Any, ...]]:
    """What a graph consists of, without positions."""
    return [
        (node.name, node.op, tuple(made.name for made in node.inputs), node.shape, node.first is None)
        for node in graph.nodes
    ]


@pytest.mark.filterwarnings("ignore:.*HDF5")
@pytest.mark.parametrize("ending", ["keras", "h5", "json"])
def test_a_file_has_the_layers_of_the_model_object(tmp_path: Path, ending: str) -> None:
    model = siamese()
    network = archc.load(saved(model, tmp_path / f"mine.{ending}"))
    assert shape_of(network.graph) == shape_of(archc.load(model).graph)
    assert network.name == "siamese"
    assert network.total_params == model.count_params()
    assert {name: made.shape for name, made in network.graph.outputs.items()} == {"embedding": (5,), "scores": (3,)}
    assert [call.name for call in network.graph.calls] == ["encoder", "encoder"]
    assert network.graph.calls[1].first is network.graph.calls[0]
    conv = network.graph.named("conv")
    assert str(getattr(conv, "at", "")).endswith(f"mine.{ending}:encoder/conv")


def test_a_model_is_a_spec_wherever_one_is_taken(tmp_path: Path) -> None:
    path = saved(siamese(), tmp_path / "mine.json")
    assert run("summary", path, "--full").exit_code == 0
    assert "no fact" in run("check", path).output
    assert run("diff", path, path).exit_code == 0
    assert run("build", path, "-o", str(tmp_path / "mine.py")).exit_code == 0
    assert run("build", path, "--to", "torch").exit_code == 0
    assert run("summary", path, "--output", "pool", "--input", "left=9,9,3").exit_code == 0
    assert "has no text of a spec" in run("show", path).output
    assert "name the file to write" in run("build", path).output


def test_a_model_that_is_read_is_never_written(tmp_path: Path) -> None:
    path = saved(siamese(), tmp_path / "mine.keras")
    before = Path(path).read_bytes()
    link = tmp_path / "link.keras"
    link.symlink_to(path)
    (tmp_path / "hard.keras").hardlink_to(path)
    for target in (path, str(link), str(tmp_path / "hard.keras")):
        found = run("build", path, "-o", target, "--force")
        assert found.exit_code == 2
        assert "is the file that is read" in found.output
    found = run("build", "lenet5", "--weights", path, "-o", path, "--force")
    assert "is the file that is read" in found.output
    assert Path(path).read_bytes() == before


def test_code_that_is_run_is_never_written(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(PROGRAM, encoding="utf-8")
    found = run("build", f"{path}:build", "-o", str(path), "--force")
    assert (found.exit_code, path.read_text(encoding="utf-8")) == (2, PROGRAM)


def test_a_spec_in_json_is_still_a_spec(tmp_path: Path) -> None:
    path = tmp_path / "spec.json"
    spec = {"archc": 1, "name": "small", "input": [4], "layers": [{"Dense": 3}]}
    path.write_text(json.dumps(spec), encoding="utf-8")
    assert archc.load(path).params == 15


def test_settings_of_a_model(tmp_path: Path) -> None:
    path = saved(siamese(), tmp_path / "mine.json")
    assert refused(path, classes=3).code == "unknown-parameter"
    with pytest.raises(archc.SpecError, match="no input `middle`"):
        archc.load(path, inputs={"middle": (8, 8, 3)})
    with pytest.raises(archc.SpecError, match="there is no layer or part `pol`"):
        archc.load(path).ending_at("pol")
    assert [*archc.load(path).ending_at("pool").graph.outputs] == ["pool"]
    larger = archc.load(path, inputs={"left": (16, 16, 3), "right": (8, 8, 3)})
    assert larger.graph.inputs[0].shape == (16, 16, 3)


# --- models of Keras ---


@pytest.mark.parametrize("kind", ["model", "wrapper"])
def test_a_layer_of_two_models_is_refused_as_its_configuration_has_two_of_it(kind: str) -> None:
    layer, entered = layers.Dense(8, name="shared"), keras.Input((5, 8))
    inner: Any = layers.TimeDistributed(layer, name="inner")
    if kind == "model":
        inside = keras.Input((5, 8))
        inner = keras.Model(inside, layer(inside), name="inner")
    model = keras.Model(entered, layer(inner(entered)), name="outer")
    assert keras.Model.from_config(model.get_config()).count_params() == 2 * model.count_params()
    with pytest.raises(archc.SpecError, match=r"`shared` is in `outer` and in `inner`"):
        archc.load(model)


def test_a_layer_without_weights_may_be_in_two_models() -> None:
    layer, inside, entered = layers.ReLU(), keras.Input((8,)), keras.Input((8,))
    inner = keras.Model(inside, layer(layers.Dense(8)(inside)))
    assert archc.load(keras.Model(entered, layer(inner(entered)))).params == 72


# --- opaque layers ---


@pytest.mark.parametrize("ending", ["keras", "json"])
def test_an_opaque_layer_is_shown_compared_and_not_built(tmp_path: Path, ending: str) -> None:
    path = saved(with_lambda(), tmp_path / f"mine.{ending}")
    network = archc.load(path)
    assert network.layers["double"].shape == (8, 8, 3)
    assert "Lambda" in run("summary", path, "--full").output
    assert run("diff", path, path).exit_code == 0
    for attempt in (network.build, network.source):
        with pytest.raises(archc.SpecError) as caught:
            attempt()
        assert [found.code for found in caught.value.diagnostics] == ["opaque"]
        assert "`double`" in caught.value.first.message
        assert str(caught.value.first.position).endswith(f"mine.{ending}:double")


def with_opaque_end(kind: str) -> Any:
    """A model that ends at a `Lambda`: itself, in a row, or in a model inside it that ends it too."""
    if kind == "sequential":
        return keras.Sequential([keras.Input((8,)), layers.Dense(4), layers.Lambda(lambda x: x[:, :2], name="cut")])
    entered = keras.Input((8,))
    end = layers.Lambda(lambda x: x[:, :2], name="cut")(layers.Dense(4)(entered))
    model = keras.Model(entered, end)
    if kind == "functional":
        return model
    entered = keras.Input((8,))
    return keras.Model(entered, [model(entered), model(layers.ReLU()(entered))] if kind == "shared" else model(entered))


@pytest.mark.parametrize("kind", ["functional", "sequential", "nested", "shared"])
def test_a_model_that_ends_at_an_opaque_layer_has_an_output_of_unknown_shape(tmp_path: Path, kind: str) -> None:
    path = saved(with_opaque_end(kind), tmp_path / "mine.keras")
    shown = run("summary", path, "--full")
    assert shown.exit_code == 0
    assert "unknown" in next(line for line in shown.output.splitlines() if "Lambda" in line)
    document = json.loads(run("summary", path, "--json").output)
    assert set(map(str, document["outputs"].values())) == {"None"}
    assert document["params"] == 36
    assert run("check", path).exit_code == 0
    assert run("diff", path, path).exit_code == 0
    other = saved(with_lambda(), tmp_path / "other.keras")
    assert "-> unknown" in run("diff", other, path).output
    assert (
        json.loads(run("diff", other, path, "--format", "json").output)["signature"]["outputs"][1][0]["shape"] is None
    )
    with pytest.raises(archc.SpecError, match="`cut`"):
        archc.load(path).build()


def test_a_documented_shape_agrees_with_an_unknown_one(tmp_path: Path) -> None:
    path = saved(with_opaque_end("functional"), tmp_path / "mine.keras")
    spec = tmp_path / "paper.yaml"
    spec.write_text(
        "archc: 1\nname: Paper\ninput: [8]\nlayers: [{Dense: 2}]\nexpect: {source: Table 1, output: [2]}\n", "utf-8"
    )
    found = json.loads(run("check", path, "--as", str(spec), "--json").output)["specs"][0]["facts"]
    assert [(fact["fact"], fact["computed"], fact["verdict"]) for fact in found] == [("output", None, "agrees")]


@pytest.mark.parametrize("times", [1, 2])
def test_the_model_around_tells_the_shape_of_an_opaque_end_inside(tmp_path: Path, times: int) -> None:
    inner, entered = with_opaque_end("functional"), keras.Input((8,))
    ends = [layers.Dense(3)(inner(entered)) for _ in range(times)]
    path = saved(keras.Model(entered, ends), tmp_path / "mine.keras")
    nodes = archc.load(path).graph.nodes
    assert [node.shape for node in nodes if node.name == "cut"] == [(2,)] * times


def test_all_opaque_layers_are_named_at_once(tmp_path: Path) -> None:
    entered = keras.Input((8, 8, 3))
    x = layers.RandomElasticTransform(fill_mode="mirror", name="flip")(entered)
    x = layers.RandomElasticTransform(fill_mode="mirror", name="flip_again")(x)
    x = layers.RandomErasing((0.5, 2), name="turn")(x)  # which Keras takes, although a share is at most 1
    path = saved(keras.Model(entered, layers.Flatten()(x)), tmp_path / "mine.json")
    with pytest.raises(archc.SpecError) as caught:
        archc.load(path).build()
    messages = [found.message for found in caught.value.diagnostics]
    assert any("`flip`, `flip_again`" in message for message in messages)
    assert any("`turn`" in message for message in messages)
    assert archc.load(path).macs == 0


def test_the_code_of_a_lambda_is_never_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(with_lambda(), tmp_path / "mine.keras")
    for module, name in ((base64, "b64decode"), (codecs, "decode")):
        monkeypatch.setattr(module, name, lambda *_, **__: pytest.fail("something was decoded"))
    assert [name for name, _ in opaque_nodes(archc.load(path).graph.nodes)] == ["Lambda"]


def test_a_class_of_a_user_is_not_taken_for_keras_s(tmp_path: Path) -> None:
    model = json.loads(siamese().to_json())
    entry = next(layer for layer in model["config"]["layers"] if layer["name"] == "shared")
    entry |= {"module": "mine", "registered_name": "mine>Dense"}
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(model), encoding="utf-8")
    reasons = [node.op.reason for node in archc.load(path).graph.nodes if hasattr(node.op, "reason")]
    assert len(reasons) == 2
    assert all("its author's" in reason for reason in reasons)


def test_what_differs_between_two_opaque_layers(tmp_path: Path) -> None:
    paths = []
    for factor in (0.1, 0.2):
        entered = keras.Input((8, 8, 3), name="image")
        x = layers.RandomElasticTransform(factor, fill_mode="mirror", name="turn")(entered)
        model = keras.Model(entered, layers.Flatten(name="flat")(x), name="turned")
        paths.append(saved(model, tmp_path / f"{factor}.json"))
    found = run("diff", *paths)
    assert found.exit_code == 1
    assert "factor" in found.output


class Gate(layers.Layer):  # type: ignore[misc]
    """A layer of a user's with a trained and a moving weight."""

    def build(self, shape: Any) -> None:
        self.gate = self.add_weight(name="gate", shape=(shape[-1], 2))
        self.mean = self.add_weight(name="moving_mean", shape=(3,), trainable=False)

    def call(self, x: Any) -> Any:
        return x


@pytest.mark.filterwarnings("ignore:.*HDF5")
@pytest.mark.parametrize("ending", ["keras", "h5", "json"])
def test_the_weights_of_an_opaque_layer_are_counted_where_the_file_has_them(tmp_path: Path, ending: str) -> None:
    entered = keras.Input((4,), name="entered")
    model = keras.Model(entered, layers.Dense(2, name="ends")(Gate(name="gate")(entered)), name="gated")
    path = saved(model, tmp_path / f"mine.{ending}")
    network = archc.load(path)
    held = ending != "json"
    assert network.total_params == (model.count_params() if held else 10)
    assert ("not counted" in run("summary", path).output) is not held
    gate = network.layers["gate"]
    assert gate.total_params == (8 + 3 if held else 0)
    assert network.macs is None


# --- files of other kinds, and damaged ones ---


def _npz(path: Path) -> None:
    np.savez(path, kernel=np.zeros(3))


def _torch(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("archive/data.pkl", b"\x80\x02")


def _weights(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_group("layers")


OTHERS: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "model.onnx": ("ONNX", lambda path: path.write_bytes(b"\x08\x07")),
    "model.tflite": ("TensorFlow Lite", lambda path: path.write_bytes(b"\x1c\0\0\0TFL3")),
    "model.pt": ("PyTorch", _torch),
    "model.pth": ("PyTorch", lambda path: path.write_bytes(b"old")),
    "model.npz": ("NumPy", _npz),
    "model.pkl": ("pickle", lambda path: path.write_bytes(b"\x80\x04")),
    "model.weights.h5": ("weights alone", _weights),
    "model.safetensors": ("weights alone", lambda path: path.write_bytes(b"\0")),
    "model.keras": ("neither an archive nor", lambda path: path.write_bytes(b"text")),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_of_another_kind_is_named_for_what_it_is(tmp_path: Path, name: str) -> None:
    what, write = OTHERS[name]
    write(tmp_path / name)
    found = refused(str(tmp_path / name))
    assert found.code == "model-kind"
    assert what in found.message
    assert found.hint


def test_a_saved_model_is_named_for_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").touch()
    assert "SavedModel" in refused(str(tmp_path)).message


def _archive(path: Path, config: bytes, metadata: bytes = b'{"keras_version": "3.15.0"}') -> str:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("metadata.json", metadata)
        archive.writestr("config.json", config)
    return str(path)


def test_a_file_of_a_newer_keras_is_refused(tmp_path: Path) -> None:
    path = _archive(tmp_path / "new.keras", b"{}", b'{"keras_version": "4.1.0"}')
    assert "Keras 4.1.0" in refused(path).message


def test_an_archive_that_expands_to_more_than_any_model_is_refused(tmp_path: Path) -> None:
    path = _archive(tmp_path / "bomb.keras", b" " * (64 << 20))
    assert Path(path).stat().st_size < 1 << 20
    assert "larger than" in refused(path).message


def test_an_archive_that_declares_a_small_size_is_not_read_further(tmp_path: Path) -> None:
    path = _archive(tmp_path / "bomb.keras", b" " * (32 << 20))
    content = Path(path).read_bytes()
    size = (32 << 20).to_bytes(4, "little")
    assert size in content
    Path(path).write_bytes(content.replace(size, (100).to_bytes(4, "little")))
    assert refused(path).code == "model-file"


JSON_FAULTS = {
    "nothing": b"",
    "cut": b'{"class_name": "Functional", "config": {"layers": [',
    "no model": b"[1, 2]",
    "no class": b'{"config": {}}',
    "deep": b"[" * 100_000,
    "wide": b"[" + b"[]," * 1_100_000 + b"0]",
    "large": b" " * (17 << 20),
    "not text": b'{"class_name": "\xff"}',
    "huge number": b'{"class_name": ' + b"9" * 5000 + b"}",
    "subclass": b'{"class_name": "Mine", "config": {"layers": []}, "registered_name": "mine>Mine"}',
    "no layers": b'{"class_name": "Functional", "config": {"name": "a"}}',
    "layers of another type": b'{"class_name": "Sequential", "config": {"layers": [1]}}',
    "no input": b'{"class_name": "Sequential", "config": {"layers": [{"class_name": "ReLU", "config": {}}]}}',
}


@pytest.mark.parametrize("fault", JSON_FAULTS)
def test_a_damaged_configuration_is_one_clear_error(tmp_path: Path, fault: str) -> None:
    path = tmp_path / "model.json"
    path.write_bytes(JSON_FAULTS[fault])
    assert refused(str(path)).code == "model-file"


def _model(*entries: dict[str, Any], ends: list[Any]) -> dict[str, Any]:
    first = {"class_name": "InputLayer", "config": {"batch_shape": [None, 4], "name": "a"}, "name": "a"}
    config = {"name": "m", "layers": [first, *entries], "input_layers": ["a", 0, 0], "output_layers": ends}
    return {"class_name": "Functional", "config": config}


def _dense(name: str, source: str, output: int = 0) -> dict[str, Any]:
    return {
        "class_name": "Dense",
        "name": name,
        "config": {"name": name, "units": 4, "trainable": True},
        "inbound_nodes": [[[source, 0, output, {}]]],
    }


def _nested(depth: int) -> dict[str, Any]:
    model = _model(_dense("d", "a"), ends=["d", 0, 0])
    for _ in range(depth):
        model = _model({**model, "name": "n", "inbound_nodes": [[["a", 0, 0, {}]]]}, ends=["n", 0, 0])
    return model


def _doubled(depth: int) -> dict[str, Any]:
    """Models in models, each called twice: twice as many layers with each."""
    model = _model(_dense("d", "a"), ends=["d", 0, 0])
    for _ in range(depth):
        calls = [[["a", 0, 0, {}]], [["n", 0, 0, {}]]]
        model = _model({**model, "name": "n", "inbound_nodes": calls}, ends=["n", 1, 0])
    return model


WIRING = {
    "a circle": (_model(_dense("b", "c"), _dense("c", "b"), ends=["c", 0, 0]), "in a circle"),
    "a layer that is not there": (_model(_dense("b", "z"), ends=["b", 0, 0]), "nothing makes the tensor"),
    "an output that is not there": (_model(_dense("b", "a", 1), ends=["b", 0, 0]), "no output 1"),
    "an end that is not there": (_model(_dense("b", "a"), ends=["z", 0, 0]), "no layer gives"),
    "two layers of one name": (_model(_dense("b", "a"), _dense("b", "a"), ends=["b", 0, 0]), "two layers"),
    "deep models": (_nested(40), "nested more than"),
    "models that double": (_doubled(30), "more than 20,000 layers"),
    "a wrong argument": (
        _model({**_dense("b", "a"), "config": {"units": -1}}, _dense("c", "b"), ends=["c", 0, 0]),
        "does not say the shape",
    ),
}


@pytest.mark.parametrize("fault", WIRING)
def test_wrong_wiring_is_one_clear_error(tmp_path: Path, fault: str) -> None:
    config, message = WIRING[fault]
    path = tmp_path / "model.json"
    path.write_text(json.dumps(config), encoding="utf-8")
    found = refused(str(path))
    assert found.code == "model-file"
    assert message in f"{found.message} {found.hint}"


def test_an_hdf5_file_is_read_within_bounds(tmp_path: Path) -> None:
    outside = tmp_path / "outside.h5"
    with h5py.File(outside, "w") as file:
        file.attrs["model_config"] = "{}"
    linked, huge, cut = (tmp_path / f"{name}.h5" for name in ("linked", "huge", "cut"))
    with h5py.File(linked, "w") as file:
        file["layers"] = h5py.ExternalLink(str(outside), "/")
    with h5py.File(huge, "w", track_order=True, libver="latest") as file:
        file.attrs["model_config"] = np.zeros(70_000, "u1")
    cut.write_bytes(outside.read_bytes()[:600])
    assert refused(str(linked)).code == "model-kind"
    assert refused(str(huge)).code == "model-file"
    assert refused(str(cut)).code == "model-file"


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    assert refused(str(tmp_path / "none.keras")).code == "unreadable"
    folder = tmp_path / "model.keras"
    folder.mkdir()
    assert refused(str(folder)).code == "not-a-spec"


def test_an_hdf5_file_without_h5py(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "model.h5"
    path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    found = refused(str(path))
    assert found.code == "no-h5py"
    assert found.hint is not None
    assert "archc-keras[h5]" in found.hint


# --- models that Keras makes ---


def test_a_network_of_keras_by_its_name() -> None:
    network = load_network("keras:MobileNet", Settings({"classes": 10}))
    assert network.params == 3_217_226
    assert load_network("keras:MobileNet?classes=10&alpha=0.5", Settings()).params < network.params
    assert "did you mean `MobileNet`" in str(refused("keras:MobileNe").hint)
    assert "weights" in refused("keras:MobileNet", weights="/none").message


PROGRAM = """
import keras

def build():
    entered = keras.Input((4,))
    return keras.Model(entered, keras.layers.Dense(3)(entered), name="own")

def fails():
    raise ValueError("no data")

def number():
    return 3

def takes(x):
    return build()

def prints():
    print("layers")
    return build()

def exits():
    raise SystemExit(0)
"""


def test_a_function_in_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.py"
    path.write_text(PROGRAM, encoding="utf-8")
    assert load_network(f"{path}:build", Settings()).params == 15
    assert f"running {path}:build" in capsys.readouterr().err
    assert refused(f"{path}:biuld").hint == "did you mean `build`?"
    assert refused(f"{tmp_path / 'none.py'}:build").code == "unreadable"
    load_network(f"{path}:prints", Settings())
    printed = capsys.readouterr()
    assert (printed.out, "layers" in printed.err) == ("", True)


@pytest.mark.parametrize(
    ("function", "line", "message"),
    [
        ("fails", 9, "`fails` failed: ValueError: no data"),
        ("number", 11, "`number` returned int, not a model"),
        ("takes", 14, "`takes` takes arguments: missing a required argument: 'x'"),
        ("exits", 22, "`exits` failed: SystemExit: 0"),
        ("none", 1, "has no function `none`"),
    ],
)
def test_a_function_that_gives_no_model(tmp_path: Path, function: str, line: int, message: str) -> None:
    path = tmp_path / "mine.py"
    path.write_text(PROGRAM, encoding="utf-8")
    found = run("summary", f"{path}:{function}")
    assert found.exit_code == 2
    assert found.output.splitlines()[1].startswith(f"{path}:{line}:1: model-code")
    assert message in found.output
    assert found.output.splitlines()[-1].startswith("  hint: ")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("import keras\ndef build(:\n", 2, "failed: SyntaxError: invalid syntax"),
        ("import no_such_module\n", 1, "failed: ModuleNotFoundError: No module named 'no_such_module'"),
        ("x = 1\nraise RuntimeError('at import')\n", 2, "failed: RuntimeError: at import"),
    ],
)
def test_a_file_of_code_that_fails(tmp_path: Path, text: str, line: int, message: str) -> None:
    path = tmp_path / "fails_at_import.py"
    path.write_text(text, encoding="utf-8")
    found = refused(f"{path}:build")
    assert (found.code, found.position) == ("model-code", (str(path), line, 1, ""))
    assert found.message.startswith(f"`{path}` failed: ")
    assert message in found.message


def test_a_model_with_its_own_call_is_refused() -> None:
    class Mine(keras.Model):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x

    with pytest.raises(archc.SpecError) as caught:
        archc.load(Mine())
    assert caught.value.first.code == "model-file"
    assert "whose layers only its own code tells" in caught.value.first.message


def test_a_file_of_a_model_with_its_own_call_is_refused_for_what_it_is(tmp_path: Path) -> None:
    class Mine(keras.Model):  # type: ignore[misc]
        def call(self, x: Any) -> Any:
            return x

    model = Mine()
    model(np.zeros((1, 4), "float32"))
    found = refused(saved(model, tmp_path / "mine.keras"))
    assert "whose layers only its own code tells" in found.message


def test_json_is_read_from_bytes_and_from_text_alike() -> None:
    content = io.BytesIO(b'{"a": [1]}').read()
    assert json_text.parse(content, "a") == json_text.parse(content.decode(), "a") == {"a": [1]}
