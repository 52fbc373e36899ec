"""Sweeps: the networks of a family at many values of its parameters, as a table of what they have and cost."""
