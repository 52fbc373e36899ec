"""The outputs of a network by their names, and the graph between its inputs and its outputs."""

from __future__ import annotations

from archc.collector import Collector
from archc.diagnostics import Poisoned, Position, SpecError, did_you_mean, printable
from archc.elaborate.elaboration import Elaboration, block_uses, find_tensor
from archc.elaborate.scope import Frame, MaybeTensor
from archc.ir.graph import Graph, Input, Node, Tensor
from archc.language.template import ParsedValue, evaluate
from archc.library.specs import Spec


def graph_of(run: Elaboration, spec: Spec, last: MaybeTensor, frame: Frame, ends: tuple[str, ...]) -> Graph | None:
    """The graph between the inputs and the outputs; None where something is wrong, which is reported.

    Args:
        run: the elaboration, without an error so far.
        spec: is elaborated.
        last: the current tensor after the last step.
        frame: the scope of the file.
        ends: the layers and parts where the network ends, if a user sets any.
    """
    collector = run.collector
    found = _listed(run, spec, frame) if spec.outputs is not None else _marked(run, spec, last)
    if collector or not found:
        return None
    main = next(iter(found)) if spec.outputs is not None else next(name for name in found if found[name] is last)
    graph = run.builder.graph(found, main)
    _check_needed(graph, spec, collector, ended=bool(ends))
    if collector:
        return None
    return _ended(graph, frame, ends) if ends else graph


def _marked(run: Elaboration, spec: Spec, last: MaybeTensor) -> dict[str, Tensor]:
    """The tensors marked `output`, and the last tensor, by its layer's name where it has no mark."""
    found = {name: tensor for name, (tensor, _) in run.outputs.items() if isinstance(tensor, Tensor)}
    if any(tensor is last for tensor in found.values()):
        return found
    if not isinstance(last, Node):
        message = "the network has no layer"
        run.collector.add("no-layers", message, spec.document.at)
        return {}
    if last.name in found:
        at = run.outputs[last.name][1]
        message = f"the last layer is called `{last.name}`, and so is this output"
        run.collector.add("name-taken", message, at, "mark the last layer with `output` too")
    found[last.name] = last
    return found


def _listed(run: Elaboration, spec: Spec, frame: Frame) -> dict[str, Tensor]:
    """The tensors that the file names under `outputs`."""
    found: dict[str, Tensor] = {}
    for compiled_name, at in spec.outputs or ():
        try:
            tensor, name = _named(run, compiled_name, at, frame)
            if name in found:
                raise SpecError.of("name-taken", f"duplicate output `{name}`", at, "name it once")
            found[name] = tensor
        except SpecError as error:
            run.collector.report(error, at)
        except Poisoned:
            continue
    return found


def _named(run: Elaboration, name: ParsedValue, at: Position, frame: Frame) -> tuple[Tensor, str]:
    """The tensor that an `output` or an `as` names, and the name."""
    if isinstance(name, str) and name in run.outputs:
        tensor: MaybeTensor = run.outputs[name][0]
    elif isinstance(name, str) and name not in frame:
        known = [*run.outputs, *(other for other in frame.names() if isinstance(frame[other], Tensor) and other != "x")]
        hint = did_you_mean(name, known) or f"known: {', '.join(known[:20])}"
        raise SpecError.of("unknown-name", f"there is no output and no tensor `{printable(name[:60])}`", at, hint)
    else:
        tensor = find_tensor(name, at, frame, run)
    if not isinstance(tensor, Tensor):
        raise Poisoned
    return tensor, name if isinstance(name, str) else str(evaluate(name, frame))


def _check_needed(graph: Graph, spec: Spec, collector: Collector, *, ended: bool) -> None:
    """Reports layers and inputs that no output needs, the last of each chain."""
    needed = graph.needed(tuple(graph.outputs.values()))
    used = {tensor for node in graph.nodes for tensor in node.inputs}
    for node in graph.nodes:
        if node not in needed and node not in used:
            collector.add("unneeded", f"no output needs `{node.name}`", node.at, related=block_uses(node.region))
    for declared, made in zip(spec.inputs, graph.inputs, strict=True):
        if made not in needed and made not in used and not ended:
            message = f"no output needs the input `{made.name}`"
            collector.add("unneeded", message, declared.at, "use it with `from`, or remove it")


def _ended(graph: Graph, frame: Frame, names: tuple[str, ...]) -> Graph | None:
    """The graph that ends at layers, parts and tensors that a user names."""
    ends: dict[str, Tensor] = {}
    for name in names:
        given = frame.get(name)
        tensor = graph.outputs.get(name) or graph.named(name) or (given if isinstance(given, Node) else None)
        if tensor is None or isinstance(tensor, Input):
            known = [*graph.regions, *(node.name for node in graph.nodes)]
            hint = did_you_mean(name, known)
            message = f"there is no layer or part `{printable(name[:60])}`"
            frame.run.collector.add("unknown-layer", message, None, hint, about=name)
        else:
            ends[name] = tensor
    return None if frame.run.collector else graph.ending_at(ends)
