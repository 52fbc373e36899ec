"""`archc sweep`: the table, what is said of the variants, files that are there, and going on."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from archc.sweeps import run as sweeps
from archc.sweeps.outcome import Outcome
from tests.sweeps.families import TEXT

Run = Callable[..., Result]
SWEEP = "sweep: {width: 0..4, depth: [1, 2, 0], bias: [true, false]}\n"


@pytest.fixture
def run(archc: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("archc.sweeps.engine.CHUNK", 4)
    (tmp_path / "small.yaml").write_text(TEXT + SWEEP, encoding="utf-8")
    return lambda *arguments: archc("sweep", *arguments, "--jobs", "1")


def test_the_table_and_what_became_of_the_variants(run: Run, golden: Callable[[str, str], None]) -> None:
    result = run("small.yaml", "--where", "set.bias and params < 0.05K", "--sort", "macs:max,params")
    assert result.exit_code == 0
    golden("sweep.csv", re.sub(r"[0-9a-f]{32}\n", "ID\n", result.stdout))
    golden("sweep.txt", result.stderr)


def test_a_file_gets_the_same_rows(run: Run, tmp_path: Path) -> None:
    printed = run("small.yaml")
    result = run("small.yaml", "-o", "table.csv", "--plot", "front.svg", "--emit", "nets", "--top", "2")
    assert result.stdout == "wrote table.csv\nwrote front.svg\nwrote 2 specs into nets\n"
    assert (tmp_path / "table.csv").read_text(encoding="utf-8") == "".join(printed.stdout.splitlines(True)[:3])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["front.svg", "nets", "small.yaml", "table.csv"]
    ids = [row["id"] for row in csv.DictReader(io.StringIO(printed.stdout))][:2]
    assert {path.stem for path in (tmp_path / "nets").glob("small_*")} == {f"small_{each[:12]}" for each in ids}


@pytest.mark.parametrize("interrupt", [KeyboardInterrupt(), SystemExit(143)])
def test_a_sweep_that_is_ended_goes_on(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interrupt: BaseException
) -> None:
    printed = run("small.yaml", "--sort", "params")
    added = Outcome.add

    def ending(self: Outcome, chunk: object) -> object:
        if chunk.start == 12:  # type: ignore[attr-defined]
            raise interrupt
        return added(self, chunk)  # type: ignore[arg-type]

    monkeypatch.setattr(Outcome, "add", ending)
    ended = run("small.yaml", "-o", "table.csv")
    assert ended.exit_code == (130 if isinstance(interrupt, KeyboardInterrupt) else 143)
    assert ended.stderr == ("ended; `table.csv.part` has what is done: the same command with `--resume` goes on\n")
    monkeypatch.setattr(Outcome, "add", added)
    refused = run("small.yaml", "-o", "table.csv")
    assert (refused.exit_code, refused.stderr.split()[0]) == (2, "file-exists")
    other = run("small.yaml", "-o", "table.csv", "--resume", "--where", "params < 9")
    assert (other.exit_code, other.stderr.split()[0]) == (2, "sweep-record")
    result = run("small.yaml", "-o", "table.csv", "--resume", "--sort", "params")
    assert (result.exit_code, result.stderr) == (0, printed.stderr)
    assert (tmp_path / "table.csv").read_text(encoding="utf-8") == printed.stdout
    assert not sweeps.record_path(tmp_path / "table.csv").exists()


def test_a_sweep_with_a_wrong_condition_leaves_nothing(run: Run, tmp_path: Path) -> None:
    result = run("small.yaml", "-o", "table.csv", "--where", "set.width < 'many'")
    assert (result.exit_code, result.stderr.split()[1]) == (2, "type")
    assert [path.name for path in tmp_path.iterdir()] == ["small.yaml"]


def test_shards_are_merged_to_the_bytes_of_one_run(run: Run, archc: Run, tmp_path: Path) -> None:
    whole = run("small.yaml", "--pareto", "params:max,macs")
    for number in (3, 1, 2):
        assert run("small.yaml", "--shard", f"{number}/3", "-o", f"{number}.shard").exit_code == 0
    merged = archc("sweep", "--merge", "2.shard", "3.shard", "1.shard", "--pareto", "params:max,macs")
    assert (merged.exit_code, merged.stdout, merged.stderr) == (0, whole.stdout, whole.stderr)
    lacking = archc("sweep", "--merge", "2.shard", "3.shard", "-o", "table.csv")
    assert (lacking.exit_code, lacking.stderr.split()[0]) == (2, "sweep-record")
    assert not (tmp_path / "table.csv").exists()


def test_rows_are_a_table_on_a_terminal() -> None:
    from archc.report.table import table_text
    from archc.sweeps.formats import rows_table
    from archc.sweeps.variants import Row

    table = rows_table(("set.act", "params", "receptive_field"), [Row(0, ("relu", 12345, None))])
    assert table_text(table) == "set.act  params  receptive_field\nrelu     12,345"


REQUESTS = {
    "no_values": ("tests/cli/specs/lenet5_c5.yaml",),
    "vary_text": ("lenet5", "--vary", "classes"),
    "vary_range": ("lenet5", "--vary", "classes=9..1"),
    "vary_type": ("lenet5", "--vary", "classes=[1, ten]", "--vary", "clases=1..2"),
    "vary_and_set": ("lenet5", "--vary", "classes=1..2", "--set", "classes=3"),
    "too_many": ("lenet5", "--vary", "classes=1..90000", "--vary", "classes=1..9", "--sample", "2000000"),
    "zip": ("resnet", "--vary", "classes=1..3", "--vary", "depths=[[1,1,1,1]]", "--zip"),
    "interval": ("regnet", "--vary", "w_a=1.5..30:log"),
    "where_syntax": ("lenet5", "--vary", "classes=1..2", "--where", "params < 5Mb"),
    "where_name": ("lenet5", "--vary", "classes=1..2", "--where", "classes > 1 and params < 5M"),
    "where_parameter": ("lenet5", "--vary", "classes=1..2", "--where", "set.clases > 1"),
    "where_value": ("lenet5", "--vary", "classes=1..2", "--where", "receptive_field > 100"),
    "sort": ("lenet5", "--vary", "classes=1..2", "--sort", "parms"),
    "pareto": ("lenet5", "--vary", "classes=1..2", "--pareto", "params,macs:largest"),
    "ending": ("lenet5", "--vary", "classes=1..2", "-o", "table.xlsx"),
    "plot": ("lenet5", "--vary", "classes=1..2", "--plot", "table.png"),
    "axes": ("lenet5", "--vary", "classes=1..2", "--axes", "macs,params"),
    "emit": ("lenet5", "--vary", "classes=1..2", "--emit", "specs/lenet"),
    "shard": ("lenet5", "--vary", "classes=1..2", "--shard", "4/3", "-o", "a.shard"),
    "shard_sort": ("lenet5", "--vary", "classes=1..2", "--shard", "1/3", "-o", "a.shard", "--sort", "macs"),
    "resume": ("lenet5", "--vary", "classes=1..2", "--resume"),
    "two": ("lenet5", "vgg16", "--vary", "classes=1..2"),
    "merge_of_a_spec": ("--merge", "specs/lenet/lenet5.yaml"),
    "merge_where": ("--merge", "a.shard", "--where", "params < 5M"),
    "model": ("keras:VGG16", "--vary", "classes=1..2"),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_the_message_of_a_request(name: str, archc: Run, golden: Callable[[str, str], None]) -> None:
    result = archc("sweep", *REQUESTS[name])
    golden(f"sweep/{name}.txt", result.stderr)
    assert (result.exit_code, result.stdout) == (2, "")
