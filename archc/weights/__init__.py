"""Saved weights: files and their layers, paired with the layers of a model, compared and loaded."""
