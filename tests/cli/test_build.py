"""`archc build`: what it writes, prints and refuses."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

Run = Callable[..., Result]


@pytest.fixture
def run(archc: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `archc` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return archc


def test_the_file_loads_where_archc_is_not_installed(run: Run, tmp_path: Path) -> None:
    result = run("build", "lenet5", "--set", "classes=7")
    assert result.exit_code == 0
    assert "wrote lenet5.keras: 8 layers" in result.stdout
    code = (
        "import sys; sys.modules['archc'] = None\n"
        "import keras\n"
        "model = keras.models.load_model('lenet5.keras')\n"
        "print(model.output_shape, model.name, [layer.name for layer in model.layers][:3])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip().endswith("(None, 7) LeNet-5 ['input_layer', 'C1', 'S2']")


def test_nothing_is_overwritten_without_force(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "lenet5.keras"
    file.write_bytes(b"mine")
    result = run("build", "lenet5")
    assert (result.exit_code, file.read_bytes()) == (2, b"mine")
    assert "`--force` replaces it" in result.stderr
    assert run("build", "lenet5", "--force").exit_code == 0
    assert file.stat().st_size > 10_000
    assert [path.name for path in tmp_path.iterdir()] == ["lenet5.keras"]


def test_a_dry_run_writes_nothing(run: Run, tmp_path: Path) -> None:
    result = run("build", "lenet5", "--dry-run")
    assert "built and verified: 8 layers, 61,706 parameters" in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_json(run: Run, tmp_path: Path) -> None:
    document = json.loads(run("build", "lenet5", "--json", "-o", "five.keras").stdout)
    assert document == {
        "format": "archc-build",
        "version": 1,
        "spec": "lenet5",
        "file": "five.keras",
        "params": 61_706,
        "total_params": 61_706,
        "layers": 8,
        "warnings": [],
    }
    assert (tmp_path / "five.keras").exists()


def test_a_fact_that_differs_is_a_warning_and_does_not_stop_the_build(run: Run) -> None:
    spec = "archc: 1\nname: Wrong\ninput: [4]\nlayers:\n  - Dense: 3\n    shape: [4]\n"
    result = run("build", "-", "--dry-run", text=spec)
    assert result.exit_code == 0
    assert "<stdin>:6:12: warning fact-differs  shape: documented 4, computed 3" in result.stderr
    strict = run("build", "-", "--dry-run", "--strict", "--json", text=spec)
    assert strict.exit_code == 1
    assert [warning["code"] for warning in json.loads(strict.stdout)["warnings"]] == ["fact-differs"]


@pytest.mark.parametrize("file", ["net.h5", "net", "nowhere/net.keras"])
def test_a_file_that_cannot_be_written_is_told_at_once(run: Run, file: str) -> None:
    result = run("build", "lenet5", "-o", file)
    assert result.exit_code == 2
    assert file.split("/", maxsplit=1)[0] in result.stderr


def test_tensorflow_is_silent(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "archc", "build", "lenet5"], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 2


def test_without_keras_the_message_says_what_to_install(tmp_path: Path) -> None:
    code = "import sys; sys.modules['keras'] = None\nfrom archc.cli import main\nmain(['build', 'lenet5', '--dry-run'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 2
    assert "pip install 'archc-keras[tensorflow]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_weights_come_from_a_file(run: Run) -> None:
    assert run("build", "lenet5", "-o", "first.keras").exit_code == 0
    result = run("build", "lenet5", "--weights", "first.keras", "-o", "second.keras")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "loaded the weights of 5 layers from first.keras, each under its name"
    with zipfile.ZipFile("first.keras") as first, zipfile.ZipFile("second.keras") as second:
        for member in ("config.json", "model.weights.h5"):
            assert first.read(member) == second.read(member)


def test_weights_that_do_not_fit_leave_nothing_behind(run: Run, tmp_path: Path) -> None:
    run("build", "lenet5", "-o", "first.keras")
    result = run("build", "lenet5", "--set", "classes=7", "--weights", "first.keras", "-o", "second.keras")
    assert result.exit_code == 2
    assert "expected 84x7, the file has 84x10" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["first.keras"]
    document = json.loads(run("build", "lenet5", "--weights", "nowhere.h5", "--dry-run", "--json").stdout)
    assert [found["code"] for found in document["diagnostics"]] == ["unreadable"]


def test_json_says_nothing_of_weights(run: Run) -> None:
    plain = run("build", "lenet5", "--json").stdout
    weights = run("build", "lenet5", "--json", "--weights", "lenet5.keras", "--force").stdout
    assert weights == plain


# --- source ----------------------------------------------------------------------------------------------------------


def test_source_is_printed(run: Run, tmp_path: Path) -> None:
    result = run("build", "lenet5", "--to", "python")
    assert (result.exit_code, result.stderr) == (0, "")
    compile(result.stdout, "lenet5.py", "exec")
    assert list(tmp_path.iterdir()) == []


def test_the_ending_of_the_file_says_what_is_made(run: Run, tmp_path: Path) -> None:
    result = run("build", "lenet5", "-o", "five.py")
    lines = (tmp_path / "five.py").read_text(encoding="utf-8").count("\n")
    assert f"wrote five.py: {lines} lines" in result.stdout
    assert (tmp_path / "five.py").read_text(encoding="utf-8") == run("build", "lenet5", "--to", "python").stdout


def test_source_of_standard_input(run: Run) -> None:
    spec = "archc: 1\nname: Small\ninput: [4]\nlayers:\n  - Dense: 3\n"
    result = run("build", "-", "--to", "python", text=spec)
    assert "made by archc" in result.stdout
    assert "from standard input" in result.stdout
    assert "def network(" in result.stdout


def test_source_that_is_there_is_replaced_with_force_alone(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "five.py"
    file.write_text("mine\n", encoding="utf-8")
    assert run("build", "lenet5", "-o", "five.py").exit_code == 2
    assert file.read_text(encoding="utf-8") == "mine\n"
    assert run("build", "lenet5", "-o", "five.py", "--force").exit_code == 0
    assert file.read_text(encoding="utf-8") != "mine\n"


def test_check_tells_whether_the_file_is_current(run: Run, tmp_path: Path) -> None:
    missing = run("build", "lenet5", "-o", "five.py", "--check")
    assert missing.exit_code == 1
    assert "five.py is not there" in missing.stdout
    run("build", "lenet5", "-o", "five.py", "--set", "classes=7")
    current = run("build", "lenet5", "-o", "five.py", "--set", "classes=7", "--check")
    assert (current.exit_code, current.stdout.split(":")[0]) == (0, "five.py is what would be written")
    before = (tmp_path / "five.py").read_bytes()
    stale = run("build", "lenet5", "-o", "five.py", "--check")
    assert stale.exit_code == 1
    assert "is not what would be written, from line 3 on" in stale.stdout
    assert (tmp_path / "five.py").read_bytes() == before


def test_source_as_json(run: Run) -> None:
    document = json.loads(run("build", "lenet5", "--to", "python", "--json").stdout)
    assert (document["file"], document["current"], document["layers"]) == (None, None, 8)
    assert document["source"] == run("build", "lenet5", "--to", "python").stdout
    run("build", "lenet5", "-o", "five.py", "--json")
    checked = json.loads(run("build", "lenet5", "-o", "five.py", "--check", "--json").stdout)
    assert (checked["file"], checked["current"], checked["source"]) == ("five.py", True, None)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--to", "python", "-o", "net.keras"], "`--to python` writes `*.py`"),
        (["--to", "keras", "-o", "net.py"], "`--to keras` writes `*.keras`"),
        (["--to", "python", "--weights", "w.h5"], "`--weights` does not apply to Python source of a Keras model"),
        (["--to", "python", "--dry-run"], "`--dry-run` does not apply to Python source of a Keras model"),
        (["--flat"], "`--flat` does not apply to a Keras model"),
        (["--check"], "`--check` does not apply to a Keras model"),
        (["--to", "python", "--check"], "`--check` needs the file to compare"),
        (["--to", "torch", "--flat"], "`--flat` does not apply to Python source of a PyTorch module"),
        (["--to", "python", "--output", "C3"], "`--flat` ends at any layer"),
        (["-o", "nowhere/net.py"], "there is no folder `nowhere`"),
    ],
)
def test_options_that_say_nothing_are_refused(run: Run, tmp_path: Path, options: list[str], told: str) -> None:
    result = run("build", "lenet5", *options)
    assert result.exit_code == 2
    assert told in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_source_of_a_pytorch_module(run: Run, tmp_path: Path) -> None:
    printed = run("build", "lenet5", "--to", "torch")
    assert (printed.exit_code, printed.stderr) == (0, "")
    compile(printed.stdout, "lenet5.py", "exec")
    assert "class LeNet5(nn.Module):" in printed.stdout
    file = tmp_path / "five.py"
    assert "is not there" in run("build", "lenet5", "--to", "torch", "-o", "five.py", "--check").stdout
    written = run("build", "lenet5", "--to", "torch", "-o", "five.py")
    assert (written.exit_code, file.read_text(encoding="utf-8")) == (0, printed.stdout)
    assert run("build", "lenet5", "--to", "torch", "-o", "five.py", "--check").exit_code == 0
    assert run("build", "lenet5", "-o", "five.py", "--check").exit_code == 1


def test_what_pytorch_has_no_translation_for_is_named(run: Run, tmp_path: Path) -> None:
    spec = "archc: 1\nname: Attending\ninput: [4, 8]\nlayers:\n  - TimeDistributed: {layer: {Dense: 4}}\n"
    result = run("build", "-", "--to", "torch", "-o", "net.py", text=spec)
    assert result.exit_code == 2
    assert "TimeDistributed" in result.stderr
    assert "5:5: torch" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_flat_source_ends_where_it_is_told(run: Run) -> None:
    source = run("build", "lenet5", "--to", "python", "--flat", "--output", "C3").stdout
    assert "C3 = layers.Conv2D(16, 5" in source
    assert "C5" not in source
