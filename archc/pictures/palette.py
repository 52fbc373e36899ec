"""The colours of a picture, light and dark, and which of them an op has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from archc.analysis.facts import Verdict
from archc.ir.op import Op
from archc.pictures.drawn import Mark

ColourKind = Literal[
    "convolution", "rearranging", "pooling", "normalization", "dense", "merge", "attention", "plain", "part", "port"
]
"""What a box is, as far as its colour tells. `rearranging`: depthwise, separable and transposed convolution, and what
changes the resolution; `attention`: recurrent layers too; `port`: inputs and outputs; `plain`: the rest."""


class Colours(NamedTuple):
    """Of a box."""

    fill: str
    border: str


class Theme(NamedTuple):
    """The colours of a picture on a light or on a dark page.

    Attributes:
        text: of names and ops.
        muted: of shapes and strips.
        selected: the fill of what a reader has chosen in a page.
        marks: borders and badges of what differs between two networks.
        verdicts: the fill of the badges of facts; what is drawn on it has the colour of the page.
    """

    page: str
    text: str
    muted: str
    line: str
    selected: str
    kinds: Mapping[ColourKind, Colours]
    marks: Mapping[Mark, str]
    verdicts: Mapping[Verdict, str]


LIGHT = Theme(
    page="#ffffff",
    text="#1b1f23",
    muted="#4b535b",
    line="#59636e",
    selected="#fff3bf",
    kinds={
        "convolution": Colours("#dfe8fb", "#0f4fc0"),
        "rearranging": Colours("#d5f3f6", "#137a88"),
        "pooling": Colours("#f6e0d3", "#9a5418"),
        "normalization": Colours("#fdf3a6", "#6d7400"),
        "dense": Colours("#cdf0a6", "#1f4a18"),
        "merge": Colours("#f3dcf6", "#4b0f7a"),
        "attention": Colours("#f3dfe4", "#6b1524"),
        "plain": Colours("#ececec", "#6b6b6b"),
        "part": Colours("#f4f6f8", "#5a6672"),
        "port": Colours("#ffffff", "#4a4a4a"),
    },
    marks={"added": "#1a7f37", "removed": "#b3261e", "changed": "#8a5a00", "moved": "#0b5cad", "rewired": "#0b5cad"},
    verdicts={"agrees": "#1a7f37", "explained": "#0b5cad", "differs": "#b3261e", "set_aside": "#6b6b6b"},
)
DARK = Theme(
    page="#0f1214",
    text="#e8eaed",
    muted="#b7bfc7",
    line="#9aa4ae",
    selected="#4d4216",
    kinds={
        "convolution": Colours("#143e68", "#6f9bea"),
        "rearranging": Colours("#0e3131", "#6fe6f2"),
        "pooling": Colours("#6b2408", "#f0664f"),
        "normalization": Colours("#2f2b12", "#f4e04a"),
        "dense": Colours("#16301a", "#cdf5a4"),
        "merge": Colours("#4a1266", "#e3bdea"),
        "attention": Colours("#6d0a22", "#f25aa8"),
        "plain": Colours("#333638", "#a9adb1"),
        "part": Colours("#24292e", "#98a4b0"),
        "port": Colours("#16181a", "#c4c8cc"),
    },
    marks={"added": "#57d47c", "removed": "#ff8a80", "changed": "#f2c14e", "moved": "#7cb8ff", "rewired": "#7cb8ff"},
    verdicts={"agrees": "#57d47c", "explained": "#7cb8ff", "differs": "#ff8a80", "set_aside": "#a9adb1"},
)

_FAMILIES: Mapping[str, ColourKind] = {
    "attention": "attention",
    "convolution": "convolution",
    "convolutional_recurrence": "attention",
    "core": "dense",
    "depthwise_convolution": "rearranging",
    "einsum": "dense",
    "merging": "merge",
    "normalization": "normalization",
    "pooling": "pooling",
    "recurrent": "attention",
    "transposed_convolution": "rearranging",
    "wrapping": "attention",
}
"""The kind of the ops of a family, which is a module of `archc.ops`; `plain` for those that are not here."""
_OTHERS: Mapping[str, ColourKind] = {
    "LocalResponseNormalization": "normalization",
    "Masking": "plain",
    "UpSampling1D": "rearranging",
    "UpSampling2D": "rearranging",
    "UpSampling3D": "rearranging",
}
"""The ops that are of another kind than their family."""


def colour_kind(op: Op) -> ColourKind:
    """The kind of a layer: that of its op's family; of a layer around one layer, that of the layer inside."""
    name = type(op).__name__
    inside = getattr(op, "layer", None)
    if isinstance(inside, Op):
        return colour_kind(inside)
    if name in _OTHERS:
        return _OTHERS[name]
    if family(op) == "arithmetic" and op.arity[0] > 1:
        return "merge"
    return _FAMILIES.get(family(op), "plain")


def family(op: Op) -> str:
    """The family of an op: `convolution`."""
    return type(op).__module__.rpartition(".")[2]
