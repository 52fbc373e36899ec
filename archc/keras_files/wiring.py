"""The calls of one functional model in an order in which each has what it takes."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from archc import limits
from archc.diagnostics import SpecError, printable
from archc.keras_files.call_arguments import END, Call, Declared, call_of
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
    """The calls of one functional model, those of each layer numbered from 0.

    `around` is what the model around it says of the outputs that it takes, by their numbers.

    Attributes:
        outputs: of the model, with their keys where they have some.

    Raises:
        SpecError: a call has another form than Keras writes, or there are too many.
    """

    def __init__(
        self, model: ModelConfig, layers: Mapping[str, LayerConfig], around: Mapping[int, Declared] | None = None
    ) -> None:
        calls = [
            (layer, number, call_of(written, layer, layers))
            for layer in model.layers
            if layer.class_name != "InputLayer"
            for number, written in enumerate(layer.calls)
        ]
        if len(calls) > limits.LAYERS:
            raise calls[0][0].fault(
                f"the model has more than {limits.LAYERS:,} calls of layers", "it is larger than archc reads"
            )
        references = [list(call.tensors()) for _, _, call in calls]
        keys = [reference.key for found in references for reference in found]
        in_calls: Mapping[str, int] = {}
        if any(isinstance(written, dict) for layer in model.layers for written in layer.calls):
            # Keras 3 counts the making of a functional model as its first call, among the outputs alone
            in_outputs: Mapping[str, int] = {name: 1 for name, layer in layers.items() if layer.is_functional}
        else:
            in_calls = in_outputs = _first_numbers(layers, keys + [key for _, key in model.outputs])
        self.outputs = [(name, _from_0(key, in_outputs)) for name, key in model.outputs]
        self.calls: list[tuple[LayerConfig, Call, CallKey, list[TensorKey]]] = []
        self.wanted: defaultdict[CallKey, dict[int, Declared]] = defaultdict(dict)
        for (layer, number, call), found in zip(calls, references, strict=True):
            taken = [_from_0(reference.key, in_calls) for reference in found]
            self.calls.append((layer, call, (layer.name, number), taken))
            for key, reference in zip(taken, found, strict=True):
                wanted = self.wanted[key.layer, key.call]
                if reference.declared != Declared() or key.output not in wanted:
                    wanted[key.output] = reference.declared
        for number, (_, key) in enumerate(self.outputs):
            self.wanted[key.layer, key.call].setdefault(key.output, (around or {}).get(number, END))

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
            yield ReadyCall(layer, call, made, taken, self.wanted[made] or {0: END})
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


def _from_0(key: TensorKey, firsts: Mapping[str, int]) -> TensorKey:
    return key._replace(call=key.call - firsts.get(key.layer, 0))


def _first_numbers(layers: Mapping[str, LayerConfig], keys: list[TensorKey]) -> Mapping[str, int]:
    """The number of the first call of each model in a file of Keras 2, where it is not 0.

    Keras 2 may count the making of a model as its first call. Every call is asked for, so that the numbers tell.
    """
    asked: defaultdict[str, set[int]] = defaultdict(set)
    for key in keys:
        asked[key.layer].add(key.call)
    return {
        name: 1
        for name, numbers in asked.items()
        if name in layers and layers[name].is_model and min(numbers) >= 1 and max(numbers) == len(layers[name].calls)
    }
