"""`archc classify`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archc.cli.options import (
    SettingOptions,
    json_option,
    print_diagnostics,
    print_json,
    spec_errors,
    strict_option,
    warn,
)
from archc.cli.progress import progress
from archc.cli.trained import image_paths, trained_model, trained_options
from archc.diagnostics import SpecError
from archc.images.options import RESIZES

if TYPE_CHECKING:
    from archc.images.classification import Classifier
    from archc.images.options import Resize


@click.command(
    "classify",
    epilog="""\b
Examples:
  archc classify vgg16 cat.jpg --weights imagenet
  archc classify resnet50_keras *.jpg --weights resnet50.h5 --top 3
  archc classify trained.keras digit.png --preprocess mine.yaml --labels names.txt
""",
)
@trained_options
@click.option(
    "--resize",
    type=click.Choice(RESIZES),
    default=RESIZES[0],
    show_default=True,
    help="spec: as `preprocess` says; keras: as Keras's load_img, the whole image by the nearest pixels.",
)
@click.option("--top", type=click.IntRange(1), default=5, show_default=True, metavar="N", help="Classes of an image.")
@click.option(
    "--labels",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Names of the classes, a line each, or Keras's index. [default: that in Keras's cache, if it is there]",
)
@click.option("--batch", type=click.IntRange(1), default=8, show_default=True, metavar="N", help="Images at once.")
@strict_option
@json_option
def classify_command(
    spec: str,
    images: tuple[str, ...],
    given: SettingOptions,
    weights: str | None,
    preprocess: str | None,
    resize: Resize,
    top: int,
    labels: Path | None,
    batch: int,
    strict: bool,
    as_json: bool,
) -> None:
    """Classify images.

    IMAGE is a JPEG or PNG file. It becomes the input as `preprocess` of the spec says: the shorter side is scaled,
    bilinear, and the middle cut out. Its likeliest classes are printed, with their probabilities if the network ends in
    a softmax, else their scores. A damaged image is an error, and the others are classified.
    """
    with spec_errors(as_json):
        from archc.images.classification import classifier_of
        from archc.images.documented import documented_preprocess
        from archc.images.imagenet import trained_weights
        from archc.network import load_network

        paths = image_paths(images)
        network = load_network(spec, given.settings())
        classifier = classifier_of(network.graph, documented_preprocess(network.spec, preprocess), resize, labels)
        file = trained_weights(spec, weights, has_own=network.has_weights)
        model, found = trained_model(network, file)
        warned = warn([*network.warnings, *found], as_json=as_json, strict=strict)
        document = {
            "format": "archc-classify",
            "version": 1,
            "spec": spec,
            "weights": None if file is None else str(file),
            "output": classifier.output,
            "values": classifier.values,
        }
        classified, errors = _classified(classifier, model, paths, top, batch, printing=not as_json)
        if as_json:
            print_json({**document, "images": classified, "diagnostics": errors, "warnings": warned.entries})
        sys.exit(2 if errors else warned.status)


def _classified(
    classifier: Classifier, model: Any, paths: list[Path], top: int, batch: int, *, printing: bool
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Classifies images, and prints each as it is done: all of them for programs, and the errors of the others."""
    from archc.report.classify import heading, image_json, image_lines
    from archc.report.messages import diagnostic_json

    classified, errors = [], []
    if printing:
        click.echo(heading(classifier.values))
    with progress(len(paths), "classifying") as tell:
        for found in classifier.classify(model, paths, top=top, batch=batch):
            if isinstance(found, SpecError):
                errors += [diagnostic_json(each) for each in found.diagnostics]
                if printing:
                    print_diagnostics(found.diagnostics)
            else:
                classified.append(image_json(found))
                if printing:
                    click.echo("\n".join(image_lines(found, classifier.values)))
            tell(len(classified) + len(errors), "classifying")
    return classified, errors
