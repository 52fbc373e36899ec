"""Holds a network to what its documents say."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from archc.analysis import cost
from archc.analysis.facts import CheckedFact, Verdict
from archc.collector import Collector
from archc.diagnostics import Poisoned, Position, Related, SpecError
from archc.elaborate.documented_shape import DocumentedShape
from archc.elaborate.expand import Expansion, Settings, expand
from archc.ir.graph import Graph
from archc.ir.shape import json_shape
from archc.language.document import Condition, Fact
from archc.language.fact_reader import COUNTS
from archc.language.quantity import quantity
from archc.language.template import Formula, Template, evaluate
from archc.language.value import describe
from archc.library.specs import Spec

_MEASURES: dict[str, Callable[[Any], int | None]] = {
    **{name: partial(cost.total_count, name) for name in COUNTS},
    "macs": cost.macs,
}


Elsewhere = Callable[[Condition], Expansion | None]
"""The network at other values; None where it cannot be elaborated there, which is reported."""


def elsewhere(spec: Spec, collector: Collector) -> Elsewhere:
    """The network of a spec at the values that facts are documented for, elaborated once for each."""
    found: dict[str, Expansion | None] = {}

    def at(condition: Condition) -> Expansion | None:
        key = repr(sorted(condition.values.items()))
        if key not in found:
            found[key] = _expanded(spec, condition, collector)
        return found[key]

    return at


def _expanded(spec: Spec, condition: Condition, collector: Collector) -> Expansion | None:
    params: dict[str, Any] = {}
    inputs: dict[str | None, Any] = {}
    names = {declared.name for declared in spec.inputs}
    for name, value in condition.values.items():
        if name in spec.params or name not in {"input", *names}:
            params[name] = value
        elif isinstance(value, list):
            inputs[None if name == "input" else name] = tuple(value)
        else:
            message = f"the shape of an input is a list of whole numbers above 0, but is {describe(value)}"
            collector.add("input", message, condition.places[name], "`input: [160, 160, 3]`", about=name)
            return None
    own = Collector()
    own.lines.update(collector.lines)
    expansion = expand(spec, Settings(params, inputs), own)
    for error in own.error().diagnostics if own else ():
        about = "input" if None in inputs and error.about in names else error.about or ""
        place = condition.places.get(about, condition.at)
        collector.report(SpecError([error]), place, related=[Related("at these values", condition.at)])
    return expansion


def check(
    spec: Spec, own: Expansion, used: Expansion | None, collector: Collector, at: Elsewhere | None = None
) -> list[CheckedFact]:
    """Gives each documented fact its verdict, in the order of the file.

    Args:
        spec: whose facts they are.
        own: the network at the values that files write.
        used: the network at a user's values, where a user set any.
        collector: takes what is wrong with a fact itself.
        at: gives the network at the values of facts that have any; without it these are left out.
    """
    if used is None:
        source = spec.paper.source if spec.paper else None
        return [*(_shape_fact(shape, source) for shape in own.shapes), *_facts(spec, own, collector, at)]
    differed = {_identity(fact) for fact in check(spec, own, None, collector) if fact.verdict == "differs"}
    always = {shape.at for shape in used.shapes if shape.always}
    always |= {fact.at for fact in spec.facts if _has_formula(fact.value)}
    checked = []
    for fact in check(spec, used, None, collector, at):
        if (
            fact.when is None
            and fact.verdict == "differs"
            and fact.at not in always
            and _identity(fact) not in differed
        ):
            fact = fact._replace(verdict="set_aside", because=None)
        checked.append(fact)
    return checked


def _identity(fact: CheckedFact) -> tuple[str, Position, str | None]:
    return fact.fact, fact.at, fact.of


def _has_formula(value: Any) -> bool:
    return any(map(_has_formula, value)) if isinstance(value, list) else isinstance(value, Formula | Template)


def _shape_fact(shape: DocumentedShape, source: str | None) -> CheckedFact:
    documented, computed = shape.documented, None if shape.computed is None else list(shape.computed)
    verdict: Verdict = "agrees" if computed is not None and _same_shape(documented, computed) else "differs"
    return CheckedFact("shape", shape.of, _shown(documented), computed, verdict, source, shape.absence, shape.at)


def _same_shape(documented: Any, computed: list[int | None] | None) -> bool:
    """An unknown size agrees with any, and so does an unknown shape."""
    if computed is None:
        return True
    if not isinstance(documented, list | tuple) or len(documented) != len(computed):
        return False
    return all(a == b or a is None or b is None for a, b in zip(documented, computed, strict=True))


def _facts(spec: Spec, own: Expansion, collector: Collector, at: Elsewhere | None) -> list[CheckedFact]:
    found = []
    for fact in spec.facts:
        expansion: Expansion | None = own
        if fact.when is not None:
            expansion = None if at is None else at(fact.when)
        if expansion is None:
            continue
        scope = expansion.scope
        try:
            of = None if fact.of is None else str(evaluate(fact.of, scope))
            documented = evaluate(fact.value, scope)
            computed = None if fact.computed is None else evaluate(fact.computed, scope)
            found.append(_verdict(fact, of, documented, computed, expansion.graph))
        except SpecError as error:
            collector.report(error, fact.at)
        except Poisoned:
            continue
    return found


def _verdict(fact: Fact, of: str | None, documented: Any, expected: Any, graph: Graph) -> CheckedFact:
    made = CheckedFact(fact.fact, of, _shown(documented), None, "differs", fact.source, fact.because, fact.at)
    made = made._replace(when=None if fact.when is None else fact.when.values)
    measured = _measured(fact, of, graph)
    if isinstance(measured, _Missing):
        return made._replace(because=measured.reason)
    made = made._replace(computed=measured)
    if fact.fact in ("shape", "output"):
        agrees, explained = _same_shape(documented, measured), expected is not None and _same_shape(expected, measured)
    else:
        figure = _quantity(documented, fact)
        if fact.tolerance is not None:
            figure = figure.within(fact.tolerance)
        agrees = measured is None or figure.agrees(measured)
        explained = expected is not None and (measured is None or expected == measured)
    if expected is not None and not explained:
        return made._replace(because=f"the fact explains {_shown(expected)}, not what is computed")
    if agrees:
        return made._replace(verdict="agrees", because=None)
    return made._replace(verdict="explained") if explained else made._replace(because=None)


class _Missing(NamedTuple):
    """There is nothing that the fact could speak of."""

    reason: str


def _measured(fact: Fact, of: str | None, graph: Graph) -> Any:
    """What the network has: a shape as a list, or a number; None where a size is unknown."""
    if fact.fact == "output":
        if of is not None and of not in graph.outputs:
            return _Missing(f"the network has no output `{of}`")
        return json_shape(graph.outputs[graph.main if of is None else of].shape)
    if of is None:
        return cost.depth(graph) if fact.fact == "depth" else _MEASURES[fact.fact](graph.nodes)
    tensor = graph.named(of)
    if tensor is None:
        return _Missing(graph.absence(of))
    return json_shape(tensor.shape) if fact.fact == "shape" else _MEASURES[fact.fact](graph.within(of))


def _quantity(documented: Any, fact: Fact) -> Any:
    try:
        return quantity(documented)
    except ValueError as error:
        raise SpecError.of("type", f"a documented figure {error}", fact.at) from None


def _shown(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
