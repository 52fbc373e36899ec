"""Recurrent layers in PyTorch, where its own compute the same: with Keras's default activations.

Keras's `LSTM` has its gates in PyTorch's order and one bias, where PyTorch adds two: the second is zero. Its `GRU` has
the gates of the update and of the reset in the other order. A layer both ways is two layers one way.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from archc.codegen.tree import call, code, literal, tuple_of
from archc.ir.graph import Node
from archc.ir.op import Op
from archc.ops.activation_arguments import HeldActivation
from archc.ops.recurrent import GRU, LSTM, SimpleRNN
from archc.ops.wrapping import Bidirectional, SpectralNormalization
from archc.targets.torch.translation import (
    Module,
    ModuleParameter,
    Translation,
    Untranslated,
    X,
    input_tensor,
    torch_call,
    translate,
)

_MODULES = {LSTM: "nn.LSTM", GRU: "nn.GRU", SimpleRNN: "nn.RNN"}
_GATES = {LSTM: (), GRU: (1, 0, 2), SimpleRNN: ()}  # Keras's gates in PyTorch's order, where it is another
_MERGED = {
    "concat": "torch.cat([ahead, back], -1)",
    "sum": "ahead + back",
    "mul": "ahead * back",
    "ave": "(ahead + back) / 2",
}


@translate.register
def _one_way(op: LSTM | GRU | SimpleRNN, node: Node) -> Translation:
    initial = [input_tensor(number) for number in range(1, len(node.inputs))]
    module = _module(op, node.inputs[0].shape[-1] or 0, op.op_name, "")
    called = _called("layer", op, initial)
    return Translation(_with_states(called, op) if op.return_state else _output(called, op), (module,))


@translate.register
def _both_ways(op: Bidirectional, node: Node) -> Translation:
    """Two layers, one of which has the steps in the other order, and leaves them in this order."""
    initial = [input_tensor(number) for number in range(1, len(node.inputs))]
    turned = op.layer.model_copy(update={"go_backwards": not op.layer.go_backwards})
    ways = (op.layer, op.backward_layer or turned)
    half, channels = len(initial) // 2, node.inputs[0].shape[-1] or 0
    names = list(op.inner_layers)
    holders = [
        next(name for name in names if op.inner_layers[name] == f"{way}_layer") for way in ("forward", "backward")
    ]
    modules, results = [], []
    for part, way, holder, states in zip(
        ("ahead", "back"), ways, holders, (initial[:half], initial[half:]), strict=True
    ):
        modules.append(_module(way, channels, op.op_name, part, f"{holder}/"))
        called = _called(part, way, states)
        results.append(_with_states(called, way) if way.return_state else _output(called, way))
    if not op.layer.return_state:
        back = code("back.flip(1)", back=results[1]) if op.layer.return_sequences else results[1]
        return Translation(code(_MERGED[op.merge_mode], ahead=results[0], back=back), tuple(modules))
    given = [literal(op.merge_mode), literal(op.layer.return_sequences)]
    return Translation(call("with_both_states", [*results, *given]), tuple(modules))


def _module(op: LSTM | GRU | SimpleRNN, channels: int, refused_as: str, part: str, prefix: str = "") -> Module:
    """The module of a layer one way, with its state from Keras's weights, whose names begin with `prefix`."""
    _refuse(op, refused_as)
    kind = type(op)
    named: dict[str, bool | str | None] = {"bias": None if op.use_bias else False, "batch_first": True}
    if isinstance(op, SimpleRNN) and op.activation == "relu":
        named["nonlinearity"] = "relu"
    made = torch_call(_MODULES[kind], channels, op.units, **named)
    cell, gates = f"{prefix}{next(iter(op.inner_layers))}", _GATES[kind]
    parameters = [
        ModuleParameter("weight_ih_l0", f"{cell}/kernel", (1, 0), gates=gates),
        ModuleParameter("weight_hh_l0", f"{cell}/recurrent_kernel", (1, 0), gates=gates),
    ]
    if op.use_bias:
        rows = (0, 1) if isinstance(op, GRU) else (None, None)
        parameters += [
            ModuleParameter("bias_ih_l0", f"{cell}/bias", (0,), gates=gates, row=rows[0]),
            ModuleParameter(
                "bias_hh_l0", f"{cell}/bias", (0,), gates=gates, row=rows[1], factor=int(rows[1] is not None)
            ),
        ]
    return Module(made, tuple(parameters), part)


def _refuse(op: LSTM | GRU | SimpleRNN, refused_as: str) -> None:
    """Refuses what PyTorch's module computes in another way.

    Raises:
        Untranslated: the layer has such an argument.
    """
    inside = "" if refused_as == op.op_name else f" of {op.op_name}"
    activations = ("tanh", "relu") if isinstance(op, SimpleRNN) else ("tanh",)
    if op.activation not in activations:
        raise Untranslated(f"{refused_as} with `activation: {_activation_name(op.activation)}`{inside}")
    if not isinstance(op, SimpleRNN) and op.recurrent_activation != "sigmoid":
        name = _activation_name(op.recurrent_activation)
        raise Untranslated(f"{refused_as} with `recurrent_activation: {name}`{inside}")
    if isinstance(op, GRU) and not op.reset_after:
        raise Untranslated(f"{refused_as} with `reset_after: false`{inside}")
    for argument in ("dropout", "recurrent_dropout", "dtype"):
        if getattr(op, argument):
            raise Untranslated(f"{refused_as} with `{argument}`{inside}")


def _activation_name(activation: HeldActivation) -> str:
    return getattr(activation, "configured_name", None) or str(activation)


def _called(module: str, op: LSTM | GRU | SimpleRNN, initial: list[ast.Name]) -> ast.expr:
    """What PyTorch's module leaves: the output of each step, and the states after the last."""
    x = code("x.flip(1)", x=X) if op.go_backwards else X
    states = [code("state[None]", state=state) for state in initial]
    given = [tuple_of(states)] if isinstance(op, LSTM) and states else states
    return call(module, [x, *given])


def _output(called: ast.expr, op: LSTM | GRU | SimpleRNN) -> ast.expr:
    return code("result[0]" if op.return_sequences else "result[0][:, -1]", result=called)


def _with_states(called: ast.expr, op: LSTM | GRU | SimpleRNN) -> ast.expr:
    return call("with_states", [called], {"every_step": literal(op.return_sequences)})


@translate.register
def _normalized(op: SpectralNormalization, node: Node) -> Translation:
    """The layer inside: what is divided by the norm is its kernel, at each step of training."""
    inner: Op = op.layer
    shapes = [tensor.shape for tensor in node.inputs]
    found = translate(inner, replace(node, op=inner, weights=inner.weights(*shapes)))
    prefix = next(iter(op.inner_layers))
    modules = [
        module._replace(
            parameters=tuple(
                parameter._replace(weight=f"{prefix}/{parameter.weight}") for parameter in module.parameters
            )
        )
        for module in found.modules
    ]
    return Translation(found.output, tuple(modules))
