"""The generated pages of the documentation: `python -m archc.docs` writes them."""
