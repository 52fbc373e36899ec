"""Elaboration: a document, run once, adds layers to a graph that infers each shape."""
