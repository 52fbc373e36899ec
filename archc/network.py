"""A loaded network: its graph and facts, and the ways on from it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cached_property
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from archc.analysis import cost
from archc.analysis.fact_check import check, elsewhere
from archc.analysis.facts import CheckedFact
from archc.analysis.layer_view import Layers
from archc.collector import Collector
from archc.diagnostics import SpecError
from archc.elaborate.expand import Expansion, Settings, expand
from archc.ir.graph import Graph, Node, layer_calls
from archc.ir.opaque import refuse_opaque
from archc.ir.shape import Shape
from archc.keras_files.kinds import is_model
from archc.library.specs import Spec, load_spec, resolve
from archc.library.texts import source_of
from archc.notebook.facts import Facts
from archc.version import __version__

if TYPE_CHECKING:
    import keras  # noqa: TID251 - for its types alone
    import torch  # noqa: TID251 - for its types alone

    from archc.analysis.features import Feature
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
    from archc.weights.fit import Method
    from archc.weights.loading import Loaded
    from archc.weights.saved_file import WeightFile
    from archc.weights.transplant import TransplantPlan
    from archc.weights.transplanting import Arrays


class StagedStart(NamedTuple):
    """The layers of a network that begin with weights of another.

    Attributes:
        other: the other network, at the values in its files.
        layers: the first call of each layer, with that of its layer in the other network.
    """

    other: Network
    layers: Mapping[Node, Node]


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
    def id(self) -> str:
        """The identity of what the network computes, the same in each process: 32 hexadecimal digits.

        It is equal for networks that are the same graph, whatever their names and files; `archc.diff.identity` says
        what the same means.
        """
        from archc.diff.identity import identity

        return identity(self.graph)

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
        collector = self._collector()
        at = elsewhere(self.spec, collector) if conditions else None
        own, used = self._as_in_files(), self._expansion if self.settings else None
        facts = check(self.spec, own, used, collector, at)
        collector.raise_any()
        return facts

    def staged_start(self) -> StagedStart | None:
        """The layers that begin with weights of another network, as `initialize` of the spec says; None without one.

        The other spec is loaded, at the values in its files.

        Raises:
            SpecError: it cannot be compiled, or leads back to this one; or a layer is not there, or has other weights.
        """
        initialize = self.spec.initialize
        if initialize is None:
            return None
        from archc.analysis.staged_start import staged_start
        from archc.library.initialize import initial_spec

        collector = self._collector()
        spec = initial_spec(self.spec.document, initialize, collector)
        if spec is None:
            raise collector.error()
        other = from_spec(spec, Settings(), collector)
        layers = staged_start(initialize, self._as_in_files().graph, other.graph, collector)
        collector.raise_any()
        own = {node.name: node for node in layer_calls(self.graph.nodes) if node.first is None}
        there = {own[node.name]: source for node, source in layers.items() if node.name in own}
        return StagedStart(other, there)

    def _as_in_files(self) -> Expansion:
        """The spec at the values in its files; as it is set where these are not complete."""
        own = expand(self.spec, Settings(), Collector()) if self.settings and self.spec.layers else None
        return own or self._expansion

    def _collector(self) -> Collector:
        """For what is wrong with statements of the spec, beside its layers."""
        collector = Collector()
        collector.lines.update(self.spec.lines)
        return collector

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

    def build(
        self,
        outputs: list[str] | None = None,
        weights: str | PathLike[str] | None = None,
        *,
        reinitialize: Sequence[str] = (),
        freeze: Sequence[str] | None = None,
        features: Sequence[str] | None = None,
    ) -> keras.Model:
        """The network as a Keras functional model, verified layer by layer against what was inferred.

        Args:
            outputs: names of layers or parts where the model ends; the network's outputs if None.
            weights: a file of weights, `.weights.h5`, `.keras` or `.h5`. A model that ends before the network does may
                leave layers of the file out. If None, a model file's own weights, and new ones for a spec.
            reinitialize: names of layers or parts, or patterns of names (`conv5_*`), whose weights begin new and are
                not loaded.
            freeze: patterns of the names of layers and parts that training does not change, as of `freezing`.
            features: names of `Network.features` where the model ends, in the place of `outputs`.

        Raises:
            SpecError: nothing has one of these names, the weights do not fit, or archc has no op for a layer; or both
                `outputs` and `features` are given.
            BuildError: Keras's layers are not what was inferred.
        """
        if outputs and features:
            raise SpecError.of(
                "usage", "`outputs` and `features` both say where the model ends", None, "give one of them"
            )
        network = self.ending_at(*outputs) if outputs else self.ending_at_features(*features) if features else self
        network = network.freezing(*freeze) if freeze else network
        model, loaded = network.build_loaded(None if weights is None else Path(weights), reinitialize=reinitialize)
        for warning in loaded.warnings if loaded is not None else ():
            warnings.warn(f"{warning.message}; {warning.hint}", stacklevel=2)
        return model

    def build_loaded(
        self, weights: Path | None, progress: Progress | None = None, *, reinitialize: Sequence[str] = ()
    ) -> tuple[keras.Model, Loaded | None]:
        """As `build`, with what was loaded; None where all weights are new.

        Args:
            weights: a file of weights. If None, a model file's own.
            progress: is called with the number of layers built.
            reinitialize: as for `build`.

        Raises:
            SpecError: the weights do not fit, or archc has no op for a layer.
        """
        from archc.analysis.selection import weighted_within

        refuse_opaque(self.graph.nodes)
        new = weighted_within(self.graph, reinitialize, "reinitialize")
        if weights is not None:
            from archc.weights.loading import build_with_weights

            return build_with_weights(
                self.graph, self.name, weights, self.whole, progress, self._flattened, new, self._trained
            )
        if self.model_text is not None and self.has_weights:
            from archc.keras_files.model_weights import build_model

            return build_model(self.model_text, self.graph, self.name, self.whole, progress, new, self._trained)
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

    def transplant(
        self,
        model: str | PathLike[str] | keras.Model,
        other: Network | str | PathLike[str],
        *,
        fit: Method | None = None,
        seed: int | None = None,
        all_counterparts: bool = False,
    ) -> keras.Model:
        """Builds another network with the weights of this one, wherever a layer has a counterpart (`diff`).

        If the other spec has `initialize`, and this network is the one that it names, the layers in it take weights and
        all others begin new.

        Args:
            model: the weights of this network: a `.keras`, `.h5` or `.weights.h5` file, or a model that it built.
            other: the network to build, or the name or path of a spec.
            fit: how weights of other shapes are fitted: `crop`, `pad`, `tile`, `inflate`; they begin new if None.
            seed: makes new weights the same in each run; None for those that Keras makes.
            all_counterparts: whether `initialize` of the other spec is not followed.

        Raises:
            SpecError: the spec cannot be compiled, the weights are not this network's, or archc has no op for a layer.

        Example:
            >>> archc.load("vgg16").transplant("vgg16.keras", "vgg19")
            <Functional name=VGG-19, built=True>
        """
        from archc.weights.transplanting import build_transplanted

        target = _network_of(other)
        refuse_opaque(target.graph.nodes)
        plan = self.transplant_plan(target, fit, all_counterparts=all_counterparts)
        with self.arrays(model, plan) as arrays:
            typed = target.model_text is not None
            made = build_transplanted(plan, arrays, target.name, seed=seed, typed=typed)
        for warning in made.warnings:
            warnings.warn(f"{warning.message}; {warning.hint}", stacklevel=2)
        return made.model

    def transplant_plan(
        self,
        other: Network | str | PathLike[str],
        fit: Method | None = None,
        *,
        all_counterparts: bool = False,
    ) -> TransplantPlan:
        """What each weight of another network takes from this one: what `transplant` does.

        Args:
            other: the network that takes weights, or the name or path of a spec.
            fit: as for `transplant`.
            all_counterparts: as for `transplant`.

        Raises:
            SpecError: the spec cannot be compiled.
        """
        from archc.weights.fitted_plan import fitted_plan
        from archc.weights.staged_start import staged_pairing
        from archc.weights.transplant import Start, paired_layers, transplant_plan

        target = _network_of(other)
        staged = None if all_counterparts else target.staged_start()
        pairing = None if staged is None else staged_pairing(staged.layers, staged.other.diff(self))
        start = None if staged is None else Start(staged.other.spec.label, followed=pairing is not None)
        counterparts = self.diff(target).counterparts if pairing is None or fit is not None else {}
        if pairing is None:
            pairing = paired_layers(counterparts)
        plan = transplant_plan(self.graph, target.graph, pairing, start)
        return plan if fit is None else fitted_plan(plan, fit, counterparts)

    def arrays(self, model: str | PathLike[str] | keras.Model, plan: TransplantPlan) -> AbstractContextManager[Arrays]:
        """The weights of this network that a plan takes, in a file that is open, or in a model.

        Args:
            model: as for `transplant`.
            plan: of `transplant_plan`.

        Raises:
            SpecError: the weights are not this network's.
        """
        from archc.keras_files.transplant_sources import opened_arrays

        return opened_arrays(model, plan, self.whole, self.model_text, self._flattened)

    def source(self, target: str = "python", *, flat: bool = False) -> str:
        """Source of the network.

        Args:
            target: `python` for a function that makes a Keras model, `torch` for a PyTorch module; or another target of
                `archc.targets.registry` that is source.
            flat: whether a Keras model is written a line a layer, else with the structure of the spec. A PyTorch
                module always has a line a layer.

        Raises:
            SpecError: the target does not know an op, or the structure can neither end at a layer nor freeze one.
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

        other = _network_of(other)
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

        other = _network_of(other)
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
        if not self.settings.outputs and not self.settings.features:
            return self._trained
        return self._again(Settings(self.settings.params, self.settings.inputs)).graph

    @cached_property
    def _trained(self) -> Graph:
        """The layers of the network as if nothing had been frozen."""
        return self._again(replace(self.settings, freeze=())).graph if self.settings.freeze else self.graph

    def ending_at(self, *names: str) -> Network:
        """The network that ends at these layers or parts, without what they do not need.

        Raises:
            SpecError: nothing has one of these names.
        """
        return self._again(replace(self.settings, outputs=names, features=()))

    @cached_property
    def features(self) -> Mapping[str, Feature]:
        """The tensors that detectors and the like go on from, by name: `C3` is the last on the main path at stride 8.

        A spec may name them itself, under `features`. A network that ends at features has these alone.

        Example:
            >>> load("resnet50").features["C3"]
            <C3: conv3_block4_out, 28x28x512, stride 8>
        """
        from archc.analysis.features import features

        if not self.settings.features:
            return features(self.graph, self._expansion.features)
        found = self._again(replace(self.settings, features=())).features
        return {name: found[name] for name in self.settings.features}

    def ending_at_features(self, *names: str) -> Network:
        """The network that ends at these of its `features`, which are its outputs under their names.

        Raises:
            SpecError: it has no such feature, or another layer has the name of one.
        """
        return self._again(replace(self.settings, outputs=(), features=names))

    def freezing(self, *patterns: str) -> Network:
        """The network whose layers of these names training does not change: `trainable` is false.

        Args:
            *patterns: names of layers and parts, in which `*`, `?` and `[…]` stand for characters as in a shell. A part
                stands for all layers in it. What is frozen already stays so.

        Raises:
            SpecError: nothing has a name that matches, nothing of it has weights, or Keras does not keep it frozen.
        """
        return self._again(replace(self.settings, freeze=(*self.settings.freeze, *patterns)))

    def __repr__(self) -> str:
        return f"<{self.name}: {len(layer_calls(self.graph.nodes))} layers, {self.params:,} parameters>"

    def _repr_html_(self) -> str:
        from archc.notebook.network import network_markup

        return network_markup(self.spec, self.graph)


def _network_of(other: Network | str | PathLike[str]) -> Network:
    """A network as it is, or that of the name or path of a spec."""
    return other if isinstance(other, Network) else load(other)


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
    settings = settings_of(inputs, params)
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
    return from_spec(found, settings_of(inputs, params), collector)


def settings_of(inputs: Mapping[str, Shape] | Shape | None, params: Mapping[str, Any]) -> Settings:
    """What a user sets in Python, as `load` takes it."""
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
    expansion = _fine_tuned(expansion, settings)
    return Network(spec, settings, expansion, lambda other: from_spec(spec, other))


def has_blocks_alone(error: SpecError) -> bool:
    """Whether the error says that a file has only blocks for other specs."""
    return any((found.code, found.about) == ("no-layers", "blocks") for found in error.diagnostics)


def from_model(label: str, text: ModelText, settings: Settings) -> Network:
    """The network of a model's configuration.

    Raises:
        SpecError: it cannot be read.
    """
    from archc.keras_files.expansion import expand_model, model_spec

    name, expansion = expand_model(text, settings)
    expansion = _fine_tuned(expansion, settings)
    return Network(
        model_spec(label, text, name), settings, expansion, lambda other: from_model(label, text, other), text
    )


def _fine_tuned(expansion: Expansion, settings: Settings) -> Expansion:
    """The network that ends at the features that a user names, with the layers frozen that a user names.

    Raises:
        SpecError: there is no such feature or layer.
    """
    graph = expansion.graph
    if settings.features:
        from archc.analysis.features import ending_at_features, features

        graph = ending_at_features(graph, features(graph, expansion.features), settings.features)
    if settings.freeze:
        from archc.analysis.freezing import with_frozen

        graph = with_frozen(graph, settings.freeze)
    return expansion._replace(graph=graph)
