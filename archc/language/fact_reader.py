"""Reads `expect`: the documented facts of a network and of its parts."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from archc.collector import Collector
from archc.diagnostics import Poisoned, Position, SpecError, printable, shortened
from archc.language.document import Condition, Fact
from archc.language.quantity import quantity
from archc.language.template import Formula, ParsedValue, Template, evaluate, is_constant, parse_value
from archc.language.value import Scope, StepLimit, describe
from archc.language.yaml_data import Broken, Map, Seq

COUNTS = ("params", "total_params", "non_trainable_params", "torch_params", "torch_buffers")
"""The counts of weights."""

_OF_NETWORK = ("depth", *COUNTS, "macs", "output")
_OF_PART = ("shape", *COUNTS, "macs")
_TOLERANCE = re.compile(r"([0-9]{1,2}(?:\.[0-9]{1,6})?)\s*%")


class FactReader:
    """Reads the facts of one file."""

    def __init__(self, collector: Collector) -> None:
        self.collector = collector

    def expect(self, value: Any, at: Position) -> tuple[Fact, ...]:
        documents = value if isinstance(value, Seq) else [value]
        found: list[Fact] = []
        for index, document in enumerate(documents):
            place = value.items_at[index] if isinstance(value, Seq) else at
            if not isinstance(document, Map):
                hint = "`expect: {source: Table 1, params: 138M}`"
                raise SpecError.of("type", "`expect` is a mapping of facts", place, hint)
            found.extend(self.expectation(document))
        return tuple(found)

    def expectation(self, data: Map) -> list[Fact]:
        data = data.known(("source", "when", *_OF_NETWORK, "outputs", "layers"), "`expect`", self.collector)
        source = data.text("source") if "source" in data else None
        if source is not None and not isinstance(source, str):
            self.collector.add("type", "`source` is a text", data.values_at["source"], "`source: Table 1`")
            source = None
        found = []
        for key in _OF_NETWORK:
            if key in data:
                found += self.fact(key, None, data[key], data.values_at[key], source)
        for name, value, at in self.entries(data, "outputs"):
            found += self.fact("output", name, value, at, source)
        for name, value, at in self.entries(data, "layers"):
            if isinstance(value, Map) and "value" not in value:
                part = value.known(_OF_PART, f"the facts of `{name}`", self.collector)
                for kind in part:
                    if kind in _OF_PART:
                        found += self.fact(kind, name, part[kind], part.values_at[kind], source)
            else:
                found += self.fact("shape", name, value, at, source)
        if "when" not in data:
            return found
        with self.collector.reporting(data.values_at["when"]):
            when = self.condition(data["when"], data.values_at["when"])
            return [fact._replace(when=when) for fact in found]
        return []

    def condition(self, value: Any, at: Position) -> Condition:
        """The values that the facts of a document are of.

        Raises:
            SpecError: they are no mapping, or there is none.
        """
        hint = "`when: {resolution: 160}`, or `when: {input: [160, 160, 3]}`"
        if not isinstance(value, Map) or not value:
            message = "`when` of facts is a mapping of parameters and inputs to their values"
            raise SpecError.of("type", message, at, hint)
        if value.broken:
            raise Poisoned
        values: dict[str, Any] = {}
        for name, item in value.items():
            made = parse_value(item, value.values_at[name], self.collector)
            if not is_constant(made):
                message = f"`{printable(name[:60])}` of `when` is computed; facts are documented for certain values"
                raise SpecError.of("type", message, value.values_at[name], hint)
            values[name] = evaluate(made, Scope({}, StepLimit()))
        return Condition(values, value.values_at, at)

    def entries(self, data: Map, key: str) -> list[tuple[ParsedValue, Any, Position]]:
        if key not in data:
            return []
        value = data[key]
        if not isinstance(value, Map):
            hint = f"`{key}: {{a_name: [56, 56, 64]}}`"
            message = f"`{key}` is a mapping of names to what is documented"
            self.collector.add("type", message, data.values_at[key], hint)
            return []
        return [
            (parse_value(name, value.keys_at[name], self.collector), item, value.values_at[name])
            for name, item in value.items()
        ]

    def fact(self, kind: str, of: ParsedValue, value: Any, at: Position, source: str | None) -> list[Fact]:
        """One fact in a list; none where it cannot be read."""
        with self.collector.reporting(at):
            if not isinstance(value, Map):
                return [Fact(kind, of, self.figure(kind, value, at), None, None, source, at)]
            data = value.known(("value", "computed", "because", "tolerance"), "a fact", self.collector)
            if "value" not in data:
                raise SpecError.of("missing-key", "a fact needs `value`", at, "`value` is the documented figure")
            computed, because = self.explanation(kind, data, at)
            tolerance = self.tolerance(kind, data) if "tolerance" in data else None
            at = data.values_at["value"]
            figure = self.figure(kind, data["value"], at)
            return [Fact(kind, of, figure, computed, because, source, at, tolerance)]
        return []

    def tolerance(self, kind: str, data: Map) -> Fraction:
        """The part of a figure that the network may differ by.

        Raises:
            SpecError: it is no percentage, or the fact is no figure.
        """
        at, text = data.values_at["tolerance"], data.text("tolerance")
        if kind in ("shape", "output") or (isinstance(data["value"], str) and data["value"].strip()[:1] in ("<", ">")):
            what = "a size" if kind in ("shape", "output") else "a bound"
            raise SpecError.of("type", f"{what} has no tolerance", at, "remove it")
        match = _TOLERANCE.fullmatch(text.strip()) if isinstance(text, str) else None
        if match is None or not Fraction(match[1]):
            came = shortened(text) if isinstance(text, str) else describe(text)
            message = f"`tolerance` is a percentage above 0% and below 100%, not {came}"
            raise SpecError.of("type", message, at, "`tolerance: 1%`")
        return Fraction(match[1]) / 100

    def explanation(self, kind: str, data: Map, at: Position) -> tuple[ParsedValue, str | None]:
        """The figure that the network has for a good reason, and the reason."""
        if ("computed" in data) != ("because" in data):
            missing = "because" if "computed" in data else "computed"
            hint = f"add `{missing}`"
            raise SpecError.of("missing-key", "`computed` and `because` need each other", at, hint)
        if "computed" not in data:
            return None, None
        because = data.text("because")
        if not (isinstance(because, str) and because.strip()):
            hint = "`because: the paper rounds down`"
            message = "`because` is a text: why the network differs"
            raise SpecError.of("type", message, data.values_at["because"], hint)
        return self.figure(kind, data["computed"], data.values_at["computed"], exact=True), because

    def figure(self, kind: str, value: Any, at: Position, exact: bool = False) -> ParsedValue:
        """A shape or a figure, checked as far as it can be before it is evaluated."""
        made = parse_value(value, at, self.collector)
        if isinstance(made, Formula | Template | Broken):
            return made
        if kind in ("shape", "output"):
            if not isinstance(value, Seq) or not all(_is_size(item) for item in made):
                raise SpecError.of("type", "a documented size is a list of whole numbers", at, "`[56, 56, 64]`")
            return made
        try:
            quantity(made)
        except ValueError as error:
            raise SpecError.of("type", f"a documented figure {error}", at, "`138_357_544`, `25.6M` or `<25M`") from None
        if exact and type(made) is not int:
            raise SpecError.of("type", "`computed` is exact", at, "write digits alone: `61_706`")
        return made


def _is_size(item: Any) -> bool:
    return item is None or isinstance(item, Formula) or (type(item) is int and item >= 0)
