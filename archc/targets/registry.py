"""The targets: what `archc build` can make of a network. A target is one entry here, and a module that writes it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from archc.diagnostics import SpecError, did_you_mean, printable
from archc.garbage_collection import without_collection

if TYPE_CHECKING:
    from archc.codegen.module import SourceRequest

OPTIONS = ("--flat", "--check", "--weights", "--reinitialize", "--dry-run")
"""The options of `archc build` that not every target takes."""


class Target(NamedTuple):
    """What can be made of a network.

    Attributes:
        name: the value of `--to`.
        ending: of its files; where several targets have one, the first is the default.
        what: what is made, for messages and the help.
        options: which of `OPTIONS` it takes.
        writer: the module whose function `source` writes its text, imported when it is used; None for what is no text.
    """

    name: str
    ending: str
    what: str
    options: frozenset[str]
    writer: str | None = None

    def check_option(self, option: str) -> None:
        """Refuses an option that means nothing for the target.

        Raises:
            SpecError: the target does not take it.
        """
        if option not in self.options:
            takers = " or ".join(f"`--to {other.name}`" for other in TARGETS.values() if option in other.options)
            raise SpecError.of("usage", f"`{option}` does not apply to {self.what}", None, f"{takers} takes it")

    def source(self, request: SourceRequest) -> str:
        """The text of a network.

        Raises:
            SpecError: the network cannot be written so, or the target is no text.
        """
        if self.writer is None:
            raise SpecError.of("usage", f"{self.what} is no text", None, f"there are: {', '.join(SOURCE_TARGETS)}")
        with without_collection():
            text: str = import_module(self.writer).source(request)
        return text


_SOURCE = frozenset({"--check"})

TARGETS: Mapping[str, Target] = {
    target.name: target
    for target in (
        Target("keras", ".keras", "a Keras model", frozenset({"--weights", "--reinitialize", "--dry-run"})),
        Target("python", ".py", "Python source of a Keras model", _SOURCE | {"--flat"}, "archc.targets.keras.source"),
        Target("torch", ".py", "Python source of a PyTorch module", _SOURCE, "archc.targets.torch.source"),
    )
}
"""Every target by its name; the first is the default."""

SOURCE_TARGETS = tuple(target.name for target in TARGETS.values() if target.writer is not None)
"""The names of the targets that are text."""


def target_named(name: str) -> Target:
    """The target of a name.

    Raises:
        SpecError: there is none.
    """
    if name not in TARGETS:
        hint = did_you_mean(name, TARGETS) or f"there are: {', '.join(TARGETS)}"
        raise SpecError.of("usage", f"`{printable(name[:60])}` is no target", None, hint)
    return TARGETS[name]
