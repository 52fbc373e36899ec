"""The arguments of ops and blocks, and the errors for unknown and missing ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache, lru_cache
from typing import NamedTuple

from archc.diagnostics import Position, SpecError, closest, did_you_mean, printable
from archc.ir.op import Op
from archc.language.document import Block, NestedNetwork
from archc.ops import registry

_ELSEWHERE = {
    "initial_state": "the initial states are inputs, after the sequence: `from: [x, state]`",
    "ceil_mode": "`padding: same` rounds sizes up; or add what is missing at the ends with `Pad` before this step",
}
"""What to write instead of arguments that other libraries have."""


_LEARNED = ("bin_boundaries", "vocabulary")
"""Arguments that Keras learns from data, where they are not given."""


class Signature(NamedTuple):
    """The arguments of an op or a block.

    Attributes:
        callee: its name in messages: `Conv2D`, or "the block `conv`".
    """

    callee: str
    arguments: Collection[str]
    required: tuple[str, ...]

    def unknown(self, name: str, at: Position) -> SpecError:
        """The error for an argument that there is not."""
        hint = _ELSEWHERE.get(name) or did_you_mean(name, self.arguments)
        hint = hint or f"it has: {', '.join(self.arguments) or 'none'}"
        message, about = f"{self.callee} has no argument `{printable(name[:60])}`", f"{name} of {self.callee}"
        return SpecError.of("unknown-argument", message, at, hint, about=about)

    def missing(self, name: str, at: Position) -> SpecError:
        """The error for a required argument that is not given."""
        message, about = f"{self.callee} needs `{name}`", f"{name} of {self.callee}"
        hint = f"add it: `{name}: …`" + ("; archc has no data to adapt a layer to" if name in _LEARNED else "")
        return SpecError.of("missing-argument", message, at, hint, about=about)


@cache
def op_signature(class_: type[Op]) -> Signature:
    """The arguments of an op."""
    fields = class_.model_fields
    required = tuple(name for name, field in fields.items() if field.is_required())
    return Signature(class_.__name__, dict.fromkeys(fields), required)


@lru_cache(maxsize=1000)
def block_signature(block: Block) -> Signature:
    """The arguments of a block; a network also has `outputs`, the names of the tensors that it leaves."""
    required = tuple(name for name, parameter in block.params.items() if parameter.required)
    more = ("outputs",) if isinstance(block, NestedNetwork) else ()
    return Signature(f"the {block.kind} `{block.name}`", dict.fromkeys((*block.params, *more)), required)


def unknown_block(word: str, blocks: Mapping[str, object], at: Position) -> SpecError:
    """The error for a block that there is not."""
    hint = did_you_mean(word, blocks)
    if hint is None and (op := closest(word, registry())):
        hint = f"ops begin with a capital: did you mean `{op}`?"
    hint = hint or f"blocks here: {', '.join(blocks) or 'none'}"
    return SpecError.of("unknown-block", f"there is no block `{printable(word[:60])}`", at, hint, about=word)
