"""Images as the inputs of networks, and their classes."""
