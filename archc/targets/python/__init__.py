"""What all targets that write Python share: code as trees, its layout, names, the page."""
