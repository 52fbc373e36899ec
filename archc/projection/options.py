"""The methods of `archc view`."""

from __future__ import annotations

from collections.abc import Mapping

METHODS: Mapping[str, str] = {
    "deconv": "rectify the signal on its way back, as Zeiler and Fergus do",
    "gradient": "pass it where the rectifier was passed on the way forward",
    "guided": "both",
}
"""What each method does at a rectifier."""
