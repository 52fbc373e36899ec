"""Specs with all that they extend and use."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from archc import limits
from archc.collector import Collector
from archc.diagnostics import Position, Related, SpecError, did_you_mean, printable
from archc.garbage_collection import without_collection
from archc.language.document import (
    Block,
    Document,
    Fact,
    Initialize,
    InputDeclaration,
    NestedNetwork,
    Paper,
    ParameterDeclaration,
    Preprocess,
    Reference,
)
from archc.language.document_reader import read_document
from archc.language.name_rules import is_name
from archc.language.parameter_ranges import SweptParameter
from archc.language.sources import LINE_END, Source
from archc.language.steps import Steps
from archc.language.template import ParsedValue
from archc.library.changed_steps import changed_layers
from archc.library.find import find_reference, find_source, is_path
from archc.library.paths import LIBRARY


class Namespace(dict[str, "tuple[Block, Namespace]"]):
    """The blocks that a file can use, each with the blocks that it can use itself; it is equal to itself alone."""

    __slots__ = ("__weakref__",)
    __hash__ = object.__hash__  # type: ignore[assignment]  # a dict has none

    def __eq__(self, other: object) -> bool:
        return self is other

    def __ne__(self, other: object) -> bool:
        return self is not other


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Spec:
    """A network or a library of blocks, with all that it extends and uses.

    Attributes:
        label: the user's name for it: a name, a path, `git:REV:path`, `-`.
        document: the file itself.
        chain: the files that it extends, the nearest first.
        features: the names of layers and parts by those of features.
        leaves_out: whether layers that no output needs are left out, with a warning.
        facts: of the file itself; facts are not inherited.
        sources: the texts of all files that it is made of, its own first.
    """

    label: str
    document: Document
    chain: tuple[Document, ...]
    name: str
    summary: str | None
    paper: Paper | None
    params: Mapping[str, ParameterDeclaration]
    inputs: tuple[InputDeclaration, ...]
    layers: Steps
    outputs: tuple[tuple[ParsedValue, Position], ...] | None
    preprocess: Preprocess | None
    features: Mapping[str, tuple[ParsedValue, Position]]
    leaves_out: bool
    facts: tuple[Fact, ...]
    blocks: Namespace
    sources: tuple[Source, ...]

    @property
    def lines(self) -> dict[str, list[str]]:
        """The lines of its files by their names, as messages show them."""
        return {source.file: LINE_END.split(source.text) for source in self.sources}

    @property
    def root_params(self) -> Mapping[str, ParameterDeclaration]:
        """The parameters of the file that is extended last, whose defaults give the types."""
        return self.chain[-1].params if self.chain else self.params

    @property
    def initialize(self) -> Initialize | None:
        """The layers that begin with weights of another network; not inherited."""
        return self.document.initialize

    @property
    def sweep(self) -> Mapping[str, SweptParameter]:
        """What values parameters take in a sweep, by their names; not inherited."""
        return self.document.sweep

    @property
    def family(self) -> str:
        """The folder of the spec."""
        return self.document.source.folder.name


def load_spec(label: str, collector: Collector) -> Spec | None:
    """Reads a spec and all that it extends and uses; what is wrong is reported.

    Returns:
        The spec; None where nothing can be read.
    """
    try:
        source = find_source(label)
    except SpecError as error:
        collector.report(error)
        return None
    return resolve(source, label, collector)


def resolve(source: Source, label: str, collector: Collector) -> Spec | None:
    """Like `load_spec`, for a text that is read already."""
    try:
        with without_collection():
            document = document_of(source, collector)
        spec = None if document is None else _Resolver(collector).found(document, label, ())
        if spec is not None:
            _check_whole(spec, collector)
    except SpecError:  # more errors than anybody reads
        return None
    return spec


_parsed: dict[Source, tuple[Document, list[str]]] = {}
"""The documents and lines of the library's files, so that a process parses each file once."""


def document_of(source: Source, collector: Collector) -> Document | None:
    """The document of a text; None where it has none, which is reported."""
    if source in _parsed:
        document, collector.lines[source.file] = _parsed[source]
        return document
    before = len(collector)
    read = read_document(source, collector)
    if read is not None and _in_library(source) and len(collector) == before:
        _parsed[source] = read, collector.lines[source.file]
    return read


def _in_library(source: Source) -> bool:
    return source.path is not None and source.path.is_relative_to(LIBRARY)


_extended: dict[tuple[Source, str], Spec] = {}
"""The specs of the library that others extend and use, by their files and names, so that they are one in a process."""


class _Resolver:
    """Follows `extends` and `use`, each file read once, and resolved once for each name that it has."""

    def __init__(self, collector: Collector) -> None:
        self.collector = collector
        self.read: dict[Source, Document | None] = {}
        self.resolved: dict[tuple[Source, str], Spec | None] = {}
        self.networks: dict[Spec, NestedNetwork] = {}

    def spec(self, document: Document, label: str, ancestors: tuple[tuple[Document, Position], ...]) -> Spec | None:
        """The document with what it extends and uses; None where what it extends cannot be read.

        `ancestors` are the files that led here, with the position of the reference in each.
        """
        parent: Spec | None = None
        if document.extends is not None:
            parent = self.follow(document, document.extends, ancestors)
            if parent is None and not (document.layers and self.collector.reported("circle", document.extends.at)):
                return None
        blocks, used = self.blocks(document, parent, ancestors)
        params = self.params(document, parent)
        files = [document.source, *(parent.sources if parent else ()), *used]
        return Spec(
            label=label,
            document=document,
            chain=(parent.document, *parent.chain) if parent else (),
            name=document.name or label,
            summary=document.summary,
            paper=document.paper or (parent.paper if parent else None),
            params=params,
            inputs=document.inputs if document.inputs is not None else parent.inputs if parent else (),
            layers=self.layers(document, parent),
            outputs=document.outputs if document.outputs is not None else parent.outputs if parent else None,
            preprocess=document.preprocess or (parent.preprocess if parent else None),
            features=document.features if document.features is not None else parent.features if parent else {},
            leaves_out=document.unused == "warn" if document.unused else parent is not None and parent.leaves_out,
            facts=document.facts,
            blocks=blocks,
            sources=tuple(dict.fromkeys(files)),
        )

    def follow(
        self, document: Document, reference: Reference, ancestors: tuple[tuple[Document, Position], ...]
    ) -> Spec | None:
        """The spec that a reference in a document names; what is wrong is reported."""
        try:
            source = find_reference(document, reference)
        except SpecError as error:
            self.collector.report(error, reference.at)
            return None
        trail = (*ancestors, (document, reference.at))
        circle = [index for index, (found, _) in enumerate(trail) if found.source.path == source.path and source.path]
        if circle:
            related = [Related("which begins here", at) for _, at in trail[circle[0] : -1]]
            message = f"`{printable(reference.name)}` leads back to {trail[circle[0]][0].source.file}: a circle"
            self.collector.add("circle", message, reference.at, related=related)
            return None
        if len(trail) > limits.DEPTH:
            hint = "take a file out of the chain"
            message = f"more than {limits.DEPTH} files extend or use one another"
            self.collector.add("too-deep", message, reference.at, hint)
            return None
        if source not in self.read:
            self.read[source] = document_of(source, self.collector)
        found, key = self.read[source], (source, reference.name)
        if key not in self.resolved:
            self.resolved[key] = None if found is None else self.found(found, reference.name, trail)
        return self.resolved[key]

    def found(self, document: Document, name: str, trail: tuple[tuple[Document, Position], ...]) -> Spec | None:
        """The spec of a document that others name; one of the library is made once in a process."""
        key = document.source, name
        if key in _extended and len(trail) + len(_extended[key].sources) <= limits.DEPTH:
            for source in _extended[key].sources:
                document_of(source, self.collector)  # which gives the collector its lines
            return _extended[key]
        before = len(self.collector)
        spec = self.spec(document, name, trail)
        if spec is not None and _in_library(document.source) and len(self.collector) == before:
            _extended[key] = spec
        return spec

    def blocks(
        self, document: Document, parent: Spec | None, ancestors: tuple[tuple[Document, Position], ...]
    ) -> tuple[Namespace, list[Source]]:
        """The blocks that the document's steps can use, and the files that they come from.

        A block of the document replaces the inherited block of the same name wherever the other spec uses it.
        """
        if parent is not None and not document.use and not document.blocks:
            return parent.blocks, []
        made, files = Namespace(), list[Source]()
        if parent is not None:
            for inherited, (block, namespace) in parent.blocks.items():
                made[inherited] = block, made if namespace is parent.blocks else namespace
        for reference, names in document.use:
            used = self.follow(document, reference, ancestors)
            files += used.sources if used is not None else ()
            for name in names:
                found = None if used is None else self.used(document, reference, name, used)
                made[name.name] = found or (Block(name.name, name.at, readable=False), made)
                if name.name in document.blocks:
                    kind, at = made[name.name][0].kind, document.blocks[name.name].at
                    message = f"`{name.name}` is also the name of a {kind} that is used from `{reference.name}`"
                    hint = "rename one of the two" if kind == "block" else "rename the block"
                    related = [Related("used here", name.at)]
                    self.collector.add("name", message, at, hint, related=related)
        for own, block in document.blocks.items():
            if parent is not None and own in parent.blocks:
                block = replace(block, replaces=parent.blocks[own][0])
            made[own] = block, made
        return made, files

    def used(
        self, document: Document, reference: Reference, name: Reference, spec: Spec
    ) -> tuple[Block, Namespace] | None:
        """What a file has of a name: a block, or under the file's own name its network; None is reported."""
        if name.name in spec.blocks:
            return spec.blocks[name.name]
        own = Path(reference.name).stem if is_path(reference.name) else reference.name
        if name.name == own and spec.layers:
            network = self.network(name, spec)
            return None if network is None else (network, spec.blocks)
        message = f"`{printable(reference.name)}` has no block `{printable(name.name[:60])}`"
        listed = [*spec.blocks, *([own] if spec.layers else [])]
        hint = did_you_mean(name.name, listed) or f"it has: {', '.join(listed) or 'none'}"
        if self.is_network(document, name):
            hint = f"a network is used by the name of its file: `use: {{{name.name}: [{name.name}]}}`"
        self.collector.add("unknown-block", message, name.at, hint, about=name.name)
        return None

    def is_network(self, document: Document, name: Reference) -> bool:
        """Whether a file of this name has a network."""
        with suppress(SpecError):
            source = find_reference(document, name)
            read = document_of(source, Collector())
            return read is not None and bool({"layers", "extends"} & read.given)
        return False

    def network(self, name: Reference, spec: Spec) -> NestedNetwork | None:
        """The network of a spec as a step; None where it cannot be one, which is reported."""
        if spec in self.networks:
            return self.networks[spec]
        _check_whole(spec, self.collector)
        at = spec.document.at
        if not is_name(name.name) or name.name[0].isupper():
            message = f"`{printable(name.name[:60])}` cannot be the name of a step"
            self.collector.add("name", message, name.at, "rename the file: snake_case, without `-` and `.`")
            return None
        if "outputs" in spec.params:
            message = f"the network `{name.name}` has a parameter `outputs`, which a step that uses it has already"
            self.collector.add("name", message, name.at, "give the parameter another name")
            return None
        inputs = tuple(declared.name for declared in spec.inputs)
        main = spec.outputs[0] if spec.outputs else None
        inherited = spec.chain[-1].params if spec.chain else spec.params
        self.networks[spec] = NestedNetwork(
            name.name, at, spec.params, inputs, spec.layers, main=main, inherited=inherited
        )
        return self.networks[spec]

    def layers(self, document: Document, parent: Spec | None) -> Steps:
        """The document's own steps, else the other's with the document's changes."""
        if document.layers is not None or parent is None or not parent.layers:
            return document.layers or ()
        return changed_layers(parent.layers, document.changes, self.collector)

    def params(self, document: Document, parent: Spec | None) -> dict[str, ParameterDeclaration]:
        """The parameters of both; the document's defaults replace the other's."""
        merged = dict(parent.params) if parent else {}
        for name, given in document.params.items():
            merged[name] = _inherited(given, merged[name]) if name in merged else given
        return merged


def _inherited(given: ParameterDeclaration, inherited: ParameterDeclaration) -> ParameterDeclaration:
    """A new default with the other's type, limits and help, where it does not give its own."""
    return inherited._replace(
        at=given.at,
        default=given.default,
        required=given.required,
        type=given.type or inherited.type,
        named_type=given.named_type or inherited.named_type,
        min=inherited.min if given.min is None else given.min,
        max=inherited.max if given.max is None else given.max,
        choices=given.choices or inherited.choices,
        help=given.help or inherited.help,
    )


def _check_whole(spec: Spec, collector: Collector) -> None:
    """Checks what a network needs once everything that it extends is there."""
    document = spec.document
    for name, swept in document.sweep.items():
        if name not in spec.params:
            hint = did_you_mean(name, spec.params) or f"there are: {', '.join(spec.params) or 'none'}"
            message = f"there is no parameter `{printable(name[:60])}` to sweep"
            collector.add("unknown-parameter", message, swept.name_at, hint, about=name)
    if "layers" in document.given or document.extends is not None:
        if "name" not in document.given:
            hint = "add `name`, the name that people use"
            collector.add("missing-key", "a network needs `name`", document.at, hint, about="name")
        extends = document.extends is not None or "extends" not in document.given
        if not spec.inputs and not {"input", "inputs"} & document.given and extends:
            hint = "`input: [224, 224, 3]`"
            collector.add("missing-key", "a network needs `input`", document.at, hint, about="input")
    elif not document.blocks and not {"blocks", "extends"} & document.given:
        hint = "add `layers`, or `blocks` for others to use"
        collector.add("missing-key", "a spec needs `layers` or `blocks`", document.at, hint, about="layers")
