"""Reads a document section by section, so that a fault in one leaves the others."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from archc.collector import Collector
from archc.diagnostics import Position, SpecError, did_you_mean, printable
from archc.language import validation
from archc.language.document import (
    DTYPES,
    TYPES,
    Block,
    Document,
    InputDeclaration,
    Paper,
    Parameter,
    Preprocess,
    Reference,
    Section,
)
from archc.language.expression_functions import is_name
from archc.language.fact_reader import FactReader
from archc.language.keys import known_keys
from archc.language.step_reader import StepReader
from archc.language.steps import Step, Steps, Unreadable, names_given
from archc.language.template import Compiled, compiled
from archc.language.yaml_reader import Map, Seq, Source, read

_KEYS = (
    "archc", "name", "summary", "paper", "extends", "use", "params", "input", "inputs", "blocks", "layers", "outputs",
    "preprocess", "expect",
)  # fmt: skip


def read_document(source: Source, collector: Collector) -> Document | None:
    """Reads one file; what is wrong is reported, and the rest is read all the same.

    Returns:
        The document; None where there is nothing to go on with.
    """
    try:
        data = read(source, collector)
    except SpecError as error:
        collector.report(error)
        return None
    start = Position(source.file, 1, 1)
    if not isinstance(data, Map):
        came = "is empty" if data is None else "holds no mapping"
        collector.add("not-a-spec", f"a spec is a mapping of keys, but this {came}", start, "it begins with `archc: 1`")
        return None
    return _Sections(data, source, collector).document()


_OF_PARAMETER = ("type", "default", "min", "max", "choices", "help")


class _Sections:
    """Reads the sections of one file, each on its own, so that a fault in one leaves the others."""

    def __init__(self, data: Map, source: Source, collector: Collector) -> None:
        self.data, self.source, self.collector = data, source, collector
        self.reader = StepReader(collector)

    def document(self) -> Document:
        data = self.data = known_keys(self.data, _KEYS, "a spec", self.collector)
        self.check_version()
        blocks = self.section("blocks", self.blocks, {})
        params = self.section("params", self.parameters, {})
        layers = self.section("layers", self.layers, None)
        document = Document(
            source=self.source,
            at=data.at,
            given=frozenset(data),
            name=self.section("name", self.title, None),
            summary=self.section("summary", self.one_text, None),
            paper=self.section("paper", lambda value, at: self.model(Paper, value, at, "`paper`"), None),
            extends=self.section("extends", self.reference, None),
            use=self.section("use", self.uses, ()),
            params=params,
            inputs=self.inputs(),
            blocks=blocks,
            layers=layers,
            outputs=self.section("outputs", self.outputs, None),
            preprocess=self.section(
                "preprocess", lambda value, at: self.model(Preprocess, value, at, "`preprocess`"), None
            ),
            facts=self.section("expect", FactReader(self.collector).expect, ()),
        )
        self.check_namespace(document)
        return document

    def section(self, key: str, read: Any, missing: Any) -> Any:
        """The section under a key, read; `missing` where it is not there or cannot be read."""
        if key not in self.data:
            return missing
        at = self.data.values_at[key]
        try:
            return read(self.data.text(key) if key in ("name", "summary") else self.data[key], at)
        except SpecError as error:
            self.collector.report(error, at)
            return missing

    def check_version(self) -> None:
        if "archc" not in self.data:
            message = "a spec says which version of the language it is written in"
            self.collector.add("missing-key", message, self.data.at, "begin with `archc: 1`")
        elif self.data["archc"] != 1 or self.data["archc"] is True:
            message = f"`archc` is the version of the language, which is 1, not {self.data.text('archc')}"
            self.collector.add("version", printable(message[:200]), self.data.values_at["archc"])

    def title(self, value: Any, at: Position) -> str:
        if (
            not isinstance(value, str)
            or not value.strip()
            or len(value) > 200
            or printable(value) != value
            or "\n" in value
        ):
            raise SpecError.of("name", "`name` is the name that people use: a text on one line", at)
        return value

    def one_text(self, value: Any, at: Position) -> str:
        if not isinstance(value, str):
            raise SpecError.of("type", "`summary` is a line of text", at)
        return value

    def reference(self, value: Any, at: Position) -> Reference:
        if not isinstance(value, str) or not value:
            raise SpecError.of("type", "`extends` is the name or the path of another spec", at)
        return Reference(value, at)

    def uses(self, value: Any, at: Position) -> tuple[tuple[Reference, tuple[Reference, ...]], ...]:
        if not isinstance(value, Map):
            raise SpecError.of("type", "`use` names blocks by their files: `{se: [squeeze_excite]}`", at)
        found = []
        for key, names in value.items():
            place = value.values_at[key]
            if not isinstance(names, Seq) or not names or not all(isinstance(name, str) for name in names):
                self.collector.add("type", f"`{printable(key[:60])}` needs the list of the blocks that are used", place)
                continue
            listed = tuple(Reference(name, names.items_at[index]) for index, name in enumerate(names))
            found.append((Reference(key, value.keys_at[key]), listed))
        return tuple(found)

    def model(self, model: type[Section], value: Any, at: Position, what: str) -> Any:
        if not isinstance(value, Map):
            raise SpecError.of("type", f"{what} is a mapping", at, f"it has: {', '.join(model.model_fields)}")
        data = known_keys(value, model.model_fields, what, self.collector)
        as_written = ("arxiv", "doi", "title", "source")
        try:
            return model(**{key: data.text(key) if key in as_written else item for key, item in data.items()})
        except ValidationError as error:
            validation.report(error, self.collector, data, what)
            return None

    # --- parameters ---

    def parameters(self, value: Any, at: Position) -> dict[str, Parameter]:
        if value is None:
            return {}
        if not isinstance(value, Map):
            raise SpecError.of("type", "`params` is a mapping of names to defaults or types", at)
        found = {}
        for name, item in value.items():
            if not is_name(name):
                self.bad_name(name, "a parameter", value.keys_at[name])
                continue
            found[name] = self.parameter(name, item, value)
        return found

    def parameter(self, name: str, value: Any, data: Map) -> Parameter:
        at, place = data.keys_at[name], data.values_at[name]
        if isinstance(value, Map) and any(key in _OF_PARAMETER for key in value):
            return self.long_parameter(name, value, at)
        if isinstance(value, str) and value in TYPES:
            return Parameter(name, at, type=value, named_type=True)
        return Parameter(name, at, default=compiled(value, place, self.collector), required=False)

    def long_parameter(self, name: str, data: Map, at: Position) -> Parameter:
        data = known_keys(data, _OF_PARAMETER, f"the parameter `{name}`", self.collector)
        kind, choices = data.get("type"), data.get("choices")
        if kind is not None and kind not in TYPES:
            self.collector.add("type", f"the type of `{name}` is one of {', '.join(TYPES)}", data.values_at["type"])
            kind = None
        if choices is not None and (not isinstance(choices, Seq) or not choices):
            self.collector.add("type", f"`choices` of `{name}` is a list", data.values_at["choices"])
            choices = None
        for key in ("min", "max"):
            if key in data and type(data[key]) not in (int, float):
                self.collector.add("type", f"`{key}` of `{name}` is a number", data.values_at[key])
        bounds = {key: data[key] for key in ("min", "max") if type(data.get(key)) in (int, float)}
        default = compiled(data["default"], data.values_at["default"], self.collector) if "default" in data else None
        text = data.text("help") if "help" in data else None
        return Parameter(
            name, at, kind, default, "default" not in data, bounds.get("min"), bounds.get("max"),
            tuple(choices) if choices is not None else None, str(text) if text is not None else None, kind is not None,
        )  # fmt: skip

    def bad_name(self, name: str, what: str, at: Position) -> None:
        hint = "letters, digits and `_`; no word of Python, no function of expressions, not `x`"
        self.collector.add("name", f"`{printable(name[:60])}` cannot be the name of {what}", at, hint)

    # --- inputs, blocks, layers, outputs ---

    def inputs(self) -> tuple[InputDeclaration, ...] | None:
        data = self.data
        if "input" in data and "inputs" in data:
            self.collector.add(
                "key", "a spec has either `input` or `inputs`", data.keys_at["inputs"], "keep one of the two"
            )
            return None
        if "input" in data:
            made = self.section("input", lambda value, at: (self.input("input_layer", value, at),), None)
        else:
            made = self.section("inputs", self.several_inputs, None)
        return None if made is None else tuple(made)

    def several_inputs(self, value: Any, at: Position) -> tuple[InputDeclaration, ...]:
        if not isinstance(value, Map) or not value:
            raise SpecError.of("type", "`inputs` names each input: `{image: [224, 224, 3]}`", at)
        found = []
        for name, item in value.items():
            if not is_name(name):
                self.bad_name(name, "an input", value.keys_at[name])
                continue
            try:
                found.append(self.input(name, item, value.values_at[name]))
            except SpecError as error:
                self.collector.report(error, value.values_at[name])
        return tuple(found)

    def input(self, name: str, value: Any, at: Position) -> InputDeclaration:
        dtype = "float32"
        if isinstance(value, Map) and not value.broken:
            value = known_keys(value, ("shape", "dtype"), "an input", self.collector)
            dtype = value.get("dtype", dtype)
            if dtype not in DTYPES:
                hint = did_you_mean(str(dtype), DTYPES) or f"there are: {', '.join(DTYPES)}"
                self.collector.add("type", f"`{dtype}` is no dtype", value.values_at["dtype"], hint)
                dtype = "float32"
            if "shape" not in value:
                raise SpecError.of("missing-key", "an input needs `shape`", at)
            value, at = value["shape"], value.values_at["shape"]
        if not isinstance(value, Seq | str):
            raise SpecError.of("type", "an input is its shape without the batch: `[224, 224, 3]`", at)
        return InputDeclaration(name, compiled(value, at, self.collector), dtype, at)

    def blocks(self, value: Any, at: Position) -> dict[str, Block]:
        if not isinstance(value, Map):
            raise SpecError.of("type", "`blocks` names each block", at)
        found = {}
        for name, item in value.items():
            place = value.keys_at[name]
            if not is_name(name) or not (name[0].islower() or name[0] == "_"):
                self.collector.add(
                    "name", f"`{printable(name[:60])}` cannot be the name of a block", place, "write it in snake_case"
                )
                continue
            try:
                found[name] = self.block(name, item, place)
            except SpecError as error:
                self.collector.report(error, place)
                found[name] = Block(name, {}, (), (Step(Unreadable(), place),), (), place)
        return found

    def block(self, name: str, data: Any, at: Position) -> Block:
        if not isinstance(data, Map):
            raise SpecError.of("type", f"the block `{name}` needs `layers`", at)
        data = known_keys(data, ("params", "inputs", "layers", "outputs"), f"the block `{name}`", self.collector)
        if "layers" not in data:
            raise SpecError.of(
                "missing-key",
                f"the block `{name}` needs `layers`",
                at,
                "a block is `{params, inputs, layers, outputs}`",
            )
        params: dict[str, Parameter] = {}
        if "params" in data:
            params = self.parameters(data["params"], data.values_at["params"])
        inputs = self.names(data, "inputs", "an input")
        layers = self.layers(data["layers"], data.values_at["layers"])
        outputs = self.outputs(data["outputs"], data.values_at["outputs"]) if "outputs" in data else ()
        for repeated in set(params) & set(inputs):
            hint = "give one of the two another name"
            self.collector.add("name", f"`{repeated}` is a parameter of the block and an input", at, hint)
        return Block(name, params, inputs, layers, outputs, at)

    def names(self, data: Map, key: str, what: str) -> tuple[str, ...]:
        if key not in data:
            return ()
        value, at = data[key], data.values_at[key]
        if not isinstance(value, Seq) or not value:
            raise SpecError.of("type", f"`{key}` is a list of names", at)
        for index, name in enumerate(value):
            if not isinstance(name, str) or not is_name(name) or name in value[:index]:
                self.bad_name(str(name), what, value.items_at[index])
        return tuple(str(name) for name in value)

    def layers(self, value: Any, at: Position) -> Steps:
        if not isinstance(value, Seq | Map | str) or value == []:
            raise SpecError.of("type", "`layers` is the list of the steps", at)
        return self.reader.steps(value, at)

    def outputs(self, value: Any, at: Position) -> tuple[tuple[Compiled, Position], ...]:
        if not isinstance(value, Seq) or not value or not all(isinstance(item, str) for item in value):
            raise SpecError.of("type", "`outputs` is a list of names, given by `output` or `as`", at)
        return tuple(
            (compiled(item, value.items_at[index], self.collector), value.items_at[index])
            for index, item in enumerate(value)
        )

    # --- the namespace ---

    def check_namespace(self, document: Document) -> None:
        """Parameters, inputs, tensors, values and blocks share one namespace, in each scope."""
        inputs = [made.name for made in document.inputs or () if made.name != "input_layer"]
        for name in (*document.params, *inputs):
            if name in document.blocks:
                at = document.params[name].at if name in document.params else document.at
                self.collector.add("name", f"`{name}` is the name of a block too", at)
        self.check_given(document.layers or (), document.params, document.blocks)
        for block in document.blocks.values():
            for name in (*block.params, *block.inputs):
                if name in document.blocks:
                    at = block.params[name].at if name in block.params else block.at
                    self.collector.add("name", f"`{name}` is the name of a block too", at)
            self.check_given(block.layers, block.params, document.blocks)

    def check_given(self, steps: Steps, params: dict[str, Parameter], blocks: dict[str, Block]) -> None:
        for name, at, _ in names_given(steps):
            kind = "parameter" if name in params else "block" if name in blocks else None
            if kind:
                self.collector.add("name", f"`{name}` is the name of a {kind} already", at, "choose another name")
