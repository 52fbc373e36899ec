"""The calls of one functional model in an order in which each has what it takes."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from archc.diagnostics import SpecError, printable
from archc.keras_files.calls import Call, Declared, call_of
from archc.keras_files.flat import FlatTensor
from archc.keras_files.layer_config import LayerConfig, ModelConfig, TensorKey

CallKey = tuple[str, int]
"""The name of a layer, and the number of a call of it."""

Tensors = dict[CallKey, Mapping[int, FlatTensor]]
"""The outputs of each call, by their numbers."""


class ReadyCall(NamedTuple):
    """A call all of whose tensors are there.

    Attributes:
        wanted: the numbers of the outputs that are used, with what the file says of them.
    """

    layer: LayerConfig
    call: Call
    key: CallKey
    taken: list[FlatTensor]
    wanted: Mapping[int, Declared]


class CallWiring:
    """The calls of one functional model."""

    def __init__(self, model: ModelConfig, layers: Mapping[str, LayerConfig]) -> None:
        calls = [
            (layer, number, call_of(written, layer, layers))
            for layer in model.layers
            if layer.class_name != "InputLayer"
            for number, written in enumerate(layer.calls)
        ]
        references = [list(call.tensors()) for _, _, call in calls]
        keys = [reference.key for found in references for reference in found] + [key for _, key in model.outputs]
        shift = _shifts(layers, keys)
        self.calls = [
            (layer, call, (layer.name, number + shift.get(layer.name, 0)), [reference.key for reference in found])
            for (layer, number, call), found in zip(calls, references, strict=True)
        ]
        self.wanted: defaultdict[CallKey, dict[int, Declared]] = defaultdict(dict)
        for key in keys:
            self.wanted[key.layer, key.call].setdefault(key.output, Declared())
        for reference in [one for found in references for one in found if one.declared != Declared()]:
            self.wanted[reference.key.layer, reference.key.call][reference.key.output] = reference.declared

    def ready(self, tensors: Tensors) -> Iterator[ReadyCall]:
        """Each call once all that it takes is in `tensors`, where the caller adds its outputs before the next.

        Raises:
            SpecError: nothing makes a tensor that a call takes.
        """
        waiting: list[int] = []
        after: defaultdict[CallKey, list[int]] = defaultdict(list)
        for index, (_, _, _, keys) in enumerate(self.calls):
            needed = {(key.layer, key.call) for key in keys} - {*tensors}
            waiting.append(len(needed))
            for one in needed:
                after[one].append(index)
        ready = deque(index for index, count in enumerate(waiting) if not count)
        while ready:
            layer, call, made, keys = self.calls[ready.popleft()]
            taken = [_tensor(tensors, key, layer) for key in keys]
            yield ReadyCall(layer, call, made, taken, self.wanted[made] or {0: Declared()})
            for index in after[made]:
                waiting[index] -= 1
                if not waiting[index]:
                    ready.append(index)
        if any(waiting):
            layer, _, _, keys = next(call for call, count in zip(self.calls, waiting, strict=True) if count)
            raise _unmade(layer, next(key for key in keys if (key.layer, key.call) not in tensors))


def _tensor(tensors: Tensors, key: TensorKey, layer: LayerConfig) -> FlatTensor:
    found = tensors[key.layer, key.call].get(key.output)
    if found is None:
        raise layer.fault(f"`{printable(key.layer[:60])}` has no output {key.output}")
    return found


def _unmade(layer: LayerConfig, key: TensorKey) -> SpecError:
    message = f"nothing makes the tensor that the layer takes from `{printable(key.layer[:60])}`"
    return layer.fault(message, "the file may be cut, or its layers may lead in a circle")


def _shifts(layers: Mapping[str, LayerConfig], keys: list[TensorKey]) -> Mapping[str, int]:
    """What to add to the numbers of the calls of each model: Keras may have counted its making as the first call."""
    asked: defaultdict[str, set[int]] = defaultdict(set)
    for key in keys:
        asked[key.layer].add(key.call)
    return {
        name: 1
        for name, numbers in asked.items()
        if name in layers and layers[name].is_model and min(numbers) >= 1 and max(numbers) == len(layers[name].calls)
    }
