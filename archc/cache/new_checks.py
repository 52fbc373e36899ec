"""What `archc check` finds of a spec: computed, and kept for the next time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from archc import network
from archc.analysis.facts import CheckedSpec
from archc.collector import Collector
from archc.diagnostics import SpecError
from archc.elaborate.expand import Settings
from archc.keras_files.kinds import is_model
from archc.library.specs import Spec, load_spec
from archc.network import Network

if TYPE_CHECKING:
    from archc.cache.checks import SettingTexts


def new_check(folder: Path | None, label: str, settings: Settings, texts: SettingTexts) -> CheckedSpec:
    """What a spec or a model documents, with verdicts; what is found of a spec is kept.

    Args:
        folder: of the cache; None to keep nothing.
        label: a name, a path, a revision of a file, a model, or standard input.
        settings: what a user set.
        texts: the same, as it was written.

    Raises:
        SpecError: it cannot be compiled, or a fact is wrong.
    """
    read = network_of(label, settings)
    if isinstance(read, Spec):
        checked, specs = CheckedSpec(None), [read]
    else:
        start = read.staged_start()  # also for its errors
        checked = CheckedSpec(read.name, read.warnings, read.check())
        specs = [read.spec, *([start.other.spec] if start else [])]
    if folder is not None and not is_model(label):
        from archc.cache.checks import keep_check

        keep_check(folder, texts, specs, checked)
    return checked


def network_of(label: str, settings: Settings) -> Network | Spec:
    """The network of a spec or a model; the spec where it has only blocks for others.

    Raises:
        SpecError: it cannot be compiled.
    """
    try:
        return network.load_network(label, settings)
    except SpecError as error:
        spec = load_spec(label, Collector()) if network.has_blocks_alone(error) else None
        if spec is None or spec.layers:
            raise
        return spec
