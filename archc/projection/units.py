"""The units of a layer that respond most."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from archc.diagnostics import SpecError


class Unit(NamedTuple):
    """A unit of a layer at one position, for one image.

    Attributes:
        image: the number of the image, from 0.
        unit: the number of the channel, or of the feature of a layer without positions.
        position: along the spatial axes.
        activation: what the layer gives there.
    """

    image: int
    unit: int
    position: tuple[int, ...]
    activation: float


def strongest(batches: Iterable[Any], unit: int | None, top: int, layer: str) -> list[Unit]:
    """The units with the largest activations, the largest first.

    Without `unit`, they are of different channels, each where its activation is largest. With it they are positions of
    this channel: the strongest of one image, or one of each of several images, as in Zeiler and Fergus, Figure 2.

    Args:
        batches: what the layer gives for the images, in order: arrays (images, ..., channels).
        unit: the number of a channel; None for all.
        top: how many.
        layer: for the message.

    Raises:
        SpecError: there is no such channel, or an activation is not finite.
    """
    if unit is None:
        candidates = _of_channels(_checked(batches, layer))
    else:
        candidates = _of_positions(_checked(batches, layer), unit, layer)
    return sorted(candidates, key=lambda found: -found.activation)[:top]


def check_unit(unit: int, channels: int, layer: str) -> None:
    """Refuses the number of a unit that a layer does not have.

    Raises:
        SpecError: there is none.
    """
    if not 0 <= unit < channels:
        message = f"`{layer}` has no unit {unit}: it has {channels:,}"
        raise SpecError.of("usage", message, None, f"a number from 0 to {channels - 1}")


def _checked(batches: Iterable[Any], layer: str) -> Iterator[Any]:
    """What a layer gives, as numbers that can be compared."""
    for batch in batches:
        if not np.isfinite(batch).all():
            hint = "are there NaN or infinite numbers in the weights or in the image?"
            raise SpecError.of("output-not-finite", f"`{layer}` gives values that are not finite", None, hint)
        yield np.asarray(batch, np.float32)


def _of_channels(batches: Iterable[Any]) -> list[Unit]:
    """Each channel where its activation is largest, over all images."""
    best: dict[int, Unit] = {}
    seen = 0
    for batch in batches:
        flat = batch.reshape(-1, batch.shape[-1])
        for channel, place in enumerate(flat.argmax(axis=0)):
            value = float(flat[place, channel])
            if channel not in best or value > best[channel].activation:
                image, *position = map(int, np.unravel_index(place, batch.shape[:-1]))
                best[channel] = Unit(seen + image, channel, tuple(position), value)
        seen += len(batch)
    return list(best.values())


def _of_positions(batches: Iterable[Any], unit: int, layer: str) -> list[Unit]:
    """All positions of a channel for one image; the strongest for each of several."""
    maps: list[Any] = []
    for batch in batches:
        check_unit(unit, batch.shape[-1], layer)
        maps += [*batch[..., unit]]
    found = []
    for image, values in enumerate(maps):
        places = range(values.size) if len(maps) == 1 else [int(values.argmax())]
        for place in places:
            position = tuple(map(int, np.unravel_index(place, values.shape)))
            found.append(Unit(image, unit, position, float(values[position])))
    return found
