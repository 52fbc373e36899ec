"""The path through the steps of one function of generated source."""

from __future__ import annotations

from dataclasses import dataclass

from archc.codegen.layout import Code


@dataclass(slots=True)
class Flow:
    """The path: the code of the tensor that it holds, and the variable that takes what the next step leaves."""

    current: Code
    target: str
