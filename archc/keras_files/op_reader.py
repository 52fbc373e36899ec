"""The ops of one call of a layer or of an operation; what archc has no op for becomes opaque."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from archc.diagnostics import SpecError, printable
from archc.ir.builder import Builder
from archc.ir.dtype import FLOATS, NUMBERS_AND_BOOLEANS, DtypeError, common_dtype
from archc.ir.naming import snake_case
from archc.ir.op import Op
from archc.ir.shape import Shape, ShapeError, shape_text
from archc.ir.state import State
from archc.keras_files.call_arguments import Call, Declared, TensorRef, tensors_in
from archc.keras_files.flat import Chains, FlatTensor, OpCall, noted_dtype
from archc.keras_files.implicit_masks import ImplicitMasks
from archc.keras_files.layer_config import LayerConfig
from archc.keras_files.op_of_layer import NoOp, known_class, layer_op, made_op, op_name, op_of_config
from archc.keras_files.opaque_layers import WeightsHeld, opaque_calls
from archc.keras_files.operations import operation_plan
from archc.keras_files.recognition import recognized
from archc.keras_files.tensorflow_operations import operation_of_tensorflow
from archc.ops import registry
from archc.ops.argument_types import TENSOR


class OpReader:
    """Finds the ops of calls; equal ops are one object, so that what is inferred for one is inferred once."""

    def __init__(self, builder: Builder, held: WeightsHeld, *, has_own_shapes: bool) -> None:
        self.builder, self.held, self.has_own_shapes = builder, held, has_own_shapes
        self._ops: dict[Op, Op] = {}
        self._masks = ImplicitMasks()

    def read(self, layer: LayerConfig, call: Call, taken: list[FlatTensor], wanted: Mapping[int, Declared]) -> Chains:
        """The ops of a call.

        Args:
            layer: what is called.
            call: the arguments.
            taken: the tensors among them, in their order.
            wanted: the numbers of the outputs that are used, with what the file says of them.

        Raises:
            SpecError: archc has none, and the file does not say what shape the layer gives.
        """
        try:
            if layer.is_operation:
                dtypes = {number: _computed_dtype(layer, taken, declared) for number, declared in wanted.items()}
                chains = self._operation(layer, call, taken, dtypes)
                wanted = {number: one._replace(dtype=dtypes[number]) for number, one in wanted.items()}
            else:
                chains = self._layer(layer, call, taken)
            for number, declared in wanted.items():
                if number not in chains:
                    raise NoOp("it gives several tensors")
                self._hold(chains[number][-1], declared)
        except NoOp as error:
            return opaque_calls(layer, call, taken, wanted, str(error), self.held, has_own_shapes=self.has_own_shapes)
        return chains

    def cast(self, tensor: FlatTensor, dtype: str) -> OpCall | None:
        """A tensor in another type, as a model in the model casts its inputs; None where archc has no op for it."""
        is_float = tensor.dtype in FLOATS
        try:
            op = _op("Identity" if is_float else "Rescaling", {} if is_float else {"scale": 1.0}, dtype)
            made = self._made(op, (tensor,), "_cast")
        except NoOp:
            return None
        return made if made.dtype == dtype else None

    def _hold(self, end: OpCall, declared: Declared) -> None:
        """Holds what was inferred to what the file says.

        A size that is open in the file agrees with any: a model in the model has its own inputs' sizes there, and not
        those that it is called on.

        Raises:
            NoOp: it differs.
        """
        shape, dtype, _ = declared
        if shape is not None and self.has_own_shapes and not _agrees(end.shape, shape):
            computed, written = shape_text(end.shape), shape_text(shape)
            raise NoOp(f"archc computes the shape {computed} for it, and the file has {written}")
        if dtype is not None and dtype not in (end.dtype, noted_dtype(end)):
            raise NoOp(f"archc computes the type {end.dtype} for it, and the file has {dtype}")

    # --- layers ---

    def _layer(self, layer: LayerConfig, call: Call, taken: list[FlatTensor]) -> Chains:
        name = known_class(layer)
        tensors, arguments = self._tensors_of_layer(layer, call, taken)
        if name == "CustomScaleLayer" and len(tensors) == 2:
            scaled = self._made(
                op_of_config("Rescaling", {"scale": layer.arguments.get("scale")}, ()), (tensors[1],), "_scale"
            )
            added = self._made(op_of_config("Add", {}, ()), (tensors[0], None), "", scaled)
            return {0: [scaled, added]}
        try:
            at_call = {name: call.kwargs[name] for name in _class(layer).called_with if name in call.kwargs}
            at_call |= dict.fromkeys(arguments, TENSOR)
            ops = layer_op(layer, tuple([tensor.shape for tensor in tensors]), at_call)
        except ShapeError as error:
            raise NoOp(f"archc cannot call it on these shapes: {error}") from None
        if len(tensors) == 1 and ops[0].repeats_input:
            tensors *= ops[0].arity[0]
        if (found := recognized(ops[0], tensors)) is not None:
            ops, tensors = [found.op], found.inputs
        chain = [self._made(ops[0], (*tensors, *arguments.values()))]
        for op in ops[1:]:
            chain.append(self._made(op, (None,), f"_{snake_case(op.op_name)}", chain[-1]))
        chains = {0: chain}
        for place, shape in enumerate(ops[0].states(*[tensor.shape for tensor in tensors]), start=1):
            chains[place] = [self._made(State(index=place, output=shape), (None,), "", chain[-1])]
        return chains

    def _tensors_of_layer(
        self, layer: LayerConfig, call: Call, taken: Sequence[FlatTensor]
    ) -> tuple[list[FlatTensor], dict[str, FlatTensor]]:
        """The tensors that a layer takes, in the order of archc's op, and those that are arguments, by their names.

        Raises:
            NoOp: it is called with something that archc has no argument for.
        """
        references = list(call.tensors())
        places = {id(reference): tensor for reference, tensor in zip(references, taken, strict=True)}
        if any(not isinstance(value, TensorRef | list) and value is not None for value in call.args):
            raise NoOp("it is called with more than tensors")
        found = [places[id(reference)] for reference in tensors_in(call.args)]
        kwargs, at_call = dict(call.kwargs), _class(layer).called_with
        arguments = {
            name: places[id(kwargs.pop(name))]
            for name in _class(layer).tensor_arguments
            if isinstance(kwargs.get(name), TensorRef)
        }
        for name in ("inputs", "sequences", "query", "value", "key", _class(layer).further_inputs or ""):
            given = kwargs.pop(name, None)
            if isinstance(given, TensorRef | list):
                found += [places[id(reference)] for reference in tensors_in(given)]
        for name, value in kwargs.items():
            if value is None or name in at_call or value is False or _has_none(value):
                continue
            if name.endswith("mask") and self._masks.are_passed(name, _placed(value, places), found):
                continue
            if name == "training" and _class(layer).called_in_training:
                continue
            raise NoOp(f"it is called with `{printable(name[:40])}`")
        return _class(layer).without_repeated_key(found), arguments

    def _made(
        self, op: Op, inputs: tuple[FlatTensor | None, ...], suffix: str = "", before: OpCall | None = None
    ) -> OpCall:
        """A call of an op, with its inferred shape.

        Raises:
            NoOp: the op cannot take these tensors.
        """
        (least, most), (taken, _) = op.arity, op.split_inputs(inputs)
        if len(taken) < least or (most is not None and len(taken) > most):
            raise NoOp(f"archc cannot call it on {len(taken)} tensors")
        with suppress(TypeError):  # an argument that has no hash
            op = self._ops.setdefault(op, op)
        operands = [tensor or before for tensor in inputs]
        shapes = tuple([tensor.shape for tensor in operands if tensor is not None])
        dtypes = tuple([tensor.dtype for tensor in operands if tensor is not None])
        try:
            shape, _, _, dtype = self.builder.infer(op, shapes, dtypes)
            noted = op.noted_dtype(*[noted_dtype(tensor) for tensor in operands if tensor is not None])
        except ShapeError as error:
            raise NoOp(f"archc cannot call it on these shapes: {error}") from None
        except DtypeError as error:
            raise NoOp(f"archc cannot call it on these types: {error}") from None
        except SpecError as error:
            raise NoOp(error.first.message) from None
        return OpCall(op, inputs, shape, dtype, suffix, noted)

    # --- operations ---

    def _operation(
        self, layer: LayerConfig, call: Call, taken: list[FlatTensor], dtypes: Mapping[int, str | None]
    ) -> Chains:
        """The ops of an operation, each of which computes in the type of the output."""
        name, arguments = layer.class_name, layer.arguments
        if name in ("TFOpLambda", "SlicingOpLambda"):
            name, call = operation_of_tensorflow(arguments, call, name)
            arguments = {}
        references = list(call.tensors())
        if len(references) != len(taken):
            raise NoOp("it is called with a tensor that archc has no argument for")
        if (found := recognized(name, taken)) is not None:
            return {0: [self._made(found.op, tuple(found.inputs))]}
        plan = operation_plan(name, arguments, call, [tensor.shape for tensor in taken])
        by_place = {id(reference): tensor for reference, tensor in zip(references, taken, strict=True)}
        inputs = [by_place[id(reference)] for reference in plan.inputs]
        chains: dict[int, list[OpCall]] = {}
        for number, steps in enumerate(plan.outputs):
            chain: list[OpCall] = []
            for place, step in enumerate(steps):
                last = place == len(steps) - 1
                suffix = f"_{number}" if len(plan.outputs) > 1 else ""
                suffix += "" if last else f"_{snake_case(step.op)}_{place}" if place else f"_{snake_case(step.op)}"
                op = _op(step.op, step.arguments, dtypes.get(number))
                given: tuple[FlatTensor | None, ...] = (None,) if chain else tuple(inputs)
                chain.append(self._made(op, given, suffix, chain[-1] if chain else None))
            chains[number] = chain
        return chains


def _computed_dtype(layer: LayerConfig, taken: Sequence[FlatTensor], declared: Declared) -> str | None:
    """The type that an operation gives: as the file has it, else by Keras's rule; None where archc has no such type."""
    if layer.class_name == "FullLike" and isinstance(given := layer.arguments.get("dtype"), str):
        return given
    if declared.dtype is not None or not taken:
        return declared.dtype
    kinds = tuple([tensor.dtype for tensor in taken])
    if len(FLOATS.intersection(kinds)) > 1:
        return "float64" if "float64" in kinds else "float32"  # also for float16 with bfloat16
    return common_dtype(kinds) if NUMBERS_AND_BOOLEANS.issuperset(kinds) else None


def _op(name: str, arguments: Mapping[str, Any], dtype: str | None) -> Op:
    """An op that stands for an operation; a layer computes in the type, where it is one of floats.

    Raises:
        NoOp: it does not take these arguments.
    """
    if registry()[name].function is None:
        return op_of_config(name, {**arguments, "dtype": dtype if dtype in FLOATS else None}, ())
    has_own_type = name == "Constant" and dtype not in (None, "float32")
    return made_op(name, {**arguments, "dtype": dtype} if has_own_type else arguments)


def _agrees(computed: Shape, written: Shape) -> bool:
    sizes = zip(computed, written, strict=False)
    return len(computed) == len(written) and all(there is None or here == there for here, there in sizes)


def _class(layer: LayerConfig) -> type[Op]:
    """The class of archc's op; that of all ops where archc has none."""
    return registry().get(op_name(layer.class_name), Op)


def _placed(value: Any, places: Mapping[int, FlatTensor]) -> Any:
    """An argument with the tensors that it names."""
    if isinstance(value, list):
        return [_placed(item, places) for item in value]
    return places[id(value)] if isinstance(value, TensorRef) else value


def _has_none(value: Any) -> bool:
    """Whether an argument is a list that says nothing."""
    return isinstance(value, list) and all(item is None for item in value)
