"""The totals of the networks of a spec, composed of what their parts do, which is remembered.

Steps do the same wherever the values that they may read are the same: parameters, the items of loops, and the shapes
and types of tensors. They are expanded once, alone among these values, and what they do is remembered. All that is
beyond this, and every error, is left to the expansion of the whole network.
"""

from __future__ import annotations

from contextlib import suppress

from archc import limits
from archc.analysis.cost import FLOAT32_BYTES
from archc.diagnostics import Poisoned, SpecError
from archc.elaborate.expand import Settings
from archc.language.steps import steps_within
from archc.language.template import evaluate
from archc.library.specs import Spec
from archc.totals.checks import StaticChecks
from archc.totals.pieces import pieces_of
from archc.totals.start import Inputs, Parameters
from archc.totals.totals import Totals
from archc.totals.values import Unknown
from archc.totals.walk import Memory, Walk

_STEPS = limits.ROUNDS // 2  # of a network whose number of steps need not be known exactly


class ComposedTotals:
    """The totals of the networks of one spec.

    Attributes:
        count: how many were composed.
    """

    def __init__(self, spec: Spec) -> None:
        self.count = 0
        self._spec = spec
        self._pieces = pieces_of(spec.layers)
        self._memory: Memory = {}
        self._checks = StaticChecks(spec)
        self._inputs = Inputs(spec)
        marked = spec.outputs is not None or any(step.output is not None for step in steps_within(spec.layers))
        self._parameters: Parameters | None = None
        if spec.layers and not marked and not spec.leaves_out:
            with suppress(SpecError):
                self._parameters = Parameters(spec)

    def totals(self, settings: Settings) -> Totals | None:
        """The totals of a network; None where only its expansion as a whole tells them, or what is wrong with it."""
        beyond = settings.outputs or settings.features or settings.freeze
        if not settings or beyond or self._parameters is None:
            return None
        try:
            found = self._composed(settings, self._parameters) if self._checks.hold(settings.params) else None
        except (Unknown, SpecError, Poisoned, RecursionError):
            return None
        self.count += found is not None
        return found

    def _composed(self, settings: Settings, parameters: Parameters) -> Totals:
        scope = parameters.scope(settings.params)
        inputs = self._inputs.effect(settings.inputs, scope)
        walk = Walk(self._spec, self._memory, scope, {}, relative=False)
        walk.apply(inputs, [], None)
        for piece in self._pieces:
            walk.follow(piece, "")
        for written, _ in self._spec.features.values():
            evaluate(written, scope)
        last = scope["x"]
        sums, names = walk.sums(), walk.names()
        unread = {*walk.made} - walk.read - {last}
        is_input = last in walk.made[: len(inputs.made)]
        if is_input or unread or names.words & names.like_words:
            raise Unknown
        if sums.layers > limits.LAYERS or sums.steps > _STEPS:
            raise Unknown
        _, depth, axes, _ = walk.flows[last]
        return Totals(
            sums.params,
            sums.total_params,
            None if sums.unknown_macs else sums.macs,
            depth,
            None if sums.unknown_elements else FLOAT32_BYTES * sums.elements,
            tuple([None if axis is None else axis[0] for axis in axes]),
        )
