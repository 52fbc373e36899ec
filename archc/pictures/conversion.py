"""SVG as PNG or PDF, by what is installed."""

from __future__ import annotations

import shutil
import subprocess
from importlib import import_module
from importlib.util import find_spec

from archc.diagnostics import SpecError, shortened

_SCALE = 2
"""Pixels of a PNG for one of the SVG."""


def converted(svg: str, suffix: str) -> bytes:
    """The file that an SVG becomes.

    Args:
        svg: the text.
        suffix: `.png` or `.pdf`.

    Raises:
        SpecError: nothing is installed that can make it, or it failed.
    """
    kind = suffix.removeprefix(".")
    program = shutil.which("rsvg-convert")
    if program is not None:
        return _by_program(program, svg, kind)
    if find_spec("cairosvg") is None:
        raise SpecError.of(
            "no-converter", f"a {kind.upper()} is made by CairoSVG or rsvg-convert, and neither is there"
        )
    try:
        convert = getattr(import_module("cairosvg"), f"svg2{kind}")
        content: bytes = convert(bytestring=svg.encode(), scale=_SCALE if kind == "png" else 1)
    except Exception as error:  # CairoSVG raises what its own libraries do
        raise _failed("CairoSVG", kind, str(error)) from None
    return content


def _by_program(program: str, svg: str, kind: str) -> bytes:
    scale = ["--zoom", str(_SCALE)] if kind == "png" else []
    command = [program, "--format", kind, "--unlimited", *scale]
    done = subprocess.run(command, input=svg.encode(), capture_output=True, check=False)
    if done.returncode:
        raise _failed("rsvg-convert", kind, done.stderr.decode(errors="replace"))
    return done.stdout


def _failed(converter: str, kind: str, reason: str) -> SpecError:
    message = f"{converter} made no {kind.upper()}: {shortened(reason.strip(), 200)}"
    return SpecError.of("no-converter", message, None, "write an SVG, or fewer levels")
