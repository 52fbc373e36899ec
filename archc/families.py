"""A family: a spec that is read once, and its networks at any values of its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, fspath
from typing import Any

from archc.collector import Collector
from archc.diagnostics import SpecError, printable
from archc.elaborate.expand import Settings
from archc.ir.shape import Shape
from archc.keras_files.kinds import is_model
from archc.language.document import ParameterDeclaration
from archc.language.sources import Source
from archc.library.find import find_source
from archc.library.specs import Spec, resolve
from archc.network import Network, from_spec, settings_of
from archc.totals.composed import ComposedTotals
from archc.totals.totals import Totals, totals
from archc.totals.values import Unknown, frozen

_KEPT = 16  # networks of a family


class Family:
    """A spec, and its networks at any values of its parameters, each without reading the spec again.

    The last networks are kept, and so is what parts of networks add to totals. Another process makes a family anew from
    the text of the spec, and reads there what this extends and uses.

    Attributes:
        spec: the document, with what it extends and uses.
        composed: the totals of its networks.
    """

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.composed = ComposedTotals(spec)
        self._lines = spec.lines
        self._networks: dict[object, Network] = {}

    @property
    def name(self) -> str:
        """The name that people use."""
        return self.spec.name

    @property
    def parameters(self) -> Mapping[str, ParameterDeclaration]:
        """The parameters by their names: types, defaults, limits and choices."""
        return self.spec.params

    def __call__(self, /, *, inputs: Mapping[str, Shape] | Shape | None = None, **params: Any) -> Network:
        """The network at some values of the parameters.

        Args:
            inputs: as for `archc.load`.
            **params: values of the spec's parameters.

        Raises:
            SpecError: there is no such network; it holds every fault.
        """
        settings = settings_of(inputs, params)
        try:
            key = frozen([settings.params, settings.inputs])
        except (Unknown, RecursionError):  # no value of a spec, which is an error
            return self._expanded(settings)
        if key not in self._networks:
            made = self._expanded(settings)
            if len(self._networks) >= _KEPT:
                del self._networks[next(iter(self._networks))]
            self._networks[key] = made
        return self._networks[key]

    def _expanded(self, settings: Settings) -> Network:
        collector = Collector()
        collector.lines.update(self._lines)
        return from_spec(self.spec, settings, collector)

    def totals(self, /, *, inputs: Mapping[str, Shape] | Shape | None = None, **params: Any) -> Totals:
        """What the network at these values has and costs in all, without its layers where they are not needed.

        Args:
            inputs: as for `archc.load`.
            **params: values of the spec's parameters.

        Raises:
            SpecError: there is no such network; it holds every fault.

        Example:
            >>> family("resnet").totals(depths=[2, 2, 2, 2], unit="basic").params
            11689512
        """
        found = self.composed.totals(settings_of(inputs, params))
        return totals(self(inputs=inputs, **params).graph) if found is None else found

    def id(self, /, *, inputs: Mapping[str, Shape] | Shape | None = None, **params: Any) -> str:
        """The identity of the network at these values: `Network.id`.

        Args:
            inputs: as for `archc.load`.
            **params: values of the spec's parameters.

        Raises:
            SpecError: there is no such network; it holds every fault.
        """
        return self(inputs=inputs, **params).id

    def __reduce__(self) -> tuple[object, ...]:
        return _from_source, (self.spec.document.source, self.spec.label)

    def __repr__(self) -> str:
        return f"<{self.name}: {', '.join(self.parameters) or 'no parameters'}>"


def family(spec: str | PathLike[str]) -> Family:
    """Reads a spec whose networks are asked for at many values of its parameters.

    Args:
        spec: a name of the library, or a path of a spec.

    Raises:
        SpecError: it cannot be read, or is a model.

    Example:
        >>> family("resnet")(depths=[2, 2, 2, 2], unit="basic")
        <ResNet: 73 layers, 11,689,512 parameters>
    """
    label = fspath(spec)
    if is_model(label):
        message = f"`{printable(label[:200])}` is a model, which has no parameters"
        raise SpecError.of("usage", message, None, "`archc import` writes a spec of it")
    return _from_source(find_source(label), label)


def _from_source(source: Source, label: str) -> Family:
    collector = Collector()
    spec = resolve(source, label, collector)
    collector.raise_any()
    assert spec is not None
    return Family(spec)
