"""The signs on the corner of a box: what its facts came to, and how it differs between two networks."""

from __future__ import annotations

from collections.abc import Mapping

_DISC = '<circle class="v-{}" r="6"/>'
_BACKS: Mapping[str, str] = {
    "explained": '<rect class="v-{}" x="-5.5" y="-5.5" width="11" height="11"/>',
    "differs": '<path class="v-{}" d="M0-8l8 8l-8 8l-8-8z"/>',
    "inside": '<circle class="v-{}" r="4"/>',
}
"""The shapes that tell a sign without its colour; a disc for the others."""
_TILDE = "M-3.2.8q1.6-2.6 3.2-.8t3.2-.8"
_STROKES: Mapping[str, str] = {
    "agrees": "M-3 0l2 2.5l4-5",
    "explained": _TILDE,
    "differs": "M-2.5-2.5l5 5m0-5l-5 5",
    "added": "M-3 0h6m-3-3v6",
    "removed": "M-3 0h6",
    "changed": _TILDE,
    "moved": "M-1.5-3l3 3l-3 3",
    "rewired": "M0-3.5v4m0 2v1",
}
_STEP = 15


def badges(*signs: str | None) -> str:
    """The signs that there are, from the upper left corner of a box at (0, 0) on."""
    drawn: list[str] = []
    for sign in filter(None, signs):
        back = _BACKS.get(sign, _DISC).format(sign)
        stroke = f'<path class="f" d="{_STROKES[sign]}"/>' if sign in _STROKES else ""
        drawn.append(f'<g transform="translate({3 + _STEP * len(drawn)} 2)">{back}{stroke}</g>')
    return "".join(drawn)
