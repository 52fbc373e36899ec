"""The names that layers and parts of the network take, as far as it takes to tell that no two are the same.

All names of layers in a part begin with its name. So where no outer name begins another, no two names inside are the
same; else all names are compared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from functools import cache, lru_cache
from typing import NamedTuple

from archc.ops import registry
from archc.totals.values import Unknown

_NUMBERS = re.compile(r"(_\d+)+$")


class Names(NamedTuple):
    """Names that are taken.

    Attributes:
        outer: those that the spec gives, without those that begin with one of these and `_`.
        beginnings: what the outer names begin with, before any `_`.
        words: the words that Keras makes names of, for layers without a name.
        like_words: the words that given names look like that Keras would make of them.
        own: the names that the spec gives, without those of `inner`.
        inner: other names that are taken.
    """

    outer: frozenset[str] = frozenset()
    beginnings: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    like_words: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    inner: tuple[Names, ...] = ()

    def given(self) -> Iterator[str]:
        """All names that the spec gives."""
        yield from self.own
        for names in self.inner:
            yield from names.given()

    def within(self, part: str) -> Names:
        """These names with that of the part of the network that they are in, with which they begin."""
        single = single_name(part)
        like_words = self.like_words | single.like_words
        return Names(single.outer, single.beginnings, self.words, like_words, single.own, (self,))


def names_of(given: AbstractSet[str], words: AbstractSet[str]) -> Names:
    """The names that a spec gives, and the words that Keras makes names of."""
    outer = frozenset(name for name in given if given.isdisjoint(_beginnings(name)))
    beginnings = frozenset(text for name in outer for text in _beginnings(name))
    like = frozenset(word for name in given if (word := _NUMBERS.sub("", name)) in _automatic_words())
    return Names(outer, beginnings, frozenset(words), like, frozenset(given))


@lru_cache(maxsize=10_000)
def single_name(name: str) -> Names:
    """One name that a spec gives."""
    return names_of({name}, set())


def joined(found: Iterable[Names]) -> Names:
    """All of these names.

    Raises:
        Unknown: two of them are the same.
    """
    several = tuple(found)
    outer = frozenset[str]().union(*[names.outer for names in several])
    beginnings = frozenset[str]().union(*[names.beginnings for names in several])
    words = frozenset[str]().union(*[names.words for names in several])
    like_words = frozenset[str]().union(*[names.like_words for names in several])
    if not outer.isdisjoint(beginnings):
        given = [name for names in several for name in names.given()]
        if len(set(given)) < len(given):
            raise Unknown
    if len(outer) < sum([len(names.outer) for names in several]):
        raise Unknown
    return Names(outer, beginnings, words, like_words, frozenset(), several)


def _beginnings(name: str) -> Iterator[str]:
    """What a name begins with before any `_`."""
    return (name[:place] for place, character in enumerate(name) if character == "_")


@cache
def _automatic_words() -> frozenset[str]:
    return frozenset(op.automatic_word() for op in registry().values())
