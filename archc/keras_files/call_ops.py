"""The ops of one call of a layer or of an operation; what archc has no op for becomes opaque."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import blake2b
from typing import Any, NamedTuple

from archc.diagnostics import printable
from archc.ir.builder import Builder
from archc.ir.naming import snake_case
from archc.ir.op import Op
from archc.ir.opaque import Opaque
from archc.ir.shape import Shape, ShapeError, shape_text
from archc.keras_files.calls import Call, Cut, TensorRef, tensors_in
from archc.keras_files.flat import FlatNode, FlatTensor
from archc.keras_files.layer_config import LayerConfig, shape_without_batch
from archc.keras_files.layer_op import NoOp, layer_op, made_op, op_of_config, plain
from archc.keras_files.operations import operation_of_tensorflow, operation_plan
from archc.keras_files.recognition import recognized
from archc.keras_files.weights_held import WeightsHeld
from archc.ops import registry

_LONGEST_TEXT = 200
_SAME_IN_TRAINING = frozenset({"Resizing", "Rescaling", "Normalization"})  # Keras calls some of them as in training

# Classes of Keras's without weights whose output has the shape of their input.
_KEEP_SHAPE = frozenset(
    {
        "ActivityRegularization", "AugMix", "AutoContrast", "CutMix", "Equalization", "Masking", "MixUp", "RandAugment",
        "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter",
        "RandomContrast", "RandomElasticTransform", "RandomErasing", "RandomFlip", "RandomGaussianBlur",
        "RandomGrayscale", "RandomHue", "RandomInvert", "RandomPerspective", "RandomPosterization", "RandomRotation",
        "RandomSaturation", "RandomSharpness", "RandomShear", "RandomTranslation", "RandomZoom", "Solarization",
    }
)  # fmt: skip


class OpCall(NamedTuple):
    """An op and what it is called on.

    Attributes:
        inputs: None stands for the output of the op before it in its chain.
        suffix: what its name has after that of the layer.
    """

    op: Op
    inputs: tuple[FlatTensor | None, ...]
    shape: Shape
    suffix: str = ""


Chains = Mapping[int, list[OpCall]]
"""The ops of each output of a call, one after another."""


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
            return self._opaque(layer, call, taken, wanted, str(error))
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

    # --- opaque ---

    def _opaque(
        self, layer: LayerConfig, call: Call, taken: list[FlatTensor], wanted: Mapping[int, Shape | None], reason: str
    ) -> Chains:
        """A layer of which only the class and the shape are known; a further output is one behind it."""
        chains: dict[int, list[OpCall]] = {}
        name = printable(layer.class_name[:100])
        numbers = sorted({0, *wanted})
        for number in numbers:
            shape = self._shape_in_file(layer, taken, wanted.get(number), number)
            if shape is None and number == 0 and len(numbers) > 1 and 0 not in wanted:
                shape = ()
            if shape is None:
                hint = "save the model with Keras 3, whose files have the shapes of all tensors"
                raise layer.fault(f"{name}: {reason}, and the file does not say the shape that it gives", hint)
            held: tuple[Any, ...] | None = ()
            config: tuple[tuple[str, Any], ...] = (("output", number),)
            if number == 0:
                own = layer.is_operation or layer.class_name in _KEEP_SHAPE
                held = () if own else self.held.get(layer.place)
                config = tuple(_shown(layer, call))
            op = Opaque(layer_class=name, reason=reason, config=config, output=shape, held=held)
            suffix = f"_output_{number}" if number else ""
            inputs: tuple[FlatTensor | None, ...] = tuple(taken)
            chains[number] = [OpCall(op, inputs, shape, suffix)]
        return chains

    def _shape_in_file(
        self, layer: LayerConfig, taken: list[FlatTensor], shape: Shape | None, number: int
    ) -> Shape | None:
        """The shape of an output as the file tells it; None where it does not."""
        keeps = layer.class_name in _KEEP_SHAPE and layer.is_kerass_own and len(taken) == 1 and number == 0
        if keeps:
            return taken[0].shape
        if not self.has_own_shapes:
            return None
        if shape is None and layer.class_name == "Lambda" and number == 0:
            written = plain(layer.arguments.get("output_shape"))
            return shape_without_batch([None, *written]) if isinstance(written, list) else None
        return shape


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


# --- arguments of opaque layers ---


def _shown(layer: LayerConfig, call: Call) -> Iterator[tuple[str, Any]]:
    """The arguments of a layer or an operation: what people wrote, without what every layer has."""
    for name, value in layer.arguments.items():
        if name not in ("name", "trainable", "dtype", "layers", "autocast") and value is not None:
            yield printable(name[:100]), _frozen(value)
    if layer.is_operation:
        for number, value in enumerate(call.args, start=1):
            if not any(True for _ in tensors_in(value)):
                yield f"x{number}", _frozen(_plain_argument(value))
        for name, value in call.kwargs.items():
            if value is not None and not any(True for _ in tensors_in(value)):
                yield printable(name[:100]), _frozen(_plain_argument(value))


def _plain_argument(value: Any) -> Any:
    if isinstance(value, Cut):
        return ":".join("" if part is None else str(part) for part in value)
    if value is ...:
        return "..."
    return [_plain_argument(item) for item in value] if isinstance(value, list) else value


def _frozen(value: Any) -> Any:
    """A value of JSON that can be compared and shown: lists of numbers as they are, what is long in short."""
    value = plain(value)
    if isinstance(value, list) and len(value) <= 100 and all(type(item) in (int, float, str, bool) for item in value):
        return tuple(value)
    if isinstance(value, list | dict):
        config = value.get("config") if isinstance(value, dict) else None
        is_short = isinstance(value, dict) and isinstance(value.get("class_name"), str) and not config
        value = value["class_name"] if is_short and isinstance(value, dict) else json.dumps(value, sort_keys=True)
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        digest = blake2b(value.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
        return f"{len(value):,} characters ({digest})"
    return printable(value) if isinstance(value, str) else value
