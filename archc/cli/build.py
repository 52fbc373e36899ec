"""`archc build`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from archc.cli.options import SPEC, SettingOptions, json_option, settings_options, spec_errors, strict_option
from archc.diagnostics import SpecError, printable
from archc.targets.registry import TARGETS, Target, target_named

_DEFAULT, *_ = TARGETS.values()
_STDOUT = "-"


@click.command(
    epilog="""\b
Examples:
  archc build vgg16 --set classes=10 -o vgg16_10.keras
  archc build vgg16 --weights vgg16_weights_tf_dim_ordering_tf_kernels.h5
  archc build vgg16 -o vgg16.py
  archc build vgg16 --to python --flat
"""
)
@click.argument("spec", type=SPEC)
@settings_options
@click.option(
    "--to",
    "target",
    type=click.Choice([*TARGETS]),
    help=f"{'; '.join(f'{target.name}: {target.what}' for target in TARGETS.values())}. "
    f"[default: by the ending of FILE, else {_DEFAULT.name}]",
)
@click.option(
    "-o",
    "file",
    metavar="FILE",
    help=f"The file to write; `-` prints source. [default: SPEC{_DEFAULT.ending} here; source is printed]",
)
@click.option("--flat", is_flag=True, help="Source with a line a layer, its output's shape beside it.")
@click.option("--check", is_flag=True, help="Write nothing; status 1 if FILE is not the source that would be written.")
@click.option("--weights", metavar="FILE", help="Load the weights of a *.weights.h5, *.keras or *.h5 file of Keras's.")
@click.option("--dry-run", is_flag=True, help="Build and verify, and write nothing.")
@click.option("--force", is_flag=True, help="Replace a file that exists.")
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
    """Build a network in Keras, or write source of it.

    A documented fact that differs is a warning and does not stop the build. Each layer's shape and weights are
    verified against what was inferred. The file loads where archc is not installed.

    Weights are loaded layer by layer, each shape verified: a file fits whole or is refused.

    Source has the structure of the spec: blocks are functions, loops are loops, parameters are arguments. It needs
    Keras (or PyTorch) alone.
    """
    with spec_errors(as_json):
        chosen = _target(target, file)
        options = {"--flat": flat, "--check": check, "--weights": weights is not None, "--dry-run": dry_run}
        for option in [option for option, is_given in options.items() if is_given]:
            chosen.check_option(option)
        path = None if file in (None, _STDOUT) else Path(str(file))
        if chosen.writer is None:
            from archc.cli.build_model import build_model

            status = build_model(
                spec, given, path, weights=weights, dry_run=dry_run, force=force, strict=strict, as_json=as_json
            )
        else:
            from archc.cli.build_source import write_source

            if check and path is None:
                raise SpecError.of("usage", "`--check` needs the file to compare", None, f"`-o FILE{chosen.ending}`")
            status = write_source(
                spec, given, path, chosen.name, flat=flat, check=check, force=force, strict=strict, as_json=as_json
            )
    sys.exit(status)


def _target(name: str | None, file: str | None) -> Target:
    """What to make: as asked for, else by the ending of the file.

    Raises:
        SpecError: the target does not write such a file.
    """
    endings = {target.ending: target for target in [*TARGETS.values()][::-1]}
    suffix = None if file in (None, _STDOUT) else Path(str(file)).suffix
    chosen = target_named(name) if name is not None else endings.get(suffix or _DEFAULT.ending)
    if chosen is None or suffix not in (None, chosen.ending):
        subject = f"`--to {name}` writes `*{chosen.ending}`, not" if chosen is not None else "no target writes"
        hint = ", ".join(f"`*{ending}` is {target.what}" for ending, target in reversed(endings.items()))
        raise SpecError.of("usage", f"{subject} `{printable(file or '')}`", None, hint)
    if file == _STDOUT and chosen.writer is None:
        hint = f"`-o FILE{chosen.ending}`, or another target with `--to`"
        raise SpecError.of("usage", f"{chosen.what} cannot be written to standard output", None, hint)
    return chosen
