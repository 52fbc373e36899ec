"""Generated specs: their source makes the model that archc builds, and passes the linter and the formatter."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings

from archc.diagnostics import SpecError
from tests.cases import generated_cases
from tests.elaborate.specs import compile_text
from tests.targets.generated_specs import specs
from tests.targets.made import differences


def ruff(*arguments: str) -> str:
    """What ruff has to say, with no settings but these; nothing where all is well."""
    command = [sys.executable, "-m", "ruff", *arguments, "--isolated", "--target-version", "py311"]
    done = subprocess.run([*command, "--line-length", "120"], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode else ""


@generated_cases(few=60, many=300)
def test_source_of_any_spec_makes_the_same_model(cases: int, tmp_path: Path) -> None:
    @settings(max_examples=cases)
    @given(specs())
    def check(made: tuple[dict[str, Any], dict[str, Any]]) -> None:
        document, others = made
        try:
            network = compile_text(yaml.safe_dump(document, sort_keys=False, width=200))
            written = network.source(), network.source(flat=True)
        except SpecError:
            return
        for kind, source in zip(("structured", "flat"), written, strict=True):
            (tmp_path / f"{kind}_{len(list(tmp_path.iterdir()))}.py").write_text(source, encoding="utf-8")
        assert not differences(network, **({"others": others} if others else {}))

    check()
    files = sorted(map(str, tmp_path.iterdir()))
    structured = [path for path in files if "structured" in path]
    assert len(structured) > cases * 0.8
    assert not ruff("check", "--select", "E,F,W,I", "--output-format", "concise", *structured)
    assert not ruff("check", "--select", "E,F,W,I", "--ignore", "E501", "--output-format", "concise", *files)
    assert not ruff("format", "--diff", *files)
