"""Contrast of the colours, by WCAG 2.2, and the kind of each op."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archc.ops import registry
from archc.pictures.palette import DARK, LIGHT, Theme, colour_kind

THEMES = {"light": LIGHT, "dark": DARK}


def luminance(colour: str) -> float:
    """The relative luminance of `#rrggbb`."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(first: str, second: str) -> float:
    dark, light = sorted((luminance(first), luminance(second)))
    return (light + 0.05) / (dark + 0.05)


def texts(theme: Theme) -> Iterator[tuple[str, str]]:
    for colours in theme.kinds.values():
        yield from ((theme.text, colours.fill), (theme.muted, colours.fill))
    yield from ((theme.text, theme.page), (theme.muted, theme.page))
    yield from ((theme.text, theme.selected), (theme.muted, theme.selected))


def signs(theme: Theme) -> Iterator[tuple[str, str]]:
    yield theme.line, theme.page
    yield theme.line, theme.kinds["part"].fill
    for colours in theme.kinds.values():
        yield colours.border, theme.page
        yield colours.border, colours.fill
    for colour in (*theme.marks.values(), *theme.verdicts.values()):
        yield colour, theme.page  # what is drawn on a badge has the colour of the page


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", THEMES)
def test_texts_can_be_read_and_signs_be_seen(name: str) -> None:
    assert [pair for pair in texts(THEMES[name]) if contrast(*pair) < 4.5] == []
    assert [pair for pair in signs(THEMES[name]) if contrast(*pair) < 3] == []


def test_both_themes_have_the_same_colours() -> None:
    for part in ("kinds", "marks", "verdicts"):
        assert [*getattr(LIGHT, part)] == [*getattr(DARK, part)]


@pytest.mark.parametrize(
    ("op", "kind"),
    [
        ("Conv2D", "convolution"), ("SeparableConv2D", "rearranging"), ("UpSampling2D", "rearranging"),
        ("ZeroPadding2D", "plain"), ("GlobalAveragePooling2D", "pooling"),
        ("LocalResponseNormalization", "normalization"),
        ("Dense", "dense"), ("Concatenate", "merge"), ("Matmul", "merge"), ("LSTM", "attention"),
        ("MultiHeadAttention", "attention"), ("Bidirectional", "attention"), ("TimeDistributed", "dense"),
        ("Dropout", "plain"), ("Power", "plain"),
    ],
)  # fmt: skip
def test_the_kind_of_an_op(op: str, kind: str) -> None:
    found = registry()[op]
    assert colour_kind(found(**found.examples[0].arguments)) == kind


def test_every_op_has_a_kind_that_has_colours() -> None:
    for op in registry().values():
        for example in op.examples:
            assert colour_kind(op(**example.arguments)) in LIGHT.kinds
