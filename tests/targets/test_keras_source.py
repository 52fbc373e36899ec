"""Generated source: it makes the model that is built, reads as it should, and passes the linters."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import archc
from archc.diagnostics import SpecError
from archc.network import Network
from tests.hash_seeds import printed
from tests.keras_names import numbered_anew
from tests.targets import running
from tests.targets.networks import CHOSEN, FEATURES, SPECS, WITH_LAYERS, library, marked, network

ROOT = Path(__file__).parents[2]
GENERATED = ROOT / "docs/generated"
SMALL_FEATURES = [str(path) for path in FEATURES if path.stem in ("siamese", "two_inputs")]
OTHERS = [label for label in (*SPECS, *map(str, FEATURES)) if label not in (*CHOSEN, *SMALL_FEATURES)]
TOGETHER = [
    pytest.param([*CHOSEN, *SMALL_FEATURES], id="chosen"),
    *(pytest.param([label], id=Path(label).stem, marks=pytest.mark.slow) for label in OTHERS),
]


def only_function(source: str) -> str:
    """The name of the function that makes the model: the last."""
    return [node.name for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)][-1]


@pytest.mark.parametrize("labels", TOGETHER)
def test_the_source_makes_the_model_that_is_built(labels: list[str], tmp_path: Path) -> None:
    cases = []
    for number, label in enumerate(labels):
        net = library(label)
        model = running.seeded(net.build())
        config, outputs = tmp_path / f"{number}.json", tmp_path / f"{number}.npz"
        config.write_text(json.dumps(running.config(model)), encoding="utf-8")
        np.savez(outputs, **{f"output_{place}": tensor for place, tensor in enumerate(running.left(model))})
        for flat in (False, True):
            module = tmp_path / f"{Path(label).stem}_{'flat' if flat else 'structured'}.py"
            module.write_text(net.source(flat=flat), encoding="utf-8")
            made = {"module": module, "function": only_function(net.source(flat=flat))}
            cases.append({key: str(value) for key, value in {**made, "config": config, "outputs": outputs}.items()})
        numbered_anew()
    (tmp_path / "cases.json").write_text(json.dumps(cases), encoding="utf-8")
    command = [sys.executable, running.__file__, str(tmp_path / "cases.json")]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=1500, check=False)
    assert result.returncode == 0, result.stderr[-3000:]
    assert result.stdout == f"compared {2 * len(labels)}\n"


# --- other parameters ------------------------------------------------------------------------------------------------


LAYERS = 640  # of the largest network that is built for a value of a parameter


def others(value: Any, choices: tuple[Any, ...] | None) -> list[Any]:
    """Other values that a parameter may have."""
    if choices:
        return [choice for choice in choices if choice != value]
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value // 2, value + 1, value * 2, 10]
    if isinstance(value, float):
        return [0.3, 0.5, 1.4, value / 2]
    if isinstance(value, list | tuple) and value and all(isinstance(item, int) for item in value):
        return [[max(1, item // 2) for item in value], list(value[:-1]), [*value[:-1], value[-1] * 2]]
    return [value[:-1]] if isinstance(value, list | tuple) and len(value) > 1 else []


def at_another_value(net: Network, name: str, value: Any) -> Network | None:
    """The network with one parameter set; None where it may not have that value."""
    try:
        return archc.load(net.spec.label, **{name: value})
    except SpecError:
        return None


@pytest.fixture
def zeros(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weights that begin as zeros, for configurations say nothing of their values."""
    from keras.src.initializers import random_initializers

    for made in vars(random_initializers).values():
        if isinstance(made, type) and issubclass(made, keras.Initializer) and "__call__" in vars(made):
            monkeypatch.setattr(made, "__call__", lambda _, shape, dtype=None: keras.ops.zeros(shape, dtype))


def assert_same(given: Any, built: Any) -> None:
    own, wanted = running.config(given), running.config(built)
    assert own == wanted, running.difference(own, wanted)


@pytest.mark.usefixtures("zeros")
@pytest.mark.parametrize("label", marked(WITH_LAYERS, ("lenet5", "squeezenet", "resnet_cifar")))
def test_parameters_are_arguments_of_the_source(label: str, tmp_path: Path) -> None:
    net = library(label)
    module = tmp_path / "network.py"
    module.write_text(net.source(), encoding="utf-8")
    make = running.function(module, only_function(net.source()))
    parameters = ast.parse(net.source()).body[-2]
    assert isinstance(parameters, ast.FunctionDef)
    arguments = [argument.arg for argument in parameters.args.kwonlyargs]
    for (name, parameter), argument in zip(net.spec.params.items(), arguments, strict=True):
        found = [at_another_value(net, name, value) for value in others(net._expansion.values[name], parameter.choices)]
        for other in [other for other in found if other is not None][:2]:
            if len(other.graph.nodes) > LAYERS:
                continue
            assert_same(make(**{argument: other.settings.params[name]}), other.build())
        numbered_anew()


@pytest.mark.usefixtures("zeros")
@pytest.mark.parametrize(
    "label",
    marked(
        ("lenet5", "vgg11", "resnet18", "squeezenet1_0", "mobilenet_v2_035", "googlenet"), ("lenet5", "squeezenet1_0")
    ),
)
def test_the_input_is_an_argument_of_the_source(label: str, tmp_path: Path) -> None:
    module = tmp_path / "network.py"
    module.write_text(archc.load(label).source(), encoding="utf-8")
    shape = (48, 40, 1) if label == "lenet5" else (160, 128, 3)
    make = running.function(module, label)
    assert_same(make(shape), archc.load(label, inputs=shape).build())
    assert_same(make(input_shape=shape), archc.load(label, inputs=shape).build())


def test_what_is_set_becomes_the_default(tmp_path: Path) -> None:
    net = archc.load("resnet18", inputs=(64, 64, 3), classes=7, depths=[1, 1, 1, 1])
    module = tmp_path / "network.py"
    module.write_text(net.source(), encoding="utf-8")
    assert "classes=7" in net.source()
    assert_same(running.function(module, "resnet18")(), net.build())


# --- what people and linters see -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "names", [pytest.param(CHOSEN, id="chosen"), pytest.param(SPECS, id="all", marks=pytest.mark.slow)]
)
def test_linters_and_a_type_checker_pass_on_all_source(names: tuple[str, ...], tmp_path: Path) -> None:
    for name in names:
        for flat in (False, True):
            path = tmp_path / f"{name}{'_flat' if flat else ''}.py"
            path.write_text(library(name).source(flat=flat), encoding="utf-8")
    shutil.copy(GENERATED / "ruff.toml", tmp_path)
    mypy = ["mypy", "--ignore-missing-imports", "--follow-imports=skip", "--cache-dir", str(tmp_path / "cache"), "."]
    for command in (["ruff", "check", "."], ["ruff", "format", "--check", "."], mypy):
        result = subprocess.run(
            [sys.executable, "-m", *command], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]


def test_the_same_spec_gives_the_same_bytes() -> None:
    command = "import archc, hashlib; print(hashlib.sha256(archc.load('googlenet').source().encode()).hexdigest())"
    assert len(printed(command)) == 1


@pytest.mark.parametrize(
    ("label", "lines"), [("vgg16", 60), ("resnet50", 120), ("densenet121", 120), ("googlenet", 140)]
)
def test_the_source_is_as_short_as_a_person_writes_it(label: str, lines: int) -> None:
    source = archc.load(label).source()
    assert len(source.splitlines()) <= lines
    assert (GENERATED / f"{label}.py").read_text(encoding="utf-8") == source


@pytest.mark.parametrize("name", marked(SPECS))
def test_archc_is_not_needed(name: str) -> None:
    for flat in (False, True):
        imported: set[str | None] = set()
        for node in ast.walk(ast.parse(library(name).source(flat=flat))):
            if isinstance(node, ast.Import):
                imported.update(each.name for each in node.names)
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module)
        assert imported <= {"keras", "collections", "math", "string", "sys"}


# --- hostile text ----------------------------------------------------------------------------------------------------

PLACES = ("name", "summary", "title", "authors", "arxiv", "source", "mode", "help", "note")
TEXTS = """archc: 1
name: NAME
summary: SUMMARY
paper: {title: TITLE, authors: AUTHORS, year: 2020, arxiv: ARXIV, source: SOURCE}
params:
  mode: {default: MODE, help: HELP}
  rows: [{a: MODE, b: 1}]
input: [8, 8, 3]
blocks:
  conv:
    params: {mode: str}
    layers:
      - Conv2D: {filters: 4, kernel_size: 1}
        when: $(mode != "other")
        note: NOTE
        name: conv
      - Conv2D: {filters: '$(2 if mode == "its" else 4)', kernel_size: 1}
        when: $(mode == "other")
        name: conv
layers:
  - conv: {$mode}
    name: layer
  - Flatten
  - Dense: 3
    note: NOTE
    output: left
  - for: row in rows
    do:
      - Dropout: 0.5
        when: $(row.a == mode)
expect: {source: SOURCE, params: 595, output: [3]}
"""
HOSTILE = [
    '"""',
    "'''",
    '"); import os; os.system("x',
    "\\",
    '\\"\\"\\"',
    "a\nimport os",
    "a\r\nimport os",
    "{{ 7 * 7 }}",
    "{% include 'x' %}",
    "{x}",
    "{",
    "}",
    "%s%(x)s",
    "${HOME}",
    "# fmt: on",
    "a\u2028b\u2029c\x0cd\x85e",
    "\u202egnp.exe",
    "\x00\x1b[31m",
    "é 漢字 😀",
    "'\"'\"",
    'ends with "',
    "ends with \\",
    "type: ignore",
    "a" * 300,
    "word " * 60,
    " ",
]


def with_text(text: str) -> Network:
    """A network with that text wherever any text may stand; in its name, if that may be so."""
    written = json.dumps(text).replace("\\ud83d\\ude00", "\\U0001f600").replace("$", "$$")
    spec = TEXTS
    for place in PLACES:
        spec = spec.replace(f": {place.upper()}", f": {written}")
    try:
        return network(spec)
    except SpecError:
        return network(spec.replace(f"name: {written}", "name: harmless", 1))


def tree(source: str) -> str:
    """The syntax of a module, the strings replaced."""
    parsed = ast.parse(source)
    for node in ast.walk(parsed):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(parsed)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_a_spec_stays_text(text: str) -> None:
    for flat in (False, True):
        source = with_text(text).source(flat=flat)
        assert tree(source) == tree(with_text("harmless").source(flat=flat))
        assert source.isprintable() or all(line.isprintable() for line in source.split("\n"))


@pytest.mark.parametrize("text", marked(HOSTILE, ('"""', "\\", "a\nimport os", "{x}", "\x00\x1b[31m", "é 漢字 😀")))
def test_source_with_any_text_makes_the_model(text: str, tmp_path: Path) -> None:
    net = with_text(text)
    for flat in (False, True):
        module = tmp_path / "module.py"
        module.write_text(net.source(flat=flat), encoding="utf-8")
        make = running.function(module, only_function(net.source(flat=flat)))
        assert_same(make(), net.build())
        if not flat:
            assert make.__kwdefaults__["mode"] == text
    numbered_anew()


def test_names_that_python_has_taken_are_resolved_the_same_way_each_time(tmp_path: Path) -> None:
    spec = """archc: 1
name: Taken
params: {id: 3, l: 4, keras: 2, names: 1, name_: 5}
input: [8, 8, 3]
blocks:
  print:
    params: {filter: int, input: 1}
    layers:
      - Add:
          len_: {Conv2D: {filters: $filter, kernel_size: $input}}
          print: {Conv2D: {filters: $filter, kernel_size: $input}}
  layers:
    params: {name: str}
    layers:
      - ReLU:
        name: $name
layers:
  - print: {filter: $id}
    as: inputs
  - layers: {name: relu_a}
    as: outputs
  - Concatenate: [inputs, outputs]
    name: len
    as: type
  - Conv2D: {filters: $l, kernel_size: $keras}
    name: print
  - Dense: $(names + name_)
"""
    net = network(spec)
    for flat in (False, True):
        module = tmp_path / "module.py"
        module.write_text(net.source(flat=flat), encoding="utf-8")
        assert net.source(flat=flat) == network(spec).source(flat=flat)
        made = running.function(module, only_function(net.source(flat=flat)))
        assert_same(made(), net.build())
        assert {"id", "l", "keras"}.isdisjoint(made.__kwdefaults__ or {})
