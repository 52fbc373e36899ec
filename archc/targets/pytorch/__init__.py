"""PyTorch source of a network, and its weights."""
