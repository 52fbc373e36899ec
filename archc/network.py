"""A loaded network: its graph and facts, and the ways on from it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archc.analysis import cost
from archc.analysis.fact_check import CheckedFact, check, elsewhere
from archc.analysis.layer_view import Layers
from archc.collector import Collector
from archc.diagnostics import SpecError
from archc.elaborate.expand import Expansion, Settings, expand
from archc.ir.graph import Graph, layer_calls
from archc.ir.opaque import refuse_opaque
from archc.ir.shape import Shape
from archc.keras_files.kinds import is_model
from archc.language.sources import LINE_END
from archc.library.specs import Spec, load_spec, resolve
from archc.library.texts import source_of
from archc.notebook.facts import Facts
from archc.version import __version__

if TYPE_CHECKING:
    import keras  # noqa: TID251 - for its types alone
    import torch  # noqa: TID251 - for its types alone

    from archc.diff.counterpart_facts import HeldFacts
    from archc.images.classification import ClassifiedImage
    from archc.images.options import Resize
    from archc.keras_files.model_text import ModelText
    from archc.notebook.comparison import NetworkDiff
    from archc.pictures.page.page import Page
    from archc.pictures.plot import Picture
    from archc.projection.occlusion import Occlusion
    from archc.projection.projection import Projections
    from archc.targets.keras.model import Progress
    from archc.weights.loading import Loaded
    from archc.weights.saved_file import WeightFile


class Network:
    """A spec at certain values of its parameters, or a model of Keras's, expanded and inferred.

    Attributes:
        spec: the document, with what it extends and uses; without steps for a model.
        settings: what was set beside the file.
        graph: the layers.
        values: of all parameters.
        warnings: of layers that are left out.
        model_text: the configuration of the model; None for a spec.
    """

    def __init__(
        self,
        spec: Spec,
        settings: Settings,
        expansion: Expansion,
        again: Callable[[Settings], Network],
        text: ModelText | None = None,
    ) -> None:
        self.spec = spec
        self.settings = settings
        self.graph = expansion.graph
        self.values = expansion.values
        self._expansion = expansion
        self.warnings = expansion.warnings
        self.model_text = text
        self._again = again

    @property
    def name(self) -> str:
        """The name that people use."""
        return self.spec.name

    @cached_property
    def params(self) -> int:
        """Learned weights."""
        return cost.params(self.graph.nodes)

    @cached_property
    def total_params(self) -> int:
        """Learned weights, and those that Keras counts as not trainable."""
        return cost.total_params(self.graph.nodes)

    @cached_property
    def macs(self) -> int | None:
        """Multiply-adds of the kernels for one image; None where a size is unknown."""
        return cost.macs(self.graph.nodes)

    @cached_property
    def depth(self) -> int:
        """The most weighted layers on any path to the main output."""
        return cost.depth(self.graph)

    @cached_property
    def layers(self) -> Layers:
        """The layers and named parts, by their full names."""
        return Layers(self.graph)

    def check(self, *, conditions: bool = True) -> Facts:
        """Gives each documented fact its verdict: a list, which a notebook shows as a table.

        Args:
            conditions: whether facts at other values (`when`) are among them, for which the spec is expanded again.

        Raises:
            SpecError: a fact itself is wrong.
        """
        if conditions and any(fact.when for fact in self.spec.facts):
            return Facts(self._checked_with_conditions)
        return Facts(self._checked)

    @cached_property
    def _checked(self) -> list[CheckedFact]:
        return self._verdicts(conditions=False)

    @cached_property
    def _checked_with_conditions(self) -> list[CheckedFact]:
        return self._verdicts(conditions=True)

    def _verdicts(self, *, conditions: bool) -> list[CheckedFact]:
        collector = Collector()
        collector.lines.update({source.file: LINE_END.split(source.text) for source in self.spec.sources})
        at = elsewhere(self.spec, collector) if conditions else None
        own = expand(self.spec, Settings(), Collector()) if self.settings and self.spec.layers else None
        facts = check(self.spec, own or self._expansion, self._expansion if self.settings else None, collector, at)
        collector.raise_any()
        return facts

    def check_as(self, described: Network) -> HeldFacts:
        """Holds this network to the facts of another, each at the counterpart of its layer.

        Args:
            described: the network of a spec that has documented facts.

        Raises:
            SpecError: a fact itself is wrong.
        """
        from archc.diff.counterpart_facts import hold

        collector = Collector()
        found = hold(
            described.spec, described._expansion, described.check(conditions=False), described.diff(self), collector
        )
        collector.raise_any()
        return found

    def build(self, outputs: list[str] | None = None, weights: str | PathLike[str] | None = None) -> keras.Model:
        """The network as a Keras functional model, verified layer by layer against what was inferred.

        Args:
            outputs: names of layers or parts where the model ends; the network's outputs if None.
            weights: a file of weights, `.weights.h5`, `.keras` or `.h5`. A model that ends before the network does may
                leave layers of the file out. If None, a model file's own weights, and new ones for a spec.

        Raises:
            SpecError: nothing has one of these names, the weights do not fit, or archc has no op for a layer.
            BuildError: Keras's layers are not what was inferred.
        """
        network = self.ending_at(*outputs) if outputs else self
        model, loaded = network.build_loaded(None if weights is None else Path(weights))
        for warning in loaded.warnings if loaded is not None else ():
            warnings.warn(f"{warning.message}; {warning.hint}", stacklevel=2)
        return model

    def build_loaded(self, weights: Path | None, progress: Progress | None = None) -> tuple[keras.Model, Loaded | None]:
        """As `build`, with what was loaded; None where all weights are new.

        Args:
            weights: a file of weights. If None, a model file's own.
            progress: is called with the number of layers built.

        Raises:
            SpecError: the weights do not fit, or archc has no op for a layer.
        """
        refuse_opaque(self.graph.nodes)
        if weights is not None:
            from archc.weights.loading import build_with_weights

            return build_with_weights(self.graph, self.name, weights, self.whole, progress, self._flattened)
        if self.model_text is not None and self.has_weights:
            from archc.keras_files.model_weights import build_model

            return build_model(self.model_text, self.graph, self.name, self.whole, progress)
        from archc.targets.keras import model as keras_model

        return keras_model.build(self.graph, self.name, progress, typed=self.model_text is not None), None

    def _flattened(self, file: WeightFile) -> WeightFile | None:
        """A file of weights without models inside; None where it has no configuration, or no model that is lacking."""
        from archc.keras_files.model_text import read_model_file
        from archc.keras_files.model_weights import flattened, models_inside

        try:
            text = read_model_file(file.path)
            if models_inside(text) <= {call.name for call in self.whole.calls}:
                return None
            return flattened(file, text, from_model(str(file.path), text, Settings()).graph)
        except SpecError:  # weights alone, or a model that archc does not read
            return None

    def source(self, target: str = "python", *, flat: bool = False) -> str:
        """Source of the network.

        Args:
            target: `python` for a function that makes a Keras model, `torch` for a PyTorch module; or another target of
                `archc.targets.registry` that is source.
            flat: whether a Keras model is written a line a layer, else with the structure of the spec. A PyTorch
                module always has a line a layer.

        Raises:
            SpecError: the target does not know an op, or the structure cannot end at a layer.
        """
        from archc.codegen.heading import source_heading
        from archc.codegen.module import SourceRequest
        from archc.targets.registry import target_named

        chosen = target_named(target)
        if flat:
            chosen.check_option("--flat")
        refuse_opaque(self.graph.nodes)
        options = f"--to {target}{' --flat' if flat else ''}"
        heading = source_heading(
            self.spec, self.graph, self.settings, self.check(conditions=False), options, __version__
        )
        flat = flat or not self.spec.layers  # a model file has no structure
        return chosen.source(SourceRequest(self.name, self.graph, self.spec, self.settings, heading, flat))

    def state_dict(self, model: keras.Model) -> dict[str, torch.Tensor]:
        """The weights of a model that this network built, as the state of its PyTorch module, which loads it strictly.

        Raises:
            SpecError: PyTorch is not installed or lacks some of the layers, or the model is not this network's.
        """
        from archc.targets.torch import state_dict as torch_weights

        return torch_weights.state_dict(self.graph, model)

    def diff(self, other: Network | str | PathLike[str]) -> NetworkDiff:
        """What differs in another network, compared as architectures: what only the other has is added.

        Args:
            other: a network, or the name or path of a spec.

        Raises:
            SpecError: the spec cannot be compiled.
        """
        from archc.diff.compare import diff
        from archc.notebook.comparison import NetworkDiff
        from archc.report.diff import DiffSide

        if not isinstance(other, Network):
            other = load(other)
        found = diff(self.graph, other.graph, preprocess=(self.spec.preprocess, other.spec.preprocess))
        sides = [DiffSide(network.name, network.name, network.values) for network in (self, other)]
        return NetworkDiff.of(found, *sides)

    def plot(
        self,
        *,
        style: str = "blocks",
        levels: int | None = None,
        direction: str = "tb",
        theme: str = "auto",
        show: Sequence[str] | None = None,
    ) -> Picture:
        """A picture of the network, which a notebook shows and `write` puts into a file.

        Args:
            style: `blocks` for boxes and lines, `volumes` for the main path as prisms.
            levels: how many parts inside one another are open; as many as a page has room for if None.
            direction: `tb` from top to bottom, `lr` from left to right.
            theme: `auto`, `light` or `dark`.
            show: what boxes tell too: `params`, `macs`, `field`, `facts`. If None, `facts`; prisms show nothing.

        Raises:
            SpecError: an option is none of those that there are, or the network is too short or too long for `volumes`.
        """
        from archc.pictures.options import plot_options
        from archc.pictures.plot import network_picture

        options = plot_options(style, levels, direction, theme, show)
        facts = self.check(conditions=False) if "facts" in options.show else ()
        return network_picture(self.name, self.graph, options, tuple(facts))

    def page(self, other: Network | str | PathLike[str] | None = None, *, levels: int | None = None) -> Page:
        """The network as a page for a browser: its picture, whose parts open, its layers and facts; `write` writes it.

        Args:
            other: a network, or the name or path of a spec, that this one is compared with: both beside each other.
            levels: how many parts inside one another can be opened; all if None.

        Raises:
            SpecError: the other spec cannot be compiled, or the page would be too large.
        """
        if other is None:
            from archc.pictures.page.page import network_page

            return network_page(self.spec, self.graph, self.values, self.settings.params, self.check(), levels)
        from archc.pictures.page.compared import Compared, compared_page
        from archc.report.diff import DiffSide

        if not isinstance(other, Network):
            other = load(other)
        left, right = (Compared(DiffSide(one.spec.label, one.name, one.values), one.spec) for one in (self, other))
        return compared_page(left, right, self.diff(other), levels)

    def classify(
        self,
        images: Sequence[str | PathLike[str]],
        *,
        weights: str | PathLike[str] | None = None,
        model: keras.Model | None = None,
        top: int = 5,
        batch: int = 8,
        resize: Resize = "spec",
        labels: str | PathLike[str] | None = None,
        preprocess: str | PathLike[str] | None = None,
    ) -> list[ClassifiedImage]:
        """Classifies images.

        Args:
            images: JPEG or PNG files.
            weights: a file of weights, or `imagenet` for those that Keras publishes. If None, a model file's own.
            model: a model that this network built, to be used in the place of a new one.
            top: how many classes of each image are given, the most likely first.
            batch: how many images are computed at once.
            resize: `spec` as the spec says, `keras` as `keras.utils.load_img` does.
            labels: a file with the names of the classes; Keras's own where it has them if None.
            preprocess: a spec whose `preprocess` is used; that of this network if None.

        Raises:
            SpecError: an image cannot be read, the weights do not fit or there are none, or the network does not
                classify images.
        """
        from archc.images.classification import classifier_of
        from archc.images.documented import documented_preprocess
        from archc.images.imagenet import trained_weights

        section = documented_preprocess(self.spec, None if preprocess is None else fspath(preprocess))
        classifier = classifier_of(self.graph, section, resize, None if labels is None else Path(labels))
        if model is None:
            given = None if weights is None else fspath(weights)
            model = self.build(weights=trained_weights(self.spec.label, given, has_own=self.has_weights))
        return classifier.classified(model, [Path(image) for image in images], top=top, batch=batch)

    @property
    def has_weights(self) -> bool:
        """Whether it is the network of a model file that has weights."""
        return self.model_text is not None and self.model_text.has_weights

    def view(
        self,
        model: keras.Model,
        image: Any,
        *,
        layer: str,
        unit: int | None = None,
        top: int = 9,
        method: str = "deconv",
        progress: Progress | None = None,
    ) -> Projections:
        """The strongest activations of a layer, projected back to the images, as by Zeiler and Fergus (2014).

        Args:
            model: what `build` made of this network, whole or ending at the layer, with trained weights.
            image: as the network takes it, (height, width, channels); or several along a first axis.
            layer: the name of a layer or part.
            unit: a channel, of which the strongest positions are projected, or the strongest of each of several
                images; if None, the channels with the largest activations, each at its strongest position.
            top: how many activations.
            method: `deconv` rectifies the signal, `gradient` masks it by the way forward, `guided` does both.
            progress: is called with the number of activations that are projected.

        Raises:
            SpecError: there is no such layer or unit, or the images do not fit.
        """
        from archc.projection.projection import project

        graph = self._seen_by(layer, image)
        report = progress or (lambda _: None)
        return project(model, graph, image, layer=layer, unit=unit, top=top, method=method, progress=report)

    def occlude(
        self,
        model: keras.Model,
        image: Any,
        *,
        layer: str,
        unit: int | None = None,
        top: int = 9,
        square: int | None = None,
        stride: int | None = None,
        fill: Any = None,
        progress: Progress | None = None,
    ) -> Occlusion:
        """How channels of a layer respond while a square covers one part of an image after the other.

        Args:
            model: what `build` made of this network, whole or ending at the layer, with trained weights.
            image: as the network takes it, (height, width, channels).
            layer: the name of a layer or part.
            unit: a channel; if None, those that respond most to the whole image.
            top: how many channels.
            square: the side of the square in pixels; an eighth of the shorter side if None.
            stride: how far it moves; half of its side if None.
            fill: the value of each channel in the square; the mean of the image if None.
            progress: is called with the number of places that were covered.

        Raises:
            SpecError: there is no such layer or unit, or the image or the square do not fit.
        """
        from archc.projection.occlusion import occlude

        graph = self._seen_by(layer, image)
        report = progress or (lambda _: None)
        return occlude(
            model,
            graph,
            image,
            layer=layer,
            unit=unit,
            top=top,
            square=square,
            stride=stride,
            fill=fill,
            progress=report,
        )

    def _seen_by(self, layer: str, image: Any) -> Graph:
        """The network that ends at a layer, its open sizes those of an image."""
        graph = self.ending_at(layer).graph
        if len(graph.inputs) == 1 and None in (expected := graph.inputs[0].shape):
            from archc.projection.projection import size_of

            sizes: dict[str | None, Shape] = {graph.inputs[0].name: size_of(image, len(expected))}
            return self._again(Settings(self.settings.params, sizes, (layer,))).graph
        return graph

    @property
    def whole(self) -> Graph:
        """The layers of the network as if no outputs had been set."""
        if not self.settings.outputs:
            return self.graph
        return self._again(Settings(self.settings.params, self.settings.inputs)).graph

    def ending_at(self, *names: str) -> Network:
        """The network that ends at these layers or parts, without what they do not need.

        Raises:
            SpecError: nothing has one of these names.
        """
        return self._again(Settings(self.settings.params, self.settings.inputs, names))

    def __repr__(self) -> str:
        return f"<{self.name}: {len(layer_calls(self.graph.nodes))} layers, {self.params:,} parameters>"

    def _repr_html_(self) -> str:
        from archc.notebook.network import network_markup

        return network_markup(self.spec, self.graph)


def load(
    spec: str | PathLike[str] | keras.Model, *, inputs: Mapping[str, Shape] | Shape | None = None, **params: Any
) -> Network:
    """Loads a network.

    Args:
        spec: a name of the library; a path of a spec or of a model that Keras saved; `keras:NAME` for a network of
            `keras.applications`; `FILE.py:FUNCTION`; or a model itself.
        inputs: the shape of the input without the batch; by name where there are several.
        **params: values of the spec's parameters.

    Raises:
        SpecError: the spec cannot be compiled; it holds every fault.

    Example:
        >>> load("resnet50", classes=10).params
        23528522
    """
    settings = _settings(inputs, params)
    if isinstance(spec, str | PathLike):
        return load_network(fspath(spec), settings)
    from archc.keras_files.made_models import text_of_model

    return from_model(f"<{spec.name}>", text_of_model(spec), settings)


def loads(
    spec: str | Mapping[str, Any],
    base: str | PathLike[str] | None = None,
    *,
    inputs: Mapping[str, Shape] | Shape | None = None,
    **params: Any,
) -> Network:
    """Loads a network from a text, or from a mapping with the sections of a spec.

    Args:
        spec: what a file would have.
        base: the folder where `extends` and `use` look first, as for a file in it; the library alone if None.
        inputs: as for `load`.
        **params: as for `load`.

    Raises:
        SpecError: the spec cannot be compiled; it holds every fault.

    Example:
        >>> loads({"archc": 1, "name": "Small", "input": [8], "layers": [{"Dense": 3}]}).params
        27
    """
    source, collector = source_of(spec, base), Collector()
    found = resolve(source, source.file, collector)
    if found is None:
        raise collector.error()
    return from_spec(found, _settings(inputs, params), collector)


def _settings(inputs: Mapping[str, Shape] | Shape | None, params: Mapping[str, Any]) -> Settings:
    by_name: Mapping[Any, Shape] = (
        inputs if isinstance(inputs, Mapping) else {} if inputs is None else {None: tuple(inputs)}
    )
    return Settings(params, by_name)


def load_network(label: str, settings: Settings, *, allow_unused: bool = False) -> Network:
    """Loads a network with what a user set; `allow_unused` is that of `expand`.

    Raises:
        SpecError: it cannot be compiled.
    """
    if is_model(label):
        from archc.keras_files.sources import model_text

        return from_model(label, *model_text(label, settings))
    collector = Collector()
    spec = load_spec(label, collector)
    if spec is None:
        raise collector.error()
    return from_spec(spec, settings, collector, allow_unused=allow_unused)


def from_spec(
    spec: Spec, settings: Settings, collector: Collector | None = None, *, allow_unused: bool = False
) -> Network:
    """Expands a spec that is read; `allow_unused` is that of `expand`.

    Raises:
        SpecError: it cannot be compiled.
    """
    collector = Collector() if collector is None else collector
    if not spec.layers and not collector:
        message = f"`{spec.label}` has blocks for other specs and no network"
        collector.add("no-layers", message, spec.document.at, "a network has `layers`", about="blocks")
    expansion = expand(spec, settings, collector, allow_unused=allow_unused)
    collector.raise_any()
    assert expansion is not None
    return Network(spec, settings, expansion, lambda other: from_spec(spec, other))


def from_model(label: str, text: ModelText, settings: Settings) -> Network:
    """The network of a model's configuration.

    Raises:
        SpecError: it cannot be read.
    """
    from archc.keras_files.expansion import expand_model, model_spec

    name, expansion = expand_model(text, settings)
    return Network(
        model_spec(label, text, name), settings, expansion, lambda other: from_model(label, text, other), text
    )
