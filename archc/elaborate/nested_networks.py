"""The network of another file as a step: where it ends, the tensors that it leaves, the layers that are left out."""

from __future__ import annotations

from archc.diagnostics import Poisoned, Position, SpecError, did_you_mean, printable
from archc.elaborate.elaboration import Frame, MaybeTensor, NestedNames, Outputs
from archc.ir.graph import Node, Region, Tensor
from archc.language.document import NestedNetwork
from archc.language.nested_outputs import last_giving
from archc.language.value import POISON, Poison, Value, describe


def expand_network(
    network: NestedNetwork, wanted: Value, at: Position, current: MaybeTensor, frame: Frame, part: Region
) -> Outputs:
    """Expands the steps of a network as far as the tensors that it leaves need; layers that none needs are left out.

    Args:
        network: what is expanded.
        wanted: the value of `outputs`; None where it is not given, for the main output.
        at: the position of `outputs`.
        current: its first input.
        frame: its scope, with its inputs.
        part: the part of the network that it becomes.

    Raises:
        SpecError: `outputs` is no list of names, or there is nothing of a name.
        Poisoned: something of this is reported already.
    """
    run = frame.run
    before = len(run.builder.nodes)
    names = _main(network) if wanted is None else output_list(network, wanted, at)
    least = last_giving(network.layers, names)
    nested = NestedNames(part.prefix)
    run.nested.append(nested)
    try:
        for place, step in enumerate(network.layers):
            current = run.expand_steps((step,), current, frame, part)
            if names and place >= least and all(_found(name, frame, nested) is not None for name in names):
                break
    finally:
        run.nested.pop()
    if not names:
        outputs: Outputs = (current if network.main is None else frame.tensor(*network.main),)
    else:
        outputs = tuple(_output(name, frame, nested, network, at) for name in names)
    _leave_out(before, outputs, frame)
    return outputs


def _main(network: NestedNetwork) -> list[str]:
    """The name of the main output; none where it is the last tensor, or its name is computed."""
    return [network.main[0]] if network.main is not None and isinstance(network.main[0], str) else []


def output_list(network: NestedNetwork, wanted: Value, at: Position) -> list[str]:
    """The names of the tensors that a use of a network leaves.

    Raises:
        SpecError: `outputs` is no list of names.
        Poisoned: it is wrong, which is reported.
    """
    if wanted is POISON:
        raise Poisoned
    names = list(wanted) if isinstance(wanted, list | tuple) else [wanted]
    wrong = next((name for name in names if not isinstance(name, str)), None)
    if not names or wrong is not None:
        came = "an empty list" if not names else describe(wanted if wanted is wrong else wrong)
        message = f"`outputs` of the network `{network.name}` is a list of names, but got {came}"
        hint = "names of its layers, parts and tensors: `outputs: [conv4, conv5]`"
        raise SpecError.of("argument", message, at, hint, about="outputs")
    twice = next((name for index, name in enumerate(names) if name in names[:index]), None)
    if twice is not None:
        message = f"`outputs` of the network `{network.name}` has `{printable(str(twice)[:60])}` twice"
        raise SpecError.of("argument", message, at, "name it once", about="outputs")
    return [str(name) for name in names]


def _found(name: str, frame: Frame, nested: NestedNames) -> MaybeTensor | None:
    """What a network has of a name: an output, a tensor, a layer or a part, in this order; None for nothing."""
    if frame.outputs is not None and name in frame.outputs:
        return frame.outputs[name][0]
    given = frame.get(name) if name != "x" else None
    if isinstance(given, Tensor | Poison):
        return given
    return frame.with_computed_names().get(name) or nested.tensors.get(name)


def _output(name: str, frame: Frame, nested: NestedNames, network: NestedNetwork, at: Position) -> MaybeTensor:
    found = _found(name, frame, nested)
    if found is not None:
        return found
    if nested.failed:
        return POISON
    known = [
        *(frame.outputs or ()),
        *(other for other in frame.names() if isinstance(frame[other], Tensor) and other != "x"),
        *frame.with_computed_names(),
        *nested.tensors,
    ]
    hint = did_you_mean(name, known) or f"it has: {', '.join(dict.fromkeys(known[:20])) or 'none'}"
    message = f"the network `{network.name}` has no output, tensor, layer or part `{printable(name[:60])}`"
    raise SpecError.of("unknown-layer", message, at, hint, about=name)


def _leave_out(before: int, outputs: Outputs, frame: Frame) -> None:
    """Leaves out the layers of a network that what it leaves does not need."""
    builder = frame.run.builder
    own = set(builder.nodes[before:])
    needed: set[Node] = set()
    pending: list[Tensor | Poison] = list(outputs)
    calls = {node: call for call in builder.calls for node in call.nodes if node in own}  # the outermost end last
    while pending:
        tensor = pending.pop()
        if not isinstance(tensor, Node) or tensor not in own or tensor in needed:
            continue
        needed.add(tensor)
        pending.extend(tensor.inputs)
        pending.extend([tensor.first] if tensor.first is not None else [])
        pending.extend(calls[tensor].nodes if tensor in calls else [])
    builder.leave_out(own - needed)
    for around in frame.run.nested:
        for name in [name for name, tensor in around.tensors.items() if tensor in own and tensor not in needed]:
            del around.tensors[name]
