"""Reads a document section by section, so that an error in one does not hide those in others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from pydantic import ValidationError

from archc.collector import Collector
from archc.diagnostics import Poisoned, Position, SpecError, printable, shortened
from archc.language.declaration_reader import check_declared, read_input, read_inputs, read_parameters
from archc.language.document import (
    Block,
    DataSection,
    Document,
    Initialize,
    InputDeclaration,
    Paper,
    Preprocess,
    Reference,
    StepChange,
)
from archc.language.fact_reader import FactReader
from archc.language.name_rules import is_name, layer_label
from archc.language.parameter_ranges import read_sweep
from archc.language.sources import Source
from archc.language.step_reader import STEP_KEYS, StepReader
from archc.language.steps import Steps, names_given
from archc.language.template import ParsedValue, parse_value
from archc.language.validation import explain
from archc.language.value import describe
from archc.language.yaml_data import Broken, Map, Seq
from archc.language.yaml_reader import read

_KEYS = (
    "archc", "name", "summary", "paper", "extends", "use", "params", "input", "inputs", "blocks", "layers", "changes",
    "outputs", "unused", "features", "preprocess", "expect", "initialize", "sweep",
)  # fmt: skip
_UNUSED: tuple[Literal["error", "warn"], ...] = ("error", "warn")
TEXTS = ("arxiv", "doi", "title", "source")
"""The keys of a section whose scalars are texts, as they are written."""


def read_document(source: Source, collector: Collector) -> Document | None:
    """Reads one file; an error is reported, and the rest is read all the same.

    Returns:
        The document; None where nothing can be read.
    """
    try:
        data = read(source, collector)
    except SpecError as error:
        collector.report(error)
        return None
    if not isinstance(data, Map):
        message = f"expected a mapping of keys, got {'an empty file' if data is None else 'something else'}"
        collector.add("not-a-spec", message, Position(source.file, 1, 1), "it begins with `archc: 1`")
        return None
    document = _DocumentReader(data, source, collector).document()
    _check_names(document, collector)
    return document


class _DocumentReader:
    """Reads the sections of one file."""

    def __init__(self, data: Map, source: Source, collector: Collector) -> None:
        self.data, self.source, self.collector = data.known(_KEYS, "a spec", collector), source, collector
        self.reader = StepReader(collector)

    def document(self) -> Document:
        self.check_version()
        blocks = self.section("blocks", self.blocks, {})
        params = self.section("params", lambda value, at: read_parameters(value, at, self.collector), {})
        return Document(
            source=self.source,
            at=self.data.at,
            given=frozenset(self.data),
            name=self.section("name", self.title, None),
            summary=self.section("summary", self.one_text, None),
            paper=self.section("paper", lambda value, at: self.model(Paper, value, at, "`paper`"), None),
            extends=self.section("extends", lambda value, at: self.reference("extends", value, at), None),
            use=self.section("use", self.uses, ()),
            params=params,
            inputs=self.inputs(),
            blocks=blocks,
            layers=self.section("layers", self.layers, None),
            changes=self.section("changes", self.changes, {}),
            outputs=self.section("outputs", self.outputs, None),
            preprocess=self.section(
                "preprocess", lambda value, at: self.model(Preprocess, value, at, "`preprocess`"), None
            ),
            unused=self.section("unused", self.unused, None),
            features=self.section("features", self.features, None),
            facts=self.section("expect", FactReader(self.collector).expect, ()),
            initialize=self.section("initialize", self.initialize, None),
            sweep=self.section("sweep", lambda value, at: read_sweep(value, at, self.collector), {}),
        )

    def section(self, key: str, read: Callable[[Any, Position], Any], missing: Any) -> Any:
        """The section of a key; `missing` where there is none, or it cannot be read, which is reported."""
        if key not in self.data:
            return missing
        at = self.data.values_at[key]
        with self.collector.reporting(at):
            return read(self.data.text(key) if key in ("name", "summary") else self.data[key], at)
        return missing

    def check_version(self) -> None:
        if "archc" not in self.data:
            message = "a spec needs `archc`, the version of the language"
            self.collector.add("missing-key", message, self.data.at, "begin with `archc: 1`", about="archc")
        elif self.data["archc"] != 1 or self.data["archc"] is True:
            written = self.data.text("archc")
            came = shortened(written) if isinstance(written, str) else describe(written)
            message = f"`archc` is the version of the language, which is 1, not {came}"
            self.collector.add("version", message, self.data.values_at["archc"])

    def title(self, value: Any, at: Position) -> str:
        wrong = not isinstance(value, str) or not value.strip() or len(value) > 200 or "\n" in value
        if wrong or printable(value) != value:
            hint = "a text of up to 200 characters, such as `ResNet-50 v1.5`, that begins with neither `::` nor `##[`"
            raise SpecError.of("name", "`name` is the title that people use: a text on one line", at, hint)
        return str(value)

    def one_text(self, value: Any, at: Position) -> str:
        if not isinstance(value, str):
            raise SpecError.of("type", "`summary` is a line of text", at)
        return value

    def reference(self, key: str, value: Any, at: Position) -> Reference:
        if isinstance(value, Broken):
            raise Poisoned
        if not isinstance(value, str) or not value:
            raise SpecError.of("type", f"`{key}` is the name or the path of another spec", at)
        return Reference(value, at)

    def initialize(self, value: Any, at: Position) -> Initialize | None:
        if not isinstance(value, Map):
            hint = "`initialize: {from: vgg11, layers: [conv1, fc1]}`"
            raise SpecError.of("type", "`initialize` has `from`, another spec, and `layers`", at, hint)
        if value.broken:
            raise Poisoned
        data = value.known(("from", "layers"), "`initialize`", self.collector)
        for key in ("from", "layers"):
            if key not in data:
                self.collector.add("missing-key", f"`initialize` needs `{key}`", at, f"add `{key}`", about=key)
        other: Reference | None = None
        layers: list[tuple[Reference, Reference]] = []
        if "from" in data:
            with self.collector.reporting(data.values_at["from"]):
                other = self.reference("from", data["from"], data.values_at["from"])
        if "layers" in data:
            with self.collector.reporting(data.values_at["layers"]):
                layers = self.initialized_layers(data["layers"], data.values_at["layers"])
        return Initialize(other, tuple(layers), at) if other is not None and layers else None

    def initialized_layers(self, value: Any, at: Position) -> list[tuple[Reference, Reference]]:
        """The layers in a list of names that both networks have, or in a mapping of names here to names there."""
        if isinstance(value, Broken) or (isinstance(value, Map | Seq) and value.broken):
            raise Poisoned
        if not isinstance(value, Map | Seq) or not value:
            hint = "`[conv1, fc1]`, or `{conv1: first}` where the other spec has another name"
            raise SpecError.of("type", "`layers` is a list of names, or a mapping of names to names there", at, hint)
        if isinstance(value, Map):
            named = [(key, value.keys_at[key], value.text(key), value.values_at[key]) for key in value]
        else:
            named = [(name, at, name, at) for name, at in zip(value, value.items_at, strict=True)]
        found: dict[str, tuple[Reference, Reference]] = {}
        for name, here, other, there in named:
            with self.collector.reporting(here):
                if isinstance(other, Broken):
                    raise Poisoned
                layer = Reference(layer_label(name, "name of a layer", here), here)
                if layer.name in found:
                    raise SpecError.of("name", f"duplicate layer `{layer.name}`", here, "name it once")
                found[layer.name] = layer, Reference(layer_label(other, "name of a layer", there), there)
        return list(found.values())

    def unused(self, value: Any, at: Position) -> Literal["error", "warn"]:
        for known in _UNUSED:
            if value == known:
                return known
        shown = f"`{shortened(value)}`" if isinstance(value, str) else describe(value)
        hint = "`unused: warn` leaves layers out that no output needs"
        raise SpecError.of("type", f"`unused` is `error` or `warn`, not {shown}", at, hint)

    def features(self, value: Any, at: Position) -> dict[str, tuple[ParsedValue, Position]]:
        if not isinstance(value, Map):
            hint = "`features: {C2: conv2}`"
            raise SpecError.of("type", "`features` is a mapping of features to the names of layers and parts", at, hint)
        found = {}
        for name, layer in value.items():
            if not isinstance(layer, str) or not layer:
                message = f"the feature `{printable(name[:60])}` is the name of a layer or part, not {describe(layer)}"
                self.collector.add("type", message, value.values_at[name], about=name)
            elif check_declared(name, "a feature", value.keys_at[name], self.collector):
                place = value.values_at[name]
                found[name] = parse_value(layer, place, self.collector), place
        return found

    def uses(self, value: Any, at: Position) -> tuple[tuple[Reference, tuple[Reference, ...]], ...]:
        if not isinstance(value, Map):
            raise SpecError.of("type", "`use` names blocks by their files: `{se: [squeeze_excite]}`", at)
        found = []
        for key, names in value.items():
            if not isinstance(names, Seq) or not names or not all(isinstance(name, str) for name in names):
                message = f"`{printable(key[:60])}` needs the list of the blocks that are used"
                self.collector.add("type", message, value.values_at[key])
                continue
            listed = tuple(Reference(name, names.items_at[index]) for index, name in enumerate(names))
            found.append((Reference(key, value.keys_at[key]), listed))
        return tuple(found)

    def model(self, model: type[DataSection], value: Any, at: Position, what: str) -> Any:
        if not isinstance(value, Map):
            raise SpecError.of("type", f"{what} is a mapping", at, f"it has: {', '.join(model.model_fields)}")
        data = value.known(model.model_fields, what, self.collector)
        try:
            return model(**{key: data.text(key) if key in TEXTS else item for key, item in data.items()})
        except ValidationError as error:
            for found in explain(error, model):
                key = found.path[0]
                message = f"`{key}` of {what} {found.message}"
                self.collector.add("type", message, data.values_at[key], found.hint, about=key)
            return None

    def inputs(self) -> tuple[InputDeclaration, ...] | None:
        if "input" in self.data and "inputs" in self.data:
            at = self.data.keys_at["inputs"]
            self.collector.add("key", "a spec has either `input` or `inputs`", at, "keep one of the two")
            return None
        found: tuple[InputDeclaration, ...] | None
        found = self.section("inputs", lambda value, at: read_inputs(value, at, self.collector), None)
        if "input" in self.data:
            one = self.section("input", lambda value, at: read_input("input_layer", value, at, self.collector), None)
            found = None if one is None else (one,)
        return found

    def blocks(self, value: Any, at: Position) -> dict[str, Block]:
        if not isinstance(value, Map):
            raise SpecError.of("type", "`blocks` is a mapping of names to blocks", at)
        found = {}
        for name, item in value.items():
            place = value.keys_at[name]
            word = name in STEP_KEYS
            if word or not is_name(name) or not (name[0].islower() or name[0] == "_"):
                message = f"`{printable(name[:60])}` cannot be the name of a block"
                hint = "in a step this key has a meaning of its own" if word else "write it in snake_case"
                self.collector.add("name", message, place, hint)
                continue
            found[name] = Block(name, place, readable=False)
            with self.collector.reporting(place):
                found[name] = self.block(name, item, place)
        return found

    def block(self, name: str, data: Any, at: Position) -> Block:
        if isinstance(data, Broken) or (isinstance(data, Map) and data.broken):
            raise Poisoned
        if not isinstance(data, Map):
            raise SpecError.of("type", f"the block `{name}` needs `layers`", at)
        data = data.known(("params", "inputs", "layers", "outputs"), f"the block `{name}`", self.collector)
        if "layers" not in data:
            hint = "a block is `{params, inputs, layers, outputs}`"
            raise SpecError.of("missing-key", f"the block `{name}` needs `layers`", at, hint)
        places = data.values_at
        params = read_parameters(data["params"], places["params"], self.collector) if "params" in data else {}
        inputs = self.block_inputs(data["inputs"], places["inputs"]) if "inputs" in data else ()
        layers = self.layers(data["layers"], places["layers"])
        outputs = self.outputs(data["outputs"], places["outputs"]) if "outputs" in data else ()
        return Block(name, at, params, inputs, layers, outputs)

    def block_inputs(self, value: Any, at: Position) -> tuple[str, ...]:
        if not isinstance(value, Seq) or not value:
            raise SpecError.of("type", "`inputs` is a list of names", at)
        for index, name in enumerate(value):
            if not isinstance(name, str):
                self.collector.add(
                    "type", f"the name of an input is a text, not {describe(name)}", value.items_at[index]
                )
            elif name in value[:index]:
                self.collector.add("name", f"duplicate input `{name}`", value.items_at[index], "give it another name")
            else:
                check_declared(name, "an input", value.items_at[index], self.collector)
        return tuple(name for name in value if isinstance(name, str))

    def layers(self, value: Any, at: Position) -> Steps:
        if not isinstance(value, Seq | Map | str) or value == []:
            raise SpecError.of("type", "`layers` is the list of the steps", at)
        return self.reader.steps(value, at)

    def changes(self, value: Any, at: Position) -> dict[str, StepChange]:
        if "extends" not in self.data or "layers" in self.data:
            message = "`changes` changes inherited steps, and this file has none"
            hint = "change the step under `layers`" if "layers" in self.data else "name the other spec with `extends`"
            raise SpecError.of("key", message, self.data.keys_at["changes"], hint)
        if not isinstance(value, Map) or not value:
            hint = "`changes: {conv1: {Conv2D: {filters: 32}}}`"
            raise SpecError.of("type", "`changes` is a mapping of the names of steps to what changes", at, hint)
        found = {}
        for name, item in value.items():
            step = self.reader.step(item, value.values_at[name])
            if isinstance(item, Map) and "name" in item:
                message = "a change keeps the name of its step"
                self.collector.add("name", message, item.keys_at["name"], "remove `name`, or write `layers`")
                step = step._replace(name=None)
            found[name] = StepChange(step, value.keys_at[name])
        return found

    def outputs(self, value: Any, at: Position) -> tuple[tuple[ParsedValue, Position], ...]:
        items = value if isinstance(value, Seq) else [value]
        if any(isinstance(item, Broken) for item in items):
            raise Poisoned
        if not isinstance(value, Seq) or not value or not all(isinstance(item, str) for item in items):
            raise SpecError.of("type", "`outputs` is a list of names, given by `output` or `as`", at)
        places = value.items_at
        return tuple((parse_value(item, at, self.collector), at) for item, at in zip(value, places, strict=True))


def _check_names(document: Document, collector: Collector) -> None:
    """Reports the names of a file that two things have: all share one namespace in each scope."""
    blocks = document.blocks
    for block in blocks.values():
        for name in [name for name in block.params if name in block.inputs]:
            message = f"`{name}` is both a parameter and an input of the block"
            collector.add("name", message, block.at, "give one of the two another name", about=name)
    inputs = tuple(declared.name for declared in document.inputs or () if declared.name != "input_layer")
    whole = Block("", document.at, document.params, inputs, document.layers or ())
    for scope in (whole, *blocks.values()):
        for name in (*scope.params, *scope.inputs):
            if name in blocks:
                place = scope.params[name].at if name in scope.params else scope.at
                collector.add("name", f"`{name}` is also the name of a block", place, about=name)
        scope.check_given_names(names_given(scope.layers), blocks, collector)
