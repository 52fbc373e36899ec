"""Expressions that are read from their text are laid out as ruff lays them out."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from archc.codegen.expression_layout import one_line
from archc.codegen.printer import printed
from archc.codegen.tree import assign, code, variable

# `A`, `B` and `C` are names of any length.
BROKEN = [
    "torch.cat((A, B, C), 1)",
    "torch.cat((A, B, C, A, B, C, A), 1)",
    "A + B - C + 1",
    "(A + B + C) / 3",
    "A * B.view(C, 1)",
    "A * B.view(1, 2, 3).view(-1, 1, 1) - A.view(-1, 1, 1)",
    "A + B.transpose(1, 2)[:, :, None]",
    "A.float() * B.float().g([1, 2]).view(-1, 1, 1) + C.float().g([4, 5]).view(-1, 1, 1)",
    "A + B.f().g([4, 5]).view(-1, 1, 1)",
    "f(A).g(B).h(C, 1)",
    "f(A[:, None].g(B).h(C, 1))",
    "self.A(B)",
    "self.A(B.movedim(-1, 1)).movedim(1, -1)",
    "F.relu(self.A(self.B(F.pad(C, (0, 1, 0, 1)))))",
    "F.relu((A + B + C) / 3)",
    "torch.maximum(torch.maximum(A, B), C)",
    "torch.where(A >= 0.5, A.clamp(max=3), 0.1 * (A - 0.5))",
]


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "-torch.inf",
        "F.pad(x, (0, 1, 0, 1), value=-torch.inf)",
        "torch.cat((a, b), 1)",
        "x[:, :, None, :-1]",
        "x.permute(0, 2, 3, 1).reshape(-1, 4).flatten(-2)",
        "(a + b + c) / 3 - d * (e - 1e-5)",
        "a - (b - c)",
        'without("bias", nn.BatchNorm2d(4, eps=1e-5))',
        "torch.where(x >= 0.5, x, 0.0)",
        "f(sizes=[1, 2], only=(1,))",
    ],
)
def test_what_fits_stays_as_it_is(text: str) -> None:
    assert one_line(code(text)) == text


def test_what_does_not_fit_is_broken_as_ruff_breaks_it() -> None:
    lines = []
    for text in BROKEN:
        for length in range(1, 64, 3):
            names = {letter: letter * length for letter in "ABC"}
            expression = re.sub(r"\b([ABC])\b", r"{\1}", text).format(**names)
            target = variable("x") if length % 2 else code(f"self.{'t' * length}")
            lines += [*printed([assign([target], code(expression))])]
    given = ["ruff", "format", "--isolated", "--no-cache", "--line-length=120", "--diff", "-"]
    text = "\n".join(lines) + "\n"
    done = subprocess.run([sys.executable, "-m", *given], input=text, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
