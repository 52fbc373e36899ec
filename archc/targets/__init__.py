"""Back ends: what a graph is compiled to."""
