"""What loading a spec loads."""

from __future__ import annotations

import subprocess
import sys


def test_the_front_end_loads_nothing_heavy() -> None:
    code = (
        "import sys, archc; archc.load(sys.argv[1])\n"
        "assert not {'keras', 'tensorflow', 'numpy', 'rich', 'torch'} & set(sys.modules)"
    )
    from tests.elaborate.faults import EXAMPLES

    subprocess.run([sys.executable, "-c", code, str(EXAMPLES / "lenet5.yaml")], check=True)
