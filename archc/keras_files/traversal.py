"""Follows the calls of a model, and of the models in it, and finds the op of each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from archc import limits
from archc.diagnostics import Position, printable, shortened
from archc.ir.builder import Builder
from archc.ir.graph import Input, Region
from archc.ir.naming import snake_case
from archc.ir.op import Op
from archc.ir.opaque import Opaque
from archc.ir.shape import Shape
from archc.ir.state import State
from archc.keras_files.call_arguments import END, Call, Declared, TensorRef
from archc.keras_files.flat import FlatCall, FlatNode, FlatTensor, OpCall, Unit
from archc.keras_files.json_text import fault
from archc.keras_files.layer_config import LayerConfig, ModelConfig, TensorKey, model_config, shape_without_batch
from archc.keras_files.op_of_layer import dtype_name
from archc.keras_files.op_reader import OpReader
from archc.keras_files.opaque_layers import WeightsHeld
from archc.keras_files.wiring import CallWiring, ReadyCall, Tensors
from archc.language.document import DTYPES

_MOST_DEPTH = 32  # of models in models


class Body(NamedTuple):
    """The calls of one model.

    Attributes:
        outputs: the tensors by their keys, where they have some.
    """

    inputs: list[FlatTensor]
    units: list[Unit]
    outputs: list[tuple[str | None, FlatTensor]]


class _Scope(NamedTuple):
    """Where the calls of a model belong.

    Attributes:
        place: the model's name in messages; empty for the whole.
        replayed: the units of an earlier use, which the calls repeat; None for a first use.
        wanted: what the model around it says of the outputs that it takes, by their numbers.
    """

    region: Region
    place: str
    depth: int
    units: list[Unit]
    replayed: Iterator[Unit] | None = None
    wanted: Mapping[int, Declared] = {}


class ModelCalls:
    """The calls of the model of one file.

    Attributes:
        parts: the models in it that are called once: the part of the network that each is, and its output.
    """

    def __init__(
        self, file: str, builder: Builder, shapes: Mapping[str | None, Shape], held: WeightsHeld | None
    ) -> None:
        self.file, self.builder, self.shapes = file, builder, shapes
        self.ops = OpReader(builder, held or {}, has_own_shapes=not shapes)
        self.parts: dict[str, tuple[Region, FlatTensor]] = {}
        self._models: dict[int, ModelConfig] = {}
        self._taken: set[str] = set()
        self._spare: Counter[str] = Counter()
        self._made = 0

    def whole(self, model: ModelConfig, region: Region) -> Body:
        """All calls."""
        return self._body(model, None, _Scope(region, "", 0, []))

    def _body(self, model: ModelConfig, entering: list[FlatTensor] | None, scope: _Scope) -> Body:
        if scope.depth > _MOST_DEPTH:
            raise fault(self.file, f"models are nested more than {_MOST_DEPTH} deep", None, scope.place)
        if model.is_sequential:
            return self._sequential(model, entering, scope)
        return self._functional(model, entering, scope)

    # --- inputs and names ---

    def _input(self, name: str, written: Shape | None, dtype: object, layer: LayerConfig | None) -> Input:
        """An input of the network."""
        only = self.shapes.get(None)
        shape = self.shapes.get(name, only if only is not None else written)
        place = layer.place if layer is not None else ""
        if shape is None:
            hint = (
                "build the model for an input, `model.build((None, 224, 224, 3))`, and save it; or `--input 224,224,3`"
            )
            message = "the file does not say the shape of the input"
            if layer is not None and (given := _declaration(layer)) is not None:
                message = f"the file gives the input a shape that is none: {shortened(repr(given)[:200])}"
            raise fault(self.file, message, hint, place)
        kind = dtype_name(dtype) or "float32"
        if kind not in DTYPES:
            raise fault(self.file, f"the input has the type `{printable(str(kind)[:40])}`", None, place)
        return Input(self._name(name, ""), shape, str(kind))

    def _name(self, wanted: str, around: str) -> str:
        """A name that no other layer has: with the name of the model around it where it is taken."""
        name = re.sub(r"[^A-Za-z0-9_.\-]", "_", wanted)[:200].strip(".") or "layer"
        if name in self._taken and around:
            name = f"{re.sub(r'[^A-Za-z0-9_.-]', '_', around.rpartition('/')[2])}_{name}"[-200:]
        base = name
        while name in self._taken:
            self._spare[base] += 1
            name = f"{base}_{self._spare[base]}"
        self._taken.add(name)
        return name

    # --- sequential models ---

    def _sequential(self, model: ModelConfig, entering: list[FlatTensor] | None, scope: _Scope) -> Body:
        layers = [layer for layer in model.layers if layer.class_name != "InputLayer"]
        if entering is not None and len(entering) != 1:
            raise fault(self.file, f"a sequential model is called on {len(entering)} tensors", None, scope.place)
        current = entering[0] if entering else self._first_input(model, layers)
        inputs = [current]
        if not layers and entering is None:
            raise fault(self.file, "the model has no layers")
        firsts: dict[str, list[FlatNode]] = {}
        for number, layer in enumerate(layers):
            is_last = number + 1 == len(layers)
            after = scope.wanted.get(0, END) if is_last else Declared(layers[number + 1].built_shape())
            reference = TensorRef(TensorKey("", 0, 0))
            made = self.call(layer, Call((reference,), {}), [current], {0: after}, firsts, scope)
            if 0 not in made:
                raise layer.fault("the layer gives no tensor")
            current = made[0]
            firsts.clear()
        return Body(inputs, scope.units, [(None, current)])

    def _first_input(self, model: ModelConfig, layers: list[LayerConfig]) -> Input:
        """The input of a sequential model: a layer of its own, or an argument of the first layer."""
        for layer in [*(one for one in model.layers if one.class_name == "InputLayer"), *layers[:1]]:
            written = _declared_shape(layer)
            is_input = layer.class_name == "InputLayer"
            if written is not None or is_input:
                name = layer.name if is_input else f"{layer.name}_input"
                return self._input(
                    name, written or model.build_shape, layer.arguments.get("dtype") if is_input else None, layer
                )
        name = f"{layers[0].name}_input" if layers else "input"
        return self._input(name, model.build_shape, None, layers[0] if layers else None)

    # --- functional models ---

    def _functional(self, model: ModelConfig, entering: list[FlatTensor] | None, scope: _Scope) -> Body:
        by_name: dict[str, LayerConfig] = {}
        for layer in model.layers:
            if layer.name in by_name:
                raise layer.fault(f"two layers of the model are called `{printable(layer.name[:60])}`")
            by_name[layer.name] = layer
        if not model.inputs or not model.outputs:
            raise fault(self.file, "the model has no inputs or no outputs", None, scope.place)
        if entering is not None and len(entering) != len(model.inputs):
            message = f"the model is called on {len(entering)} tensors, and has {len(model.inputs)} inputs"
            raise fault(self.file, message, None, scope.place)
        if entering is not None:
            keys = [key for _, key in model.inputs]
            inputs = [self._cast(one, by_name.get(key.layer), scope) for one, key in zip(entering, keys, strict=True)]
        else:
            inputs = [self._entered(key, by_name, scope) for _, key in model.inputs]
        entered = zip(model.inputs, inputs, strict=True)
        tensors: Tensors = {(key.layer, key.call): {key.output: tensor} for (_, key), tensor in entered}
        firsts: dict[str, list[FlatNode]] = {}
        models: dict[str, FlatCall] = {}
        wiring = CallWiring(model, by_name, scope.wanted)
        for ready in wiring.ready(tensors):
            layer, taken = ready.layer, ready.taken
            if layer.is_model and len(layer.calls) > 1:
                made, tensors[ready.key] = self.shared(layer, ready, models.get(layer.name), scope)
                models.setdefault(layer.name, made)
            else:
                tensors[ready.key] = self.call(layer, ready.call, taken, ready.wanted, firsts, scope)
        return Body(inputs, scope.units, [(name, self._end(key, tensors, scope)) for name, key in wiring.outputs])

    def _entered(self, key: TensorKey, layers: Mapping[str, LayerConfig], scope: _Scope) -> FlatTensor:
        """An input of the network, by the layer that declares it."""
        layer = layers.get(key.layer)
        if layer is None:
            raise fault(self.file, f"there is no layer `{printable(key.layer[:60])}`", None, scope.place)
        return self._input(key.layer, _declared_shape(layer), layer.arguments.get("dtype"), layer)

    def _cast(self, tensor: FlatTensor, entered: LayerConfig | None, scope: _Scope) -> FlatTensor:
        """A tensor in the type of the input of the model in the model that it enters."""
        dtype = dtype_name(entered.arguments.get("dtype")) if entered is not None else None
        if entered is None or dtype in (None, tensor.dtype):
            return tensor
        made = self.ops.cast(tensor, dtype) if dtype in DTYPES else None
        if made is None:
            message = f"the model casts what it is called on from {tensor.dtype} to {printable(str(dtype)[:40])}"
            raise entered.fault(message, "archc has no op for this: make the input of that type")
        return self._node(made, (tensor,), entered, None, scope)

    def _end(self, key: TensorKey, tensors: Tensors, scope: _Scope) -> FlatTensor:
        """An output of a model."""
        tensor = tensors.get((key.layer, key.call), {}).get(key.output)
        if tensor is None:
            message = f"no layer gives the output {key.output} of call {key.call + 1} of `{printable(key.layer[:60])}`"
            raise fault(self.file, message, None, scope.place)
        return tensor

    # --- one call ---

    def call(
        self,
        layer: LayerConfig,
        call: Call,
        taken: list[FlatTensor],
        wanted: Mapping[int, Declared],
        firsts: dict[str, list[FlatNode]],
        scope: _Scope,
    ) -> Mapping[int, FlatTensor]:
        """The outputs of a call of a layer, or of a model that is called once, by their numbers.

        Args:
            layer: what is called.
            call: the arguments.
            taken: the tensors among them, in their order.
            wanted: the numbers of the outputs that are used, with what the file says of them.
            firsts: the calls that made the layers of this model, by the names of the layers.
            scope: where the call belongs.
        """
        if layer.is_model:
            return self.inlined(layer, taken, wanted, scope)
        found = self.ops.read(layer, call, taken, wanted)
        before = firsts.get(layer.name)
        made: list[FlatNode] = []
        outputs: dict[int, FlatTensor] = {}
        for number, chain in found.items():
            row = list(outputs.values())[:1]
            for one in chain:
                inputs = tuple([row[-1] if place is None else place for place in one.inputs])
                first = before[len(made)] if before is not None and len(made) < len(before) else None
                made.append(self._node(one, inputs, layer, first, scope))
                row.append(made[-1])
            outputs[number] = made[-1] if chain else taken[0]
        if before is None:
            firsts[layer.name] = made
        return outputs

    def _node(
        self, one: OpCall, inputs: tuple[FlatTensor, ...], layer: LayerConfig, first: FlatNode | None, scope: _Scope
    ) -> FlatNode:
        """A call of an op; in a repeated use of a model, of the layer of the earlier use."""
        self._count(layer)
        twin = next(scope.replayed, None) if scope.replayed is not None else None
        if isinstance(twin, FlatCall) or (twin is None and scope.replayed is not None):
            raise layer.fault("the layers of this model differ between its calls")
        if twin is not None:
            first = twin.first or twin
        if first is not None and not _same(first, one.op):
            raise layer.fault("the layer differs between its calls")
        if isinstance(one.op, State):
            first, name = None, inputs[0].name
        else:
            name = first.name if first is not None else self._name(f"{layer.name}{one.suffix}", scope.place)
        at = Position(self.file, 1, 1, layer.place)
        node = FlatNode(name, one.op, inputs, one.shape, one.dtype, scope.region, at, first, twin, one.noted)
        scope.units.append(node)
        return node

    def _count(self, layer: LayerConfig) -> None:
        """Counts a call of a layer or of a model."""
        self._made += 1
        if self._made > limits.LAYERS:
            raise layer.fault(f"the network has more than {limits.LAYERS:,} layers", "it is larger than archc reads")

    # --- models in the model ---

    def _model(self, layer: LayerConfig) -> ModelConfig:
        """A model in the model, which is read once for all its calls."""
        self._count(layer)
        found = self._models.get(id(layer.entry))
        if found is None:
            found = self._models[id(layer.entry)] = model_config(layer.entry, self.file, layer.place)
        return found

    def inlined(
        self, layer: LayerConfig, taken: list[FlatTensor], wanted: Mapping[int, Declared], scope: _Scope
    ) -> Mapping[int, FlatTensor]:
        """The outputs of a model that is called once: its layers are layers of the model around it."""
        model = self._model(layer)
        at = Position(self.file, 1, 1, layer.place)
        name = layer.name if scope.replayed is not None else self._name(layer.name, scope.place)
        region = Region("block", name, name, scope.region, at, "", snake_case(layer.name))
        inside = _Scope(region, layer.place, scope.depth + 1, scope.units, scope.replayed, wanted)
        body = self._body(model, taken, inside)
        if scope.replayed is None and len(body.outputs) == 1:
            self.parts[name] = region, body.outputs[0][1]
        return dict(enumerate([tensor for _, tensor in body.outputs]))

    def shared(
        self, layer: LayerConfig, ready: ReadyCall, first: FlatCall | None, scope: _Scope
    ) -> tuple[FlatCall, Mapping[int, FlatTensor]]:
        """A use of a model that is called several times, and its outputs."""
        model = self._model(layer)
        twin = next(scope.replayed, None) if scope.replayed is not None else None
        if isinstance(twin, FlatNode) or (twin is None and scope.replayed is not None):
            raise layer.fault("the layers of this model differ between its calls")
        repeats = twin or first
        name = repeats.name if repeats is not None else self._name(layer.name, scope.place)
        at = Position(self.file, 1, 1, layer.place)
        own_name = name if repeats is None else None
        region = Region("block", name, own_name, scope.region, at, "", snake_case(layer.name))
        call = FlatCall(name, tuple(ready.taken), region, at, twin=twin, repeats=repeats)
        replayed = iter(list(repeats.units)) if repeats is not None else None
        inside = _Scope(region, layer.place, scope.depth + 1, call.units, replayed, ready.wanted)
        body = self._body(model, ready.taken, inside)
        call.outputs = tuple([tensor for _, tensor in body.outputs])
        scope.units.append(call)
        return call, dict(enumerate(call.outputs))


def _declaration(layer: LayerConfig) -> object:
    """What a layer declares as the shape of an input, with the batch."""
    return next((layer.arguments[key] for key in ("batch_shape", "batch_input_shape") if key in layer.arguments), None)


def _declared_shape(layer: LayerConfig) -> Shape | None:
    """The shape of an input, as its layer declares it."""
    return shape_without_batch(_declaration(layer))


def _same(first: FlatNode, op: Op) -> bool:
    """Whether a later call is of the layer of the first."""
    if isinstance(first.op, Opaque) and isinstance(op, Opaque):
        return first.op.layer_class == op.layer_class
    return first.op.as_made() == op.as_made()
