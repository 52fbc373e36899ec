"""Keras source of a network."""
