"""Saved weights: files, the pairing of their layers with a network's, and loading."""
