"""The ops of one call of a layer or of an operation; what archc has no op for becomes opaque."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from archc.diagnostics import printable
from archc.ir.builder import Builder
from archc.ir.naming import snake_case
from archc.ir.op import Op
from archc.ir.opaque import Opaque
from archc.ir.shape import Shape, ShapeError, shape_text
from archc.keras_files.calls import Call, TensorRef, tensors_in
from archc.keras_files.flat import Chains, FlatNode, FlatTensor, OpCall
from archc.keras_files.layer_config import LayerConfig
from archc.keras_files.layer_op import NoOp, layer_op, made_op, op_of_config
from archc.keras_files.opaque_layers import opaque_calls
from archc.keras_files.operations import operation_plan
from archc.keras_files.recognition import recognized
from archc.keras_files.tensorflow_operations import operation_of_tensorflow
from archc.keras_files.weights_held import WeightsHeld
from archc.ops import registry

_SAME_IN_TRAINING = frozenset({"Resizing", "Rescaling", "Normalization"})  # Keras calls some of them as in training


class OpReader:
    """Finds the ops of calls; equal ops are one object, so that what is inferred for one is inferred once."""

    def __init__(self, builder: Builder, held: WeightsHeld, *, has_own_shapes: bool) -> None:
        self.builder, self.held, self.has_own_shapes = builder, held, has_own_shapes
        self._ops: dict[Op, Op] = {}

    def read(
        self,
        layer: LayerConfig,
        call: Call,
        shapes: list[Shape],
        wanted: Mapping[int, Shape | None],
        taken: list[FlatTensor],
    ) -> Chains:
        """The ops of a call.

        Raises:
            SpecError: archc has none, and the file does not say what shape the layer gives.
        """
        try:
            if layer.is_operation:
                chains = self._operation(layer, call, shapes, taken)
            else:
                chains = self._layer(layer, call, taken)
            for number, shape in wanted.items():
                chain = chains.get(number)
                if chain is None:
                    raise NoOp("it gives several tensors")
                ends = chain[-1].shape if chain else shapes[0]
                if shape is not None and self.has_own_shapes and ends != shape:
                    raise NoOp(
                        f"archc computes the shape {shape_text(ends)} for it, and the file has {shape_text(shape)}"
                    )
        except NoOp as error:
            return opaque_calls(layer, call, taken, wanted, str(error), self.held, has_own_shapes=self.has_own_shapes)
        return chains

    # --- layers ---

    def _layer(self, layer: LayerConfig, call: Call, taken: list[FlatTensor]) -> Chains:
        tensors = list(_tensors_of_layer(layer, call, taken))
        name = layer.class_name
        if name == "CustomScaleLayer" and layer.is_kerass_own and len(tensors) == 2:
            scaled = self._made(
                op_of_config("Rescaling", {"scale": layer.arguments.get("scale")}, ()), (tensors[1],), "_scale"
            )
            added = self._made(op_of_config("Add", {}, ()), (tensors[0], None), "", scaled)
            return {0: [scaled, added]}
        try:
            ops = layer_op(layer, tuple([tensor.shape for tensor in tensors]))
        except ShapeError as error:
            raise NoOp(f"archc cannot call it on these shapes: {error}") from None
        if len(tensors) == 1 and ops[0].repeats_input:
            tensors *= ops[0].arity[0]
        if (found := recognized(ops[0], tensors)) is not None:
            ops, tensors = [found.op], found.inputs
        chain = [self._made(ops[0], tuple(tensors))]
        for op in ops[1:]:
            chain.append(self._made(op, (None,), f"_{snake_case(op.op_name)}", chain[-1]))
        return {0: chain}

    def _made(
        self, op: Op, inputs: tuple[FlatTensor | None, ...], suffix: str = "", before: OpCall | None = None
    ) -> OpCall:
        """A call of an op, with its inferred shape.

        Raises:
            NoOp: the op cannot take these tensors.
        """
        least, most = op.arity
        if len(inputs) < least or (most is not None and len(inputs) > most):
            raise NoOp(f"archc cannot call it on {len(inputs)} tensors")
        with suppress(TypeError):  # an argument that has no hash
            op = self._ops.setdefault(op, op)
        shapes = tuple([tensor.shape if tensor is not None else before.shape if before else () for tensor in inputs])
        try:
            shape, _, _ = self.builder.inferred(op, shapes)
        except ShapeError as error:
            raise NoOp(f"archc cannot call it on these shapes: {error}") from None
        return OpCall(op, inputs, shape, suffix)

    # --- operations ---

    def _operation(self, layer: LayerConfig, call: Call, shapes: list[Shape], taken: list[FlatTensor]) -> Chains:
        name, arguments = layer.class_name, layer.arguments
        if name in ("TFOpLambda", "SlicingOpLambda"):
            name, call = operation_of_tensorflow(arguments, call, name)
            arguments = {}
        references = list(tensors_in((call.args, tuple(call.kwargs.values()))))
        if (found := recognized(name, taken)) is not None:
            return {0: [self._made(found.op, tuple(found.inputs))]}
        plan = operation_plan(name, arguments, call, shapes)
        by_place = {id(reference): tensor for reference, tensor in zip(references, taken, strict=True)}
        inputs = [by_place[id(reference)] for reference in plan.inputs]
        chains: dict[int, list[OpCall]] = {}
        for number, steps in enumerate(plan.outputs):
            chain: list[OpCall] = []
            for place, step in enumerate(steps):
                last = place == len(steps) - 1
                suffix = f"_{number}" if len(plan.outputs) > 1 else ""
                suffix += "" if last else f"_{snake_case(step.op)}_{place}" if place else f"_{snake_case(step.op)}"
                op = _op(step.op, step.arguments)
                given: tuple[FlatTensor | None, ...] = (None,) if chain else tuple(inputs)
                chain.append(self._made(op, given, suffix, chain[-1] if chain else None))
            chains[number] = chain
        return chains


def _op(name: str, arguments: Mapping[str, Any]) -> Op:
    """An op that stands for an operation.

    Raises:
        NoOp: it does not take these arguments.
    """
    if registry()[name].function is None:
        return op_of_config(name, arguments, ())
    return made_op(name, arguments)


def _tensors_of_layer(layer: LayerConfig, call: Call, taken: Sequence[FlatTensor]) -> Iterator[FlatTensor]:
    """The tensors that a layer takes, in the order of archc's op.

    Raises:
        NoOp: it is called with something that archc has no argument for.
    """
    references = list(call.tensors())
    places = {id(reference): tensor for reference, tensor in zip(references, taken, strict=True)}
    if any(not isinstance(value, TensorRef | list) and value is not None for value in call.args):
        raise NoOp("it is called with more than tensors")
    found = [places[id(reference)] for reference in tensors_in(call.args)]
    kwargs = dict(call.kwargs)
    for name in ("inputs", "query", "value", "key"):
        given = kwargs.pop(name, None)
        if isinstance(given, TensorRef | list):
            found += [places[id(reference)] for reference in tensors_in(given)]
    for name, value in kwargs.items():
        if value is None or value is False or (name == "mask" and _is_mask(value, places)):
            continue
        if name == "training" and layer.class_name in _SAME_IN_TRAINING:
            continue
        raise NoOp(f"it is called with `{printable(name[:40])}`")
    if layer.class_name == "MultiHeadAttention" and len(found) == 3 and found[2] is found[1]:
        found.pop()
    yield from found


def _is_mask(value: Any, places: Mapping[int, FlatTensor]) -> bool:
    """Whether a mask is the one that an embedding makes, which archc's layers make and pass on too."""
    tensor = places.get(id(value)) if isinstance(value, TensorRef) else None
    is_test = isinstance(tensor, FlatNode) and isinstance(tensor.op, Opaque) and tensor.op.layer_class == "NotEqual"
    return is_test and tensor is not None and dict(getattr(getattr(tensor, "op", None), "config", ())).get("x2") == 0
