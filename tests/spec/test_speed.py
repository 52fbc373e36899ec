"""Reading and expansion take as long for a layer of a large network as for one of a small."""

from __future__ import annotations

import subprocess
import sys
from time import process_time

import pytest

from tests.spec.specs import compile_text, spec

WRITTEN = "- Conv2D: {{filters: 8, kernel_size: 3, padding: same}}\n  name: c{}"
LOOP = "- for: i in range({})\n  do:\n    - Conv2D: {{filters: 8, kernel_size: 3, padding: same}}"


def seconds(text: str) -> float:
    """The best of two, for what else runs disturbs one."""
    taken = []
    for _ in range(2):
        began = process_time()
        network = compile_text(text)
        taken.append(process_time() - began)
        del network
    return min(taken)


@pytest.mark.parametrize("form", ["written", "loop"])
def test_time_is_linear_in_the_layers(form: str) -> None:
    def text(count: int) -> str:
        return spec("\n".join(WRITTEN.format(i) for i in range(count)) if form == "written" else LOOP.format(count), input="[32, 32, 8]")  # noqa: E501

    compile_text(text(10))
    assert seconds(text(20_000)) / 20_000 < 2.5 * seconds(text(1_000)) / 1_000


def test_the_front_end_loads_nothing_heavy() -> None:
    code = (
        "import sys, archc; archc.load(sys.argv[1])\n"
        "assert not {'keras', 'tensorflow', 'numpy', 'rich', 'jinja2'} & set(sys.modules)"
    )
    from tests.spec.faults import EXAMPLES

    subprocess.run([sys.executable, "-c", code, str(EXAMPLES / "lenet5.yaml")], check=True)
