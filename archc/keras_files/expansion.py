"""A model as what a spec becomes: its expansion, and a document that has no steps."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from archc.diagnostics import Position, SpecError, did_you_mean, printable
from archc.elaborate.expand import Expansion, Settings
from archc.ir.graph import Graph, Input, Tensor
from archc.ir.opaque import Opaque
from archc.keras_files.model_graph import read_model
from archc.keras_files.model_text import ModelText
from archc.language.document import Document
from archc.language.sources import Source
from archc.language.value import Scope, StepLimit
from archc.library.specs import Namespace, Spec


def expand_model(text: ModelText, settings: Settings) -> tuple[str, Expansion]:
    """The name and the network of a model, at a user's settings.

    Raises:
        SpecError: the model cannot be read, or has no parameter, input or layer of a name.
    """
    if settings.params:
        name = next(iter(settings.params))
        message = f"there is no parameter `{printable(name[:60])}`: {text.file} is a model, which has none"
        raise SpecError.of("unknown-parameter", message, None, "set parameters of a spec", about=name)
    read = read_model(text, dict(settings.inputs))
    if text.has_weights and any(isinstance(node.op, Opaque) and node.op.held is None for node in read.graph.nodes):
        from archc.keras_files.model_weights import weights_held

        with suppress(SpecError):  # without h5py, or damaged: then the weights of opaque layers stay unknown
            read = read_model(text, dict(settings.inputs), weights_held(text, len(read.graph.nodes)))
    _check_inputs(read.graph, settings)
    graph = read.graph.ending_at(_ends(read.graph, settings.outputs)) if settings.outputs else read.graph
    return read.name, Expansion(graph, {}, Scope({}, StepLimit()), ())


def _check_inputs(graph: Graph, settings: Settings) -> None:
    """Refuses shapes for inputs that there are not."""
    names = [made.name for made in graph.inputs]
    unknown = [name for name in settings.inputs if name not in names and (name is not None or len(names) > 1)]
    if unknown:
        name = unknown[0]
        message = f"there is no input `{printable(name[:60])}`" if name else "the network has several inputs"
        raise SpecError.of("unknown-input", message, None, f"`--input NAME=SIZES`; there are: {', '.join(names)}")


def _ends(graph: Graph, names: tuple[str, ...]) -> dict[str, Tensor]:
    """The outputs of layers and parts by their names."""
    found: dict[str, Tensor] = {}
    for name in names:
        tensor = graph.outputs.get(name) or graph.named(name)
        if tensor is None or isinstance(tensor, Input):
            known = [*graph.regions, *(node.name for node in graph.nodes)]
            hint = did_you_mean(name, known)
            message = f"there is no layer or part `{printable(name[:60])}`"
            raise SpecError.of("unknown-layer", message, None, hint, about=name)
        found[name] = tensor
    return found


def model_spec(label: str, text: ModelText, name: str) -> Spec:
    """A model as a spec that has its name and no steps."""
    folder = text.path.parent if text.path is not None else Path.cwd()
    source = Source(text.file, text.text, folder, text.path)
    document = Document(source, Position(text.file, 1, 1), frozenset({"name"}), name)
    return Spec(
        label=label,
        document=document,
        chain=(),
        name=name,
        summary=None,
        paper=None,
        params={},
        inputs=(),
        layers=(),
        outputs=None,
        preprocess=None,
        features={},
        leaves_out=False,
        facts=(),
        blocks=Namespace(),
        sources=(source,),
    )
