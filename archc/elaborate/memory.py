"""What is remembered of the uses of blocks from one expansion to the next, of one spec or of specs with one family."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

from archc.elaborate.documented_shape import DocumentedShape
from archc.ir.fragment import Fragment
from archc.library.specs import Namespace, Spec

T = TypeVar("T")

_MOST_NODES = 50_000
_MOST_KEYS = 10_000


class RememberedUse(NamedTuple):
    """What a use of a block added.

    Attributes:
        shapes: those documented beside steps, with the names and the places of their tensors in the fragment.
        spent: the steps that it took.
        level: how many blocks were around it.
    """

    fragment: Fragment
    shapes: tuple[tuple[str | None, int, DocumentedShape], ...]
    spent: int
    level: int


class Memory:
    """Uses of blocks by their keys.

    Attributes:
        count: how many uses were found in it.
    """

    def __init__(self) -> None:
        self.count = 0
        self._uses: dict[object, RememberedUse] = {}
        self._seen: set[object] = set()
        self._nodes = 0

    def find(self, key: object, level: int) -> RememberedUse | None:
        """The use with a key; None where there is none, or it had fewer blocks around it than `level`."""
        use = self._uses.get(key)
        if use is None or level > use.level:
            return None
        self.count += 1
        return use

    def is_new(self, key: object) -> bool:
        """Whether a use with a key comes for the first time, which is noted."""
        if key in self._seen:
            return False
        if len(self._seen) >= _MOST_KEYS:
            self._seen.clear()
        self._seen.add(key)
        return True

    def keep(self, key: object, use: RememberedUse) -> None:
        """Remembers a use; where there are too many, it forgets the others."""
        self._nodes += len(use.fragment.nodes) + 1
        if self._nodes > _MOST_NODES:
            self._uses.clear()
            self._nodes = len(use.fragment.nodes) + 1
        self._uses[key] = use


class OncePerSpec(Generic[T]):
    """A function of a spec whose values are remembered as long as the specs."""

    def __init__(self, function: Callable[[Spec], T]) -> None:
        self._function = function
        self._found: WeakKeyDictionary[Spec, T] = WeakKeyDictionary()

    def __call__(self, spec: Spec) -> T:
        """The value of the function."""
        found = self._found.get(spec)
        if found is None:
            found = self._found[spec] = self._function(spec)
        return found


_memories: WeakKeyDictionary[Namespace, Memory] = WeakKeyDictionary()


def memory_of(blocks: Namespace) -> Memory:
    """What is remembered of specs that can use these blocks; it is dropped with the blocks."""
    return _memories.setdefault(blocks, Memory())
