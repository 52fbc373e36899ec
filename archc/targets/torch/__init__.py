"""The PyTorch target: source of a module, and its state."""
