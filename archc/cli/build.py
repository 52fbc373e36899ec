"""`archc build`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from archc.cli.options import SPEC, SettingOptions, json_option, settings_options, spec_errors, strict_option
from archc.diagnostics import SpecError, printable

TARGETS = {"keras": ".keras", "python": ".py", "torch": ".py"}
"""What can be made, and the ending of its file."""


@click.command(
    "build",
    epilog="""\b
Examples:
  archc build vgg16 --set classes=10 -o vgg16_10.keras
  archc build vgg16 --weights vgg16_weights_tf_dim_ordering_tf_kernels.h5
  archc build vgg16 -o vgg16.py
  archc build vgg16 --to python --flat
""",
)
@click.argument("spec", type=SPEC)
@settings_options
@click.option(
    "--to",
    "target",
    type=click.Choice([*TARGETS]),
    help="A Keras model, Python source of one, or of a PyTorch module. [default: by the ending of FILE, else keras]",
)
@click.option("-o", "file", metavar="FILE", help="The file to write. [default: SPEC.keras here; source is printed]")
@click.option("--flat", is_flag=True, help="Source with a line a layer, its output's shape beside it.")
@click.option("--check", is_flag=True, help="Write nothing; status 1 if FILE is not the source that would be written.")
@click.option("--weights", metavar="FILE", help="Load the weights of a *.weights.h5, *.keras or *.h5 file of Keras's.")
@click.option("--dry-run", is_flag=True, help="Build and verify, and write nothing.")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@strict_option
@json_option
def build_command(
    spec: str,
    given: SettingOptions,
    target: str | None,
    file: str | None,
    flat: bool,
    check: bool,
    weights: str | None,
    dry_run: bool,
    force: bool,
    strict: bool,
    as_json: bool,
) -> None:
    """Build a network in Keras, or write Python source of it.

    A documented fact that differs is a warning and does not stop the build. Each layer's shape and weights are
    verified against what was inferred. The file loads where archc is not installed.

    Weights are loaded layer by layer, each shape verified: a file fits whole or is refused.

    Source has the structure of the spec: blocks are functions, loops are loops, parameters are arguments. It needs
    Keras (or PyTorch) alone.
    """
    from archc.cli import build_model, build_source

    with spec_errors(as_json):
        chosen = _target(target, file)
        _check_options(chosen, file, flat=flat, check=check, weights=weights is not None, dry_run=dry_run)
        if chosen == "keras":
            request = build_model.Request(spec, given, file, weights, dry_run, force, strict)
            sys.exit(build_model.run(request, as_json))
        source = build_source.Request(spec, given, chosen, file, flat, check, force, strict)
        sys.exit(build_source.run(source, as_json))


def _target(target: str | None, file: str | None) -> str:
    """What to make: as asked for, else by the ending of the file."""
    suffix = Path(file).suffix if file is not None else None
    chosen = target or next((name for name, ending in TARGETS.items() if ending == suffix), "keras")
    if suffix is not None and TARGETS[chosen] != suffix:
        what = "a Keras model is `*.keras`, source is `*.py`"
        message = (
            f"`{printable(file or '')}` is no kind of file that archc writes"
            if target is None
            else (f"`--to {chosen}` writes `*{TARGETS[chosen]}`, not `{printable(file or '')}`")
        )
        raise SpecError.of("usage", message, None, what)
    return chosen


def _check_options(target: str, file: str | None, *, flat: bool, check: bool, weights: bool, dry_run: bool) -> None:
    """Refuses options that say nothing of what is made."""
    for_source = {"--flat": flat, "--check": check}
    for_models = {"--weights": weights, "--dry-run": dry_run}
    wrong = [option for option, given in (for_source if target == "keras" else for_models).items() if given]
    if wrong:
        what = "source" if target == "keras" else "a Keras model"
        hint = "`--to python`, or `-o FILE.py`" if target == "keras" else "leave it out"
        raise SpecError.of("usage", f"`{wrong[0]}` is for {what} alone", None, hint)
    if target == "torch" and flat:
        raise SpecError.of("usage", "a PyTorch module always has a line a layer", None, "leave out `--flat`")
    if check and file is None:
        raise SpecError.of("usage", "`--check` needs the file to look at", None, "`-o FILE.py`")
