"""A family: a spec that is read once, and its networks at any values of its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike, fspath
from typing import Any

from archc.collector import Collector
from archc.diagnostics import SpecError, printable
from archc.ir.shape import Shape
from archc.keras_files.kinds import is_model
from archc.language.document import ParameterDeclaration
from archc.language.sources import LINE_END, Source
from archc.library.find import find_source
from archc.library.specs import Spec, resolve
from archc.network import Network, from_spec, settings_of
from archc.totals.composed import ComposedTotals
from archc.totals.totals import Totals, totals


class Family:
    """A spec, and its networks at any values of its parameters, each expanded without reading the spec again.

    Another process makes it anew from the text of the spec; files that this extends and uses are read there.

    Attributes:
        spec: the document, with what it extends and uses.
        composed: the totals of its networks.
    """

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self._lines = {source.file: LINE_END.split(source.text) for source in spec.sources}
        self.composed = ComposedTotals(spec)

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
        collector = Collector()
        collector.lines.update(self._lines)
        return from_spec(self.spec, settings_of(inputs, params), collector)

    def totals(self, /, *, inputs: Mapping[str, Shape] | Shape | None = None, **params: Any) -> Totals:
        """What the network at these values has and costs in all; arguments and errors are those of a call."""
        found = self.composed.totals(settings_of(inputs, params))
        return totals(self(inputs=inputs, **params).graph) if found is None else found

    def id(self, /, *, inputs: Mapping[str, Shape] | Shape | None = None, **params: Any) -> str:
        """The identity of the network at these values; arguments and errors are those of a call.

        It is equal for networks that are the same graph, whatever their names and files, and the same in each process:
        32 hexadecimal digits (`archc.diff.identity`).
        """
        from archc.diff.identity import identity

        return identity(self(inputs=inputs, **params).graph)

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
        >>> family("resnet").totals(depths=[2, 2, 2, 2], unit="basic").params
        11689512
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
