"""Steps expanded alone, among the values that they may read: what they do follows from these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archc.analysis import cost
from archc.analysis.receptive_field import fields_behind
from archc.collector import Collector
from archc.diagnostics import Position, SpecError
from archc.elaborate.elaboration import Elaboration, Frame
from archc.elaborate.expand import spec_families
from archc.elaborate.step_expansion import expand_steps
from archc.ir.builder import Builder
from archc.ir.graph import Node, Region, Tensor
from archc.ir.shape import volume
from archc.ir.state import State
from archc.language.steps import Steps
from archc.language.template import ItemName
from archc.language.value import Value
from archc.library.specs import Spec
from archc.totals.effect import Effect, Flow, Sums, effect_of, is_exact
from archc.totals.names import names_of
from archc.totals.values import Unknown


class NotRelative(Exception):
    """What steps do depends on the depth or the receptive field before them in another way than by adding to it."""


class _NamesTaken(Builder):
    """A builder that tells the names that a spec gives from those that Keras makes.

    Attributes:
        given: the names that the spec gives, also to what is left out.
        words: those that Keras makes names of.
    """

    def __init__(self) -> None:
        super().__init__()
        self.given: set[str] = set()
        self.words: set[str] = set()

    def take_name(self, name: str, at: Position) -> None:
        super().take_name(name, at)
        if "?" not in name:  # no name of a spec has this character
            self.given.add(name)

    def next_name(self, word: str) -> str:
        self.words.add(word)
        return f"{super().next_name(word)}?"


def expanded(
    spec: Spec,
    steps: Steps,
    prefix: str,
    values: Mapping[str, Value],
    items: Mapping[ItemName, Tensor],
    flows: Mapping[Tensor, Flow],
    *,
    relative: bool,
) -> Effect:
    """What steps of a file do among some values.

    Args:
        spec: of the file.
        steps: that are expanded.
        prefix: what the names of their layers begin with.
        values: all that they may read; `x` is the current tensor.
        items: the tensors with computed names that they may read.
        flows: what is known of all these tensors, in the order of the places of an effect.
        relative: whether they are seen from the current tensor.

    Raises:
        Unknown: they have an error, or do more than an effect tells.
        NotRelative: depths and receptive fields behind them do not only add to those before them.
    """
    run, builder = Elaboration(Collector(), expand_steps), _NamesTaken()
    run.builder = builder
    frame = Frame(values, run, spec.blocks, spec_families(spec), is_file=True)
    for item, tensor in items.items():
        frame.computed.setdefault(item.pattern, {})[item.values] = tensor
    part = Region("network", "", None, None, spec.document.at)
    if prefix:
        part = Region("group", "", prefix[:-1], part, spec.document.at, prefix)
    try:
        frame["x"] = expand_steps(steps, values["x"], frame, part)
    except (SpecError, RecursionError):
        raise Unknown from None
    nodes = builder.kept(builder.nodes)
    beyond = frame.outputs or frame.shares.first or frame.shares.inside or builder.calls
    has_name_of_part = part.name in builder.given or part.name in run.own_names
    has_states = any(isinstance(node.op, State) for node in nodes)
    if run.collector or run.has_unknowns or beyond or has_name_of_part or has_states:
        raise Unknown
    if relative and not all(map(_adds, nodes)):
        raise NotRelative
    depths = cost.depths(nodes, {tensor: flow.depth for tensor, flow in flows.items()})
    fields = fields_behind(nodes, {tensor: flow.field() for tensor, flow in flows.items()})
    return effect_of(
        _sums(nodes, len(builder.nodes), run.spent),
        names_of(builder.given, builder.words),
        ({**values, **items}, {**frame, **frame.computed_items()}),
        (list(flows), nodes),
        {tensor for node in nodes for tensor in node.inputs},
        lambda tensor: Flow.of(tensor.shape, tensor.dtype, depths[tensor], fields[tensor]),
    )


def _adds(node: Node) -> bool:
    """Whether depth and receptive field behind a layer are those before it and what it adds to them, exactly."""
    windows = node.op.windows(tuple([tensor.shape for tensor in node.inputs]), node.shape)
    exact = all((window.reach is None or is_exact(window.reach)) and is_exact(window.stride) for window in windows)
    return exact and bool(node.op.split_inputs(node.inputs)[0])


def _sums(nodes: Sequence[Node], layers: int, steps: int) -> Sums:
    macs = [node.macs for node in nodes]
    elements = [volume(node.shape) for node in nodes]
    return Sums(
        cost.params(nodes),
        cost.total_params(nodes),
        sum(count for count in macs if count is not None),
        macs.count(None),
        sum(count for count in elements if count is not None),
        elements.count(None),
        layers,
        steps,
    )
