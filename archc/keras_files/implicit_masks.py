"""The masks that Keras passes on from layer to layer, as its files have them: operations that lead to `mask` of a call.

Keras computes them itself when it loads a file, so they are no part of the network where they are what it computes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archc.ir.masks import EitherMask, JoinedMask, MadeMask, Mask, mask_after
from archc.ir.opaque import Opaque
from archc.keras_files.flat import FlatNode, FlatTensor
from archc.ops.core import Embedding, Masking
from archc.ops.merging import Concatenate
from archc.ops.reshaping import Reshape

_INPUTS = {"query_mask": 0, "value_mask": 1, "key_mask": 2}


class ImplicitMasks:
    """The masks of the tensors of a model, by the rules of `archc.ir.masks`."""

    def __init__(self) -> None:
        self._known: dict[FlatTensor, Mask | None] = {}

    def are_passed(self, name: str, value: Any, inputs: Sequence[FlatTensor]) -> bool:
        """Whether an argument of a call is what Keras passes on with its inputs.

        Args:
            name: of the argument.
            value: a tensor, or a list of tensors and None.
            inputs: of the call.
        """
        if name == "mask":
            values = value if isinstance(value, list) else [value]
            pairs = list(zip(values, inputs, strict=False))
            return len(values) <= len(inputs) and all(_is(found, self.of(tensor)) for found, tensor in pairs)
        place = _INPUTS.get(name, len(inputs))
        return place < len(inputs) and _is(value, self.of(inputs[place]))

    def of(self, tensor: FlatTensor) -> Mask | None:
        """The mask of a tensor."""
        pending = [tensor]
        while pending:
            one = pending[-1]
            before = [made for made in getattr(one, "inputs", ()) if made not in self._known]
            if one in self._known or not before:
                if one not in self._known:
                    self._known[one] = self._of(one)
                pending.pop()
            pending += before
        return self._known[tensor]

    def _of(self, tensor: FlatTensor) -> Mask | None:
        if not isinstance(tensor, FlatNode):
            return None
        taken, _ = tensor.op.split_inputs(tensor.inputs)
        return mask_after(tensor, tuple([self._known[one] for one in taken]))


def _is(tensor: FlatTensor | None, mask: Mask | None) -> bool:
    """Whether a tensor is computed as a mask is."""
    if tensor is None or mask is None:
        return tensor is None and mask is None
    match mask:
        case EitherMask(several):
            ends = _alternatives(tensor)
            matched = {one for end in ends for one in several if _is(end, one)}
            return matched == {*several} and all(any(_is(end, one) for one in several) for end in ends)
        case _ if len(ends := _alternatives(tensor)) == 1 and ends[0] is not tensor:
            return _is(ends[0], mask)  # a mask or the same
        case MadeMask(node):
            return _is_made(tensor, node)
        case JoinedMask(node, several):
            (joined,) = _operation(tensor, "Any", axis=-1) or (None,)
            if not isinstance(joined, FlatNode) or joined.op != Concatenate(axis=node.op.axis):
                return False
            parts = zip(joined.inputs, several, node.inputs, strict=False)
            return len(joined.inputs) == len(several) and all(_is_part(*part) for part in parts)


def _alternatives(tensor: FlatTensor) -> list[FlatTensor]:
    """The masks of which a tensor is true where one is."""
    found: dict[FlatTensor, None] = {}
    pending, seen = [tensor], set[FlatTensor]()
    while pending:
        one = pending.pop()
        if one in seen:
            continue
        seen.add(one)
        inputs = _operation(one, "LogicalOr")
        if (same := _operation(one, "ConvertToTensor")) is not None:  # the mask that `Attention` passes on
            pending += same
        elif inputs is None or len(inputs) != 2 or _operation(inputs[1], "ZerosLike") is not None:
            found[one] = None
        else:
            pending += inputs
    return list(found)


def _is_made(tensor: FlatTensor, node: Any) -> bool:
    """Whether a tensor is the test of the input of a layer that makes a mask."""
    tested: FlatTensor | None = tensor
    if isinstance(node.op, Masking):
        (tested,) = _operation(tensor, "Any", axis=-1) or (None,)
    value = node.op.mask_value if isinstance(node.op, Masking) else 0
    is_maker = isinstance(node.op, Embedding | Masking)
    return is_maker and tested is not None and _operation(tested, "NotEqual", x2=value) == tuple(node.inputs)


def _is_part(tensor: FlatTensor, mask: Mask | None, joined: FlatTensor) -> bool:
    """Whether a tensor is the mask of an input of a `Concatenate`, in the shape of that input."""
    if mask is None:
        return _operation(tensor, "OnesLike") == (joined,)
    first, *second = _operation(tensor, "LogicalOr") or (None,)
    widened = first.inputs[0] if isinstance(first, FlatNode) and isinstance(first.op, Reshape) else None
    zeros = _operation(second[0], "ZerosLike") if second else None
    return (
        widened is not None
        and first is not None
        and first.shape[-1:] == (1,)
        and zeros == (joined,)
        and _is(widened, mask)
    )


def _operation(tensor: FlatTensor, name: str, **arguments: Any) -> tuple[FlatTensor, ...] | None:
    """The inputs of an operation of this name with these arguments; None for any other tensor."""
    if not isinstance(tensor, FlatNode) or not isinstance(tensor.op, Opaque) or tensor.op.layer_class != name:
        return None
    found: Mapping[str, Any] = dict(tensor.op.config)
    return tensor.inputs if all(found.get(word) == value for word, value in arguments.items()) else None
