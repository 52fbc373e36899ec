"""The outputs of a network by their names, and the graph between its inputs and its outputs."""

from __future__ import annotations

from collections.abc import Mapping

from archc.collector import Collector
from archc.diagnostics import Poisoned, Position, Related, SpecError, did_you_mean, printable
from archc.elaborate.elaboration import Frame, MaybeTensor
from archc.elaborate.step_context import block_uses
from archc.ir.graph import Graph, Input, Node, SharedCall, Tensor
from archc.language.template import ParsedValue, evaluate
from archc.library.specs import Spec


def graph_of(spec: Spec, last: MaybeTensor, frame: Frame, ends: tuple[str, ...], warnings: Collector) -> Graph | None:
    """The graph between the inputs and the outputs; None where something is wrong, which is reported.

    Args:
        spec: what is expanded.
        last: the current tensor after the last step.
        frame: the scope of the file.
        ends: the layers and parts where a user ends the network.
        warnings: gets what is left out.
    """
    collector = frame.run.collector
    found = _listed(spec, frame) if spec.outputs is not None else _marked(frame, spec, last)
    if collector or not found:
        return None
    main = next(iter(found)) if spec.outputs is not None else next(name for name in found if found[name] is last)
    named = found if spec.outputs is not None else _marks(frame)
    graph = frame.run.builder.graph(found, main, named)
    _check_names(graph, spec, frame)
    _check_needed(graph, spec, collector, warnings, ended=bool(ends))
    if collector:
        return None
    graph = graph.without_unneeded() if spec.leaves_out else graph
    return _ended(graph, frame, ends) if ends else graph


def _marks(frame: Frame) -> Mapping[str, tuple[MaybeTensor, Position]]:
    """The tensors of a file that are marked `output`, with the positions of the marks."""
    return frame.outputs or {}


def _marked(frame: Frame, spec: Spec, last: MaybeTensor) -> dict[str, Tensor]:
    """The tensors marked `output`, and the last tensor, by its layer's name where it has no mark."""
    run, marks = frame.run, _marks(frame)
    found = {name: tensor for name, (tensor, _) in marks.items() if isinstance(tensor, Tensor)}
    if any(tensor is last for tensor in found.values()):
        return found
    if not isinstance(last, Node):
        run.collector.add("no-layers", "the network has no layer", spec.document.at)
        return {}
    if last.name in found:
        at = marks[last.name][1]
        message = f"the last layer is called `{last.name}`, and so is this output"
        run.collector.add("name-taken", message, at, "mark the last layer with `output` too")
    found[last.name] = last
    return found


def _listed(spec: Spec, frame: Frame) -> dict[str, Tensor]:
    """The tensors that the file names under `outputs`."""
    found: dict[str, Tensor] = {}
    for compiled_name, at in spec.outputs or ():
        with frame.run.collector.reporting(at):
            tensor, name = _named(compiled_name, at, frame)
            if name in found:
                raise SpecError.of("name-taken", f"duplicate output `{name}`", at, "name it once")
            found[name] = tensor
    return found


def _named(name: ParsedValue, at: Position, frame: Frame) -> tuple[Tensor, str]:
    """The tensor that an `output` or an `as` names, and the name."""
    if isinstance(name, str) and name in _marks(frame):
        tensor: MaybeTensor = _marks(frame)[name][0]
    elif isinstance(name, str) and (name == "x" or name not in frame):
        known = [
            *_marks(frame),
            *(other for other in frame.names() if isinstance(frame[other], Tensor) and other != "x"),
        ]
        hint = did_you_mean(name, known) or f"known: {', '.join(known[:20])}"
        raise SpecError.of(
            "unknown-name", f"there is no output and no tensor `{printable(name[:60])}`", at, hint, about=name
        )
    else:
        tensor = frame.tensor(name, at)
    if not isinstance(tensor, Tensor):
        raise Poisoned
    return tensor, name if isinstance(name, str) else str(evaluate(name, frame))


def _check_names(graph: Graph, spec: Spec, frame: Frame) -> None:
    """Reports outputs whose names other layers have: Keras calls an output as the layer that makes it."""
    run, marks = frame.run, _marks(frame)
    wanted = graph.outputs.keys() | marks.keys()
    called: list[Tensor | SharedCall] = [
        *(made for made in graph.inputs if made.name in wanted),
        *[node for node in graph.nodes if node.name in wanted],
        *(call for call in graph.calls if call.name in wanted),
    ]
    makers: dict[Tensor, SharedCall] = {node: call for call in graph.calls for node in call.nodes}
    holders: dict[str, dict[Tensor | SharedCall, None]] = {}
    for layer in called:
        if layer not in makers:
            holders.setdefault(layer.name, {})[_first(layer)] = None
    for name, layers in holders.items():
        tensor = graph.outputs.get(name)
        own = next(iter(layers)) if tensor is None else _first(makers.get(tensor, tensor))
        other = next((layer for layer in layers if layer is not own), None)
        if other is not None:
            listed = next((at for given, at in spec.outputs or () if given == name), None)
            at = marks[name][1] if name in marks else listed
            related = [Related("first here", other.at)] if isinstance(other, Node) else []
            error = SpecError.of("name-taken", f"another layer is called `{name}`, and so is this output", at)
            run.collector.report(error, related=related)


def _first(layer: Tensor | SharedCall) -> Tensor | SharedCall:
    """The layer or model that is called."""
    return layer if isinstance(layer, Input) else layer.first or layer


def _check_needed(graph: Graph, spec: Spec, collector: Collector, warnings: Collector, *, ended: bool) -> None:
    """Reports layers and inputs that no output needs, the last of each chain.

    With `unused: warn` they are warnings, but for the first call of a layer that is called again.
    """
    used = {tensor for node in graph.nodes for tensor in node.inputs}
    if used.union(graph.outputs.values()).issuperset((*graph.inputs, *graph.nodes)):
        return  # what each layer leaves goes into an output, or into a later layer
    needed = graph.needed_by_outputs()
    kept = {node.first for node in needed if isinstance(node, Node)} - needed
    code = "unneeded"
    report = collector.report
    if spec.leaves_out:
        code = "left-out"
        report, warnings.lines = warnings.report, collector.lines
    for node in graph.nodes:
        if node in kept and spec.leaves_out:
            hint = "a later call needs its weights: let an output need this one"
            collector.add("unneeded", f"no output needs the first call of `{node.name}`", node.at, hint)
        elif node not in needed and node not in used:
            message = f"no output needs `{node.name}`"
            report(SpecError.of(code, message, node.at), related=block_uses(node.region))
    for declared, made in zip(spec.inputs, graph.inputs, strict=True):
        if made not in needed and made not in used and not ended:
            message = f"no output needs the input `{made.name}`"
            report(SpecError.of(code, message, declared.at, "use it with `from`, or remove it"))


def named_features(spec: Spec, graph: Graph, frame: Frame, *, is_set: bool) -> dict[str, str]:
    """The layers and parts that a spec names as features; one that is not there is reported.

    Args:
        spec: what is expanded.
        graph: its network.
        frame: the scope of the file.
        is_set: whether a user set anything, so that the network may rightly lack a layer of the file.
    """
    found = {}
    for feature, (written, at) in spec.features.items():
        with frame.run.collector.reporting(at):
            name = str(evaluate(written, frame))
            if graph.named(name) is not None:
                found[feature] = name
            elif not is_set:
                known = [*graph.regions, *(node.name for node in graph.nodes)]
                hint = did_you_mean(name, known) or "`features: {}` takes inherited ones away"
                message = f"there is no layer or part `{printable(name[:60])}`, which is the feature `{feature}`"
                raise SpecError.of("unknown-layer", message, at, hint, about=name)
    return found


def _ended(graph: Graph, frame: Frame, names: tuple[str, ...]) -> Graph | None:
    """The graph that ends at layers, parts and tensors that a user names."""
    ends: dict[str, Tensor] = {}
    for name in names:
        given = frame.get(name) if name != "x" else None
        tensor = graph.outputs.get(name) or graph.named(name) or (given if isinstance(given, Node) else None)
        if tensor is None or isinstance(tensor, Input):
            known = [*graph.regions, *(node.name for node in graph.nodes)]
            hint = did_you_mean(name, known)
            message = f"there is no layer or part `{printable(name[:60])}`"
            frame.run.collector.add("unknown-layer", message, None, hint, about=name)
        else:
            ends[name] = tensor
    return None if frame.run.collector else graph.ending_at(ends)
