"""What steps share: the first step of each share, and what later ones call again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from archc.diagnostics import Position
from archc.ir.graph import Node, SharedCall, Tensor
from archc.language.value import Poison, Value


class SharedHead(NamedTuple):
    """What is equal in all steps with one `share`.

    Attributes:
        callee: the name of the op or block.
        arguments: as they are written, by name, without those that belong to the call.
    """

    callee: str
    arguments: Mapping[str, Value]


class SharedStep(NamedTuple):
    """The first step of those with one `share`.

    Attributes:
        head: its op or block with the arguments.
        name: of its layer or model, without what the names in its scope begin with.
        nodes: the calls of layers in it.
        calls: the uses of shared blocks in it, in the order of their ends.
        call: the use of the block, if it is one.
        at: its position.
    """

    head: SharedHead
    name: str | None
    nodes: tuple[Node, ...]
    calls: tuple[SharedCall, ...]
    call: SharedCall | None
    outputs: tuple[Tensor | Poison, ...]
    at: Position


@dataclass(slots=True)
class Shares:
    """What steps of a scope share, and of all scopes of blocks that are used with one `share_inside`.

    Attributes:
        first: the first step of each `share`.
        inside: what is shared inside of the blocks that are used here with each `share_inside`.
        block: the block that these are uses of; None for the shares of a scope alone.
        at: the position of the first of these uses.
    """

    first: dict[str, SharedStep] = field(default_factory=dict)
    inside: dict[str, Shares] = field(default_factory=dict)
    block: str | None = None
    at: Position | None = None


class Replay(NamedTuple):
    """What a use of a shared block calls again: what the first use had, as far as the use has not come to it yet.

    Attributes:
        nodes: the calls of layers.
        calls: the uses of shared blocks inside, in the order of their ends.
    """

    nodes: Iterator[Node]
    calls: Iterator[SharedCall]

    def pass_over(self, nodes: int, calls: int) -> None:
        """Passes over what an inner use has called again."""
        for _ in islice(self.nodes, nodes):
            pass
        for _ in islice(self.calls, calls):
            pass
