"""Reads models that Keras saved, from their configurations alone: no code runs, and Keras is not needed."""
