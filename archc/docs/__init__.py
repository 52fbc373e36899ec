"""The generated pages of the documentation: `python -m archc.docs` writes them."""

from pathlib import Path

FOLDER = Path(__file__).parents[2] / "docs"
"""The documentation, in a checkout."""
